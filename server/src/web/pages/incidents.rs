//! Incidents: the list with its filters, and one of them with what happened to it and what people can do about it.

mod deeds;
mod evidence;
mod words;

pub use deeds::{acknowledge, assign, comment, link, reopen, resolve, unlink};
pub use evidence::{bundle, free, trace};

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use self::evidence::Shown;
pub use self::words::summary;
use self::words::{pill, sentence, told};
use super::hosts::glance::Glance;
use super::silences;
use super::views::Views;
use crate::chart::range::Span;
use crate::locale::Locale;
use crate::model::IncidentId;
use crate::model::alert::Silence;
use crate::model::incident::{
    Entry, Incident, Kind, LONGEST_COMMENT, LONGEST_TICKET, LONGEST_URL, State as Status, Ticket,
};
use crate::model::sight::Sight;
use crate::model::time::{HOUR_MS, MINUTE_MS};
use crate::store::incidents::{self, IncidentFilter};
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::SignedIn;
use crate::web::bundle::tables;
use crate::web::error::{Error, Result};
use crate::web::incident::evidence_of;
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet::{self, Sheet};

const ROWS: u32 = 100;
const FILE_ROWS: u32 = 50_000;
/// Around an incident on its host's chart.
const AROUND_MS: i64 = 15 * MINUTE_MS;

/// The question in the URL.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `open`, `acknowledged`, `resolved`, `all`; empty for those that are not resolved.
    state: String,
    kind: String,
    group: String,
    /// A part of the host's name.
    q: String,
    /// `instant-id` of the last row of the page before.
    after: String,
    format: Option<String>,
}

impl Asked {
    /// `sight`: of who asks.
    fn filter(&self, sight: &Sight, most: u32) -> IncidentFilter {
        let state = Status::from_word(&self.state);
        IncidentFilter {
            sight: sight.clone(),
            state,
            is_unresolved: state.is_none() && self.state != "all",
            kind: Kind::from_word(&self.kind),
            group: (!self.group.is_empty()).then(|| self.group.clone()),
            host_contains: self.q.trim().to_owned(),
            after: self.after.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
            most,
            ..IncidentFilter::default()
        }
    }

    /// The same question with one answer changed, from the newest on.
    fn with(&self, name: &str, value: &str) -> String {
        let given = [("state", &self.state), ("kind", &self.kind), ("group", &self.group), ("q", &self.q)];
        let mut parts: Vec<(&str, &str)> =
            given.iter().map(|(n, v)| (*n, v.as_str())).filter(|(n, _)| *n != name).collect();
        parts.push((name, value));
        query(&parts)
    }

    fn is_filtered(&self) -> bool {
        self.with("", "") != "?"
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "incidents/index.html")]
struct IndexPage {
    page: Page,
    asked: Asked,
    sentence: String,
    /// Kinds of those that are not resolved, with how many there are.
    counts: Vec<(Kind, u64)>,
    incidents: Vec<Incident>,
    groups: Vec<String>,
    views: Views,
    next: String,
}

/// `GET /incidents?state&kind&group&q&after&format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        let all = incidents::list(&site.db, &asked.filter(&by.sight, FILE_ROWS + 1)).await?;
        return Ok(file(&all).into_answer("highwater-incidents", wanted));
    }
    let mut found = incidents::list(&site.db, &asked.filter(&by.sight, ROWS + 1)).await?;
    let has_more = found.len() > ROWS as usize;
    found.truncate(ROWS as usize);
    let mut counts = incidents::unresolved(&site.db, &by.sight).await?;
    counts.sort_by_key(|(kind, _)| Kind::ALL.iter().position(|one| one == kind));
    let last = found.last().filter(|_| has_more);
    let groups = crate::store::groups::counts(&site.db).await?;
    let is_offered = |name: &String| !name.is_empty() && by.sight.sees_group(name);
    let mut groups: Vec<String> = groups.into_iter().map(|count| count.group_name).filter(is_offered).collect();
    groups.sort();
    groups.dedup();
    let page = IndexPage {
        next: last.map(|one| asked.with("after", &format!("{}-{}", one.opened_at, one.id))).unwrap_or_default(),
        page: viewer.page(Nav::Incidents, viewer.locale.say("nav-incidents")).of(&by.account.name, &by.csrf_token),
        sentence: sentence(&viewer.locale, &counts),
        counts,
        incidents: found,
        groups,
        views: Views::of(&site, &by, &viewer).await?,
        asked,
    };
    Ok(page.into_response())
}

fn file(all: &[Incident]) -> Sheet {
    let machine = Locale::machine();
    let mut sheet = Sheet::new(&[
        "Incident",
        "Host",
        "Group",
        "Kind",
        "State",
        "Summary",
        "From",
        "Opened",
        "Until",
        "Resolved",
        "Stretches",
        "Owner",
    ]);
    sheet.add_rows(all, FILE_ROWS as usize, |sheet, one| {
        sheet
            .whole(one.id.0)
            .text(&one.host_name)
            .text(&one.group_name)
            .text(one.kind.word())
            .text(one.state.word())
            .text(&summary(&machine, one, one.updated_at))
            .instant(one.from_at)
            .instant(one.opened_at)
            .known_instant(one.until_at)
            .known_instant(one.resolved_at)
            .whole(one.stretches)
            .text(&one.owner_name);
    });
    sheet
}

