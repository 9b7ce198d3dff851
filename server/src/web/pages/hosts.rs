//! One host: how it stands, its sessions against the limit, and who was connected at a moment.

mod asked;
mod changes;
mod connected;
mod counters;
mod file;
mod holding;
mod order;
mod shares;
pub(super) mod since;
pub(super) mod told;
pub(super) mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

pub use self::asked::Asked;
use self::asked::Question;
use self::changes::Changes;
use self::connected::{Change, Connected};
use self::counters::Counters;
use self::order::Order;
use self::shares::Shares;
use self::told::{Told, told};
use crate::chart::line::{self, Line};
use crate::chart::marks::{self, Reason};
use crate::chart::range::{self, Bucket, Range, SNAPSHOT_STEP_MS, Span};
use crate::chart::scale::Percent;
use crate::chart::stack::Stack;
use crate::model::HostId;
use crate::model::event::{Event, EventClass};
use crate::model::finding::Finding;
use crate::model::gap::Gap;
use crate::model::host::{Host, HostNow, Level, Now};
use crate::model::snapshot::Snapshot;
use crate::model::time::{DAY_MS, MINUTE_MS};
use crate::model::usage::Usage;
use crate::store;
use crate::store::events::EventFilter;
use crate::store::findings::FindingFilter;
use crate::store::rank::{self, By, Ranking, Scope, Whose};
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::{Mark, Nav, Page, Viewer, counted, duration, number, or_dash, session_hours};
use crate::web::sheet;

const EVENTS_IN_LANE: u32 = 300;
const EVENTS_IN_LIST: usize = 8;
const GAPS_IN_LIST: usize = 8;
/// Holders beside the table of a moment.
const HOLDERS: usize = 8;
/// Rows of "show as table".
const TABLE_ROWS: usize = 48;

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
    chart: Line,
    stack: Option<Stack>,
    stack_words: &'static str,
    step_words: String,
    table: Vec<Bucket>,
    total: Usage,
    day: Usage,
    connected: Option<Connected>,
    clients: Vec<rank::Row>,
    users: Vec<rank::Row>,
    events: Vec<Told>,
    changes: Changes,
    counters: Option<Counters>,
    shares: Option<Shares>,
    findings: Vec<Finding>,
    gaps: Vec<Span>,
    reasons: Vec<Reason>,
    lost_records: u64,
    span: Span,
}

/// `GET /hosts/{id}?range&at&moment&compared_with&sort&format`: of a file, all sessions of the moment.
pub async fn show(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let id = HostId(id.parse().map_err(|_| Error::NotFound("host"))?);
    let host = store::hosts::find(&site.db, id).await?.ok_or(Error::NotFound("host"))?;
    let now = store::hosts::one_now(&site.db, id).await?.ok_or(Error::NotFound("host"))?;
    let page = viewer.page(Nav::Fleet, host.name.as_str()).of(&by.account.name, &by.csrf_token);
    let wanted = sheet::wanted(Some(asked.format()), &headers);
    let asked = Question::of(&asked, id, &viewer);
    if let Some(wanted) = wanted {
        let snapshot = store::frames::at(&site.db, id, asked.at.unwrap_or(viewer.now_at)).await?;
        return file::answer(&site.db, (id, &host.name), snapshot.as_ref(), wanted).await;
    }
    let seen = Seen::gather(&site, (host, now), asked, viewer.now_at).await?;
    Ok(seen.page(page).into_response())
}

/// What the page is made from.
struct Seen {
    host: Host,
    now: HostNow,
    asked: Question,
    span: Span,
    past: Past,
    full_since: Option<i64>,
    /// Nothing was ever observed before the span.
    is_beginning: bool,
    /// The last 24 hours.
    day: Usage,
    /// At the moment, or now.
    snapshot: Option<Snapshot>,
    /// At the moment that is compared with it.
    other: Option<(i64, Snapshot)>,
    connected: Option<Connected>,
    stack: Option<holding::Holding>,
    clients: Vec<rank::Row>,
    users: Vec<rank::Row>,
    events: Vec<Event>,
    changes: Changes,
    counters: Option<Counters>,
    shares: Option<Shares>,
    findings: Vec<Finding>,
    gaps: Vec<Gap>,
}

/// The host's steps over the span, with the snapshots they come from if the span is short.
struct Past {
    buckets: Vec<Bucket>,
    snapshots: Vec<Snapshot>,
}

