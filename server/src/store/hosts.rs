//! Hosts and what is true of them now.

mod short;
mod states;

use std::collections::{HashMap, HashSet};

use sqlx::QueryBuilder;

pub use self::short::{clients, in_short};
pub use self::states::save_states;
use super::agents::read_state;
use super::rows::{in_parts, push_seen};
use super::values::{corrupt, join, like_escaped, narrow, narrow_option, split, text};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::group::{ByHand, Origin};
use crate::model::host::{Facts, Host, HostNow, HostState, Now};
use crate::model::limit::{Limit, LimitSource};
use crate::model::sight::Sight;
use crate::model::snapshot::Totals;
use crate::model::{GroupRuleId, HostId};

/// Hosts in one statement: a page's.
const CHUNK: usize = 50;

const NOW: &str = "
    select h.host_id, h.name, h.fqdn, h.os, h.group_name, h.hand_group, h.group_rule, h.time_zone,
        (select a.state from agents a where a.host_id = h.host_id
         order by case a.state when 'approved' then 0 else 1 end, a.enrolled_at desc, a.agent_id desc
         limit 1) as agent_state,
        s.seen_at, s.agent_version, s.queued_records, s.clock_skew_ms, s.taken_at, s.source, s.sampling_secs,
        s.partial, s.sessions, s.clients, s.opens, s.idle_sessions, s.zero_open_sessions,
        s.limit_sessions, s.limit_unlimited, s.limit_source
    from hosts h left join host_state s on s.host_id = h.host_id";

#[derive(sqlx::FromRow)]
struct HostRow {
    host_id: HostId,
    name: String,
    fqdn: String,
    domain: String,
    cluster: String,
    is_domain_controller: i64,
    addresses: String,
    os: String,
    os_build: String,
    time_zone: String,
    settings: String,
    #[sqlx(flatten)]
    group: GroupRow,
    token_group: String,
    hand_at: Option<i64>,
    hand_by: Option<String>,
    created_at: i64,
}

/// Which group, and what decided it.
#[derive(sqlx::FromRow)]
struct GroupRow {
    group_name: String,
    hand_group: Option<String>,
    group_rule: Option<GroupRuleId>,
}

#[derive(sqlx::FromRow)]
struct NowRow {
    host_id: HostId,
    name: String,
    fqdn: String,
    os: String,
    #[sqlx(flatten)]
    group: GroupRow,
    time_zone: String,
    agent_state: Option<String>,
    seen_at: Option<i64>,
    agent_version: Option<String>,
    queued_records: Option<i64>,
    clock_skew_ms: Option<i64>,
    #[sqlx(flatten)]
    snapshot: SnapshotRow,
}

#[derive(sqlx::FromRow)]
struct SnapshotRow {
    taken_at: Option<i64>,
    source: Option<String>,
    sampling_secs: Option<i64>,
    partial: Option<i64>,
    sessions: Option<i64>,
    clients: Option<i64>,
    opens: Option<i64>,
    idle_sessions: Option<i64>,
    zero_open_sessions: Option<i64>,
    limit_sessions: Option<i64>,
    limit_unlimited: Option<i64>,
    limit_source: Option<String>,
}

/// A host with what it said of itself.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: HostId) -> Result<Option<Host>> {
    const SQL: &str = "
        select host_id, name, fqdn, domain, cluster, is_domain_controller, addresses, os, os_build, time_zone, settings,
            group_name, hand_group, group_rule, token_group, hand_at, hand_by, created_at
        from hosts where host_id = $1";
    let row: Option<HostRow> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
    row.map(HostRow::read).transpose()
}

/// Every host with its state, in order of name (without regard to case), then id.
///
/// # Errors
/// The database's.
pub async fn all_now(db: &Db) -> Result<Vec<HostNow>> {
    let rows: Vec<NowRow> = each!(db.reader(), pool => sqlx::query_as(NOW).fetch_all(pool).await?);
    let mut hosts = rows.into_iter().map(NowRow::read).collect::<Result<Vec<_>>>()?;
    // Here, since the two databases order text differently.
    hosts.sort_by_cached_key(|host| (host.name.to_lowercase(), host.id));
    Ok(hosts)
}

