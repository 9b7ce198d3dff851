//! One host: how it stands, its sessions against the limit, and who was connected at a moment.

mod asked;
mod beside;
pub(in crate::web) mod changes;
mod connected;
mod counters;
mod file;
pub(super) mod glance;
pub mod group;
mod holding;
pub(super) mod lane;
mod order;
mod past;
mod seen;
mod shares;
pub(super) mod since;
pub(super) mod told;
pub(in crate::web) mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

pub use self::asked::Asked;
use self::asked::Question;
use self::beside::Beside;
use self::connected::{Change, Connected};
use self::order::Order;
use self::past::Left;
use self::seen::Seen;
use self::told::Told;
use super::{picture, zoom};
use crate::chart::histogram::Histogram;
use crate::chart::legend::Legend;
use crate::chart::line::{self, Line};
use crate::chart::marks::{self, Reason};
use crate::chart::range::{Bucket, Range, Span};
use crate::chart::scale::Percent;
use crate::chart::stack::Stack;
use crate::chart::zoom::Zoom;
use crate::locale::Zone;
use crate::model::HostId;
use crate::model::host::{Host, HostNow, Level, Now};
use crate::model::time::{DAY_MS, MINUTE_MS, SECOND_MS, day_start};
use crate::model::usage::Usage;
use crate::store;
use crate::store::rank;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::labels::Labels;
use crate::web::layout::{Mark, Nav, Page, Viewer, iso};
use crate::web::markup::Markup;
use crate::web::query::query;
use crate::web::sheet;

const GAPS_IN_LIST: usize = 8;

#[derive(Debug, Template, WebTemplate)]
#[template(path = "hosts/show.html")]
pub struct HostPage {
    page: Page,
    host: Host,
    now: HostNow,
    level: Level,
    mark: Mark,
    /// Since when it has been full.
    full_since: Option<i64>,
    asked: Question,
    /// The stretch of time in words: "over …".
    over: String,
    zoom_links: zoom::Links,
    chart: Line,
    stack: Option<Stack>,
    stack_words: String,
    /// Of the sessions at the moment, or now.
    histogram: Option<Histogram>,
    step_words: String,
    table: Vec<Bucket>,
    /// The week before, row by row; empty if it is not drawn.
    table_before: Vec<Usage>,
    total: Usage,
    day: Usage,
    connected: Option<Connected>,
    /// What is left of the moment, and of the other one, where snapshots of then are not kept any more.
    left: Option<Left>,
    other_left: Option<Left>,
    /// For how many days they are.
    snapshots_days: u32,
    clients: Vec<rank::Row>,
    users: Vec<rank::Row>,
    labels: Labels,
    events: Vec<Told>,
    /// So many events of a kind are shown, and there are more.
    cut_at: Option<u32>,
    beside: Beside,
    gaps: Vec<Span>,
    reasons: Vec<Reason>,
    lost_records: u64,
    span: Span,
}

/// `GET /hosts/{id}?range&at&moment&compared_with&sort&format&chart&table`: as a file without chart or table, all sessions of the
/// moment.
pub async fn show(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    (Path(id), Query(asked)): (Path<String>, Query<Asked>),
    headers: HeaderMap,
) -> Result<Response> {
    let id = HostId(id.parse().map_err(|_| Error::NotFound("host"))?);
    let host = store::hosts::find(&site.db, id).await?.ok_or(Error::NotFound("host"))?;
    let now = store::hosts::one_now(&site.db, id).await?.ok_or(Error::NotFound("host"))?;
    let page = viewer.page(Nav::Fleet, host.name.as_str()).of(&by.account.name, &by.csrf_token);
    let eyes = site.eyes.of_person(&by);
    if let Some(wanted) = sheet::wanted(Some(asked.format()), &headers, viewer.locale.lang) {
        return file::answer((&site, eyes), (&host, &viewer), &asked, wanted).await;
    }
    let drawn = asked.picture().map(str::to_owned);
    let asked = Question::of(&asked, id, &viewer);
    let seen = Seen::gather(&site, (host, now), asked, &viewer, &eyes).await?;
    let page = seen.page(page);
    match drawn {
        Some(chart) => page.picture(&chart),
        None => Ok(page.into_response()),
    }
}

impl HostPage {
    fn current(&self) -> Option<&Now> {
        words::now(&self.now)
    }

    /// This page at another moment; none is now.
    fn href(&self, at: Option<i64>) -> String {
        self.asked.at(at).href()
    }

    fn href_of_range(&self, range: &Range) -> String {
        self.asked.over(*range).href()
    }

