//! The ranking as a file, with the columns of the analysis that administrators do by hand.

use std::collections::{HashMap, HashSet};

use axum::response::Response;

use crate::chart::range::on_its_way_ms;
use crate::model::HostId;
use crate::model::class::Class;
use crate::model::holder::{Held, Least};
use crate::model::snapshot::Session;
use crate::model::time::{HOUR_MS, MINUTE_MS};
use crate::store;
use crate::web::Site;
use crate::web::error::Result;
use crate::web::sheet::{Sheet, Wanted};

use super::{Kind, Row};

/// Rows of a file at most.
pub(super) const MOST: usize = 100_000;
/// Hosts whose newest snapshots are looked through.
const HOSTS: usize = 1_000;

/// What a holder that is connected now holds: all of it of the same instant, to the hosts' sampling.
#[derive(Debug, Clone, Copy, Default)]
struct Current {
    sessions: u32,
    /// Of the sessions whose opens are known.
    opens: u64,
    counted: u32,
    /// When its oldest session began.
    oldest_at: Option<i64>,
}

impl Current {
    fn add(&mut self, session: &Session) {
        self.sessions += 1;
        if let Some(opens) = session.opens {
            self.opens += u64::from(opens);
            self.counted += 1;
        }
        self.oldest_at = self.oldest_at.into_iter().chain(session.started_at).min();
    }

    #[expect(clippy::cast_precision_loss, reason = "written with one digit after the point")]
    fn opens_per_session(&self) -> Option<f64> {
        (self.counted > 0).then(|| self.opens as f64 / f64::from(self.counted))
    }
}

/// What each holder holds now. None for a fleet of more hosts than can be looked through: what was not looked at is not zero.
async fn current(site: &Site, kind: Kind, rows: &[Row]) -> Result<Option<HashMap<i64, Current>>> {
    let hosts: HashSet<HostId> = rows.iter().flat_map(|r| r.hosts.iter().copied()).collect();
    if hosts.len() > HOSTS {
        return Ok(None);
    }
    let (now_at, aliases) = (site.clock.now_at(), store::aliases::all(&site.db).await?);
    let mut all: HashMap<i64, Current> = HashMap::new();
    for host in hosts {
        let Some(snapshot) = store::frames::at(&site.db, host, now_at).await? else { continue };
        // A host that fell silent says nothing about now.
        if now_at - snapshot.taken_at > on_its_way_ms(snapshot.sampling_secs) {
            continue;
        }
        for session in &snapshot.sessions {
            let id = match kind {
                Kind::Client => aliases.main(session.client.0),
                Kind::User => session.user.0,
            };
            all.entry(id).or_default().add(session);
        }
    }
    Ok(Some(all))
}

/// The file. Of the manual procedure's columns, `SessionCount` and `TotalOpens` are the most of the range, each at its own time, so
/// that neither can be divided by the other; `AvgOpensPerSession` and `OldestSession` are of now, as are `SessionsNow` and `OpensNow`,
/// which they are made of.
pub(super) async fn answer(site: &Site, kind: Kind, rows: &[Row], wanted: Wanted) -> Result<Response> {
    let current = current(site, kind, rows).await?;
    let mut sheet = Sheet::new(&[
        kind.title(),
        "SessionCount",
        "TotalOpens",
        "AvgOpensPerSession",
        "OldestSession",
        "SessionsNow",
        "OpensNow",
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
        let now = current.as_ref().map(|all| all.get(&row.id).copied().unwrap_or_default());
        add(sheet, row, now);
    });
    Ok(sheet.into_answer(&format!("highwater-{}", kind.many()), wanted))
}

fn add(sheet: &mut Sheet, row: &Row, now: Option<Current>) {
    let held = &row.held;
    sheet
        .text(&row.name)
        .whole(held.peak_sessions)
        .known(row.knows_opens.then_some(held.peak_opens))
        .known_decimal(now.and_then(|now| now.opens_per_session()), 1)
        .known_instant(now.and_then(|now| now.oldest_at))
        .known(now.map(|now| now.sessions))
        .known(now.filter(|now| now.counted == now.sessions).map(|now| now.opens))
        .decimal(hours(held.session_ms), 2)
        .known_decimal(row.knows_idle.then(|| hours(held.idle_ms)), 2)
        .known_decimal(row.knows_opens.then(|| hours(held.zero_open_ms)), 2)
        .whole(held.full_ms / MINUTE_MS)
        .whole(row.hosts.len())
        .instant(held.first_seen_at)
        .instant(held.last_seen_at)
        .text(row.class.map_or("", Class::word))
        .text(&row.others.join("; "))
        .text(&at_most(held, &row.least));
}

/// The columns that hold a bound.
pub(super) fn at_most(held: &Held, least: &Least) -> String {
    let columns = [
        ("SessionCount", held.peak_sessions > least.peak_sessions),
        ("TotalOpens", held.peak_opens > least.peak_opens),
        ("MinutesPresentWhileFull", held.full_ms > least.full_ms),
    ];
    columns.iter().filter(|(_, is_bound)| *is_bound).map(|(column, _)| *column).collect::<Vec<_>>().join("; ")
}

#[expect(clippy::cast_precision_loss, reason = "written with two digits after the point")]
pub(super) fn hours(ms: i64) -> f64 {
    ms as f64 / HOUR_MS as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClientId, UserId};

    #[test]
    fn opens_are_divided_by_the_sessions_of_which_they_are_known_at_the_same_instant() {
        let session =
            |opens, started_at| Session { client: ClientId(1), user: UserId(1), started_at, active_at: None, opens };
        let mut now = Current::default();
        assert_eq!((now.opens_per_session(), now.oldest_at), (None, None));
        [session(Some(6), Some(7)), session(Some(0), Some(5)), session(None, None)].iter().for_each(|s| now.add(s));
        assert_eq!((now.opens_per_session(), now.oldest_at, now.sessions), (Some(3.0), Some(5), 3));
    }
}
