//! One call each: the only place of the agent that speaks HTTP.

use std::sync::Arc;
use std::time::Duration;

use highwater_wire::{
    Ack, AgentSettings, AgentStatus, BATCHES_PATH, Batch, ENROL_PATH, EnrolRequest, Enrolled, KEY_PATH, KeyOffer,
    SETTINGS_PATH,
};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, RETRY_AFTER};
use reqwest::tls::TlsInfo;
use reqwest::{RequestBuilder, Response, Url, redirect};
use serde::de::DeserializeOwned;

use super::answer::PushError;
use super::encode::encode;
use super::trust::{Pin, Trust, TrustError};
use super::verify::Anchors;
use crate::clock::Clock;

/// Answers are small; whatever is longer does not come from our server.
const MAX_ANSWER_BYTES: usize = 256 << 10;

/// How long each step of a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub connect: Duration,
    /// Longest silence while an answer is awaited or read.
    pub read: Duration,
    /// The whole call, the upload included.
    pub whole: Duration,
    /// How long a connection is kept for the next call; none is if this is zero.
    pub kept: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            read: Duration::from_secs(45),
            whole: Duration::from_secs(120),
            kept: Duration::from_secs(300),
        }
    }
}

/// What a call without consequences found out.
#[derive(Debug)]
pub struct Probe {
    /// SHA-256 of the server's own certificate.
    pub leaf: Option<Pin>,
    /// The server's clock.
    pub server_at: Option<i64>,
    /// With a key: what the server thinks of it.
    pub status: Option<Result<AgentStatus, PushError>>,
}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the server's address must look like https://highwater.example.net:8443, but is {0:?}")]
    Address(String),
    #[error("the proxy's address must look like http://proxy.example.net:3128, but is {0:?}")]
    Proxy(String),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error("the HTTPS client cannot be set up: {0}")]
    Setup(String),
}

/// Calls one server. Clones share its connections, which are kept alive: a new handshake costs more than a push. An agent asks for
/// one thing at a time, so HTTP/1.1 is enough: an HTTP/2 connection would cost the server 20 KB more, for each of its agents.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    server: Url,
    clock: Clock,
    /// None with the system's authorities.
    anchors: Option<Arc<Anchors>>,
}

impl Client {
    /// # Errors
    /// The address is not an `https://` one, the proxy's is none, or the trusted authorities cannot be read.
    pub fn new(
        server: &str,
        trust: &Trust,
        proxy: Option<&str>,
        limits: Limits,
        clock: Clock,
    ) -> Result<Self, ClientError> {
        let address = || ClientError::Address(server.to_owned());
        let server: Url = server.trim().parse().map_err(|_| address())?;
        if server.scheme() != "https" || server.host_str().is_none() {
            return Err(address());
        }
        // Installed by whoever comes first; all of this program use ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .https_only(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("highwater-agent/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            .timeout(limits.whole)
            .tls_info(true)
            // A connection whose other end vanished is noticed between two pushes, not by the next one's time limit.
            .tcp_keepalive(Duration::from_secs(30))
            .tcp_keepalive_interval(Duration::from_secs(10))
            .tcp_keepalive_retries(3)
            .pool_idle_timeout(limits.kept);
        if let Some(address) = proxy {
            builder = builder.proxy(way_through(address)?);
        }
        if limits.kept.is_zero() {
            builder = builder.pool_max_idle_per_host(0);
        }
        #[cfg(target_os = "linux")]
        {
            builder = builder.tcp_user_timeout(limits.read);
        }
        let mut anchors = None;
        if let Some((mut tls, shared)) = trust.tls(server.as_str())? {
            tls.alpn_protocols = vec![b"http/1.1".to_vec()];
            builder = builder.tls_backend_preconfigured(tls);
            anchors = Some(shared);
        } else if let Some(shown) = &trust.shown {
            // With the system's authorities reqwest sets TLS up.
            let identity = reqwest::Identity::from_pem(&shown.pem()?);
            let wrong = |e: reqwest::Error| ClientError::Setup(PushError::unreachable(&e).to_string());
            builder = builder.identity(identity.map_err(wrong)?);
        }
        let http = builder.build().map_err(|e| ClientError::Setup(PushError::unreachable(&e).to_string()))?;
        Ok(Self { http, server, clock, anchors })
    }

