//! Erases names: another one in the place of a client's or user's, in all that is kept. Promises:
//!
//! 1. **Figures stay**: records hold ids, so sums and histories are the same as before, of somebody without a name.
//! 2. **It can be done again**: after a crash in between, the same call does the rest.
//! 3. **Nothing that remembers names brings one back**: every process reads them anew with its next batch.
//! 4. **It is written down**, before anything is touched, and once more when it is done: by whom and how much, not whose name it was.
//!
//! What is sent under the name from then on is a new name. Backups, and what was forwarded of the audit log, keep what they have.

mod places;
mod users;

use anyhow::Context as _;

use self::places::{
    redact_answers, redact_audit, redact_events, redact_findings, redact_parts, redact_rules, redact_shares,
    redact_texts, redact_told, redact_views, remove_records,
};
use crate::model::audit::{self as audited, Action, Deed, Outcome, SubjectKind, Trail};
use crate::model::pseudonym::pseudonym;
use crate::model::redact::Redactor;
use crate::store::erasure::{self, Place};
use crate::store::rank::By;
use crate::store::{self, Db, Tx, aliases, audit};

/// Names, or events, read at once.
const PAGE: u32 = 500;
/// Tries of a name that somebody else has.
const TRIES: usize = 1_000;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Erased {
    pub names: usize,
    pub events: usize,
    /// Other names that somebody merged with one that was erased: they still stand for the same client.
    pub also: Vec<String>,
    /// Patterns of class rules in which an erased name stands beside signs: they were left, since they are of others too.
    pub patterns: Vec<String>,
}

/// A name to be replaced.
struct Replaced {
    /// 0 if it has no row.
    id: i64,
    name: String,
    instead: String,
}

/// Erases the names of one client or user, however their letters A to Z are written.
///
/// # Errors
/// The database's.
pub async fn erase(db: &Db, trail: &Trail, by: By, name: &str) -> anyhow::Result<Erased> {
    let (word, kind) = match by {
        By::Client => ("client", SubjectKind::Client),
        By::User => ("user", SubjectKind::User),
    };
    let found = erasure::named(db, by, name).await?;
    let mut names: Vec<Replaced> =
        found.into_iter().map(|(id, name)| Replaced { id, name, instead: format!("erased {word} {id}") }).collect();
    if !names.iter().any(|one| one.name == name) {
        // Events may name a client that never had a session, or it was erased up to here.
        names.push(Replaced { id: 0, name: name.to_owned(), instead: format!("erased {word}") });
    }
    let also = also_known_as(db, by, &names).await?;
    let id = names.iter().map(|one| one.id).find(|id| *id > 0);
    let deed = Deed::new(Action::Erased, audited::Subject::new(kind, id, ""));
    let erased = replace(db, (trail, deed), Names { by, names, are_records_removed: false }).await?;
    Ok(Erased { also, ..erased })
}

/// The names that are merged with these, and are none of them.
async fn also_known_as(db: &Db, by: By, names: &[Replaced]) -> store::Result<Vec<String>> {
    if by == By::User {
        return Ok(Vec::new());
    }
    let aliases = aliases::all(db).await?;
    let same = names.iter().flat_map(|one| aliases.names(aliases.main(one.id)));
    let others: Vec<i64> = same.filter(|id| *id > 0 && names.iter().all(|one| one.id != *id)).collect();
    let mut also: Vec<String> = store::names::clients_by_raw_id(db, &others).await?.into_values().collect();
    also.sort();
    Ok(also)
}

/// Pseudonyms in the place of the names of all users; and what hosts and agents wrote in their own words, in which a name may stand that nobody can
/// find, is removed, as ingest leaves it out.
///
/// # Errors
/// The database's.
pub async fn pseudonymise_users(db: &Db, trail: &Trail, key: &[u8]) -> anyhow::Result<Erased> {
    let named = users::all(db).await?.into_iter();
    let names: Vec<Replaced> = named.map(|(id, name)| Replaced { id, instead: pseudonym(key, &name), name }).collect();
    let deed = Deed::new(Action::Pseudonymised, audited::Subject::new(SubjectKind::User, None, ""));
    let names = Names { by: By::User, names, are_records_removed: erasure::has_own_words(db).await? };
    replace(db, (trail, deed), names).await
}

/// What is to be replaced.
struct Names {
    by: By,
    names: Vec<Replaced>,
    /// Of events nothing stays but what was read out of them, of gaps no detail.
    are_records_removed: bool,
}

async fn replace(db: &Db, (trail, deed): (&Trail, Deed), all: Names) -> anyhow::Result<Erased> {
    let Names { by, names, are_records_removed } = all;
    if names.is_empty() && !are_records_removed {
        return Ok(Erased::default());
    }
    begin(db, trail, &deed).await?;
    erasure::overwrite_removed(db).await?;
    let pairs: Vec<_> = names.iter().map(|one| (one.name.clone(), one.instead.clone())).collect();
    let redactor = Redactor::new(&pairs).context("there are too many names for one go")?;
    let mut erased = Erased::default();
    for place in Place::ALL {
        match place {
            Place::Texts => redact_texts(db, &redactor).await?,
            Place::Shares => redact_shares(db, &redactor).await?,
            Place::Events if are_records_removed => erased.events = remove_records(db).await?,
            Place::Events => erased.events = redact_events(db, &redactor).await?,
            Place::Findings => redact_findings(db, &redactor).await?,
            Place::Views => redact_views(db, &redactor).await?,
            Place::Told(told) => redact_told(db, told, &redactor).await?,
            Place::Answers => redact_answers(db, &redactor).await?,
            Place::Audit => redact_audit(db, trail, &redactor).await?,
            Place::Rules => erased.patterns = redact_rules(db, by, &names, &redactor).await?,
            // Below, both in one transaction.
            Place::Parts | Place::Names => {}
        }
    }
    let mut left = names.as_slice();
    loop {
        let (some, rest) = left.split_at(left.len().min(PAGE as usize));
        left = rest;
        let mut tx = db.begin().await?;
        redact_parts(&mut tx, &redactor).await?;
        for one in some {
            erased.names += usize::from(rename(db, &mut tx, by, one).await?);
        }
        erasure::outdate_names(&mut tx).await?;
        if left.is_empty() {
            let done = deed.after("names", erased.names).after("events", erased.events);
            audit::record(&mut tx, trail, &done).await?;
            tx.commit().await?;
            return Ok(erased);
        }
        tx.commit().await?;
    }
}

/// Writes down that it is going to be done.
async fn begin(db: &Db, trail: &Trail, deed: &Deed) -> store::Result<()> {
    let mut tx = db.begin().await?;
    audit::record(&mut tx, trail, &deed.clone().with(Outcome::Begun)).await?;
    tx.commit().await
}

async fn rename(db: &Db, tx: &mut Tx, by: By, one: &Replaced) -> anyhow::Result<bool> {
    if one.id == 0 {
        return Ok(false);
    }
    let mut instead = one.instead.clone();
    let mut tries = 1;
    // A client may call itself whatever it likes, also this.
    while tries < TRIES && is_anothers(db, by, one.id, &instead).await? {
        tries += 1;
        instead = format!("{} ({tries})", one.instead);
    }
    Ok(erasure::rename(tx, by, one.id, &instead).await?)
}

async fn is_anothers(db: &Db, by: By, id: i64, name: &str) -> store::Result<bool> {
    Ok(erasure::named(db, by, name).await?.iter().any(|(other, _)| *other != id))
}