/// The hosts of which the name, the full name, the operating system or the group contains a text, without regard to case.
///
/// # Errors
/// The database's.
pub async fn matching(db: &Db, wanted: &str) -> Result<HashSet<HostId>> {
    // The databases lower the case of ASCII alike; about texts with other letters, which are few, Rust decides. For the rest the database
    // leaves little to carry here.
    const SQL: &str = "
        select host_id, name, fqdn, os, group_name from hosts
        where lower(name) like $1 escape '\\' or lower(fqdn) like $1 escape '\\' or lower(os) like $1 escape '\\'
            or lower(group_name) like $1 escape '\\'
            or octet_length(name || fqdn || os || group_name) <> length(name || fqdn || os || group_name)";
    let wanted = wanted.to_lowercase();
    let rows: Vec<(HostId, String, String, String, String)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(format!("%{}%", like_escaped(&wanted)))
        .fetch_all(pool)
        .await?);
    let is_wanted = |texts: [&String; 4]| texts.into_iter().any(|text| text.to_lowercase().contains(&wanted));
    let found = rows.iter().filter(|(_, name, fqdn, os, group)| is_wanted([name, fqdn, os, group]));
    Ok(found.map(|(id, ..)| *id).collect())
}

/// The hosts that are seen, of those there are.
///
/// # Errors
/// The database's.
pub async fn seen_by(db: &Db, sight: &Sight) -> Result<HashSet<HostId>> {
    Ok(seen_since(db, sight).await?.into_iter().map(|(id, _)| id).collect())
}

/// As [`seen_by`], with when each was first heard of; the earliest first.
///
/// # Errors
/// The database's.
pub async fn seen_since(db: &Db, sight: &Sight) -> Result<Vec<(HostId, i64)>> {
    each!(db.reader(), pool => {
        let mut select = QueryBuilder::new("select h.host_id, h.created_at from hosts h where 1 = 1");
        push_seen(&mut select, "h.host_id", sight);
        select.push(" order by h.created_at, h.host_id");
        select.build_query_as().persistent(false).fetch_all(pool).await
    })
}

/// The group that a host is in, empty for none; none if there is no such host.
///
/// # Errors
/// The database's.
pub async fn group_of(db: &Db, id: HostId) -> Result<Option<String>> {
    const SQL: &str = "select group_name from hosts where host_id = $1";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await)
}

/// As [`all_now`], some hosts, in any order.
///
/// # Errors
/// The database's.
pub async fn some_now(db: &Db, ids: &[HostId]) -> Result<Vec<HostNow>> {
    let mut hosts = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<NowRow> = each!(db.reader(), pool => {
            let mut select = sqlx::QueryBuilder::new(NOW);
            select.push(" where h.host_id in (");
            let mut list = select.separated(", ");
            chunk.iter().for_each(|id| { list.push_bind(*id); });
            select.push(")");
            select.build_query_as().persistent(chunk.len() == CHUNK).fetch_all(pool).await?
        });
        for row in rows {
            hosts.push(row.read()?);
        }
    }
    Ok(hosts)
}

/// As [`all_now`], one host.
///
/// # Errors
/// The database's.
pub async fn one_now(db: &Db, id: HostId) -> Result<Option<HostNow>> {
    Ok(some_now(db, &[id]).await?.pop())
}

