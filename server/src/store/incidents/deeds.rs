//! What people do about incidents, and other systems for them.

use super::enter;
use crate::each;
use crate::model::incident::{MOST_ENTRIES, State, What};
use crate::model::{AccountId, IncidentId};
use crate::store::values::{narrow, text, word};
use crate::store::{Result, Tx};

/// Who does something, when, and to which version of the incident: none for whichever there is.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// The account's name, or that of the key or ticket system.
    pub by: &'a str,
    pub now_at: i64,
    pub seen_version: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The incident has this version now. Doing what was done already changes nothing.
    Yes(u64),
    /// There is no such incident.
    Unknown,
    /// It has changed since: this is its version.
    Outdated(u64),
    /// It is in a state in which this cannot be done.
    NotNow(State),
    /// It has as many entries as it may have.
    Full,
}

struct Held {
    state: State,
    goes_on: bool,
    version: u64,
}

/// Locks the incident until the transaction ends.
async fn hold(tx: &mut Tx, id: IncidentId, deed: &Deed<'_>) -> Result<Result<Held, Done>> {
    // An update that changes nothing locks the row on both databases.
    const SQL: &str = "
        update incidents set version = version where incident_id = $1
        returning state, case when until_at is null then 1 else 0 end, version";
    let row: Option<(String, i32, i64)> =
        each!(tx, tx => sqlx::query_as(SQL).bind(id).fetch_optional(&mut **tx).await?);
    let Some((state, goes_on, version)) = row else { return Ok(Err(Done::Unknown)) };
    let version: u64 = narrow("incidents.version", version)?;
    if deed.seen_version.is_some_and(|seen| seen != version) {
        return Ok(Err(Done::Outdated(version)));
    }
    Ok(Ok(Held { state: word("incidents.state", &state, State::from_word)?, goes_on: goes_on == 1, version }))
}

async fn enter_more(tx: &mut Tx, id: IncidentId, deed: &Deed<'_>, what: What, body: &str) -> Result<bool> {
    const SQL: &str = "select count(*) from incident_entries where incident_id = $1";
    let count: i64 = each!(&mut *tx, tx => sqlx::query_scalar(SQL).bind(id).fetch_one(&mut **tx).await?);
    if narrow::<u64>("count", count)? >= MOST_ENTRIES {
        return Ok(false);
    }
    enter(tx, id, (deed.now_at, what), deed.by, body).await?;
    Ok(true)
}

/// Somebody takes it on.
///
/// # Errors
/// The database's.
pub async fn acknowledge(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, owner: Option<AccountId>) -> Result<Done> {
    const SQL: &str = "
        update incidents set state = 'acknowledged', owner_id = coalesce(owner_id, $2), version = version + 1, updated_at = $3
        where incident_id = $1";
    let held = match hold(tx, id, &deed).await? {
        Ok(held) => held,
        Err(done) => return Ok(done),
    };
    match held.state {
        State::Acknowledged => return Ok(Done::Yes(held.version)),
        State::Resolved => return Ok(Done::NotNow(held.state)),
        State::Open => {}
    }
    if !enter_more(tx, id, &deed, What::Acknowledged, "").await? {
        return Ok(Done::Full);
    }
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(owner).bind(deed.now_at).execute(&mut **tx).await.map(|_| ()))?;
    Ok(Done::Yes(held.version + 1))
}

/// Somebody is to take care of it; none for nobody. `name`: the account's.
///
/// # Errors
/// The database's.
pub async fn assign(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, owner: Option<(AccountId, &str)>) -> Result<Done> {
    const SQL: &str = "
        update incidents set owner_id = $2, version = version + 1, updated_at = $3 where incident_id = $1";
    let held = match hold(tx, id, &deed).await? {
        Ok(held) => held,
        Err(done) => return Ok(done),
    };
    let (owner, name) = owner.map_or((None, ""), |(owner, name)| (Some(owner), name));
    if !enter_more(tx, id, &deed, What::Assigned, name).await? {
        return Ok(Done::Full);
    }
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(owner).bind(deed.now_at).execute(&mut **tx).await.map(|_| ()))?;
    Ok(Done::Yes(held.version + 1))
}

/// Somebody says something about it.
///
/// # Errors
/// The database's.
pub async fn comment(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, body: &str) -> Result<Done> {
    note(tx, id, deed, What::Commented, body).await
}