    /// The server's address, for people.
    #[must_use]
    pub fn server(&self) -> &str {
        self.server.as_str()
    }

    /// Asks for an identity. May be repeated: the same attempt gets the same agent.
    ///
    /// # Errors
    /// As [`PushError`] says.
    pub async fn enrol(&self, request: &EnrolRequest) -> Result<Enrolled, PushError> {
        read(self.send(self.http.post(self.url(ENROL_PATH)).json(request)).await?).await
    }

    /// Reads this agent's state and settings.
    ///
    /// # Errors
    /// As [`PushError`] says.
    pub async fn status(&self, key: &str) -> Result<AgentStatus, PushError> {
        let status: AgentStatus =
            read(self.send(self.http.get(self.url(SETTINGS_PATH)).bearer_auth(key)).await?).await?;
        self.learn(&status.settings);
        Ok(status)
    }

    /// Offers the key to go on with, by the one that counts now.
    ///
    /// # Errors
    /// As [`PushError`] says.
    pub async fn offer(&self, key: &str, key_sha256: &str) -> Result<AgentStatus, PushError> {
        let offer = KeyOffer { key_sha256: key_sha256.to_owned() };
        read(self.send(self.http.post(self.url(KEY_PATH)).bearer_auth(key).json(&offer)).await?).await
    }

    /// The server's name and port.
    #[must_use]
    pub fn host_and_port(&self) -> (&str, u16) {
        (self.server.host_str().unwrap_or_default(), self.server.port_or_known_default().unwrap_or(443))
    }

    /// Calls the server to see whether it can be trusted, and, with a key, what it thinks of this agent.
    ///
    /// # Errors
    /// There was no answer that could be trusted.
    pub async fn probe(&self, key: Option<&str>) -> Result<Probe, PushError> {
        let request = self.http.get(self.url(SETTINGS_PATH));
        let request = if let Some(key) = key { request.bearer_auth(key) } else { request };
        let response = request.send().await.map_err(|e| PushError::unreachable(&e.without_url()))?;
        let leaf = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).map(Pin::of);
        let date = response.headers().get(DATE).and_then(|v| v.to_str().ok()).and_then(instant);
        let status = match (key, response.status().is_success()) {
            (None, _) => None,
            (Some(_), true) => Some(read::<AgentStatus>(response).await),
            (Some(_), false) => Some(Err(refusal(response, &self.clock).await)),
        };
        let told = status.as_ref().and_then(|s| s.as_ref().ok()).map(|s| s.server_at);
        Ok(Probe { leaf, server_at: told.or(date), status })
    }

    /// Pushes a batch and waits until the server has it durably.
    ///
    /// # Errors
    /// As [`PushError`] says; a batch beyond the wire's limits is [`PushError::TooLarge`] without a call.
    pub async fn push(&self, key: &str, batch: &Batch) -> Result<Ack, PushError> {
        let body = encode(batch).map_err(|e| PushError::TooLarge { detail: e.to_string() })?;
        self.push_encoded(key, body).await
    }

    /// Pushes a batch that [`encode`] or [`encode_records`](super::encode_records) wrote.
    ///
    /// # Errors
    /// As [`PushError`] says.
    pub async fn push_encoded(&self, key: &str, body: Vec<u8>) -> Result<Ack, PushError> {
        let request = self
            .http
            .post(self.url(BATCHES_PATH))
            .bearer_auth(key)
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_ENCODING, "zstd")
            .body(body);
        let ack: Ack = read(self.send(request).await?).await?;
        self.learn(&ack.settings);
        Ok(ack)
    }

    /// Takes in by which authorities the server is known from now on.
    fn learn(&self, told: &AgentSettings) {
        if let Some(anchors) = &self.anchors {
            anchors.learn(&told.authorities);
        }
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.server.clone();
        // The server may live below a path, behind a reverse proxy.
        let below = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&below);
        url
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, PushError> {
        let response = request.send().await.map_err(|e| PushError::unreachable(&e.without_url()))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refusal(response, &self.clock).await)
    }
}

