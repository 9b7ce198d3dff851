//! Entries of the audit log as messages of syslog, and their way to a receiver. Promises:
//!
//! 1. **Nothing breaks out**: names from outside stand in structured data with the escapes of RFC 5424 section 6.3.3,
//!    and nowhere is there a control character, so that none ends a message or moves a terminal.
//! 2. **Bounded**: a message has no more bytes than its transport surely takes; texts are cut before it is.
//! 3. **By TCP and TLS what is sent has arrived**: syslog answers nothing, so each batch has a connection of its own,
//!    which we close; that the receiver then closes it too, and does not break it off, says that it has read to the
//!    end. Many close it without the last word of TLS, so who is on the way can do so in their place: he reads and
//!    changes nothing, but keeps messages from arriving, which a hole in their numbers tells. By UDP nobody knows.
//!
//! Sources: RFC 5424 (the message), RFC 5425 (TLS), RFC 5426 (UDP), RFC 6587 section 3.4.1 (TCP with octet counting).

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::trust::{self, TrustError};
use crate::model::audit::{Entry, Outcome};

/// What the name of our structured data ends in. Nobody has given this program a number of its own: this is the one
/// that documents use (RFC 5612).
const DATA: &str = "highwater@32473";
/// What every receiver by UDP should take (RFC 5426 section 3.2).
const MOST_BY_UDP: usize = 2_048;
/// What every receiver by TLS should take (RFC 5425 section 4.3.1).
const MOST_BY_STREAM: usize = 8_192;
/// Characters of each text that comes from outside: as many as fit, tried in this order.
const LENGTHS: [usize; 5] = [4_000, 1_000, 300, 80, 20];
const NOTICE: u8 = 5;
const WARNING: u8 = 4;
/// Longer names of hosts are none (RFC 5424 section 6).
const LONGEST_HOST: usize = 255;
const LONGEST_ID: usize = 32;

/// For a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(10);
/// From then on until the receiver has closed it.
const TAKE: Duration = Duration::from_secs(20);
/// A batch that takes longer than this has failed.
pub const LONGEST_SEND: Duration = Duration::from_secs(30);

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// Who is told, and as whom we speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    pub transport: Transport,
    /// As RFC 5424 counts them.
    pub facility: u8,
    pub app_name: String,
    /// This machine's.
    pub host_name: String,
    pub process_id: u32,
}

/// Tells a receiver.
#[derive(Debug, Clone)]
pub struct Syslog {
    to: Receiver,
    /// None without TLS.
    tls: Option<Arc<ClientConfig>>,
}

/// Why messages may not have arrived.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    #[error("the name leads nowhere")]
    Nowhere,
    #[error("no connection within {} seconds", CONNECT.as_secs())]
    NotConnected,
    #[error("the receiver did not take everything, or did not close the connection, within {} seconds", TAKE.as_secs())]
    NotTaken,
    #[error("the name is none that a certificate can be for")]
    Name,
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Syslog {
    /// `ca_pem`: certificates of authorities to trust beside those of the operating system.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn new(to: Receiver, ca_pem: Option<&[u8]>) -> Result<Self, TrustError> {
        let tls = match to.transport {
            Transport::Tls => {
                let authorities = ca_pem.map(trust::certificates).transpose()?.unwrap_or_default();
                Some(Arc::new(trust::tls(&authorities)?))
            }
            Transport::Udp | Transport::Tcp => None,
        };
        Ok(Self { to, tls })
    }

    /// An entry as a message.
    #[must_use]
    pub fn message(&self, entry: &Entry) -> String {
        let most = if self.to.transport == Transport::Udp { MOST_BY_UDP } else { MOST_BY_STREAM };
        let mut message = String::new();
        for longest in LENGTHS {
            message = self.written(entry, longest);
            if message.len() <= most {
                break;
            }
        }
        message
    }

    /// With so many characters of each text at most.
    fn written(&self, entry: &Entry, longest: usize) -> String {
        let refused = entry.outcome == Outcome::Refused.word();
        let priority = u16::from(self.to.facility) * 8 + u16::from(if refused { WARNING } else { NOTICE });
        let at = Timestamp::from_millisecond(entry.at).map_or_else(|_| "-".to_owned(), |at| at.to_string());
        let (host, app) = (token(&self.to.host_name, LONGEST_HOST), token(&self.to.app_name, 48));
        let (process, id) = (self.to.process_id, token(&entry.action, LONGEST_ID));
        let mut message = format!("<{priority}>1 {at} {host} {app} {process} {id} [{DATA}");
        for (name, value) in fields(entry, longest) {
            if value.is_empty() {
                continue;
            }
            message.push(' ');
            message.push_str(name);
            message.push_str("=\"");
            escape(&mut message, &value);
            message.push('"');
        }
        message.push_str("] ");
        let said = plain(&sentence(entry, longest));
        if !said.is_ascii() {
            // By RFC 5424 section 6.4, what is not ASCII begins with this.
            message.push('\u{feff}');
        }
        message + &said
    }

    /// Sends messages. Those that have arrived before it failed arrive again.
    ///
    /// # Errors
    /// Some may not have arrived.
    pub async fn send(&self, messages: &[String]) -> Result<(), SendError> {
        match (self.to.transport, &self.tls) {
            (Transport::Udp, _) => by_udp(&self.to, messages).await,
            (Transport::Tls, Some(tls)) => {
                let name = ServerName::try_from(self.to.host.clone()).map_err(|_| SendError::Name)?;
                let connecting = async {
                    let stream = TcpStream::connect((self.to.host.as_str(), self.to.port)).await?;
                    TlsConnector::from(Arc::clone(tls)).connect(name, stream).await
                };
                by_stream(within(CONNECT, SendError::NotConnected, connecting).await?, messages).await
            }
            (Transport::Tcp | Transport::Tls, _) => {
                let connecting = TcpStream::connect((self.to.host.as_str(), self.to.port));
                by_stream(within(CONNECT, SendError::NotConnected, connecting).await?, messages).await
            }
        }
    }
}

