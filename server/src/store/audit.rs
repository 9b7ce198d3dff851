//! The audit log. Promises:
//!
//! 1. **No deed without its entry**: [`record`] writes in the transaction of the deed it tells of. Call it last in
//!    there: whoever has called it holds the end of the log until he commits, so he must wait for nobody.
//! 2. **In one order, without holes**, also when several processes write: each entry has the next number, and the hash
//!    of the one before.
//! 3. **Nothing is changed unseen**: [`verify()`] finds the first entry that was changed, removed, added or moved. Old
//!    ones are taken from the beginning only ([`remove`]), and what was the last of them stays known.
//! 4. **Names can be taken out** of what entries tell of changes ([`redact`]); each time an entry of its own says so.

mod forward;
mod verify;

pub use forward::{Claim, Standing, claim, settle, standing};
pub use verify::{Broken, Verified, verify};

use std::collections::BTreeMap;

use sqlx::QueryBuilder;

use super::values::{corrupt, narrow, sha256, text};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::audit::chain::{self, Record, SALT_BYTES};
use crate::model::audit::{Action, ActorKind, Changes, Deed, Entry, Subject, SubjectKind, Trail};
use crate::model::eyes::Eyes;

/// Which entries; a field that is none does not filter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
    pub actor_kind: Option<ActorKind>,
    /// The whole name, as it was then.
    pub actor_name: Option<String>,
    pub action: Option<Action>,
    pub subject_kind: Option<SubjectKind>,
    pub subject_id: Option<i64>,
    pub address: Option<String>,
    /// The last row of the part before.
    pub after: Option<u64>,
    /// From there on to the newest, instead of from the newest back.
    pub is_oldest_first: bool,
    pub most: u32,
}

/// The end of the log, and of what was taken from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// 0 if there never was an entry.
    pub seq: u64,
    pub sha256: [u8; 32],
    pub removed_seq: u64,
    pub removed_sha256: [u8; 32],
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    recorded_at: i64,
    actor_kind: String,
    actor_id: Option<i64>,
    actor_name: String,
    address: String,
    action: String,
    subject_kind: String,
    subject_id: Option<i64>,
    subject_name: String,
    outcome: String,
    changes: String,
    salt: Vec<u8>,
    changes_sha256: Vec<u8>,
    sha256: Vec<u8>,
}

const SELECT: &str = "
    select seq, recorded_at, actor_kind, actor_id, actor_name, address, action, subject_kind, subject_id, subject_name,
        outcome, changes, salt, changes_sha256, sha256
    from audit_entries where 1 = 1";

/// Writes down what is done. Answers the number of the entry.
///
/// # Errors
/// The database's: then nothing of the transaction may be committed.
pub async fn record(tx: &mut Tx, trail: &Trail, deed: &Deed) -> Result<u64> {
    let end = hold(tx).await?;
    append(tx, end, trail, deed, None).await
}

/// Writes it down, unless that was done under this mark already. Answers whether it was written now.
///
/// # Errors
/// As for [`record`].
pub async fn record_once(tx: &mut Tx, trail: &Trail, deed: &Deed, once: &[u8; 32]) -> Result<bool> {
    const THERE: &str = "select count(*) from audit_entries where once_sha256 = $1";
    // First: who has the end knows what others have written.
    let end = hold(tx).await?;
    let there: i64 = each!(&mut *tx, tx => sqlx::query_scalar(THERE).bind(once.as_slice()).fetch_one(&mut **tx).await?);
    if there > 0 {
        return Ok(false);
    }
    append(tx, end, trail, deed, Some(once)).await?;
    Ok(true)
}

/// Writes it down, unless that was done of this subject so often since an instant; the last one says that no more are told. Answers whether it
/// was written now.
///
/// # Errors
/// As for [`record`].
pub async fn record_some(tx: &mut Tx, trail: &Trail, deed: Deed, (since_at, most): (i64, u32)) -> Result<bool> {
    const THERE: &str = "
        select count(*) from audit_entries
        where subject_kind = $1 and subject_id = $2 and action = $3 and recorded_at >= $4";
    // First: who has the end knows what others have written.
    let end = hold(tx).await?;
    let there: i64 = each!(&mut *tx, tx => sqlx::query_scalar(THERE)
        .bind(deed.subject.kind.word())
        .bind(deed.subject.id)
        .bind(deed.action.word())
        .bind(since_at)
        .fetch_one(&mut **tx)
        .await?);
    let most = i64::from(most);
    if there >= most {
        return Ok(false);
    }
    let deed = if there + 1 == most { deed.after("further_ones", "not told") } else { deed };
    append(tx, end, trail, &deed, None).await?;
    Ok(true)
}

