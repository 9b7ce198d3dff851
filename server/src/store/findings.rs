//! Rules that hold on hosts, what they are judged by, and since when they hold.

use std::collections::{BTreeMap, HashMap};

use sqlx::QueryBuilder;

use super::rows::{in_parts, push_seen};
use super::values::{corrupt, narrow, narrow_option, text, word};
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::model::HostId;
use crate::model::event::EventClass;
use crate::model::finding::{Detail, Finding, Found, Severity};
use crate::model::limit::{Limit, LimitSource};
use crate::model::sight::Sight;
use crate::model::time::HOUR_MS;

/// What rules ask of a host itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    pub host: HostId,
    pub os: String,
    pub os_build: String,
    pub is_domain_controller: bool,
    pub settings: BTreeMap<String, String>,
    /// In the newest snapshot.
    pub limit: Limit,
    /// In the newest snapshot; none if the source does not know.
    pub zero_open_sessions: Option<u32>,
}

#[derive(sqlx::FromRow)]
struct SetupRow {
    host_id: HostId,
    os: String,
    os_build: String,
    is_domain_controller: i64,
    settings: String,
    limit_sessions: Option<i64>,
    limit_unlimited: Option<i64>,
    limit_source: Option<String>,
    zero_open_sessions: Option<i64>,
}

/// Up to `most` hosts after `after`, in order of id.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn setups(db: &Db, after: Option<HostId>, most: u32) -> Result<Vec<Setup>> {
    const SQL: &str = "
        select h.host_id, h.os, h.os_build, h.is_domain_controller, h.settings, s.limit_sessions, s.limit_unlimited, s.limit_source,
            s.zero_open_sessions
        from hosts h left join host_state s on s.host_id = h.host_id
        where h.host_id > $1 order by h.host_id limit $2";
    let after = after.map_or(0, |host| host.0);
    let rows: Vec<SetupRow> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(after).bind(i64::from(most)).fetch_all(pool).await?);
    rows.into_iter().map(SetupRow::read).collect()
}

impl SetupRow {
    fn read(self) -> Result<Setup> {
        Ok(Setup {
            host: self.host_id,
            os: self.os,
            os_build: self.os_build,
            is_domain_controller: self.is_domain_controller == 1,
            settings: serde_json::from_str(&self.settings).map_err(|e| corrupt(format!("hosts.settings: {e}")))?,
            limit: Limit {
                sessions: narrow_option("host_state.limit_sessions", self.limit_sessions)?,
                unlimited: self.limit_unlimited == Some(1),
                source: self.limit_source.as_deref().map_or(LimitSource::Unknown, LimitSource::from_word),
            },
            zero_open_sessions: narrow_option("host_state.zero_open_sessions", self.zero_open_sessions)?,
        })
    }
}

/// How many events of each code every host has since an instant: (host, class, code, count).
///
/// # Errors
/// The database's.
pub async fn events_of_hosts(db: &Db, from_at: i64) -> Result<Vec<(HostId, EventClass, u32, u64)>> {
    const SQL: &str = "
        select host_id, class, code, count(*) from events where recorded_at >= $1 group by host_id, class, code";
    let rows: Vec<(HostId, String, i64, i64)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(from_at).fetch_all(pool).await?);
    rows.into_iter()
        .map(|(host, class, code, count)| {
            let class = word("events.class", &class, EventClass::from_word)?;
            Ok((host, class, narrow("events.code", code)?, narrow("count", count)?))
        })
        .collect()
}

/// How many events of capacity since an instant came in an hour in which the host never had half of its sessions taken, or has no
/// limit: by host.
///
/// # Errors
/// The database's.
pub async fn far_from_full(db: &Db, from_at: i64) -> Result<HashMap<HostId, u64>> {
    const SQL: &str = "
        select e.host_id, count(*)
        from events e join usage_hours u on u.hour_host = e.recorded_at / $2 * $3 + e.host_id
        where e.recorded_at >= $1 and e.class = 'capacity' and (u.max_saturation < 0.5 or u.peak_limit_unlimited = 1)
        group by e.host_id";
    let rows: Vec<(HostId, i64)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(from_at)
        .bind(HOUR_MS)
        .bind(keys::HOSTS_END)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(|(host, count)| Ok((host, narrow("count", count)?))).collect()
}

/// Brings what holds on a host up to date: what is new since `now_at`, what holds no more since then, and what is found otherwise.
/// Answers how many findings came and went.
///
/// # Errors
/// The database's.
pub async fn save(tx: &mut Tx, host: HostId, found: &[Found], now_at: i64) -> Result<(u64, u64)> {
    const HOLDING: &str = "select rule, severity, detail from findings where host_id = $1 and gone_at is null";
    const CHANGE: &str = "
        update findings set severity = $3, detail = $4 where host_id = $1 and rule = $2 and gone_at is null";
    const END: &str = "update findings set gone_at = $3 where host_id = $1 and rule = $2 and gone_at is null";
    let holding: Vec<(String, String, String)> =
        each!(&mut *tx, tx => sqlx::query_as(HOLDING).bind(host).fetch_all(&mut **tx).await?);
    let of = |rule: &str| holding.iter().find(|(held, ..)| held == rule);
    let new: Vec<&Found> = found.iter().filter(|found| of(found.rule).is_none()).collect();
    let came = insert(tx, host, &new, now_at).await?;
    for one in found {
        let (severity, detail) = (one.severity.word(), text(&one.detail.to_text()).into_owned());
        if of(one.rule).is_some_and(|(_, was, said)| was != severity || *said != detail) {
            each!(&mut *tx, tx => sqlx::query(CHANGE)
                .bind(host)
                .bind(one.rule)
                .bind(severity)
                .bind(&detail)
                .execute(&mut **tx)
                .await
                .map(|_| ()))?;
        }
    }
    let mut went = 0;
    for (rule, ..) in holding.iter().filter(|(rule, ..)| found.iter().all(|found| found.rule != rule)) {
        went += each!(&mut *tx, tx =>
            sqlx::query(END).bind(host).bind(rule).bind(now_at).execute(&mut **tx).await?.rows_affected());
    }
    Ok((came, went))
}

