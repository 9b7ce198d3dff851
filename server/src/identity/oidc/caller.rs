//! Calls of the provider. What the settings name may be on this machine; where else the provider sends us, it must not be.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

use crate::delivery::http::{Answer, Call, Http, Limits, Method};
use crate::model::destination::Policy;

/// Bytes of an answer that are read.
const MOST_BYTES: usize = 256 << 10;
/// A page waits for what is asked, for half a minute: four calls have to fit into that, since a key that is not known is asked for once more.
const LIMITS: Limits =
    Limits { connect: Duration::from_secs(4), answer: Duration::from_secs(5), body: Duration::from_secs(2) };

#[derive(Debug)]
pub(super) struct Caller {
    /// For the issuer's own host.
    inside: Http,
    others: Http,
    issuer: Option<Url>,
}

impl Caller {
    pub(super) fn new(http: Http, policy: &Policy, issuer: &str) -> Self {
        let others = http.with_limits(LIMITS);
        let inside = others.clone().with_policy(Arc::new(policy.clone().open_inside()));
        Self { inside, others, issuer: Url::parse(issuer).ok() }
    }

    /// Whether the provider may be asked there: with TLS, unless the issuer itself is on this machine and has none.
    pub(super) fn may_ask(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => {
                self.issuer.as_ref().is_some_and(|issuer| issuer.scheme() == "http" && issuer.host() == url.host())
            }
            _ => false,
        }
    }

    /// What is there, as JSON.
    ///
    /// # Errors
    /// What happened instead.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let headers = [("accept", "application/json".to_owned())];
        let call = Call { method: Method::GET, url, headers: &headers, body: String::new(), most_bytes: MOST_BYTES };
        let answer = self.call(call).await?;
        if answer.status != 200 {
            return Err(format!("{url} answers {}", answer.status));
        }
        serde_json::from_slice(&answer.body).map_err(|error| format!("{url} answers what cannot be read: {error}"))
    }

    /// Sends a form.
    ///
    /// # Errors
    /// There was no answer, or one that is too long.
    pub(super) async fn post(
        &self,
        url: &Url,
        mut headers: Vec<(&'static str, String)>,
        body: String,
    ) -> Result<Answer, String> {
        headers.push(("accept", "application/json".to_owned()));
        headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
        let call = Call { method: Method::POST, url: url.as_str(), headers: &headers, body, most_bytes: MOST_BYTES };
        self.call(call).await
    }

    async fn call(&self, call: Call<'_>) -> Result<Answer, String> {
        let url = call.url.to_owned();
        let host = Url::parse(call.url).ok().and_then(|url| url.host().map(|host| host.to_owned()));
        let is_issuers = self.issuer.as_ref().and_then(Url::host).map(|host| host.to_owned()) == host;
        let http = if is_issuers { &self.inside } else { &self.others };
        let answer = Box::pin(http.call(call)).await.map_err(|error| format!("{url}: {error}"))?;
        if answer.is_whole {
            Ok(answer)
        } else {
            Err(format!("{url} answered more than {} KiB, or not to the end", MOST_BYTES >> 10))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(issuer: &str) -> Caller {
        let policy = Policy::default();
        Caller::new(Http::new(Arc::new(policy.clone()), None).unwrap(), &policy, issuer)
    }

    #[test]
    fn the_provider_is_asked_with_tls_unless_it_is_on_this_machine_without() {
        let url = |text: &str| Url::parse(text).unwrap();
        let far = caller("https://id.example/a");
        assert!(far.may_ask(&url("https://keys.example/")));
        assert!(!far.may_ask(&url("http://id.example/")) && !far.may_ask(&url("ftp://id.example/")));
        let here = caller("http://127.0.0.1:9/a");
        assert!(here.may_ask(&url("http://127.0.0.1:10/")));
        assert!(!here.may_ask(&url("http://10.0.0.1/")) && !here.may_ask(&url("file:///etc/passwd")));
    }

    #[test]
    fn four_calls_fit_into_the_time_of_a_page() {
        assert!(LIMITS.whole() * 4 < Duration::from_secs(30));
    }

    #[tokio::test]
    async fn only_the_issuers_own_host_may_be_on_this_machine() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let refused = caller("https://id.example").get::<serde_json::Value>(&url).await.unwrap_err();
        assert!(refused.contains("this machine"), "{refused}");
        drop(listener);
        let gone = caller("http://127.0.0.1:1/").get::<serde_json::Value>(&url).await.unwrap_err();
        assert!(!gone.contains("leads to this machine"), "{gone}");
    }
}
