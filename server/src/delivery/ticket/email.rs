//! Mail, from which another system, or people, make tickets. Our key is in the `Message-ID`, and in a header of its own.
//!
//! Sources: RFC 5321 (SMTP), RFC 5322 (`Message-ID`, `In-Reply-To`, `References`), RFC 3834 (`Auto-Submitted`), RFC 8314 (TLS from the
//! beginning, or after `STARTTLS`).
//!
//! Each message has the same `Message-ID` in every attempt, so who keeps mail drops a second copy; all that follow the first one answer it,
//! so that they stay in its thread, and a system which makes tickets of mails adds them to the one that it has.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use lettre::Message;
use lettre::address::{Address, Envelope};
use lettre::message::header::{HeaderName, HeaderValue, To};
use lettre::message::{Mailbox, Mailboxes, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::desk::JOINER;
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
const KEY: HeaderName = HeaderName::new_from_ascii_str("X-Highwater-Key");
/// What is in a `Message-ID` around the key of an incident.
const FIRST: (&str, &str) = ("<incident.", "@highwater>");
/// What to do where the offer is missing.
const NO_STARTTLS: &str = "security: the server does not offer STARTTLS, so it was told neither the password nor the mail. \
    Write the port at which it does (587, as a rule), or choose TLS from the beginning (port 465, as a rule). If it did \
    before, somebody in between takes the offer away";
/// Characters of the server's words that are told at most.
const MOST_SAID: usize = 300;

#[derive(Debug)]
pub(super) struct Email {
    http: Http,
    settings: Settings,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mail {
    /// The `Message-ID`.
    id: String,
    /// That of the first one; none for the first one itself.
    answers: Option<String>,
    key: Option<String>,
    subject: String,
    body: String,
}

impl Email {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        Self { http, settings }
    }

    /// The connection, signed in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let (host, security) = (self.settings.get("host"), self.settings.get("security"));
        let port: u16 =
            self.settings.get("port").parse().map_err(|_| Failure::new("port: it is no number of a port"))?;
        // Only addresses that were judged just now are connected to: a name that leads elsewhere in a moment gains nothing.
        let judged = self.http.judged(host, port).await.map_err(|error| Failure::new(error.to_string()))?;
        let at_once = if security == "tls" { Some(self.tls(host)?) } else { None };
        let hello = ClientId::default();
        let limit = Some(self.http.limits().connect);
        let connecting = AsyncSmtpConnection::connect_tokio1(judged.as_slice(), limit, &hello, at_once, None);
        let mut connection = connecting.await.map_err(|error| tls_failure(&error, host))?;
        // Whatever else the word may be, nothing goes out in the clear unless it was said.
        if !matches!(security, "tls" | "none") {
            self.hide(&mut connection, host, &hello).await?;
        }
        if let Some(user) = self.settings.given("user") {
            let account = Credentials::new(user.to_owned(), self.settings.get("password").to_owned());
            let signed_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &account).await;
            signed_in.map_err(|error| failure(&error))?;
        }
        Ok(connection)
    }

    /// Goes on under TLS. A server that does not offer that is told nothing more.
    async fn hide(&self, connection: &mut AsyncSmtpConnection, host: &str, hello: &ClientId) -> Result<(), Failure> {
        if !connection.can_starttls() {
            connection.abort().await;
            return Err(Failure::new(NO_STARTTLS));
        }
        connection.starttls(self.tls(host)?, hello).await.map_err(|error| tls_failure(&error, host))
    }

    /// The certificate must be one for the host's name, whatever address that led to.
    fn tls(&self, host: &str) -> Result<TlsParameters, Failure> {
        let mut tls = TlsParameters::builder(host.to_owned());
        for authority in self.http.authorities() {
            let authority = Certificate::from_der(authority.to_vec()).map_err(|error| failure(&error))?;
            tls = tls.add_root_certificate(authority);
        }
        tls.build_rustls().map_err(|error| failure(&error))
    }

    async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        let message = self.message(mail)?;
        let bytes = message.formatted();
        let sending = async {
            let mut connection = self.connect().await?;
            let sent = connection.send(message.envelope(), &bytes).await;
            sent.map_err(|error| named(failure(&error), message.envelope()))?;
            Ok::<_, Failure>(connection)
        };
        let whole = self.http.limits().whole();
        let mut connection = tokio::time::timeout(whole, sending).await.map_err(|_| no_answer(whole))??;
        // The mail is theirs by now: whether the goodbye is answered does not matter.
        _ = tokio::time::timeout(self.http.limits().body, connection.abort()).await;
        Ok(())
    }

    fn message(&self, mail: &Mail) -> Result<Message, Failure> {
        let wrong = |field: &str, why: &dyn std::fmt::Display| Failure::new(format!("{field}: {why}"));
        let from = self.settings.get("from").parse::<Mailbox>().map_err(|error| wrong("from", &error))?;
        let to = self.settings.get("to").parse::<Mailboxes>().map_err(|error| wrong("to", &error))?;
        let mut builder = Message::builder()
            .from(from)
            .mailbox(To::from(to))
            .subject(mail.subject.clone())
            .message_id(Some(mail.id.clone()))
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()));
        if let Some(key) = &mail.key {
            builder = builder.raw_header(HeaderValue::new(KEY, one_line(key)));
        }
        if let Some(first) = &mail.answers {
            builder = builder.in_reply_to(first.clone()).references(first.clone());
        }
        builder.singlepart(SinglePart::plain(mail.body.clone())).map_err(|error| Failure::new(error.to_string()))
    }
}

