//! One-time links.
//!
//! A link that makes an account or sets a password shows a form first, so that a program that only looks at addresses does not
//! use it up. A link that signs in does so at once: it is the one address that the demo prints, and whoever opens it must be in.
//! Such links are made for loopback only, where no mail scanner or messenger looks ahead.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use crate::locale::Message;
use crate::model::AccountId;
use crate::model::account::{self, LONGEST_NAME, Link, LinkPurpose};
use crate::web::Site;
use crate::web::address::Path;
use crate::web::audit::visits;
use crate::web::auth::second::{self, Entry};
use crate::web::auth::{Gate, Origin, SHORTEST};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::pages::sign_in::code;
use crate::{secret, store};

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
            store::accounts::hold(&mut tx, account).await?;
            if store::accounts::use_link(&mut tx, &secret::sha256(&secret), site.clock.now_at()).await?.is_none() {
                return Ok(over(&viewer));
            }
            let entry = second::enter(&mut tx, account, (origin, &jar), site.clock.now_at()).await?;
            let name = name_of(&site, account).await?;
            let by = (account, name.as_str());
            visits::use_link(&mut tx, &site, origin, by, (link.purpose, &entry)).await?;
            tx.commit().await?;
            Ok(code::answer(&viewer, jar, entry, "/"))
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
    let refusal = match check_name(&name) {
        Ok(()) => {
            let around = [name.as_str(), &site.public.server_url];
            gate.passwords.refusal_of_new((&chosen.password, &chosen.again), around).await?
        }
        Err(refusal) => Some(refusal),
    };
    if let Some(refusal) = refusal {
        let page = WelcomePage::new(&viewer, is_first, name, Some(&refusal));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let hash = gate.passwords.hash(chosen.password).await?;
    match keep(&site, (&secret, link), (&name, &hash), (origin, &jar)).await? {
        Some(entry) => Ok(code::answer(&viewer, jar, entry, "/")),
        None => Ok(over(&viewer)),
    }
}

/// Uses the link up, keeps what it was for and lets its person in: all of it or nothing. None if somebody else was
/// faster.
async fn keep(
    site: &Site,
    (secret, link): (&str, Link),
    (name, hash): (&str, &str),
    browser: (Origin, &CookieJar),
) -> Result<Option<Entry>> {
    let now_at = site.clock.now_at();
    let mut tx = site.db.begin().await?;
    if let Some(account) = link.account {
        store::accounts::hold(&mut tx, account).await?;
    }
    if store::accounts::use_link(&mut tx, &secret::sha256(secret), now_at).await?.is_none() {
        return Ok(None);
    }
    let account = match (link.purpose, link.account) {
        (LinkPurpose::FirstAccount, _) => store::accounts::insert_first(&mut tx, name, hash, now_at).await?,
        (LinkPurpose::Password, Some(account)) => {
            store::accounts::set_password(&mut tx, account, hash).await?;
            Some(account)
        }
        _ => None,
    };
    let Some(account) = account else { return Ok(None) };
    // A link is no second factor: it may have come by mail.
    let entry = second::enter(&mut tx, account, browser, now_at).await?;
    visits::use_link(&mut tx, site, browser.0, (account, name), (link.purpose, &entry)).await?;
    tx.commit().await?;
    tracing::info!(account = account.0, purpose = link.purpose.word(), "a one-time link was used");
    Ok(Some(entry))
}

/// The link, unless it is over. A link for the first account is over as soon as there is one, and any other while its
/// account is disabled.
async fn find(site: &Site, secret: &str) -> Result<Option<Link>> {
    let link = store::accounts::find_link(&site.db, &secret::sha256(secret), site.clock.now_at()).await?;
    let Some(link) = link else { return Ok(None) };
    let is_over = match (link.purpose, link.account) {
        (LinkPurpose::FirstAccount, _) => store::accounts::count(&site.db).await? > 0,
        (_, Some(account)) => store::accounts::find(&site.db, account).await?.is_none_or(|found| found.is_disabled()),
        (_, None) => true,
    };
    Ok((!is_over).then_some(link))
}

pub(super) async fn name_of(site: &Site, account: AccountId) -> Result<String> {
    Ok(store::accounts::find(&site.db, account).await?.ok_or(Error::NotFound("account"))?.name)
}

pub(super) fn check_name(name: &str) -> std::result::Result<(), Message> {
    if name.is_empty() {
        Err(Message::for_anybody("account-name-missing"))
    } else if account::name(name).is_none() {
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