#[derive(Template, WebTemplate)]
#[template(path = "incidents/show.html")]
struct ShowPage {
    page: Page,
    incident: Incident,
    entries: Vec<Entry>,
    tickets: Vec<Ticket>,
    /// Those in force for what it is about.
    silences: Vec<Silence>,
    /// The account that looks takes care of it.
    is_own: bool,
    shown: Shown,
    /// The host's sessions around it; none if it is about the fleet, or nothing was observed.
    glance: Option<Glance>,
}

#[derive(Debug, Default, Deserialize)]
pub struct AskedOne {
    /// A file of the holders.
    format: Option<String>,
}

/// `GET /incidents/{id}?format`
pub async fn show(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<IncidentId>,
    Query(asked): Query<AskedOne>,
) -> Result<Response> {
    let incident = incidents::find(&site.db, id).await?.ok_or(Error::NotFound("incident"))?;
    let eyes = site.eyes.of_person(&by);
    let evidence = evidence_of(&site, &incident, viewer.now_at).await?.in_order_for(&eyes);
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &HeaderMap::new(), viewer.locale.lang) {
        return Ok(tables::holders(&evidence, &eyes).into_answer(&format!("highwater-incident-{id}-holders"), wanted));
    }
    let title = viewer.locale.say("inc-one").with("id", id.to_string());
    let glance = match incident.host {
        Some(host) => {
            let span = around(&incident, viewer.now_at);
            Glance::of(&site.db, (host, &incident.host_name), span, &viewer).await?
        }
        None => None,
    };
    let page = ShowPage {
        glance,
        shown: Shown::of(&evidence, &viewer.locale, &eyes),
        page: viewer.page(Nav::Incidents, title).of(&by.account.name, &by.csrf_token),
        entries: incidents::entries(&site.db, id).await?,
        tickets: incidents::tickets(&site.db, id).await?,
        silences: silences::of_incident(&site.db, &incident, viewer.now_at).await?,
        is_own: incident.owner == Some(by.account.id),
        incident,
    };
    Ok(page.into_response())
}

/// What is shown of the host's past: a while before and after it.
fn around(incident: &Incident, now_at: i64) -> Span {
    let until_at = incident.until_at.unwrap_or(now_at);
    let (from_at, to_at) = (incident.from_at - AROUND_MS, until_at + AROUND_MS);
    Span { from_at, to_at: to_at.max(from_at + HOUR_MS).min(now_at.max(from_at + MINUTE_MS)) }
}

impl IndexPage {
    fn is_kind(&self, kind: &Kind) -> bool {
        self.asked.kind == kind.word()
    }

    fn is_state(&self, state: &str) -> bool {
        self.asked.state == state
    }

    fn is_group(&self, group: &str) -> bool {
        self.asked.group == group
    }
}

impl ShowPage {
    /// The host's chart around it.
    fn chart(&self) -> String {
        let Some(host) = self.incident.host else { return "/".to_owned() };
        let Span { from_at, to_at } = around(&self.incident, self.page.now_at);
        let of = |at: i64| at.to_string();
        format!(
            "/hosts/{host}{}",
            query(&[("from", &of(from_at)), ("to", &of(to_at)), ("at", &of(self.incident.opened_at))])
        )
    }

    /// What decides which deeds are offered, as a part of an element's id.
    fn standing(&self) -> String {
        let owner = self.incident.owner.map_or(0, |owner| owner.0);
        format!("{}-{owner}-{}", self.incident.state.word(), self.tickets.len())
    }

    fn is_over(&self) -> bool {
        self.incident.state == Status::Resolved
    }

    /// Where a silence is made for what it is about.
    fn href_of_silence(&self) -> String {
        match self.incident.host {
            Some(host) => silences::href_for_host(host),
            None => silences::href_for_kind(self.incident.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_of_what_is_not_resolved_unless_somebody_asks_otherwise() {
        let of = |state: &str| Asked { state: state.to_owned(), ..Asked::default() }.filter(&Sight::All, 1);
        assert!(of("").is_unresolved && of("nonsense").is_unresolved);
        assert!(!of("all").is_unresolved && of("all").state.is_none());
        assert_eq!((of("resolved").state, of("resolved").is_unresolved), (Some(Status::Resolved), false));
        let asked = Asked { q: "fs 1".into(), after: "5-6".into(), ..Asked::default() };
        assert_eq!(asked.filter(&Sight::All, 1).after, Some((5, IncidentId(6))));
        assert_eq!(asked.with("state", "all"), "?q=fs%201&state=all");
    }
}
