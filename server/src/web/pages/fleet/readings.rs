//! What the fleet's charts are drawn from, step by step, as files.

use std::collections::HashMap;

use axum::response::Response;

use super::Past;
use super::asked::Asked;
use crate::chart::zoom::Zoom;
use crate::model::HostId;
use crate::model::heat::{Heat, Level};
use crate::model::host::HostInShort;
use crate::store;
use crate::web::Site;
use crate::web::error::{Error, Result};
use crate::web::sheet::{Sheet, Wanted};
use crate::web::sight::Sees;

/// # Errors
/// The database's; `NotFound` if there is no such chart.
pub(super) async fn answer(
    site: &Site,
    sees: &Sees,
    (asked, now_at): (&Asked, i64),
    wanted: Wanted,
) -> Result<Response> {
    let (zoom, hosts) = (asked.zoom(now_at), sees.hosts(store::hosts::in_short(&site.db).await?));
    let past = Past::gather(site, zoom, now_at, sees.sight()).await?;
    match asked.chart.as_str() {
        "saturation" => Ok(saturation(&past, zoom, &hosts).into_answer("highwater-fleet", wanted)),
        "worst" => Ok(worst(&past.heat, &hosts).into_answer("highwater-worst-hosts", wanted)),
        _ => Err(Error::NotFound("file")),
    }
}

fn saturation(past: &Past, zoom: Zoom, hosts: &[HostInShort]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "From",
        "To",
        "HighestSaturationPercent",
        "P95SaturationPercent",
        "MedianSaturationPercent",
        "FullHosts",
        // The full ones included.
        "HostsFrom80Percent",
        "SilentHosts",
    ]);
    for step in past.steps(zoom, hosts) {
        let instants = step.from_at..step.to_at;
        // Nobody looked, which is not that no host was full.
        let is_known = step.of.is_some() || past.usage.iter().any(|usage| instants.contains(&usage.start_at));
        let percent = |share: Option<f64>| share.map(|share| share * 100.0);
        sheet
            .instant(step.from_at)
            .instant(step.to_at)
            .known_decimal(percent(step.of.map(|of| of.max)), 1)
            .known_decimal(percent(step.of.map(|of| of.p95)), 1)
            .known_decimal(percent(step.of.map(|of| of.median)), 1)
            .known(is_known.then_some(step.full_hosts))
            .known(is_known.then_some(step.watched_hosts))
            .known(is_known.then_some(step.silent_hosts));
    }
    sheet
}

/// The worst hosts, each with all its steps, as fine as they are kept.
fn worst(heat: &Heat, hosts: &[HostInShort]) -> Sheet {
    let names: HashMap<HostId, &str> = hosts.iter().map(|host| (host.id, host.name.as_str())).collect();
    let mut sheet = Sheet::new(&["Host", "From", "To", "State", "SaturationPercent", "PeakAt", "SecondsFullInRange"]);
    for hot in &heat.hosts {
        // One that is gone is left out, as on the page.
        let Some(name) = names.get(&hot.host) else { continue };
        for (from_at, cell) in heat.steps.iter().zip(&hot.cells) {
            let (state, saturation) = match cell.level {
                Level::Silent => ("silent", None),
                Level::Unknown => ("unknown", None),
                Level::Unlimited => ("unlimited", None),
                Level::Saturation(saturation) => ("observed", Some(saturation)),
            };
            sheet
                .text(name)
                .instant(*from_at)
                .instant(from_at + heat.step_ms)
                .text(state)
                .known_decimal(saturation.map(|share| share * 100.0), 1)
                .known_instant((cell.level != Level::Silent).then_some(cell.peak_at))
                .whole(hot.full_secs);
        }
    }
    sheet
}
