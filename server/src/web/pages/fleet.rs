//! The fleet: is it bad, where, since when; then every host.

mod asked;
mod file;
mod headline;
mod heat;
mod past;
mod readings;
mod rows;
mod sight;

use std::collections::{BTreeSet, HashMap, HashSet};

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

pub use self::asked::Asked;
use self::asked::Sort;
use self::headline::Headline;
use self::past::Past;
use self::rows::{Candidate, Day, PER_PAGE, Row, Sources};
use self::sight::Counter;
use super::hosts::since::full_since;
use super::hosts::told::Told;
use super::views::Views;
use super::{picture, zoom};
use crate::chart::bands::{self, Bands};
use crate::chart::heat::Axis;
use crate::chart::legend::{self, Legend};
use crate::chart::range::{Range, Span};
use crate::chart::zoom::Zoom;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::event::EventClass;
use crate::model::heat::Lately;
use crate::model::host::{HostInShort, HostNow};
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, hour_start};
use crate::store;
use crate::store::rank::Complete;
use crate::web::address::Query;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sight::Sees;
use crate::web::{Public, Site, sheet};

const EVENTS_IN_LIST: usize = 8;
/// Rows of "show as table".
const TABLE_ROWS: usize = 48;
/// Hours are rolled up a few minutes after the fact: the right edge of the chart is no hole for that long.
const ROLLED_UP_WITHIN_MS: i64 = 10 * MINUTE_MS;

#[derive(Template, WebTemplate)]
#[template(path = "hosts/index.html")]
struct FleetPage {
    page: Page,
    asked: Asked,
    zoom: Zoom,
    span: Span,
    /// The stretch of time in words: "over …".
    over: String,
    zoom_links: zoom::Links,
    headline: Headline,
    counters: Vec<Counter>,
    sessions: u64,
    capacity_events: u64,
    open_incidents: u64,
    reporting: usize,
    heard_at: Option<i64>,
    known_limits: usize,
    /// How long a step of the chart is, in words.
    step: String,
    bands: Bands,
    complete: Complete,
    table: Vec<bands::Step>,
    heat: Vec<heat::Row>,
    heat_axis: Axis,
    heat_step: String,
    events: Vec<Told>,
    /// So many events of a kind are shown, and there are more.
    cut_at: Option<u32>,
    groups: BTreeSet<String>,
    views: Views,
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

/// For who is confined to groups that have no host.
#[derive(Template, WebTemplate)]
#[template(path = "hosts/unseen.html")]
struct UnseenPage {
    page: Page,
    /// In words; empty if there is none.
    groups: String,
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

/// `GET /?range&q&level&group&sort&page&wall&format&chart`
pub async fn index(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let now_at = viewer.now_at;
    let wanted = sheet::wanted(Some(&asked.format), &headers, viewer.locale.lang);
    // A screen shows the wall, in whatever form it asks.
    if let Some(wanted) = wanted.filter(|_| !by.is_screen) {
        if !asked.chart.is_empty() {
            return readings::answer(&site, &sees, (&asked, now_at), wanted).await;
        }
        let hosts = sees.hosts(store::hosts::in_short(&site.db).await?);
        let seen = Seen::gather(&site, &sees, hosts, now_at).await?;
        return file::answer(&site, &seen, &asked, wanted).await;
    }
    let past = async {
        Ok::<_, Error>(if asked.is_wall() {
            None
        } else {
            Some(Past::gather(&site, asked.zoom(now_at), now_at, sees.sight()).await?)
        })
    };
    // The database puts the hosts together while the heat map is added up here.
    let hosts = async { Ok::<_, Error>(sees.hosts(store::hosts::in_short(&site.db).await?)) };
    let (hosts, past) = tokio::try_join!(hosts, past)?;
    let page = viewer.page(Nav::Fleet, viewer.locale.say("nav-fleet")).of(&by.account.name, &by.csrf_token);
    if hosts.is_empty() && sees.is_confined() {
        let groups = sees.sight().groups().collect::<Vec<_>>().join(", ");
        return Ok(UnseenPage { page, groups }.into_response());
    }
    if hosts.is_empty() {
        let tokens = store::tokens::list(&site.db).await?.iter().filter(|t| t.is_usable(now_at)).count();
        return Ok(EmptyPage { page, public: site.public, tokens }.into_response());
    }
    let seen = Seen::gather(&site, &sees, hosts, now_at).await?;
    match past {
        None => Ok(seen.wall(&site, page).await?.into_response()),
        Some(past) => {
            let views = Views::of(&site, &by, &viewer).await?;
            let page = seen.page(&site, page, (asked, past, views)).await?;
            if page.asked.format == picture::FORMAT { page.picture() } else { Ok(page.into_response()) }
        }
    }
}

/// How the hosts are that are seen.
struct Seen {
    hosts: Vec<HostInShort>,
    lately: HashMap<HostId, Lately>,
    newest_events: HashMap<HostId, (i64, u32)>,
    capacity_events: u64,
    open_incidents: u64,
    headline: Headline,
    now_at: i64,
}

impl Seen {
    async fn gather(site: &Site, sees: &Sees, hosts: Vec<HostInShort>, now_at: i64) -> Result<Self> {
        // Of all hosts, for those that are seen to be looked up in.
        let lately = store::heat::lately(&site.db, day_of(now_at)).await?;
        let newest = store::events::newest_of_hosts(&site.db).await?;
        let counts = store::events::counts_seen(&site.db, (None, sees.sight()), now_at - DAY_MS, now_at + 1).await?;
        let open = store::incidents::unresolved(&site.db, sees.sight()).await?;
        let longest_full = sight::longest_full(&hosts, &lately, now_at);
        let since_at = match longest_full {
            Some(host) => full_since(&site.db, host.id, now_at).await?,
            None => None,
        };
        let named = longest_full.zip(since_at).map(|(host, at)| (host.id, host.name.clone(), at));
        Ok(Self {
            headline: Headline::of(&hosts, named, now_at),
            hosts,
            lately,
            newest_events: newest.into_iter().map(|(host, at, code)| (host, (at, code))).collect(),
            open_incidents: open.iter().map(|(_, count)| count).sum(),
            capacity_events: counts.iter().filter(|(c, _)| *c == EventClass::Capacity).map(|(_, n)| n).sum(),
            now_at,
        })
    }

