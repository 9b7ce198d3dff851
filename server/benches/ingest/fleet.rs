//! A fleet for the benchmark: plain, deterministic, and packed beforehand.

use highwater_wire as wire;

/// 2026-11-25T00:00:00Z: every snapshot lies within the day before.
pub(crate) const NOW_AT: i64 = 1_795_564_800_000;
pub(crate) const SESSIONS: usize = 200;

const MINUTE_MS: i64 = 60_000;

pub(crate) struct Batch {
    pub(crate) host: usize,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Fleet {
    hosts: Vec<Vec<Session>>,
    random: Random,
}

struct Session {
    client: String,
    user: String,
    started_at: i64,
    active_at: i64,
    opens: u32,
}

impl Fleet {
    pub(crate) fn new(hosts: usize) -> Self {
        Self { hosts: (0..hosts).map(|_| Vec::new()).collect(), random: Random(0x9e37_79b9_7f4a_7c15) }
    }

    /// The given minutes up to [`NOW_AT`], so many snapshots a batch, in order of time.
    pub(crate) fn batches(mut self, minutes: usize, per_batch: usize) -> Vec<Batch> {
        let mut batches = Vec::new();
        let mut records: Vec<Vec<wire::Record>> = self.hosts.iter().map(|_| Vec::new()).collect();
        for minute in 0..minutes {
            for (host, waiting) in records.iter_mut().enumerate() {
                // Agents do not all look at the same instant.
                let jitter = i64::try_from(host * 7_919 % 59_000).unwrap_or_default();
                let taken_at = NOW_AT - MINUTE_MS * i64::try_from(minutes - minute).unwrap_or_default() + jitter;
                waiting.push(self.snapshot(host, taken_at));
                if waiting.len() == per_batch || minute + 1 == minutes {
                    let first = minute + 2 - waiting.len();
                    batches.push(Batch { host, body: pack(first, std::mem::take(waiting)) });
                }
            }
        }
        batches
    }

    fn snapshot(&mut self, host: usize, taken_at: i64) -> wire::Record {
        let random = &mut self.random;
        let sessions = &mut self.hosts[host];
        sessions.retain(|_| random.below(100) >= 5);
        while sessions.len() < SESSIONS {
            // Three in ten come from a few clients with many sessions: terminal servers, scanners, backup.
            let client = if random.below(10) < 3 { random.below(4) } else { 4 + random.below(300) };
            let age = i64::try_from(random.below(36_000)).unwrap_or_default() * 137;
            // A client has one user, or a few.
            let user = format!("user{host:03}{client:03}{}", random.below(20) / 19);
            let client = format!("10.{}.{}.{client}", host / 250, host % 250);
            sessions.push(Session {
                client,
                user,
                started_at: taken_at - age / 100,
                active_at: taken_at - age / 400,
                opens: 1,
            });
        }
        for session in sessions.iter_mut() {
            if random.below(100) < 33 {
                session.active_at = taken_at - i64::try_from(random.below(60_000)).unwrap_or_default();
            }
            if random.below(100) < 10 {
                session.opens = u32::try_from(random.below(6)).unwrap_or_default();
            }
        }
        let seconds = |ms: i64| u32::try_from(ms / 1_000).ok();
        let stated = sessions.iter().map(|s| wire::Session {
            client: s.client.clone(),
            user: s.user.clone(),
            opens: Some(s.opens),
            age_secs: seconds(taken_at - s.started_at),
            idle_secs: seconds(taken_at - s.active_at.max(s.started_at)),
        });
        wire::Record::Snapshot(wire::Snapshot {
            taken_at,
            source: "net_session_502".to_owned(),
            sampling_secs: 60,
            limit: wire::Limit { sessions: Some(250), unlimited: false, source: wire::LimitSource::Api },
            partial: false,
            part: None,
            burst_of: None,
            sessions: stated.collect(),
        })
    }
}

fn pack(first_seq: usize, records: Vec<wire::Record>) -> Vec<u8> {
    let batch = wire::Batch {
        epoch: "5f0c1b7e9d3a4c2688b1d0e4a7f35c19".to_owned(),
        first_seq: first_seq as u64,
        boot_id: String::new(),
        sent_at: NOW_AT,
        agent_version: "0.1.0".to_owned(),
        queued_records: 0,
        records,
    };
    let json = serde_json::to_vec(&batch).unwrap_or_default();
    zstd::bulk::compress(&json, 3).unwrap_or_default()
}

/// xorshift: the same fleet on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}
