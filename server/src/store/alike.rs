//! Names that may be another name of a client: offered with the reason, for a person to decide.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::values::{like_escaped, split};
use super::{Db, Result, aliases};
use crate::each;
use crate::model::ClientId;
use crate::model::class::address_of;

/// Names that are offered at most.
const MOST: usize = 20;
/// Of a client with more names, only so many are looked at.
const MOST_NAMES: usize = 16;

/// Why a name may be another one's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The same letters; SMB does not tell A to Z from a to z.
    Case,
    /// The same address, written otherwise.
    Address,
    /// One is the first part of the other: `pc-7` and `pc-7.corp.example`.
    FirstPart,
    /// This watched host said itself that it has both.
    Host(String),
}

/// A name that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    pub id: ClientId,
    pub name: String,
    pub reason: Reason,
}

/// Clients whose names look like other names of this one, the surest first. Those that are merged somewhere are left out, unless
/// others are merged into them.
///
/// # Errors
/// The database's.
pub async fn alike(db: &Db, client: ClientId) -> Result<Vec<Alike>> {
    const NAMES: &str = "select name from clients where client_id = $1 or client_id in
        (select alias_id from client_aliases where main_id = $1) order by client_id limit $2";
    let most = i64::try_from(MOST_NAMES).unwrap_or(i64::MAX);
    let names: Vec<String> =
        each!(db.reader(), pool => sqlx::query_scalar(NAMES).bind(client).bind(most).fetch_all(pool).await?);
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let mut wanted: HashMap<String, Reason> = HashMap::new();
    let mut want = |name: String, reason: Reason| {
        let there = wanted.entry(name).or_insert_with(|| reason.clone());
        *there = reason.min(there.clone());
    };
    for name in &names {
        want(name.clone(), Reason::Case);
        spellings(name).into_iter().for_each(|name| want(name, Reason::Address));
        first_part(name).into_iter().for_each(|part| want(part.to_owned(), Reason::FirstPart));
        for (host, of_host) in of_hosts(db, name).await? {
            of_host.into_iter().for_each(|name| want(name, Reason::Host(host.clone())));
        }
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let merged = aliases::all(db).await?;
    let mut found: Vec<Alike> = named(db, &wanted, &names)
        .await?
        .into_iter()
        .filter(|(id, _)| merged.main(*id) == *id && *id != client.0)
        .map(|(id, name)| {
            let reason = wanted.get(&name.to_lowercase()).cloned().unwrap_or(Reason::FirstPart);
            Alike { id: ClientId(id), name, reason }
        })
        .collect();
    found.sort_by(|a, b| (&a.reason, &a.name).cmp(&(&b.reason, &b.name)));
    found.truncate(MOST);
    Ok(found)
}

/// What comes before the first dot of a name that is no address.
fn first_part(name: &str) -> Option<&str> {
    let part = name.split_once('.').filter(|_| address_of(name).is_none()).map(|(part, _)| part);
    part.filter(|part| !part.is_empty())
}

/// How else an address may stand in a list of sessions.
fn spellings(name: &str) -> Vec<String> {
    let Some(address) = address_of(name) else { return Vec::new() };
    let mut all = vec![address.to_string(), format!("[{address}]")];
    if address.is_ipv4() {
        all.extend([format!("::ffff:{address}"), format!("[::ffff:{address}]")]);
    }
    all.retain(|one| one != name);
    all
}

/// Watched hosts with this name or address, and what else they are known by.
async fn of_hosts(db: &Db, name: &str) -> Result<Vec<(String, Vec<String>)>> {
    const SQL: &str = "
        select name, fqdn, addresses from hosts
        where lower(name) = $1 or lower(fqdn) = $1 or ',' || lower(addresses) || ',' like $2 escape '\\'
        order by host_id limit 5";
    let bare = address_of(name).map_or_else(|| name.to_owned(), |address| address.to_string());
    let rows: Vec<(String, String, String)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(&bare).bind(format!("%,{},%", like_escaped(&bare))).fetch_all(pool).await?);
    let others = |(host, fqdn, addresses): (String, String, String)| {
        let mut all: Vec<String> = [host.to_lowercase(), fqdn.to_lowercase()].into();
        for address in split(&addresses.to_lowercase()) {
            all.extend(spellings(&address));
            all.push(address);
        }
        all.retain(|one| !one.is_empty());
        (host, all)
    };
    Ok(rows.into_iter().map(others).collect())
}

/// Clients with one of these names, or with one of `names` as the first part: one look through all of them. The databases lower the case
/// of ASCII alike; of names beyond it, which are few, Rust decides.
async fn named(db: &Db, wanted: &HashMap<String, Reason>, names: &[String]) -> Result<Vec<(i64, String)>> {
    let parts = names.iter().filter(|name| !name.contains('.') && address_of(name).is_none());
    let parts: Vec<&String> = parts.collect();
    let mut found: Vec<(i64, String)> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new("select client_id, name from clients where lower(name) in (");
        let mut list = select.separated(", ");
        wanted.keys().for_each(|name| { list.push_bind(name.as_str()); });
        select.push(")");
        for part in &parts {
            select.push(" or lower(name) like ").push_bind(format!("{}.%", like_escaped(part))).push(" escape '\\'");
        }
        select.push(" order by client_id limit 100");
        select.build_query_as().persistent(false).fetch_all(pool).await?
    });
    const BEYOND: &str = "select client_id, name from clients where octet_length(name) <> length(name)";
    let beyond: Vec<(i64, String)> = each!(db.reader(), pool => sqlx::query_as(BEYOND).fetch_all(pool).await?);
    let is_wanted = |name: &str| {
        let name = name.to_lowercase();
        let begins = |part: &&String| name.strip_prefix(part.as_str()).is_some_and(|rest| rest.starts_with('.'));
        wanted.contains_key(&name) || parts.iter().copied().any(|part| begins(&part))
    };
    for (id, name) in beyond {
        if is_wanted(&name) && found.iter().all(|(there, _)| *there != id) {
            found.push((id, name));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_part_of_a_name_is_none_of_an_address() {
        assert_eq!(first_part("pc-7.corp.example"), Some("pc-7"));
        assert_eq!([first_part("pc-7"), first_part("10.0.0.7"), first_part(".x")], [None; 3]);
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        assert_eq!(spellings("10.0.0.7"), ["[10.0.0.7]", "::ffff:10.0.0.7", "[::ffff:10.0.0.7]"]);
        assert!(spellings("::ffff:10.0.0.7").contains(&"10.0.0.7".to_owned()));
        assert_eq!(spellings("[2001:db8::7]"), ["2001:db8::7"]);
        assert!(spellings("pc-7").is_empty());
    }
}
