//! One simulated host.

use highwater_wire::{Gap, GapReason, Limit, Session, Snapshot};
use jiff::Timestamp;

use super::crowd::{DAY, HOUR, MIN, Moment, SEC, Stay};
use super::fleet::{Flavour, Fleet, Profile};
use super::hash::{below, heavy_index, mix};
use super::names::{computer_account, is_computer};
use super::role::{Clients, Crowd, Role, Users};
use super::session;

/// A view of one host of a [`Fleet`].
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) profile: &'a Profile,
}

impl Host<'_> {
    /// Which host of the fleet this is, from 0.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.profile.number
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.profile.name
    }

    #[must_use]
    pub fn role(&self) -> Role {
        self.profile.role
    }

    #[must_use]
    pub fn limit(&self) -> Limit {
        self.profile.limit
    }

    /// A stable identity of this installation: 64 hexadecimal digits.
    #[must_use]
    pub fn machine_id(&self) -> String {
        self.digits(0x1D00, 4)
    }

    /// What the host says when it enrols, always the same: enrolling a simulated fleet again finds the same hosts.
    #[must_use]
    pub fn attempt(&self) -> String {
        self.digits(0xA77E, 4)
    }

    /// Names the spool of one run: 32 hexadecimal digits.
    #[must_use]
    pub fn epoch(&self, run: u64) -> String {
        self.digits(mix(run, 0xE60C), 2)
    }

    fn digits(&self, what: u64, words: u64) -> String {
        (0..words).map(|word| format!("{:016x}", mix(mix(self.profile.key, what), word))).collect()
    }

    /// All sessions at an instant. A silent host has sessions too; only its agent does not tell them.
    #[must_use]
    pub fn snapshot_at(&self, at: i64, sampling_secs: u32) -> Snapshot {
        let now = self.moment(at);
        let mut sessions = Vec::with_capacity(self.profile.crowds.iter().map(|crowd| crowd.seats as usize).sum());
        for crowd in &self.profile.crowds {
            crowd.rhythm.each(crowd.key, crowd.seats, &now, |seat, stay| {
                sessions.push(self.session(crowd, seat, &stay, at));
            });
        }
        Snapshot {
            taken_at: at,
            source: "simulated".to_owned(),
            sampling_secs,
            limit: self.profile.limit,
            partial: false,
            part: None,
            burst_of: None,
            sessions,
        }
    }

    /// How many sessions there are, without listing them.
    #[must_use]
    pub fn count_at(&self, at: i64) -> u32 {
        let now = self.moment(at);
        let mut count = 0;
        for crowd in &self.profile.crowds {
            crowd.rhythm.each(crowd.key, crowd.seats, &now, |_, _| count += 1);
        }
        count
    }

    fn session(&self, crowd: &Crowd, seat: u32, stay: &Stay, at: i64) -> Session {
        let seat_key = mix(crowd.key, u64::from(seat));
        let people = &self.fleet.people;
        let till = self.is_till(seat);
        let client = match &crowd.clients {
            Clients::One(name) => name.to_string(),
            Clients::Of { most, per_stay } => {
                let key = if *per_stay { stay.key } else { seat_key };
                let which = if till { *most } else { heavy_index(mix(key, 0xC1), *most) };
                people.client(self.profile.first_client + which).to_owned()
            }
        };
        let user_key = if matches!(crowd.clients, Clients::Of { per_stay: true, .. }) { stay.key } else { seat_key };
        let user = match &crowd.users {
            _ if till => "svc-till".to_owned(),
            Users::One(name) => name.to_string(),
            Users::People if is_computer(mix(user_key, 0xA0)) => computer_account(self.profile.site, user_key),
            Users::People => people.user(mix(user_key, 0xA1)).to_owned(),
        };
        let manner = if till { super::crowd::Manner::Forgotten } else { crowd.manner };
        let life = session::life(stay, manner, at);
        let idle_secs = self.profile.role.tells_idle().then_some(life.idle_secs);
        Session { client, user, opens: Some(life.opens), age_secs: Some(life.age_secs), idle_secs }
    }

    /// A kiosk's first seats belong to one application that forgets its sessions.
    fn is_till(&self, seat: u32) -> bool {
        matches!(self.profile.role, Role::Kiosk | Role::Wave) && seat < super::kiosk::TILL_SEATS
    }

    /// The local day around an instant.
    pub(super) fn moment(&self, at: i64) -> Moment {
        if let Flavour::Busy { .. } = self.fleet.flavour {
            // Nothing follows the day there, and looking up a zone is not free.
            let began_at = at.div_euclid(DAY) * DAY;
            return Moment { at, day: at.div_euclid(DAY), began_at, before_began_at: began_at - DAY };
        }
        let mut day = (at + self.offset_ms(at)).div_euclid(DAY);
        // On a day when clocks change, the offset of this instant may be the other one than at midnight.
        while at < self.day_began_at(day) {
            day -= 1;
        }
        while at >= self.day_began_at(day + 1) {
            day += 1;
        }
        Moment { at, day, began_at: self.day_began_at(day), before_began_at: self.day_began_at(day - 1) }
    }

    fn day_began_at(&self, day: i64) -> i64 {
        let midnight = day * DAY;
        let near = midnight - self.offset_ms(midnight);
        midnight - self.offset_ms(near)
    }

    fn offset_ms(&self, at: i64) -> i64 {
        let Ok(instant) = Timestamp::from_millisecond(at) else { return 0 };
        i64::from(self.profile.zone.to_offset(instant).seconds()) * SEC
    }

    /// Whether the host's agent tells nothing at this instant.
    #[must_use]
    pub fn is_silent(&self, at: i64) -> bool {
        self.silence_around(at).is_some()
    }

    /// The stretch in which the agent is stopped, if the instant lies in one.
    #[must_use]
    pub fn silence_around(&self, at: i64) -> Option<(i64, i64)> {
        if self.profile.role != Role::OftenSilent {
            return None;
        }
        if self.fleet.flavour == Flavour::Demo {
            let first = (self.fleet.anchor_at - 34 * MIN, self.fleet.anchor_at + 4 * MIN);
            if (first.0 - HOUR..first.1 + DAY).contains(&at) {
                return (first.0..first.1).contains(&at).then_some(first);
            }
        }
        let cycle = at.div_euclid(4 * DAY);
        let hash = mix(mix(self.profile.key, 0x511E), cycle.cast_unsigned());
        let from_at = cycle * 4 * DAY + below(hash, 3 * DAY);
        let to_at = from_at + 50 * MIN + below(mix(hash, 1), 3 * HOUR);
        (from_at..to_at).contains(&at).then_some((from_at, to_at))
    }

    /// The gap that the agent tells when it is back, for silences that ended in `(after_at, until_at]`.
    #[must_use]
    pub fn gaps_between(&self, after_at: i64, until_at: i64) -> Vec<Gap> {
        if self.profile.role != Role::OftenSilent {
            return Vec::new();
        }
        let mut gaps: Vec<Gap> = Vec::new();
        let mut at = after_at - 4 * HOUR;
        // Steps are shorter than the shortest silence, so none is stepped over.
        while at <= until_at {
            if let Some((from_at, to_at)) = self.silence_around(at)
                && (after_at + 1..=until_at).contains(&to_at)
                && gaps.last().is_none_or(|last| last.from_at != from_at)
            {
                let detail = "the agent's service was stopped".to_owned();
                gaps.push(Gap { from_at, to_at, reason: GapReason::AgentStopped, lost_records: None, detail });
            }
            at += 30 * MIN;
        }
        gaps
    }
}
