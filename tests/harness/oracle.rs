//! What must be true after any crash: what the agent has written down is what the server has, once.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use highwater::model::HostId;
use highwater::model::eyes::Eyes;
use highwater::store::{Db, cursors, frames, gaps, names};
use highwater_agent::clock::Clock;
use highwater_agent::spool::{Most, Options, RealDisk, Spool};
use highwater_wire::{Gap, Record, Snapshot};

/// (client, user, opens), in order.
type Sessions = Vec<(String, String, Option<u32>)>;

/// Compares a stopped agent's spool, which keeps what was acknowledged, with the store: the server has all that it acknowledged;
/// up to its cursor, snapshots, their sessions and gaps are the same, and none is there twice; beyond it, nothing is stored.
/// Answers how many snapshots there were.
pub async fn what_was_acknowledged_is_stored_once(db: &Db, host: HostId, data_dir: &Path) -> usize {
    let spooled = Spooled::read(data_dir);
    let cursor = cursors::find(db, host, &spooled.epoch).await.unwrap().expect("the server knows this spool");
    assert!(spooled.acked <= cursor, "{} were acknowledged, {cursor} are stored", spooled.acked);
    let (snapshots, spooled_gaps) = spooled.up_to(cursor);
    let stored = frames::instants(db, host, 0, 1 << 42).await.unwrap();
    let taken: Vec<i64> = snapshots.keys().copied().collect();
    assert_eq!(stored, taken, "the stored snapshots are the spooled ones, once each");
    for (taken_at, snapshot) in &snapshots {
        assert_eq!(stored_sessions(db, host, *taken_at).await, sessions_of(snapshot), "the snapshot of {taken_at}");
    }
    let mut stored_gaps: Vec<_> =
        gaps::of_host(db, host, 0, 1 << 42).await.unwrap().iter().map(|g| (g.from_at, g.to_at)).collect();
    stored_gaps.sort_unstable();
    assert_eq!(stored_gaps, spooled_gaps, "gaps are stored once each");
    snapshots.len()
}

struct Spooled {
    epoch: String,
    /// Up to which sequence number the agent knows its records to be stored.
    acked: u64,
    /// All of them, from sequence number 1.
    records: Vec<Record>,
}

impl Spooled {
    fn read(data_dir: &Path) -> Self {
        let options = Options::new(data_dir.join("spool"));
        let mut spool = Spool::open(options, Arc::new(RealDisk), Clock::system(), rand::make_rng()).unwrap();
        let waiting = spool.stats().waiting_records;
        // As if the server had nothing: the spool gives all that it keeps.
        spool.settle(0, None).unwrap();
        let run = spool.next(Most { records: usize::MAX, bytes: usize::MAX }).unwrap();
        assert_eq!((run.first_seq, run.behind), (1, 0), "the spool keeps all of a short test");
        let records: Vec<Record> = run.records.iter().map(|json| serde_json::from_slice(json).unwrap()).collect();
        Self { epoch: run.epoch, acked: records.len() as u64 - waiting, records }
    }

    fn up_to(self, cursor: u64) -> (BTreeMap<i64, Snapshot>, Vec<(i64, i64)>) {
        let (mut snapshots, mut gaps) = (BTreeMap::new(), Vec::new());
        for record in self.records.into_iter().take(usize::try_from(cursor).unwrap()) {
            match record {
                Record::Snapshot(snapshot) => drop(snapshots.insert(snapshot.taken_at, snapshot)),
                Record::Gap(Gap { from_at, to_at, .. }) => gaps.push((from_at, to_at)),
                Record::Event(_) | Record::Host(_) | Record::Counters(_) | Record::Unknown => {}
            }
        }
        gaps.sort_unstable();
        (snapshots, gaps)
    }
}

fn sessions_of(snapshot: &Snapshot) -> Sessions {
    let mut sessions: Sessions =
        snapshot.sessions.iter().map(|s| (s.client.clone(), s.user.clone(), s.opens)).collect();
    sessions.sort();
    sessions
}

async fn stored_sessions(db: &Db, host: HostId, at: i64) -> Sessions {
    let snapshot = frames::at(db, host, at).await.unwrap().unwrap();
    let clients: Vec<_> = snapshot.sessions.iter().map(|s| s.client).collect();
    let users: Vec<_> = snapshot.sessions.iter().map(|s| s.user).collect();
    let clients: HashMap<_, _> = names::clients(db, &clients).await.unwrap();
    let users: HashMap<_, _> = Eyes::Names.users(names::users(db, &users).await.unwrap());
    let mut sessions: Sessions =
        snapshot.sessions.iter().map(|s| (clients[&s.client].clone(), users[&s.user].clone(), s.opens)).collect();
    sessions.sort();
    sessions
}
