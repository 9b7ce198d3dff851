//! One connection to the directory.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ldap3::result::LdapError;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapResult, Scope, SearchEntry, SearchOptions, SearchResult, StdStream,
};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::{ANY, Safety, Settings, start_tls};
use crate::identity::{Refusal, Why};

const CONNECT: Duration = Duration::from_secs(4);
/// The directory's own limit on a search.
const SEARCH_SECS: i32 = 8;

/// Results of RFC 4511, appendix A, that mean something here.
const SUCCESS: u32 = 0;
const SIZE_LIMIT_EXCEEDED: u32 = 4;
const STRONGER_AUTH_REQUIRED: u32 = 8;
const REFERRAL: u32 = 10;
const CONFIDENTIALITY_REQUIRED: u32 = 13;
const NO_SUCH_OBJECT: u32 = 32;
const INVALID_DN_SYNTAX: u32 = 34;
const INVALID_CREDENTIALS: u32 = 49;
const UNWILLING_TO_PERFORM: u32 = 53;

pub(super) struct Session {
    ldap: Ldap,
    /// Moves bytes; ends with the session.
    _driving: AbortOnDropHandle<()>,
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Query<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    pub(super) filter: &'a str,
    pub(super) attributes: Vec<&'static str>,
    /// Entries that are wanted at most.
    pub(super) most: i32,
}

#[derive(Debug)]
pub(super) struct Found {
    pub(super) entries: Vec<SearchEntry>,
    /// There are more.
    pub(super) is_cut: bool,
    /// Other directories that the directory names.
    pub(super) referrals: Vec<String>,
}

impl Session {
    /// Connects, so that what is said from then on is for the directory alone.
    ///
    /// # Errors
    /// It is not there, or it could be somebody else.
    pub(super) async fn open(settings: &Settings, tls: &Arc<ClientConfig>) -> Result<Self, Refusal> {
        let Settings { host, port, safety, .. } = settings;
        let connected = tokio::time::timeout(CONNECT, TcpStream::connect((host.as_str(), *port))).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let mut stream = connected.map_err(|error| unreachable_at(settings, &error))?;
        let scheme = match safety {
            Safety::Tls => "ldaps",
            Safety::StartTls => {
                start_tls::ask(&mut stream).await?;
                // What follows is what follows on an ldaps:// connection.
                "ldaps"
            }
            Safety::Loopback => {
                let peer = stream.peer_addr().map_err(|error| unreachable_at(settings, &error))?;
                if !peer.ip().is_loopback() {
                    return Err(Refusal::new(Why::Unsafe, "without TLS, ldap.url has to lead to this machine"));
                }
                "ldap"
            }
        };
        let url = Url::parse(&format!("{scheme}://{host}:{port}"));
        let url = url.map_err(|error| Refusal::new(Why::Settings, format!("ldap.url: {error}")))?;
        let stream = stream.into_std().map_err(|error| unreachable_at(settings, &error))?;
        let options = LdapConnSettings::new().set_config(Arc::clone(tls)).set_std_stream(StdStream::Tcp(stream));
        // What a handshake needs is large: it has a place of its own.
        let connecting = Box::pin(LdapConnAsync::from_url_with_settings(options, &url));
        let (connection, ldap) = connecting.await.map_err(failed)?;
        let driving = tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::debug!(%error, "the connection to the directory ended");
            }
        });
        Ok(Self { ldap, _driving: AbortOnDropHandle::new(driving) })
    }

    /// Becomes the account that searches.
    ///
    /// # Errors
    /// It is refused.
    pub(super) async fn bind_service(&mut self, dn: &str, password: &str) -> Result<(), Refusal> {
        let result = self.bind(dn, password).await?;
        if result.rc == SUCCESS {
            return Ok(());
        }
        let why = if is_unsafe(result.rc) { Why::Unsafe } else { Why::Settings };
        Err(Refusal::new(why, format!("the directory refuses ldap.bind_dn: {result}")))
    }

    /// Becomes the person who signs in.
    ///
    /// # Errors
    /// It is refused.
    pub(super) async fn bind_person(&mut self, dn: &str, password: &str) -> Result<(), Refusal> {
        let result = self.bind(dn, password).await?;
        let why = match result.rc {
            SUCCESS => return Ok(()),
            INVALID_CREDENTIALS if has_to_change(&result.text) => Why::PasswordExpired,
            INVALID_CREDENTIALS | NO_SUCH_OBJECT | INVALID_DN_SYNTAX | UNWILLING_TO_PERFORM => Why::Credentials,
            REFERRAL => Why::Elsewhere,
            code if is_unsafe(code) => Why::Unsafe,
            _ => Why::Unreachable,
        };
        Err(Refusal::new(why, format!("the directory refuses the bind: {result}")))
    }

    async fn bind(&mut self, dn: &str, password: &str) -> Result<LdapResult, Refusal> {
        // Without one of them the bind would be nobody's, and succeed.
        if dn.is_empty() || password.is_empty() {
            return Err(Refusal::new(
                Why::Credentials,
                "a bind without a name or a password proves nothing; it was not sent",
            ));
        }
        self.ldap.simple_bind(dn, password).await.map_err(failed)
    }

    /// # Errors
    /// The directory does not search there.
    pub(super) async fn search(&mut self, query: Query<'_>) -> Result<Found, Refusal> {
        let base = query.base.to_owned();
        let (entries, result) = self.raw_search(query).await?;
        match result.rc {
            SUCCESS | SIZE_LIMIT_EXCEEDED => {
                Ok(Found { entries, is_cut: result.rc == SIZE_LIMIT_EXCEEDED, referrals: result.refs })
            }
            REFERRAL => {
                let elsewhere = result.refs.join(", ");
                let detail = format!("{base} is not in this directory, which refers to {elsewhere}; it is not asked");
                Err(Refusal::new(Why::Elsewhere, detail))
            }
            NO_SUCH_OBJECT => Err(Refusal::new(Why::Settings, format!("{base} is not in the directory: {result}"))),
            _ => Err(Refusal::new(Why::Unreachable, format!("the directory does not search {base}: {result}"))),
        }
    }

    /// Whether an entry is there that matches.
    ///
    /// # Errors
    /// The directory does not say.
    pub(super) async fn matches(&mut self, dn: &str, filter: &str) -> Result<bool, Refusal> {
        let query = Query { base: dn, scope: Scope::Base, filter, attributes: vec!["1.1"], most: 1 };
        let (entries, result) = self.raw_search(query).await?;
        match result.rc {
            SUCCESS => Ok(!entries.is_empty()),
            NO_SUCH_OBJECT => Ok(false),
            _ => Err(Refusal::new(Why::Unreachable, format!("the directory does not show {dn}: {result}"))),
        }
    }

    /// As [`matches`](Self::matches), whatever it is.
    pub(super) async fn is_there(&mut self, dn: &str) -> Result<bool, Refusal> {
        self.matches(dn, ANY).await
    }

    async fn raw_search(&mut self, query: Query<'_>) -> Result<(Vec<SearchEntry>, LdapResult), Refusal> {
        let Query { base, scope, filter, attributes, most } = query;
        let options = SearchOptions::new().sizelimit(most).timelimit(SEARCH_SECS);
        let searched = self.ldap.with_search_options(options).search(base, scope, filter, attributes).await;
        let SearchResult(entries, result) = searched.map_err(failed)?;
        Ok((entries.into_iter().map(SearchEntry::construct).collect(), result))
    }
}

