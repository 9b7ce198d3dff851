//! The rules by which agents are let in at once.

use super::values::text;
use super::{Db, Result, Tx};
use crate::each;
use crate::model::ApprovalRuleId;
use crate::model::approval::{MOST_RULES, NewRule, Rule};

#[derive(sqlx::FromRow)]
struct Row {
    rule_id: ApprovalRuleId,
    name_pattern: String,
    domain: String,
    subnet: String,
    made_at: i64,
    made_by: String,
}

const RULES: &str = "
    select rule_id, name_pattern, domain, subnet, made_at, made_by from approval_rules order by rule_id";

/// All rules, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<Rule>> {
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(RULES).fetch_all(pool).await?);
    Ok(rows.into_iter().map(Row::read).collect())
}

/// As [`list`], as they are in a transaction.
///
/// # Errors
/// The database's.
pub async fn in_force(tx: &mut Tx) -> Result<Vec<Rule>> {
    let rows: Vec<Row> = each!(tx, tx => sqlx::query_as(RULES).fetch_all(&mut **tx).await?);
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Keeps a new rule. None if there are as many as there may be.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, rule: &NewRule, by: &str, now_at: i64) -> Result<Option<ApprovalRuleId>> {
    const SQL: &str = "
        insert into approval_rules (name_pattern, domain, subnet, made_at, made_by)
        values ($1, $2, $3, $4, $5)
        returning rule_id";
    if in_force(tx).await?.len() >= MOST_RULES {
        return Ok(None);
    }
    let id = each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(text(&rule.name))
        .bind(text(&rule.domain))
        .bind(text(&rule.subnet))
        .bind(now_at)
        .bind(text(by))
        .fetch_one(&mut **tx)
        .await?);
    Ok(Some(id))
}

/// Lets nobody in by this rule any more; whom it let in stays. Answers what it was; none if there is no such rule.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: ApprovalRuleId) -> Result<Option<Rule>> {
    const SQL: &str = "
        delete from approval_rules where rule_id = $1
        returning rule_id, name_pattern, domain, subnet, made_at, made_by";
    let row: Option<Row> = each!(tx, tx => sqlx::query_as(SQL).bind(id).fetch_optional(&mut **tx).await?);
    Ok(row.map(Row::read))
}

impl Row {
    fn read(self) -> Rule {
        Rule {
            id: self.rule_id,
            states: NewRule { name: self.name_pattern, domain: self.domain, subnet: self.subnet },
            made_at: self.made_at,
            made_by: self.made_by,
        }
    }
}
