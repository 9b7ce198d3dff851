//! Signing in at a provider of OpenID Connect, by the authorisation code flow with PKCE. Promises:
//!
//! 1. **The browser that began comes back**: what the provider is told (`nonce`, PKCE) follows from a secret that only that browser holds
//!    and from the `state` of this one time. Who keeps the `state`, once, is the store.
//! 2. **Only the provider's own word counts**: an ID token is read from the token endpoint alone, and believed when it is signed by a key
//!    that the provider publishes, with an algorithm that it names and that is no shared secret; and when issuer, audience, time and nonce
//!    are right.
//! 3. **A person is issuer and subject**, never an address of mail or a name.
//! 4. **How strongly somebody signed in there** is what the signed token says of it, whatever was asked for.
//! 5. **What the provider publishes is read at the first use and again every hour**, and its keys when an unknown one signs, once a minute
//!    at most. While it does not answer, what it said lasts for a day.
//!
//! The signatures are checked by ring, which TLS brings along. The library for this protocol would tell the time by itself, without
//! patience for clocks that differ, and bring a second set of cryptography.

mod caller;
mod claims;
mod jws;
mod keys;
mod known;
mod metadata;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use url::form_urlencoded::{self, byte_serialize};

use self::caller::Caller;
use self::claims::{Claims, Expected};
use self::jws::Signed;
use self::known::{Known, Provider};
use self::metadata::ClientAuth;
use super::{Check, Person, Proof, Refusal, Roles, Sights, Why};
use crate::clock::Clock;
use crate::delivery::http::Http;
use crate::model::destination::Policy;
use crate::secret;

/// Longer ones are not handed to the provider at sign-out: they stand in an address.
const LONGEST_HINT: usize = 4_096;

/// What is known of the provider beforehand.
#[derive(Clone)]
pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    /// What people call it.
    pub label: String,
    pub scopes: String,
    pub groups_claim: String,
    pub roles: Roles,
    /// None: administrators say which hosts each account sees.
    pub sights: Option<Sights>,
    /// How strongly people are asked to sign in there, with blanks between; empty if that is not asked.
    pub acr_values: String,
    /// What tokens have to say of it.
    pub demands: Demands,
    /// Where the provider sends people back to.
    pub return_url: String,
    /// Where it sends them when they have signed out.
    pub signed_out_url: String,
}

/// How strongly people have to have signed in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demands {
    /// One of these has to be the class (`acr`); empty if it does not matter.
    pub acr: Vec<String>,
    /// One of these has to be among the methods (`amr`); empty if it does not matter.
    pub amr: Vec<String>,
}

/// A provider where people sign in.
#[derive(Debug)]
pub struct Oidc {
    settings: Settings,
    known: Known,
    clock: Clock,
}

/// What a browser brings back from the provider.
#[derive(Debug, Clone, Copy)]
pub struct Return<'a> {
    pub code: &'a str,
    /// Who answers, where the provider says it (RFC 9207).
    pub issuer: Option<&'a str>,
    pub state: &'a str,
    /// What the browser holds since it was sent there.
    pub browser: &'a str,
}

/// Somebody who signed in there.
pub struct SignedIn {
    pub person: Person,
    /// By which the provider knows whom to sign out; none if it is too long for that.
    pub hint: Option<String>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<String>,
    error: Option<String>,
}

impl Oidc {
    /// `http`: as deliveries are sent, by this policy.
    #[must_use]
    pub fn new(settings: Settings, (http, policy): (Http, &Policy), clock: Clock) -> Self {
        let caller = Caller::new(http, policy, &settings.issuer);
        let known = Known::new(caller, settings.issuer.clone(), clock.clone());
        Self { settings, known, clock }
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.settings.label
    }

    pub(super) fn says_sight(&self) -> bool {
        self.settings.sights.is_some()
    }

