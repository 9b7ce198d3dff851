//! What incidents are judged by: looks of hosts that are followed, and hosts that are to be followed from now on, because a look or an
//! event is worth it. Written in the transaction that stores them.

use std::collections::{BTreeMap, HashSet};

use crate::model::HostId;
use crate::model::event::{EventClass, FLOOD_CODES, NewEvent};
use crate::model::host::Now;
use crate::model::limit::Limit;
use crate::model::snapshot::{LookOf, Snapshot, Totals};
use crate::store::{self, Tx, courses};

/// So many sessions more than in the look before are worth following: nothing that grows slower is a flood.
const RISE: u32 = 10;

#[derive(Debug, Default)]
pub(super) struct Followed {
    /// Hosts that are followed already.
    hosts: HashSet<HostId>,
    /// From this share of the limit on, a host is followed.
    lowest_share: Option<f64>,
    looks: Vec<(HostId, LookOf)>,
    /// Each with the earliest instant of what came.
    touched: BTreeMap<HostId, i64>,
}

impl Followed {
    pub(super) async fn read(tx: &mut Tx) -> store::Result<Self> {
        let hosts = courses::followed(tx).await?;
        Ok(Self { hosts, lowest_share: courses::lowest_share(tx).await?, ..Self::default() })
    }

    /// A snapshot that is stored; `before`: the one before it in its stream.
    pub(super) fn look(&mut self, host: HostId, now: &Now, before: Option<&Snapshot>) {
        let sessions = now.totals.sessions;
        let before = before.filter(|before| before.taken_at < now.taken_at);
        let share = now.limit.saturation(sessions);
        let is_near = share.zip(self.lowest_share).is_some_and(|(share, lowest)| share >= lowest);
        let rises = before.is_some_and(|before| sessions >= size(before).saturating_add(RISE));
        if is_near || rises {
            if let Some(before) = before.filter(|_| !self.hosts.contains(&host)) {
                // From where it rose.
                let look = look_of(before.taken_at, &before.totals(), before.limit, before.sampling_secs);
                self.looks.push((host, look));
            }
            self.hosts.insert(host);
        }
        if self.hosts.contains(&host) {
            let look = look_of(now.taken_at, &now.totals, now.limit, now.sampling_secs);
            self.looks.push((host, look));
            self.touch(host, now.taken_at);
        }
    }

    pub(super) fn event(&mut self, host: HostId, event: &NewEvent) {
        if event.class == EventClass::Capacity
            || (event.class == EventClass::Abuse && FLOOD_CODES.contains(&event.code))
        {
            self.hosts.insert(host);
            self.touch(host, event.recorded_at);
        }
    }

    fn touch(&mut self, host: HostId, at: i64) {
        let earliest = self.touched.entry(host).or_insert(at);
        *earliest = (*earliest).min(at);
    }

    pub(super) async fn write(self, tx: &mut Tx) -> store::Result<()> {
        let mut looks = self.looks;
        looks.sort_by_key(|(host, look)| (*host, look.taken_at));
        looks.dedup_by_key(|(host, look)| (*host, look.taken_at));
        courses::touch(tx, &self.touched).await?;
        courses::keep_looks(tx, &looks).await
    }
}

fn size(snapshot: &Snapshot) -> u32 {
    u32::try_from(snapshot.sessions.len()).unwrap_or(u32::MAX)
}

fn look_of(taken_at: i64, totals: &Totals, limit: Limit, sampling_secs: u32) -> LookOf {
    LookOf {
        taken_at,
        sessions: totals.sessions,
        clients: totals.clients,
        limit_sessions: limit.sessions,
        is_unlimited: limit.unlimited,
        sampling_secs,
    }
}
