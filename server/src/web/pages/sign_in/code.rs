//! The second step of signing in: a code.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use crate::locale::Message;
use crate::model::AccountId;
use crate::store::second_factors;
use crate::web::Site;
use crate::web::audit::visits;
use crate::web::auth::second::{Entry, Taken};
use crate::web::auth::{self, Gate, Origin, safe_next, second, totp};
use crate::web::error::Result;
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::pages::welcome::name_of;
use crate::{secret, store};

#[derive(Template, WebTemplate)]
#[template(path = "account/code.html")]
struct CodePage {
    page: Page,
    step: String,
    next: String,
    /// Why the last code was not taken; none at first.
    refusal: Option<Message>,
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    step: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// Without what opens something: it must not be printed by accident.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typed").finish_non_exhaustive()
    }
}

/// In, with the session's cookie; or the page that asks for a code.
pub(in crate::web::pages) fn answer(viewer: &Viewer, jar: CookieJar, entry: Entry, next: &str) -> Response {
    match entry {
        Entry::In(cookie) => (jar.add(cookie), Redirect::to(safe_next(next))).into_response(),
        Entry::Asked(step) => page(viewer, step, next, None).into_response(),
    }
}

/// `POST /sign-in/code`
pub async fn create(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let (now_at, step_sha256) = (site.clock.now_at(), secret::sha256(&typed.step));
    let Some(account) = counted(&site, &step_sha256, now_at).await? else {
        let refusal = viewer.locale.say("account-code-late");
        let again = super::form(&site, &viewer, (typed.next, String::new()), Some(refusal));
        return Ok((StatusCode::UNAUTHORIZED, again).into_response());
    };
    let name = name_of(&site, account).await?;
    if let Err((secs, why)) = count_try(&gate, origin, (account, &typed.code), now_at) {
        visits::codes_throttled(&site, origin, (account, &name)).await?;
        let refusal = viewer.locale.say(why).with("secs", secs);
        let page = page(&viewer, typed.step, &typed.next, Some(refusal));
        return Ok((StatusCode::TOO_MANY_REQUESTS, [("retry-after", secs.to_string())], page).into_response());
    }
    let mut tx = site.db.begin().await?;
    let Some(taken) = second::take(&mut tx, &site, account, &typed.code, now_at).await? else {
        drop(tx);
        visits::code_failed(&site, origin, (account, &name)).await?;
        tracing::info!(account = account.0, address = %origin.address, "a code was refused");
        let refusal = viewer.locale.say("account-code-wrong");
        return Ok((StatusCode::UNAUTHORIZED, page(&viewer, typed.step, &typed.next, Some(refusal))).into_response());
    };
    second_factors::delete_step(&mut tx, &step_sha256).await?;
    let cookie = auth::start_session(&mut tx, account, (origin, &jar), now_at).await?;
    visits::enter(&mut tx, &site, origin, (account, &name), taken.word()).await?;
    tx.commit().await?;
    forgive(&gate, origin, (account, taken));
    tracing::info!(account = account.0, address = %origin.address, "signed in with a second factor");
    Ok((jar.add(cookie), Redirect::to(safe_next(&typed.next))).into_response())
}

/// What the throttle counts codes of an account under: apart from its passwords, which a name cannot begin like.
pub(in crate::web::pages) fn tries_of(account: AccountId) -> String {
    format!("\ncodes of {account}")
}

/// Counts a code that is tried; where it is too early for it, for how many seconds, and the sentence for it. Codes that
/// work once are never held up by what others try elsewhere.
pub(in crate::web::pages) fn count_try(
    gate: &Gate,
    origin: Origin,
    (account, typed): (AccountId, &str),
    now_at: i64,
) -> Result<(), (u64, &'static str)> {
    let tries = tries_of(account);
    gate.throttle.begin(&tries, origin.address, now_at).map_err(|secs| (secs, "account-too-many-tries"))?;
    if totp::is_guessable(typed) {
        gate.throttle.begin_everywhere(account, now_at).map_err(|secs| (secs, "account-too-many-codes"))?;
    }
    Ok(())
}

/// The code was right.
pub(in crate::web::pages) fn forgive(gate: &Gate, origin: Origin, (account, taken): (AccountId, Taken)) {
    let tries = tries_of(account);
    gate.throttle.forgive(&tries, origin.address);
    if taken == Taken::Code {
        gate.throttle.forgive_everywhere(account);
    }
}

/// Counts the try first, so that it counts whatever comes of it.
async fn counted(site: &Site, step_sha256: &[u8; 32], now_at: i64) -> store::Result<Option<AccountId>> {
    let mut tx = site.db.begin().await?;
    let account = second_factors::try_step(&mut tx, step_sha256, now_at).await?;
    tx.commit().await?;
    Ok(account)
}

fn page(viewer: &Viewer, step: String, next: &str, refusal: Option<Message>) -> CodePage {
    let page = viewer.page(Nav::Outside, viewer.locale.say("account-code-title"));
    CodePage { page, step, next: safe_next(next).to_owned(), refusal }
}
