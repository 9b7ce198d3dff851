//! Everything that a host's page tells, gathered and shaped.

use super::asked::Question;
use super::beside::{self, Beside};
use super::connected::{self, Connected};
use super::told::told;
use super::{HostPage, holding, since, words};
use crate::chart::histogram::Histogram;
use crate::chart::line::{self, Line};
use crate::chart::marks::{self, Reason};
use crate::chart::range::{self, Bucket, Range, SNAPSHOT_STEP_MS, Span};
use crate::chart::zoom::Zoom;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::event::{Event, EventClass};
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

const EVENTS_IN_LANE: u32 = 300;
const EVENTS_IN_LIST: usize = 8;
/// Holders beside the table of a moment.
const HOLDERS: usize = 8;
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
    /// At the moment that is compared with it.
    other: Option<(i64, Snapshot)>,
    connected: Option<Connected>,
    stack: Option<holding::Holding>,
    clients: Vec<rank::Row>,
    users: Vec<rank::Row>,
    labels: Labels,
    events: Vec<Event>,
    beside: Beside,
    gaps: Vec<Gap>,
}

/// The host's steps over the span, with the snapshots they come from if the span is short.
struct Past {
    buckets: Vec<Bucket>,
    snapshots: Vec<Snapshot>,
}

impl Seen {
    pub(super) async fn gather(
        site: &Site,
        (host, now): (Host, HostNow),
        asked: Question,
        viewer: &Viewer,
    ) -> Result<Self> {
        let (db, id, now_at) = (&site.db, host.id, viewer.now_at);
        let span = span_of(asked.zoom, asked.at, now_at);
        let past = Past::read(site, id, (asked.zoom.range, span), now_at).await?;
        let before = if asked.draws_week_before() {
            week_before(site, id, (asked.zoom.range, span), now_at).await?
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
                Some(Connected::at(db, connected::Moment { at, snapshot }, other, asked.sorting).await?)
            }
            None => None,
        };
        let scope = Scope { whose: Whose::Host(id), from_at: span.from_at, to_at: span.to_at };
        let ranking = Ranking { most: HOLDERS, ..Ranking::default() };
        let clients = rank::top(db, By::Client, scope, &ranking).await?.rows;
        let users = rank::top(db, By::User, scope, &ranking).await?.rows;
        let is_full = now.level(now_at) == Level::Full;
        Ok(Self {
            labels: labels(db, connected.as_ref(), &clients, &users).await?,
            stack: holding::over(db, id, (span, &past.buckets, &past.snapshots), &clients).await?,
            users,
            beside: beside::over(db, &host, (span, asked.zoom.range.step_ms()), &viewer.locale).await?,
            gaps: store::gaps::of_host(db, id, span.from_at, span.to_at).await?,
            is_beginning: store::frames::at(db, id, span.from_at).await?.is_none(),
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
            events: events(db, id, span).await?,
        })
    }

    pub(super) fn page(self, page: Page) -> HostPage {
        let locale = page.locale.clone();
        let current = words::now(&self.now);
        let on_its_way_ms = range::on_its_way_ms(current.map_or(60, |n| n.sampling_secs)).max(self.step_ms());
        let reasons: Vec<Reason> = self.gaps.iter().map(|gap| reason(gap, &locale)).collect();
        let link = self.asked.href_of_moments();
        let source = line::Source {
            name: &self.host.name,
            span: self.span,
            buckets: &self.past.buckets,
            before: &self.before,
            locale: &locale,
            limit: current.map_or(Limit::UNKNOWN, |n| n.limit),
            reasons: &reasons,
            events: &self.events,
            changes: &self.beside.changes.marks,
            changes_link: "#changes",
            link: &link,
            on_its_way_ms,
            is_beginning: self.is_beginning,
            moment: self.asked.at.map(|at| line::Moment { at, sessions: sessions_at(self.snapshot.as_ref(), at) }),
            compared: self.compared(),
        };
        let gaps = source.gaps();
        let chart = Line::draw(&source);
        let stack_words = self.stack.as_ref().map_or_else(String::new, |s| locale.say(s.what).into());
        let hatches = marks::hatches(&gaps, &reasons, (self.span, &locale));
        let limit = source.limit.sessions.filter(|_| !source.limit.unlimited);
        let moments = (self.asked.at, self.asked.compared_with);
        let stack = self.stack.as_ref().map(|s| s.draw((self.span, &locale), (hatches, &link), limit, moments));
        let level = self.now.level(page.now_at);
        HostPage {
            level,
            over: zoom::over(self.asked.zoom, (page.now_at, &locale)),
            zoom_links: zoom::Links::of(self.asked.zoom, (page.now_at, &locale), |zoom| self.asked.zoomed(zoom).href()),
            mark: Mark::of(level),
            chart,
            stack,
            stack_words,
            histogram: self.snapshot.as_ref().and_then(|snapshot| Histogram::draw(snapshot, &locale)),
            step_words: locale.step(self.step_ms()),
            table: range::thinned(&self.past.buckets, TABLE_ROWS),
            total: self.past.total(),
            lost_records: self.gaps.iter().filter_map(|g| g.lost_records).sum(),
            events: told(&self.events, EVENTS_IN_LIST),
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

    fn step_ms(&self) -> i64 {
        self.past.buckets.first().map_or(MINUTE_MS, |b| b.to_at - b.from_at)
    }

    /// The moment that is compared with.
    fn compared(&self) -> Option<line::Moment> {
        let at = self.asked.compared_with?;
        let snapshot = self.other.as_ref().map(|(_, snapshot)| snapshot);
        Some(line::Moment { at, sessions: sessions_at(snapshot, at) })
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

/// Sessions at the moment, if the snapshot held true then.
fn sessions_at(snapshot: Option<&Snapshot>, at: i64) -> Option<u32> {
    let moment = connected::Moment { at, snapshot: snapshot? };
    moment.is_true().then(|| moment.snapshot.totals().sessions)
}

impl Past {
    /// All steps as one.
    fn total(&self) -> Usage {
        let mut total = Usage::default();
        self.buckets.iter().for_each(|bucket| total.merge(&bucket.usage));
        total
    }

    async fn read(site: &Site, id: HostId, (range, span): (Range, Span), now_at: i64) -> Result<Self> {
        if range == Range::Hour {
            // The one before the span may hold true into it.
            let from_at = span.from_at - 10 * MINUTE_MS;
            let snapshots = store::frames::range(&site.db, id, from_at, span.to_at + 1).await?;
            let buckets = range::of_snapshots(&snapshots, span, SNAPSHOT_STEP_MS);
            // Snapshots are not kept as long as what was added up of them.
            if !snapshots.is_empty() {
                return Ok(Self { buckets, snapshots });
            }
        }
        let hours = store::usage::of_host(&site.db, id, span.from_at, span.to_at, now_at).await?;
        Ok(Self { buckets: range::of_hours(&hours, span, range.step_ms()), snapshots: Vec::new() })
    }
}

/// Those of the SMB server that say something.
async fn events(db: &Db, id: HostId, span: Span) -> store::Result<Vec<Event>> {
    let filter = EventFilter {
        host: Some(id),
        from_at: Some(span.from_at),
        to_at: Some(span.to_at),
        most: EVENTS_IN_LANE,
        ..EventFilter::default()
    };
    let mut events = store::events::list(db, &filter).await?;
    events.retain(|event| !matches!(event.class, EventClass::Foreign | EventClass::Noise));
    Ok(events)
}

/// The last 24 hours as one.
async fn last_day(db: &Db, id: HostId, now_at: i64) -> store::Result<Usage> {
    let span = Span { from_at: now_at - DAY_MS, to_at: now_at };
    let hours = store::usage::of_host(db, id, span.from_at, span.to_at, now_at).await?;
    let mut day = Usage::default();
    range::of_hours(&hours, span, DAY_MS).iter().for_each(|bucket| day.merge(&bucket.usage));
    Ok(day)
}

/// The same span a week earlier, moved to where it is compared.
async fn week_before(site: &Site, id: HostId, (range, span): (Range, Span), now_at: i64) -> Result<Vec<Bucket>> {
    const WEEK_MS: i64 = 7 * DAY_MS;
    let earlier = Span { from_at: span.from_at - WEEK_MS, to_at: span.to_at - WEEK_MS };
    let mut buckets = Past::read(site, id, (range, earlier), now_at).await?.buckets;
    for bucket in &mut buckets {
        bucket.from_at += WEEK_MS;
        bucket.to_at += WEEK_MS;
    }
    Ok(buckets)
}

/// The chosen stretch; else the range up to now, or around the moment if that lies further back.
fn span_of(zoom: Zoom, at: Option<i64>, now_at: i64) -> Span {
    let (range, latest) = (zoom.range, zoom.span(now_at));
    match at {
        Some(at) if zoom.is_up_to_now() && at < latest.from_at => {
            range.ending((at + range.length_ms() / 2).min(now_at))
        }
        _ => latest,
    }
}

fn reason(gap: &Gap, locale: &Locale) -> Reason {
    Reason { span: Span { from_at: gap.from_at, to_at: gap.to_at }, words: words::gap_reason(locale, &gap.reason) }
}

#[cfg(test)]
mod tests {
    use super::*;
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
