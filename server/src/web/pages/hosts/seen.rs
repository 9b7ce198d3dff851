//! Everything that a host's page tells, gathered and shaped.

use super::asked::Question;
use super::beside::{self, Beside};
use super::connected::{self, Connected};
use super::lane::Lane;
use super::past::{self, Left, Past};
use super::{HostPage, holding, since, words};
use crate::chart::histogram::Histogram;
use crate::chart::line::{self, Line};
use crate::chart::marks::{self, Hatch, Reason};
use crate::chart::range::{self, Bucket, Span};
use crate::chart::stack::Stack;
use crate::chart::zoom::Zoom;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::eyes::Eyes;
use crate::model::gap::Gap;
use crate::model::host::{Host, HostNow, Level};
use crate::model::limit::Limit;
use crate::model::snapshot::Snapshot;
use crate::model::time::{DAY_MS, MINUTE_MS};
use crate::model::usage::Usage;
use crate::store::events::EventFilter;
use crate::store::rank::{self, By, Ranking, Scope, Whose};
use crate::store::{self, Db};
use crate::web::Site;
use crate::web::error::Result;
use crate::web::labels::Labels;
use crate::web::layout::{Mark, Page, Viewer};
use crate::web::pages::zoom;

const EVENTS_IN_LIST: usize = 8;
/// Holders beside the table of a moment.
pub(super) const HOLDERS: usize = 8;
/// Rows of "show as table".
const TABLE_ROWS: usize = 48;

/// What the page is made from.
pub(super) struct Seen {
    host: Host,
    now: HostNow,
    asked: Question,
    span: Span,
    past: Past,
    /// The week before, moved to where it is compared.
    before: Vec<Bucket>,
    full_since: Option<i64>,
    /// Nothing was ever observed before the span.
    is_beginning: bool,
    /// The last 24 hours.
    day: Usage,
    /// At the moment, or now.
    snapshot: Option<Snapshot>,
    /// Where snapshots of the moment are not kept any more.
    left: Option<Left>,
    /// At the moment that is compared with it, likewise.
    other: Option<(i64, Snapshot)>,
    other_left: Option<Left>,
    snapshots_days: u32,
    connected: Option<Connected>,
    stack: Option<holding::Holding>,
    clients: Vec<rank::Row>,
    users: Vec<rank::Row>,
    labels: Labels,
    lane: Lane,
    beside: Beside,
    gaps: Vec<Gap>,
}

impl Seen {
    pub(super) async fn gather(
        site: &Site,
        (host, now): (Host, HostNow),
        asked: Question,
        viewer: &Viewer,
        eyes: &Eyes,
    ) -> Result<Self> {
        let (db, id, now_at) = (&site.db, host.id, viewer.now_at);
        let span = span_of(asked.zoom, asked.at, now_at);
        let past = Past::read(db, id, (asked.zoom.range, span), now_at).await?;
        let span = past.span;
        let beside = beside::start(db, &host, (span, asked.zoom.range.step_ms()), (now_at, &viewer.locale));
        let before = if asked.draws_week_before() {
            past::week_before(db, id, (asked.zoom.range, span), (now_at, &viewer.locale.zone)).await?
        } else {
            Vec::new()
        };
        let at = asked.at.unwrap_or(now_at);
        let snapshot = store::frames::at(db, id, at).await?;
        let other = match asked.compared_with {
            Some(other_at) => store::frames::at(db, id, other_at).await?.map(|snapshot| (other_at, snapshot)),
            None => None,
        };
        let connected = match &snapshot {
            Some(snapshot) => {
                let other = other.as_ref().map(|(at, snapshot)| connected::Moment { at: *at, snapshot });
                Some(Connected::at(db, connected::Moment { at, snapshot }, other, asked.sorting, eyes).await?)
            }
            None => None,
        };
        let scope = Scope { whose: Whose::Host(id), from_at: span.from_at, to_at: span.to_at };
        let ranking = Ranking { most: HOLDERS, ..Ranking::default() };
        let clients = rank::top(db, By::Client, scope, &ranking, eyes).await?.rows;
        let users = rank::top(db, By::User, scope, &ranking, eyes).await?.rows;
        let is_full = now.level(now_at) == Level::Full;
        Ok(Self {
            labels: labels(db, connected.as_ref(), &clients, &users).await?,
            stack: holding::over(db, id, (span, &past.buckets, &past.snapshots), &clients).await?,
            users,
            beside: beside.end().await?,
            gaps: store::gaps::of_host(db, id, span.from_at, span.to_at).await?,
            is_beginning: past::is_beginning(db, id, span.from_at, now_at).await?,
            left: if snapshot.is_none() { Left::of(db, id, at, now_at).await? } else { None },
            other_left: match asked.compared_with {
                Some(other_at) if other.is_none() => Left::of(db, id, other_at, now_at).await?,
                _ => None,
            },
            snapshots_days: site.public.snapshots_days,
            full_since: if is_full { since::full_since(db, id, now_at).await? } else { None },
            host,
            now,
            asked,
            span,
            past,
            before,
            day: last_day(db, id, now_at).await?,
            snapshot,
            other,
            connected,
            clients,
            lane: lane(db, id, span).await?,
        })
    }

