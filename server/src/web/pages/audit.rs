//! The audit log: who did what, from where, to what, and what it changed.

mod file;
mod words;

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::model::audit::{Action, ActorKind, Entry, SubjectKind};
use crate::model::eyes::Eyes;
use crate::store::audit::{self, AuditFilter};
use crate::store::{self, Db};
use crate::web::Site;
use crate::web::address::Query;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet;

const PATH: &str = "/settings/audit";
const ROWS: u32 = 100;
const FILE_ROWS: u32 = 50_000;

#[derive(Template, WebTemplate)]
#[template(path = "settings/audit.html")]
struct AuditPage {
    page: Page,
    asked: Asked,
    actions: Vec<Choice>,
    actors: Vec<Choice>,
    subjects: Vec<Choice>,
    rows: Vec<Row>,
    /// The place after the last row, if there is more.
    next: String,
}

/// What a field offers.
struct Choice {
    word: &'static str,
    said: String,
    is_chosen: bool,
}

/// An entry in words. Each address is empty where there is none.
struct Row {
    at: i64,
    seq: u64,
    actor: String,
    actor_kind: String,
    /// All that he did.
    href_of_actor: String,
    address: String,
    action: String,
    subject: String,
    /// An address is no prose.
    is_address: bool,
    href_of_subject: String,
    /// All that was done to it.
    href_of_past: String,
    outcome: String,
    is_done: bool,
    changes: Vec<Change>,
    is_redacted: bool,
}

/// What a field said before and says now: words of the program and of people, in no language.
struct Change {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// The question in the URL. What is not understood counts as not said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// As the field has it: in the viewer's zone.
    from: String,
    to: String,
    /// The whole name.
    actor: String,
    /// A word of [`ActorKind`].
    by: String,
    /// A word of [`Action`].
    action: String,
    /// A word of [`SubjectKind`].
    kind: String,
    id: String,
    address: String,
    /// The last row of the page before.
    after: String,
    format: Option<String>,
}

/// Names of clients and of users, as they are now.
type Names = [BTreeMap<i64, String>; 2];

impl Asked {
    fn filter(&self, viewer: &Viewer, most: u32) -> AuditFilter {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        AuditFilter {
            from_at: viewer.locale.zone.from_field(&self.from),
            to_at: viewer.locale.zone.from_field(&self.to),
            actor_kind: ActorKind::from_word(&self.by),
            actor_name: text(&self.actor),
            action: Action::from_word(&self.action),
            subject_kind: SubjectKind::from_word(&self.kind),
            subject_id: self.id.trim().parse().ok(),
            address: text(&self.address),
            after: self.after.parse().ok(),
            is_oldest_first: false,
            most,
        }
    }

    /// The same question with some answers changed, from the newest on: `?…` for a link.
    fn with_all(&self, changed: &[(&str, &str)]) -> String {
        let given = [
            ("from", &self.from),
            ("to", &self.to),
            ("actor", &self.actor),
            ("by", &self.by),
            ("action", &self.action),
            ("kind", &self.kind),
            ("id", &self.id),
            ("address", &self.address),
        ];
        let stays = |name: &str| changed.iter().all(|(other, _)| *other != name);
        let mut parts: Vec<(&str, &str)> =
            given.iter().map(|(name, value)| (*name, value.as_str())).filter(|(name, _)| stays(name)).collect();
        parts.extend_from_slice(changed);
        query(&parts)
    }

    fn with(&self, name: &str, value: &str) -> String {
        self.with_all(&[(name, value)])
    }

    fn is_filtered(&self) -> bool {
        self.with_all(&[]) != "?"
    }
}

/// `GET /settings/audit?from&to&actor&by&action&kind&id&address&after&format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let eyes = site.eyes.of_person(&by);
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        let entries = audit::list(&site.db, &asked.filter(&viewer, FILE_ROWS + 1)).await?;
        let names = names((&site.db, &eyes), &entries).await?;
        return Ok(file::sheet(&entries, &names).into_answer("highwater-audit", wanted));
    }
    let mut entries = audit::list(&site.db, &asked.filter(&viewer, ROWS + 1)).await?;
    let has_more = entries.len() > ROWS as usize;
    entries.truncate(ROWS as usize);
    let names = names((&site.db, &eyes), &entries).await?;
    let last = entries.last().filter(|_| has_more);
    let locale = &viewer.locale;
    let page = AuditPage {
        next: last.map(|entry| asked.with("after", &entry.seq.to_string())).unwrap_or_default(),
        actions: words::actions(locale, &asked.action),
        actors: words::actors(locale, &asked.by),
        subjects: words::subjects(locale, &asked.kind),
        rows: entries.iter().map(|entry| words::row(locale, &asked, entry, &names)).collect(),
        page: viewer.page(Nav::Settings, locale.say("trail-tab")).of(&by.account.name, &by.csrf_token),
        asked,
    };
    Ok(page.into_response())
}

/// The names of those clients and users that entries are about.
async fn names((db, eyes): (&Db, &Eyes), entries: &[Entry]) -> store::Result<Names> {
    let of = |kind: SubjectKind| {
        let mut ids: Vec<i64> =
            entries.iter().filter(|entry| entry.subject_kind == kind.word()).filter_map(|one| one.subject_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    audit::names(db, &of(SubjectKind::Client), &of(SubjectKind::User), eyes).await
}

/// What an entry is about, by the name of then; of a client or user, by that of now. Empty if it has none.
fn subject_name<'a>(entry: &'a Entry, [clients, users]: &'a Names) -> &'a str {
    let found = match (SubjectKind::from_word(&entry.subject_kind), entry.subject_id) {
        (Some(SubjectKind::Client), Some(id)) => clients.get(&id),
        (Some(SubjectKind::User), Some(id)) => users.get(&id),
        _ => None,
    };
    found.map_or(entry.subject_name.as_str(), String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_other_filters_and_starts_at_the_newest() {
        let asked = Asked { actor: "ann b".into(), action: "sign_in".into(), after: "9".into(), ..Asked::default() };
        assert_eq!(asked.with("after", "5"), "?actor=ann%20b&action=sign_in&after=5");
        assert_eq!(asked.with_all(&[("kind", "host"), ("id", "7"), ("action", "")]), "?actor=ann%20b&kind=host&id=7");
        assert!(asked.is_filtered() && !Asked { after: "9".into(), ..Asked::default() }.is_filtered());
    }
}
