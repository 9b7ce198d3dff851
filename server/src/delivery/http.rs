//! One call to another system. The only client of HTTP in the server.
//!
//! Each call has a client of its own, which costs some microseconds: its resolver judges addresses for the port of that call, and no
//! connection is kept that was judged long ago.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use reqwest::Method;
use reqwest::dns::{Name, Resolve};
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, redirect, retry};
use rustls::ClientConfig;
use rustls_pki_types::CertificateDer;
use url::{Host, Url};

use super::names::{Judged, System};
use super::trust::{self, TrustError};
use crate::model::destination::{Policy, Refusal};

/// How long each step of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub connect: Duration,
    /// From the beginning to the head of the answer.
    pub answer: Duration,
    /// For the rest of the answer.
    pub body: Duration,
}

impl Limits {
    /// A call that takes longer than this has ended.
    #[must_use]
    pub fn whole(&self) -> Duration {
        self.answer + self.body
    }
}

impl Default for Limits {
    /// The specification of webhooks asks for 15 to 30 seconds.
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self { connect: secs(10), answer: secs(20), body: secs(5) }
    }
}

/// What is asked.
#[derive(Clone)]
pub struct Call<'a> {
    pub method: Method,
    pub url: &'a str,
    pub headers: &'a [(&'static str, String)],
    /// Empty for none.
    pub body: String,
    /// Bytes of the answer that are read.
    pub most_bytes: usize,
}

/// Without address, headers and body, which hold secrets.
impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("most_bytes", &self.most_bytes)
            .finish_non_exhaustive()
    }
}

/// What was answered, whatever the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// As it was written.
    pub retry_after: Option<String>,
    pub body: Vec<u8>,
    /// False if there was more of it than is read, or the rest did not arrive.
    pub is_whole: bool,
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("no connection within {} seconds", .0.as_secs_f64())]
    NotConnected(Duration),
    /// There was no connection. With the whole chain of causes, and without the address: it may hold a secret.
    #[error("{0}")]
    Unreachable(String),
    #[error("no answer within {} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The connection ended before there was an answer. As above.
    #[error("{0}")]
    Lost(String),
}

impl CallError {
    /// Whether the other side may have got the call all the same. Where there was no connection, it has not.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, Self::TimedOut(_) | Self::Lost(_))
    }
}

/// Calls other systems. Clones share what they trust.
#[derive(Clone)]
pub struct Http {
    tls: ClientConfig,
    authorities: Arc<[CertificateDer<'static>]>,
    policy: Arc<Policy>,
    names: Arc<dyn Resolve>,
    limits: Limits,
}

impl Http {
    /// `ca_pem`: certificates of authorities to trust beside those of the operating system.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn new(policy: Arc<Policy>, ca_pem: Option<&[u8]>) -> Result<Self, TrustError> {
        let authorities: Arc<[_]> = ca_pem.map(trust::certificates).transpose()?.unwrap_or_default().into();
        let tls = trust::tls(&authorities)?;
        Ok(Self { tls, authorities, policy, names: Arc::new(System), limits: Limits::default() })
    }

    /// Looks names up elsewhere than in the operating system.
    #[must_use]
    pub fn with_names(self, names: Arc<dyn Resolve>) -> Self {
        Self { names, ..self }
    }

    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Judges addresses otherwise.
    #[must_use]
    pub fn with_policy(self, policy: Arc<Policy>) -> Self {
        Self { policy, ..self }
    }

    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Authorities to trust beside those of the operating system, for who speaks something else than HTTP.
    pub(super) fn authorities(&self) -> &[CertificateDer<'static>] {
        &self.authorities
    }

    /// Where a host's name leads now, as far as it may be connected to: for who speaks something else than HTTP. Never empty.
    ///
    /// # Errors
    /// Says why nothing is sent there, or that the name leads nowhere.
    pub(super) async fn judged(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, CallError> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let typed = format!("http://{host}:{port}/");
        let url = self.policy.url(&typed)?;
        // Whatever stands beside the host (a path, a question mark) would make it another one than was judged.
        let is_plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_plain || url.port_or_known_default() != Some(port) {
            return Err(Refusal::Address.into());
        }
        self.addresses(&url, port).await
    }

    async fn addresses(&self, url: &Url, port: u16) -> Result<Vec<SocketAddr>, CallError> {
        let name = match url.host() {
            Some(Host::Ipv4(ip)) => return Ok(vec![SocketAddr::new(ip.into(), port)]),
            Some(Host::Ipv6(ip)) => return Ok(vec![SocketAddr::new(ip.into(), port)]),
            Some(Host::Domain(name)) => name.parse::<Name>().map_err(|_| Refusal::Address)?,
            None => return Err(Refusal::Address.into()),
        };
        let judged = Judged { names: Arc::clone(&self.names), policy: Arc::clone(&self.policy), port };
        let found = tokio::time::timeout(self.limits.connect, judged.resolve(name)).await;
        let found = found.map_err(|_| CallError::NotConnected(self.limits.connect))?.map_err(|error| {
            let refusal = causes(&*error).find_map(|cause| cause.downcast_ref::<Refusal>());
            refusal.map_or_else(|| CallError::Unreachable(error.to_string()), |refusal| refusal.clone().into())
        })?;
        let found: Vec<SocketAddr> = found.collect();
        if found.is_empty() {
            return Err(CallError::Unreachable("the name leads nowhere".to_owned()));
        }
        Ok(found)
    }