    /// The stretch of time for the head of a column.
    fn over_label(&self) -> String {
        if self.asked.zoom.is_up_to_now() {
            self.page.say_of("range", self.asked.zoom.range.word()).into()
        } else {
            self.page.say("chart-over-time").into()
        }
    }

    fn href_of_week_before(&self) -> String {
        self.asked.with_week_before(!self.asked.week_before).href()
    }

    fn href_of_order(&self, order: &Order) -> String {
        format!("{}#connected", self.asked.sorted_by(*order).href())
    }

    fn files(&self, chart: &str) -> picture::Links {
        picture::Links::of(&self.page.locale, &self.asked.href(), chart)
    }

    /// One of the charts as a file.
    fn picture(&self, chart: &str) -> Result<Response> {
        let (locale, id) = (&self.page.locale, self.host.id);
        let title = |id| locale.say(id).with("name", self.host.name.as_str());
        let file = |id, legend| picture::file(&self.page, title(id), self.span, legend);
        match (chart, &self.stack) {
            ("sessions", _) => {
                let mut file = file("chart-title-sessions", self.chart.legend(locale));
                file.parts.push(picture::part(&self.chart)?);
                picture::answer(&file, &format!("sessions-{id}"))
            }
            ("holders", Some(stack)) => {
                let mut file = file("chart-title-holders", stack.legend(locale));
                file.parts.push(picture::part(stack)?);
                picture::answer(&file, &format!("holders-{id}"))
            }
            _ => Err(Error::NotFound("file")),
        }
    }

    /// Below a chart of the page.
    fn key(&self) -> Legend {
        Legend::of(self.chart.legend(&self.page.locale))
    }

    fn key_of_stack(&self, stack: &Stack) -> Legend {
        Legend::of(stack.legend(&self.page.locale))
    }

    /// The same moment for good, also when it is now.
    fn href_for_good(&self) -> String {
        let taken_at = self.connected.as_ref().map(|connected| connected.taken_at);
        format!("{}#connected", self.href(self.asked.at.or(taken_at).or(Some(self.page.now_at))))
    }

    /// The page over the shortest stretch of which it is kept who held sessions at the moment.
    fn href_of_holders(&self, left: &Left) -> String {
        let (range, span) = left.stretch();
        format!("{}#holders", self.asked.zoomed(Zoom { range, chosen: Some(span) }).href())
    }

    /// What five minutes say of a moment of which snapshots are not kept any more; behind how long they are.
    fn left_in_words(&self, left: &Left) -> Markup {
        let (page, cell) = (&self.page, &left.cell);
        let id = if cell.usage.peak.is_some() { "host-left" } else { "host-left-nothing" };
        let said = page.markup(id).with_html("at", page.when(cell.from_at)).with("peak", self.in_words(cell));
        let said = said.with("clients", cell.usage.max_clients).with("mean", self.mean(cell));
        said.with("href", self.href_of_holders(left))
    }

    /// All events of the stretch.
    fn href_of_events(&self) -> String {
        let zone = &self.page.locale.zone;
        let (host, [from, to]) =
            (self.host.id.to_string(), [self.span.from_at, self.span.to_at].map(|at| zone.field(at)));
        format!("/events{}", query(&[("host", &host), ("from", &from), ("to", &to)]))
    }

    /// The other moment for the form; empty if there is none.
    fn other_field(&self) -> (String, &'static str) {
        self.asked.compared_with.map_or((String::new(), "60"), |at| field(&self.page.locale.zone, at))
    }

    /// This page over the days (UTC) that its stretch touches.
    fn href_of_days(&self) -> String {
        let (from_at, to_at) = (day_start(self.span.from_at), day_start(self.span.to_at - 1) + DAY_MS);
        let chosen = Some(Span { from_at, to_at });
        format!("{}#holders", self.asked.zoomed(Zoom { range: Range::Day, chosen }).href())
    }

    /// This page compared with another moment.
    fn href_compared(&self, other_at: Option<i64>) -> String {
        format!("{}#connected", self.asked.compared_with(other_at).href())
    }

    /// Columns of the sessions: what changed is told only of two moments.
    fn columns(&self) -> impl Iterator<Item = (Order, &'static str, &'static str)> {
        let is_compared = self.connected.as_ref().is_some_and(|c| c.compared.is_some());
        Order::ALL.into_iter().filter(move |(order, ..)| is_compared || *order != Order::Change)
    }

