//! Lets in so many connections and no more, and no peer more than its share, so that one machine cannot lock out a fleet; nor more than are left
//! free for all others, so that a few dozen cannot: who holds little is let in up to the last place. Nor may a peer come again and again as fast
//! as it can: each handshake costs us more than it costs whoever asks for it. A connection that comes on top is closed at once, before its
//! handshake: waiting would cost it, and us, more. Who takes nothing of what we send is let go after a while.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::config::Limits;
use crate::web::auth::Proxies;

/// Unless the settings say otherwise, one peer may have this part of all places. A site behind one address is a peer, too.
const SHARE: usize = 4;
/// A peer that connects more often than once in this time for long is turned away: 200 times a second, of which the handshakes are a few
/// hundredths of a core. At once it may connect as often as it may hold connections, but [`LEAST_AT_ONCE`] times at least: a whole site behind
/// one address comes back after its line was down.
const PACE: Duration = Duration::from_millis(5);
const LEAST_AT_ONCE: usize = 200;
/// Peers that are remembered without a connection, before those that need not be are forgotten.
const MOST_GONE: usize = 1_024;

/// Shared by all listeners.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    most: usize,
    share: usize,
    /// For a peer to take the next of what is sent to it.
    patience: Duration,
    /// They speak for others.
    proxies: Proxies,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_peer: HashMap<IpAddr, Peer>,
}

#[derive(Debug, Clone, Copy)]
struct Peer {
    held: usize,
    /// When it would have come at [`PACE`] as often as it came.
    due_at: Instant,
}

impl Gate {
    pub(super) fn new(limits: &Limits, proxies: Proxies) -> Self {
        let most = limits.max_connections;
        let share = limits.connections_per_address.unwrap_or(most.div_ceil(SHARE)).min(most);
        Self { most, share, patience: limits.body, proxies, taken: Arc::default() }
    }

    fn take(&self, peer: IpAddr, now: Instant) -> Option<Place> {
        let is_proxy = self.proxies.knows(peer);
        let peer = machine_of(peer);
        // A reverse proxy on this machine speaks for everybody, too.
        let speaks_for_others = is_proxy || is_this_machine(peer);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let known = taken.by_peer.get(&peer).copied().unwrap_or(Peer { held: 0, due_at: now });
        let free = self.most.saturating_sub(taken.all);
        let is_greedy = known.held >= self.share.min(free) || known.due_at > now + self.ahead();
        if free == 0 || (is_greedy && !speaks_for_others) {
            return None;
        }
        taken.all += 1;
        let due_at = if speaks_for_others { now } else { known.due_at.max(now) + PACE };
        taken.by_peer.insert(peer, Peer { held: known.held + 1, due_at });
        taken.forget(now);
        Some(Place { taken: Arc::clone(&self.taken), peer })
    }

    /// How far a peer may be ahead of its pace.
    fn ahead(&self) -> Duration {
        let at_once = u32::try_from(self.share.max(LEAST_AT_ONCE)).unwrap_or(u32::MAX);
        PACE.saturating_mul(at_once - 1)
    }
}

impl Taken {
    /// Forgets who holds nothing and keeps to the pace, if many are remembered.
    fn forget(&mut self, now: Instant) {
        if self.by_peer.len() > self.all + MOST_GONE {
            self.by_peer.retain(|_, peer| peer.held > 0 || peer.due_at > now);
        }
    }
}

/// As what runs on this machine asks, unless it chose another address of loopback on purpose.
fn is_this_machine(peer: IpAddr) -> bool {
    peer == IpAddr::from(Ipv4Addr::LOCALHOST) || peer == IpAddr::from(Ipv6Addr::LOCALHOST)
}

/// An IPv6 machine has all addresses of its /64.
fn machine_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address => address,
    }
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
struct Place {
    taken: Arc<Mutex<Taken>>,
    peer: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(peer) = taken.by_peer.get_mut(&self.peer) {
            peer.held -= 1;
        }
    }
}

impl<S> Accept<TcpStream, S> for Gate {
    type Stream = Placed;
    type Service = S;
    type Future = Ready<io::Result<(Placed, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let peer = match stream.peer_addr() {
            Ok(peer) => peer.ip(),
            // It is gone already.
            Err(error) => return ready(Err(error)),
        };
        let Some(place) = self.take(peer, Instant::now()) else {
            metrics::counter!("highwater_connections_refused_total").increment(1);
            return ready(Err(io::Error::other(
                "too many connections; see limits.max_connections and limits.connections_per_address in the settings",
            )));
        };
        // Answers are small and awaited: none should wait for a full segment.
        let nodelay = stream.set_nodelay(true);
        let placed = Placed { stream, patience: self.patience, stalled: None, _place: place };
        ready(nodelay.map(|()| (placed, service)))
    }
}