impl Seen {
    async fn gather(site: &Site, (host, now): (Host, HostNow), asked: Question, now_at: i64) -> Result<Self> {
        let (db, id) = (&site.db, host.id);
        let span = span_of(asked.range, asked.at, now_at);
        let past = Past::read(site, id, (asked.range, span), now_at).await?;
        let at = asked.at.unwrap_or(now_at);
        let snapshot = store::frames::at(db, id, at).await?;
        let other = match asked.compared_with {
            Some(other_at) => store::frames::at(db, id, other_at).await?.map(|snapshot| (other_at, snapshot)),
            None => None,
        };
        let connected = match &snapshot {
            Some(snapshot) => {
                let other = other.as_ref().map(|(at, snapshot)| connected::Moment { at: *at, snapshot });
                Some(Connected::at(db, connected::Moment { at, snapshot }, other, asked.sorting).await?)
            }
            None => None,
        };
        let scope = Scope { whose: Whose::Host(id), from_at: span.from_at, to_at: span.to_at };
        let ranking = Ranking { most: HOLDERS, ..Ranking::default() };
        let clients = rank::top(db, By::Client, scope, &ranking).await?.rows;
        let filter = EventFilter {
            host: Some(id),
            from_at: Some(span.from_at),
            to_at: Some(span.to_at),
            most: EVENTS_IN_LANE,
            ..EventFilter::default()
        };
        let mut events = store::events::list(db, &filter).await?;
        events.retain(|e| !matches!(e.class, EventClass::Foreign | EventClass::Noise));
        let is_full = now.level(now_at) == Level::Full;
        let mut day = Usage::default();
        let hours = store::usage::of_host(db, id, now_at - DAY_MS, now_at, now_at).await?;
        let last_day = Span { from_at: now_at - DAY_MS, to_at: now_at };
        range::of_hours(&hours, last_day, DAY_MS).iter().for_each(|b| day.merge(&b.usage));
        Ok(Self {
            stack: holding::over(db, id, (span, &past.buckets, &past.snapshots), &clients).await?,
            users: rank::top(db, By::User, scope, &ranking).await?.rows,
            changes: changes::over(db, id, span).await?,
            counters: counters::over(db, id, span, asked.range.step_ms()).await?,
            shares: shares::of(db, id, span).await?,
            findings: store::findings::list(db, &of_host(id)).await?,
            gaps: store::gaps::of_host(db, id, span.from_at, span.to_at).await?,
            is_beginning: store::frames::at(db, id, span.from_at).await?.is_none(),
            full_since: if is_full { since::full_since(db, id, now_at).await? } else { None },
            host,
            now,
            asked,
            span,
            past,
            day,
            snapshot,
            other,
            connected,
            clients,
            events,
        })
    }

    fn page(self, page: Page) -> HostPage {
        let zone = page.zone.clone();
        let current = words::now(&self.now);
        let on_its_way_ms = range::on_its_way_ms(current.map_or(60, |n| n.sampling_secs)).max(self.step_ms());
        let reasons: Vec<Reason> = self.gaps.iter().map(reason).collect();
        let link = self.asked.href_of_moments();
        let source = line::Source {
            name: &self.host.name,
            span: self.span,
            buckets: &self.past.buckets,
            zone: &zone,
            limit: current.map_or(crate::model::limit::Limit::UNKNOWN, |n| n.limit),
            reasons: &reasons,
            events: &self.events,
            changes: &self.changes.marks,
            changes_link: "#changes",
            link: &link,
            on_its_way_ms,
            is_beginning: self.is_beginning,
            moment: self.asked.at.map(|at| line::Moment { at, sessions: sessions_at(self.snapshot.as_ref(), at) }),
            compared: self.compared(),
        };
        let gaps = source.gaps();
        let chart = Line::draw(&source);
        let stack_words = self.stack.as_ref().map_or("", |s| s.words);
        let hatches = marks::hatches(&gaps, &reasons, self.span);
        let limit = source.limit.sessions.filter(|_| !source.limit.unlimited);
        let stack = self
            .stack
            .as_ref()
            .map(|s| s.draw((self.span, &zone), hatches, limit, (self.asked.at, self.asked.compared_with)));
        let mut total = Usage::default();
        self.past.buckets.iter().for_each(|b| total.merge(&b.usage));
        let level = self.now.level(page.now_at);
        HostPage {
            level,
            mark: Mark::of(level),
            chart,
            stack,
            stack_words,
            step_words: self.step_words(),
            table: range::thinned(&self.past.buckets, TABLE_ROWS),
            total,
            lost_records: self.gaps.iter().filter_map(|g| g.lost_records).sum(),
            events: told(&self.events, EVENTS_IN_LIST),
            changes: self.changes,
            counters: self.counters,
            shares: self.shares,
            findings: self.findings,
            full_since: self.full_since,
            asked: self.asked,
            day: self.day,
            connected: self.connected,
            clients: self.clients,
            users: self.users,
            span: self.span,
            host: self.host,
            now: self.now,
            gaps,
            reasons,
            page,
        }
    }

