//! Rules by which incidents open, and times in which nobody is told.

use sqlx::QueryBuilder;

use super::rows::push_seen_group;
use super::values::{narrow, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::alert::{Levels, Rule, Rules, Silence};
use crate::model::incident::Kind;
use crate::model::sight::Sight;
use crate::model::{AlertRuleId, HostId, SilenceId};

#[derive(sqlx::FromRow)]
struct RuleRow {
    rule_id: AlertRuleId,
    kind: String,
    group_name: String,
    is_on: i64,
    open_at: f64,
    open_looks: i64,
    open_ms: i64,
    close_at: f64,
    close_ms: i64,
    updated_at: i64,
    updated_by: String,
}

#[derive(sqlx::FromRow)]
struct SilenceRow {
    silence_id: SilenceId,
    is_maintenance: i64,
    host_id: Option<HostId>,
    host_name: Option<String>,
    group_name: String,
    kind: String,
    from_at: i64,
    until_at: i64,
    is_weekly: i64,
    time_zone: String,
    reason: String,
    created_by: String,
    created_at: i64,
}

/// All rules, by kind in the order of [`Kind::ALL`], then by group.
///
/// # Errors
/// The database's.
pub async fn rules(db: &Db) -> Result<Rules> {
    const SQL: &str = "
        select rule_id, kind, group_name, is_on, open_at, open_looks, open_ms, close_at, close_ms, updated_at, updated_by
        from alert_rules";
    let rows: Vec<RuleRow> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    // One of a kind of a later version is for that version.
    let known = rows.into_iter().filter(|row| Kind::from_word(&row.kind).is_some());
    let mut rules = known.map(RuleRow::read).collect::<Result<Vec<_>>>()?;
    rules.sort_by_cached_key(|rule| (Kind::ALL.iter().position(|kind| *kind == rule.kind), rule.group_name.clone()));
    Ok(Rules(rules))
}

/// Keeps a rule in place of the one of its kind and group. The levels have been [checked](Levels::check).
///
/// # Errors
/// The database's.
pub async fn save_rule(
    tx: &mut Tx,
    (kind, group_name): (Kind, &str),
    is_on: bool,
    levels: &Levels,
    (by, now_at): (&str, i64),
) -> Result<()> {
    const SQL: &str = "
        insert into alert_rules
            (kind, group_name, is_on, open_at, open_looks, open_ms, close_at, close_ms, updated_at, updated_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (kind, group_name) do update set
            is_on = excluded.is_on, open_at = excluded.open_at, open_looks = excluded.open_looks,
            open_ms = excluded.open_ms, close_at = excluded.close_at, close_ms = excluded.close_ms,
            updated_at = excluded.updated_at, updated_by = excluded.updated_by";
    each!(tx, tx => sqlx::query(SQL)
        .bind(kind.word())
        .bind(text(group_name))
        .bind(i64::from(is_on))
        .bind(levels.open_at)
        .bind(i64::from(levels.open_looks))
        .bind(levels.open_ms)
        .bind(levels.close_at)
        .bind(levels.close_ms)
        .bind(now_at)
        .bind(text(by))
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Removes a group's own rule. The rule of all groups cannot be removed: false, as for one that is not there.
///
/// # Errors
/// The database's.
pub async fn delete_rule(tx: &mut Tx, id: AlertRuleId) -> Result<bool> {
    const SQL: &str = "delete from alert_rules where rule_id = $1 and group_name <> ''";
    each!(tx, tx => Ok(sqlx::query(SQL).bind(id).execute(&mut **tx).await?.rows_affected() == 1))
}

const SILENCES: &str = "
    select s.silence_id, s.is_maintenance, s.host_id, h.name as host_name, s.group_name, s.kind, s.from_at, s.until_at,
        s.is_weekly, s.time_zone, s.reason, s.created_by, s.created_at
    from silences s left join hosts h on h.host_id = s.host_id
    where ";

/// Silences that are not over at `now_at`, those that begin first first.
///
/// # Errors
/// The database's.
pub async fn silences(db: &Db, now_at: i64) -> Result<Vec<Silence>> {
    let sql = format!("{SILENCES} s.until_at > $1 or s.is_weekly = 1 order by s.from_at, s.silence_id");
    let rows: Vec<SilenceRow> = each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(now_at).fetch_all(pool).await?);
    rows.into_iter().map(SilenceRow::read).collect()
}

/// Silences that are over at `now_at`, those that ended last first: of groups and hosts that are seen. Who is confined sees
/// none of those of all hosts.
///
/// # Errors
/// The database's.
pub async fn past_silences(db: &Db, now_at: i64, sight: &Sight, most: u32) -> Result<Vec<Silence>> {
    let rows: Vec<SilenceRow> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new(SILENCES);
        select.push("s.until_at <= ").push_bind(now_at).push(" and s.is_weekly = 0");
        push_seen_group(&mut select, "coalesce(h.group_name, s.group_name)", sight);
        select.push(" order by s.until_at desc, s.silence_id desc limit ").push_bind(i64::from(most));
        select.build_query_as().persistent(!sight.is_confined()).fetch_all(pool).await?
    });
    rows.into_iter().map(SilenceRow::read).collect()
}

/// Adds a silence. Its id and its host's name are not looked at.
///
/// # Errors
/// The database's.
pub async fn insert_silence(tx: &mut Tx, silence: &Silence) -> Result<SilenceId> {
    const SQL: &str = "
        insert into silences (is_maintenance, host_id, group_name, kind, from_at, until_at, is_weekly, time_zone, reason,
            created_by, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning silence_id";
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(i64::from(silence.is_maintenance))
        .bind(silence.host)
        .bind(text(&silence.group_name))
        .bind(silence.kind.map_or("", Kind::word))
        .bind(silence.from_at)
        .bind(silence.until_at)
        .bind(i64::from(silence.is_weekly))
        .bind(text(&silence.time_zone))
        .bind(text(&silence.reason))
        .bind(text(&silence.created_by))
        .bind(silence.created_at)
        .fetch_one(&mut **tx)
        .await)
}

/// Ends a silence that is in force: it stays among those that are over. False if it is not in force, or comes every week.
///
/// # Errors
/// The database's.
pub async fn end_silence(tx: &mut Tx, id: SilenceId, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update silences set until_at = $2 where silence_id = $1 and is_weekly = 0 and from_at < $2 and until_at > $2";
    each!(tx, tx => Ok(sqlx::query(SQL).bind(id).bind(now_at).execute(&mut **tx).await?.rows_affected() == 1))
}

/// Removes a silence. False if there is none.
///
/// # Errors
/// The database's.
pub async fn delete_silence(tx: &mut Tx, id: SilenceId) -> Result<bool> {
    const SQL: &str = "delete from silences where silence_id = $1";
    each!(tx, tx => Ok(sqlx::query(SQL).bind(id).execute(&mut **tx).await?.rows_affected() == 1))
}

impl RuleRow {
    fn read(self) -> Result<Rule> {
        Ok(Rule {
            id: self.rule_id,
            kind: word("alert_rules.kind", &self.kind, Kind::from_word)?,
            group_name: self.group_name,
            is_on: self.is_on == 1,
            levels: Levels {
                open_at: self.open_at,
                open_looks: narrow("alert_rules.open_looks", self.open_looks)?,
                open_ms: self.open_ms,
                close_at: self.close_at,
                close_ms: self.close_ms,
            },
            updated_at: self.updated_at,
            updated_by: self.updated_by,
        })
    }
}

impl SilenceRow {
    fn read(self) -> Result<Silence> {
        let kind = match self.kind.as_str() {
            "" => None,
            kind => Some(word("silences.kind", kind, Kind::from_word)?),
        };
        Ok(Silence {
            id: self.silence_id,
            is_maintenance: self.is_maintenance == 1,
            host: self.host_id,
            host_name: self.host_name.unwrap_or_default(),
            group_name: self.group_name,
            kind,
            from_at: self.from_at,
            until_at: self.until_at,
            is_weekly: self.is_weekly == 1,
            time_zone: self.time_zone,
            reason: self.reason,
            created_by: self.created_by,
            created_at: self.created_at,
        })
    }
}
