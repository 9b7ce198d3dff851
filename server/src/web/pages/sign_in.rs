//! Signing in with a local account, and out.

pub mod code;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use crate::locale::Message;
use crate::model::audit::{Action, Deed, Subject};
use crate::store;
use crate::web::Site;
use crate::web::address::Query;
use crate::web::audit::visits;
use crate::web::auth::second::{self, Entry};
use crate::web::auth::{self, Gate, Origin, SignedIn, safe_next};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};

#[derive(Template, WebTemplate)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    name: String,
    /// Why the last try failed; none at first.
    refusal: Option<Message>,
}

#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Without the password: it must not be printed by accident.
impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

/// `GET /sign-in?next`
pub async fn index(signed_in: Result<SignedIn, auth::Denied>, viewer: Viewer, Query(asked): Query<Asked>) -> Response {
    if signed_in.is_ok_and(|by| !by.is_screen) {
        return Redirect::to(safe_next(&asked.next)).into_response();
    }
    form(&viewer, asked.next, String::new(), None).into_response()
}

/// `POST /sign-in`
pub async fn create(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    Form(credentials): Form<Credentials>,
) -> Result<Response> {
    let Credentials { name, password, next } = credentials;
    let name = name.trim().to_owned();
    let now_at = site.clock.now_at();
    if let Err(secs) = gate.throttle.begin(&name, origin.address, now_at) {
        visits::throttled(&site, origin, &name).await?;
        let refusal = viewer.locale.say("account-too-many-tries").with("secs", secs);
        let page = form(&viewer, next, name, Some(refusal));
        return Ok((StatusCode::TOO_MANY_REQUESTS, [("retry-after", secs.to_string())], page).into_response());
    }
    let found = store::accounts::find_by_name(&site.db, &name).await?;
    // One without a password here is checked as long as any other.
    let hash = found.as_ref().map(|(_, hash)| hash.clone()).filter(|hash| !hash.is_empty());
    if !gate.passwords.is_right(password, hash).await? {
        visits::failed(&site, origin, &name).await?;
        tracing::info!(address = %origin.address, account_exists = found.is_some(), "a sign-in was refused");
        let refusal = viewer.locale.say("account-refused");
        return Ok((StatusCode::UNAUTHORIZED, form(&viewer, next, name, Some(refusal))).into_response());
    }
    let Some((account, _)) = found else { return Err(Error::Internal("a password without an account".into())) };
    gate.throttle.forgive(&name, origin.address);
    if account.is_disabled() {
        visits::failed(&site, origin, &name).await?;
        let refusal = viewer.locale.say("account-disabled");
        return Ok((StatusCode::FORBIDDEN, form(&viewer, next, name, Some(refusal))).into_response());
    }
    let mut tx = site.db.begin().await?;
    let entry = second::enter(&mut tx, account.id, (origin, &jar), now_at).await?;
    visits::let_in(&mut tx, &site, origin, (account.id, &account.name), (&entry, "password")).await?;
    tx.commit().await?;
    let asks_for_code = matches!(entry, Entry::Asked(_));
    tracing::info!(account = account.id.0, address = %origin.address, asks_for_code, "a password was right");
    Ok(code::answer(&viewer, jar, entry, &next))
}

/// Browsers keep pages to ask whether they changed: with the person goes what was kept.
pub(super) const FORGET_PAGES: (&str, &str) = ("clear-site-data", "\"cache\"");

#[derive(Debug, Deserialize)]
pub struct SignOut {}

/// `POST /sign-out`
pub async fn destroy(
    State(site): State<Site>,
    (origin, jar): (Origin, CookieJar),
    form: auth::Form<SignOut>,
) -> Result<Response> {
    let by = &form.by.account;
    let mut tx = site.db.begin().await?;
    auth::end_session(&mut tx, origin, &jar).await?;
    let deed = Deed::new(Action::SignOut, Subject::account(by.id, &by.name));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    let jar = jar.remove(auth::cookie(origin, String::new()));
    Ok((jar, [FORGET_PAGES], Redirect::to("/sign-in")).into_response())
}

fn form(viewer: &Viewer, next: String, name: String, refusal: Option<Message>) -> SignInPage {
    let next = safe_next(&next).to_owned();
    SignInPage { page: viewer.page(Nav::Outside, viewer.locale.say("account-sign-in")), next, name, refusal }
}
