//! One's own account: password, browsers, second factor.

pub mod factor;
pub mod password;
pub mod sessions;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use crate::locale::Message;
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource, SessionInShort};
use crate::store::{self, Tx, second_factors};
use crate::web::Site;
use crate::web::auth::second::{self, Taken};
use crate::web::auth::{Gate, Origin, SHORTEST, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::pages::sign_in::code;

/// Where it is.
pub(super) const PATH: &str = "/account";

#[derive(Debug, Template, WebTemplate)]
#[template(path = "account/show.html")]
pub struct OwnPage {
    page: Page,
    account: Account,
    sessions: Vec<SessionInShort>,
    /// Of the browser that asks.
    own_sha256: [u8; 32],
    /// Since when a code is asked for; none if it is not.
    factor_since: Option<i64>,
    codes_left: i64,
    /// The settings demand a second factor, and there is none.
    lacks_factor: bool,
    shortest: usize,
    refusal: Refusal,
}

/// What was not done, and why.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    password: Option<String>,
    factor: Option<String>,
}

/// `GET /account`
pub async fn show(by: SignedIn, State(site): State<Site>, viewer: Viewer) -> Result<OwnPage> {
    page(&site, &viewer, &by, Refusal::default()).await
}

async fn page(site: &Site, viewer: &Viewer, by: &SignedIn, refusal: Refusal) -> Result<OwnPage> {
    let account = &by.account;
    let factor = second_factors::find(&site.db, account.id).await?;
    let oldest = site.sessions.oldest(viewer.now_at);
    Ok(OwnPage {
        page: viewer.page(Nav::Outside, viewer.locale.say("own-title")).of(&account.name, &by.csrf_token),
        sessions: store::accounts::sessions_of(&site.db, account.id, oldest).await?,
        own_sha256: by.session_sha256,
        factor_since: factor.and_then(|factor| factor.confirmed_at),
        codes_left: second_factors::codes_left(&site.db, account.id).await?,
        lacks_factor: by.lacks_factor,
        shortest: SHORTEST,
        account: account.clone(),
        refusal,
    })
}

/// Only of accounts whose password is kept here.
fn is_local(by: &SignedIn) -> Result<()> {
    match by.account.source {
        AccountSource::Local => Ok(()),
        AccountSource::Oidc | AccountSource::Ldap => Err(Error::Conflict(Message::for_anybody("own-elsewhere"))),
    }
}

/// Counts a try of something secret of the account: whoever has only the browser is not to guess the password there.
fn count_try(gate: &Gate, origin: Origin, tries: &str, now_at: i64) -> Result<()> {
    let counted = gate.throttle.begin(tries, origin.address, now_at);
    counted.map_err(|retry_after_secs| Error::TooMany { retry_after_secs })
}

/// Takes a code of the account's second factor, and counts the try as one at the door. None if it is not right, or was taken
/// before.
async fn take_code(
    tx: &mut Tx,
    (site, gate, origin): (&Site, &Gate, Origin),
    (account, typed): (AccountId, &str),
    now_at: i64,
) -> Result<Option<Taken>> {
    let counted = code::count_try(gate, origin, (account, typed), now_at);
    counted.map_err(|(retry_after_secs, _)| Error::TooMany { retry_after_secs })?;
    let taken = second::take(tx, site, account, typed, now_at).await?;
    if let Some(taken) = taken {
        code::forgive(gate, origin, (account, taken));
    }
    Ok(taken)
}

/// What the throttle counts passwords under that are typed within.
fn tries_of(by: &SignedIn) -> String {
    format!("\npassword of {}", by.account.id)
}

impl OwnPage {
    fn is_local(&self) -> bool {
        self.account.source == AccountSource::Local
    }

    fn is_here(&self, session: &SessionInShort) -> bool {
        session.sha256 == self.own_sha256
    }

    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !self.is_here(session))
    }

    /// In the address that ends it.
    fn id_of(&self, session: &SessionInShort) -> String {
        hex::encode(session.sha256)
    }
}