    /// The address at the provider to send a browser to.
    ///
    /// # Errors
    /// What the provider publishes cannot be read.
    pub async fn begin(&self, state: &str, browser: &str) -> Result<String, Refusal> {
        let provider = self.known.current().await?;
        let challenge = URL_SAFE_NO_PAD.encode(secret::sha256(&verifier(state, browser)));
        let mut url = provider.metadata.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.return_url)
            .append_pair("scope", &self.settings.scopes)
            .append_pair("state", state)
            .append_pair("nonce", &nonce(state, browser))
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if !self.settings.acr_values.is_empty() {
            url.query_pairs_mut().append_pair("acr_values", &self.settings.acr_values);
        }
        Ok(url.into())
    }

    /// Who came back.
    ///
    /// # Errors
    /// Why he is not let in.
    pub async fn finish(&self, back: &Return<'_>) -> Result<SignedIn, Refusal> {
        let provider = self.known.current().await?;
        self.check_sender(&provider, back.issuer)?;
        let token = self.redeem(&provider, back).await?;
        let signed = Signed::read(&token)?;
        let payload = self.verified(&provider, &signed).await?;
        let claims = Claims::read(&payload)?;
        let nonce = nonce(back.state, back.browser);
        let expected = Expected {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce: &nonce,
            now_at: self.clock.now_at(),
        };
        let subject = claims.subject(&expected)?;
        let Settings { issuer, groups_claim, roles, sights, demands, .. } = &self.settings;
        claims.check_strength(demands)?;
        let role = claims.role(groups_claim, roles)?;
        let sight = sights.as_ref().map(|sights| claims.sight(groups_claim, sights)).transpose()?;
        let person = Person { issuer: issuer.clone(), name: claims.name(&subject), subject, role, sight };
        let hint = (token.len() <= LONGEST_HINT).then_some(token);
        Ok(SignedIn { person, hint })
    }

    /// Where the browser of somebody who signed out here goes on, so that he is signed out there as well; none if the provider has no such
    /// place, or does not answer.
    pub async fn sign_out_url(&self, hint: Option<&str>) -> Option<String> {
        let provider = self.known.current().await.ok()?;
        let mut url = provider.metadata.end_session_endpoint.clone()?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", &self.settings.signed_out_url);
        if let Some(hint) = hint {
            query.append_pair("id_token_hint", hint);
        }
        drop(query);
        Some(url.into())
    }

    /// Looks at what sign-in needs of the provider.
    pub async fn check(&self) -> Vec<Check> {
        let provider = match self.known.current().await {
            Ok(provider) => provider,
            Err(refusal) => return vec![Check { what: "provider", found: Err(refusal.detail) }],
        };
        let Settings { issuer, return_url, .. } = &self.settings;
        let metadata = &provider.metadata;
        let found = if metadata.has_pkce() {
            format!("{issuer} answers; it has to know {return_url} as a redirect address")
        } else {
            format!("{issuer} answers; it does not say that it knows PKCE (S256), for which it is asked all the same")
        };
        let keys =
            match provider.keys.count(&metadata.algorithms) {
                0 => Err("it publishes no key of a kind that it names and that can be trusted (RS, PS, ES, EdDSA)"
                    .to_owned()),
                count => Ok(format!("{count} to check its tokens with")),
            };
        vec![Check { what: "provider", found: Ok(found) }, Check { what: "provider's keys", found: keys }]
    }

    /// Another provider could have sent the browser here, with a code of its own.
    fn check_sender(&self, provider: &Provider, sender: Option<&str>) -> Result<(), Refusal> {
        match sender {
            Some(sender) if sender != self.settings.issuer => {
                Err(Refusal::new(Why::Proof(Proof::Issuer), "the answer in the browser came from another issuer"))
            }
            None if provider.metadata.names_itself => Err(Refusal::new(
                Why::Proof(Proof::Issuer),
                "the answer in the browser names no issuer (iss), though the provider says that it does",
            )),
            _ => Ok(()),
        }
    }

    /// The ID token for the code.
    async fn redeem(&self, provider: &Provider, back: &Return<'_>) -> Result<String, Refusal> {
        let (headers, body) = self.redemption(provider.metadata.client_auth, back);
        let answer = self.known.caller().post(&provider.metadata.token_endpoint, headers, body).await;
        let answer = answer.map_err(|what| Refusal::new(Why::Unreachable, format!("the token endpoint: {what}")))?;
        let read: Option<TokenAnswer> = serde_json::from_slice(&answer.body).ok();
        match read {
            Some(TokenAnswer { id_token: Some(token), .. }) if answer.status == 200 => Ok(token),
            read => Err(unredeemed(answer.status, read.and_then(|read| read.error).as_deref())),
        }
    }

    /// What a code is redeemed with: headers and a form.
    fn redemption(&self, auth: ClientAuth, back: &Return<'_>) -> (Vec<(&'static str, String)>, String) {
        let Settings { client_id, client_secret, return_url, .. } = &self.settings;
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("grant_type", "authorization_code")
            .append_pair("code", back.code)
            .append_pair("redirect_uri", return_url)
            .append_pair("code_verifier", &verifier(back.state, back.browser));
        let mut headers = Vec::new();
        match auth {
            ClientAuth::Basic => {
                // Both are encoded before they are joined (RFC 6749, 2.3.1).
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                let pair = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(client_secret)));
                headers.push(("authorization", format!("Basic {pair}")));
            }
            ClientAuth::Post => {
                body.append_pair("client_id", client_id).append_pair("client_secret", client_secret);
            }
        }
        (headers, body.finish())
    }

    /// The payload, if it is signed by one of the provider's keys. Keys that are not known yet are asked for.
    async fn verified(&self, provider: &Arc<Provider>, signed: &Signed<'_>) -> Result<Vec<u8>, Refusal> {
        let alg = signed.algorithm(&provider.metadata.algorithms)?;
        if let Some(key) = provider.keys.fitting(signed.key_id(), alg) {
            return signed.verified(alg, key);
        }
        let renewed = self.known.with_fresh_keys(provider).await?;
        match renewed.keys.fitting(signed.key_id(), alg) {
            Some(key) => signed.verified(alg, key),
            None => Err(Refusal::new(
                Why::Proof(Proof::Key),
                format!("no key that the provider publishes signed the ID token ({})", alg.word()),
            )),
        }
    }
}