    /// # Errors
    /// There was no answer.
    pub async fn call(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let url = self.policy.url(call.url)?;
        let port = url.port_or_known_default().ok_or(Refusal::Address)?;
        let mut request = self.client(port)?.request(call.method, url);
        for (name, value) in call.headers {
            request = request.header(*name, value);
        }
        if !call.body.is_empty() {
            request = request.body(call.body);
        }
        let answered = tokio::time::timeout(self.limits.answer, request.send()).await;
        let response = answered.map_err(|_| CallError::TimedOut(self.limits.answer))?.map_err(|e| self.failed(e))?;
        Ok(self.read(response, call.most_bytes).await)
    }

    fn client(&self, port: u16) -> Result<reqwest::Client, CallError> {
        let judged = Judged { names: Arc::clone(&self.names), policy: Arc::clone(&self.policy), port };
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .dns_resolver(judged)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .retry(retry::never())
            .pool_max_idle_per_host(0)
            .connect_timeout(self.limits.connect)
            .user_agent(concat!("Highwater/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| self.failed(error))
    }

    /// What the status says holds, whether the rest arrives or not.
    async fn read(&self, mut response: Response, most_bytes: usize) -> Answer {
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        let read = async {
            loop {
                let chunk = match response.chunk().await {
                    Ok(Some(chunk)) => chunk,
                    Ok(None) => return true,
                    Err(_) => return false,
                };
                let room = most_bytes - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    return false;
                }
            }
        };
        let is_whole = tokio::time::timeout(self.limits.body, read).await.unwrap_or(false);
        Answer { status, retry_after, body, is_whole }
    }

    fn failed(&self, error: reqwest::Error) -> CallError {
        let error = error.without_url();
        if let Some(refusal) = causes(&error).find_map(|cause| cause.downcast_ref::<Refusal>()) {
            return CallError::Refused(refusal.clone());
        }
        let is_unsent = error.is_connect() || error.is_builder();
        if is_unsent && error.is_timeout() {
            return CallError::NotConnected(self.limits.connect);
        }
        // The first alone ("error sending request") says nothing, and some repeat the next one.
        let mut said = String::new();
        for cause in causes(&error).map(ToString::to_string) {
            if !said.ends_with(&cause) {
                said.push_str(if said.is_empty() { "" } else { ": " });
                said.push_str(&cause);
            }
        }
        if is_unsent { CallError::Unreachable(said) } else { CallError::Lost(said) }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Http").field("policy", &self.policy).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// An error and what led to it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[test]
    fn authorities_that_are_none_are_refused_with_what_to_do() {
        let said = |pem: &[u8]| Http::new(Arc::default(), Some(pem)).unwrap_err().to_string();
        assert!(said(b"").contains("BEGIN CERTIFICATE"));
        let damaged = said(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(!damaged.is_empty(), "{damaged}");
    }

    #[tokio::test]
    async fn an_address_that_is_refused_is_not_called() {
        let http = Http::new(Arc::default(), None).unwrap();
        let call =
            Call { method: Method::GET, url: "http://127.0.0.1:1/", headers: &[], body: String::new(), most_bytes: 0 };
        assert!(matches!(http.call(call).await, Err(CallError::Refused(Refusal::Reach { .. }))));
    }

    #[tokio::test]
    async fn what_was_let_in_may_have_arrived_and_what_was_not_has_not() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let secs = Duration::from_secs;
        let limits = Limits { connect: secs(5), answer: secs(1), body: secs(1) };
        let policy = Arc::new(Policy::default().allowing(&[addr]));
        let http = Http::new(policy, None).unwrap().with_limits(limits);
        let url = format!("http://{addr}/");
        let call = || Call { method: Method::POST, url: &url, headers: &[], body: "x".to_owned(), most_bytes: 0 };
        let ends = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read(&mut [0; 64]).await.unwrap()
        };
        let (answered, _) = tokio::join!(http.call(call()), ends);
        let lost = answered.unwrap_err();
        assert!(matches!(lost, CallError::Lost(_)) && lost.may_have_arrived(), "{lost:?}");
        let (answered, held) = tokio::join!(http.call(call()), listener.accept());
        assert_eq!(answered, Err(CallError::TimedOut(secs(1))));
        assert!(CallError::TimedOut(secs(1)).may_have_arrived());
        drop((held, listener));
        let refused = http.call(call()).await.unwrap_err();
        assert!(matches!(refused, CallError::Unreachable(_)) && !refused.may_have_arrived(), "{refused:?}");
    }

    #[tokio::test]
    async fn hosts_of_other_protocols_are_judged_too() {
        let http = Http::new(Arc::default(), None).unwrap();
        for own in ["127.0.0.1", "::1", "0x7f.1", "localhost", "169.254.169.254"] {
            assert!(matches!(http.judged(own, 25).await, Err(CallError::Refused(_))), "{own}");
        }
        for odd in ["192.0.2.1/x?", "192.0.2.1#", "a@192.0.2.1", ""] {
            assert!(matches!(http.judged(odd, 25).await, Err(CallError::Refused(_))), "{odd}");
        }
        assert_eq!(http.judged("192.0.2.1", 25).await, Ok(vec!["192.0.2.1:25".parse().unwrap()]));
    }
}
