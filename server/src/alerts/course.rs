//! A host's way through what it can suffer from, look by look.
//!
//! A look holds true until the next one, but for twice its sampling interval at most: what lies beyond is a hole. After a hole
//! everything that has to last is counted anew, so that nothing opens or closes across what nobody saw.

use serde::{Deserialize, Serialize};

use super::flood::{Baseline, Lows};
use super::{InForce, Look, Seen, Sight, Turn, Turned};
use crate::model::alert::Levels;
use crate::model::incident::Kind;

/// The kinds that a course goes through, gravest first.
pub const KINDS: [Kind; 4] = [Kind::Full, Kind::Near, Kind::Capacity, Kind::Flood];

/// Where a host stands after what was seen so far. Goes on from here when it is kept and read back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Course {
    last: Option<Last>,
    full: Track,
    near: Track,
    capacity: Track,
    flood: Track,
    lows: Lows,
}

/// The newest look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Last {
    until_at: i64,
    saturation: Option<f64>,
}

/// Where it stands with one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Track {
    /// Looks at or above the open level, without a hole.
    run: Option<Run>,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    from_at: i64,
    looks: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    /// Since when it has been well without a hole.
    calm_since: Option<i64>,
    /// It has been well since the open level was reached last.
    has_calmed: bool,
}

const OPENED: Open = Open { calm_since: None, has_calmed: false };

impl Course {
    /// Follows what was seen next: never earlier than what was followed before.
    pub fn follow(&mut self, in_force: &InForce, baseline: Option<&Baseline>, seen: &Seen, turns: &mut Vec<Turn>) {
        self.pass(in_force, seen.at, turns);
        // Before the first look nothing was seen, either.
        if self.last.is_none_or(|last| seen.at > last.until_at) {
            self.lose_sight();
        }
        match seen.what {
            Sight::Look(look) => self.look(in_force, baseline, (seen.at, look), turns),
            Sight::Capacity => self.capacity(in_force, seen.at, turns),
            Sight::Flood => self.trigger(Kind::Flood, in_force, (seen.at, seen.at), turns),
        }
    }

    /// What has been well for long enough by what was seen until `at` is over. Only when something new is seen: by the clock alone it
    /// would depend on how long things are on their way.
    fn pass(&mut self, in_force: &InForce, at: i64, turns: &mut Vec<Turn>) {
        let Some(last) = self.last else { return };
        let seen_until = last.until_at.min(at);
        for kind in KINDS {
            // A rule that was switched off lets what is open run out by its first levels.
            let levels = in_force.levels(kind).unwrap_or_else(|| Levels::first(kind));
            let track = self.track(kind);
            let Some(since) = track.open.and_then(|open| open.calm_since) else { continue };
            if seen_until.saturating_sub(since) >= levels.close_ms {
                *track = Track::default();
                let at = since.saturating_add(levels.close_ms);
                turns.push(Turn { kind, at, what: Turned::Cleared { until_at: since } });
            }
        }
    }

    /// Since when nothing is seen that would say how it goes on; none if something is.
    #[must_use]
    pub fn unknown_since(&self, now_at: i64) -> Option<i64> {
        self.last.map(|last| last.until_at).filter(|until_at| *until_at < now_at)
    }

    #[must_use]
    pub fn is_open(&self, kind: Kind) -> bool {
        match kind {
            Kind::Full => self.full.open.is_some(),
            Kind::Near => self.near.open.is_some(),
            Kind::Capacity => self.capacity.open.is_some(),
            Kind::Flood => self.flood.open.is_some(),
            Kind::Share | Kind::Silent | Kind::Pipeline | Kind::Leak => false,
        }
    }

