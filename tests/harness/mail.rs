//! A mail server on loopback with one mailbox, in plain SMTP or with STARTTLS, which misbehaves when it is told to.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use highwater::clock::Clock;
use highwater::config::Config;
use highwater::tls;
use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::desks::{SECRET, USER};

/// A message as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub message_id: String,
    /// Decoded.
    pub subject: String,
    /// Empty for the first one of a thread.
    pub in_reply_to: String,
    pub references: String,
    /// Decoded, with line ends of one character.
    pub body: String,
    pub raw: String,
    pub from: String,
    pub to: Vec<String>,
}

/// What happens to the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailFault {
    /// `DATA` is answered 451: it is not taken.
    Later,
    /// It is taken, and the connection ends before that is answered.
    LostAnswer,
    /// `STARTTLS` is answered 454, though it was offered.
    NoTls,
}

#[derive(Debug, Default)]
struct Shared {
    mails: Mutex<Vec<Mail>>,
    faults: Mutex<VecDeque<MailFault>>,
    /// Addresses that are taken neither as a recipient nor as a sender.
    refused: Mutex<HashSet<String>>,
    /// Commands that anybody on the way could read.
    in_clear: Mutex<Vec<String>>,
    /// Offered to who did not begin it yet; nobody signs in before. None: it is not offered, and not asked for.
    tls: Option<Arc<ServerConfig>>,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct MailServer {
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl MailServer {
    pub async fn start() -> Self {
        Self::listen("127.0.0.1", None).await
    }

    /// Offers STARTTLS on an address of loopback, with a certificate for 127.0.0.1; and the authority that issued it.
    pub async fn start_private(ip: &str) -> (Self, String) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let identity = tls::load(&config, Clock::system().now_at()).unwrap();
        (Self::listen(ip, Some(identity.server)).await, identity.authorities[0].pem.clone())
    }

    /// In plain SMTP, where this listens.
    pub fn start_on(listener: std::net::TcpListener) -> Self {
        Self::serve(TcpListener::from_std(listener).unwrap(), None)
    }

    async fn listen(ip: &str, tls: Option<Arc<ServerConfig>>) -> Self {
        Self::serve(TcpListener::bind((ip, 0)).await.unwrap(), tls)
    }

    fn serve(listener: TcpListener, tls: Option<Arc<ServerConfig>>) -> Self {
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { tls, ..Shared::default() });
        let of_server = Arc::clone(&shared);
        let serving = tokio::spawn(async move {
            // Dropped with the task, which ends the connections too.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&of_server);
                connections.spawn(async move { _ = serve(stream, &shared).await });
            }
        });
        Self { addr, shared, serving }
    }

    /// Comes to the next messages, one each.
    pub fn fault(&self, fault: MailFault) {
        self.shared.faults.lock().unwrap().push_back(fault);
    }

    /// Takes this address neither as a recipient nor as a sender from now on.
    pub fn refuses(&self, address: &str) {
        self.shared.refused.lock().unwrap().insert(address.to_owned());
    }

    /// Every command that anybody on the way could read, in order.
    pub fn in_clear(&self) -> Vec<String> {
        self.shared.in_clear.lock().unwrap().clone()
    }

    /// Whatever was taken, copies too, in order.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().unwrap().clone()
    }

    /// What a system that makes tickets of mails makes of them: one of each that answers no other, and none of a copy.
    pub fn tickets(&self) -> Vec<Mail> {
        let mut known = HashSet::new();
        let mails = self.mails().into_iter();
        mails.filter(|mail| mail.in_reply_to.is_empty() && known.insert(mail.message_id.clone())).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The envelope so far, and who says so.
#[derive(Default)]
struct Session {
    is_private: bool,
    is_let_in: bool,
    from: Option<String>,
    to: Vec<String>,
}

async fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example ESMTP\r\n").await?;
    if !talk(&mut stream, Session::default(), shared).await? {
        return Ok(());
    }
    // What was said until now counts no more, and what came along with it is not read.
    let acceptor = TlsAcceptor::from(shared.tls.clone().unwrap());
    let mut stream = BufReader::new(acceptor.accept(stream.into_inner()).await?);
    talk(&mut stream, Session { is_private: true, ..Session::default() }, shared).await.map(|_| ())
}

/// Answers until the connection ends, or should go on under TLS: then true.
async fn talk<S>(stream: &mut BufReader<S>, mut session: Session, shared: &Shared) -> std::io::Result<bool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let command = line.trim_end().to_owned();
        let answer = session.answer(&command, shared);
        if !session.is_private {
            shared.in_clear.lock().unwrap().push(command);
        }
        stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        stream.flush().await?;
        match answer.get(..3) {
            Some("220") => return Ok(true),
            Some("221") => return Ok(false),
            Some("354") => {}
            _ => continue,
        }
        let raw = read_data(stream).await?;
        let mail = read_mail(raw, session.from.take().unwrap_or_default(), std::mem::take(&mut session.to));
        shared.mails.lock().unwrap().push(mail);
        if next(shared, MailFault::LostAnswer) {
            return Ok(false);
        }
        stream.write_all(b"250 2.0.0 queued\r\n").await?;
        stream.flush().await?;
    }
}

/// Whether this fault is the next one; it is over then.
fn next(shared: &Shared, fault: MailFault) -> bool {
    let mut faults = shared.faults.lock().unwrap();
    let is_next = faults.front() == Some(&fault);
    if is_next {
        faults.pop_front();
    }
    is_next
}

