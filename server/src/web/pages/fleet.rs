//! The fleet: is it bad, where, since when; then every host.

mod asked;
mod history;
mod rows;
mod sight;

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use askama_web::WebTemplate;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};

pub use self::asked::Asked;
use self::asked::Sort;
pub use self::history::Histories;
use self::rows::{PER_PAGE, Row, Sources};
use self::sight::{Counter, Headline, HeatRow};
use super::hosts::since::full_since;
use super::hosts::told::{Told, told};
use crate::chart::bands::{self, Bands};
use crate::chart::heat;
use crate::chart::range::Range;
use crate::model::HostId;
use crate::model::event::{Event, EventClass};
use crate::model::host::HostNow;
use crate::model::time::{DAY_MS, MINUTE_MS};
use crate::store;
use crate::store::events::EventFilter;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::layout::{Nav, Page, Viewer, counted, number};
use crate::web::{Public, Site};

/// Events in the lane and in the list.
const EVENTS_IN_LANE: u32 = 300;
const EVENTS_IN_LIST: usize = 8;
/// Hours are rolled up a few minutes after the fact: the right edge of the chart is no hole for that long.
const ROLLED_UP_WITHIN_MS: i64 = 10 * MINUTE_MS;

#[derive(Template, WebTemplate)]
#[template(path = "hosts/index.html")]
struct FleetPage {
    page: Page,
    asked: Asked,
    range: Range,
    headline: Headline,
    counters: Vec<Counter>,
    sessions: u64,
    capacity_events: u64,
    reporting: usize,
    heard_at: Option<i64>,
    known_limits: usize,
    bands: Bands,
    table: Vec<bands::Step>,
    heat: Vec<HeatRow>,
    heat_axis: heat::Axis,
    heat_step: String,
    events: Vec<Told>,
    groups: BTreeSet<String>,
    rows: Vec<Row>,
    matching: usize,
    all: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "hosts/empty.html")]
struct EmptyPage {
    page: Page,
    public: std::sync::Arc<Public>,
    tokens: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "hosts/wall.html")]
struct WallPage {
    page: Page,
    headline: Headline,
    counters: Vec<Counter>,
    tiles: Vec<Row>,
    left_out: usize,
}

/// Tiles of the wall.
const TILES: usize = 300;

/// `GET /?range&q&level&group&sort&page&wall`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    Extension(histories): Extension<Histories>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let hosts = store::hosts::all_now(&site.db).await?;
    let page = viewer.page(Nav::Fleet, "Fleet").of(&by.account.name, &by.csrf_token);
    if hosts.is_empty() {
        let now_at = viewer.now_at;
        let tokens = store::tokens::list(&site.db).await?.iter().filter(|t| t.is_usable(now_at)).count();
        return Ok(EmptyPage { page, public: site.public, tokens }.into_response());
    }
    let seen = Seen::gather(&site, &histories, hosts, (&asked, &viewer)).await?;
    if asked.is_wall() { Ok(seen.wall(page).into_response()) } else { Ok(seen.page(page, asked).into_response()) }
}

/// What the page is made from.
struct Seen {
    hosts: Vec<HostNow>,
    matrix: std::sync::Arc<history::Matrix>,
    day: std::sync::Arc<history::Matrix>,
    newest_events: HashMap<HostId, (i64, u32)>,
    events: Vec<Event>,
    capacity_events: u64,
    headline: Headline,
    now_at: i64,
}

impl Seen {
    async fn gather(
        site: &Site,
        histories: &Histories,
        hosts: Vec<HostNow>,
        (asked, viewer): (&Asked, &Viewer),
    ) -> Result<Self> {
        let now_at = viewer.now_at;
        let day = histories.of(site, Range::Day).await?;
        let matrix = histories.of(site, asked.range()).await?;
        let newest = store::events::newest_of_hosts(&site.db).await?;
        let filter = EventFilter { from_at: Some(matrix.span.from_at), most: EVENTS_IN_LANE, ..EventFilter::default() };
        let mut events = store::events::list(&site.db, &filter).await?;
        events.retain(|e| !matches!(e.class, EventClass::Foreign | EventClass::Noise));
        let counts = store::events::counts(&site.db, None, now_at - DAY_MS, now_at + 1).await?;
        let longest_full = sight::longest_full(&hosts, &day, now_at);
        let since_at = match longest_full {
            Some(host) => full_since(&site.db, host.id, now_at).await?,
            None => None,
        };
        let named = longest_full.zip(since_at).map(|(host, at)| (host.id, host.name.clone(), at));
        Ok(Self {
            headline: Headline::of(&hosts, named, now_at),
            hosts,
            matrix,
            day,
            newest_events: newest.into_iter().map(|(host, at, code)| (host, (at, code))).collect(),
            events,
            capacity_events: counts.iter().filter(|(c, _)| *c == EventClass::Capacity).map(|(_, n)| n).sum(),
            now_at,
        })
    }

