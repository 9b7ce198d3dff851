//! What the fleet's agents would have pushed in the weeks before: through the same door, with the same keys, newest first, so
//! that whoever looks meanwhile sees it grow into the past.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use highwater_agent::clock::Clock;
use highwater_agent::identity::Identity;
use highwater_agent::load::{self, Member, Past, Pushers};
use highwater_agent::ship::{Client, Limits, Trust};
use highwater_agent::source::simulated::Fleet;

use super::fleet::Place;
use crate::model::HostId;
use crate::model::time::{DAY_MS, HOUR_MS, hour_start};
use crate::model::unit::Unit;
use crate::store::{Db, work};

/// Hosts whose past is pushed at the same time: pages must stay quick on a small computer.
const AT_ONCE: usize = 2;
/// The last hours as agents sample them…
const CLOSE_SECS: u32 = 60;
/// …and what is further back at the width of a chart's cell.
const FAR_SECS: u32 = 300;

/// A simulated host that is enrolled.
struct Enrolled {
    host: u32,
    id: HostId,
    key: String,
}

pub(super) struct History {
    pub(super) db: Db,
    pub(super) place: Place,
    pub(super) fleet: Arc<Fleet>,
    pub(super) hosts: Range<u32>,
    pub(super) days: u32,
    pub(super) now_at: i64,
}

impl History {
    /// Pushes it to its end.
    pub(super) async fn push(self) -> anyhow::Result<()> {
        let enrolled = self.enrolled().await?;
        let trust = Trust { ca: Some(self.place.ca.clone()), ..Trust::default() };
        let client = Client::new(&self.place.server, &trust, None, Limits::default(), Clock::system())?;
        let pushers = Pushers::new(vec![client], Clock::system(), AT_ONCE);
        for (run, past) in (1..).zip(stretches(self.now_at, self.days)) {
            let of = |one: &Enrolled| Member::new(&self.fleet, one.host, one.key.clone(), run);
            let mut members: Vec<Member> = enrolled.iter().map(of).collect();
            load::backfill(&pushers, &self.fleet, &mut members, past).await?;
            if run == 1 {
                self.hurry(&enrolled).await?;
            }
        }
        Ok(())
    }

    /// Hours that still grow are summed up a minute or two later; the fleet's first picture should not wait for that.
    async fn hurry(&self, enrolled: &[Enrolled]) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        let hours = [hour_start(self.now_at - HOUR_MS), hour_start(self.now_at)];
        let of_hour = |hour_at| enrolled.iter().map(move |one| Unit::HostHour { hour_at, host: one.id });
        let mut units: Vec<_> = hours.into_iter().flat_map(of_hour).map(|unit| (unit, self.now_at)).collect();
        units.sort_unstable();
        work::touch(&mut tx, &units).await?;
        tx.commit().await
    }

    /// The hosts, with the keys that their agents got when they enrolled.
    async fn enrolled(&self) -> anyhow::Result<Vec<Enrolled>> {
        let mut enrolled = Vec::new();
        for host in self.hosts.clone() {
            let dir = self.place.settings(&self.fleet, host).data_dir;
            let membership = loop {
                if let Some(membership) = Identity::load(&dir)?.and_then(|identity| identity.enrolled) {
                    break membership;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            enrolled.push(Enrolled { host, id: HostId(membership.host_id), key: membership.key });
        }
        Ok(enrolled)
    }
}

/// The past in pieces, newest first, each as short as it has to be for all hosts to have it soon.
fn stretches(now_at: i64, days: u32) -> Vec<Past> {
    let piece = |from_ms: i64, to_ms: i64, sampling_secs| Past {
        from_at: now_at - from_ms,
        to_at: now_at - to_ms,
        sampling_secs,
    };
    let mut all = vec![
        piece(HOUR_MS, 0, CLOSE_SECS),
        piece(6 * HOUR_MS, HOUR_MS, CLOSE_SECS * 2),
        piece(DAY_MS, 6 * HOUR_MS, FAR_SECS),
    ];
    let day = |n: i64| piece((n + 1) * DAY_MS, n * DAY_MS, FAR_SECS);
    all.extend((1..i64::from(days)).map(day));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_told_without_holes_and_newest_first() {
        let all = stretches(100 * DAY_MS, 21);
        assert_eq!(all[0].to_at, 100 * DAY_MS);
        for pair in all.windows(2) {
            assert_eq!(pair[1].to_at, pair[0].from_at);
        }
        assert_eq!(all.last().unwrap().from_at, 79 * DAY_MS);
    }
}
