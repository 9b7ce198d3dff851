//! What administrators decide about accounts.

use super::{AccountRow, end_all};
use crate::each;
use crate::model::AccountId;
use crate::model::account::Account;
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::store::values::sight_as_json;
use crate::store::{Result, Tx, next_revision};

/// What came of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    Done,
    /// Nothing was done: nobody would be left who may all.
    LastAdministrator,
    /// Nothing was done: the account is confined to groups of hosts, as no administrator is.
    Confined,
    /// Nothing was done: the account is an administrator's, who sees all hosts.
    Administrator,
    /// There is no such account.
    Missing,
}

/// The account as it is, and stays but for this transaction: what is written down as before a decision was so. First in there: who decides
/// about it at the same time waits here. So it is before one of its links is used up, since whoever sets a password or disables it goes for the
/// links last.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &mut Tx, id: AccountId) -> Result<Option<Account>> {
    // An update that changes nothing locks the row on both databases.
    const SQL: &str = "
        update accounts set role = role where account_id = $1
        returning account_id, name, role, source, group_names, created_at, disabled_at, signed_in_at";
    let row: Option<AccountRow> = each!(tx, tx => sqlx::query_as(SQL).bind(id).fetch_optional(&mut **tx).await?);
    row.map(AccountRow::read).transpose()
}

/// Gives the account another role.
///
/// # Errors
/// The database's.
pub async fn set_role(tx: &mut Tx, id: AccountId, role: Role) -> Result<Decided> {
    // Who confines the account at the same time waits here, or is waited for.
    const SQL: &str = "
        update accounts set role = $2
        where account_id = $1 and ($2 <> 'administrator' or role = 'administrator' or group_names is null)";
    if role != Role::Administrator && is_last_administrator(tx, id).await? {
        return Ok(Decided::LastAdministrator);
    }
    let rows =
        each!(&mut *tx, tx => sqlx::query(SQL).bind(id).bind(role.word()).execute(&mut **tx).await?.rows_affected());
    decided(tx, id, rows, Decided::Confined).await
}

/// Confines the account to groups of hosts, or lets it see all of them again.
///
/// # Errors
/// The database's.
pub async fn confine(tx: &mut Tx, id: AccountId, sight: &Sight) -> Result<Decided> {
    const SQL: &str = "
        update accounts set group_names = $2
        where account_id = $1 and (role <> 'administrator' or $2 is null)";
    let groups = sight_as_json(sight)?;
    let rows = each!(&mut *tx, tx => sqlx::query(SQL).bind(id).bind(groups).execute(&mut **tx).await?.rows_affected());
    decided(tx, id, rows, Decided::Administrator).await
}

/// What came of a change of one row: `otherwise` if it is there and was left as it is.
async fn decided(tx: &mut Tx, id: AccountId, rows: u64, otherwise: Decided) -> Result<Decided> {
    const SQL: &str = "select count(*) from accounts where account_id = $1";
    if rows == 1 {
        return Ok(Decided::Done);
    }
    let count: i64 = each!(tx, tx => sqlx::query_scalar(SQL).bind(id).fetch_one(&mut **tx).await?);
    Ok(if count == 1 { otherwise } else { Decided::Missing })
}

/// Nobody signs in to the account any more, and who is, is signed out. One that is disabled stays so since it was.
///
/// # Errors
/// The database's.
pub async fn disable(tx: &mut Tx, id: AccountId, now_at: i64) -> Result<Decided> {
    if is_last_administrator(tx, id).await? {
        return Ok(Decided::LastAdministrator);
    }
    shut(tx, id, now_at).await
}

/// People may sign in to the account again.
///
/// # Errors
/// The database's.
pub async fn enable(tx: &mut Tx, id: AccountId) -> Result<Decided> {
    const SQL: &str = "update accounts set disabled_at = null where account_id = $1";
    let rows = each!(tx, tx => sqlx::query(SQL).bind(id).execute(&mut **tx).await?.rows_affected());
    Ok(Decided::of(rows))
}

/// Removes the account and what is its own: sessions, views, second factor. Incidents that it took care of are
/// nobody's; its name stays where it did something.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: AccountId, now_at: i64) -> Result<Decided> {
    const INCIDENTS: &str = "
        update incidents set owner_id = null, version = version + 1, updated_at = $2 where owner_id = $1";
    const SQL: &str = "delete from accounts where account_id = $1";
    if is_last_administrator(tx, id).await? {
        return Ok(Decided::LastAdministrator);
    }
    if shut(tx, id, now_at).await? == Decided::Missing {
        return Ok(Decided::Missing);
    }
    each!(tx, tx => {
        sqlx::query(INCIDENTS).bind(id).bind(now_at).execute(&mut **tx).await?;
        sqlx::query(SQL).bind(id).execute(&mut **tx).await?;
    });
    Ok(Decided::Done)
}

/// Ends what lets the account's person in: browsers, links, and signing in that is under way.
async fn shut(tx: &mut Tx, id: AccountId, now_at: i64) -> Result<Decided> {
    // First: who signs in just now waits here, or is waited for and then signed out.
    const DISABLE: &str = "update accounts set disabled_at = coalesce(disabled_at, $2) where account_id = $1";
    let rows = each!(&mut *tx, tx =>
        sqlx::query(DISABLE).bind(id).bind(now_at).execute(&mut **tx).await?.rows_affected());
    end_all(tx, id).await?;
    Ok(Decided::of(rows))
}

/// Whether nobody else may all. Who asks at the same time waits here for the first one's transaction, and then sees
/// what that did.
async fn is_last_administrator(tx: &mut Tx, id: AccountId) -> Result<bool> {
    const SQL: &str = "select account_id from accounts where role = 'administrator' and disabled_at is null";
    next_revision(tx, "administrators").await?;
    let all: Vec<AccountId> = each!(tx, tx => sqlx::query_scalar(SQL).fetch_all(&mut **tx).await?);
    Ok(all == [id])
}

impl Decided {
    fn of(rows: u64) -> Self {
        if rows == 1 { Self::Done } else { Self::Missing }
    }
}