    fn step_ms(&self) -> i64 {
        self.past.buckets.first().map_or(MINUTE_MS, |b| b.to_at - b.from_at)
    }

    fn step_words(&self) -> String {
        if self.past.snapshots.is_empty() { self.asked.range.step_phrase().to_owned() } else { "15 seconds".to_owned() }
    }

    /// The moment that is compared with.
    fn compared(&self) -> Option<line::Moment> {
        let at = self.asked.compared_with?;
        let snapshot = self.other.as_ref().map(|(_, snapshot)| snapshot);
        Some(line::Moment { at, sessions: sessions_at(snapshot, at) })
    }
}

/// Sessions at the moment, if the snapshot held true then.
fn sessions_at(snapshot: Option<&Snapshot>, at: i64) -> Option<u32> {
    let moment = connected::Moment { at, snapshot: snapshot? };
    moment.is_true().then(|| moment.snapshot.totals().sessions)
}

impl Past {
    async fn read(site: &Site, id: HostId, (range, span): (Range, Span), now_at: i64) -> Result<Self> {
        if range == Range::Hour {
            // The one before the span may hold true into it.
            let from_at = span.from_at - 10 * MINUTE_MS;
            let snapshots = store::frames::range(&site.db, id, from_at, span.to_at + 1).await?;
            let buckets = range::of_snapshots(&snapshots, span, SNAPSHOT_STEP_MS);
            return Ok(Self { buckets, snapshots });
        }
        let hours = store::usage::of_host(&site.db, id, span.from_at, span.to_at, now_at).await?;
        Ok(Self { buckets: range::of_hours(&hours, span, range.step_ms()), snapshots: Vec::new() })
    }
}

/// What holds on the host: there are fewer rules than this.
fn of_host(id: HostId) -> FindingFilter {
    FindingFilter { host: Some(id), most: 100, ..FindingFilter::default() }
}

/// The range up to now, or around the moment if that lies further back.
fn span_of(range: Range, at: Option<i64>, now_at: i64) -> Span {
    let latest = range.ending(now_at);
    match at {
        Some(at) if at < latest.from_at => range.ending((at + range.length_ms() / 2).min(now_at)),
        _ => latest,
    }
}

fn reason(gap: &Gap) -> Reason {
    Reason { span: Span { from_at: gap.from_at, to_at: gap.to_at }, words: words::gap_reason(&gap.reason).to_owned() }
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

    fn href_of_order(&self, order: &Order) -> String {
        format!("{}#connected", self.asked.sorted_by(*order).href())
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
        self.current().map_or_else(|| "–".to_owned(), |n| format!("every {}\u{a0}s", n.sampling_secs))
    }

    fn skew(&self) -> String {
        let skew = self.now.state.as_ref().map(|s| s.clock_skew_ms);
        skew.map_or_else(
            || "unknown".to_owned(),
            |ms| match ms {
                -999..=999 => "in step with the server".to_owned(),
                1_000.. => format!("{} ahead of the server", duration(ms)),
                _ => format!("{} behind the server", duration(-ms)),
            },
        )
    }

    /// How much of the range was observed, since the first observation in it.
    fn observed(&self) -> Option<String> {
        let first = self.table.iter().find(|b| b.usage.covered_ms > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "a share in percent needs two digits")]
        let share = self.total.covered_ms as f64 / (self.span.to_at - first.from_at).max(1) as f64;
        Some(crate::web::layout::percent(share.min(1.0)))
    }

    fn why(&self, gap: &Span) -> &str {
        let reason = self.reasons.iter().find(|r| r.span.from_at < gap.to_at && r.span.to_at > gap.from_at);
        reason.map_or("", |r| r.words.as_str())
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

    fn in_words(bucket: &Bucket) -> String {
        line::in_words(bucket)
    }
}

fn bar(session_ms: i64, first_ms: i64) -> Percent {
    #[expect(clippy::cast_precision_loss, reason = "a width in percent needs three digits")]
    Percent(session_ms as f64 / first_ms.max(1) as f64 * 100.0)
}

/// A name that may be empty: the anonymous user.
fn user_name(name: &str) -> &str {
    if name.is_empty() { "(anonymous)" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::HOUR_MS;

    #[test]
    fn a_moment_before_the_range_moves_the_range_to_it() {
        let now_at = 1_795_509_067_000;
        let at = now_at - 3 * DAY_MS;
        let span = span_of(Range::Day, Some(at), now_at);
        assert!(span.holds(at) && span.to_at < now_at);
        assert_eq!(span_of(Range::Day, Some(now_at - HOUR_MS), now_at).to_at, now_at);
        assert_eq!(span_of(Range::Day, None, now_at).to_at, now_at);
    }
}
