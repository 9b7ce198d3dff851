//! Groups of hosts: the rules, what is set by hand, and what comes of it for each host. Promises:
//!
//! 1. **A host's group is what `model::group` says** of its facts, the rules and the hand, from one commit to the next: whoever
//!    changes one of them places the hosts anew in the same transaction.
//! 2. **Rules stand still while a host is placed**: a change of the rules or by hand waits for the hosts that are being placed, and
//!    they for it. On PostgreSQL that is a lock on one row of `meta`, always taken before any row of `hosts`; on SQLite there is
//!    one writer.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::values::{split, text};
use super::{Db, Either, Result, Tx, postgres};
use crate::each;
use crate::model::group::{Kind, MOST_RULES, Member, NewRule, Origin, Placed, Rule, Rules};
use crate::model::{GroupRuleId, HostId};

#[derive(sqlx::FromRow)]
struct RuleRow {
    rule_id: GroupRuleId,
    group_name: String,
    kind: String,
    pattern: String,
    made_at: i64,
    made_by: String,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    host_id: HostId,
    name: String,
    fqdn: String,
    domain: String,
    addresses: String,
    os: String,
    token_group: String,
    hand_group: Option<String>,
    group_name: String,
    group_rule: Option<GroupRuleId>,
}

/// So many hosts are in a group for this reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Empty for those in no group.
    pub group_name: String,
    pub origin: Option<Origin>,
    pub rule: Option<GroupRuleId>,
    pub hosts: u64,
}

/// Where a rule goes in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Asked before the one that is before it now.
    Up,
    Down,
}

const RULES: &str = "
    select rule_id, group_name, kind, pattern, made_at, made_by from group_rules order by place, rule_id";
const MEMBERS: &str = "
    select host_id, name, fqdn, domain, addresses, os, token_group, hand_group, group_name, group_rule from hosts";

/// All rules, in the order in which they are asked.
///
/// # Errors
/// The database's.
pub async fn rules(db: &Db) -> Result<Vec<Rule>> {
    let rows: Vec<RuleRow> = each!(db.reader(), pool => sqlx::query_as(RULES).fetch_all(pool).await?);
    Ok(read_all(rows))
}

/// A rule of a later version, which another process on this database may be, matches nothing here, and keeps nobody from the others.
fn read_all(rows: Vec<RuleRow>) -> Vec<Rule> {
    rows.into_iter().filter_map(RuleRow::read).collect()
}

/// How many hosts are in which group, and why; in no order.
///
/// # Errors
/// The database's.
pub async fn counts(db: &Db) -> Result<Vec<Count>> {
    const SQL: &str = "
        select group_name, case when hand_group is null then 0 else 1 end, group_rule, count(*)
        from hosts group by 1, 2, 3";
    let rows: Vec<(String, i32, Option<GroupRuleId>, i64)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let read = |(group_name, by_hand, rule, hosts): (String, i32, _, i64)| Count {
        origin: Origin::of(by_hand == 1, rule, &group_name),
        group_name,
        rule,
        hosts: hosts.unsigned_abs(),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Every host with what decides about its group, in order of name (without regard to case), then id.
///
/// # Errors
/// The database's.
pub async fn members(db: &Db) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = each!(db.reader(), pool => sqlx::query_as(MEMBERS).fetch_all(pool).await?);
    let mut members: Vec<Member> = rows.into_iter().map(MemberRow::read).collect();
    // Here, since the two databases order text differently.
    members.sort_by_cached_key(|host| (host.name.to_lowercase(), host.id));
    Ok(members)
}

/// Keeps the rules as they are until the transaction ends, and answers them. Has to come before anything is written to `hosts`.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &mut Tx) -> Result<Rules> {
    if let Either::Postgres(tx) = &mut *tx {
        postgres::hold_group_rules(tx).await?;
    }
    Ok(Rules::of(&rules_of(tx).await?))
}

/// Places a host by what it said of itself a moment ago. `rules` are those of [`hold`]. Answers where it was before, and where it is now,
/// if that is another group.
///
/// # Errors
/// The database's.
pub async fn place(tx: &mut Tx, rules: &Rules, host: HostId) -> Result<Option<(Placed, Placed)>> {
    if rules.is_empty() {
        // What a host says of itself decides nothing.
        return Ok(None);
    }
    let moved = place_some(tx, rules, &[host]).await?.pop();
    Ok(moved.filter(|(before, now)| before.group_name != now.group_name))
}

