//! How it stands with a destination, webhook or connector: whether it is on, and whether it works. Their tables have the same columns for it.

use super::deliveries;
use super::values::{narrow, text};
use super::{Result, Tx};
use crate::each;
use crate::model::delivery::{Endpoint, EndpointKind};
use crate::model::standing::{Failing, OffWhy};

/// Table and id.
fn place(kind: EndpointKind) -> (&'static str, &'static str) {
    match kind {
        EndpointKind::Webhook => ("webhooks", "webhook_id"),
        EndpointKind::Ticket => ("connectors", "connector_id"),
    }
}

/// Sends again from now on, as if nothing had failed. False if there is none, or it is on.
pub(super) async fn switch_on(tx: &mut Tx, of: Endpoint, now_at: i64) -> Result<bool> {
    let (table, id) = place(of.kind);
    let sql = format!(
        "update {table} set is_on = 1, off_at = null, off_why = '', off_by = '', failures = 0, failing_since = null, updated_at = $2
         where {id} = $1 and is_on = 0"
    );
    let rows = each!(tx, tx => sqlx::query(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(of.id)
        .bind(now_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Sends no more, and ends what waits. `by`: the account's name; empty if the program does it. False if there is none, or it is off.
pub(super) async fn switch_off(tx: &mut Tx, of: Endpoint, why: OffWhy, by: &str, now_at: i64) -> Result<bool> {
    let (table, id) = place(of.kind);
    let sql = format!(
        "update {table} set is_on = 0, off_at = $2, off_why = $3, off_by = $4, updated_at = $2 where {id} = $1 and is_on = 1"
    );
    let rows = each!(&mut *tx, tx => sqlx::query(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(of.id)
        .bind(now_at)
        .bind(why.word())
        .bind(text(by))
        .execute(&mut **tx)
        .await?
        .rows_affected());
    if rows == 1 {
        deliveries::bury(tx, of, now_at).await?;
    }
    Ok(rows == 1)
}

/// An attempt succeeded.
pub(super) async fn works(tx: &mut Tx, of: Endpoint) -> Result<()> {
    let (table, id) = place(of.kind);
    // Most attempts follow one that succeeded: then there is nothing to write.
    let sql = format!("update {table} set failures = 0, failing_since = null where {id} = $1 and failures > 0");
    each!(tx, tx =>
        sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(of.id).execute(&mut **tx).await.map(|_| ()))
}

/// An attempt failed. Answers how it stands with the destination; none if there is none.
pub(super) async fn fails(tx: &mut Tx, of: Endpoint, now_at: i64) -> Result<Option<Failing>> {
    let (table, id) = place(of.kind);
    let sql = format!(
        "update {table} set failures = failures + 1, failing_since = coalesce(failing_since, $2) where {id} = $1
         returning failing_since, failures"
    );
    let row: Option<(i64, i64)> = each!(tx, tx => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(of.id)
        .bind(now_at)
        .fetch_optional(&mut **tx)
        .await?);
    row.map(|(since, failures)| Ok(Failing { since, failures: narrow("failures", failures)? })).transpose()
}

/// Forgets a destination and all that was ever meant for it. False if there is none.
pub(super) async fn delete(tx: &mut Tx, of: Endpoint) -> Result<bool> {
    let (table, id) = place(of.kind);
    let sql = format!("delete from {table} where {id} = $1");
    let rows = each!(&mut *tx, tx => sqlx::query(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(of.id)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    if rows == 1 {
        deliveries::forget(tx, of).await?;
    }
    Ok(rows == 1)
}
