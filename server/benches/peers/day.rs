//! What all systems get: the snapshots of a simulated fleet over some hours, and what is true of them.
//!
//! A snapshot follows from the seed, the host and the instant alone, so that each system is fed with the same ones without
//! keeping them. Every host has the same number of sessions, a twentieth of which change every minute; few clients hold many.

use std::collections::BTreeMap;

use highwater_agent::source::simulated::Fleet;
use highwater_wire::Snapshot;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;
/// How long a session has to have done nothing to be called idle.
pub(crate) const IDLE_SECS: u32 = 900;
const SEED: u64 = 1;

#[derive(Debug)]
pub(crate) struct Day {
    fleet: Fleet,
    pub(crate) from_at: i64,
    hours: i64,
    /// How many snapshots of a host make a request.
    minutes: i64,
    asked_host: u32,
}

/// What one host saw in some minutes, in order.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) host: u32,
    pub(crate) name: String,
    pub(crate) snapshots: Vec<Snapshot>,
}

/// A session as the comparison sees it: client, user, opens, and when it began and last did something, in whole seconds.
pub(crate) type Session = (String, String, u32, i64, i64);

/// The right answers.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Session-seconds of each client where every observation counts for a minute.
    pub(crate) by_count: BTreeMap<String, i64>,
    /// The same where a snapshot holds from the first whole second at or after it until the next one's, or the end.
    pub(crate) by_time: BTreeMap<String, i64>,
    /// The sessions of the host that is asked for, in order.
    pub(crate) sessions: Vec<Session>,
    pub(crate) fed: Fed,
}

/// What was sent, told from all else by a sum over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fed {
    pub(crate) snapshots: u64,
    pub(crate) observations: u64,
    sum: u64,
}

impl Day {
    pub(crate) fn new(fleet: Fleet, from_at: i64, hours: i64, minutes: i64) -> Self {
        let asked_host = fleet.hosts() / 2;
        Self { fleet, from_at, hours, minutes, asked_host }
    }

    /// A fleet of so many hosts with so many sessions each.
    pub(crate) fn fleet_of(hosts: u32, sessions: u32) -> Fleet {
        Fleet::busy(SEED, hosts, sessions)
    }

    pub(crate) fn minutes(&self) -> i64 {
        self.minutes
    }

    pub(crate) fn hosts(&self) -> u32 {
        self.fleet.hosts()
    }

    pub(crate) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    pub(crate) fn to_at(&self) -> i64 {
        self.from_at + self.hours * HOUR_MS
    }

    /// When each round of requests, one of each host, begins.
    pub(crate) fn rounds(&self) -> impl Iterator<Item = i64> + use<> {
        (self.from_at..self.to_at()).step_by(usize::try_from(self.minutes * MINUTE_MS).unwrap_or(1))
    }

    /// The host whose sessions at an instant are asked for.
    pub(crate) fn asked_host(&self) -> (u32, String) {
        (self.asked_host, self.fleet.host(self.asked_host).name().to_owned())
    }

    /// 09:31, or half past the last hour of a shorter day.
    pub(crate) fn asked_at(&self) -> i64 {
        self.from_at + (self.hours - 1).min(9) * HOUR_MS + 31 * MINUTE_MS
    }

    pub(crate) fn stretch(&self, host: u32, from_at: i64) -> Stretch {
        // Agents do not all look at the same instant.
        let apart_ms = i64::from(host) * 7_919 % MINUTE_MS;
        let of = self.fleet.host(host);
        let snapshot = |minute| of.snapshot_at(from_at + minute * MINUTE_MS + apart_ms, 60);
        Stretch { host, name: of.name().to_owned(), snapshots: (0..self.minutes).map(snapshot).collect() }
    }

    pub(crate) fn truth(&self) -> Truth {
        let mut truth = Truth::default();
        for round_at in self.rounds() {
            for host in 0..self.hosts() {
                let stretch = self.stretch(host, round_at);
                truth.fed.add(&stretch);
                truth.add(&stretch, self.to_at());
                let asked = stretch.snapshots.iter().rfind(|s| s.taken_at <= self.asked_at());
                if let Some(snapshot) = asked.filter(|_| host == self.asked_host) {
                    truth.sessions = sessions(snapshot);
                }
            }
        }
        truth
    }
}

impl Truth {
    fn add(&mut self, stretch: &Stretch, end_at: i64) {
        for snapshot in &stretch.snapshots {
            let from_at = ceil_second(snapshot.taken_at);
            let holds_ms = (from_at + MINUTE_MS).min(end_at) - from_at;
            for session in &snapshot.sessions {
                *self.by_count.entry(session.client.clone()).or_default() += MINUTE_MS / 1_000;
                *self.by_time.entry(session.client.clone()).or_default() += holds_ms / 1_000;
            }
        }
    }
}

impl Fed {
    pub(crate) fn add(&mut self, stretch: &Stretch) {
        for snapshot in &stretch.snapshots {
            self.snapshots += 1;
            self.observations += snapshot.sessions.len() as u64;
            let mut sum = mix(u64::from(stretch.host), snapshot.taken_at.cast_unsigned());
            for session in &snapshot.sessions {
                let words = [session.opens, session.age_secs, session.idle_secs].map(Option::unwrap_or_default);
                sum = words.iter().fold(sum, |sum, word| mix(sum, u64::from(*word)));
                let text = session.client.bytes().chain(session.user.bytes());
                sum = text.fold(sum, |sum, byte| mix(sum, u64::from(byte)));
            }
            self.sum = self.sum.wrapping_add(sum);
        }
    }
}

fn mix(sum: u64, word: u64) -> u64 {
    (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// The sessions of a snapshot as the comparison sees them.
pub(crate) fn sessions(snapshot: &Snapshot) -> Vec<Session> {
    let at = |secs: Option<u32>| (snapshot.taken_at - i64::from(secs.unwrap_or_default()) * 1_000).div_euclid(1_000);
    let all = snapshot
        .sessions
        .iter()
        .map(|s| (s.client.clone(), s.user.clone(), s.opens.unwrap_or_default(), at(s.age_secs), at(s.idle_secs)));
    let mut all: Vec<_> = all.collect();
    all.sort();
    all
}

fn ceil_second(at: i64) -> i64 {
    at + (1_000 - at.rem_euclid(1_000)) % 1_000
}