fn first(card: &Card, follows: Option<Follows<'_>>) -> Mail {
    let mut body = plain(&card.text);
    if !body.contains(&card.url) {
        _ = write!(body, "\n\n{}", card.url);
    }
    let mut of = card.key.clone();
    if let Some(follows) = follows {
        _ = write!(body, "\n\n{}", plain(follows.said));
        // With the id of the one before, it would be dropped as a copy of it.
        _ = write!(of, ":{}", follows.remote.id);
    }
    let id = format!("{}{}{}", FIRST.0, safe(&of), FIRST.1);
    Mail { id, answers: None, key: Some(card.key.clone()), subject: subject(&card.title), body }
}

/// One that follows the first; `id` of our message.
fn later(remote: &Remote, text: &str, id: &str) -> Mail {
    let answers = one_line(&remote.id);
    let subject = subject(&format!("Re: {}", remote.name));
    let key = key_of(&answers);
    Mail { id: format!("<note.{}@highwater>", safe(id)), answers: Some(answers), key, subject, body: plain(text) }
}

fn headed(note: &Note) -> String {
    format!("{}.\n\n{}", note.heading, note.text)
}

/// The key that a first `Message-ID` was made from.
fn key_of(message_id: &str) -> Option<String> {
    let inner = message_id.strip_prefix(FIRST.0)?.strip_suffix(FIRST.1)?;
    (!inner.contains('=')).then(|| inner.replace('.', ":"))
}

/// What may stand before the `@` of a `Message-ID`; different for different texts.
fn safe(text: &str) -> String {
    let mut safe = String::new();
    for byte in text.bytes() {
        match byte {
            b':' => safe.push('.'),
            b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => safe.push(char::from(byte)),
            other => _ = write!(safe, "={other:02X}"),
        }
    }
    safe
}

/// On one line, and never taken for words that are encoded already (RFC 2047), which would be shown as others.
fn subject(text: &str) -> String {
    one_line(text).replace("=?", &format!("={JOINER}?"))
}

/// Without line ends and the like, which would begin another header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Without control characters but line ends and tabs.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn no_answer(limit: Duration) -> Failure {
    Failure::new(format!("no answer within {} seconds", limit.as_secs_f64()))
}

/// With the server's words, and its code if there was one: from 400 on for later, from 500 on for never.
fn failure(error: &SmtpError) -> Failure {
    let status = error.status().map(u16::from);
    let words = error.source().map(ToString::to_string);
    let said = match (status, words) {
        (Some(535), Some(words)) => format!("answered 535: the account or its secret is not accepted: {words}"),
        (Some(code), Some(words)) => format!("answered {code}: {words}"),
        _ => error.to_string(),
    };
    let said = one_line(&said).chars().take(MOST_SAID).collect();
    // Whatever the code is, it says that the mail is not taken.
    Failure { said, status, retry_after: None, may_be_done: status.is_none() }
}