async fn note(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, what: What, body: &str) -> Result<Done> {
    const SQL: &str = "update incidents set version = version + 1, updated_at = $2 where incident_id = $1";
    let held = match hold(tx, id, &deed).await? {
        Ok(held) => held,
        Err(done) => return Ok(done),
    };
    if !enter_more(tx, id, &deed, what, body).await? {
        return Ok(Done::Full);
    }
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(deed.now_at).execute(&mut **tx).await.map(|_| ()))?;
    Ok(Done::Yes(held.version + 1))
}

/// Another system has a record about it. One of that name that is linked already gets the new address.
///
/// # Errors
/// The database's.
pub async fn link(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, (name, url): (&str, &str)) -> Result<Done> {
    const THERE: &str = "select url from incident_tickets where incident_id = $1 and name = $2";
    const SQL: &str = "
        insert into incident_tickets (incident_id, name, url, linked_at, linked_by) values ($1, $2, $3, $4, $5)
        on conflict (incident_id, name) do update set url = excluded.url";
    let held = match hold(tx, id, &deed).await? {
        Ok(held) => held,
        Err(done) => return Ok(done),
    };
    let (name, url) = (text(name), text(url));
    let there: Option<String> =
        each!(&mut *tx, tx => sqlx::query_scalar(THERE).bind(id).bind(&name).fetch_optional(&mut **tx).await?);
    if there.as_deref() == Some(&*url) {
        return Ok(Done::Yes(held.version));
    }
    each!(&mut *tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(&name)
        .bind(&url)
        .bind(deed.now_at)
        .bind(text(deed.by))
        .execute(&mut **tx)
        .await
        .map(|_| ()))?;
    note(tx, id, Deed { seen_version: None, ..deed }, What::Linked, &name).await
}

/// That record is no more about it. One that is not linked changes nothing.
///
/// # Errors
/// The database's.
pub async fn unlink(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, name: &str) -> Result<Done> {
    const SQL: &str = "delete from incident_tickets where incident_id = $1 and name = $2";
    let held = match hold(tx, id, &deed).await? {
        Ok(held) => held,
        Err(done) => return Ok(done),
    };
    let gone = each!(&mut *tx, tx =>
        sqlx::query(SQL).bind(id).bind(text(name)).execute(&mut **tx).await?.rows_affected());
    if gone == 0 {
        return Ok(Done::Yes(held.version));
    }
    note(tx, id, Deed { seen_version: None, ..deed }, What::Unlinked, name).await
}

/// Somebody says that it is over. While the host is still like that, no other one opens before it was well.
///
/// # Errors
/// The database's.
pub async fn resolve(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, body: &str) -> Result<Done> {
    const SQL: &str = "
        update incidents set state = 'resolved', resolved_at = $2, ended_by_itself = 0, version = version + 1, updated_at = $2
        where incident_id = $1";
    let held = match hold(tx, id, &deed).await? {
        Ok(held) => held,
        Err(done) => return Ok(done),
    };
    if held.state == State::Resolved {
        return Ok(Done::Yes(held.version));
    }
    if !enter_more(tx, id, &deed, What::Resolved, body).await? {
        return Ok(Done::Full);
    }
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(deed.now_at).execute(&mut **tx).await.map(|_| ()))?;
    Ok(Done::Yes(held.version + 1))
}

/// Somebody says that it is not over. Not while the host has a later one of that kind that is not resolved.
///
/// # Errors
/// The database's.
pub async fn reopen(tx: &mut Tx, id: IncidentId, deed: Deed<'_>, body: &str) -> Result<Done> {
    const OTHER: &str = "
        select count(*) from incidents o join incidents i on i.incident_id = $1
        where o.host_id = i.host_id and o.kind = i.kind and o.incident_id <> i.incident_id
            and (o.state <> 'resolved' or o.until_at is null)";
    const SQL: &str = "
        update incidents set state = 'open', resolved_at = null, ended_by_itself = 0, version = version + 1, updated_at = $2
        where incident_id = $1";
    let held = match hold(tx, id, &deed).await? {
        Ok(held) => held,
        Err(done) => return Ok(done),
    };
    if held.state != State::Resolved {
        return Ok(Done::Yes(held.version));
    }
    let others: i64 = each!(&mut *tx, tx => sqlx::query_scalar(OTHER).bind(id).fetch_one(&mut **tx).await?);
    if others > 0 && !held.goes_on {
        return Ok(Done::NotNow(held.state));
    }
    if !enter_more(tx, id, &deed, What::Reopened, body).await? {
        return Ok(Done::Full);
    }
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(deed.now_at).execute(&mut **tx).await.map(|_| ()))?;
    Ok(Done::Yes(held.version + 1))
}
