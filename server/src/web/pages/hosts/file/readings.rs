//! What the charts of a host's page are drawn from, step by step.

use std::collections::HashMap;

use super::Of;
use crate::chart::range::Bucket;
use crate::chart::stack::Step;
use crate::model::time::SECOND_MS;
use crate::model::usage::Usage;
use crate::store::rank::{self, By, Ranking, Scope, Whose};
use crate::web::error::Result;
use crate::web::pages::hosts::holding;
use crate::web::pages::hosts::past::{Past, week_before};
use crate::web::pages::hosts::seen::HOLDERS;
use crate::web::sheet::Sheet;

const COLUMNS: [&str; 13] = [
    "From",
    "To",
    "PeakSessions",
    "PeakAt",
    "Limit",
    "LimitSource",
    "SaturationPercent",
    "MeanSessions",
    "SecondsFull",
    "SecondsObserved",
    "Snapshots",
    "MostOpens",
    "MostClients",
];

/// The sessions against the limit. With the week before beside them, if the page draws it.
pub(super) async fn sessions(of: &Of<'_>) -> Result<Sheet> {
    let (zoom, span) = (of.asked.zoom, of.span);
    let past = Past::read(&of.site.db, of.host.id, (zoom.range, span), of.now_at).await?;
    let before: Option<HashMap<i64, Usage>> = if of.asked.draws_week_before() {
        let before = week_before(&of.site.db, of.host.id, (zoom.range, span), (of.now_at, of.zone)).await?;
        Some(before.into_iter().map(|bucket| (bucket.from_at, bucket.usage)).collect())
    } else {
        None
    };
    let mut columns = COLUMNS.to_vec();
    columns.extend(before.as_ref().map(|_| "PeakSessionsWeekBefore"));
    let mut sheet = Sheet::new(&columns);
    for bucket in &past.buckets {
        add(&mut sheet, bucket);
        if let Some(before) = &before {
            let peak = before.get(&bucket.from_at).and_then(|usage| usage.peak);
            sheet.known(peak.map(|peak| peak.sessions));
        }
    }
    Ok(sheet)
}

fn add(sheet: &mut Sheet, bucket: &Bucket) {
    let usage = &bucket.usage;
    let is_observed = usage.covered_ms > 0;
    let limit = usage.peak.map(|peak| peak.limit);
    sheet
        .instant(bucket.from_at)
        .instant(bucket.to_at)
        .known(usage.peak.map(|peak| peak.sessions))
        .known_instant(usage.peak.map(|peak| peak.at))
        .known(limit.and_then(|limit| limit.sessions.filter(|_| !limit.unlimited)))
        .text(limit.map_or("", |limit| if limit.unlimited { "none" } else { limit.source.word() }))
        .known_decimal(usage.max_saturation.map(|share| share * 100.0), 1)
        .known_decimal(usage.mean_sessions(), 2)
        .known(is_observed.then_some(usage.full_ms / SECOND_MS))
        .whole(usage.covered_ms / SECOND_MS)
        .whole(usage.snapshots)
        .known(usage.max_opens)
        .known(is_observed.then_some(usage.max_clients));
}

/// Who held them: a row for each holder of each step. A step of which nothing is known has one row.
pub(super) async fn holders(of: &Of<'_>) -> Result<Sheet> {
    let (db, id, span) = (&of.site.db, of.host.id, of.span);
    let past = Past::read(db, id, (of.asked.zoom.range, span), of.now_at).await?;
    let scope = Scope { whose: Whose::Host(id), from_at: span.from_at, to_at: span.to_at };
    let ranking = Ranking { most: HOLDERS, ..Ranking::default() };
    let clients = rank::top(db, By::Client, scope, &ranking, &of.eyes).await?.rows;
    let mut sheet = Sheet::new(&["From", "To", "Client", "Sessions", "AllSessions", "Figure"]);
    let Some(holding) = holding::over(db, id, (past.span, &past.buckets, &past.snapshots), &clients).await? else {
        return Ok(sheet);
    };
    for step in holding.steps() {
        add_holders(&mut sheet, step, holding.names(), holding.word());
    }
    Ok(sheet)
}

fn add_holders(sheet: &mut Sheet, step: &Step, names: &[String], figure: &str) {
    let all = step.of.as_ref().map(|shares| shares.all);
    let named = step.of.iter().flat_map(|shares| names.iter().zip(&shares.named)).filter(|(_, held)| **held > 0.0);
    let mut rows: Vec<(&str, Option<f64>)> = named.map(|(name, held)| (name.as_str(), Some(*held))).collect();
    if rows.is_empty() {
        rows.push(("", None));
    }
    for (name, held) in rows {
        sheet.instant(step.from_at).instant(step.to_at).text(name);
        sheet.known_decimal(held, 2).known_decimal(all, 2).text(figure);
    }
}
