//! What peers may take of this server.

use std::time::Duration;

use super::read::Reader;

/// What one peer, or all together, may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub max_connections: usize,
    /// Of one address; none: a quarter of all.
    pub connections_per_address: Option<usize>,
    /// For the TLS handshake, and then for the head of the first request.
    pub header: Duration,
    /// For a connection to stay silent.
    pub idle: Duration,
    /// For the whole body of a request, and for whoever gets an answer to take the next of it.
    pub body: Duration,
    /// Requests of one key or account to the API.
    pub api_per_minute: u32,
    /// Requests of one agent.
    pub agent_per_minute: u32,
    /// What one host may send.
    pub agent_per_hour: Allowance,
    pub agent_per_day: Allowance,
    /// Agents that wait for a person and came with one token.
    pub waiting_per_token: u32,
    /// Hosts that are let in at once in 24 hours with one token that has no count of its own.
    pub new_per_token: u32,
    /// MiB that are free for SQLite's file, or agents are turned away; 0 for never. None: 2,048, but no more than a tenth of its disk.
    pub free_megabytes: Option<u64>,
    /// GiB that the database may have before they are; none for any.
    pub database_gigabytes: Option<u64>,
}

/// So much of what takes room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// MiB, unpacked.
    pub megabytes: u64,
    pub records: u64,
    pub sessions: u64,
    /// Of clients and users, that no host sent before.
    pub new_names: u64,
    pub events: u64,
    /// MiB of events, as they are stored.
    pub event_megabytes: u64,
    /// MiB of everything else, as it is stored.
    pub stored_megabytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self {
            max_connections: 16_000,
            connections_per_address: None,
            header: secs(15),
            idle: secs(360),
            body: secs(30),
            api_per_minute: 600,
            agent_per_minute: 6_000,
            agent_per_hour: Allowance::PER_HOUR,
            agent_per_day: Allowance::PER_DAY,
            waiting_per_token: 1_000,
            new_per_token: 1_000,
            free_megabytes: None,
            database_gigabytes: None,
        }
    }
}

/// Why these: see the quota of the model, which is the same.
impl Allowance {
    pub const PER_HOUR: Self = Self {
        megabytes: 4_096,
        records: 500_000,
        sessions: 20_000_000,
        new_names: 100_000,
        events: 20_000,
        event_megabytes: 32,
        stored_megabytes: 128,
    };
    pub const PER_DAY: Self = Self {
        megabytes: 49_152,
        records: 5_000_000,
        sessions: 400_000_000,
        new_names: 200_000,
        events: 80_000,
        event_megabytes: 128,
        stored_megabytes: 1_024,
    };
}

pub(super) fn read(read: &mut Reader) -> Limits {
    let default = Limits::default();
    let connections = read.number("limits.max_connections", 16..=1_000_000);
    let of_one = read.number("limits.connections_per_address", 1..=1_000_000);
    Limits {
        connections_per_address: of_one.and_then(|n| usize::try_from(n).ok()),
        max_connections: connections.and_then(|n| usize::try_from(n).ok()).unwrap_or(default.max_connections),
        header: read.number("limits.header_secs", 1..=300).map_or(default.header, Duration::from_secs),
        idle: read.number("limits.idle_secs", 1..=3_600).map_or(default.idle, Duration::from_secs),
        body: read.number("limits.body_secs", 1..=600).map_or(default.body, Duration::from_secs),
        api_per_minute: read
            .number("limits.api_per_minute", 1..=1_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.api_per_minute),
        agent_per_minute: read
            .number("limits.agent_requests_per_minute", 60..=1_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.agent_per_minute),
        agent_per_hour: allowance(read, "hour", default.agent_per_hour),
        agent_per_day: allowance(read, "day", default.agent_per_day),
        waiting_per_token: read
            .number("limits.waiting_agents_per_token", 1..=1_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.waiting_per_token),
        new_per_token: read
            .number("limits.new_hosts_per_token_and_day", 1..=1_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.new_per_token),
        free_megabytes: read.number("limits.free_megabytes", 0..=MOST_MEGABYTES),
        database_gigabytes: read.number("limits.database_gigabytes", 1..=MOST_MEGABYTES >> 10),
    }
}

/// A petabyte: nobody has more, and it fits where bytes are counted.
const MOST_MEGABYTES: u64 = 1 << 30;

/// What one host may send in an hour, or in a day. The least of each lets the largest batch in when nothing was sent before, so that no agent
/// stands still for ever; of events and of what is stored the largest record, since a batch that is too much alone comes in parts.
fn allowance(read: &mut Reader, per: &str, default: Allowance) -> Allowance {
    const MOST: u64 = 1_000_000_000_000;
    let mut amount = |what: &str, least, most, default| {
        read.number(&format!("limits.agent_{what}_per_{per}"), least..=most).unwrap_or(default)
    };
    Allowance {
        megabytes: amount("megabytes", 32, MOST_MEGABYTES, default.megabytes),
        records: amount("records", 10_000, MOST, default.records),
        sessions: amount("sessions", 1_000_000, MOST, default.sessions),
        new_names: amount("new_names", 20_001, MOST, default.new_names),
        events: amount("events", 100, MOST, default.events),
        event_megabytes: amount("event_megabytes", 1, MOST_MEGABYTES, default.event_megabytes),
        stored_megabytes: amount("stored_megabytes", 48, MOST_MEGABYTES, default.stored_megabytes),
    }
}
