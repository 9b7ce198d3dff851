//! Texts that name it.

use super::{PAGE, Result, Teller};
use crate::model::EventId;
use crate::model::audit::SubjectKind;
use crate::model::class::{Rules, Subject};
use crate::model::eyes::Eyes;
use crate::model::redact::Found;
use crate::store::audit::{self, AuditFilter};
use crate::store::erasure::{self, Form, Text, Told};
use crate::store::rank::By;
use crate::store::{classes, events};

/// Of what JSON keeps.
const FOUND: &[&str] = &["Id", "Where", "Text", "Figures"];
const WHOLE: &[&str] = &["Id", "Text"];

impl Teller {
    pub(super) async fn texts(&mut self) -> Result<()> {
        self.out.table("texts", &["Table", "Id", "Where", "Text"]).await?;
        for column in &Text::ALL {
            let mut after = erasure::START;
            loop {
                let page = erasure::texts(&self.db, column, after, PAGE).await?;
                let Some((last, _)) = page.last() else { break };
                after = *last;
                let found = page.iter().flat_map(|(at, said)| self.in_text(column, at.0, said)).collect::<Vec<_>>();
                self.told.texts += found.len() as u64;
                self.out
                    .rows(found.len() as u64, |sheet| {
                        for (id, place, said) in &found {
                            sheet.text(column.table).whole(*id).text(place).text(said);
                        }
                    })
                    .await?;
            }
        }
        Ok(())
    }

    /// Where in a text it is named: of JSON only the values that do.
    fn in_text(&self, column: &Text, id: i64, said: &str) -> Vec<(i64, String, String)> {
        let found = match column.form {
            Form::Words if self.redactor.text(said).is_some() => {
                return vec![(id, column.column.to_owned(), said.to_owned())];
            }
            Form::Words => Vec::new(),
            Form::Json => self.redactor.found(said),
            Form::Part(part) => self.redactor.found_in_part(said, part),
        };
        found.into_iter().map(|one| (id, format!("{} {}", column.column, one.path), one.text)).collect()
    }

    pub(super) async fn shares(&mut self) -> Result<()> {
        self.out.table("shares", &["Name"]).await?;
        let mut all = erasure::share_names(&self.db).await?;
        all.retain(|name| self.redactor.text(name).is_some());
        self.told.texts += all.len() as u64;
        self.out
            .rows(all.len() as u64, |sheet| {
                for name in &all {
                    sheet.text(name);
                }
            })
            .await
    }