/// Why a code got no ID token.
fn unredeemed(status: u16, error: Option<&str>) -> Refusal {
    let error = error.map(error_word).unwrap_or_default();
    match error.as_str() {
        "" if status == 200 => Refusal::new(Why::Proof(Proof::Form), "the token endpoint answered without an ID token"),
        "" => Refusal::new(Why::Unreachable, format!("the token endpoint answered {status}")),
        "invalid_client" | "unauthorized_client" => {
            let detail = format!("the token endpoint answered {error}: check oidc.client_id and the secret");
            Refusal::new(Why::Settings, detail)
        }
        // The code was used, has expired, or belongs to another sign-in.
        "invalid_grant" => Refusal::new(Why::Over, "the token endpoint answered invalid_grant"),
        _ => Refusal::new(Why::Declined, format!("the token endpoint answered {error}")),
    }
}

/// An error as providers name it, as far as it can be one of their words.
#[must_use]
pub fn error_word(given: &str) -> String {
    given.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect()
}

fn nonce(state: &str, browser: &str) -> String {
    secret::derived(browser, &format!("nonce {state}"))
}

/// What only the browser that began can lead to (PKCE).
fn verifier(state: &str, browser: &str) -> String {
    secret::derived(browser, &format!("verifier {state}"))
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Settings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Without the hint: whoever has it is half signed out.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("SignedIn").field("person", &self.person).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_is_told_belongs_to_one_browser_and_one_time() {
        assert_eq!(nonce("s", "b"), nonce("s", "b"));
        for (state, browser) in [("t", "b"), ("s", "c")] {
            assert_ne!(nonce(state, browser), nonce("s", "b"));
            assert_ne!(verifier(state, browser), verifier("s", "b"));
        }
        assert_ne!(nonce("s", "b"), verifier("s", "b"));
        let long_enough = 43..=128;
        assert!(long_enough.contains(&verifier("s", "b").len()), "as PKCE wants it");
    }

    #[test]
    fn what_a_provider_calls_an_error_is_a_word_or_nothing() {
        assert_eq!(error_word("access_denied"), "access_denied");
        assert_eq!(error_word("<script>\r\n"), "script");
        assert_eq!(error_word(&"x".repeat(99)).len(), 40);
        assert_eq!(unredeemed(401, Some("invalid_client")).why, Why::Settings);
        assert_eq!(unredeemed(400, Some("invalid_grant")).why, Why::Over);
        assert_eq!(unredeemed(502, None).why, Why::Unreachable);
        assert_eq!(unredeemed(200, None).why, Why::Proof(Proof::Form));
    }
}