async fn within<T>(
    limit: Duration,
    late: SendError,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, SendError> {
    Ok(tokio::time::timeout(limit, work).await.map_err(|_| late)??)
}

async fn by_udp(to: &Receiver, messages: &[String]) -> Result<(), SendError> {
    let looking = lookup_host((to.host.as_str(), to.port));
    let to = within(CONNECT, SendError::NotConnected, looking).await?.next().ok_or(SendError::Nowhere)?;
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(to).await?;
    for message in messages {
        socket.send(message.as_bytes()).await?;
    }
    Ok(())
}

/// A connection, and the one that it goes over.
trait Stream: AsyncRead + AsyncWrite + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Each message with its length in bytes before it.
async fn by_stream(mut stream: impl Stream, messages: &[String]) -> Result<(), SendError> {
    let mut bytes = Vec::new();
    for message in messages {
        bytes.extend_from_slice(format!("{} ", message.len()).as_bytes());
        bytes.extend_from_slice(message.as_bytes());
    }
    let taking = async {
        stream.write_all(&bytes).await?;
        stream.flush().await?;
        // With TLS this is `close_notify`, which the receiver has to answer (RFC 5425 section 4.4).
        stream.shutdown().await?;
        let mut said = [0_u8; 256];
        loop {
            match stream.read(&mut said).await {
                // Closed before it took what was sent, a connection ends like a good one, but for this.
                Ok(0) => return stream.socket().take_error()?.map_or(Ok(()), Err),
                // Nobody says anything in syslog; whoever does is not listened to.
                Ok(_) => {}
                // It closed the connection without the last word of TLS.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return stream.socket().take_error()?.map_or(Ok(()), Err);
                }
                Err(error) => return Err(error),
            }
        }
    };
    within(TAKE, SendError::NotTaken, taking).await
}

/// What stands in the structured data. Texts that come from outside are cut.
fn fields(entry: &Entry, longest: usize) -> [(&'static str, String); 14] {
    let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let json = |fields: &BTreeMap<String, String>| match fields.is_empty() {
        true => String::new(),
        false => cut(&serde_json::to_string(fields).unwrap_or_default(), longest),
    };
    [
        ("seq", entry.seq.to_string()),
        ("actor_kind", entry.actor_kind.clone()),
        ("actor_id", id(entry.actor_id)),
        ("actor", cut(&entry.actor_name, longest)),
        ("address", entry.address.clone()),
        ("action", entry.action.clone()),
        ("subject_kind", entry.subject_kind.clone()),
        ("subject_id", id(entry.subject_id)),
        ("subject", cut(&entry.subject_name, longest)),
        ("outcome", entry.outcome.clone()),
        ("before", json(&entry.changes.before)),
        ("after", json(&entry.changes.after)),
        ("redacted", if entry.is_redacted { "yes".to_owned() } else { String::new() }),
        ("sha256", hex::encode(entry.sha256)),
    ]
}

/// For people: `a.martin (person 1) from 10.0.0.1: token.created, token 7 Paris: done`.
fn sentence(entry: &Entry, longest: usize) -> String {
    let id = |id: Option<i64>| id.map(|id| format!(" {id}")).unwrap_or_default();
    let from = if entry.address.is_empty() { String::new() } else { format!(" from {}", entry.address) };
    let who = match entry.actor_name.as_str() {
        "" => format!("{}{}", entry.actor_kind, id(entry.actor_id)),
        name => format!("{} ({}{})", cut(name, longest), entry.actor_kind, id(entry.actor_id)),
    };
    let whom = match entry.subject_name.as_str() {
        "" => String::new(),
        name => format!(" {}", cut(name, longest)),
    };
    format!("{who}{from}: {}, {}{}{whom}: {}", entry.action, entry.subject_kind, id(entry.subject_id), entry.outcome)
}

/// A word of the header: printable ASCII without blanks; a dash for none.
fn token(text: &str, most: usize) -> String {
    let kept: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if kept.is_empty() { "-".to_owned() } else { kept }
}

/// Without what ends a line, what a terminal obeys, and what turns the text around it.
fn plain(text: &str) -> String {
    text.chars().map(|c| if is_plain(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

fn is_plain(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !(c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'))
}

fn cut(text: &str, most: usize) -> String {
    let mut kept: String = text.chars().take(most).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// Adds a value as it stands between quotes.
fn escape(message: &mut String, value: &str) {
    for c in plain(value).chars() {
        if matches!(c, '"' | '\\' | ']') {
            message.push('\\');
        }
        message.push(c);
    }
}

#[cfg(test)]
mod tests;
