//! The second factor of one's own account: set up, confirmed by a first code, switched off.

use askama::Template;
use askama_web::WebTemplate;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::{PATH, Refusal, count_try, is_local, take_code, tries_of};
use crate::locale::Message;
use crate::model::audit::{Action, Deed, Outcome, Subject};
use crate::model::time::MINUTE_MS;
use crate::store::{self, second_factors};
use crate::web::auth::totp::{self, Seed};
use crate::web::auth::{self, Gate, Origin, SignedIn, second};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::pages::sign_in::code;
use crate::web::qr::Qr;
use crate::web::{Site, audit};

/// How long one may take from the secret to the first code.
const SET_UP_MS: i64 = 30 * MINUTE_MS;

#[derive(Template, WebTemplate)]
#[template(path = "account/factor.html")]
struct FactorPage {
    page: Page,
    /// As it is typed.
    secret: String,
    uri: String,
    qr: Option<Qr>,
    refusal: Option<Message>,
}

#[derive(Template, WebTemplate)]
#[template(path = "account/codes.html")]
struct CodesPage {
    page: Page,
    codes: Vec<String>,
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

/// Without what opens something: it must not be printed by accident.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typed").finish_non_exhaustive()
    }
}

/// `POST /account/factor`: shows the secret. Nothing is asked for until a code has shown that it arrived.
pub async fn begin(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin): (Viewer, Origin),
    form: auth::Form<Typed>,
) -> Result<Response> {
    let (by, now_at) = (form.by, site.clock.now_at());
    is_local(&by)?;
    let tries = tries_of(&by);
    count_try(&gate, origin, &tries, now_at)?;
    let deed = Deed::new(Action::FactorBegun, Subject::account(by.account.id, &by.account.name));
    if !second::is_own_password(&site, &gate, by.account.id, form.fields.password).await? {
        audit::alone(&site, &form.trail, &deed.with(Outcome::Refused)).await?;
        return refused(&site, viewer, &by, "own-password-wrong").await;
    }
    gate.throttle.forgive(&tries, origin.address);
    let seed = Seed::fresh().map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    let sealed = second::seal(&site, by.account.id, &seed)?;
    let mut tx = site.db.begin().await?;
    if !second_factors::begin(&mut tx, by.account.id, &sealed, now_at).await? {
        return Err(Error::Conflict(Message::for_anybody("own-factor-is-on")));
    }
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    Ok(set_up(viewer, &by, &seed, None).into_response())
}

/// `POST /account/factor/confirm`: shows the codes that work once, this once. All other browsers are signed out.
pub async fn confirm(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    form: auth::Form<Typed>,
) -> Result<Response> {
    let (by, now_at) = (form.by, site.clock.now_at());
    let factor = second_factors::find(&site.db, by.account.id).await?;
    let factor = factor.filter(|factor| factor.confirmed_at.is_none() && now_at - factor.made_at < SET_UP_MS);
    let factor = factor.ok_or_else(|| Error::Conflict(Message::for_anybody("own-factor-late")))?;
    let tries = code::tries_of(by.account.id);
    count_try(&gate, origin, &tries, now_at)?;
    let seed = second::open(&site, by.account.id, &factor)?;
    let Some(step) = seed.step_of(&form.fields.code, now_at) else {
        let page = set_up(viewer, &by, &seed, Some(Message::for_anybody("own-factor-wrong")));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    gate.throttle.forgive(&tries, origin.address);
    let codes = totp::codes().map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    let kept: Vec<[u8; 32]> = codes.iter().map(|code| totp::code_sha256(code)).collect();
    let mut tx = site.db.begin().await?;
    if !second_factors::confirm(&mut tx, by.account.id, step, &kept, now_at).await? {
        return Err(Error::Conflict(Message::for_anybody("own-factor-late")));
    }
    // Who came in without it may be whom it is to keep out.
    store::accounts::delete_sessions_of(&mut tx, by.account.id).await?;
    let cookie = auth::renew_session(&mut tx, by.account.id, (origin, &jar), now_at).await?;
    let deed = Deed::new(Action::FactorOn, Subject::account(by.account.id, &by.account.name));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(account = by.account.id.0, "a second factor was switched on");
    // In no frame of the session that has ended.
    let page = viewer.page(Nav::Outside, viewer.locale.say("own-codes-title"));
    Ok((jar.add(cookie), CodesPage { page, codes }).into_response())
}

/// `POST /account/factor/off`: takes password and code, so that neither a browser that was left open is enough nor a phone
/// beside it. All other browsers are signed out.
pub async fn off(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    form: auth::Form<Typed>,
) -> Result<Response> {
    let (by, now_at) = (form.by, site.clock.now_at());
    let factor = second_factors::find(&site.db, by.account.id).await?;
    if factor.is_none_or(|factor| factor.confirmed_at.is_none()) {
        return Err(Error::Conflict(Message::for_anybody("own-factor-is-off")));
    }
    let tries = tries_of(&by);
    count_try(&gate, origin, &tries, now_at)?;
    let deed = Deed::new(Action::FactorOff, Subject::account(by.account.id, &by.account.name));
    if !second::is_own_password(&site, &gate, by.account.id, form.fields.password).await? {
        audit::alone(&site, &form.trail, &deed.with(Outcome::Refused)).await?;
        return refused(&site, viewer, &by, "own-password-wrong").await;
    }
    gate.throttle.forgive(&tries, origin.address);
    let mut tx = site.db.begin().await?;
    let typed = (by.account.id, form.fields.code.as_str());
    let Some(taken) = take_code(&mut tx, (&site, &gate, origin), typed, now_at).await? else {
        drop(tx);
        audit::alone(&site, &form.trail, &deed.with(Outcome::Refused)).await?;
        return refused(&site, viewer, &by, "account-code-wrong").await;
    };
    second_factors::remove(&mut tx, by.account.id).await?;
    store::accounts::delete_sessions_of(&mut tx, by.account.id).await?;
    let cookie = auth::renew_session(&mut tx, by.account.id, (origin, &jar), now_at).await?;
    store::audit::record(&mut tx, &form.trail, &deed.after("how", taken.word())).await?;
    tx.commit().await?;
    tracing::info!(account = by.account.id.0, "a second factor was switched off");
    Ok((jar.add(cookie), Redirect::to(PATH)).into_response())
}

fn set_up(viewer: Viewer, by: &SignedIn, seed: &Seed, refusal: Option<Message>) -> FactorPage {
    let viewer = viewer.on(PATH.to_owned());
    let uri = seed.uri(&by.account.name);
    FactorPage {
        page: viewer.page(Nav::Outside, viewer.locale.say("own-factor-set-up")).of(&by.account.name, &by.csrf_token),
        secret: seed.typed(),
        qr: Qr::of(&uri),
        uri,
        refusal,
    }
}

async fn refused(site: &Site, viewer: Viewer, by: &SignedIn, why: &'static str) -> Result<Response> {
    let viewer = viewer.on(PATH.to_owned());
    let refusal = Refusal { factor: Some(viewer.locale.say(why).into()), ..Refusal::default() };
    let page = super::page(site, &viewer, by, refusal).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
