//! Thousands of sockets that do next to nothing, so as to take the places of others.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use highwater_wire::BATCHES_PATH;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::arena::{Arena, Tally, machine};
use super::fleet;
use super::raw::{self, Tls};

/// Each opens its share, one socket after the other, and then goes over them again and again.
const HANDS: usize = 32;
/// Between two bytes of a socket.
const EVERY: Duration = Duration::from_secs(2);
/// A byte that cannot be sent at once is left.
const BRIEF: Duration = Duration::from_millis(20);
/// Bytes that a reader's own end takes in unread: the system makes the least of it that it may.
const MOST_UNREAD: u32 = 1_024;
/// How a ClientHello begins. Zeros follow, one after the other: it never ends.
const HELLO: &[u8] = &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
/// What is large and asks for no name.
const LARGE: &str = "/api/v1/openapi.json";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nothing after the connection.
    Silent,
    /// The handshake, byte by byte.
    Hello,
    /// TLS, then the head of a request, byte by byte.
    Head,
    /// TLS and the head of a push with a valid key, then its body, byte by byte.
    Body,
    /// TLS and a whole request, and then its answer is read byte by byte.
    Read,
}

/// Kept so that they are not closed from this end.
pub(crate) enum Slow {
    Tcp(TcpStream),
    Tls(Box<Tls>),
}

/// `is_one`: all from one address.
pub(crate) async fn attack(arena: Arena, way: Way, is_one: bool, until: Instant) -> anyhow::Result<(Tally, Vec<Slow>)> {
    let mut hands = JoinSet::new();
    for hand in 0..HANDS {
        let arena = arena.clone();
        hands.spawn(async move { share(&arena, way, (hand, is_one), until).await });
    }
    let (mut tally, mut held) = (Tally::default(), Vec::new());
    while let Some(done) = hands.join_next().await {
        let (of_hand, still_held) = done?;
        tally.merge(of_hand);
        held.extend(still_held);
    }
    Ok((tally, held))
}

async fn share(arena: &Arena, way: Way, (hand, is_one): (usize, bool), until: Instant) -> (Tally, Vec<Slow>) {
    let (mut tally, mut held) = (Tally::default(), Vec::new());
    for n in (hand..arena.sockets).step_by(HANDS) {
        if Instant::now() >= until {
            break;
        }
        match open(arena, way, machine(if is_one { 0 } else { n })).await {
            Ok(slow) => held.push(slow),
            Err(error) => tally.add(format!("not let in ({})", error.kind())),
        }
    }
    tally.count("opened", held.len());
    let mut round = 0;
    while Instant::now() < until {
        sleep(EVERY.min(until.saturating_duration_since(Instant::now()))).await;
        let mut kept = Vec::with_capacity(held.len());
        for mut slow in held {
            if !slow.is_open(way) {
                tally.add("closed by the server");
                continue;
            }
            slow.dribble(way, round).await;
            kept.push(slow);
        }
        held = kept;
        round += 1;
    }
    tally.count("open at the end", held.len());
    (tally, held)
}

async fn open(arena: &Arena, way: Way, from: Ipv4Addr) -> io::Result<Slow> {
    let target = &arena.target;
    let begins = match way {
        Way::Silent | Way::Hello => return Ok(Slow::Tcp(target.tcp(from).await?)),
        Way::Head => b"GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ".to_vec(),
        Way::Body => {
            let headers = fleet::headers(&arena.key, "zstd");
            let head =
                format!("POST {BATCHES_PATH} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: 100000\r\n\r\n");
            head.into_bytes()
        }
        Way::Read => raw::get(LARGE, ""),
    };
    let most_unread = (way == Way::Read).then_some(MOST_UNREAD);
    let mut stream = target.tls_over(target.tcp_with(from, most_unread).await?).await?;
    stream.write_all(&begins).await?;
    stream.flush().await?;
    Ok(Slow::Tls(Box::new(stream)))
}

impl Slow {
    /// Whether the server has not hung up, as far as is to be seen here. Takes what it said out of the way; a reader takes one byte.
    fn is_open(&self, way: Way) -> bool {
        let stream = match self {
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        };
        let mut bytes = [0; 1_024];
        let most = if way == Way::Read { 1 } else { bytes.len() };
        loop {
            match stream.try_read(&mut bytes[..most]) {
                Ok(0) => return false,
                Ok(_) if way == Way::Read => return true,
                // An alert, or an answer: the end follows.
                Ok(_) => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    async fn dribble(&mut self, way: Way, round: usize) {
        let byte = match way {
            Way::Silent | Way::Read => return,
            Way::Hello => HELLO.get(round).copied().unwrap_or_default(),
            Way::Head | Way::Body => b'a',
        };
        // Whether it went out is seen in the next round.
        let _ = timeout(BRIEF, async {
            match self {
                Self::Tcp(stream) => stream.write_all(&[byte]).await,
                Self::Tls(stream) => {
                    stream.write_all(&[byte]).await?;
                    stream.flush().await
                }
            }
        })
        .await;
    }
}