/// Keeps a new rule behind all others. None if there are as many as there may be.
///
/// # Errors
/// The database's.
pub async fn insert_rule(tx: &mut Tx, rule: &NewRule, by: &str, now_at: i64) -> Result<Option<GroupRuleId>> {
    const SQL: &str = "
        insert into group_rules (place, group_name, kind, pattern, made_at, made_by)
        values ((select coalesce(max(place), 0) + 1 from group_rules), $1, $2, $3, $4, $5)
        returning rule_id";
    change(tx).await?;
    if rules_of(tx).await?.len() >= MOST_RULES {
        return Ok(None);
    }
    let id = each!(&mut *tx, tx => sqlx::query_scalar(SQL)
        .bind(text(&rule.group_name))
        .bind(rule.kind.word())
        .bind(text(&rule.pattern))
        .bind(now_at)
        .bind(text(by))
        .fetch_one(&mut **tx)
        .await?);
    place_all(tx).await?;
    Ok(Some(id))
}

/// Changes places with the rule before or behind. False if there is none, or no such rule.
///
/// # Errors
/// The database's.
pub async fn move_rule(tx: &mut Tx, id: GroupRuleId, to: Direction) -> Result<bool> {
    const SQL: &str = "update group_rules set place = $2 where rule_id = $1";
    change(tx).await?;
    let mut order: Vec<GroupRuleId> = rules_of(tx).await?.into_iter().map(|rule| rule.id).collect();
    let Some(at) = order.iter().position(|rule| *rule == id) else { return Ok(false) };
    let other = match to {
        Direction::Up => at.checked_sub(1),
        Direction::Down => Some(at + 1).filter(|other| *other < order.len()),
    };
    let Some(other) = other else { return Ok(false) };
    order.swap(at, other);
    for (place, rule) in (1_i64..).zip(&order) {
        each!(&mut *tx, tx => sqlx::query(SQL).bind(*rule).bind(place).execute(&mut **tx).await.map(|_| ()))?;
    }
    place_all(tx).await?;
    Ok(true)
}

/// Removes a rule. Answers its group, kind and pattern, as they are stored; none if there is no such rule.
///
/// # Errors
/// The database's.
pub async fn delete_rule(tx: &mut Tx, id: GroupRuleId) -> Result<Option<[String; 3]>> {
    const SQL: &str = "delete from group_rules where rule_id = $1 returning group_name, kind, pattern";
    change(tx).await?;
    let was: Option<(String, String, String)> =
        each!(&mut *tx, tx => sqlx::query_as(SQL).bind(id).fetch_optional(&mut **tx).await?);
    if was.is_some() {
        place_all(tx).await?;
    }
    Ok(was.map(<[String; 3]>::from))
}

/// Puts hosts into a group by hand, whatever the rules say. Answers how many of them there are.
///
/// # Errors
/// The database's.
pub async fn put(tx: &mut Tx, hosts: &[HostId], group: &str, by: &str, now_at: i64) -> Result<u64> {
    change(tx).await?;
    let mut rows = 0;
    for hosts in in_parts(hosts) {
        rows += each!(&mut *tx, tx => {
            let mut update = QueryBuilder::new("update hosts set group_rule = null, group_name = ");
            update.push_bind(text(group)).push(", hand_group = ").push_bind(text(group));
            update.push(", hand_at = ").push_bind(now_at).push(", hand_by = ").push_bind(text(by));
            push_hosts(&mut update, " where host_id in (", hosts);
            update.build().execute(&mut **tx).await?.rows_affected()
        });
    }
    Ok(rows)
}

/// Leaves hosts to the rules again. Answers how many of them had been put into a group by hand.
///
/// # Errors
/// The database's.
pub async fn release(tx: &mut Tx, hosts: &[HostId]) -> Result<u64> {
    change(tx).await?;
    let mut rows = 0;
    for hosts in in_parts(hosts) {
        rows += each!(&mut *tx, tx => {
            let mut update = QueryBuilder::new("update hosts set hand_group = null, hand_at = null, hand_by = null");
            push_hosts(&mut update, " where hand_group is not null and host_id in (", hosts);
            update.build().execute(&mut **tx).await?.rows_affected()
        });
    }
    let rules = Rules::of(&rules_of(tx).await?);
    place_some(tx, &rules, hosts).await?;
    Ok(rows)
}

