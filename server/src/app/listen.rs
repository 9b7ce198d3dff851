//! The accept loops. `axum::serve` would install no timer: here each connection has one for its handshake, for the head of its first
//! request, and for its silence. A later head that trickles counts as silence, since it takes no more than that. Who takes nothing of an
//! answer is the [`gate`](super::gate)'s to let go.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use tokio::net::{TcpListener, TcpSocket};

use super::gate::Gate;
use crate::config::Limits;
use crate::web::Site;
use crate::web::audit::machines::certificate_refused;

/// A silent HTTP/2 connection is asked for a sign of life this often…
const PING_EVERY: Duration = Duration::from_secs(30);
/// …and closed without one.
const PING_ANSWER: Duration = Duration::from_secs(30);
/// Of the head of a request. How many headers it has, hyper bounds by itself: 100.
const MOST_HEADER_BYTES: u16 = 16 << 10;
/// Requests at once over one connection: an agent sends one, a browser a handful. Each answer that its reader lets nothing of through lies here
/// as long as the connection.
const MOST_STREAMS: u32 = 32;
/// Streams that a peer took back before we looked at them, and those that broke its rules: beyond that, the connection is closed. Whoever
/// opens and takes back without end would have us work for nothing.
const MOST_TAKEN_BACK: usize = 20;
const MOST_BROKEN: usize = 100;
/// Bytes that may lie here of one stream, and of a whole connection, before anybody asked for them: hyper would take a mebibyte each. An agent's
/// longest body is a mebibyte, and comes in parts.
const UNREAD_BYTES: u32 = 256 << 10;
/// Bytes of an answer that the system takes before its reader has them. Left to itself it takes megabytes, and says only after a third of them
/// that there is room again: on a slow line that is longer than the gate's patience, and the question for a sign of life waits behind them.
const UNSENT_BYTES: u32 = 256 << 10;
/// Connections that wait to be taken in: a fleet may come back at once.
const MOST_UNTAKEN: u32 = 4_096;
/// Descriptors beside those of connections: database, log, certificate.
const OTHER_FILES: u64 = 256;

/// How connections are taken in.
#[derive(Debug)]
pub(super) enum Door {
    Tls(RustlsConfig, Gate),
    Plain(Gate),
}

/// Listens. Each connection gets its bounds from here.
///
/// # Errors
/// The address cannot be had.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Connections from before a restart may still be ending. Elsewhere this would let another program listen, too.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(UNSENT_BYTES)?;
    socket.bind(address)?;
    socket.listen(MOST_UNTAKEN)
}

/// Serves until `handle` is told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    (door, limits, site): (Door, Limits, Site),
    handle: Handle<SocketAddr>,
) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = Server::<SocketAddr>::from_listener(listener);
    let ended = match door {
        Door::Tls(certificate, gate) => {
            let acceptor = RustlsAcceptor::new(certificate).handshake_timeout(limits.header).acceptor(gate);
            configure(server.acceptor(acceptor), (limits, site), handle).serve(service).await
        }
        Door::Plain(gate) => configure(server.acceptor(gate), (limits, site), handle).serve(service).await,
    };
    if let Err(error) = ended {
        tracing::error!(%error, "a listener ended");
    }
}

fn configure<A>(
    mut server: Server<SocketAddr, A>,
    (limits, site): (Limits, Site),
    handle: Handle<SocketAddr>,
) -> Server<SocketAddr, A> {
    let http = server.http_builder();
    http.http1().header_read_timeout(limits.idle).max_buf_size(MOST_HEADER_BYTES.into());
    http.http2()
        .max_pending_accept_reset_streams(MOST_TAKEN_BACK)
        .max_local_error_reset_streams(MOST_BROKEN)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_ANSWER)
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(UNREAD_BYTES)
        .initial_connection_window_size(UNREAD_BYTES)
        .max_header_list_size(MOST_HEADER_BYTES.into());
    server.first_request_timeout(limits.header).handle(handle).accept_error_handler(move |peer, error| {
        let refused = peer.filter(|_| is_of_certificate(error));
        if let Some(told) = refused.and_then(|peer| certificate_refused(&site, peer.ip())) {
            tokio::spawn(told);
        }
        let peer = peer.map(ToString::to_string).unwrap_or_default();
        tracing::debug!(peer, %error, "a connection was not taken in");
    })
}

/// Whether a connection was not taken in because of the certificate that its client showed.
fn is_of_certificate(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    matches!(cause, Some(rustls::Error::InvalidCertificate(_)))
}

/// A connection needs a file descriptor, and many systems start programs with 1,024 of them.
#[cfg(unix)]
pub(super) fn raise_file_limit(connections: usize) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
    let is_short = limit.current.is_some_and(|current| current < wanted);
    if setrlimit(Resource::Nofile, limit).is_err() || is_short {
        tracing::warn!(
            wanted,
            allowed = limit.current,
            "the system allows fewer open files than limits.max_connections needs; raise it (LimitNOFILE, ulimit -n)"
        );
    }
}

#[cfg(not(unix))]
pub(super) fn raise_file_limit(_connections: usize) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn of_an_answer_that_is_read_slowly_little_lies_with_the_system() {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let taken = TcpSocket::from_std_stream(stream.into_std().unwrap()).send_buffer_size().unwrap();
        // Linux counts double, for what it needs itself, and may be set to less.
        assert!(taken <= 2 * UNSENT_BYTES, "{taken}");
        drop(reader);
    }
}
