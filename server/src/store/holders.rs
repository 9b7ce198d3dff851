//! Who held the sessions. Records of whole hours are merged in memory: a few hundred small ones for a host's week, and no
//! snapshot is looked at.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::Range;

use super::values::corrupt;
use super::{Db, Result, Tx, keys, live, names};
use crate::each;
use crate::history::holders as codec;
use crate::model::holder::{Held, Holders, Measure, TopHolder};
use crate::model::time::HOUR_MS;
use crate::model::{ClientId, HostId, UserId};

/// Records fetched at once: bounds the memory of a ranking over many hosts and hours.
const PAGE: i64 = 2_048;

/// Which hosts, and from when to when (whole hours that touch it).
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// None is the fleet.
    pub host: Option<HostId>,
    pub from_at: i64,
    pub to_at: i64,
}

/// What a ranking shows: by which measure, which part of it, and only names that contain a text.
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    pub measure: Measure,
    pub skip: usize,
    pub most: usize,
    /// Without regard to case; empty for all.
    pub name_contains: String,
}

/// Per holder: hour → session-milliseconds.
pub type Hours<Id> = HashMap<Id, BTreeMap<i64, i64>>;

/// What one holder held in the whole scope.
#[derive(Debug, Default)]
struct Acc {
    held: Held,
    /// In ascending order.
    hosts: Vec<HostId>,
}

#[derive(Debug, Clone, Copy)]
enum By {
    Client,
    User,
}

/// The scope's clients by the measure, greatest first; ties by name. And how many there were in all. Of one host the hours not
/// yet rolled up count too; of the fleet they follow within minutes.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn top_clients(db: &Db, scope: Scope, ranking: &Ranking) -> Result<(Vec<TopHolder<ClientId>>, usize)> {
    top(db, By::Client, scope, ranking, ClientId).await
}

/// As [`top_clients`], for users.
///
/// # Errors
/// As for [`top_clients`].
pub async fn top_users(db: &Db, scope: Scope, ranking: &Ranking) -> Result<(Vec<TopHolder<UserId>>, usize)> {
    top(db, By::User, scope, ranking, UserId).await
}

/// What one client held on each host and hour of the range: (host, hour, held), by hour, then host. Rolled-up hours only.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn of_client(db: &Db, client: ClientId, from_at: i64, to_at: i64) -> Result<Vec<(HostId, i64, Held)>> {
    of_holder(db, By::Client, client.0, from_at..to_at).await
}

/// As [`of_client`], for a user.
///
/// # Errors
/// As for [`of_client`].
pub async fn of_user(db: &Db, user: UserId, from_at: i64, to_at: i64) -> Result<Vec<(HostId, i64, Held)>> {
    of_holder(db, By::User, user.0, from_at..to_at).await
}

/// Session-milliseconds of these clients in each hour of the scope, over its hosts. Rolled-up hours only.
///
/// # Errors
/// As for [`top_clients`].
pub async fn hours_of_clients(db: &Db, scope: Scope, ids: &[ClientId]) -> Result<Hours<ClientId>> {
    hours_of(db, By::Client, scope, ids.iter().map(|id| (id.0, *id)).collect()).await
}

/// As [`hours_of_clients`], for users.
///
/// # Errors
/// As for [`top_clients`].
pub async fn hours_of_users(db: &Db, scope: Scope, ids: &[UserId]) -> Result<Hours<UserId>> {
    hours_of(db, By::User, scope, ids.iter().map(|id| (id.0, *id)).collect()).await
}

/// Keeps who held sessions of a host within an hour.
///
/// # Errors
/// The database's.
pub async fn save_hour(tx: &mut Tx, host: HostId, hour_at: i64, holders: &Holders) -> Result<()> {
    const SQL: &str = "
        insert into holders_hours (hour_host, body) values ($1, $2)
        on conflict (hour_host) do update set body = excluded.body";
    let key = keys::hour_host(host, hour_at)?;
    each!(tx, tx => sqlx::query(SQL).bind(key).bind(codec::encode(holders)).execute(&mut **tx).await.map(|_| ()))
}

