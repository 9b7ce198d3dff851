//! How the fleet was over a stretch of time.

use super::{heat, sight};
use crate::chart::bands;
use crate::chart::range::{Range, Span};
use crate::chart::zoom::Zoom;
use crate::model::fleet::{FleetUsage, Step};
use crate::model::heat::Heat;
use crate::model::host::HostInShort;
use crate::model::sight::Sight;
use crate::model::time::hour_start;
use crate::store::events::EventFilter;
use crate::store::rank::{self, Complete};
use crate::store::{self, Db};
use crate::web::Site;
use crate::web::error::Result;
use crate::web::pages::hosts::lane::Lane;

pub(super) struct Past {
    pub(super) span: Span,
    /// The store's steps that it is made of.
    pub(super) step: Step,
    pub(super) usage: Vec<FleetUsage>,
    pub(super) heat: Heat,
    pub(super) lane: Lane,
    pub(super) complete: Complete,
    /// Since when the fleet is watched; the end of the span if it is not yet.
    pub(super) first_at: i64,
}

impl Past {
    /// Of the hosts that are seen.
    pub(super) async fn gather(site: &Site, zoom: Zoom, now_at: i64, sight: &Sight) -> Result<Self> {
        let (db, range) = (&site.db, zoom.range);
        let step = kept(db, zoom, now_at).await?;
        let span = zoom.in_steps(range.fleet_step_ms(step), now_at);
        let to_at = span.to_at.min(now_at);
        let filter = EventFilter {
            from_at: Some(span.from_at),
            to_at: zoom.chosen.map(|_| span.to_at),
            sight: sight.clone(),
            ..EventFilter::default()
        };
        let usage = store::heat::usage(db, step, span.from_at..to_at, sight).await?;
        Ok(Self {
            span,
            step,
            heat: store::heat::worst(db, (step, per(range)), span.from_at..to_at, (heat::WORST, sight)).await?,
            lane: Lane::of(db, &filter).await?,
            complete: complete(db, sight, now_at).await?,
            first_at: first_at(db, sight, &usage).await?.unwrap_or(span.to_at),
            usage,
        })
    }

    /// The steps of the chart: those of the store, in a year a day each.
    pub(super) fn steps(&self, zoom: Zoom, hosts: &[HostInShort]) -> Vec<bands::Step> {
        let hosts = if zoom.is_up_to_now() { hosts } else { &[] };
        let steps = sight::steps(&self.usage, (self.span, self.step.length_ms()), hosts);
        let per = usize::try_from(per(zoom.range)).unwrap_or(1);
        if per > 1 { sight::thinned(&steps, steps.len().div_ceil(per)) } else { steps }
    }
}

/// How many of the store's steps are one: in a year those of a day.
fn per(range: Range) -> i64 {
    if range == Range::Year { 4 } else { 1 }
}

/// How far the records have come; hours that are late are those of hosts that are seen.
async fn complete(db: &Db, sight: &Sight, now_at: i64) -> store::Result<Complete> {
    let whole = rank::complete(db, now_at).await?;
    if !sight.is_confined() {
        return Ok(whole);
    }
    let late_hours = rank::complete_seen(db, now_at, sight).await?.late_hours;
    Ok(Complete { late_hours, ..whole })
}

/// Since when the hosts that are seen are watched: for who is confined since the first one is known, or since its first record,
/// which may have been brought in.
async fn first_at(db: &Db, sight: &Sight, usage: &[FleetUsage]) -> store::Result<Option<i64>> {
    if !sight.is_confined() {
        return store::beginning::fleet(db).await;
    }
    let known_at = store::hosts::seen_since(db, sight).await?.first().map(|(_, created_at)| *created_at);
    let observed_at = usage.iter().find(|step| step.observed > 0).map(|step| step.start_at);
    Ok([known_at, observed_at].into_iter().flatten().min())
}

/// The range's steps; where those of five minutes are not kept so far back, the hours that are.
async fn kept(db: &Db, zoom: Zoom, now_at: i64) -> store::Result<Step> {
    let wanted = zoom.range.fleet_step();
    if wanted != Step::FiveMinutes {
        return Ok(wanted);
    }
    let from_at = zoom.in_steps(wanted.length_ms(), now_at).from_at;
    let Some(first_hour_at) = store::beginning::step(db, Step::Hour).await? else { return Ok(wanted) };
    let first_at = store::beginning::step(db, wanted).await?;
    let is_gone = first_at.is_none_or(|first_at| from_at < first_at && first_hour_at < hour_start(first_at));
    Ok(if is_gone { Step::Hour } else { wanted })
}
