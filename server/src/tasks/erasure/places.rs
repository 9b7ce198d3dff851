//! What is done in each place.

use serde_json::Value;

use super::{PAGE, Replaced};
use crate::model::EventId;
use crate::model::audit::Trail;
use crate::model::class::{Rules, Subject};
use crate::model::redact::Redactor;
use crate::model::withheld;
use crate::store::erasure::{self, EventTexts, Form, SavedTexts, Text, Told};
use crate::store::rank::By;
use crate::store::{self, Db, Tx, audit, classes};

/// What people call things and wrote by the way, and what hosts and other systems say.
pub(super) async fn redact_texts(db: &Db, redactor: &Redactor) -> store::Result<()> {
    for column in &Text::ALL {
        let other = |said: &str| match column.form {
            Form::Words => redactor.text(said),
            Form::Json => redactor.json(said),
            Form::Part(part) => redactor.json_part(said, part),
        };
        let mut after = erasure::START;
        loop {
            let page = erasure::texts(db, column, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (at, was) in page {
                redact_text(db, column, at, was, other).await?;
            }
        }
    }
    Ok(())
}

/// Tries to replace a text that says something else each time.
const TRIES: usize = 5;

/// Replaces one text that was read. Where agents or people said another one meanwhile, that is what is redacted and kept.
async fn redact_text(
    db: &Db,
    column: &Text,
    at: erasure::At,
    mut was: String,
    other: impl Fn(&str) -> Option<String>,
) -> store::Result<()> {
    for _ in 0..TRIES {
        let Some(said) = other(&was) else { return Ok(()) };
        // Two names may have become one.
        let said = if column.is_unique { format!("{said} ({})", at.0) } else { said };
        let mut tx = db.begin().await?;
        let is_saved = erasure::save_text(&mut tx, column, at, &was, &said).await?;
        tx.commit().await?;
        if is_saved {
            return Ok(());
        }
        let Some(now) = erasure::text_at(db, column, at).await? else { return Ok(()) };
        was = now;
    }
    let Text { table, column, .. } = column;
    let why = format!("{table}.{column} changed each time that a name was to be taken out of it: erase it again");
    Err(sqlx::Error::Protocol(why))
}

/// Somebody's own share may be called by the name.
pub(super) async fn redact_shares(db: &Db, redactor: &Redactor) -> store::Result<()> {
    for name in erasure::share_names(db).await? {
        if let Some(other) = redactor.text(&name) {
            let mut tx = db.begin().await?;
            erasure::rename_share(&mut tx, &name, &other).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

pub(super) async fn redact_events(db: &Db, redactor: &Redactor) -> store::Result<usize> {
    change_events(db, |texts| redact_event(redactor, texts)).await
}

/// Leaves of events what ingest leaves where names of users are not kept, and of gaps no detail.
pub(super) async fn remove_records(db: &Db) -> store::Result<usize> {
    let mut tx = db.begin().await?;
    erasure::remove_details(&mut tx).await?;
    tx.commit().await?;
    change_events(db, without_record).await
}

/// Answers how many were changed.
async fn change_events(db: &Db, change: impl Fn(EventTexts) -> Option<EventTexts>) -> store::Result<usize> {
    let (mut done, mut after) = (0, EventId(i64::MIN));
    loop {
        let page = erasure::events(db, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(done) };
        after = last.event_id;
        let changed: Vec<EventTexts> = page.into_iter().filter_map(&change).collect();
        if changed.is_empty() {
            continue;
        }
        let mut tx = db.begin().await?;
        for texts in &changed {
            erasure::save_event(&mut tx, texts).await?;
        }
        tx.commit().await?;
        done += changed.len();
    }
}

/// None if no name is in it. An event may have no record, but a message, or only what was read out of both.
fn redact_event(redactor: &Redactor, texts: EventTexts) -> Option<EventTexts> {
    let xml = redactor.event(&texts.xml);
    let message = texts.message.as_deref().and_then(|message| redactor.text(message));
    let decoded = redactor.json(&texts.decoded);
    (xml.is_some() || message.is_some() || decoded.is_some()).then(|| EventTexts {
        event_id: texts.event_id,
        xml: xml.unwrap_or(texts.xml),
        message: message.or(texts.message),
        decoded: decoded.unwrap_or(texts.decoded),
    })
}

/// None if there is nothing to leave out.
fn without_record(texts: EventTexts) -> Option<EventTexts> {
    let was_there = !texts.xml.is_empty() || texts.message.is_some();
    let decoded = withheld::decoded(&texts.decoded, was_there);
    let read = |json: &str| serde_json::from_str::<Value>(json).ok();
    (was_there || read(&decoded) != read(&texts.decoded)).then(|| EventTexts {
        event_id: texts.event_id,
        xml: String::new(),
        message: None,
        decoded,
    })
}

pub(super) async fn redact_findings(db: &Db, redactor: &Redactor) -> store::Result<()> {
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
pub(super) async fn redact_rules(
    db: &Db,
    by: By,
    names: &[Replaced],
    redactor: &Redactor,
) -> store::Result<Vec<String>> {
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
pub(super) async fn redact_told(db: &Db, told: Told, redactor: &Redactor) -> store::Result<()> {
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
pub(super) async fn redact_answers(db: &Db, redactor: &Redactor) -> store::Result<()> {
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
pub(super) async fn redact_audit(db: &Db, trail: &Trail, redactor: &Redactor) -> store::Result<()> {
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
pub(super) async fn redact_views(db: &Db, redactor: &Redactor) -> store::Result<()> {
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

pub(super) async fn redact_parts(tx: &mut Tx, redactor: &Redactor) -> store::Result<()> {
    for mut part in erasure::parts(tx).await? {
        let body = std::str::from_utf8(&part.body).ok().and_then(|body| redactor.json(body));
        if let Some(body) = body {
            part.body = body.into_bytes();
            erasure::save_part(tx, &part).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::gap::Gap;
    use crate::store::{agents, gaps};

    #[tokio::test]
    async fn what_was_said_meanwhile_is_redacted_and_not_what_was_read_before() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("highwater.db").display())).await.unwrap();
        let detail = "ann is here".to_owned();
        let gap = Gap { from_at: 1, to_at: 1, reason: "other".to_owned(), lost_records: None, detail };
        let mut tx = db.begin().await.unwrap();
        let host = agents::host_of_identity(&mut tx, "FS01", "FS01", "", 1).await.unwrap();
        gaps::insert(&mut tx, host, &gap, 1).await.unwrap();
        tx.commit().await.unwrap();
        let column = Text::ALL.iter().find(|text| (text.table, text.column) == ("gaps", "detail")).unwrap();
        let (at, _) = erasure::texts(&db, column, erasure::START, 1).await.unwrap().remove(0);
        let other = |said: &str| said.contains("ann").then(|| said.replace("ann", "somebody"));
        redact_text(&db, column, at, "ann was here".to_owned(), other).await.unwrap();
        assert_eq!(erasure::text_at(&db, column, at).await.unwrap().as_deref(), Some("somebody is here"));
        // Nothing is put back where there is no name any more, and nothing is made of a row that is gone.
        redact_text(&db, column, at, "ann was here".to_owned(), other).await.unwrap();
        assert_eq!(erasure::text_at(&db, column, at).await.unwrap().as_deref(), Some("somebody is here"));
        redact_text(&db, column, (i64::MAX, i64::MAX), "ann was here".to_owned(), other).await.unwrap();
        db.close().await;
    }
}
