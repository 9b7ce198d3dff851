//! Connections and requests as somebody makes them who keeps to nothing: from any address of loopback, byte by byte.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) type Tls = TlsStream<TcpStream>;

/// For a connection, a handshake and an answer each.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Longest head of an answer.
const MOST_HEAD_BYTES: usize = 64 << 10;

/// The server, as it is reached.
#[derive(Clone)]
pub(crate) struct Target {
    addr: SocketAddr,
    http1: TlsConnector,
    http2: TlsConnector,
    anew: TlsConnector,
}

/// An answer of HTTP/1.1.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    head: String,
}

impl Target {
    /// `ca`: the certificate of the server's authority.
    pub(crate) fn new(addr: SocketAddr, ca: &Path) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_file_iter(ca)? {
            roots.add(authority?)?;
        }
        let roots = Arc::new(roots);
        let config = || ClientConfig::builder().with_root_certificates(Arc::clone(&roots)).with_no_client_auth();
        let connector = |mut config: ClientConfig, protocol: &[u8]| {
            config.alpn_protocols = vec![protocol.to_vec()];
            TlsConnector::from(Arc::new(config))
        };
        let mut anew = config();
        anew.resumption = Resumption::disabled();
        Ok(Self {
            addr,
            http1: connector(config(), b"http/1.1"),
            http2: connector(config(), b"h2"),
            anew: connector(anew, b"http/1.1"),
        })
    }

    pub(crate) async fn tcp(&self, from: Ipv4Addr) -> io::Result<TcpStream> {
        self.tcp_with(from, None).await
    }

    /// `most_unread`: bytes that this end takes in before somebody reads them.
    pub(crate) async fn tcp_with(&self, from: Ipv4Addr, most_unread: Option<u32>) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = most_unread {
            socket.set_recv_buffer_size(bytes)?;
        }
        socket.bind(SocketAddr::new(from.into(), 0))?;
        let stream = timeout(PATIENCE, socket.connect(self.addr)).await??;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    pub(crate) async fn tls(&self, from: Ipv4Addr) -> io::Result<Tls> {
        self.shake(&self.http1, self.tcp(from).await?).await
    }

    /// TLS over a connection that is there already.
    pub(crate) async fn tls_over(&self, stream: TcpStream) -> io::Result<Tls> {
        self.shake(&self.http1, stream).await
    }

    /// A whole handshake: nothing of an earlier one is used again.
    pub(crate) async fn tls_anew(&self, stream: TcpStream) -> io::Result<Tls> {
        self.shake(&self.anew, stream).await
    }

    /// HTTP/2; none if the server does not speak it.
    pub(crate) async fn tls_http2(&self, from: Ipv4Addr) -> io::Result<Option<Tls>> {
        let stream = self.shake(&self.http2, self.tcp(from).await?).await?;
        let is_spoken = stream.get_ref().1.alpn_protocol() == Some(b"h2".as_slice());
        Ok(is_spoken.then_some(stream))
    }

    async fn shake(&self, connector: &TlsConnector, stream: TcpStream) -> io::Result<Tls> {
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        timeout(PATIENCE, connector.connect(name, stream)).await?
    }
}

impl Answer {
    /// What stands in the headers of this name.
    pub(crate) fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head.lines().filter_map(move |line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// `headers`: lines with their ends.
pub(crate) fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(crate) fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").into_bytes()
}

/// Sends a request and reads its answer, within [`PATIENCE`].
pub(crate) async fn exchange<S>(stream: &mut S, request: &[u8]) -> io::Result<Answer>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    timeout(PATIENCE, async {
        let sent = async {
            stream.write_all(request).await?;
            stream.flush().await
        };
        // A server that does not want all of it answers and hangs up.
        let sent = sent.await;
        match answer(stream).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(sent.err().unwrap_or(error)),
        }
    })
    .await?
}

async fn answer<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Answer> {
    let mut bytes = Vec::with_capacity(4 << 10);
    let head_bytes = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if bytes.len() > MOST_HEAD_BYTES {
            return Err(io::Error::other("the head of the answer does not end"));
        }
        more(stream, &mut bytes).await?;
    };
    let mut body = bytes.split_off(head_bytes);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("not an answer of HTTP/1.1"))?;
    let mut answer = Answer { status, body: Vec::new(), head };
    let length = answer.header("content-length").next().and_then(|length| length.parse::<usize>().ok());
    match length {
        Some(length) => {
            while body.len() < length {
                more(stream, &mut body).await?;
            }
        }
        // Its end is the connection's, unless there is none: 204 and 304.
        None if matches!(answer.status, 204 | 304) => {}
        None => while more(stream, &mut body).await.is_ok() {},
    }
    answer.body = body;
    Ok(answer)
}

async fn more<S: AsyncRead + Unpin>(stream: &mut S, bytes: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(bytes).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