/// Keeps what the host says of itself, unless something newer is known.
///
/// # Errors
/// The database's.
pub async fn save_facts(tx: &mut Tx, id: HostId, facts: &Facts) -> Result<()> {
    const SQL: &str = "
        update hosts set name = $3, fqdn = $4, domain = $5, addresses = $6, os = $7, os_build = $8, time_zone = $9,
            settings = $10, cluster = $11, is_domain_controller = $12, facts_at = $2
        where host_id = $1 and (facts_at is null or facts_at <= $2)";
    let settings = serde_json::to_string(&facts.settings).map_err(|e| sqlx::Error::Encode(e.into()))?;
    each!(tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(facts.observed_at)
        .bind(text(&facts.name))
        .bind(text(&facts.fqdn))
        .bind(text(&facts.domain))
        .bind(join(&facts.addresses))
        .bind(text(&facts.os))
        .bind(text(&facts.os_build))
        .bind(text(&facts.time_zone))
        .bind(settings)
        .bind(text(&facts.cluster))
        .bind(i64::from(facts.is_domain_controller))
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// When the newest snapshot of each of these hosts was taken; one that has none is left out.
///
/// # Errors
/// The database's.
pub async fn newest_at(tx: &mut Tx, hosts: &[HostId]) -> Result<HashMap<HostId, i64>> {
    let mut newest = HashMap::with_capacity(hosts.len());
    for hosts in in_parts(hosts) {
        let rows: Vec<(HostId, i64)> = each!(&mut *tx, tx => {
            let mut select = QueryBuilder::new(
                "select host_id, taken_at from host_state where taken_at is not null and host_id in (",
            );
            let mut list = select.separated(", ");
            hosts.iter().for_each(|host| { list.push_bind(*host); });
            select.push(")");
            select.build_query_as().fetch_all(&mut **tx).await?
        });
        newest.extend(rows);
    }
    Ok(newest)
}

impl HostRow {
    fn read(self) -> Result<Host> {
        Ok(Host {
            id: self.host_id,
            name: self.name,
            fqdn: self.fqdn,
            domain: self.domain,
            cluster: self.cluster,
            is_domain_controller: self.is_domain_controller == 1,
            addresses: split(&self.addresses),
            os: self.os,
            os_build: self.os_build,
            time_zone: self.time_zone,
            settings: serde_json::from_str(&self.settings).map_err(|e| corrupt(format!("hosts.settings: {e}")))?,
            group_origin: self.group.origin(),
            group_name: self.group.group_name,
            group_rule: self.group.group_rule,
            token_group: self.token_group,
            by_hand: self.hand_at.map(|at| ByHand { at, by: self.hand_by.unwrap_or_default() }),
            created_at: self.created_at,
        })
    }
}

impl GroupRow {
    fn origin(&self) -> Option<Origin> {
        Origin::of(self.hand_group.is_some(), self.group_rule, &self.group_name)
    }
}

impl NowRow {
    fn read(self) -> Result<HostNow> {
        let now = self.snapshot.read()?;
        let state = self.seen_at.map(|seen_at| HostState {
            seen_at,
            agent_version: self.agent_version.unwrap_or_default(),
            queued_records: self.queued_records.unwrap_or_default().cast_unsigned(),
            clock_skew_ms: self.clock_skew_ms.unwrap_or_default(),
            now,
        });
        Ok(HostNow {
            id: self.host_id,
            name: self.name,
            fqdn: self.fqdn,
            os: self.os,
            group_origin: self.group.origin(),
            group_name: self.group.group_name,
            time_zone: self.time_zone,
            agent_state: self.agent_state.as_deref().map(read_state).transpose()?,
            state,
        })
    }
}

impl SnapshotRow {
    fn read(self) -> Result<Option<Now>> {
        let Some(taken_at) = self.taken_at else { return Ok(None) };
        Ok(Some(Now {
            taken_at,
            source: self.source.unwrap_or_default(),
            sampling_secs: narrow("host_state.sampling_secs", self.sampling_secs.unwrap_or_default())?,
            partial: self.partial == Some(1),
            totals: Totals {
                sessions: narrow("host_state.sessions", self.sessions.unwrap_or_default())?,
                clients: narrow("host_state.clients", self.clients.unwrap_or_default())?,
                opens: self.opens.map(i64::cast_unsigned),
                idle_sessions: narrow_option("host_state.idle_sessions", self.idle_sessions)?,
                zero_open_sessions: narrow_option("host_state.zero_open_sessions", self.zero_open_sessions)?,
            },
            limit: Limit {
                sessions: narrow_option("host_state.limit_sessions", self.limit_sessions)?,
                unlimited: self.limit_unlimited == Some(1),
                source: self.limit_source.as_deref().map_or(LimitSource::Unknown, LimitSource::from_word),
            },
        }))
    }
}

/// When each host was first heard of, in order.
///
/// # Errors
/// The database's.
pub async fn created(db: &Db) -> Result<Vec<i64>> {
    const SQL: &str = "select created_at from hosts order by created_at";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await)
}

/// How many hosts there are.
///
/// # Errors
/// The database's.
pub async fn count(db: &Db) -> Result<usize> {
    let count: i64 =
        each!(db.reader(), pool => sqlx::query_scalar("select count(*) from hosts").fetch_one(pool).await?);
    narrow("count", count)
}
