//! The audit log.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use super::list::Table;
use super::query::{Query, Result};
use crate::model::audit::{Action, ActorKind, Entry, SubjectKind};
use crate::model::eyes::Eyes;
use crate::store::audit::{self, AuditFilter};
use crate::web::Site;
use crate::web::auth::{Admin, May};

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditBody {
    /// Newest first; with `since`, oldest first.
    entries: Vec<AuditEntryBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryBody {
    /// Without holes: a missing one was removed.
    seq: u64,
    at: Instant,
    actor_kind: String,
    /// Of the account, key or agent; null for others.
    actor_id: Option<i64>,
    /// As it was named then; empty for nobody.
    actor: String,
    /// Where it was asked from; empty for the server's own machine.
    address: String,
    action: String,
    subject_kind: String,
    subject_id: Option<i64>,
    /// As it was named then; clients and users as they are named now.
    subject: String,
    outcome: String,
    /// What fields said before.
    before: BTreeMap<String, String>,
    /// What they say now, and what else is to be known.
    after: BTreeMap<String, String>,
    /// A name was erased from `before` or `after`.
    redacted: bool,
    /// Of this entry and the hash of the one before it, as hexadecimal digits.
    sha256: String,
}

const TABLE: Table = Table {
    rows: "entries",
    columns: &[
        "seq",
        "at",
        "actor_kind",
        "actor_id",
        "actor",
        "address",
        "action",
        "subject_kind",
        "subject_id",
        "subject",
        "outcome",
        "before",
        "after",
        "redacted",
        "sha256",
    ],
};

/// The audit log: who did what, and who looked at whom.
///
/// Who follows it asks with `since`, and from the last number that he has again.
#[utoipa::path(
    get, path = "/api/v1/audit", operation_id = "listAuditEntries", tag = "audit",
    params(
        ("from" = Option<Instant>, Query, description = "Only those at or after this instant."),
        ("to" = Option<Instant>, Query, description = "Only those before this instant."),
        ("actor" = Option<String>, Query, description = "Only those of whom had this name then."),
        ("actor_kind" = Option<String>, Query, description = "Only those of such an actor."),
        ("action" = Option<String>, Query, description = "Only those that say that this was done."),
        ("subject_kind" = Option<String>, Query, description = "Only those about such a subject."),
        ("subject_id" = Option<i64>, Query, description = "Only those about the subject with this id; goes with `subject_kind`."),
        ("address" = Option<String>, Query, description = "Only those from this address."),
        ("since" = Option<u64>, Query, description = "Only those after the one with this number, oldest first; 0 for all."),
        ("limit" = Option<u32>, Query, description = "How many at most; 100 if it is not said.", minimum = 1, maximum = 1000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Entries", content((AuditBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(by: May<Admin>, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let words = |all: Vec<&str>| format!("one of {}", all.join(", "));
    let since: Option<u64> = query.number("since")?;
    let filter = AuditFilter {
        from_at: query.instant("from")?,
        to_at: query.instant("to")?,
        actor_name: query.text("actor"),
        actor_kind: query.parsed(
            "actor_kind",
            &words(word_of(ActorKind::ALL, ActorKind::word)),
            ActorKind::from_word,
        )?,
        action: query.parsed("action", &words(word_of(Action::ALL, Action::word)), Action::from_word)?,
        subject_kind: query.parsed(
            "subject_kind",
            &words(word_of(SubjectKind::ALL, SubjectKind::word)),
            SubjectKind::from_word,
        )?,
        subject_id: query.number("subject_id")?,
        address: query.text("address"),
        after: query.place()?.or(since),
        is_oldest_first: since.is_some(),
        most: query.limit(100, 1_000)?,
    };
    let how = query.done()?;
    let entries = audit::list(&site.db, &filter).await?;
    let is_full = entries.len() >= filter.most as usize;
    let next = entries.last().filter(|_| is_full).map(|last| last.seq.to_string());
    let body = AuditBody { entries: bodies((&site, &site.eyes.of_caller(&by.caller)), entries).await?, next };
    Ok(how.list(&body, TABLE, body.next.as_deref()))
}

/// The words of all of them.
fn word_of<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|one| word(*one)).collect()
}

async fn bodies((site, eyes): (&Site, &Eyes), entries: Vec<Entry>) -> Result<Vec<AuditEntryBody>> {
    let of = |kind: SubjectKind| -> Vec<i64> {
        let such = entries.iter().filter(|entry| entry.subject_kind == kind.word());
        such.filter_map(|entry| entry.subject_id).collect()
    };
    let [clients, users] = audit::names(&site.db, &of(SubjectKind::Client), &of(SubjectKind::User), eyes).await?;
    let body = |entry: Entry| {
        let named = match SubjectKind::from_word(&entry.subject_kind) {
            Some(SubjectKind::Client) => entry.subject_id.and_then(|id| clients.get(&id)),
            Some(SubjectKind::User) => entry.subject_id.and_then(|id| users.get(&id)),
            _ => None,
        };
        AuditEntryBody {
            seq: entry.seq,
            at: Instant(entry.at),
            actor_kind: entry.actor_kind,
            actor_id: entry.actor_id,
            actor: entry.actor_name,
            address: entry.address,
            action: entry.action,
            subject: named.cloned().unwrap_or(entry.subject_name),
            subject_kind: entry.subject_kind,
            subject_id: entry.subject_id,
            outcome: entry.outcome,
            before: entry.changes.before,
            after: entry.changes.after,
            redacted: entry.is_redacted,
            sha256: hex::encode(entry.sha256),
        }
    };
    Ok(entries.into_iter().map(body).collect())
}
