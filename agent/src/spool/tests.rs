//! The promises, one by one, and all of them together against a model of the server.

mod damage;
mod faults;
mod model;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use highwater_wire::{Gap, GapReason, HostFacts, Record};
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

const NOW: i64 = 1_795_564_800_000;

fn fact(id: u64) -> Record {
    // Of different lengths, so that frames do not line up.
    let name = format!("{id}:{}", "x".repeat(usize::try_from(id % 50).unwrap()));
    Record::Host(HostFacts { observed_at: 1, name, ..HostFacts::default() })
}

fn id_of(facts: &HostFacts) -> u64 {
    facts.name.split(':').next().unwrap().parse().unwrap()
}

fn options(dir: &Path) -> Options {
    Options::new(dir.to_owned())
}

fn open_with(options: Options, disk: Arc<dyn Disk>, seed: u64) -> Spool {
    Spool::open(options, disk, Clock::manual(NOW), StdRng::seed_from_u64(seed)).unwrap()
}

/// On a disk that fails nothing and does not sync: a test that opens thousands of spools cuts no power.
fn open(dir: &Path, seed: u64) -> Spool {
    open_with(options(dir), Arc::new(faults::FaultyDisk::default()), seed)
}

fn most(records: usize) -> Most {
    Most { records, bytes: 1 << 20 }
}

/// Does what the contract asks of a server, in memory.
#[derive(Debug, Default, Clone)]
struct Server {
    cursors: HashMap<String, u64>,
    /// Facts by id, in the order they were stored.
    facts: Vec<u64>,
    gaps: Vec<Gap>,
}

impl Server {
    /// Answers with the cursor after it: what an ack or the 409's expected number minus one says.
    fn accept(&mut self, run: &Run) -> u64 {
        let cursor = self.cursors.entry(run.epoch.clone()).or_default();
        if run.first_seq > *cursor + 1 {
            return *cursor;
        }
        for (seq, json) in (run.first_seq..).zip(&run.records) {
            if seq != *cursor + 1 {
                continue;
            }
            *cursor = seq;
            match serde_json::from_slice(json).unwrap() {
                Record::Host(facts) => self.facts.push(id_of(&facts)),
                Record::Gap(gap) => self.gaps.push(gap),
                Record::Unknown => {}
                other => panic!("{other:?} was never appended"),
            }
        }
        *cursor
    }

    /// Lets the spool send until nothing is left.
    fn drain(&mut self, spool: &mut Spool) {
        for _ in 0..10_000 {
            let run = spool.next(most(7)).unwrap();
            if run.records.is_empty() && !spool.must_ask() {
                return;
            }
            let cursor = self.accept(&run);
            spool.settle(cursor, Some("store")).unwrap();
        }
        panic!("the spool never comes to an end: {:?}", spool.stats());
    }

    fn lost(&self) -> u64 {
        self.gaps.iter().filter_map(|g| g.lost_records).sum()
    }

    /// Of how many records it knows, be it that they are lost.
    fn heard(&self) -> u64 {
        self.facts.len() as u64 + self.lost()
    }
}

#[test]
fn records_leave_in_the_order_they_came_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, mut server) = (open(dir.path(), 1), Server::default());
    for ids in [0..5, 5..6, 6..30] {
        spool.append(ids.map(fact).collect()).unwrap();
    }
    server.drain(&mut spool);
    assert_eq!(server.facts, (0..30).collect::<Vec<_>>());
    assert_eq!(spool.stats().waiting_records, 0);
}

#[test]
fn a_restart_keeps_epoch_numbers_and_what_waits() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::default();
    let mut spool = open(dir.path(), 1);
    let epoch = spool.epoch().to_owned();
    spool.append((0..10).map(fact).collect()).unwrap();
    server.accept(&spool.next(most(3)).unwrap());
    drop(spool);
    let mut spool = open(dir.path(), 2);
    assert_eq!(spool.epoch(), epoch);
    assert_eq!(spool.stats().waiting_records, 10);
    assert_eq!(spool.last_at(), Some(NOW));
    server.drain(&mut spool);
    drop(spool);
    let mut spool = open(dir.path(), 3);
    spool.append(vec![fact(10)]).unwrap();
    server.drain(&mut spool);
    assert_eq!(server.facts, (0..=10).collect::<Vec<_>>());
}

#[test]
fn nothing_depends_on_the_saved_position() {
    for junk in
        [None, Some("{"), Some("{\"epoch\":\"x\",\"base\":9,\"acked\":99,\"sent\":99,\"store_id\":null,\"front\":[]}")]
    {
        let dir = tempfile::tempdir().unwrap();
        let mut server = Server::default();
        let mut spool = open(dir.path(), 1);
        spool.append((0..10).map(fact).collect()).unwrap();
        server.drain(&mut spool);
        spool.append(vec![fact(10)]).unwrap();
        drop(spool);
        let position = dir.path().join("position.json");
        match junk {
            None => std::fs::remove_file(position).unwrap(),
            Some(junk) => std::fs::write(position, junk).unwrap(),
        }
        let mut spool = open(dir.path(), 2);
        spool.append(vec![fact(11)]).unwrap();
        server.drain(&mut spool);
        assert_eq!(server.facts, (0..=11).collect::<Vec<_>>(), "{junk:?}");
        assert!(server.gaps.is_empty());
    }
}

