//! One-time links.
//!
//! A link that makes an account or sets a password shows a form first, so that a program that only looks at addresses does not
//! use it up. A link that signs in does so at once: it is the one address that the demo prints, and whoever opens it must be in.
//! Such links are made for loopback only, where no mail scanner or messenger looks ahead.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use serde::Deserialize;

use crate::locale::Message;
use crate::model::AccountId;
use crate::model::account::{Link, LinkPurpose};
use crate::web::Site;
use crate::web::address::Path;
use crate::web::audit::visits;
use crate::web::auth::{self, Gate, Origin, SHORTEST};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::{secret, store};

/// Longest account name, in characters.
const LONGEST_NAME: usize = 64;

#[derive(Template, WebTemplate)]
#[template(path = "account/welcome.html")]
struct WelcomePage {
    page: Page,
    /// Makes the first administrator, else sets the password of `name`.
    is_first: bool,
    name: String,
    shortest: usize,
    refusal: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "account/link_over.html")]
struct LinkOverPage {
    page: Page,
}

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// Without the passwords: they must not be printed by accident.
impl std::fmt::Debug for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chosen").field("name", &self.name).finish_non_exhaustive()
    }
}

/// `GET /welcome/{secret}`
pub async fn show(
    State(site): State<Site>,
    Path(secret): Path<String>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
) -> Result<Response> {
    let Some(link) = find(&site, &secret).await? else { return Ok(over(&viewer)) };
    match (link.purpose, link.account) {
        (LinkPurpose::FirstAccount, _) => Ok(WelcomePage::new(&viewer, true, String::new(), None).into_response()),
        (LinkPurpose::Password, Some(account)) => {
            let name = name_of(&site, account).await?;
            Ok(WelcomePage::new(&viewer, false, name, None).into_response())
        }
        (LinkPurpose::SignIn, Some(account)) => {
            let mut tx = site.db.begin().await?;
            if store::accounts::use_link(&mut tx, &secret::sha256(&secret), site.clock.now_at()).await?.is_none() {
                return Ok(over(&viewer));
            }
            let cookie = auth::start_session(&mut tx, account, (origin, &jar), site.clock.now_at()).await?;
            let name = name_of(&site, account).await?;
            visits::enter_by_link(&mut tx, &site, origin, (account, &name), link.purpose).await?;
            tx.commit().await?;
            Ok((jar.add(cookie), Redirect::to("/")).into_response())
        }
        (_, None) => Ok(over(&viewer)),
    }
}

/// `POST /welcome/{secret}`
pub async fn create(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    Path(secret): Path<String>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let Some(link) = find(&site, &secret).await? else { return Ok(over(&viewer)) };
    let is_first = link.purpose == LinkPurpose::FirstAccount;
    let name = match link.account {
        Some(account) => name_of(&site, account).await?,
        None => chosen.name.trim().to_owned(),
    };
    let checked = check_name(&name).and_then(|()| auth::check_new(&chosen.password, &chosen.again));
    if let Err(refusal) = checked {
        let page = WelcomePage::new(&viewer, is_first, name, Some(&refusal));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let hash = gate.passwords.hash(chosen.password).await?;
    match keep(&site, (&secret, link), (&name, &hash), (origin, &jar)).await? {
        Some(cookie) => Ok((jar.add(cookie), Redirect::to("/")).into_response()),
        None => Ok(over(&viewer)),
    }
}

/// Uses the link up, keeps what it was for and signs in: all of it or nothing. None if somebody else was faster.
async fn keep(
    site: &Site,
    (secret, link): (&str, Link),
    (name, hash): (&str, &str),
    browser: (Origin, &CookieJar),
) -> Result<Option<Cookie<'static>>> {
    let now_at = site.clock.now_at();
    let mut tx = site.db.begin().await?;
    if store::accounts::use_link(&mut tx, &secret::sha256(secret), now_at).await?.is_none() {
        return Ok(None);
    }
    let account = match (link.purpose, link.account) {
        (LinkPurpose::FirstAccount, _) => store::accounts::insert_first(&mut tx, name, hash, now_at).await?,
        (LinkPurpose::Password, Some(account)) => {
            store::accounts::set_password(&mut tx, account, hash).await?;
            // Whoever had the old password may still be signed in with it.
            store::accounts::delete_sessions_of(&mut tx, account).await?;
            Some(account)
        }
        _ => None,
    };
    let Some(account) = account else { return Ok(None) };
    let cookie = auth::start_session(&mut tx, account, browser, now_at).await?;
    visits::enter_by_link(&mut tx, site, browser.0, (account, name), link.purpose).await?;
    tx.commit().await?;
    tracing::info!(account = account.0, purpose = link.purpose.word(), "a one-time link was used");
    Ok(Some(cookie))
}

/// The link, unless it is over. A link for the first account is over as soon as there is one.
async fn find(site: &Site, secret: &str) -> Result<Option<Link>> {
    let link = store::accounts::find_link(&site.db, &secret::sha256(secret), site.clock.now_at()).await?;
    match link {
        Some(link) if link.purpose == LinkPurpose::FirstAccount && store::accounts::count(&site.db).await? > 0 => {
            Ok(None)
        }
        link => Ok(link),
    }
}

async fn name_of(site: &Site, account: AccountId) -> Result<String> {
    Ok(store::accounts::find(&site.db, account).await?.ok_or(Error::NotFound("account"))?.name)
}

fn check_name(name: &str) -> std::result::Result<(), Message> {
    if name.is_empty() {
        Err(Message::for_anybody("account-name-missing"))
    } else if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        Err(Message::for_anybody("account-name-long").with("most", LONGEST_NAME))
    } else {
        Ok(())
    }
}

fn over(viewer: &Viewer) -> Response {
    let page = LinkOverPage { page: viewer.page(Nav::Outside, viewer.locale.say("account-link-over")) };
    (StatusCode::GONE, page).into_response()
}

impl WelcomePage {
    fn new(viewer: &Viewer, is_first: bool, name: String, refusal: Option<&Message>) -> Self {
        let title = match is_first {
            true => viewer.locale.say("account-first-title"),
            false => viewer.locale.say("account-password-title"),
        };
        let refusal = refusal.map(|said| said.in_words_of(&viewer.locale));
        Self { page: viewer.page(Nav::Outside, title), is_first, name, shortest: SHORTEST, refusal }
    }
}