/// Whether it was written down under this mark. Costs no write, as [`record_once`] does.
///
/// # Errors
/// The database's.
pub async fn is_recorded(db: &Db, once: &[u8; 32]) -> Result<bool> {
    const SQL: &str = "select count(*) from audit_entries where once_sha256 = $1";
    let there: i64 = each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(once.as_slice()).fetch_one(pool).await?);
    Ok(there > 0)
}

/// Locks the end of the log until the transaction ends: its number and hash.
async fn hold(tx: &mut Tx) -> Result<(i64, [u8; 32])> {
    // An update that changes nothing locks the row on both databases; a second one waits here, and then sees what the
    // first has written.
    const SQL: &str = "update audit_head set seq = seq where head_id = 1 returning seq, sha256";
    let (seq, hash): (i64, Vec<u8>) = each!(tx, tx => sqlx::query_as(SQL).fetch_one(&mut **tx).await?);
    Ok((seq, sha256("audit_head.sha256", hash)?))
}

async fn append(
    tx: &mut Tx,
    (last, previous): (i64, [u8; 32]),
    trail: &Trail,
    deed: &Deed,
    once: Option<&[u8; 32]>,
) -> Result<u64> {
    const SQL: &str = "
        insert into audit_entries (seq, recorded_at, actor_kind, actor_id, actor_name, address, action, subject_kind,
            subject_id, subject_name, outcome, changes, salt, changes_sha256, sha256, once_sha256)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    const HEAD: &str = "update audit_head set seq = $1, sha256 = $2 where head_id = 1";
    let changes = written(&deed.changes)?;
    let salt: [u8; SALT_BYTES] = rand::random();
    let record = record_of(last + 1, trail, deed, chain::changes_sha256(&salt, &changes));
    let hash = chain::link(&previous, &record);
    each!(tx, tx => {
        sqlx::query(SQL)
            .bind(record.seq)
            .bind(record.at)
            .bind(&record.actor_kind)
            .bind(record.actor_id)
            .bind(&record.actor_name)
            .bind(&record.address)
            .bind(&record.action)
            .bind(&record.subject_kind)
            .bind(record.subject_id)
            .bind(&record.subject_name)
            .bind(&record.outcome)
            .bind(&changes)
            .bind(salt.as_slice())
            .bind(record.changes_sha256.as_slice())
            .bind(hash.as_slice())
            .bind(once.map(|once| once.as_slice()))
            .execute(&mut **tx)
            .await?;
        sqlx::query(HEAD).bind(record.seq).bind(hash.as_slice()).execute(&mut **tx).await?;
    });
    narrow("audit_entries.seq", record.seq)
}

/// As it is stored, which is what the chain holds.
fn record_of(seq: i64, trail: &Trail, deed: &Deed, changes_sha256: [u8; 32]) -> Record {
    Record {
        seq,
        at: trail.at,
        actor_kind: trail.actor.kind.word().to_owned(),
        actor_id: trail.actor.id,
        actor_name: text(&trail.actor.name).into_owned(),
        address: text(&trail.address).into_owned(),
        action: deed.action.word().to_owned(),
        subject_kind: deed.subject.kind.word().to_owned(),
        subject_id: deed.subject.id,
        subject_name: text(&deed.subject.name).into_owned(),
        outcome: deed.outcome.word().to_owned(),
        changes_sha256,
    }
}