#[test]
fn a_second_process_is_kept_out() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path(), 1);
    let second =
        Spool::open(options(dir.path()), Arc::new(RealDisk), Clock::manual(NOW), StdRng::seed_from_u64(2)).unwrap_err();
    assert!(matches!(second, SpoolError::InUse(_)), "{second}");
}

#[test]
fn a_new_directory_is_a_new_epoch() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(a.path(), 1), open(b.path(), 2));
    assert_ne!(a.epoch(), b.epoch());
    assert_eq!(a.epoch().len(), 32);
}

#[test]
fn a_full_spool_drops_the_oldest_and_says_how_many() {
    let dir = tempfile::tempdir().unwrap();
    let small = Options { max_bytes: 20 << 10, ..options(dir.path()) };
    let (mut spool, mut server) = (open_with(small.clone(), Arc::new(RealDisk), 1), Server::default());
    for id in 0..1_000 {
        spool.append(vec![fact(id)]).unwrap();
        assert!(spool.stats().waiting_bytes <= small.max_bytes + small.segment_bytes());
    }
    drop(spool);
    let mut spool = open_with(small, Arc::new(RealDisk), 2);
    server.drain(&mut spool);
    assert_eq!(server.gaps.len(), 1);
    assert_eq!(server.gaps[0].reason, GapReason::SpoolFull);
    let kept: Vec<_> = (server.lost()..1_000).collect();
    assert!(!kept.is_empty());
    assert_eq!(server.facts, kept);
    assert_eq!(server.cursors.len(), 1, "a full spool needs no new epoch");
}

#[test]
fn a_gap_in_place_of_dropped_records_is_told_even_if_the_server_has_the_first_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let small = Options { max_bytes: 20 << 10, ..options(dir.path()) };
    let (mut spool, mut server) = (open_with(small, Arc::new(RealDisk), 1), Server::default());
    spool.settle(0, None).unwrap();
    spool.append((0..50).map(fact).collect()).unwrap();
    server.accept(&spool.next(most(10)).unwrap()); // and the answer is lost
    (50..1_000).for_each(|id| spool.append(vec![fact(id)]).unwrap());
    server.drain(&mut spool);
    assert_eq!(server.facts[..10], (0..10).collect::<Vec<_>>());
    assert_eq!(server.gaps.len(), 1);
    let oldest = server.facts[10];
    assert!(server.lost() >= oldest - 10);
    assert_eq!(server.facts[10..], (oldest..1_000).collect::<Vec<_>>());
}

#[test]
fn a_server_that_went_back_is_told_again_from_there() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, mut server) = (open(dir.path(), 1), Server::default());
    spool.append((0..10).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    let backup = server.clone();
    spool.append((10..20).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    server = backup;
    assert_eq!(spool.settle(10, Some("another")).unwrap(), Settled::Back(10));
    server.drain(&mut spool);
    assert_eq!(server.facts, (0..20).collect::<Vec<_>>());
}

#[test]
fn a_copy_goes_on_under_a_name_of_its_own_with_all_that_was_not_acknowledged() {
    let (dir, copied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = Server::default();
    let mut spool = open(dir.path(), 1);
    spool.append((0..10).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    spool.append((10..12).map(fact).collect()).unwrap();
    drop(spool);
    for file in std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), copied.path().join(file.file_name())).unwrap();
    }
    let mut original = open(dir.path(), 1);
    original.append((12..14).map(fact).collect()).unwrap();
    server.drain(&mut original);
    // The copy is started again before it gets through.
    open(copied.path(), 2).append((20..23).map(fact).collect()).unwrap();
    let mut copy = open(copied.path(), 3);
    // Asked where it stands, the server says what the original told it.
    let told = server.accept(&copy.next(most(7)).unwrap());
    assert_eq!((told, copy.settle(told, Some("store")).unwrap()), (14, Settled::Forward));
    assert_eq!(copy.next(most(7)).unwrap().first_seq, 11, "what stands there is shown, and found to be another");
    copy.renumber().unwrap();
    server.drain(&mut copy);
    assert_eq!(server.facts, (0..14).chain(10..12).chain(20..23).collect::<Vec<_>>());
    assert_eq!(server.lost(), 0);
}