/// A connection and the place it takes.
#[derive(Debug)]
pub(super) struct Placed {
    stream: TcpStream,
    patience: Duration,
    /// Since the peer takes nothing of what is sent: when it is let go.
    stalled: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Placed {
    /// A write that came to nothing yet comes to an end when patience does.
    fn patiently<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        stalled.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Placed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.patiently(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.patiently(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    fn gate(max_connections: usize) -> Gate {
        Gate::new(&Limits { max_connections, ..Limits::default() }, Proxies::default())
    }

    fn take(gate: &Gate, peer: IpAddr) -> Option<Place> {
        gate.take(peer, Instant::now())
    }

    fn peer(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn the_settings_say_how_many_one_address_may_have_and_proxies_may_have_all() {
        let limits = Limits { max_connections: 16, connections_per_address: Some(2), ..Limits::default() };
        let gate = Gate::new(&limits, Proxies::new(vec!["10.0.0.9/32".parse().unwrap()]));
        let held = [take(&gate, peer(1)), take(&gate, peer(1))];
        assert!(held.iter().all(Option::is_some) && take(&gate, peer(1)).is_none());
        let behind: Vec<_> = (0..14).filter_map(|_| take(&gate, peer(9))).collect();
        assert_eq!(behind.len(), 14);
        assert!(take(&gate, peer(9)).is_none() && take(&gate, peer(2)).is_none(), "all are taken");
    }

    #[test]
    fn no_peer_takes_more_than_its_share_and_all_together_no_more_than_there_is() {
        let gate = gate(16);
        let mut held: Vec<_> = (0..4).map(|_| take(&gate, peer(1)).unwrap()).collect();
        assert!(take(&gate, peer(1)).is_none());
        for n in 2..4 {
            held.extend((0..4).map(|_| take(&gate, peer(n)).unwrap()));
        }
        held.extend((0..2).map(|_| take(&gate, peer(4)).unwrap()));
        assert!(take(&gate, peer(4)).is_none(), "it has as many as are free");
        held.extend((5..7).map(|n| take(&gate, peer(n)).unwrap()));
        assert!(take(&gate, peer(9)).is_none(), "all sixteen are taken");
        held.pop();
        let place = take(&gate, peer(9));
        assert!(place.is_some());
        drop((held, place));
        let taken = gate.taken.lock().unwrap();
        assert!(taken.by_peer.values().all(|peer| peer.held == 0) && taken.all == 0);
    }

    #[test]
    fn a_peer_may_come_often_at_once_and_then_at_its_pace_and_a_proxy_as_often_as_it_likes() {
        let gate = Gate::new(
            &Limits { max_connections: 10_000, ..Limits::default() },
            Proxies::new(vec!["10.0.0.9/32".parse().unwrap()]),
        );
        let now = Instant::now();
        let comes = |peer: IpAddr, at: Instant| gate.take(peer, at).is_some();
        assert_eq!((0..5_000).filter(|_| comes(peer(1), now)).count(), 2_500);
        assert!(!comes(peer(1), now + PACE / 2) && comes(peer(1), now + PACE) && !comes(peer(1), now + PACE));
        assert!(comes(peer(2), now), "another one");
        assert_eq!((0..5_000).filter(|_| comes(peer(9), now)).count(), 5_000);
        let localhost = IpAddr::from(Ipv4Addr::LOCALHOST);
        assert_eq!((0..5_000).filter(|_| comes(localhost, now)).count(), 5_000);
        assert_eq!((0..5_000).filter(|_| comes(IpAddr::from([127, 0, 0, 2]), now)).count(), 2_500);
    }

    #[test]
    fn who_is_gone_is_forgotten() {
        let gate = gate(100_000);
        let now = Instant::now();
        for n in 0..10_000_u32 {
            let at = now + PACE * 2 * n;
            drop(gate.take(IpAddr::from(n.to_be_bytes()), at));
        }
        assert!(gate.taken.lock().unwrap().by_peer.len() <= MOST_GONE + 1);
    }

    #[tokio::test]
    async fn who_takes_nothing_of_what_is_sent_is_let_go() {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, peer) = listener.accept().await.unwrap();
        let place = take(&gate(1), peer.ip()).unwrap();
        let mut placed = Placed { stream, patience: Duration::from_millis(20), stalled: None, _place: place };
        // More than the system takes on both sides.
        let bytes = vec![0; 64 << 20];
        let writing = placed.write_all(&bytes);
        let error = tokio::time::timeout(Duration::from_secs(30), writing).await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(near);
    }

    #[test]
    fn a_machine_is_its_address_or_its_ipv6_network_and_this_one_speaks_for_all() {
        let gate = gate(4);
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        let _one = take(&gate, parse("2001:db8::1")).unwrap();
        assert!(take(&gate, parse("2001:db8::2")).is_none());
        let _mapped = take(&gate, parse("::ffff:10.0.0.1")).unwrap();
        assert!(take(&gate, peer(1)).is_none());
        let _local = [take(&gate, parse("127.0.0.1")).unwrap(), take(&gate, parse("127.0.0.1")).unwrap()];
    }
}
