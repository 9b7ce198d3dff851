//! Hosts in a few figures, many in one row.

use std::collections::HashMap;

use crate::each;
use crate::model::HostId;
use crate::model::host::{HostInShort, NowInShort};
use crate::store::packed::Packed;
use crate::store::values::{corrupt, narrow, narrow_option};
use crate::store::{Db, Result};

/// Every host in a few figures, in the order of [`all_now`](super::all_now): a small part of its cost.
///
/// # Errors
/// The database's.
pub async fn in_short(db: &Db) -> Result<Vec<HostInShort>> {
    const SQL: &str = "
        select string_agg(
            h.host_id || ',' || coalesce(cast(s.seen_at as text), '') || ',' ||
            coalesce(cast(s.taken_at as text), '') || ',' || coalesce(cast(s.sampling_secs as text), '') || ',' ||
            coalesce(cast(s.sessions as text), '') || ',' || coalesce(cast(s.limit_sessions as text), '') || ',' ||
            coalesce(cast(s.limit_unlimited as text), '') || ',' ||
            case when s.opens is null then '0,' else '1,' end ||
            case when s.idle_sessions is null then '0,' else '1,' end ||
            length(h.name) || ':' || h.name || length(h.group_name) || ':' || h.group_name, '')
        from hosts h left join host_state s on s.host_id = h.host_id";
    let text: Option<String> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
    let text = text.unwrap_or_default();
    let (mut packed, mut hosts) = (Packed::new(&text), Vec::new());
    while !packed.is_empty() {
        hosts.push(read_in_short(&mut packed)?);
    }
    hosts.sort_by_cached_key(|host| (host.name.to_lowercase(), host.id));
    Ok(hosts)
}

fn read_in_short(packed: &mut Packed<'_>) -> Result<HostInShort> {
    let id = HostId(packed.number()?.ok_or_else(|| corrupt("hosts.host_id is null"))?);
    let (seen_at, taken_at) = (packed.number()?, packed.number()?);
    let (sampling_secs, sessions, limit) = (packed.number()?, packed.number()?, packed.number()?);
    let (is_unlimited, knows_opens, knows_idle) = (packed.number()?, packed.number()?, packed.number()?);
    let now = match taken_at {
        None => None,
        Some(taken_at) => Some(NowInShort {
            taken_at,
            sampling_secs: narrow("host_state.sampling_secs", sampling_secs.unwrap_or_default())?,
            sessions: narrow("host_state.sessions", sessions.unwrap_or_default())?,
            limit_sessions: narrow_option("host_state.limit_sessions", limit)?,
            is_unlimited: is_unlimited == Some(1),
            knows_opens: knows_opens == Some(1),
            knows_idle: knows_idle == Some(1),
        }),
    };
    let (name, group_name) = (packed.text()?.to_owned(), packed.text()?.to_owned());
    Ok(HostInShort { id, name, group_name, seen_at, now })
}

/// How many clients each host's newest snapshot has; hosts without one are left out.
///
/// # Errors
/// The database's.
pub async fn clients(db: &Db) -> Result<HashMap<HostId, u32>> {
    const SQL: &str = "
        select string_agg(host_id || ',' || coalesce(clients, 0) || ',', '') from host_state where taken_at is not null";
    let text: Option<String> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
    let text = text.unwrap_or_default();
    let (mut packed, mut clients) = (Packed::new(&text), HashMap::new());
    while !packed.is_empty() {
        let (host, count) = (packed.number()?.unwrap_or_default(), packed.number()?.unwrap_or_default());
        clients.insert(HostId(host), narrow("host_state.clients", count)?);
    }
    Ok(clients)
}