    pub(super) fn page(self, page: Page) -> HostPage {
        let locale = page.locale.clone();
        let reasons: Vec<Reason> =
            self.gaps.iter().filter(|gap| gap.is_of_snapshots()).map(|gap| reason(gap, &locale)).collect();
        let link = self.asked.href_of_moments();
        let source = line::Source {
            name: &self.host.name,
            span: self.span,
            buckets: &self.past.buckets,
            before: &self.before,
            locale: &locale,
            limit: words::now(&self.now).map_or(Limit::UNKNOWN, |n| n.limit),
            reasons: &reasons,
            events: &self.lane.events,
            changes: &self.beside.changes.marks,
            changes_link: "#changes",
            link: &link,
            due_until_at: page.now_at - self.on_its_way_ms(),
            is_beginning: self.is_beginning,
            moment: self.moment(),
            compared: self.compared(),
        };
        let (gaps, chart) = (source.gaps(), Line::draw(&source));
        let hatches = marks::hatches(&gaps, &reasons, (self.span, &locale));
        let stack = self.stack(source.limit, (hatches, &link), &locale);
        let level = self.now.level(page.now_at);
        let table = range::thinned(&self.past.buckets, TABLE_ROWS);
        HostPage {
            level,
            over: zoom::over(self.asked.zoom, (page.now_at, &locale)),
            zoom_links: zoom::Links::of(self.asked.zoom, (page.now_at, &locale), |zoom| self.asked.zoomed(zoom).href()),
            mark: Mark::of(level),
            chart,
            stack,
            stack_words: self.stack.as_ref().map_or_else(String::new, |s| locale.say(s.what).into()),
            histogram: self.snapshot.as_ref().and_then(|snapshot| Histogram::draw(snapshot, &locale)),
            step_words: locale.step(self.step_ms()),
            table_before: if self.before.is_empty() { Vec::new() } else { range::within(&self.before, &table) },
            table,
            total: self.past.total(),
            left: self.left,
            other_left: self.other_left,
            snapshots_days: self.snapshots_days,
            lost_records: self.gaps.iter().filter_map(|g| g.lost_records).sum(),
            events: self.lane.told(EVENTS_IN_LIST),
            cut_at: self.lane.cut_at,
            beside: self.beside,
            full_since: self.full_since,
            asked: self.asked,
            day: self.day,
            connected: self.connected,
            clients: self.clients,
            users: self.users,
            labels: self.labels,
            span: self.span,
            host: self.host,
            now: self.now,
            gaps,
            reasons,
            page,
        }
    }

    fn on_its_way_ms(&self) -> i64 {
        let sampling_secs = words::now(&self.now).map_or(60, |n| n.sampling_secs);
        range::on_its_way_ms(sampling_secs).max(self.step_ms())
    }

    fn stack(&self, limit: Limit, (hatches, link): (Vec<Hatch>, &str), locale: &Locale) -> Option<Stack> {
        let limit = limit.sessions.filter(|_| !limit.unlimited);
        let moments = (self.asked.at, self.asked.compared_with);
        self.stack.as_ref().map(|holding| holding.draw((self.span, locale), (hatches, link), limit, moments))
    }