/// Nobody else changes rules or places hosts from here to the end of the transaction.
async fn change(tx: &mut Tx) -> Result<()> {
    const SQL: &str = "update meta set value = cast(cast(value as bigint) + 1 as text) where key = 'group_rules'";
    each!(tx, tx => sqlx::query(SQL).execute(&mut **tx).await.map(|_| ()))
}

async fn rules_of(tx: &mut Tx) -> Result<Vec<Rule>> {
    let rows: Vec<RuleRow> = each!(tx, tx => sqlx::query_as(RULES).fetch_all(&mut **tx).await?);
    Ok(read_all(rows))
}

/// Places every host: one pass over all of them, and a write for those that go elsewhere.
async fn place_all(tx: &mut Tx) -> Result<()> {
    let rules = Rules::of(&rules_of(tx).await?);
    let rows: Vec<MemberRow> = each!(&mut *tx, tx => sqlx::query_as(MEMBERS).fetch_all(&mut **tx).await?);
    move_hosts(tx, &rules, rows).await?;
    Ok(())
}

/// Answers where those were before, and are now, that went elsewhere.
async fn place_some(tx: &mut Tx, rules: &Rules, hosts: &[HostId]) -> Result<Vec<(Placed, Placed)>> {
    let mut moved = Vec::new();
    for hosts in in_parts(hosts) {
        let rows: Vec<MemberRow> = each!(&mut *tx, tx => {
            let mut select = QueryBuilder::new(MEMBERS);
            push_hosts(&mut select, " where host_id in (", hosts);
            select.build_query_as().fetch_all(&mut **tx).await?
        });
        moved.extend(move_hosts(tx, rules, rows).await?);
    }
    Ok(moved)
}

/// Writes the groups of those hosts that are not where they belong. Answers where they were, and where they are now.
async fn move_hosts(tx: &mut Tx, rules: &Rules, rows: Vec<MemberRow>) -> Result<Vec<(Placed, Placed)>> {
    let mut moved: HashMap<Placed, Vec<HostId>> = HashMap::new();
    let mut told = Vec::new();
    for member in rows.into_iter().map(MemberRow::read) {
        let belongs = rules.place(&member);
        if belongs != member.is {
            told.push((member.is, belongs.clone()));
            moved.entry(belongs).or_default().push(member.id);
        }
    }
    for (to, hosts) in moved {
        for hosts in in_parts(&hosts) {
            each!(&mut *tx, tx => {
                let mut update = QueryBuilder::new("update hosts set group_name = ");
                update.push_bind(&to.group_name).push(", group_rule = ").push_bind(to.rule);
                push_hosts(&mut update, " where host_id in (", hosts);
                update.build().execute(&mut **tx).await?;
            });
        }
    }
    Ok(told)
}

fn push_hosts<D: sqlx::Database>(query: &mut QueryBuilder<D>, before: &str, hosts: &[HostId])
where
    HostId: for<'q> sqlx::Encode<'q, D> + sqlx::Type<D>,
{
    query.push(before);
    let mut list = query.separated(", ");
    hosts.iter().for_each(|host| {
        list.push_bind(*host);
    });
    query.push(")");
}

impl RuleRow {
    /// None if its kind is one of another version.
    fn read(self) -> Option<Rule> {
        Some(Rule {
            id: self.rule_id,
            group_name: self.group_name,
            kind: Kind::from_word(&self.kind)?,
            pattern: self.pattern,
            made_at: self.made_at,
            made_by: self.made_by,
        })
    }
}

impl MemberRow {
    fn read(self) -> Member {
        Member {
            id: self.host_id,
            name: self.name,
            fqdn: self.fqdn,
            domain: self.domain,
            addresses: split(&self.addresses),
            os: self.os,
            token_group: self.token_group,
            by_hand: self.hand_group,
            is: Placed { group_name: self.group_name, rule: self.group_rule },
        }
    }
}
