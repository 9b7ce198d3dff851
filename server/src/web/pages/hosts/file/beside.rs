//! What stands beside the sessions on a host's page: its shares, what it counts, what changed about it, its findings.

use super::Of;
use crate::model::change;
use crate::model::counter::{Counter, Kind};
use crate::model::time::HOUR_MS;
use crate::store;
use crate::store::findings::FindingFilter;
use crate::web::error::Result;
use crate::web::pages::findings as findings_page;
use crate::web::pages::hosts::shares as shares_of;
use crate::web::sheet::Sheet;

/// Readings of a file: two months, as often as agents send them.
const READINGS: usize = 20_000;
/// There are fewer rules than this.
const FINDINGS: u32 = 100;
/// A host has fewer; the wire allows no more.
const SHARES: usize = 10_000;
const CHANGES: usize = 100_000;

pub(super) async fn shares(of: &Of<'_>) -> Result<Sheet> {
    let mut sheet = Sheet::new(&[
        "Share",
        "Uses",
        "Limit",
        "Unlimited",
        "SaturationPercent",
        "PeakUses",
        "PeakLimit",
        "PeakAt",
        "ReadAt",
        "Host",
    ]);
    let Some((read_at, rows)) = shares_of::all(&of.site.db, of.host.id, of.span).await? else { return Ok(sheet) };
    sheet.add_rows(&rows, SHARES, |sheet, row| {
        let (share, peak) = (&row.share, row.peak.as_ref());
        sheet
            .text(&share.name)
            .whole(share.uses)
            .known(share.most_uses)
            .yes(share.is_unlimited)
            .known_decimal(share.saturation().map(|share| share * 100.0), 1)
            .known(peak.map(|peak| peak.uses))
            .known(peak.map(|peak| peak.most_uses))
            .known_instant(peak.map(|peak| peak.at))
            .instant(read_at)
            .text(&of.host.name);
    });
    Ok(sheet)
}

/// A row for each reading. Of what is counted, what came in since the reading before; of levels, what was read.
pub(super) async fn counters(of: &Of<'_>) -> Result<Sheet> {
    let columns: Vec<&str> = ["ReadAt", "Since"].into_iter().chain(Counter::all().map(Counter::word)).collect();
    let mut sheet = Sheet::new(&columns);
    // The reading before the span is what its first one is compared with.
    let from_at = of.span.from_at - HOUR_MS;
    let readings = store::counters::of_host(&of.site.db, of.host.id, from_at, of.span.to_at).await?;
    let first = readings.partition_point(|reading| reading.read_at < of.span.from_at);
    let rows: Vec<_> = (first..readings.len()).collect();
    sheet.add_rows(&rows, READINGS, |sheet, place| {
        let (reading, before) = (&readings[*place], place.checked_sub(1).map(|before| &readings[before]));
        sheet.instant(reading.read_at).known_instant(before.map(|before| before.read_at));
        for counter in Counter::all() {
            sheet.known(match counter.kind() {
                Kind::Count => before.and_then(|before| reading.counted_since(before, counter)),
                Kind::Level => reading.value(counter),
            });
        }
    });
    Ok(sheet)
}

pub(super) async fn changes(of: &Of<'_>) -> Result<Sheet> {
    let versions = store::changes::of_host(&of.site.db, of.host.id, of.span.from_at, of.span.to_at).await?;
    let mut changes = change::changes(&versions);
    changes.retain(|change| of.span.holds(change.seen_at));
    let mut sheet = Sheet::new(&["SeenAt", "LastSeenOtherwiseAt", "What", "Setting", "Before", "After", "Host"]);
    sheet.add_rows(&changes, CHANGES, |sheet, change| {
        let setting = if let change::What::Setting(name) = &change.what { name } else { "" };
        sheet
            .instant(change.seen_at)
            .instant(change.after_at)
            .text(change.what.word())
            .text(setting)
            .text(change.before.as_deref().unwrap_or_default())
            .text(change.after.as_deref().unwrap_or_default())
            .text(&of.host.name);
    });
    Ok(sheet)
}

pub(super) async fn findings(of: &Of<'_>) -> Result<Sheet> {
    let filter = FindingFilter { host: Some(of.host.id), most: FINDINGS, ..FindingFilter::default() };
    Ok(findings_page::sheet_of(&store::findings::list(&of.site.db, &filter).await?))
}
