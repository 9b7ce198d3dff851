//! The ranking as CSV, with the columns of the analysis that administrators do by hand.

use std::collections::{HashMap, HashSet};

use axum::response::Response;

use crate::model::HostId;
use crate::web::Site;
use crate::web::csv::{Csv, For};
use crate::web::error::Result;
use crate::web::layout::iso;
use crate::{model, store};

use super::{Kind, Row};

/// Rows of a file at most.
pub(super) const MOST: usize = 100_000;
/// Hosts whose current sessions are looked through for the oldest one.
const HOSTS: usize = 200;

/// When the oldest session of each holder that is connected now began, where the source knows. Only for some hundred hosts.
async fn oldest_sessions(site: &Site, kind: Kind, rows: &[Row]) -> Result<HashMap<i64, i64>> {
    let hosts: HashSet<HostId> = rows.iter().flat_map(|r| r.hosts.iter().copied()).collect();
    let mut oldest: HashMap<i64, i64> = HashMap::new();
    if hosts.len() > HOSTS {
        return Ok(oldest);
    }
    for host in hosts {
        let Some(snapshot) = store::frames::at(&site.db, host, site.clock.now_at()).await? else { continue };
        for session in &snapshot.sessions {
            let model::snapshot::Session { client, user, started_at: Some(started_at), .. } = *session else {
                continue;
            };
            let id = match kind {
                Kind::Client => client.0,
                Kind::User => user.0,
            };
            let oldest = oldest.entry(id).or_insert(started_at);
            *oldest = started_at.min(*oldest);
        }
    }
    Ok(oldest)
}

/// The file. Session and open counts are those of the peak.
pub(super) async fn answer(site: &Site, kind: Kind, rows: &[Row], whom: For) -> Result<Response> {
    let oldest = oldest_sessions(site, kind, rows).await?;
    let mut csv = Csv::new(&[
        kind.title(),
        "SessionCount",
        "TotalOpens",
        "AvgOpensPerSession",
        "OldestSession",
        "SessionHours",
        "IdleHours",
        "ZeroOpenHours",
        "MinutesPresentWhileFull",
        "Hosts",
        "FirstSeen",
        "LastSeen",
    ]);
    let hours = |ms: i64| format!("{}.{:02}", ms / 3_600_000, ms % 3_600_000 / 36_000);
    for row in rows {
        let held = &row.held;
        let average = f64::from(held.peak_opens) / f64::from(held.peak_sessions.max(1));
        csv.text(&row.name)
            .figure(held.peak_sessions)
            .known(row.knows_opens.then_some(held.peak_opens))
            .known(row.knows_opens.then(|| format!("{average:.1}")))
            .known(oldest.get(&row.id).map(|at| iso(*at)))
            .figure(hours(held.session_ms))
            .known(row.knows_idle.then(|| hours(held.idle_ms)))
            .known(row.knows_opens.then(|| hours(held.zero_open_ms)))
            .figure(held.full_ms / 60_000)
            .figure(row.hosts.len())
            .figure(iso(held.first_seen_at))
            .figure(iso(held.last_seen_at))
            .end_row();
    }
    Ok(csv.into_answer(&format!("highwater-{}", kind.many()), whom))
}