    fn sources<'a>(&'a self, day: &'a Day, found: Option<&'a HashSet<HostId>>) -> Sources<'a> {
        let events = &self.newest_events;
        Sources { hosts: &self.hosts, found, lately: &self.lately, day, events, now_at: self.now_at }
    }

    async fn page(self, site: &Site, page: Page, (asked, past, views): (Asked, Past, Views)) -> Result<FleetPage> {
        let (locale, zoom) = (page.locale.clone(), asked.zoom(self.now_at));
        let link = asked.over_from();
        let none = Day::none();
        let found = match asked.q.trim() {
            "" => None,
            q => Some(store::hosts::matching(&site.db, q).await?),
        };
        let candidates = rows::candidates(&self.sources(&none, found.as_ref()), &asked);
        let matching = candidates.len();
        let first = asked.page().saturating_mul(PER_PAGE).min(matching.saturating_sub(1) / PER_PAGE * PER_PAGE);
        let shown = &candidates[first..matching.min(first + PER_PAGE)];
        let ids: Vec<HostId> = shown.iter().map(|c| c.host.id).collect();
        let day = Day::Cells(store::past::of_hosts(&site.db, &ids, self.now_at - DAY_MS, self.now_at).await?);
        let rows = rows_of(site, &locale, shown, &self.sources(&day, None)).await?;
        let steps = past.steps(zoom, &self.hosts);
        let step_ms = steps.first().map_or(past.step.length_ms(), |s| s.to_at - s.from_at);
        let source = bands::Source {
            span: past.span,
            steps: &steps,
            locale: &locale,
            events: &past.lane.events,
            due_until_at: page.now_at - ROLLED_UP_WITHIN_MS.max(step_ms),
            first_at: past.first_at,
            link: &link,
        };
        Ok(FleetPage {
            zoom,
            span: past.span,
            over: zoom::over(zoom, (page.now_at, &locale)),
            zoom_links: zoom::Links::of(zoom, (page.now_at, &locale), |zoom| asked.over(zoom)),
            counters: sight::counters(&self.hosts, self.now_at, &asked),
            sessions: self.hosts.iter().filter_map(|h| h.now).map(|now| u64::from(now.sessions)).sum(),
            capacity_events: self.capacity_events,
            open_incidents: self.open_incidents,
            reporting: self.hosts.iter().filter(|h| h.is_reporting(self.now_at)).count(),
            heard_at: self.hosts.iter().filter_map(|h| h.seen_at).max(),
            known_limits: self.hosts.iter().filter(|h| h.saturation().is_some()).count(),
            step: locale.step(step_ms),
            bands: Bands::draw(&source),
            complete: past.complete,
            table: sight::thinned(&steps, TABLE_ROWS),
            heat: heat::rows(&past.heat, &self.hosts, (zoom, past.span, self.now_at), &locale),
            heat_axis: Axis::draw(past.span, &locale),
            heat_step: heat::step(past.span, past.heat.step_ms, &locale),
            groups: self.hosts.iter().map(|h| h.group_name.clone()).filter(|g| !g.is_empty()).collect(),
            views,
            rows,
            matching,
            all: self.hosts.len(),
            events: past.lane.told(EVENTS_IN_LIST),
            cut_at: past.lane.cut_at,
            headline: self.headline,
            asked,
            page,
        })
    }