    /// Whether nothing is open, and nothing about to be.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        [&self.full, &self.near, &self.capacity, &self.flood].iter().all(|track| **track == Track::default())
    }

    /// An incident of this kind exists since an instant: it is open, whatever was seen of it.
    pub(super) fn stand(&mut self, kind: Kind, at: i64, turns: &mut Vec<Turn>) {
        if !KINDS.contains(&kind) || (kind == Kind::Near && self.full.open.is_some()) {
            return;
        }
        let _ = self.track(kind).open.get_or_insert(OPENED);
        if kind == Kind::Full {
            self.outgrow(at, turns);
        }
    }

    fn track(&mut self, kind: Kind) -> &mut Track {
        match kind {
            Kind::Near => &mut self.near,
            Kind::Capacity => &mut self.capacity,
            Kind::Flood => &mut self.flood,
            _ => &mut self.full,
        }
    }

    fn lose_sight(&mut self) {
        self.lows = Lows::default();
        if let Some(last) = &mut self.last {
            last.saturation = None;
        }
        for kind in KINDS {
            let track = self.track(kind);
            track.run = None;
            if let Some(open) = &mut track.open {
                open.calm_since = None;
            }
        }
    }

    fn look(
        &mut self,
        in_force: &InForce,
        baseline: Option<&Baseline>,
        (at, look): (i64, Look),
        turns: &mut Vec<Turn>,
    ) {
        self.last = Some(Last { until_at: at.saturating_add(look.holds_ms), saturation: look.saturation });
        for kind in [Kind::Full, Kind::Near] {
            if kind == Kind::Near && self.full.open.is_some() {
                self.outgrow(at, turns);
                continue;
            }
            let levels = in_force.levels(kind);
            self.track(kind).level((kind, levels), at, look.saturation, turns);
        }
        let rise = self.lows.rise(at, look.sessions, look.clients);
        for kind in [Kind::Capacity, Kind::Flood] {
            // Nothing says that it goes on: it is well until something does.
            if let Some(open) = &mut self.track(kind).open {
                open.calm_since.get_or_insert(at);
                open.has_calmed = true;
            }
        }
        if let Some((from_at, _)) = baseline.and_then(|baseline| baseline.exceeded(&rise)) {
            self.trigger(Kind::Flood, in_force, (from_at, at), turns);
        }
    }

    /// What was near has become full.
    fn outgrow(&mut self, at: i64, turns: &mut Vec<Turn>) {
        if std::mem::take(&mut self.near).open.is_some() {
            turns.push(Turn { kind: Kind::Near, at, what: Turned::Outgrown });
        }
    }

    fn capacity(&mut self, in_force: &InForce, at: i64, turns: &mut Vec<Turn>) {
        if let Some(open) = &mut self.full.open {
            // It has to be well for the whole time anew.
            open.calm_since = open.calm_since.map(|_| at);
            turns.push(Turn { kind: Kind::Full, at, what: Turned::Joined });
            return;
        }
        let saturation = self.last.and_then(|last| last.saturation);
        let is_full = in_force.full.zip(saturation).is_some_and(|(levels, saturation)| saturation >= levels.open_at);
        if is_full {
            let from_at = self.full.run.map_or(at, |run| run.from_at);
            self.full.open = Some(OPENED);
            turns.push(Turn { kind: Kind::Full, at, what: Turned::Opened { from_at } });
            self.outgrow(at, turns);
        } else {
            self.trigger(Kind::Capacity, in_force, (at, at), turns);
        }
    }

    /// Something says at an instant that a kind holds since another one; nothing will say that it holds no more.
    fn trigger(&mut self, kind: Kind, in_force: &InForce, (from_at, at): (i64, i64), turns: &mut Vec<Turn>) {
        let is_in_force = in_force.levels(kind).is_some();
        let track = self.track(kind);
        match &mut track.open {
            Some(open) => {
                open.calm_since = Some(at);
                turns.push(Turn { kind, at, what: Turned::Joined });
            }
            None if is_in_force => {
                track.open = Some(Open { calm_since: Some(at), has_calmed: true });
                turns.push(Turn { kind, at, what: Turned::Opened { from_at } });
            }
            None => {}
        }
    }
}

impl Track {
    /// A look at a share of the limit.
    fn level(&mut self, (kind, levels): (Kind, Option<Levels>), at: i64, share: Option<f64>, turns: &mut Vec<Turn>) {
        let Some(share) = share else {
            // Nobody knows the limit: as good as not seen.
            self.run = None;
            if let Some(open) = &mut self.open {
                open.calm_since = None;
            }
            return;
        };
        let bounds = levels.unwrap_or_else(|| Levels::first(kind));
        if share < bounds.open_at {
            self.run = None;
            if let Some(open) = &mut self.open {
                if share <= bounds.close_at {
                    open.calm_since.get_or_insert(at);
                    open.has_calmed = true;
                } else {
                    open.calm_since = None;
                }
            }
            return;
        }
        let run = self.run.get_or_insert(Run { from_at: at, looks: 0 });
        run.looks = run.looks.saturating_add(1);
        match &mut self.open {
            Some(open) => {
                if std::mem::take(&mut open.has_calmed) {
                    turns.push(Turn { kind, at, what: Turned::Again });
                }
                open.calm_since = None;
            }
            None if levels.is_some() && run.looks >= bounds.open_looks && at - run.from_at >= bounds.open_ms => {
                let from_at = run.from_at;
                self.open = Some(OPENED);
                turns.push(Turn { kind, at, what: Turned::Opened { from_at } });
            }
            None => {}
        }
    }
}
