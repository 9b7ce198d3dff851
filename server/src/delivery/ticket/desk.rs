//! Calls of JSON interfaces, as all ticket systems have them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::Failure;
use crate::delivery::http::{Call, Http};

/// Bytes of an answer that are read at most.
const MOST_BYTES: usize = 2 << 20;
/// Characters of an answer that are told at most.
const MOST_SAID: usize = 300;
/// Has no width, and keeps what stands around it from being taken for markup or an address.
pub(super) const JOINER: char = '\u{2060}';

/// One interface: its address, and what every call carries.
pub(super) struct Desk {
    http: Http,
    /// Without a slash at the end.
    base: String,
    headers: Vec<(&'static str, String)>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reply {
    pub status: u16,
    /// Null if it is no JSON.
    pub json: Value,
    pub text: String,
    pub retry_after: Option<String>,
}

impl Desk {
    #[must_use]
    pub(super) fn new(http: Http, base: &str) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self { http, base: base.trim_end_matches('/').to_owned(), headers }
    }

    /// Every call carries this, too.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Signs in by name and password in every call.
    #[must_use]
    pub(super) fn with_user(self, user: &str, password: &str) -> Self {
        let pair = STANDARD.encode(format!("{user}:{password}"));
        self.with("authorization", format!("Basic {pair}"))
    }

    /// Signs in by a token in every call.
    #[must_use]
    pub(super) fn with_bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    /// The whole address of a path, which begins with a slash.
    #[must_use]
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Calls `path`, which begins with a slash, and answers whatever status comes.
    ///
    /// # Errors
    /// There was no answer.
    pub(super) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, Failure> {
        self.call_with(method, path, &[], body).await
    }

    /// As [`call`](Self::call), with headers of this call alone.
    ///
    /// # Errors
    /// As for [`call`](Self::call).
    pub(super) async fn call_with(
        &self,
        method: Method,
        path: &str,
        more: &[(&'static str, String)],
        body: Option<&Value>,
    ) -> Result<Reply, Failure> {
        let mut headers = self.headers.clone();
        headers.extend_from_slice(more);
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send(method, path, &headers, body).await
    }

    /// Posts a form, and nothing of what every call carries but `accept`.
    ///
    /// # Errors
    /// As for [`call`](Self::call).
    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Reply, Failure> {
        let headers = [
            ("accept", "application/json".to_owned()),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, &headers, body).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<Reply, Failure> {
        let url = self.url(path);
        let call = Call { method, url: &url, headers, body, most_bytes: MOST_BYTES };
        let answer = self
            .http
            .call(call)
            .await
            .map_err(|error| Failure { may_be_done: error.may_have_arrived(), ..Failure::new(error.to_string()) })?;
        if !answer.is_whole {
            let (status, said) = (answer.status, "the answer did not arrive whole".to_owned());
            let (retry_after, may_be_done) = (answer.retry_after, !is_refusal(status));
            return Err(Failure { said, status: Some(status), retry_after, may_be_done });
        }
        Ok(Reply { retry_after: answer.retry_after, ..Reply::of(answer.status, &answer.body) })
    }
}

/// Neither the address, which may be a secret, nor what signs in is shown.
impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Desk").field("http", &self.http).finish_non_exhaustive()
    }
}

impl Reply {
    #[must_use]
    pub(super) fn of(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, json, text, retry_after: None }
    }

    #[must_use]
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A good one, or what `said` finds in it.
    ///
    /// # Errors
    /// It is not good.
    pub(super) fn good(self, said: impl Fn(&Value) -> Option<String>) -> Result<Self, Failure> {
        if self.is_good() { Ok(self) } else { Err(self.failure(said)) }
    }

    /// Why it is not good: what `said` finds in the JSON, else its beginning.
    #[must_use]
    pub(super) fn failure(&self, said: impl Fn(&Value) -> Option<String>) -> Failure {
        let found = said(&self.json).filter(|found| !found.trim().is_empty());
        let found = found.unwrap_or_else(|| self.text.split_whitespace().collect::<Vec<_>>().join(" "));
        let found: String = found.chars().filter(|c| !c.is_control()).take(MOST_SAID).collect();
        let meaning = match self.status {
            401 => "the account or its secret is not accepted",
            403 => "the account may not do this",
            404 => "there is nothing at this address",
            429 => "too many calls",
            _ => "",
        };
        let mut text = format!("answered {}", self.status);
        for part in [meaning, found.as_str()] {
            if !part.is_empty() {
                text.push_str(": ");
                text.push_str(part);
            }
        }
        let may_be_done = !is_refusal(self.status);
        Failure { said: text, status: Some(self.status), retry_after: self.retry_after.clone(), may_be_done }
    }
}

/// Whether a status says that nothing was done: 408 says only that it took too long, and from 500 on it may be a gateway that knows nothing.
fn is_refusal(status: u16) -> bool {
    (400..500).contains(&status) && status != 408
}

/// A text or a number as text; empty for anything else.
#[must_use]
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Plain text as HTML that shows it as it is. Names in it come from outside, and stay nothing but text.
pub(super) fn html(plain: &str) -> String {
    let mut html = String::with_capacity(plain.len());
    for (n, line) in plain.lines().enumerate() {
        if n > 0 {
            html.push_str("<br>");
        }
        for c in line.chars().filter(|c| !c.is_control()) {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                c => html.push(c),
            }
        }
    }
    html
}

/// A value of a query, or a part of a path.
#[must_use]
pub(super) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// `ours` with `extra` members beside them: what a site needs may replace what is usual, but not the key.
#[must_use]
pub(super) fn with_extra(
    mut ours: Map<String, Value>,
    extra: Map<String, Value>,
    key_member: &str,
) -> Map<String, Value> {
    let key = ours.get(key_member).cloned();
    ours.extend(extra);
    if let Some(key) = key {
        ours.insert(key_member.to_owned(), key);
    }
    ours
}