fn written(changes: &Changes) -> Result<String> {
    serde_json::to_string(changes).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Newest first, unless the filter says otherwise.
///
/// # Errors
/// The database's; `Decode` if an entry is damaged.
pub async fn list(db: &Db, filter: &AuditFilter) -> Result<Vec<Entry>> {
    let after = filter.after.map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let rows: Vec<Row> = each!(db.reader(), pool => {
        // Only those that are set: `$1 is null or …` would keep both planners from the indexes.
        let mut select = QueryBuilder::new(SELECT);
        if let Some(from_at) = filter.from_at {
            select.push(" and recorded_at >= ").push_bind(from_at);
        }
        if let Some(to_at) = filter.to_at {
            select.push(" and recorded_at < ").push_bind(to_at);
        }
        if let Some(kind) = filter.actor_kind {
            select.push(" and actor_kind = ").push_bind(kind.word());
        }
        if let Some(name) = &filter.actor_name {
            select.push(" and actor_name = ").push_bind(text(name));
        }
        if let Some(action) = filter.action {
            select.push(" and action = ").push_bind(action.word());
        }
        if let Some(kind) = filter.subject_kind {
            select.push(" and subject_kind = ").push_bind(kind.word());
        }
        if let Some(id) = filter.subject_id {
            select.push(" and subject_id = ").push_bind(id);
        }
        if let Some(address) = &filter.address {
            select.push(" and address = ").push_bind(text(address));
        }
        if let Some(after) = after {
            select.push(if filter.is_oldest_first { " and seq > " } else { " and seq < " }).push_bind(after);
        }
        select.push(if filter.is_oldest_first { " order by seq limit " } else { " order by seq desc limit " });
        select.push_bind(i64::from(filter.most));
        select.build_query_as().persistent(false).fetch_all(pool).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// Where the log ends, and where what is kept of it begins.
///
/// # Errors
/// The database's; `RowNotFound` if somebody has removed it.
pub async fn head(db: &Db) -> Result<Head> {
    const SQL: &str = "select seq, sha256, removed_seq, removed_sha256 from audit_head where head_id = 1";
    let (seq, hash, removed_seq, removed): (i64, Vec<u8>, i64, Vec<u8>) =
        each!(db.reader(), pool => sqlx::query_as(SQL).fetch_one(pool).await?);
    Ok(Head {
        seq: narrow("audit_head.seq", seq)?,
        sha256: sha256("audit_head.sha256", hash)?,
        removed_seq: narrow("audit_head.removed_seq", removed_seq)?,
        removed_sha256: sha256("audit_head.removed_sha256", removed)?,
    })
}

/// Takes up to `most` entries from the beginning that are older than the instant; one that is not, ends it. Answers how
/// many there were.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, before_at: i64, most: u32) -> Result<u64> {
    const FIRST: &str = "select seq, recorded_at, sha256 from audit_entries order by seq limit $1";
    const ANCHOR: &str = "update audit_head set removed_seq = $1, removed_sha256 = $2 where head_id = 1";
    const GONE: &str = "delete from audit_entries where seq <= $1";
    hold(tx).await?;
    let first: Vec<(i64, i64, Vec<u8>)> =
        each!(&mut *tx, tx => sqlx::query_as(FIRST).bind(i64::from(most)).fetch_all(&mut **tx).await?);
    let Some((seq, _, hash)) = first.into_iter().take_while(|(_, at, _)| *at < before_at).last() else { return Ok(0) };
    each!(tx, tx => {
        sqlx::query(ANCHOR).bind(seq).bind(hash).execute(&mut **tx).await?;
        Ok(sqlx::query(GONE).bind(seq).execute(&mut **tx).await?.rows_affected())
    })
}

/// What entries say of changes, in order of their numbers: those that say something, up to `most` with numbers above
/// `after`.
///
/// # Errors
/// The database's.
pub async fn changes(db: &Db, after: i64, most: u32) -> Result<Vec<(i64, String)>> {
    const SQL: &str = "select seq, changes from audit_entries where seq > $1 and changes <> '{}' order by seq limit $2";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(after).bind(i64::from(most)).fetch_all(pool).await)
}

/// Puts what an entry says of changes in the place of what it said, and writes down that this was done.
///
/// # Errors
/// The database's.
pub async fn redact(tx: &mut Tx, trail: &Trail, seq: i64, changes: &str) -> Result<()> {
    // Its mark may be a hash of what is taken out, and is no part of the chain.
    const SQL: &str = "update audit_entries set changes = $2, salt = $3, once_sha256 = null where seq = $1";
    // First, so that who takes old entries away does not wait for this row while this waits for him.
    hold(tx).await?;
    let changes = text(changes);
    let gone = each!(&mut *tx, tx => sqlx::query(SQL)
        .bind(seq)
        .bind(&changes)
        .bind(Vec::<u8>::new())
        .execute(&mut **tx)
        .await?
        .rows_affected());
    if gone == 0 {
        // Retention was faster.
        return Ok(());
    }
    let subject = Subject::new(SubjectKind::Entry, Some(seq), "");
    record(tx, trail, &Deed::new(Action::Redacted, subject).after(verify::NOW, verify::of_redacted(&changes))).await?;
    Ok(())
}

impl Row {
    fn read(self) -> Result<Entry> {
        let changes: Changes = serde_json::from_str(&self.changes)
            .map_err(|error| corrupt(format!("audit_entries.changes of {}: {error}", self.seq)))?;
        Ok(Entry {
            seq: narrow("audit_entries.seq", self.seq)?,
            at: self.recorded_at,
            actor_kind: self.actor_kind,
            actor_id: self.actor_id,
            actor_name: self.actor_name,
            address: self.address,
            action: self.action,
            subject_kind: self.subject_kind,
            subject_id: self.subject_id,
            subject_name: self.subject_name,
            outcome: self.outcome,
            changes,
            is_redacted: self.salt.is_empty(),
            sha256: sha256("audit_entries.sha256", self.sha256)?,
        })
    }
}

/// The names of these clients, and what the eyes see of these users, as they are now; who was forgotten is left out.
///
/// # Errors
/// The database's.
pub async fn names(db: &Db, clients: &[i64], users: &[i64], eyes: &Eyes) -> Result<[BTreeMap<i64, String>; 2]> {
    let clients = super::names::clients_by_raw_id(db, clients).await?;
    let users = super::names::users_by_raw_id(db, users, eyes).await?;
    Ok([clients.into_iter().collect(), users.into_iter().collect()])
}