async fn top<Id>(
    db: &Db,
    by: By,
    scope: Scope,
    ranking: &Ranking,
    id: impl Fn(i64) -> Id,
) -> Result<(Vec<TopHolder<Id>>, usize)> {
    let holders = match scope.host {
        Some(host) => merge_host(db, by, host, scope.from_at..scope.to_at).await?,
        None => merge_fleet(db, by, scope.from_at..scope.to_at).await?,
    };
    let mut ranked: Vec<(i64, i64, Acc)> =
        holders.into_iter().map(|(id, acc)| (ranking.measure.of(&acc.held, acc.hosts.len()), id, acc)).collect();
    let mut known = HashMap::new();
    if !ranking.name_contains.is_empty() {
        let wanted = ranking.name_contains.to_lowercase();
        known = by.names(db, ranked.iter().map(|(_, id, _)| *id).collect()).await?;
        ranked.retain(|(_, id, _)| known.get(id).is_some_and(|name| name.to_lowercase().contains(&wanted)));
    }
    let count = ranked.len();
    ranked.sort_unstable_by_key(|(figure, id, _)| (Reverse(*figure), *id));
    let page = ranking.skip.min(count)..ranking.skip.saturating_add(ranking.most).min(count);
    if page.is_empty() {
        return Ok((Vec::new(), count));
    }
    // Ties go by name, so names are needed of the page and of all that tie with its ends, no others.
    let (most, least) = (ranked[page.start].0, ranked[page.end - 1].0);
    let start = ranked.partition_point(|(figure, ..)| *figure > most);
    let end = ranked.partition_point(|(figure, ..)| *figure >= least);
    if known.is_empty() {
        known = by.names(db, ranked[start..end].iter().map(|(_, id, _)| *id).collect()).await?;
    }
    let mut shown: Vec<_> = ranked
        .drain(start..end)
        .map(|(figure, id, acc)| (Reverse(figure), known.remove(&id).unwrap_or_default(), id, acc))
        .collect();
    shown.sort_unstable_by(|a, b| (&a.0, &a.1, a.2).cmp(&(&b.0, &b.1, b.2)));
    let top = shown
        .into_iter()
        .skip(page.start - start)
        .take(page.len())
        .map(|(_, name, raw, acc)| TopHolder { id: id(raw), name, held: acc.held, hosts: acc.hosts })
        .collect();
    Ok((top, count))
}

async fn merge_fleet(db: &Db, by: By, instants: Range<i64>) -> Result<HashMap<i64, Acc>> {
    let mut holders = HashMap::new();
    let mut keys = keys::hours_of_fleet(instants);
    while let Some(page) = next_page(db, &mut keys).await? {
        for (key, record) in page {
            add(&mut holders, keys::host_and_hour_at(key).0, decode(by, key, &record)?);
        }
    }
    Ok(holders)
}

async fn merge_host(db: &Db, by: By, host: HostId, instants: Range<i64>) -> Result<HashMap<i64, Acc>> {
    let mut holders = HashMap::new();
    let rows = records_of_host(db, host, instants.clone()).await?;
    // The scope's end stands for now: what the last snapshot says beyond it is not counted.
    let observed_until = |hour: &live::Hour| match hour.last_taken_at {
        _ if instants.end >= hour.hour_at + HOUR_MS => instants.end,
        Some(taken_at) => taken_at.max(instants.end),
        None => instants.end,
    };
    let live = live::hours(db, host, instants.clone(), observed_until).await?;
    for (key, record) in rows {
        if !live.contains_key(&keys::host_and_hour_at(key).1) {
            add(&mut holders, host, decode(by, key, &record)?);
        }
    }
    for (_, hour) in live.into_values() {
        match by {
            By::Client => add(&mut holders, host, hour.by_client.into_iter().map(|(id, held)| (id.0, held))),
            By::User => add(&mut holders, host, hour.by_user.into_iter().map(|(id, held)| (id.0, held))),
        }
    }
    Ok(holders)
}

/// The rolled-up records of one host.
async fn records_of_host(db: &Db, host: HostId, instants: Range<i64>) -> Result<Vec<(i64, Vec<u8>)>> {
    // Reaches for each hour by its key: the hours of all other hosts lie between them.
    const SQL: &str = "
        with recursive keys (hour_host) as (
            select cast($1 as bigint)
            union all
            select hour_host + $3 from keys where hour_host + $3 < $2)
        select h.hour_host, h.body from keys k join holders_hours h on h.hour_host = k.hour_host";
    let Some(keys) = live::keys_of_host(host, instants)? else { return Ok(Vec::new()) };
    each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(keys.start)
        .bind(keys.end)
        .bind(keys::HOSTS_END)
        .fetch_all(pool)
        .await)
}

async fn of_holder(db: &Db, by: By, id: i64, instants: Range<i64>) -> Result<Vec<(HostId, i64, Held)>> {
    let mut found = Vec::new();
    let mut keys = keys::hours_of_fleet(instants);
    while let Some(page) = next_page(db, &mut keys).await? {
        for (key, record) in page {
            let entries = decode(by, key, &record)?;
            if let Ok(index) = entries.binary_search_by_key(&id, |(id, _)| *id) {
                let (host, hour_at) = keys::host_and_hour_at(key);
                found.push((host, hour_at, entries[index].1));
            }
        }
    }
    Ok(found)
}