    fn page(self, page: Page, asked: Asked) -> FleetPage {
        let zone = page.zone.clone();
        let steps = sight::steps(&self.matrix, &self.hosts, self.now_at);
        let on_its_way_ms = ROLLED_UP_WITHIN_MS.max(self.matrix.step_ms);
        let span = crate::chart::range::Span { to_at: self.now_at, ..self.matrix.span };
        let source = bands::Source { span, steps: &steps, zone: &zone, events: &self.events, on_its_way_ms };
        let sources = Sources { hosts: &self.hosts, day: &self.day, events: &self.newest_events, now_at: self.now_at };
        let candidates = rows::candidates(&sources, &asked);
        let first = (asked.page() * PER_PAGE).min(candidates.len().saturating_sub(1) / PER_PAGE * PER_PAGE);
        let shown = candidates.iter().skip(first).take(PER_PAGE);
        let seen = self.hosts.iter().filter_map(|h| h.state.as_ref()).map(|s| s.seen_at);
        FleetPage {
            range: asked.range(),
            counters: sight::counters(&self.hosts, self.now_at, &asked),
            sessions: self
                .hosts
                .iter()
                .filter_map(super::hosts::words::now)
                .map(|n| u64::from(n.totals.sessions))
                .sum(),
            capacity_events: self.capacity_events,
            reporting: self.hosts.iter().filter(|h| sight::is_reporting(h, self.now_at)).count(),
            heard_at: seen.max(),
            known_limits: self.hosts.iter().filter(|h| sight::has_limit(h)).count(),
            bands: Bands::draw(&source),
            table: sight::thinned(&steps),
            heat: sight::heat(&self.matrix, &self.hosts, (span, &zone)),
            heat_axis: heat::Axis::draw(span, &zone),
            heat_step: sight::heat_step_phrase(&self.matrix),
            groups: self.hosts.iter().map(|h| h.group_name.clone()).filter(|g| !g.is_empty()).collect(),
            rows: shown.map(|c| rows::row(c, &sources)).collect(),
            matching: candidates.len(),
            all: self.hosts.len(),
            events: told(&self.events, EVENTS_IN_LIST),
            headline: self.headline,
            asked,
            page,
        }
    }

    fn wall(self, page: Page) -> WallPage {
        let sources = Sources { hosts: &self.hosts, day: &self.day, events: &self.newest_events, now_at: self.now_at };
        let asked = Asked::default();
        let candidates = rows::candidates(&sources, &asked);
        WallPage {
            counters: sight::counters(&self.hosts, self.now_at, &asked),
            left_out: candidates.len().saturating_sub(TILES),
            tiles: candidates.iter().take(TILES).map(|c| rows::row(c, &sources)).collect(),
            headline: self.headline,
            page,
        }
    }
}

impl FleetPage {
    /// The page that is shown, counted from 0.
    fn number_of_page(&self) -> usize {
        self.asked.page().min(self.matching.saturating_sub(1) / PER_PAGE)
    }

    fn first_row(&self) -> usize {
        self.number_of_page() * PER_PAGE
    }

    fn is_last(&self) -> bool {
        self.first_row() + self.rows.len() >= self.matching
    }

    fn is_group(&self, group: &str) -> bool {
        self.asked.group == group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::layout::{Theme, Zone};

    #[test]
    fn the_empty_page_says_the_next_step_with_the_command_filled_in() {
        let public = Public {
            server_url: "https://highwater.corp.example:8443".into(),
            ca_fingerprint: Some("9F:41:C2".into()),
            ..Public::default()
        };
        let viewer = Viewer::of(Zone::utc(), Theme::System, 0);
        let page = viewer.page(Nav::Fleet, "Fleet").of("Ann", "token");
        let html = EmptyPage { page, public: std::sync::Arc::new(public), tokens: 0 }.render().unwrap();
        assert!(html.contains("https://highwater.corp.example:8443</span>") && html.contains("9F41C2</span>"));
        assert!(html.contains(r#"href="/settings/tokens""#));
    }
}