    fn step_ms(&self) -> i64 {
        self.past.buckets.first().map_or(MINUTE_MS, |b| b.to_at - b.from_at)
    }

    /// The moment that is looked at.
    fn moment(&self) -> Option<line::Moment> {
        let at = self.asked.at?;
        Some(line::Moment { at, sessions: sessions_at(self.snapshot.as_ref(), self.left, at) })
    }

    /// The moment that is compared with.
    fn compared(&self) -> Option<line::Moment> {
        let at = self.asked.compared_with?;
        let snapshot = self.other.as_ref().map(|(_, snapshot)| snapshot);
        Some(line::Moment { at, sessions: sessions_at(snapshot, self.other_left, at) })
    }
}

/// What the rules say of everybody who is named.
async fn labels(
    db: &Db,
    connected: Option<&Connected>,
    clients: &[rank::Row],
    users: &[rank::Row],
) -> store::Result<Labels> {
    let rows = || connected.into_iter().flat_map(|connected| &connected.rows);
    let ids = |rows: &[rank::Row]| rows.iter().map(|row| row.top.id).collect::<Vec<_>>();
    let clients = [ids(clients), rows().map(|row| row.client.0).collect()].concat();
    let users = [ids(users), rows().map(|row| row.user.0).collect()].concat();
    Labels::of(db, &connected::distinct(clients.into_iter()), &connected::distinct(users.into_iter())).await
}

/// Sessions at the moment: those of the snapshot, if it held true then; where none is kept, the most of its five minutes.
fn sessions_at(snapshot: Option<&Snapshot>, left: Option<Left>, at: i64) -> Option<u32> {
    let Some(snapshot) = snapshot else { return Some(left?.cell.usage.peak?.sessions) };
    let moment = connected::Moment { at, snapshot };
    moment.is_true().then(|| moment.snapshot.totals().sessions)
}

/// Events of the SMB server that say something.
pub(super) async fn lane(db: &Db, id: HostId, span: Span) -> store::Result<Lane> {
    let (from_at, to_at) = (Some(span.from_at), Some(span.to_at));
    Lane::of(db, &EventFilter { host: Some(id), from_at, to_at, ..EventFilter::default() }).await
}

/// The last 24 hours as one.
async fn last_day(db: &Db, id: HostId, now_at: i64) -> store::Result<Usage> {
    let span = Span { from_at: now_at - DAY_MS, to_at: now_at };
    let hours = store::usage::of_host(db, id, span.from_at, span.to_at, now_at).await?;
    let mut day = Usage::default();
    range::of_hours(&hours, span, DAY_MS).iter().for_each(|bucket| day.merge(&bucket.usage));
    Ok(day)
}

/// The chosen stretch; else the range up to now, or around the moment if that lies further back.
pub(super) fn span_of(zoom: Zoom, at: Option<i64>, now_at: i64) -> Span {
    let (range, latest) = (zoom.range, zoom.span(now_at));
    match at {
        Some(at) if zoom.is_up_to_now() && at < latest.from_at => {
            range.ending((at + range.length_ms() / 2).min(now_at))
        }
        _ => latest,
    }
}

pub(super) fn reason(gap: &Gap, locale: &Locale) -> Reason {
    Reason { span: Span { from_at: gap.from_at, to_at: gap.to_at }, words: words::gap_reason(locale, &gap.reason) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::range::Range;
    use crate::model::time::HOUR_MS;

    #[test]
    fn a_moment_before_the_range_moves_the_range_to_it() {
        let now_at = 1_795_509_067_000;
        let at = now_at - 3 * DAY_MS;
        let day = Zoom { range: Range::Day, chosen: None };
        let span = span_of(day, Some(at), now_at);
        assert!(span.holds(at) && span.to_at < now_at);
        let minute = now_at..now_at + MINUTE_MS;
        assert!(minute.contains(&span_of(day, Some(now_at - HOUR_MS), now_at).to_at));
        assert!(minute.contains(&span_of(day, None, now_at).to_at));
        let chosen = Span { from_at: now_at - HOUR_MS, to_at: now_at };
        let zoom = Zoom { range: Range::Hour, chosen: Some(chosen) };
        assert!(span_of(zoom, Some(at), now_at).holds(chosen.from_at), "a chosen stretch stays where it is");
    }
}
