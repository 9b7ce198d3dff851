//! A fleet of any size out of one number.

use highwater_wire::Limit;
use jiff::tz::{Offset, TimeZone};

use super::hash::mix;
use super::host::Host;
use super::names::{People, SITES, Site};
use super::role::{Crowd, Role, crowds};

/// When [`Fleet::new`]'s growth passes its middle: 2026-11-02.
const ANCHOR_AT: i64 = 1_793_577_600_000;
const DEMO_HOSTS: u32 = 24;
const DEMO_SEED: u64 = 2003;

/// What a fleet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    Believable,
    /// One kiosk fills up while one watches, and one host is silent at first.
    Demo,
    /// Every host has this many sessions, day and night, and 5 % of them change every minute.
    Busy {
        sessions: u32,
    },
}

/// Simulated hosts. Everything asked of them is a pure function of the seed, the host and the instant.
#[derive(Debug)]
pub struct Fleet {
    pub(super) flavour: Flavour,
    /// The instant that stories are told around: a host's growth, a demo's first wave.
    pub(super) anchor_at: i64,
    pub(super) people: People,
    profiles: Vec<Profile>,
}

/// What does not change about a host.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) number: u32,
    pub(super) key: u64,
    pub(super) role: Role,
    pub(super) name: String,
    pub(super) site: &'static Site,
    pub(super) zone: TimeZone,
    pub(super) limit: Limit,
    pub(super) crowds: Vec<Crowd>,
    /// First of its clients among the fleet's.
    pub(super) first_client: u32,
}

impl Fleet {
    /// A believable fleet: one host of each kind first, then many file servers and some of everything.
    #[must_use]
    pub fn new(seed: u64, hosts: u32) -> Self {
        Self::around(seed, hosts, ANCHOR_AT)
    }

    /// The same with its stories told around `anchor_at`, usually now: before it, a growing host is below 62 % of its seats.
    #[must_use]
    pub fn around(seed: u64, hosts: u32, anchor_at: i64) -> Self {
        Self::build(seed, hosts, anchor_at, Flavour::Believable)
    }

    /// 24 hosts whose first one, a kiosk with a limit of 20, fills from 14 sessions to 20 within three minutes after
    /// `now_at`, stays full for some minutes, eases, and comes back.
    #[must_use]
    pub fn demo(now_at: i64) -> Self {
        Self::build(DEMO_SEED, DEMO_HOSTS, now_at, Flavour::Demo)
    }

    /// For load: hosts that all have `sessions` sessions.
    #[must_use]
    pub fn busy(seed: u64, hosts: u32, sessions: u32) -> Self {
        Self::build(seed, hosts, ANCHOR_AT, Flavour::Busy { sessions })
    }

    fn build(seed: u64, hosts: u32, anchor_at: i64, flavour: Flavour) -> Self {
        let people = People::new(
            seed,
            (hosts.saturating_mul(40)).clamp(2_400, 240_000),
            hosts.saturating_mul(20).clamp(600, 100_000),
        );
        let zones: Vec<TimeZone> = SITES.iter().map(zone).collect();
        let mut counts = std::collections::HashMap::new();
        let profiles = (0..hosts)
            .map(|number| {
                let key = mix(mix(seed, 0x4057), u64::from(number));
                let role = Role::of(flavour, number, key);
                let at = number as usize * 5 % SITES.len() + usize::from(number as usize / SITES.len() % 3 == 2);
                let at = at % SITES.len();
                let site = &SITES[at];
                let count = counts.entry((role.prefix(), if role.prefix() == "KIOSK" { "" } else { site.code }));
                let count = count.and_modify(|n| *n += 1).or_insert(1_u32);
                let block = people.per_site();
                let within = super::hash::index(mix(key, 0xF125), block.saturating_sub(160).max(1));
                Profile {
                    number,
                    key,
                    role,
                    name: host_name(role, site, *count),
                    site,
                    zone: zones[at].clone(),
                    limit: role.limit(),
                    crowds: crowds(role, key, site, flavour, anchor_at),
                    first_client: block * u32::try_from(at).unwrap_or_default() + within,
                }
            })
            .collect();
        Self { flavour, anchor_at, people, profiles }
    }

    /// How many hosts there are.
    #[must_use]
    pub fn hosts(&self) -> u32 {
        u32::try_from(self.profiles.len()).unwrap_or(u32::MAX)
    }

    /// Host `number`, from 0; numbers beyond the last start over.
    ///
    /// # Panics
    /// The fleet has no host.
    #[must_use]
    pub fn host(&self, number: u32) -> Host<'_> {
        Host { fleet: self, profile: &self.profiles[number as usize % self.profiles.len()] }
    }

    /// All hosts.
    pub fn iter(&self) -> impl Iterator<Item = Host<'_>> {
        self.profiles.iter().map(|profile| Host { fleet: self, profile })
    }
}

fn host_name(role: Role, site: &Site, count: u32) -> String {
    match role {
        Role::Kiosk | Role::Wave => format!("KIOSK-{count:02}"),
        _ => format!("{}-{}-{count:02}", role.prefix(), site.code),
    }
}

fn zone(site: &Site) -> TimeZone {
    TimeZone::get(site.time_zone).unwrap_or_else(|_| TimeZone::fixed(Offset::constant(site.offset_hours)))
}
