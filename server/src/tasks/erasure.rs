//! Erases names: another one in the place of a client's or user's, in all that is kept. Promises:
//!
//! 1. **Figures stay**: records hold ids, so sums and histories are the same as before, of somebody without a name.
//! 2. **It can be done again**: after a crash in between, the same call does the rest.
//! 3. **Nothing that remembers names brings one back**: every process reads them anew with its next batch.
//! 4. **It is written down**, before anything is touched, and once more when it is done: by whom and how much, not whose name it was.
//!
//! What is sent under the name from then on is a new name. Backups, and what was forwarded of the audit log, keep what they have.

use anyhow::Context as _;

use crate::model::EventId;
use crate::model::audit::{self as audited, Action, Deed, Outcome, SubjectKind, Trail};
use crate::model::class::{Rules, Subject};
use crate::model::pseudonym::{is_pseudonym, pseudonym};
use crate::model::redact::Redactor;
use crate::store::erasure::{self, EventTexts, Place, SavedTexts, Told};
use crate::store::rank::By;
use crate::store::{self, Db, Tx, aliases, audit, classes};

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
    let erased = replace(db, (trail, deed), by, names).await?;
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

/// Pseudonyms in the place of the names of all users.
///
/// # Errors
/// The database's.
pub async fn pseudonymise_users(db: &Db, trail: &Trail, key: &[u8]) -> anyhow::Result<Erased> {
    let (mut names, mut after) = (Vec::new(), i64::MIN);
    loop {
        let page = erasure::names(db, By::User, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        let named = page.into_iter().filter(|(_, name)| !name.is_empty() && !is_pseudonym(name));
        names.extend(named.map(|(id, name)| Replaced { id, instead: pseudonym(key, &name), name }));
    }
    let deed = Deed::new(Action::Pseudonymised, audited::Subject::new(SubjectKind::User, None, ""));
    replace(db, (trail, deed), By::User, names).await
}

async fn replace(db: &Db, (trail, deed): (&Trail, Deed), by: By, names: Vec<Replaced>) -> anyhow::Result<Erased> {
    if names.is_empty() {
        return Ok(Erased::default());
    }
    begin(db, trail, &deed).await?;
    erasure::overwrite_removed(db).await?;
    let pairs: Vec<_> = names.iter().map(|one| (one.name.clone(), one.instead.clone())).collect();
    let redactor = Redactor::new(&pairs).context("there are too many names for one go")?;
    let mut erased = Erased::default();
    for place in Place::ALL {
        match place {
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
    let mut parts = names.chunks(PAGE as usize).peekable();
    while let Some(some) = parts.next() {
        let mut tx = db.begin().await?;
        redact_parts(&mut tx, &redactor).await?;
        for one in some {
            erased.names += usize::from(rename(db, &mut tx, by, one).await?);
        }
        erasure::outdate_names(&mut tx).await?;
        if parts.peek().is_none() {
            let done = deed.clone().after("names", erased.names).after("events", erased.events);
            audit::record(&mut tx, trail, &done).await?;
        }
        tx.commit().await?;
    }
    Ok(erased)
}

/// Writes down that it is going to be done.
async fn begin(db: &Db, trail: &Trail, deed: &Deed) -> store::Result<()> {
    let mut tx = db.begin().await?;
    audit::record(&mut tx, trail, &deed.clone().with(Outcome::Begun)).await?;
    tx.commit().await
}

async fn rename(db: &Db, tx: &mut Tx, by: By, one: &Replaced) -> anyhow::Result<bool> {
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

async fn redact_events(db: &Db, redactor: &Redactor) -> store::Result<usize> {
    let (mut redacted, mut after) = (0, EventId(i64::MIN));
    loop {
        let page = erasure::events(db, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(redacted) };
        after = last.event_id;
        let changed: Vec<EventTexts> = page.into_iter().filter_map(|texts| redact_event(redactor, texts)).collect();
        if changed.is_empty() {
            continue;
        }
        let mut tx = db.begin().await?;
        for texts in &changed {
            erasure::save_event(&mut tx, texts).await?;
        }
        tx.commit().await?;
        redacted += changed.len();
    }
}

/// None if no name is in it. The message and what was decoded say only what the XML says too.
fn redact_event(redactor: &Redactor, texts: EventTexts) -> Option<EventTexts> {
    let xml = redactor.event(&texts.xml)?;
    let message = texts.message.map(|message| redactor.text(&message).unwrap_or(message));
    let decoded = redactor.json(&texts.decoded).unwrap_or(texts.decoded);
    Some(EventTexts { event_id: texts.event_id, xml, message, decoded })
}

async fn redact_findings(db: &Db, redactor: &Redactor) -> store::Result<()> {
    let mut after = i64::MIN;
    loop {
        let page = erasure::findings(db, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        let changed = page.into_iter().filter_map(|(id, detail)| Some((id, redactor.json(&detail)?)));
        let changed: Vec<(i64, String)> = changed.collect();
        if changed.is_empty() {
            continue;
        }
        let mut tx = db.begin().await?;
        for (id, detail) in &changed {
            erasure::save_finding(&mut tx, *id, detail).await?;
        }
        tx.commit().await?;
    }
}

/// A rule of classes that a person made for one of these names alone names somebody else from now on. Those that come with the program
/// were made for nobody. Answers the patterns that a name stands in, but that are of others too.
async fn redact_rules(db: &Db, by: By, names: &[Replaced], redactor: &Redactor) -> store::Result<Vec<String>> {
    let mut left = Vec::new();
    for rule in classes::rules(db).await?.into_iter().filter(|rule| !rule.created_by.is_empty()) {
        if (rule.subject == Subject::User) != (by == By::User) {
            continue;
        }
        let alone = Rules::of(std::slice::from_ref(&rule));
        let is_for = |one: &&Replaced| match by {
            By::Client => alone.of_client(&one.name).is_some(),
            By::User => alone.of_user(&one.name).is_some(),
        };
        if rule.pattern.contains(['*', '?', '#', '/']) {
            left.extend(redactor.text(&rule.pattern).map(|_| rule.pattern));
        } else if let Some(one) = names.iter().find(is_for) {
            let mut tx = db.begin().await?;
            classes::save_pattern(&mut tx, rule.id, &one.instead).await?;
            tx.commit().await?;
        }
    }
    Ok(left)
}

/// What incidents are about, what is kept and was sent of them, and what people wrote about them.
async fn redact_told(db: &Db, told: Told, redactor: &Redactor) -> store::Result<()> {
    let mut after = i64::MIN;
    loop {
        let page = erasure::told(db, told, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        let other = |text: &str| if erasure::is_json(told) { redactor.json(text) } else { redactor.text(text) };
        for (id, said) in page.into_iter().filter_map(|(id, text)| Some((id, other(&text)?))) {
            let mut tx = db.begin().await?;
            erasure::save_told(&mut tx, told, id, &said).await?;
            tx.commit().await?;
        }
    }
}

/// What is kept of answers to programs, in case they ask again.
async fn redact_answers(db: &Db, redactor: &Redactor) -> store::Result<()> {
    let mut after = Vec::new();
    loop {
        let page = erasure::answers(db, &after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = last.clone();
        for (request, body) in page.into_iter().filter_map(|(id, body)| Some((id, redactor.json(&body)?))) {
            let mut tx = db.begin().await?;
            erasure::save_answer(&mut tx, &request, &body).await?;
            tx.commit().await?;
        }
    }
}

/// What the audit log tells of changes: a filter, a pattern, what somebody typed.
async fn redact_audit(db: &Db, trail: &Trail, redactor: &Redactor) -> store::Result<()> {
    let mut after = 0;
    loop {
        let page = audit::changes(db, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        for (seq, changes) in page.into_iter().filter_map(|(seq, text)| Some((seq, redactor.json(&text)?))) {
            let mut tx = db.begin().await?;
            audit::redact(&mut tx, trail, seq, &changes).await?;
            tx.commit().await?;
        }
    }
}

/// Somebody may have looked for a name, or called a view by it.
async fn redact_views(db: &Db, redactor: &Redactor) -> store::Result<()> {
    for texts in erasure::views(db).await? {
        let (name, query) = (redactor.text(&texts.name), redactor.query(&texts.query));
        if name.is_none() && query.is_none() {
            continue;
        }
        let view_id = texts.view_id;
        // No other view is called so: ids are told once.
        let name = name.map_or(texts.name, |name| format!("{name} ({view_id})"));
        let mut tx = db.begin().await?;
        erasure::save_view(&mut tx, &SavedTexts { view_id, name, query: query.unwrap_or(texts.query) }).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn redact_parts(tx: &mut Tx, redactor: &Redactor) -> store::Result<()> {
    for mut part in erasure::parts(tx).await? {
        let body = std::str::from_utf8(&part.body).ok().and_then(|body| redactor.json(body));
        if let Some(body) = body {
            part.body = body.into_bytes();
            erasure::save_part(tx, &part).await?;
        }
    }
    Ok(())
}