async fn insert(tx: &mut Tx, host: HostId, new: &[&Found], now_at: i64) -> Result<u64> {
    let mut inserted = 0;
    for part in in_parts(new) {
        inserted += each!(&mut *tx, tx => {
            let mut insert = QueryBuilder::new("insert into findings (host_id, rule, severity, detail, since_at) ");
            insert.push_values(part, |mut row, found| {
                row.push_bind(host)
                    .push_bind(found.rule)
                    .push_bind(found.severity.word())
                    .push_bind(text(&found.detail.to_text()).into_owned())
                    .push_bind(now_at);
            });
            // Another process may have found the same.
            insert.push(" on conflict (host_id, rule) where gone_at is null do nothing");
            insert.build().execute(&mut **tx).await?.rows_affected()
        });
    }
    Ok(inserted)
}

/// Which findings are wanted.
#[derive(Debug, Clone, Default)]
pub struct FindingFilter {
    pub host: Option<HostId>,
    pub rule: Option<String>,
    pub severity: Option<Severity>,
    /// Those that hold no more, instead of those that hold.
    pub gone: bool,
    /// Those on hosts that are seen.
    pub sight: Sight,
    pub skip: u32,
    pub most: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    finding_id: i64,
    host_id: HostId,
    host_name: String,
    rule: String,
    severity: String,
    detail: String,
    since_at: i64,
    gone_at: Option<i64>,
}

/// Findings, worst first, then by rule and host; those that are gone newest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, filter: &FindingFilter) -> Result<Vec<Finding>> {
    const SQL: &str = "
        select f.finding_id, f.host_id, h.name as host_name, f.rule, f.severity, f.detail, f.since_at, f.gone_at
        from findings f join hosts h on h.host_id = f.host_id where ";
    const WORST: &str = " order by case f.severity
        when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end,
        f.rule, lower(h.name), f.host_id";
    let rows: Vec<Row> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new(SQL);
        select.push(if filter.gone { "f.gone_at is not null" } else { "f.gone_at is null" });
        if let Some(host) = filter.host {
            select.push(" and f.host_id = ").push_bind(host);
        }
        if let Some(rule) = &filter.rule {
            select.push(" and f.rule = ").push_bind(rule);
        }
        if let Some(severity) = filter.severity {
            select.push(" and f.severity = ").push_bind(severity.word());
        }
        push_seen(&mut select, "f.host_id", &filter.sight);
        select.push(if filter.gone { " order by f.gone_at desc, f.finding_id desc" } else { WORST });
        select.push(" limit ").push_bind(i64::from(filter.most)).push(" offset ").push_bind(i64::from(filter.skip));
        select.build_query_as().persistent(false).fetch_all(pool).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// On how many of the hosts that are seen each rule holds, of each severity: (rule, severity, hosts), by rule.
///
/// # Errors
/// The database's.
pub async fn counts(db: &Db, sight: &Sight) -> Result<Vec<(String, Severity, u64)>> {
    const SQL: &str = "select f.rule, f.severity, count(*) from findings f where f.gone_at is null";
    let rows: Vec<(String, String, i64)> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new(SQL);
        push_seen(&mut select, "f.host_id", sight);
        select.push(" group by f.rule, f.severity order by f.rule, f.severity");
        select.build_query_as().persistent(!sight.is_confined()).fetch_all(pool).await?
    });
    rows.into_iter()
        .map(|(rule, severity, count)| {
            Ok((rule, word("findings.severity", &severity, Severity::from_word)?, narrow("count", count)?))
        })
        .collect()
}

/// On how many of the hosts that are seen any rule holds.
///
/// # Errors
/// The database's.
pub async fn hosts(db: &Db, sight: &Sight) -> Result<u64> {
    const SQL: &str = "select count(distinct f.host_id) from findings f where f.gone_at is null";
    let count: i64 = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new(SQL);
        push_seen(&mut select, "f.host_id", sight);
        select.build_query_scalar().persistent(!sight.is_confined()).fetch_one(pool).await?
    });
    narrow("count", count)
}

impl Row {
    fn read(self) -> Result<Finding> {
        Ok(Finding {
            id: self.finding_id,
            host: self.host_id,
            host_name: self.host_name,
            rule: self.rule,
            severity: word("findings.severity", &self.severity, Severity::from_word)?,
            detail: Detail::of_text(self.detail),
            since_at: self.since_at,
            gone_at: self.gone_at,
        })
    }
}