#[test]
fn a_server_that_went_back_to_before_a_copy_had_its_own_name_is_told_again_all_that_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, mut server) = (open(dir.path(), 1), Server::default());
    spool.append((0..5).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    let backup = server.clone();
    spool.append((5..10).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    spool.renumber().unwrap();
    spool.append((10..15).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    server = backup;
    spool.append(vec![fact(15)]).unwrap();
    server.drain(&mut spool);
    // The real server stores once what comes twice.
    assert_eq!(server.facts, (0..5).chain(0..=15).collect::<Vec<_>>());
    assert_eq!((server.lost(), server.cursors[spool.epoch()]), (0, 16));
}

#[test]
fn more_losses_than_are_remembered_one_by_one_become_one_that_says_no_less() {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = open(dir.path(), 1);
    let lost = |n: u64| {
        let (from, to) = (n * 10 + 1, n * 10 + 5);
        let detail = String::new();
        Lost { from, to, count: 5 + n, from_at: NOW, to_at: NOW, reason: GapReason::Other, detail, is_muted: false }
    };
    spool.end = 10_000;
    (0..100).for_each(|n| spool.lose(lost(n)));
    spool.save();
    let folded = Position::load(dir.path()).unwrap().front;
    assert_eq!(folded.len(), 64);
    for has in 0..1_000 {
        let beyond = |losses: Vec<Lost>| losses.iter().filter(|l| l.to > has).map(|l| l.beyond(has)).sum::<u64>();
        let (one_by_one, folded) = (beyond((0..100).map(lost).collect()), beyond(folded.clone()));
        assert!(folded >= one_by_one, "up to {has}");
        assert!(folded == one_by_one || (1..lost(36).to).contains(&has), "up to {has}");
    }
}

#[test]
fn numbers_that_a_note_cannot_have_are_not_believed() {
    for name in ["sent", "acked", "count"] {
        let dir = tempfile::tempdir().unwrap();
        let small = Options { max_bytes: 20 << 10, ..options(dir.path()) };
        let (mut spool, mut server) = (open_with(small.clone(), Arc::new(RealDisk), 1), Server::default());
        (0..300).for_each(|id| spool.append(vec![fact(id)]).unwrap());
        drop(spool);
        let path = dir.path().join("position.json");
        let mut note: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let place = if name == "count" { &mut note["front"][0] } else { &mut note };
        place[name] = u64::MAX.into();
        std::fs::write(&path, note.to_string()).unwrap();
        let mut spool = open_with(small.clone(), Arc::new(RealDisk), 2);
        (300..600).for_each(|id| spool.append(vec![fact(id)]).unwrap());
        server.drain(&mut spool);
        assert_eq!(server.facts.len() as u64 + server.lost(), 600, "{name}");
    }
}

#[test]
fn a_server_that_needs_what_is_no_longer_kept_gets_a_new_epoch_and_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let tight = Options { keep_bytes: 8 << 10, max_bytes: 64 << 10, ..options(dir.path()) };
    let (mut spool, mut server) = (open_with(tight.clone(), Arc::new(RealDisk), 1), Server::default());
    for id in 0..500 {
        spool.append(vec![fact(id)]).unwrap();
        server.drain(&mut spool);
    }
    server = Server::default();
    spool.append(vec![fact(500)]).unwrap();
    assert_eq!(spool.settle(0, Some("another")).unwrap(), Settled::NewEpoch);
    drop(spool);
    let mut spool = open_with(tight, Arc::new(RealDisk), 2);
    server.drain(&mut spool);
    let oldest = server.facts[0];
    assert_eq!(server.facts, (oldest..=500).collect::<Vec<_>>());
    assert_eq!((server.gaps.len(), server.lost()), (1, oldest));
}

#[test]
fn a_spool_that_went_back_in_time_gives_no_number_twice() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = Server::default();
    let mut spool = open(dir.path(), 1);
    spool.append((0..5).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    for file in std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    spool.append((5..9).map(fact).collect()).unwrap();
    server.drain(&mut spool);
    let mut restored = open(copy.path(), 2);
    restored.append((100..110).map(fact).collect()).unwrap();
    server.drain(&mut restored);
    assert_eq!(server.facts, (0..9).chain(100..110).collect::<Vec<_>>());
    assert_eq!(server.cursors.len(), 2);
}

#[test]
fn a_refused_record_becomes_a_gap_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, mut server) = (open(dir.path(), 1), Server::default());
    spool.append((0..5).map(fact).collect()).unwrap();
    spool.settle(0, None).unwrap();
    spool.refuse(3, "its name is too long");
    server.drain(&mut spool);
    assert_eq!(server.facts, [0, 1, 3, 4]);
    assert_eq!((server.gaps[0].reason, server.lost()), (GapReason::Refused, 1));
    spool.append(vec![fact(5)]).unwrap();
    spool.refuse(6, "no");
    spool.refuse(6, "not even the gap");
    server.drain(&mut spool);
    assert_eq!(server.gaps.len(), 1);
    assert_eq!(server.cursors[spool.epoch()], 6);
}

#[test]
fn what_was_acknowledged_is_kept_for_its_time_and_no_longer() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::manual(NOW);
    let small = Options { max_bytes: 64 << 10, ..options(dir.path()) };
    let mut spool = Spool::open(small, Arc::new(RealDisk), clock.clone(), StdRng::seed_from_u64(1)).unwrap();
    let mut server = Server::default();
    (0..200).for_each(|id| spool.append(vec![fact(id)]).unwrap());
    server.drain(&mut spool);
    let kept = spool.segments.len();
    assert!(kept > 3);
    clock.set(NOW + 25 * 3_600_000);
    spool.append(vec![fact(200)]).unwrap();
    server.drain(&mut spool);
    assert_eq!(spool.segments.len(), 1);
}
