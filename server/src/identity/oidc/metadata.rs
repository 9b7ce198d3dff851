//! What a provider publishes about itself (OpenID Connect Discovery).

use serde::Deserialize;
use url::Url;

use super::caller::Caller;
use super::jws::Alg;

/// Beside the issuer.
const PLACE: &str = "/.well-known/openid-configuration";

/// As it was read and found good.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) end_session_endpoint: Option<Url>,
    /// Those that it names and that can be trusted.
    pub(super) algorithms: Vec<Alg>,
    pub(super) client_auth: ClientAuth,
    /// Whether its answers in the browser say whose they are (RFC 9207).
    pub(super) names_itself: bool,
    challenges: Option<Vec<String>>,
}

/// How this server shows that it is itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientAuth {
    Basic,
    Post,
}

/// As it is published.
#[derive(Deserialize)]
struct Published {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Asks the provider.
    ///
    /// # Errors
    /// What is wrong, and what to do.
    pub(super) async fn read(caller: &Caller, issuer: &str) -> Result<Self, String> {
        let published: Published = caller.get(&format!("{}{PLACE}", issuer.trim_end_matches('/'))).await?;
        Self::of(published, caller, issuer)
    }

    fn of(published: Published, caller: &Caller, issuer: &str) -> Result<Self, String> {
        if published.issuer != issuer {
            let named: String = published.issuer.chars().filter(|c| !c.is_control()).take(200).collect();
            return Err(format!(
                "it names itself {named:?}: write exactly that as oidc.issuer, if it is the right one"
            ));
        }
        let place = |name: &str, text: &str| match Url::parse(text) {
            Ok(url) if url.has_host() && caller.may_ask(&url) => Ok(url),
            _ => Err(format!("its {name} is no address with https://")),
        };
        let algorithms = published.id_token_signing_alg_values_supported.unwrap_or_else(|| vec!["RS256".to_owned()]);
        Ok(Self {
            authorization_endpoint: place("authorization_endpoint", &published.authorization_endpoint)?,
            token_endpoint: place("token_endpoint", &published.token_endpoint)?,
            jwks_uri: place("jwks_uri", &published.jwks_uri)?,
            end_session_endpoint: published
                .end_session_endpoint
                .map(|text| place("end_session_endpoint", &text))
                .transpose()?,
            algorithms: algorithms.iter().filter_map(|word| Alg::from_word(word)).collect(),
            client_auth: client_auth(published.token_endpoint_auth_methods_supported.as_deref())?,
            names_itself: published.authorization_response_iss_parameter_supported,
            challenges: published.code_challenge_methods_supported,
        })
    }

    /// Whether it says that it knows PKCE. Some know it and do not say so.
    pub(super) fn has_pkce(&self) -> bool {
        self.challenges.as_ref().is_some_and(|methods| methods.iter().any(|method| method == "S256"))
    }
}

fn client_auth(methods: Option<&[String]>) -> Result<ClientAuth, String> {
    let Some(methods) = methods else { return Ok(ClientAuth::Basic) };
    let has = |wanted: &str| methods.iter().any(|method| method == wanted);
    if has("client_secret_basic") {
        Ok(ClientAuth::Basic)
    } else if has("client_secret_post") {
        Ok(ClientAuth::Post)
    } else {
        Err("it takes no client secret (client_secret_basic or client_secret_post)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::delivery::http::Http;
    use crate::model::destination::Policy;

    const ISSUER: &str = "https://id.example/a";

    fn read(change: impl FnOnce(&mut Value)) -> Result<Metadata, String> {
        let mut published = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/auth?tenant=7",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://keys.example/",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"],
        });
        change(&mut published);
        let policy = Policy::default();
        let caller = Caller::new(Http::new(Arc::new(policy.clone()), None).unwrap(), &policy, ISSUER);
        Metadata::of(serde_json::from_value(published).unwrap(), &caller, ISSUER)
    }

    #[test]
    fn of_the_algorithms_only_those_with_a_key_of_its_own_are_taken() {
        assert_eq!(read(|_| ()).unwrap().algorithms, [Alg::Rs256, Alg::Es256]);
        let silent = read(|published| published["id_token_signing_alg_values_supported"] = Value::Null).unwrap();
        assert_eq!(silent.algorithms, [Alg::Rs256]);
        assert!(!silent.has_pkce() && silent.end_session_endpoint.is_none());
    }

    #[test]
    fn another_issuer_or_an_endpoint_without_tls_is_refused() {
        let other = read(|published| published["issuer"] = json!("https://id.example/a/")).unwrap_err();
        assert!(other.contains("\"https://id.example/a/\""), "{other}");
        for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"] {
            for bad in ["http://id.example/", "javascript:alert(1)", "/token", ""] {
                let refused = read(|published| published[endpoint] = json!(bad)).unwrap_err();
                assert!(refused.contains(endpoint), "{endpoint} {bad}: {refused}");
            }
        }
    }

    #[test]
    fn the_client_shows_itself_as_the_provider_takes_it() {
        let with = |methods: Value| read(|published| published["token_endpoint_auth_methods_supported"] = methods);
        let auth = |methods: Value| with(methods).map(|metadata| metadata.client_auth);
        assert_eq!(auth(Value::Null), Ok(ClientAuth::Basic));
        assert_eq!(auth(json!(["client_secret_post", "client_secret_basic"])), Ok(ClientAuth::Basic));
        assert_eq!(auth(json!(["client_secret_post"])), Ok(ClientAuth::Post));
        assert!(auth(json!(["private_key_jwt"])).is_err());
    }
}