/// As [`failure`]; if it is the certificate that is refused, with what to do.
fn tls_failure(error: &SmtpError, host: &str) -> Failure {
    let Some(why) = refused_certificate(error) else { return failure(error) };
    Failure::new(format!(
        "host: the certificate of {host} is not accepted, so it was told neither the password nor the mail: {why}. Write the name that the \
         certificate is for; if an authority of your own issued it, name that in the setting delivery.ca_file"
    ))
}

fn refused_certificate(error: &SmtpError) -> Option<String> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(why)) = inner {
            return Some(why.to_string());
        }
        next = cause.source();
    }
    None
}

/// Which of our fields is refused, if the server's words have its address in them: `to: answered 550: …`.
fn named(failure: Failure, envelope: &Envelope) -> Failure {
    let is_said = |address: &Address| says(&failure.said, address.as_ref());
    let field = if envelope.to().iter().any(is_said) {
        "to"
    } else if envelope.from().is_some_and(is_said) {
        "from"
    } else {
        return failure;
    };
    Failure { said: format!("{field}: {}", failure.said), ..failure }
}

/// Whether the address stands in the words, and not as a part of a longer one.
fn says(words: &str, address: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || "._-+@".contains(c);
    let is_whole = |(at, _): (usize, &str)| {
        let (before, after) = (words[..at].chars().next_back(), words[at + address.len()..].chars().next());
        !before.is_some_and(goes_on) && !after.is_some_and(|c| goes_on(c) && c != '.')
    };
    words.match_indices(address).any(is_whole)
}

impl TicketSystem for Email {
    fn find<'a>(&'a self, _key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async { Ok(Vec::new()) }) // Nobody can ask a mailbox that is not his.
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        Box::pin(async move {
            let mail = first(card, follows);
            self.send(&mail).await?;
            Ok(Remote { id: mail.id, name: mail.subject, url: String::new(), state: TicketState::Open })
        })
    }

    fn read<'a>(&'a self, _id: &'a str) -> Asked<'a, Option<Remote>> {
        // Is not called: the system does not answer, as `System::answers` says.
        Box::pin(async { Ok(None) })
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { self.send(&later(remote, text, id)).await })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, id: &'a str) -> Asked<'a, TicketState> {
        let mail = later(remote, &headed(note), id);
        Box::pin(async move { self.send(&mail).await.map(|()| TicketState::Resolved) })
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, id: &'a str) -> Asked<'a, TicketState> {
        let mail = later(remote, &headed(note), id);
        Box::pin(async move { self.send(&mail).await.map(|()| TicketState::Open) })
    }

    fn probe(&self) -> Asked<'_, ()> {
        Box::pin(async move {
            // A typing error in an address is found here, and not by the first incident.
            let (id, answers, key) = ("<probe@highwater>".to_owned(), None, None);
            self.message(&Mail { id, answers, key, subject: String::new(), body: String::new() })?;
            let probing = async {
                let mut connection = self.connect().await?;
                let is_there = connection.test_connected().await;
                connection.abort().await;
                if is_there { Ok(()) } else { Err(Failure::new("the server let us in, and then did not answer NOOP")) }
            };
            let whole = self.http.limits().whole();
            tokio::time::timeout(whole, probing).await.map_err(|_| no_answer(whole))?
        })
    }

    fn preview(&self, card: &Card) -> Preview {
        let mail = first(card, None);
        let [host, port, security, from, to] =
            ["host", "port", "security", "from", "to"].map(|name| self.settings.get(name));
        // The words before they are encoded, which is not for people to read.
        let headers = [
            ("From", from),
            ("To", to),
            ("Subject", mail.subject.as_str()),
            ("Message-ID", mail.id.as_str()),
            ("X-Highwater-Key", card.key.as_str()),
        ];
        let head: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let envelope = format!("SMTP {host}:{port} ({security}), MAIL FROM {from}, RCPT TO {to}");
        Preview { to: envelope, body: format!("{head}\n{}", mail.body) }
    }
}

#[cfg(test)]
mod tests;
