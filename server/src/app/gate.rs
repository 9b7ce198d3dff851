//! Lets in so many connections and no more, and no peer more than its share, so that one machine cannot lock out a fleet. A
//! connection that comes on top is closed at once: waiting would cost it, and us, more.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv6Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::config::Limits;
use crate::web::auth::Proxies;

/// Unless the settings say otherwise, one peer may have this part of all places. A site behind one address is a peer, too.
const SHARE: usize = 4;

/// Shared by all listeners.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    most: usize,
    share: usize,
    /// They speak for others.
    proxies: Proxies,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
}

impl Gate {
    pub(super) fn new(limits: &Limits, proxies: Proxies) -> Self {
        let most = limits.max_connections;
        let share = limits.connections_per_address.unwrap_or(most.div_ceil(SHARE)).min(most);
        Self { most, share, proxies, taken: Arc::default() }
    }

    fn take(&self, peer: IpAddr) -> Option<Place> {
        let is_proxy = self.proxies.knows(peer);
        let peer = machine_of(peer);
        // A reverse proxy on this machine speaks for everybody, too.
        let share = if is_proxy || peer.is_loopback() { self.most } else { self.share };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.most || taken.by_peer.get(&peer).is_some_and(|n| *n >= share) {
            return None;
        }
        taken.all += 1;
        *taken.by_peer.entry(peer).or_default() += 1;
        Some(Place { taken: Arc::clone(&self.taken), peer })
    }
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
        if let Some(n) = taken.by_peer.get_mut(&self.peer) {
            *n -= 1;
            if *n == 0 {
                taken.by_peer.remove(&self.peer);
            }
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
        let Some(place) = self.take(peer) else {
            metrics::counter!("highwater_connections_refused_total").increment(1);
            return ready(Err(io::Error::other(
                "too many connections; see limits.max_connections and limits.connections_per_address in the settings",
            )));
        };
        // Answers are small and awaited: none should wait for a full segment.
        ready(stream.set_nodelay(true).map(|()| (Placed { stream, _place: place }, service)))
    }
}

/// A connection and the place it takes.
#[derive(Debug)]
pub(super) struct Placed {
    stream: TcpStream,
    _place: Place,
}

impl AsyncRead for Placed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
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
    use super::*;

    fn gate(max_connections: usize) -> Gate {
        Gate::new(&Limits { max_connections, ..Limits::default() }, Proxies::default())
    }

    fn peer(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn the_settings_say_how_many_one_address_may_have_and_proxies_may_have_all() {
        let limits = Limits { max_connections: 16, connections_per_address: Some(2), ..Limits::default() };
        let gate = Gate::new(&limits, Proxies::new(vec!["10.0.0.9/32".parse().unwrap()]));
        let held = [gate.take(peer(1)), gate.take(peer(1))];
        assert!(held.iter().all(Option::is_some) && gate.take(peer(1)).is_none());
        let behind: Vec<_> = (0..14).filter_map(|_| gate.take(peer(9))).collect();
        assert_eq!(behind.len(), 14);
        assert!(gate.take(peer(9)).is_none() && gate.take(peer(2)).is_none(), "all are taken");
    }

    #[test]
    fn no_peer_takes_more_than_its_share_and_all_together_no_more_than_there_is() {
        let gate = gate(16);
        let mut held: Vec<_> = (0..4).map(|_| gate.take(peer(1)).unwrap()).collect();
        assert!(gate.take(peer(1)).is_none());
        for n in 2..5 {
            held.extend((0..4).map(|_| gate.take(peer(n)).unwrap()));
        }
        assert!(gate.take(peer(9)).is_none(), "all sixteen are taken");
        held.pop();
        let place = gate.take(peer(9));
        assert!(place.is_some());
        drop((held, place));
        assert!(gate.taken.lock().unwrap().by_peer.is_empty() && gate.taken.lock().unwrap().all == 0);
    }

    #[test]
    fn a_machine_is_its_address_or_its_ipv6_network_and_this_one_speaks_for_all() {
        let gate = gate(4);
        let parse = |text: &str| text.parse::<IpAddr>().unwrap();
        let _one = gate.take(parse("2001:db8::1")).unwrap();
        assert!(gate.take(parse("2001:db8::2")).is_none());
        let _mapped = gate.take(parse("::ffff:10.0.0.1")).unwrap();
        assert!(gate.take(peer(1)).is_none());
        let _local = [gate.take(parse("127.0.0.1")).unwrap(), gate.take(parse("127.0.0.1")).unwrap()];
    }
}
