//! A stretch of a host's past as one chart, for a page that is about something else.

use super::past::{self, Past};
use super::{seen, words};
use crate::chart::legend::Legend;
use crate::chart::line::{Line, Source};
use crate::chart::marks::Reason;
use crate::chart::range::Span;
use crate::chart::zoom::Zoom;
use crate::model::HostId;
use crate::model::limit::Limit;
use crate::model::time::MINUTE_MS;
use crate::store::{self, Db};
use crate::web::layout::Viewer;
use crate::web::query::query;

/// Snapshots may be so long on their way.
const ON_ITS_WAY_MS: i64 = 3 * MINUTE_MS;

/// Sessions against the limit.
pub(in crate::web::pages) struct Glance {
    pub(in crate::web::pages) chart: Line,
    pub(in crate::web::pages) legend: Legend,
}

impl Glance {
    /// None if nothing was observed in that stretch.
    ///
    /// # Errors
    /// The database's.
    pub(in crate::web::pages) async fn of(
        db: &Db,
        (id, name): (HostId, &str),
        span: Span,
        viewer: &Viewer,
    ) -> store::Result<Option<Self>> {
        let (now_at, locale) = (viewer.now_at, &viewer.locale);
        let [from, to] = [span.from_at, span.to_at].map(|at| at.to_string());
        let zoom = Zoom::of("", (&from, &to), now_at);
        let past = Past::read(db, id, (zoom.range, zoom.span(now_at)), now_at).await?;
        if past.buckets.iter().all(|bucket| bucket.usage.peak.is_none()) {
            return Ok(None);
        }
        let now = store::hosts::one_now(db, id).await?;
        let gaps = store::gaps::of_host(db, id, past.span.from_at, past.span.to_at).await?;
        let reasons: Vec<Reason> =
            gaps.iter().filter(|gap| gap.is_of_snapshots()).map(|gap| seen::reason(gap, locale)).collect();
        let lane = seen::lane(db, id, past.span).await?;
        let link = format!("/hosts/{id}{}&at=", query(&[("from", &from), ("to", &to)]));
        let source = Source {
            name,
            span: past.span,
            buckets: &past.buckets,
            before: &[],
            locale,
            limit: now.as_ref().and_then(words::now).map_or(Limit::UNKNOWN, |now| now.limit),
            reasons: &reasons,
            events: &lane.events,
            changes: &[],
            changes_link: "",
            link: &link,
            due_until_at: now_at - ON_ITS_WAY_MS,
            is_beginning: past::is_beginning(db, id, past.span.from_at, now_at).await?,
            moment: None,
            compared: None,
        };
        let chart = Line::draw(&source);
        Ok(Some(Self { legend: Legend::of(chart.legend(locale)), chart }))
    }
}