fn is_unsafe(code: u32) -> bool {
    code == STRONGER_AUTH_REQUIRED || code == CONFIDENTIALITY_REQUIRED
}

/// Active Directory says by a number that the password is right, but has expired (532) or has to be changed first (773).
fn has_to_change(text: &str) -> bool {
    text.contains("data 532,") || text.contains("data 773,")
}

fn unreachable_at(settings: &Settings, error: &io::Error) -> Refusal {
    let Settings { host, port, .. } = settings;
    Refusal::new(Why::Unreachable, format!("{host}:{port} (ldap.url) is not reached: {error}"))
}

fn failed(error: LdapError) -> Refusal {
    let source = match error {
        LdapError::Io { source } => source,
        other => return Refusal::new(Why::Unreachable, format!("the directory: {other}")),
    };
    match source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(tls) => Refusal::new(
            Why::Unsafe,
            format!(
                "TLS with the directory: {tls}. See ldap.ca_file, and whether ldap.url has the name in its certificate"
            ),
        ),
        None => Refusal::new(Why::Unreachable, format!("the connection to the directory ended: {source}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_has_to_be_changed_is_told_apart() {
        let said = |data: &str| {
            format!("80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, v4563")
        };
        assert!(has_to_change(&said("532")) && has_to_change(&said("773")));
        for other in ["52e", "525", "533", "701", "775"] {
            assert!(!has_to_change(&said(other)), "{other}");
        }
    }

    #[test]
    fn a_certificate_that_is_not_trusted_is_told_apart_from_a_connection_that_ended() {
        let tls = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::HandshakeNotComplete);
        assert_eq!(failed(LdapError::Io { source: tls }).why, Why::Unsafe);
        let ended = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(failed(LdapError::Io { source: ended }).why, Why::Unreachable);
        assert_eq!(failed(LdapError::FilterParsing).why, Why::Unreachable);
    }
}
