//! What the snapshots of one hour of one host add up to.
//!
//! Each snapshot holds true in a stretch of the hour ([`super::stretch`]), and all figures follow from these stretches:
//!
//! * times (`covered_ms`, `session_ms`, …) are sums over the stretches: milliseconds, and always whole seconds;
//! * peaks are those of all snapshots that hold true within the stretch, or were taken in it; a snapshot that holds on from
//!   before counts from the start, so that a cell's peak is never below its mean;
//! * whether a session is idle or without an open file is what the snapshot says of its own instant; sessions of which the
//!   source does not know it count as neither.

use rustc_hash::FxHashMap;

use super::stretch::{self, Moment};
use crate::model::holder::{Held, Holders};
use crate::model::snapshot::{Session, Snapshot, Totals};
use crate::model::time::{CELL_MS, CELLS_PER_HOUR, HOUR_MS};
use crate::model::usage::{Peak, Usage, UsageHour};
use crate::model::{ClientId, HostId, UserId};

/// The snapshots that say something about one hour of one host.
#[derive(Debug, Clone, Copy)]
pub struct HourOfSnapshots<'a> {
    pub hour_at: i64,
    /// The newest one before the hour: it holds true into it.
    pub before: Option<&'a Snapshot>,
    /// Those taken within the hour, in order.
    pub within: &'a [Snapshot],
    /// Nothing after this instant is covered: the future has not been observed.
    pub now_at: i64,
}

/// What one hour of one host adds up to. A snapshot holds true until the next one, but for twice its sampling interval at most.
#[must_use]
pub fn hour(host: HostId, of: HourOfSnapshots<'_>) -> (UsageHour, Holders) {
    let mut cells = [Usage::default(); CELLS_PER_HOUR];
    let (mut by_client, mut by_user) = (Tally::default(), Tally::default());
    for stretch in of.stretches() {
        let snapshot = stretch.snapshot;
        let totals = snapshot.totals();
        let is_full = snapshot.limit.is_full(totals.sessions);
        let mut cell_at = of.hour_at;
        for cell in &mut cells {
            stretch.add_to_cell(cell, cell_at, &totals, is_full);
            cell_at += CELL_MS;
        }
        by_client.add(&stretch, is_full, |s| s.client.0);
        by_user.add(&stretch, is_full, |s| s.user.0);
    }
    let holders = Holders {
        by_client: by_client.finish().map(|(id, held)| (ClientId(id), held)).collect(),
        by_user: by_user.finish().map(|(id, held)| (UserId(id), held)).collect(),
    };
    (UsageHour { host, hour_at: of.hour_at, cells }, holders)
}

/// Until when a snapshot holds true if no other one follows.
#[must_use]
pub fn holds_until(snapshot: &Snapshot) -> i64 {
    moment(snapshot).holds_until()
}

impl<'a> HourOfSnapshots<'a> {
    /// Until when these snapshots say something about the hour once time has gone on; beyond `now_at` if it is not over.
    #[must_use]
    pub fn settled_at(&self) -> i64 {
        let last = self.within.last().or(self.before);
        last.map_or(self.hour_at, |s| holds_until(s).min(self.hour_at.saturating_add(HOUR_MS)))
    }

    fn stretches(&self) -> impl Iterator<Item = Stretch<'a>> {
        let all = self.before.into_iter().chain(self.within);
        let stretches = stretch::stretches(self.hour_at, self.now_at, all.clone().map(moment));
        all.zip(stretches)
            .filter_map(|(snapshot, stretch)| stretch.map(|s| Stretch { snapshot, from_at: s.from_at, to_at: s.to_at }))
    }
}

fn moment(snapshot: &Snapshot) -> Moment {
    Moment { taken_at: snapshot.taken_at, sampling_secs: snapshot.sampling_secs }
}

/// A snapshot and the part of the hour in which it holds true, which may be empty.
struct Stretch<'a> {
    snapshot: &'a Snapshot,
    from_at: i64,
    to_at: i64,
}

impl Stretch<'_> {
    fn add_to_cell(&self, cell: &mut Usage, cell_at: i64, totals: &Totals, is_full: bool) {
        let (from_at, end_at) = (self.from_at.max(cell_at), cell_at + CELL_MS);
        let length_ms = (self.to_at.min(end_at) - from_at).max(0);
        let was_taken_here = (cell_at..end_at).contains(&self.snapshot.taken_at);
        if length_ms == 0 && !was_taken_here {
            return;
        }
        let limit = self.snapshot.limit;
        cell.merge(&Usage {
            snapshots: u32::from(was_taken_here),
            covered_ms: length_ms,
            session_ms: length_ms * i64::from(totals.sessions),
            full_ms: if is_full { length_ms } else { 0 },
            peak: Some(Peak { sessions: totals.sessions, at: from_at, limit }),
            max_saturation: limit.saturation(totals.sessions),
            max_opens: totals.opens,
            max_clients: totals.clients,
        });
    }
}

/// Adds up what each holder held; holders are clients or users.
#[derive(Default)]
struct Tally {
    places: FxHashMap<i64, usize>,
    holders: Vec<Holder>,
    /// Places of the holders that the stretch at hand has met.
    met: Vec<usize>,
}

struct Holder {
    id: i64,
    held: Held,
    /// Within the stretch at hand.
    sessions: u32,
    opens: u32,
}

impl Tally {
    fn add(&mut self, stretch: &Stretch<'_>, is_full: bool, id: impl Fn(&Session) -> i64) {
        let length_ms = stretch.to_at - stretch.from_at;
        // Sessions come by client: a run of them needs one look.
        let (mut last, mut place) = (None, 0);
        for session in &stretch.snapshot.sessions {
            let id = id(session);
            if last.replace(id) != Some(id) {
                place = self.place(id);
            }
            let holder = &mut self.holders[place];
            if holder.sessions == 0 {
                self.met.push(place);
            }
            holder.sessions += 1;
            holder.opens = holder.opens.saturating_add(session.opens.unwrap_or(0));
            holder.held.session_ms += length_ms;
            if session.is_idle(stretch.snapshot.taken_at) == Some(true) {
                holder.held.idle_ms += length_ms;
            }
            if session.opens == Some(0) {
                holder.held.zero_open_ms += length_ms;
            }
        }
        for place in self.met.drain(..) {
            self.holders[place].end_stretch(stretch.from_at, if is_full { length_ms } else { 0 });
        }
    }

    fn place(&mut self, id: i64) -> usize {
        *self.places.entry(id).or_insert_with(|| {
            self.holders.push(Holder { id, held: Held::default(), sessions: 0, opens: 0 });
            self.holders.len() - 1
        })
    }

    fn finish(mut self) -> impl Iterator<Item = (i64, Held)> {
        self.holders.sort_unstable_by_key(|h| h.id);
        self.holders.into_iter().map(|h| (h.id, h.held))
    }
}

impl Holder {
    fn end_stretch(&mut self, from_at: i64, full_ms: i64) {
        let held = &mut self.held;
        if held.peak_sessions == 0 {
            held.first_seen_at = from_at;
        }
        held.last_seen_at = from_at;
        held.full_ms += full_ms;
        held.peak_opens = held.peak_opens.max(self.opens);
        if self.sessions > held.peak_sessions {
            (held.peak_sessions, held.peak_at) = (self.sessions, from_at);
        }
        (self.sessions, self.opens) = (0, 0);
    }
}
