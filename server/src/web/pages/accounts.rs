//! Everybody's accounts, for administrators.

pub mod deeds;
mod file;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::keys;
use super::welcome::check_name;
use crate::locale::Message;
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource, LINK_MS, LONGEST_NAME, LinkPurpose, SessionInShort};
use crate::model::api_key::Standing;
use crate::model::audit::{Action, Deed, Subject};
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::store::Tx;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::{self, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::{sheet, sight};
use crate::{secret, store};

/// Where they are.
pub(super) const PATH: &str = "/settings/accounts";

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/accounts.html")]
pub struct IndexPage {
    page: Page,
    accounts: Vec<Account>,
    enabled: usize,
    /// Keys of programs that work and whose makers could not make them any more.
    keys_left: usize,
    fields: Fields,
    refusal: Option<Message>,
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/account.html")]
pub struct ShowPage {
    page: Page,
    account: Account,
    sessions: Vec<SessionInShort>,
    has_factor: bool,
    /// Keys of programs that it made and that work.
    keys: usize,
    /// Of who looks.
    is_own: bool,
    /// Without it nobody could administer: it stays what it is.
    is_last: bool,
    /// Its groups elsewhere say which hosts it sees.
    is_sight_elsewhere: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "settings/account_link.html")]
struct LinkPage {
    page: Page,
    id: AccountId,
    name: String,
    is_new: bool,
    /// The whole address of the link.
    secret: String,
    expires_at: Option<i64>,
}

/// The form as it was typed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Fields {
    name: String,
    role: String,
    /// One a line; empty for all hosts.
    groups: String,
}

impl Default for Fields {
    fn default() -> Self {
        Self { name: String::new(), role: Role::Viewer.word().to_owned(), groups: String::new() }
    }
}

/// `GET /settings/accounts?format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<sheet::Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        let accounts = store::accounts::list(&site.db).await?;
        return Ok(file::sheet(&accounts).into_answer("highwater-accounts", wanted));
    }
    Ok(list(&site, &viewer, &by, (Fields::default(), None)).await?.into_response())
}

/// `POST /settings/accounts`: the answer shows the link by which its person sets a password, this once.
pub async fn create(State(site): State<Site>, viewer: Viewer, form: auth::Form<Fields>) -> Result<Response> {
    let (by, fields, trail) = (form.by, form.fields, form.trail);
    let (name, role, sight) = match fields.read() {
        Ok(read) => read,
        Err(why) => return refused(&site, viewer, &by, (fields, why)).await,
    };
    let mut tx = site.db.begin().await?;
    let made = store::accounts::insert(&mut tx, &name, "", role, viewer.now_at).await;
    let id = match made {
        Err(error) if store::is_duplicate(&error) => {
            drop(tx);
            let why = Message::for_anybody("accounts-taken").with("name", &name);
            return refused(&site, viewer, &by, (fields, why)).await;
        }
        made => made?,
    };
    let link = link(&site, &mut tx, id, viewer.now_at).await?;
    store::accounts::confine(&mut tx, id, &sight).await?;
    let deed = Deed::new(Action::AccountCreated, Subject::account(id, &name)).after("role", role.word());
    let deed = deed.after("groups", sight.words());
    store::audit::record(&mut tx, &trail, &deed.after("link", LinkPurpose::Password.word())).await?;
    tx.commit().await?;
    tracing::info!(account = id.0, role = role.word(), by = by.account.id.0, "an account was made");
    Ok(shown_once(&viewer, &by, (id, name, true), link).into_response())
}

/// `GET /settings/accounts/{id}`
pub async fn show(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<AccountId>,
) -> Result<ShowPage> {
    let account = store::accounts::find(&site.db, id).await?.ok_or(Error::NotFound("account"))?;
    let factor = store::second_factors::find(&site.db, id).await?;
    let administrators = store::accounts::administrators(&site.db).await?;
    let title = account.name.clone();
    let made = store::api_keys::list(&site.db).await?;
    let made = made.iter().filter(|key| key.maker == Some(id) && key.standing(viewer.now_at) == Standing::Good).count();
    Ok(ShowPage {
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
        sessions: store::accounts::sessions_of(&site.db, id, site.sessions.oldest(viewer.now_at)).await?,
        has_factor: factor.is_some_and(|factor| factor.confirmed_at.is_some()),
        keys: made,
        is_own: id == by.account.id,
        is_last: administrators == [account.name.as_str()],
        is_sight_elsewhere: site.identity.says_sight(account.source),
        account,
    })
}

async fn list(
    site: &Site,
    viewer: &Viewer,
    by: &SignedIn,
    (fields, refusal): (Fields, Option<Message>),
) -> Result<IndexPage> {
    let accounts = store::accounts::list(&site.db).await?;
    let title = viewer.locale.say("accounts-tab");
    Ok(IndexPage {
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
        enabled: accounts.iter().filter(|account| !account.is_disabled()).count(),
        keys_left: keys::left(site, viewer.now_at).await?,
        accounts,
        fields,
        refusal,
    })
}

async fn refused(site: &Site, viewer: Viewer, by: &SignedIn, (fields, why): (Fields, Message)) -> Result<Response> {
    let page = list(site, &viewer.on(PATH.to_owned()), by, (fields, Some(why))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// A fresh link by which a password is set: its whole address.
async fn link(site: &Site, tx: &mut Tx, account: AccountId, now_at: i64) -> Result<String> {
    let secret = secret::fresh(secret::LINK_PREFIX).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    let (sha256, until_at) = (secret::sha256(&secret), now_at + LINK_MS);
    store::accounts::insert_link(tx, &sha256, LinkPurpose::Password, Some(account), until_at).await?;
    Ok(format!("{}/welcome/{secret}", site.public.server_url))
}

fn shown_once(viewer: &Viewer, by: &SignedIn, (id, name, is_new): (AccountId, String, bool), link: String) -> LinkPage {
    let title = viewer.locale.say("accounts-link");
    LinkPage {
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
        id,
        name,
        is_new,
        secret: link,
        expires_at: Some(viewer.now_at + LINK_MS),
    }
}

impl Fields {
    /// What the form says; else the sentence for it.
    fn read(&self) -> std::result::Result<(String, Role, Sight), Message> {
        let name = self.name.trim();
        check_name(name)?;
        let role = Role::from_word(&self.role).ok_or_else(|| Message::for_anybody("accounts-no-role"))?;
        let sight = Sight::typed(&self.groups).map_err(sight::mistake_words)?;
        if role == Role::Administrator && sight.is_confined() {
            return Err(Message::for_anybody("accounts-groups-administrator"));
        }
        Ok((name.to_owned(), role, sight))
    }

    fn is_role(&self, role: &Role) -> bool {
        self.role == role.word()
    }
}

impl ShowPage {
    fn is_local(&self) -> bool {
        self.account.source == AccountSource::Local
    }

    fn is_role(&self, role: &Role) -> bool {
        self.account.role == *role
    }

    fn is_administrator(&self) -> bool {
        self.account.role == Role::Administrator
    }

    /// Whether keys work that it could not make any more.
    fn has_left_keys(&self) -> bool {
        self.keys > 0 && (self.account.is_disabled() || !self.is_administrator())
    }
}