async fn hours_of<Id: Copy + Eq + Hash>(db: &Db, by: By, scope: Scope, mut ids: Vec<(i64, Id)>) -> Result<Hours<Id>> {
    ids.sort_unstable_by_key(|(raw, _)| *raw);
    let mut found: Hours<Id> = ids.iter().map(|(_, id)| (*id, BTreeMap::new())).collect();
    if ids.is_empty() {
        return Ok(found);
    }
    let mut add = |(key, record): (i64, Vec<u8>)| -> Result<()> {
        let (_, hour_at) = keys::host_and_hour_at(key);
        for (raw, held) in decode(by, key, &record)? {
            if let Ok(at) = ids.binary_search_by_key(&raw, |(raw, _)| *raw) {
                *found.entry(ids[at].1).or_default().entry(hour_at).or_default() += held.session_ms;
            }
        }
        Ok(())
    };
    if let Some(host) = scope.host {
        records_of_host(db, host, scope.from_at..scope.to_at).await?.into_iter().try_for_each(&mut add)?;
    } else {
        let mut keys = keys::hours_of_fleet(scope.from_at..scope.to_at);
        while let Some(page) = next_page(db, &mut keys).await? {
            page.into_iter().try_for_each(&mut add)?;
        }
    }
    Ok(found)
}

/// The next records of the range, by hour, then host; takes their keys off its start. None at its end.
async fn next_page(db: &Db, keys: &mut Range<i64>) -> Result<Option<Vec<(i64, Vec<u8>)>>> {
    const SQL: &str = "select hour_host, body from holders_hours where hour_host >= $1 and hour_host < $2 order by hour_host limit $3";
    let page: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(keys.start)
        .bind(keys.end)
        .bind(PAGE)
        .fetch_all(pool)
        .await?);
    let Some((last, _)) = page.last() else { return Ok(None) };
    keys.start = last + 1;
    Ok(Some(page))
}

fn add(holders: &mut HashMap<i64, Acc>, host: HostId, entries: impl IntoIterator<Item = (i64, Held)>) {
    for (id, held) in entries {
        let acc = holders.entry(id).or_default();
        acc.held.merge(&held);
        if let Err(index) = acc.hosts.binary_search(&host) {
            acc.hosts.insert(index, host);
        }
    }
}

fn decode(by: By, key: i64, record: &[u8]) -> Result<Vec<(i64, Held)>> {
    let entries = match by {
        By::Client => codec::clients(record).map(|all| all.into_iter().map(|(id, held)| (id.0, held)).collect()),
        By::User => codec::users(record).map(|all| all.into_iter().map(|(id, held)| (id.0, held)).collect()),
    };
    entries.map_err(|e| {
        let (host, hour_at) = keys::host_and_hour_at(key);
        corrupt(format!("the holders of host {host} in the hour from {hour_at} cannot be read: {e}"))
    })
}

impl By {
    async fn names(self, db: &Db, ids: Vec<i64>) -> Result<HashMap<i64, String>> {
        match self {
            Self::Client => names::clients_by_raw_id(db, &ids).await,
            Self::User => names::users_by_raw_id(db, &ids).await,
        }
    }
}

/// Keeps who held sessions of a host within a UTC day.
///
/// # Errors
/// The database's.
pub async fn save_day(tx: &mut Tx, host: HostId, day_at: i64, holders: &Holders) -> Result<()> {
    const SQL: &str = "
        insert into holders_days (day_host, body) values ($1, $2)
        on conflict (day_host) do update set body = excluded.body";
    let key = keys::day_host(host, day_at)?;
    each!(tx, tx => sqlx::query(SQL).bind(key).bind(codec::encode(holders)).execute(&mut **tx).await.map(|_| ()))
}

/// The rolled-up hours of one host that touch the instants, with who held its sessions.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn hours_of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<(i64, Holders)>> {
    let rows = records_of_host(db, host, from_at..to_at).await?;
    rows.into_iter().map(|(key, body)| Ok((keys::host_and_hour_at(key).1, whole(key, &body)?))).collect()
}

/// Some of all hosts' holders of an hour: up to `most`, of hosts after `after`, in order.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn hour_of_fleet(db: &Db, hour_at: i64, after: Option<HostId>, most: u32) -> Result<Vec<(HostId, Holders)>> {
    const SQL: &str = "
        select hour_host, body from holders_hours where hour_host >= $1 and hour_host < $2 order by hour_host limit $3";
    let keys = keys::hosts_of_hour(hour_at, after)?;
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(keys.start).bind(keys.end).bind(i64::from(most)).fetch_all(pool).await?);
    rows.into_iter().map(|(key, body)| Ok((keys::host_and_hour_at(key).0, whole(key, &body)?))).collect()
}

fn whole(key: i64, record: &[u8]) -> Result<Holders> {
    codec::decode(record).map_err(|e| {
        let (host, hour_at) = keys::host_and_hour_at(key);
        corrupt(format!("the holders of host {host} in the hour from {hour_at} cannot be read: {e}"))
    })
}
