//! The ranking as a file, with the columns of the analysis that administrators do by hand.

use std::collections::{HashMap, HashSet};

use axum::response::Response;

use crate::model::HostId;
use crate::model::class::Class;
use crate::model::time::HOUR_MS;
use crate::web::Site;
use crate::web::error::Result;
use crate::web::sheet::{Sheet, Wanted};
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
    let aliases = store::aliases::all(&site.db).await?;
    for host in hosts {
        let Some(snapshot) = store::frames::at(&site.db, host, site.clock.now_at()).await? else { continue };
        for session in &snapshot.sessions {
            let model::snapshot::Session { client, user, started_at: Some(started_at), .. } = *session else {
                continue;
            };
            let id = match kind {
                Kind::Client => aliases.main(client.0),
                Kind::User => user.0,
            };
            let oldest = oldest.entry(id).or_insert(started_at);
            *oldest = started_at.min(*oldest);
        }
    }
    Ok(oldest)
}

/// The file. Session and open counts are those of the peak.
pub(super) async fn answer(site: &Site, kind: Kind, rows: &[Row], wanted: Wanted) -> Result<Response> {
    let oldest = oldest_sessions(site, kind, rows).await?;
    let mut sheet = Sheet::new(&[
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
        "Class",
        "OtherNames",
        // Which of the figures are the most that can be true: those of a client with several names.
        "AtMost",
    ]);
    sheet.add_rows(rows, MOST, |sheet, row| {
        let held = &row.held;
        let average = f64::from(held.peak_opens) / f64::from(held.peak_sessions.max(1));
        sheet
            .text(&row.name)
            .whole(held.peak_sessions)
            .known(row.knows_opens.then_some(held.peak_opens))
            .known_decimal(row.knows_opens.then_some(average), 1)
            .known_instant(oldest.get(&row.id).copied())
            .decimal(hours(held.session_ms), 2)
            .known_decimal(row.knows_idle.then(|| hours(held.idle_ms)), 2)
            .known_decimal(row.knows_opens.then(|| hours(held.zero_open_ms)), 2)
            .whole(held.full_ms / 60_000)
            .whole(row.hosts.len())
            .instant(held.first_seen_at)
            .instant(held.last_seen_at)
            .text(row.class.map_or("", Class::word))
            .text(&row.others.join("; "))
            .text(&at_most(row));
    });
    Ok(sheet.into_answer(&format!("highwater-{}", kind.many()), wanted))
}

/// The columns that hold a bound.
fn at_most(row: &Row) -> String {
    let (held, least) = (&row.held, &row.least);
    let columns = [
        ("SessionCount", held.peak_sessions > least.peak_sessions),
        ("TotalOpens", held.peak_opens > least.peak_opens),
        ("MinutesPresentWhileFull", held.full_ms > least.full_ms),
    ];
    columns.iter().filter(|(_, is_bound)| *is_bound).map(|(column, _)| *column).collect::<Vec<_>>().join("; ")
}

#[expect(clippy::cast_precision_loss, reason = "written with two digits after the point")]
fn hours(ms: i64) -> f64 {
    ms as f64 / HOUR_MS as f64
}