    pub(super) async fn events(&mut self) -> Result<()> {
        let columns =
            &["Id", "Host", "RecordedAt", "ProviderName", "EventId", "MachineName", "Message", "Record", "Decoded"];
        self.out.table("events", columns).await?;
        let mut after = EventId(i64::MIN);
        loop {
            let page = erasure::events(&self.db, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.event_id;
            for texts in page {
                let message = texts.message.as_deref().and_then(|message| self.redactor.text(message));
                let in_record = self.redactor.event(&texts.xml).is_some();
                if !in_record && message.is_none() && self.redactor.json(&texts.decoded).is_none() {
                    continue;
                }
                let Some(event) = events::find(&self.db, texts.event_id).await? else { continue };
                self.told.texts += 1;
                let message = event.message.as_ref().and_then(|message| message.seen_by(&Eyes::Names));
                let record = event.xml.seen_by(&Eyes::Names).unwrap_or_default();
                self.out
                    .rows(1, |sheet| {
                        sheet.whole(event.id.0).text(&event.host_name).instant(event.recorded_at);
                        sheet.text(&event.provider).whole(event.code).text(&event.computer);
                        sheet.text(message.unwrap_or_default()).text(record).text(&event.decoded);
                    })
                    .await?;
            }
        }
    }

    pub(super) async fn findings(&mut self) -> Result<()> {
        self.out.table("findings", FOUND).await?;
        let mut after = i64::MIN;
        loop {
            let page = erasure::findings(&self.db, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            self.found(&page).await?;
        }
    }

    pub(super) async fn told(&mut self, told: Told) -> Result<()> {
        let name = match told {
            Told::Subjects => "incidents",
            Told::Entries => "comments",
            Told::Evidence => "evidence",
            Told::Messages => "messages",
            Told::Answers => "replies",
        };
        self.out.table(name, if erasure::is_json(told) { FOUND } else { WHOLE }).await?;
        let mut after = i64::MIN;
        loop {
            let page = erasure::told(&self.db, told, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            if erasure::is_json(told) {
                self.found(&page).await?;
            } else {
                self.whole(&page).await?;
            }
        }
    }

    pub(super) async fn answers(&mut self) -> Result<()> {
        self.out.table("answers", &["Where", "Text"]).await?;
        let mut after = Vec::new();
        loop {
            let page = erasure::answers(&self.db, &after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after.clone_from(last);
            let found: Vec<Found> = page.iter().flat_map(|(_, body)| self.redactor.found(body)).collect();
            self.told.texts += found.len() as u64;
            self.out
                .rows(found.len() as u64, |sheet| {
                    for one in &found {
                        sheet.text(&one.path).text(&one.text);
                    }
                })
                .await?;
        }
    }

    /// What entries tell of changes: a filter, a pattern, what somebody typed.
    pub(super) async fn changes(&mut self) -> Result<()> {
        self.out.table("audit", FOUND).await?;
        let mut after = 0;
        loop {
            let page = audit::changes(&self.db, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            self.found(&page).await?;
        }
    }

    /// Entries about it.
    pub(super) async fn looks(&mut self) -> Result<()> {
        self.out.table("looks", &["Id", "At", "Action", "Outcome", "ActorKind", "Actor"]).await?;
        let kind = match self.whom.by {
            By::Client => SubjectKind::Client,
            By::User => SubjectKind::User,
        };
        let ids: Vec<i64> = self.names.iter().map(|(id, _)| *id).collect();
        for id in ids {
            let mut after = 0;
            loop {
                let filter = AuditFilter {
                    subject_kind: Some(kind),
                    subject_id: Some(id),
                    after: Some(after),
                    is_oldest_first: true,
                    most: PAGE,
                    ..AuditFilter::default()
                };
                let page = audit::list(&self.db, &filter).await?;
                let Some(last) = page.last() else { break };
                after = last.seq;
                self.out
                    .rows(page.len() as u64, |sheet| {
                        for entry in &page {
                            sheet.whole(entry.seq).instant(entry.at).text(&entry.action).text(&entry.outcome);
                            sheet.text(&entry.actor_kind).text(&entry.actor_name);
                        }
                    })
                    .await?;
            }
        }
        Ok(())
    }

    pub(super) async fn views(&mut self) -> Result<()> {
        self.out.table("views", &["Id", "Name", "Filter"]).await?;
        let mut all = erasure::views(&self.db).await?;
        let redactor = &self.redactor;
        all.retain(|view| redactor.text(&view.name).is_some() || redactor.query(&view.query).is_some());
        self.told.texts += all.len() as u64;
        self.out
            .rows(all.len() as u64, |sheet| {
                for view in &all {
                    sheet.whole(view.view_id.0).text(&view.name).text(&view.query);
                }
            })
            .await
    }

    pub(super) async fn rules(&mut self) -> Result<()> {
        self.out.table("rules", &["Id", "Class", "Pattern", "CreatedAt", "CreatedBy"]).await?;
        let mut all = classes::rules(&self.db).await?;
        // Those that come with the program were made for nobody.
        all.retain(|rule| !rule.created_by.is_empty() && (rule.subject == Subject::User) == (self.whom.by == By::User));
        all.retain(|rule| {
            let alone = Rules::of(std::slice::from_ref(rule));
            let is_for = |name: &str| match self.whom.by {
                By::Client => alone.of_client(name).is_some(),
                By::User => alone.of_user(name).is_some(),
            };
            is_for(&self.whom.name) || self.redactor.text(&rule.pattern).is_some()
        });
        self.told.texts += all.len() as u64;
        self.out
            .rows(all.len() as u64, |sheet| {
                for rule in &all {
                    sheet.whole(rule.id.0).text(rule.class.word()).text(&rule.pattern);
                    sheet.instant(rule.created_at).text(&rule.created_by);
                }
            })
            .await
    }

    pub(super) async fn parts(&mut self) -> Result<()> {
        self.out.table("parts", FOUND).await?;
        // They are read where they are written. Nothing is.
        let mut tx = self.db.begin().await?;
        let all = erasure::parts(&mut tx).await?;
        drop(tx);
        let texts: Vec<(i64, String)> =
            (1..).zip(all).map(|(n, part)| (n, String::from_utf8_lossy(&part.body).into_owned())).collect();
        self.found(&texts).await
    }

    async fn found(&mut self, page: &[(i64, String)]) -> Result<()> {
        let found: Vec<(i64, Found)> = page
            .iter()
            .flat_map(|(id, json)| self.redactor.found(json).into_iter().map(|one| (*id, one)).collect::<Vec<_>>())
            .collect();
        self.told.texts += found.len() as u64;
        self.out
            .rows(found.len() as u64, |sheet| {
                for (id, one) in &found {
                    sheet.whole(*id).text(&one.path).text(&one.text).text(&one.figures);
                }
            })
            .await
    }

    async fn whole(&mut self, page: &[(i64, String)]) -> Result<()> {
        let redactor = &self.redactor;
        let found: Vec<&(i64, String)> = page.iter().filter(|(_, text)| redactor.text(text).is_some()).collect();
        self.told.texts += found.len() as u64;
        self.out
            .rows(found.len() as u64, |sheet| {
                for (id, text) in &found {
                    sheet.whole(*id).text(text);
                }
            })
            .await
    }
}
