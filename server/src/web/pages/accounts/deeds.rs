//! What administrators do about an account.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{PATH, shown_once};
use crate::locale::Message;
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource, LinkPurpose};
use crate::model::audit::{Action, Deed, Subject, Trail};
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::store;
use crate::store::Tx;
use crate::store::accounts::Decided;
use crate::web::Site;
use crate::web::address::Path;
use crate::web::auth::{self, Nothing};
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;
use crate::web::pages::account::sessions;
use crate::web::sight::mistake_words;

#[derive(Debug, Deserialize)]
pub struct To {
    /// A role, or `on` and `off`.
    #[serde(default)]
    to: String,
}

#[derive(Debug, Deserialize)]
pub struct Groups {
    /// One a line; empty for all hosts.
    #[serde(default)]
    groups: String,
}

/// `POST /settings/accounts/{id}/role`
pub async fn set_role(State(site): State<Site>, Path(id): Path<AccountId>, form: auth::Form<To>) -> Result<Redirect> {
    let role = Role::from_word(&form.fields.to);
    let role = role.ok_or_else(|| Error::BadRequest(Message::for_anybody("accounts-no-role")))?;
    let mut tx = site.db.begin().await?;
    let account = hold(&mut tx, id).await?;
    let deed = Deed::new(Action::AccountRoleChanged, Subject::account(id, &account.name));
    let deed = deed.change("role", account.role.word(), role.word());
    let deed =
        if role == Role::Administrator { deed } else { with_keys(&mut tx, deed, (id, site.clock.now_at())).await? };
    let decided = store::accounts::set_role(&mut tx, id, role).await?;
    if decided == Decided::Confined {
        check_sight_is_ours(&site, &account)?;
    }
    finish(tx, decided, (&form.trail, &deed)).await?;
    tracing::info!(account = id.0, role = role.word(), by = form.by.account.id.0, "an account has another role");
    Ok(Redirect::to(&format!("{PATH}/{id}")))
}

/// `POST /settings/accounts/{id}/groups`
pub async fn confine(
    State(site): State<Site>,
    Path(id): Path<AccountId>,
    form: auth::Form<Groups>,
) -> Result<Redirect> {
    let sight = Sight::typed(&form.fields.groups).map_err(|mistake| Error::BadRequest(mistake_words(mistake)))?;
    let mut tx = site.db.begin().await?;
    let account = hold(&mut tx, id).await?;
    check_sight_is_ours(&site, &account)?;
    let deed = Deed::new(Action::AccountConfined, Subject::account(id, &account.name));
    let deed = deed.change("groups", account.sight.words(), sight.words());
    let decided = store::accounts::confine(&mut tx, id, &sight).await?;
    finish(tx, decided, (&form.trail, &deed)).await?;
    let groups = sight.groups().count();
    tracing::info!(account = id.0, groups, by = form.by.account.id.0, "an account sees other hosts");
    Ok(Redirect::to(&format!("{PATH}/{id}")))
}

/// `POST /settings/accounts/{id}/switch`
pub async fn switch(State(site): State<Site>, Path(id): Path<AccountId>, form: auth::Form<To>) -> Result<Redirect> {
    let is_on = form.fields.to == "on";
    let mut tx = site.db.begin().await?;
    let account = hold(&mut tx, id).await?;
    let deed = Deed::new(Action::AccountSwitched, Subject::account(id, &account.name));
    let deed = deed.change("on", !account.is_disabled(), is_on);
    let now_at = site.clock.now_at();
    let (deed, decided) = if is_on {
        (deed, store::accounts::enable(&mut tx, id).await?)
    } else {
        (with_keys(&mut tx, deed, (id, now_at)).await?, store::accounts::disable(&mut tx, id, now_at).await?)
    };
    finish(tx, decided, (&form.trail, &deed)).await?;
    tracing::info!(account = id.0, is_on, by = form.by.account.id.0, "an account was switched");
    Ok(Redirect::to(&format!("{PATH}/{id}")))
}