    /// The moment that is looked at.
    fn moment(&self) -> i64 {
        self.asked.at.unwrap_or(self.page.now_at)
    }

    fn sampling(&self) -> String {
        let every = |n: &Now| self.page.say("host-every").with("secs", n.sampling_secs);
        self.page.locale.or_dash(self.current().map(every))
    }

    fn skew(&self) -> String {
        let (id, ms) = match self.now.state.as_ref().map(|s| s.clock_skew_ms) {
            None => ("host-clock-unknown", 0),
            Some(-999..=999) => ("host-clock-in-step", 0),
            Some(ms @ 1_000..) => ("host-clock-ahead", ms),
            Some(ms) => ("host-clock-behind", -ms),
        };
        self.page.say(id).with("span", self.page.locale.duration(ms)).into()
    }

    /// How much of the range was observed, since the first observation in it: in whole minutes, which do not change with each second.
    fn observed(&self) -> Option<String> {
        let first = self.table.iter().find(|b| b.usage.covered_ms > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "a share in percent needs two digits")]
        let share = (self.total.covered_ms / MINUTE_MS * MINUTE_MS) as f64
            / (self.span.to_at.min(self.page.now_at) - first.from_at).max(1) as f64;
        Some(self.page.locale.percent(share.min(1.0)))
    }

    /// `09:31 to 09:40, 9 min: agent stopped or host asleep`
    fn gap_in_words(&self, gap: &Span) -> Markup {
        let page = &self.page;
        let reason = self.reasons.iter().find(|r| r.span.from_at < gap.to_at && r.span.to_at > gap.from_at);
        let said = page.markup(if reason.is_some() { "host-gap-because" } else { "host-gap" });
        let said = said.with_html("from", page.when(gap.from_at)).with_html("to", page.when(gap.to_at));
        let said = said.with("span", page.locale.duration(gap.length_ms()));
        match reason {
            Some(reason) => said.with("why", &reason.words),
            None => said,
        }
    }

    /// All sessions of the moment, for who has more than the page shows.
    fn href_of_all(&self) -> String {
        let other = self.asked.compared_with.map_or_else(String::new, iso);
        let pairs = [("at", &*iso(self.moment())), ("compared_with", &*other)];
        self.api("sessions") + &query(&pairs)
    }

    /// Where the host's noun is told as JSON.
    fn api(&self, noun: &str) -> String {
        format!("/api/v1/hosts/{}/{noun}", self.host.id)
    }

    fn newest_gaps(&self) -> impl Iterator<Item = &Span> {
        self.gaps.iter().rev().take(GAPS_IN_LIST)
    }

    /// Width of a client's bar, against the first one's.
    fn client_bar(&self, i: &usize) -> Percent {
        bar(self.clients[*i].top.held.session_ms, self.clients[0].top.held.session_ms)
    }

    /// Width of a user's bar, against the first one's.
    fn user_bar(&self, i: &usize) -> Percent {
        bar(self.users[*i].top.held.session_ms, self.users[0].top.held.session_ms)
    }

    fn mean(&self, bucket: &Bucket) -> String {
        let locale = &self.page.locale;
        locale.or_dash(bucket.usage.mean_sessions().map(|mean| locale.decimal(mean)))
    }

    fn in_words(&self, bucket: &Bucket) -> String {
        line::in_words(&self.page.locale, &bucket.usage)
    }

    /// The peak a week before the row's step.
    fn before_in_words(&self, row: &usize) -> Option<String> {
        self.table_before.get(*row).map(|usage| line::in_words(&self.page.locale, usage))
    }
}

/// A moment for the form: the first whole second from which on the same snapshot is the newest. And the field's step.
fn field(zone: &Zone, at: i64) -> (String, &'static str) {
    let at = -(-at).div_euclid(SECOND_MS) * SECOND_MS;
    let text = zone.field(at);
    if at % MINUTE_MS == 0 { (text, "60") } else { (format!("{text}{}", zone.wall(at).strftime(":%S")), "1") }
}

/// A figure; marked where it is only the most that can be true.
fn at_most(words: String, is_exact: bool) -> String {
    super::holders::at_most(words, is_exact)
}

fn bar(session_ms: i64, first_ms: i64) -> Percent {
    #[expect(clippy::cast_precision_loss, reason = "a width in percent needs three digits")]
    Percent(session_ms as f64 / first_ms.max(1) as f64 * 100.0)
}

/// A name that may be empty: the anonymous user.
fn user_name<'a>(name: &'a str, anonymous: &'a str) -> &'a str {
    if name.is_empty() { anonymous } else { name }
}
