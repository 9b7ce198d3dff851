//! What hosts said of themselves, from change to change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::values::{corrupt, text};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::HostId;
use crate::model::change::{self, Version};
use crate::model::host::Facts;

/// Facts as they stand in a version, without their instant.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    fqdn: String,
    domain: String,
    cluster: String,
    is_domain_controller: bool,
    addresses: Vec<String>,
    os: String,
    os_build: String,
    time_zone: String,
    boot_id: String,
    agent_version: String,
    settings: BTreeMap<String, String>,
}

/// Remembers what a host said, if it is something else than before; also late, among what is known already.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn learn(tx: &mut Tx, host: HostId, facts: &Facts) -> Result<()> {
    const BEFORE: &str = "
        select observed_at, until_at, facts from host_facts
        where host_id = $1 and observed_at <= $2 order by observed_at desc limit 1";
    const AFTER: &str = "
        select observed_at, until_at, facts from host_facts
        where host_id = $1 and observed_at > $2 order by observed_at limit 1";
    // Another process may learn of the same host.
    const LOCK: &str = "update hosts set facts_at = facts_at where host_id = $1";
    each!(&mut *tx, tx => sqlx::query(LOCK).bind(host).execute(&mut **tx).await.map(|_| ()))?;
    let mut known = Vec::new();
    for sql in [BEFORE, AFTER] {
        let rows: Vec<(i64, i64, String)> = each!(&mut *tx, tx => sqlx::query_as(sql)
            .bind(host)
            .bind(facts.observed_at)
            .fetch_all(&mut **tx)
            .await?);
        for row in rows {
            known.push(version(row)?);
        }
    }
    known.sort_unstable_by_key(|version| version.facts.observed_at);
    let mut learned = known.clone();
    change::learn(&mut learned, as_stored(facts));
    for gone in known.iter().filter(|known| !learned.iter().any(|now| is_in_place_of(now, known))) {
        remove(tx, host, gone.facts.observed_at).await?;
    }
    for new in learned.iter().filter(|now| !known.contains(now)) {
        save(tx, host, new).await?;
    }
    Ok(())
}

fn is_in_place_of(now: &Version, known: &Version) -> bool {
    now.facts.observed_at == known.facts.observed_at
}

async fn remove(tx: &mut Tx, host: HostId, observed_at: i64) -> Result<()> {
    const SQL: &str = "delete from host_facts where host_id = $1 and observed_at = $2";
    each!(tx, tx => sqlx::query(SQL).bind(host).bind(observed_at).execute(&mut **tx).await.map(|_| ()))
}

/// As both databases can hold it: what is compared with what was read has to be the same.
fn as_stored(facts: &Facts) -> Facts {
    let plain = |of: &str| text(of).into_owned();
    Facts {
        observed_at: facts.observed_at,
        name: plain(&facts.name),
        fqdn: plain(&facts.fqdn),
        domain: plain(&facts.domain),
        cluster: plain(&facts.cluster),
        is_domain_controller: facts.is_domain_controller,
        addresses: facts.addresses.iter().map(|address| plain(address)).collect(),
        os: plain(&facts.os),
        os_build: plain(&facts.os_build),
        time_zone: plain(&facts.time_zone),
        boot_id: plain(&facts.boot_id),
        agent_version: plain(&facts.agent_version),
        settings: facts.settings.iter().map(|(name, value)| (plain(name), plain(value))).collect(),
    }
}

async fn save(tx: &mut Tx, host: HostId, version: &Version) -> Result<()> {
    const SQL: &str = "
        insert into host_facts (host_id, observed_at, until_at, facts) values ($1, $2, $3, $4)
        on conflict (host_id, observed_at) do update set until_at = excluded.until_at, facts = excluded.facts";
    let facts = version.facts.clone();
    let kept = Kept {
        name: facts.name,
        fqdn: facts.fqdn,
        domain: facts.domain,
        cluster: facts.cluster,
        is_domain_controller: facts.is_domain_controller,
        addresses: facts.addresses,
        os: facts.os,
        os_build: facts.os_build,
        time_zone: facts.time_zone,
        boot_id: facts.boot_id,
        agent_version: facts.agent_version,
        settings: facts.settings,
    };
    let json = serde_json::to_string(&kept).map_err(|e| sqlx::Error::Encode(e.into()))?;
    each!(tx, tx => sqlx::query(SQL)
        .bind(host)
        .bind(version.facts.observed_at)
        .bind(version.until_at)
        .bind(json)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// What a host said of itself within `from_at..to_at`, in order; the first version is the one that held when the range began.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Version>> {
    const SQL: &str = "
        select observed_at, until_at, facts from host_facts
        where host_id = $1 and observed_at < $3
            and observed_at >= coalesce(
                (select max(observed_at) from host_facts where host_id = $1 and observed_at < $2), $2)
        order by observed_at";
    let rows: Vec<(i64, i64, String)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(host)
        .bind(from_at)
        .bind(to_at)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(version).collect()
}

fn version((observed_at, until_at, json): (i64, i64, String)) -> Result<Version> {
    let kept: Kept = serde_json::from_str(&json).map_err(|e| corrupt(format!("host_facts.facts: {e}")))?;
    let facts = Facts {
        observed_at,
        name: kept.name,
        fqdn: kept.fqdn,
        domain: kept.domain,
        cluster: kept.cluster,
        is_domain_controller: kept.is_domain_controller,
        addresses: kept.addresses,
        os: kept.os,
        os_build: kept.os_build,
        time_zone: kept.time_zone,
        boot_id: kept.boot_id,
        agent_version: kept.agent_version,
        settings: kept.settings,
    };
    Ok(Version { facts, until_at })
}