    async fn wall(self, site: &Site, page: Page) -> Result<WallPage> {
        let (none, asked) = (Day::none(), Asked::default());
        let candidates = rows::candidates(&self.sources(&none, None), &asked);
        let shown = &candidates[..candidates.len().min(TILES)];
        let ids: Vec<HostId> = shown.iter().map(|c| c.host.id).collect();
        let day = Day::Hours(store::heat::hourly(&site.db, &ids, day_of(self.now_at)).await?);
        let mut tiles = rows_of(site, &page.locale, shown, &self.sources(&day, None)).await?;
        if page.is_screen {
            tiles = tiles.into_iter().map(Row::leading_nowhere).collect();
        }
        Ok(WallPage {
            counters: sight::counters(&self.hosts, self.now_at, &asked),
            left_out: candidates.len() - shown.len(),
            tiles,
            headline: self.headline,
            page,
        })
    }
}

/// The candidates as rows, in their order.
async fn rows_of(site: &Site, locale: &Locale, shown: &[Candidate<'_>], sources: &Sources<'_>) -> Result<Vec<Row>> {
    let ids: Vec<HostId> = shown.iter().map(|c| c.host.id).collect();
    let hosts = store::hosts::some_now(&site.db, &ids).await?;
    let by_id: HashMap<HostId, &HostNow> = hosts.iter().map(|host| (host.id, host)).collect();
    // One that went meanwhile is left out.
    Ok(shown.iter().filter_map(|c| Some(rows::row(c, by_id.get(&c.host.id)?, sources, locale))).collect())
}

/// The hour under way and those before it.
fn day_of(now_at: i64) -> std::ops::Range<i64> {
    hour_start(now_at) - DAY_MS + HOUR_MS..now_at
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

    fn files(&self, chart: &str) -> picture::Links {
        picture::Links::of(&self.page.locale, &format!("/{}", self.asked.over(self.zoom)), chart)
    }

    /// Below the chart.
    fn key(&self) -> Legend {
        Legend::of(self.bands.legend(&self.page.locale))
    }

    /// All events of the stretch.
    fn href_of_events(&self) -> String {
        let zone = &self.page.locale.zone;
        let [from, to] = [self.span.from_at, self.span.to_at].map(|at| zone.field(at));
        format!("/events{}", query(&[("from", &from), ("to", &to)]))
    }

    /// One of the charts as a file.
    fn picture(&self) -> Result<Response> {
        let (locale, span) = (&self.page.locale, self.span);
        match &*self.asked.chart {
            "saturation" => {
                let title = locale.say("chart-title-fleet");
                let mut file = picture::file(&self.page, title, span, self.bands.legend(locale));
                file.parts.push(picture::part(&self.bands)?);
                picture::answer(&file, "fleet")
            }
            "worst" => {
                let title = locale.say("chart-title-worst");
                let mut file = picture::file(&self.page, title, span, legend::heat(locale));
                for row in &self.heat {
                    file.parts.push(picture::named(&row.name, &row.strip)?);
                }
                file.parts.push(picture::named(" ", &self.heat_axis)?);
                picture::answer(&file, "worst-hosts")
            }
            _ => Err(Error::NotFound("file")),
        }
    }

    fn is_group(&self, group: &str) -> bool {
        self.asked.group == group
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::authority::Authority;
    use crate::model::role::Role;
    use crate::web::authorities::Authorities;
    use crate::web::layout::Theme;

    #[test]
    fn the_empty_page_says_the_next_step_with_the_command_filled_in() {
        let public = Public {
            server_url: "https://highwater.corp.example:8443".into(),
            authorities: Authorities::new(vec![Authority { pem: String::new(), fingerprint: "9F:41:C2".into() }]),
            ..Public::default()
        };
        let viewer = Viewer::of(Locale::machine(), Theme::System, 0);
        let public = std::sync::Arc::new(public);
        let html = |role| {
            let page = viewer.clone().with_role(role).page(Nav::Fleet, "Fleet").of("Ann", "token");
            EmptyPage { page, public: std::sync::Arc::clone(&public), tokens: 0 }.render().unwrap()
        };
        let of_administrator = html(Role::Administrator);
        assert!(of_administrator.contains("https://highwater.corp.example:8443</span>"));
        assert!(of_administrator.contains("9F41C2</span>") && of_administrator.contains(r#"href="/settings/tokens""#));
        let of_operator = html(Role::Operator);
        let refused = ["/settings/tokens", "/settings/agents"].into_iter().find(|href| of_operator.contains(href));
        assert_eq!(refused, None, "nothing is offered that would be refused");
    }
}
