//! To the provider of OpenID Connect and back.
//!
//! A browser is sent there by a link. A form would do it in fewer browsers: its page's policy bounds what it leads to, redirects included,
//! and a provider may send people on to wherever they really sign in.

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use serde::Deserialize;

use super::enter::{self, Stopped};
use super::{Asked, stopped, too_early};
use crate::identity::oidc::{Oidc, Return, error_word};
use crate::identity::{Demand, Refusal, Why};
use crate::model::account::AccountSource;
use crate::model::{AccountId, sealing};
use crate::secret;
use crate::store::sign_ins;
use crate::web::Site;
use crate::web::address::Query;
use crate::web::audit::visits;
use crate::web::auth::{self, Gate, Origin, away, safe_next};
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;
use crate::web::query::query;

/// Where the provider sends people back to: it has to know this address.
pub const RETURN_PATH: &str = "/sign-in/oidc/return";
/// What a provider says that cannot do what `acr_values` ask for.
const UNMET: &str = "unmet_authentication_requirements";
/// What the audit log calls this way in.
const HOW: &str = "oidc";

/// What the provider lets a browser say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Back {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Without the code: whoever has it is half signed in.
impl std::fmt::Debug for Back {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Back").field("error", &self.error).finish_non_exhaustive()
    }
}

/// Somebody who came back and has a session.
struct Arrived {
    account: AccountId,
    cookie: Cookie<'static>,
    next: String,
}

/// `GET /sign-in/oidc?next`
pub async fn begin(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let oidc = site.identity.oidc.as_ref().ok_or(Error::NotFound("page"))?;
    if !is_own_deed(&headers) {
        let next = query(&[("next", safe_next(&asked.next))]);
        return Ok(Redirect::to(&format!("/sign-in{next}")).into_response());
    }
    let fresh = |prefix| secret::fresh(prefix).map_err(|e| Error::Internal(format!("no randomness: {e}")));
    let (now_at, state, next) = (site.clock.now_at(), fresh("")?, safe_next(&asked.next).to_owned());
    // No account is meant yet: only what comes from this address is counted.
    if let Err(secs) = gate.throttle.begin(&state, origin.address, now_at) {
        visits::throttled(&site, origin, "").await?;
        return Ok(too_early(&site, &viewer, (next, String::new()), secs));
    }
    // Two pages of one browser may be under way: they share what it holds.
    let browser = match away::held(origin, &jar) {
        Some(held) => held.to_owned(),
        None => fresh(secret::RETURN_PREFIX)?,
    };
    let address = match oidc.begin(&state, &browser).await {
        Ok(address) => address,
        Err(refusal) => {
            let why = Stopped::Refused(refusal);
            return stopped(&site, (&viewer, origin), (next, String::new()), (why, HOW)).await;
        }
    };
    let mut tx = site.db.begin().await?;
    let (state, holds) = (secret::sha256(&state), secret::sha256(&browser));
    sign_ins::insert(&mut tx, &state, &holds, &next, now_at + away::LONGEST_MS).await?;
    tx.commit().await?;
    Ok((jar.add(away::cookie(origin, browser)), Redirect::to(&address)).into_response())
}

/// `GET /sign-in/oidc/return?code&state&iss&error`
pub async fn finish(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    Query(back): Query<Back>,
) -> Result<Response> {
    let oidc = site.identity.oidc.as_ref().ok_or(Error::NotFound("page"))?;
    match arrive(&site, oidc, &back, (origin, &jar)).await {
        Ok(Arrived { account, cookie, next }) => {
            gate.throttle.forgive(back.state.as_deref().unwrap_or_default(), origin.address);
            tracing::info!(account = account.0, address = %origin.address, "signed in at the provider");
            let jar = jar.remove(away::cookie(origin, String::new())).add(cookie);
            Ok((jar, Redirect::to(safe_next(&next))).into_response())
        }
        Err(why) => stopped(&site, (&viewer, origin), (String::new(), String::new()), (why, HOW)).await,
    }
}

/// Whether the person asks for it, on a page of ours or by his own hand. Another site would sign him in without a word,
/// where the provider asks nothing, or use his tries up. Browsers that do not say it are old.
fn is_own_deed(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none")
}

async fn arrive(
    site: &Site,
    oidc: &Oidc,
    back: &Back,
    (origin, jar): (Origin, &CookieJar),
) -> Result<Arrived, Stopped> {
    let state = back.state.as_deref().unwrap_or_default();
    let mut tx = site.db.begin().await?;
    // Whatever comes of it, nobody comes back by it again.
    let begun = sign_ins::take(&mut tx, &secret::sha256(state), site.clock.now_at()).await?;
    tx.commit().await?;
    let begun = begun.ok_or_else(|| {
        refusal(Why::Over, "no sign-in with this state is under way: it was used, took too long, or never began here")
    })?;
    let browser = away::held(origin, jar).filter(|held| secret::sha256(held) == begun.browser_sha256);
    let browser = browser.ok_or_else(|| {
        let server_url = &site.public.server_url;
        refusal(Why::Foreign, &format!("another browser began it, or one at another address than {server_url}"))
    })?;
    let code = match (&back.error, back.code.as_deref()) {
        (None, Some(code)) => code,
        (Some(error), _) => {
            let why = if error == UNMET { Why::Weak(Demand::Asked) } else { Why::Declined };
            return Err(refusal(why, &format!("the provider says {}", error_word(error))));
        }
        (None, None) => return Err(refusal(Why::Declined, "the provider sent neither a code nor an error")),
    };
    let signed_in = oidc.finish(&Return { code, issuer: back.iss.as_deref(), state, browser }).await?;
    let account = enter::vouched(site, origin, AccountSource::Oidc, &signed_in.person).await?;
    let mut tx = site.db.begin().await?;
    // Without our second factor: that is the provider's own affair.
    let cookie = auth::start_session(&mut tx, account.id, (origin, jar), site.clock.now_at()).await?;
    let session = secret::sha256(cookie.value());
    let purpose = sealing::sign_out_hint(&session);
    let sealed = signed_in.hint.map(|hint| site.outgoing.keys.seal(&purpose, &hint)).transpose();
    let sealed = sealed.map_err(|error| Error::Internal(error.to_string()))?.unwrap_or_default();
    sign_ins::keep_hint(&mut tx, &session, &sealed).await?;
    visits::enter(&mut tx, site, origin, (account.id, &account.name), HOW).await?;
    tx.commit().await?;
    Ok(Arrived { account: account.id, cookie, next: begun.next })
}

/// Where somebody goes on who has signed out here, if he signed in at the provider: what people call it, and the address. `sealed`: what
/// was kept of his session.
pub(super) async fn way_out(site: &Site, session: &[u8; 32], sealed: Option<Vec<u8>>) -> Option<(String, String)> {
    let (oidc, sealed) = (site.identity.oidc.as_ref()?, sealed?);
    // Without it the provider asks whom to sign out.
    let hint = match site.outgoing.keys.open(&sealing::sign_out_hint(session), &sealed) {
        Ok(hint) => Some(hint),
        Err(_) if sealed.is_empty() => None,
        Err(error) => {
            tracing::warn!(%error, "the provider is not told whom to sign out");
            None
        }
    };
    let href = oidc.sign_out_url(hint.as_deref()).await?;
    Some((oidc.label().to_owned(), href))
}

fn refusal(why: Why, detail: &str) -> Stopped {
    Stopped::Refused(Refusal { why, detail: detail.to_owned() })
}
