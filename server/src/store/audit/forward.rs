//! How far the log was forwarded to another system. One process at a time does so, by a lease: what it claimed and did
//! not settle, since it was killed in between, is sent again by whoever is there when the lease ends.

use crate::each;
use crate::store::values::{narrow, text};
use crate::store::{Db, Result, Tx};

/// How it stands with forwarding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The last entry that arrived there.
    pub sent_seq: u64,
    pub due_at: i64,
    /// Since it worked last.
    pub failures: u32,
    pub failing_since: Option<i64>,
    /// Why it failed last; empty if it works.
    pub error: String,
}

/// The right to send what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub sent_seq: u64,
    pub failures: u32,
    /// When the right ends, which also names the claim.
    pub leased_until: i64,
}

/// # Errors
/// The database's.
pub async fn standing(db: &Db) -> Result<Standing> {
    const SQL: &str = "select sent_seq, due_at, failures, failing_since, error from audit_forward where forward_id = 1";
    let (sent_seq, due_at, failures, failing_since, error): (i64, i64, i64, Option<i64>, String) =
        each!(db.reader(), pool => sqlx::query_as(SQL).fetch_one(pool).await?);
    let sent_seq = narrow("audit_forward.sent_seq", sent_seq)?;
    Ok(Standing { sent_seq, due_at, failures: narrow("audit_forward.failures", failures)?, failing_since, error })
}

/// Asks for the right to send. None if it is not due, or somebody else has it.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &mut Tx, now_at: i64, leased_until: i64) -> Result<Option<Claim>> {
    const SQL: &str = "
        update audit_forward set due_at = $2 where forward_id = 1 and due_at <= $1 returning sent_seq, failures";
    let row: Option<(i64, i64)> =
        each!(tx, tx => sqlx::query_as(SQL).bind(now_at).bind(leased_until).fetch_optional(&mut **tx).await?);
    let Some((sent_seq, failures)) = row else { return Ok(None) };
    let sent_seq = narrow("audit_forward.sent_seq", sent_seq)?;
    Ok(Some(Claim { sent_seq, failures: narrow("audit_forward.failures", failures)?, leased_until }))
}

/// Ends a claim: all up to `sent_seq` arrived, or, with an error, nothing new did, and it is tried again at `due_at`.
/// False if the claim had ended before.
///
/// # Errors
/// The database's.
pub async fn settle(tx: &mut Tx, claim: &Claim, done: Result<u64, &str>, (now_at, due_at): (i64, i64)) -> Result<bool> {
    const SENT: &str = "
        update audit_forward set sent_seq = $2, due_at = $3, failures = 0, failing_since = null, error = ''
        where forward_id = 1 and due_at = $1";
    const FAILED: &str = "
        update audit_forward set due_at = $2, failures = failures + 1, failing_since = coalesce(failing_since, $3),
            error = $4
        where forward_id = 1 and due_at = $1";
    let rows = each!(tx, tx => match done {
        Ok(sent_seq) => sqlx::query(SENT)
            .bind(claim.leased_until)
            .bind(i64::try_from(sent_seq).unwrap_or(i64::MAX))
            .bind(due_at)
            .execute(&mut **tx)
            .await?
            .rows_affected(),
        Err(error) => sqlx::query(FAILED)
            .bind(claim.leased_until)
            .bind(due_at)
            .bind(now_at)
            .bind(text(error))
            .execute(&mut **tx)
            .await?
            .rows_affected(),
    });
    Ok(rows == 1)
}