impl Session {
    fn answer(&mut self, line: &str, shared: &Shared) -> String {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let verb = verb.to_ascii_uppercase();
        if let Some(refusal) = self.refusal(&verb, rest, shared) {
            return refusal;
        }
        let is_offered = shared.tls.is_some() && !self.is_private;
        let said = match verb.as_str() {
            "EHLO" if is_offered => "250-mail.example\r\n250-8BITMIME\r\n250 STARTTLS",
            "STARTTLS" if is_offered && next(shared, MailFault::NoTls) => "454 4.7.0 TLS not available",
            "STARTTLS" if is_offered => "220 2.0.0 ready to start TLS",
            "AUTH" | "MAIL" if is_offered => "530 5.7.0 must issue a STARTTLS command first",
            "EHLO" => "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "AUTH" => {
                let pair = STANDARD.encode(format!("\0{USER}\0{SECRET}"));
                self.is_let_in = rest == format!("PLAIN {pair}");
                if self.is_let_in { "235 2.7.0 welcome" } else { "535 5.7.8 authentication credentials invalid" }
            }
            "MAIL" if !self.is_let_in => "530 5.7.0 authentication required",
            "MAIL" => {
                (self.from, self.to) = (path(rest), Vec::new());
                if self.from.is_some() { "250 2.1.0 ok" } else { "501 5.5.4 syntax" }
            }
            "RCPT" if self.from.is_none() => "503 5.5.1 MAIL first",
            "RCPT" => {
                self.to.extend(path(rest));
                "250 2.1.5 ok"
            }
            "DATA" if self.to.is_empty() => "503 5.5.1 RCPT first",
            "DATA" if next(shared, MailFault::Later) => "451 4.3.0 try again later",
            "DATA" => "354 go on",
            "NOOP" => "250 2.0.0 ok",
            "RSET" => {
                (self.from, self.to) = (None, Vec::new());
                "250 2.0.0 ok"
            }
            "QUIT" => "221 2.0.0 bye",
            _ => "502 5.5.2 unknown",
        };
        said.to_owned()
    }

    /// How Postfix refuses an address.
    fn refusal(&self, verb: &str, rest: &str, shared: &Shared) -> Option<String> {
        let address = path(rest).filter(|address| shared.refused.lock().unwrap().contains(address))?;
        match verb {
            "MAIL" if self.is_let_in => {
                Some(format!("553 5.7.1 <{address}>: Sender address rejected: not owned by user {USER}"))
            }
            "RCPT" if self.from.is_some() => Some(format!(
                "550 5.1.1 <{address}>: Recipient address rejected: User unknown in local recipient table"
            )),
            _ => None,
        }
    }
}

/// What is between the angle brackets of `FROM:<…>`.
fn path(rest: &str) -> Option<String> {
    let (_, after) = rest.split_once('<')?;
    after.split_once('>').map(|(path, _)| path.to_owned())
}

/// Up to the line with a dot alone.
async fn read_data(stream: &mut BufReader<impl AsyncRead + Unpin>) -> std::io::Result<String> {
    let mut raw = Vec::new();
    loop {
        let from = raw.len();
        if stream.read_until(b'\n', &mut raw).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if &raw[from..] == b".\r\n" {
            raw.truncate(from);
            return Ok(String::from_utf8_lossy(&raw).into_owned());
        }
        // A dot at the beginning of a line was written twice.
        if raw[from] == b'.' {
            raw.remove(from);
        }
    }
}

fn read_mail(raw: String, from: String, to: Vec<String>) -> Mail {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((&raw, ""));
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |name: &str| {
        let values = head.lines().filter_map(|line| line.split_once(':'));
        let mut values = values.filter(|(given, _)| given.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let bytes = match header("content-transfer-encoding").to_ascii_lowercase().as_str() {
        "base64" => STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap(),
        "quoted-printable" => unquoted(&body.replace("=\r\n", "")),
        _ => body.as_bytes().to_vec(),
    };
    let body = String::from_utf8(bytes).unwrap().replace("\r\n", "\n").trim_end().to_owned();
    Mail {
        message_id: header("message-id"),
        subject: decoded_words(&header("subject")),
        in_reply_to: header("in-reply-to"),
        references: header("references"),
        body,
        from,
        to,
        raw,
    }
}

/// `=C3=BC` as the bytes that it stands for.
fn unquoted(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'=').and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

/// The encoded words of RFC 2047 in a header: spaces between two of them are none of the text.
fn decoded_words(header: &str) -> String {
    let (mut text, mut rest, mut was_encoded) = (String::new(), header, false);
    while let Some((before, after)) = rest.split_once("=?") {
        let mut parts = after.splitn(4, '?');
        let (Some(_), Some(how), Some(word), Some(end)) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            break;
        };
        let Some(end) = end.strip_prefix('=') else { break };
        if !(was_encoded && before.trim().is_empty()) {
            text.push_str(before);
        }
        let bytes = if how.eq_ignore_ascii_case("b") {
            STANDARD.decode(word).unwrap()
        } else {
            unquoted(&word.replace('_', " "))
        };
        text.push_str(&String::from_utf8(bytes).unwrap());
        (rest, was_encoded) = (end, true);
    }
    text.push_str(rest);
    text
}
