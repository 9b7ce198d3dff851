//! Signing in, with a local account or by word of the company's directory, and out.

pub mod code;
mod enter;
pub mod provider;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;
use tokio::time::{Duration, Instant};

use self::enter::Stopped;
use crate::identity::{Refusal, Why};
use crate::locale::Message;
use crate::model::account::folded;
use crate::model::audit::{Action, Deed, Subject};
use crate::store;
use crate::web::Site;
use crate::web::address::Query;
use crate::web::audit::visits;
use crate::web::auth::second::Entry;
use crate::web::auth::{self, Gate, Nothing, Origin, SignedIn, safe_next};
use crate::web::error::{Result, one_line};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;

/// With a directory, a refusal takes this long at least, so that time does not tell whether a name exists, nor where.
const REFUSAL_TIME: Duration = Duration::from_secs(1);

#[derive(Template, WebTemplate)]
#[template(path = "account/sign_in.html")]
struct SignInPage {
    page: Page,
    next: String,
    name: String,
    /// Why the last try failed; none at first.
    refusal: Option<Message>,
    /// Where people sign in elsewhere: what they call it, and the way there.
    provider: Option<(String, String)>,
    has_directory: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "account/signed_out.html")]
struct SignedOutPage {
    page: Page,
    provider: String,
    href: String,
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
pub async fn index(
    signed_in: Result<SignedIn, auth::Denied>,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Response {
    if signed_in.is_ok_and(|by| !by.is_screen) {
        return Redirect::to(safe_next(&asked.next)).into_response();
    }
    form(&site, &viewer, (asked.next, String::new()), None).into_response()
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
    // Directories, too, take names for one that nobody tells apart.
    let tries = folded(&name);
    if let Err(secs) = gate.throttle.begin(&tries, origin.address, site.clock.now_at()) {
        visits::throttled(&site, origin, &name).await?;
        return Ok(too_early(&site, &viewer, (next, name), secs));
    }
    let begun = Instant::now();
    match enter::by_password(&site, &gate, (&name, password), (origin, &jar)).await {
        Ok((account, entry)) => {
            gate.throttle.forgive(&tries, origin.address);
            let asks_for_code = matches!(entry, Entry::Asked(_));
            tracing::info!(account = account.0, address = %origin.address, asks_for_code, "a password was right");
            Ok(code::answer(&viewer, jar, entry, &next))
        }
        Err(why) => {
            match &why {
                Stopped::Refused(_) if site.identity.ldap.is_some() => {
                    tokio::time::sleep_until(begun + REFUSAL_TIME).await;
                }
                // The password was right.
                Stopped::Disabled(_) => gate.throttle.forgive(&tries, origin.address),
                Stopped::Refused(_) | Stopped::Failed(_) => {}
            }
            stopped(&site, (&viewer, origin), (next, name), (why, "password")).await
        }
    }
}

/// Browsers keep pages to ask whether they changed: with the person goes what was kept.
pub(super) const FORGET_PAGES: (&str, &str) = ("clear-site-data", "\"cache\"");

/// `POST /sign-out`
pub async fn destroy(
    State(site): State<Site>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    form: auth::Form<Nothing>,
) -> Result<Response> {
    let (by, session) = (&form.by.account, form.by.session_sha256);
    let mut tx = site.db.begin().await?;
    let hint = store::sign_ins::hint(&mut tx, &session).await?;
    auth::end_session(&mut tx, origin, &jar).await?;
    let deed = Deed::new(Action::SignOut, Subject::account(by.id, &by.name));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    let jar = jar.remove(auth::cookie(origin, String::new()));
    let Some((provider, href)) = provider::way_out(&site, &session, hint).await else {
        return Ok((jar, [FORGET_PAGES], Redirect::to("/sign-in")).into_response());
    };
    // By a page of ours and not by a redirect: what a form leads to has to be here, by the policy of the page that it is on.
    let go_on = HeaderValue::from_str(&format!("0; url={href}")).ok();
    let page = viewer.page(Nav::Outside, viewer.locale.say("account-signed-out"));
    let mut response = (jar, [FORGET_PAGES], SignedOutPage { page, provider, href }).into_response();
    response.headers_mut().extend(go_on.map(|value| (axum::http::header::REFRESH, value)));
    Ok(response)
}

fn form(site: &Site, viewer: &Viewer, (next, name): (String, String), refusal: Option<Message>) -> SignInPage {
    let next = safe_next(&next).to_owned();
    let oidc = site.identity.oidc.as_ref();
    SignInPage {
        page: viewer.page(Nav::Outside, viewer.locale.say("account-sign-in")),
        provider: oidc
            .map(|oidc| (oidc.label().to_owned(), format!("/sign-in/oidc{}", query(&[("next", next.as_str())])))),
        has_directory: site.identity.ldap.is_some(),
        next,
        name,
        refusal,
    }
}

/// The same page again: it is too early for another try.
fn too_early(site: &Site, viewer: &Viewer, typed: (String, String), secs: u64) -> Response {
    let said = viewer.locale.say("account-too-many-tries").with("secs", secs);
    let page = form(site, viewer, typed, Some(said));
    (StatusCode::TOO_MANY_REQUESTS, [("retry-after", secs.to_string())], page).into_response()
}

/// The same page again, for who is not in, or what went wrong. `how`: in which way he tried.
async fn stopped(
    site: &Site,
    (viewer, origin): (&Viewer, Origin),
    typed: (String, String),
    (why, how): (Stopped, &str),
) -> Result<Response> {
    match why {
        Stopped::Refused(refusal) => {
            visits::failed(site, origin, &typed.1, (how, refusal.why.word())).await?;
            Ok(refused(site, (viewer, origin), typed, &refusal))
        }
        Stopped::Disabled(account) => {
            visits::shut_out(site, origin, (account.id, &account.name), how).await?;
            let (address, detail) = (origin.address, "the account is disabled");
            tracing::info!(account = account.id.0, %address, detail, "a sign-in was refused");
            let page = form(site, viewer, typed, Some(viewer.locale.say("account-disabled")));
            Ok((StatusCode::FORBIDDEN, page).into_response())
        }
        Stopped::Failed(error) => Err(error),
    }
}

/// The same page again, with why nobody was let in. The log says it precisely.
fn refused(site: &Site, (viewer, origin): (&Viewer, Origin), typed: (String, String), refusal: &Refusal) -> Response {
    let (why, detail, address) = (refusal.why, one_line(&refusal.detail), origin.address);
    if why == Why::Credentials {
        tracing::info!(%address, detail, "a sign-in was refused");
    } else {
        tracing::warn!(%address, why = why.word(), detail, "a sign-in was refused");
    }
    let page = form(site, viewer, typed, Some(said(site, viewer, why)));
    (status(why), page).into_response()
}

/// The sentence for who was not let in.
fn said(site: &Site, viewer: &Viewer, why: Why) -> Message {
    let provider = site.identity.oidc.as_ref().map_or("", |oidc| oidc.label());
    match why {
        // The same as without a directory.
        Why::Credentials => viewer.locale.say("account-refused"),
        Why::Proof(proof) => {
            let reason = viewer.locale.say_of("account-proof", proof.word()).into();
            viewer.locale.say_of("account-outside", why.word()).with("provider", provider).with_ready("reason", reason)
        }
        Why::Weak(demand) => {
            let said = viewer.locale.say_of("account-outside", why.word()).with("provider", provider);
            said.with("setting", demand.setting())
        }
        _ => {
            let address = format!("{}/sign-in", site.public.server_url);
            viewer.locale.say_of("account-outside", why.word()).with("provider", provider).with("address", address)
        }
    }
}

fn status(why: Why) -> StatusCode {
    match why {
        Why::Credentials | Why::PasswordExpired => StatusCode::UNAUTHORIZED,
        Why::Unreachable | Why::Unsafe | Why::Settings | Why::Elsewhere | Why::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::FORBIDDEN,
    }
}