/// `POST /settings/accounts/{id}/link`: the answer shows it, this once.
pub async fn link(
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<AccountId>,
    form: auth::Form<Nothing>,
) -> Result<Response> {
    let account = find(&site, id).await?;
    if account.source != AccountSource::Local {
        return Err(Error::Conflict(Message::for_anybody("accounts-elsewhere")));
    }
    if account.is_disabled() {
        return Err(Error::Conflict(Message::for_anybody("accounts-link-disabled")));
    }
    let mut tx = site.db.begin().await?;
    let link = super::link(&site, &mut tx, id, viewer.now_at).await?;
    let deed = Deed::new(Action::LinkMade, Subject::account(id, &account.name));
    let deed = deed.after("purpose", LinkPurpose::Password.word());
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(account = id.0, by = form.by.account.id.0, "a link for a new password was made");
    let viewer = viewer.on(format!("{PATH}/{id}"));
    Ok(shown_once(&viewer, &form.by, (id, account.name, false), link).into_response())
}

/// `POST /settings/accounts/{id}/sign-out`
pub async fn sign_out(
    State(site): State<Site>,
    Path(id): Path<AccountId>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let account = find(&site, id).await?;
    let mut tx = site.db.begin().await?;
    let ended = store::accounts::delete_sessions_of(&mut tx, id).await?;
    store::audit::record(&mut tx, &form.trail, &sessions::ended(&account, ended)).await?;
    tx.commit().await?;
    tracing::info!(account = id.0, ended, by = form.by.account.id.0, "an account was signed out everywhere");
    Ok(Redirect::to(&format!("{PATH}/{id}")))
}

/// `POST /settings/accounts/{id}/delete`
pub async fn delete(
    State(site): State<Site>,
    Path(id): Path<AccountId>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    let account = hold(&mut tx, id).await?;
    let deed = Deed::new(Action::AccountDeleted, Subject::account(id, &account.name));
    let deed = deed
        .before("role", account.role.word())
        .before("source", account.source.word())
        .before("groups", account.sight.words())
        .before("on", !account.is_disabled());
    let now_at = site.clock.now_at();
    let deed = with_keys(&mut tx, deed, (id, now_at)).await?;
    let decided = store::accounts::delete(&mut tx, id, now_at).await?;
    finish(tx, decided, (&form.trail, &deed)).await?;
    tracing::info!(account = id.0, by = form.by.account.id.0, "an account was deleted");
    Ok(Redirect::to(PATH))
}

/// Tells how many keys of programs the account leaves, which go on: the pages of accounts and keys say so from then on.
async fn with_keys(tx: &mut Tx, deed: Deed, (id, now_at): (AccountId, i64)) -> Result<Deed> {
    let left = store::api_keys::count_of(tx, id, now_at).await?;
    Ok(if left == 0 { deed } else { deed.after("keys_left", left) })
}

/// What groups elsewhere say at each sign-in is changed there.
fn check_sight_is_ours(site: &Site, account: &Account) -> Result<()> {
    if site.identity.says_sight(account.source) {
        return Err(Error::Conflict(Message::for_anybody("accounts-groups-elsewhere")));
    }
    Ok(())
}

async fn find(site: &Site, id: AccountId) -> Result<Account> {
    store::accounts::find(&site.db, id).await?.ok_or(Error::NotFound("account"))
}

/// As it is before what is decided here.
async fn hold(tx: &mut Tx, id: AccountId) -> Result<Account> {
    store::accounts::hold(tx, id).await?.ok_or(Error::NotFound("account"))
}

/// Writes down what was decided, and makes it durable.
async fn finish(mut tx: Tx, decided: Decided, (trail, deed): (&Trail, &Deed)) -> Result<()> {
    match decided {
        Decided::Done => {
            store::audit::record(&mut tx, trail, deed).await?;
            Ok(tx.commit().await?)
        }
        Decided::LastAdministrator => Err(Error::Conflict(Message::for_anybody("accounts-last"))),
        Decided::Confined => Err(Error::Conflict(Message::for_anybody("accounts-groups-first"))),
        Decided::Administrator => Err(Error::Conflict(Message::for_anybody("accounts-groups-administrator"))),
        Decided::Missing => Err(Error::NotFound("account")),
    }
}
