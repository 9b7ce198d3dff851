//! Whether the log is as it was written.

use sha2::{Digest as _, Sha256};

use super::{Head, Row, SELECT, head};
use crate::each;
use crate::model::audit::chain::{self, Record};
use crate::model::audit::{Action, Changes, SubjectKind};
use crate::store::values::{narrow, sha256};
use crate::store::{Db, Result};

/// Entries read at once.
const PAGE: i64 = 500;
/// How often it is looked again when old entries went meanwhile.
const TRIES: usize = 3;
/// The field in which an entry about a name that was taken out says what is left.
pub(super) const NOW: &str = "now_sha256";

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// As they were written: entries from one number to another, those of which a name was taken out included.
    Good { first: u64, last: u64, entries: u64, redacted: u64 },
    /// The first entry that is wrong. What comes before it is as it was written.
    Wrong { seq: u64, why: Broken },
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("it is missing")]
    Missing,
    #[error("it does not say what it said, or does not stand where it stood")]
    Changed,
    #[error("it does not say of changes what it said")]
    Changes,
    #[error("it says less of changes than it said, and no entry tells who took a name out of it")]
    Redacted,
    #[error("it was not written by this program: the log ends before it")]
    Added,
    #[error("the end of the log, as it is noted beside it, is another one")]
    End,
    #[error("it was forwarded and is gone: the log was cut off before it")]
    CutOff,
}

/// Reads the whole log and compares each entry with the one before it. `told` is called with the number of entries so
/// far, now and then.
///
/// # Errors
/// The database's; `RowNotFound` if the end of the log is noted nowhere.
pub async fn verify(db: &Db, told: impl Fn(u64) + Sync) -> Result<Verified> {
    let mut tries = 1;
    loop {
        let before = head(db).await?;
        let found = walk(db, &before, &told).await?;
        // What is missing at the beginning may have been removed in due form while this was reading.
        let has_moved = head(db).await?.removed_seq != before.removed_seq;
        if matches!(found, Verified::Good { .. }) || !has_moved || tries == TRIES {
            return Ok(found);
        }
        tries += 1;
    }
}

async fn walk(db: &Db, head: &Head, told: &(impl Fn(u64) + Sync)) -> Result<Verified> {
    let (mut seq, mut previous) = (head.removed_seq, head.removed_sha256);
    let mut redacted = 0;
    while seq < head.seq {
        let page = page(db, seq, head.seq).await?;
        if page.is_empty() {
            return Ok(Verified::Wrong { seq: seq + 1, why: Broken::Missing });
        }
        for row in page {
            if narrow::<u64>("audit_entries.seq", row.seq)? != seq + 1 {
                return Ok(Verified::Wrong { seq: seq + 1, why: Broken::Missing });
            }
            seq += 1;
            match compare(db, &previous, &row).await? {
                Ok((hash, is_redacted)) => {
                    previous = hash;
                    redacted += u64::from(is_redacted);
                }
                Err(why) => return Ok(Verified::Wrong { seq, why }),
            }
        }
        told(seq - head.removed_seq);
    }
    if previous != head.sha256 {
        return Ok(Verified::Wrong { seq, why: Broken::End });
    }
    if let Some(seq) = cut_off(db).await? {
        return Ok(Verified::Wrong { seq, why: Broken::CutOff });
    }
    if let Some(seq) = beyond(db).await? {
        return Ok(Verified::Wrong { seq, why: Broken::Added });
    }
    Ok(Verified::Good { first: head.removed_seq + 1, last: seq, entries: seq - head.removed_seq, redacted })
}

async fn page(db: &Db, after: u64, last: u64) -> Result<Vec<Row>> {
    let sql = format!("{SELECT} and seq > $1 and seq <= $2 order by seq limit $3");
    let (after, last) = (i64::try_from(after).unwrap_or(i64::MAX), i64::try_from(last).unwrap_or(i64::MAX));
    each!(db.reader(), pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(after)
        .bind(last)
        .bind(PAGE)
        .fetch_all(pool)
        .await)
}

/// The hash of an entry that is as it was written, and whether a name was taken out of it.
async fn compare(db: &Db, previous: &[u8; 32], row: &Row) -> Result<Result<([u8; 32], bool), Broken>> {
    let (Ok(hash), Ok(of_changes)) =
        (sha256("sha256", row.sha256.clone()), sha256("changes_sha256", row.changes_sha256.clone()))
    else {
        return Ok(Err(Broken::Changed));
    };
    if chain::link(previous, &record(row, of_changes)) != hash {
        return Ok(Err(Broken::Changed));
    }
    if !row.salt.is_empty() {
        let is_same = chain::changes_sha256(&row.salt, &row.changes) == of_changes;
        return Ok(if is_same { Ok((hash, false)) } else { Err(Broken::Changes) });
    }
    let is_told = redaction(db, row.seq).await?.is_some_and(|told| told == of_redacted(&row.changes));
    Ok(if is_told { Ok((hash, true)) } else { Err(Broken::Redacted) })
}

fn record(row: &Row, changes_sha256: [u8; 32]) -> Record {
    Record {
        seq: row.seq,
        at: row.recorded_at,
        actor_kind: row.actor_kind.clone(),
        actor_id: row.actor_id,
        actor_name: row.actor_name.clone(),
        address: row.address.clone(),
        action: row.action.clone(),
        subject_kind: row.subject_kind.clone(),
        subject_id: row.subject_id,
        subject_name: row.subject_name.clone(),
        outcome: row.outcome.clone(),
        changes_sha256,
    }
}

/// What the newest entry about an entry of which a name was taken out says is left there. That one is in the chain as
/// any other, and compared when its turn comes.
async fn redaction(db: &Db, seq: i64) -> Result<Option<String>> {
    const SQL: &str = "
        select changes from audit_entries where subject_kind = $1 and subject_id = $2 and action = $3
        order by seq desc limit 1";
    let changes: Option<String> = each!(db.reader(), pool => sqlx::query_scalar(SQL)
        .bind(SubjectKind::Entry.word())
        .bind(seq)
        .bind(Action::Redacted.word())
        .fetch_optional(pool)
        .await?);
    let read = changes.and_then(|changes| serde_json::from_str::<Changes>(&changes).ok());
    Ok(read.and_then(|mut changes| changes.after.remove(NOW)))
}

/// What such an entry says of what is left.
pub(super) fn of_redacted(changes: &str) -> String {
    hex::encode(Sha256::digest(changes.as_bytes()))
}

/// The first entry that another system has and this one has not. In one look: others write meanwhile.
async fn cut_off(db: &Db) -> Result<Option<u64>> {
    const SQL: &str = "
        select h.seq + 1 from audit_head h join audit_forward f on f.sent_seq > h.seq
        where h.head_id = 1 and f.forward_id = 1";
    let seq: Option<i64> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_optional(pool).await?);
    seq.map(|seq| narrow("audit_head.seq", seq)).transpose()
}

/// The first entry behind the end of the log. In one look: others write meanwhile.
async fn beyond(db: &Db) -> Result<Option<u64>> {
    const SQL: &str = "
        select min(e.seq) from audit_entries e where e.seq > (select h.seq from audit_head h where h.head_id = 1)";
    let seq: Option<i64> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
    seq.map(|seq| narrow("audit_entries.seq", seq)).transpose()
}