/// Only the proxy that the settings name: what a user's browser or the environment says is not for a service. The connection through
/// it is encrypted from end to end, so that it need not be trusted.
fn way_through(address: &str) -> Result<reqwest::Proxy, ClientError> {
    let wrong = || ClientError::Proxy(address.to_owned());
    let url: Url = address.trim().parse().map_err(|_| wrong())?;
    if url.scheme() != "http" || url.host_str().is_none() {
        return Err(wrong());
    }
    reqwest::Proxy::https(url).map_err(|_| wrong())
}

async fn refusal(response: Response, clock: &Clock) -> PushError {
    let status = response.status().as_u16();
    let after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok());
    let after = after.and_then(|text| retry_after(text, clock.now_at()));
    // A refusal whose reason does not arrive is still that refusal.
    let body = body_of(response).await.unwrap_or_default();
    PushError::from_answer(status, &body, after)
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, PushError> {
    let status = response.status().as_u16();
    let body = body_of(response).await?;
    serde_json::from_slice(&body).map_err(|e| PushError::Unexpected {
        status,
        detail: format!("not what a Highwater server says ({e}); check that the address is the agents' port"),
    })
}

async fn body_of(mut response: Response) -> Result<Vec<u8>, PushError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| PushError::unreachable(&e.without_url()))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            let detail = "its answer is longer than a Highwater server's ever is".to_owned();
            return Err(PushError::Unexpected { status: response.status().as_u16(), detail });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads `Retry-After` in both its forms: seconds, or an instant.
#[must_use]
pub fn retry_after(text: &str, now_at: i64) -> Option<Duration> {
    let text = text.trim();
    if let Ok(secs) = text.parse() {
        return Some(Duration::from_secs(secs));
    }
    let at = instant(text)?;
    Some(Duration::from_millis(u64::try_from(at.saturating_sub(now_at)).unwrap_or(0)))
}

/// Reads an instant as HTTP writes it.
fn instant(text: &str) -> Option<i64> {
    Some(jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(server: &str) -> Result<Client, ClientError> {
        Client::new(server, &Trust::default(), None, Limits::default(), Clock::manual(0))
    }

    #[test]
    fn only_https_is_spoken() {
        for bad in ["http://highwater.example.net", "highwater.example.net:8443", "https://", "", "file:///etc"] {
            assert!(matches!(client(bad), Err(ClientError::Address(_))), "{bad}");
        }
    }

    #[test]
    fn a_proxy_is_an_http_address() {
        for (proxy, is_fine) in [("http://proxy.example.net:3128", true), ("proxy:3128", false), ("", false)] {
            let made = Client::new("https://h", &Trust::default(), Some(proxy), Limits::default(), Clock::manual(0));
            assert_eq!(made.is_ok(), is_fine, "{proxy}");
        }
    }

    #[test]
    fn the_server_may_live_below_a_path() {
        let client = client("https://intra.example.net/highwater/").unwrap();
        assert_eq!(client.url(BATCHES_PATH).as_str(), "https://intra.example.net/highwater/agent/v1/batches");
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        assert_eq!(retry_after("120", 0), Some(Duration::from_secs(120)));
        let at = "Wed, 25 Nov 2026 00:00:30 GMT";
        assert_eq!(retry_after(at, 1_795_564_800_000), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(at, 1_895_564_800_000), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", 0), None);
    }
}
