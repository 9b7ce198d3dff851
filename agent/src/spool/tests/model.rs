//! Everything at once, in any order: what is appended reaches the server exactly once and in order, or a gap says it did not.

use proptest::prelude::*;

use super::faults::FaultyDisk;
use super::*;

#[derive(Debug, Clone)]
enum Step {
    Append(u8),
    /// One batch of so many records; the answer may get lost.
    Push {
        records: u8,
        answered: bool,
    },
    Restart,
    /// A restart after which the newest note of the server's position is gone.
    Forget,
    Fail {
        after: u8,
    },
    /// The server loses its newest so many stored facts and goes back.
    Restore,
    Backup,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..40_u8).prop_map(Step::Append),
        6 => (1..60_u8, prop::bool::weighted(0.8)).prop_map(|(records, answered)| Step::Push { records, answered }),
        1 => Just(Step::Restart),
        1 => Just(Step::Forget),
        1 => (0..6_u8).prop_map(|after| Step::Fail { after }),
        1 => Just(Step::Restore),
        1 => Just(Step::Backup),
    ]
}

fn run(steps: Vec<Step>, max_bytes: u64) -> (Vec<u64>, Server) {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let bounded = Options { max_bytes, ..options(dir.path()) };
    let mut spool = open_with(bounded.clone(), disk.clone(), 1);
    let (mut server, mut backup, mut stored, mut next) = (Server::default(), Server::default(), Vec::new(), 0);
    for (seed, step) in (2..).zip(steps) {
        match step {
            Step::Append(count) => {
                let ids = next..next + u64::from(count);
                next = ids.end;
                if spool.append(ids.clone().map(fact).collect()).is_ok() {
                    stored.extend(ids);
                }
            }
            Step::Push { records, answered } => {
                let cursor = server.accept(&spool.next(most(records.into())).unwrap());
                if answered {
                    // A failing disk may refuse a new epoch; the next answer asks for it again.
                    let _ = spool.settle(cursor, Some("store"));
                }
            }
            Step::Restart | Step::Forget => {
                drop(spool);
                if matches!(step, Step::Forget) {
                    let _ = std::fs::remove_file(dir.path().join("position.json"));
                }
                spool = open_with(bounded.clone(), disk.clone(), seed);
            }
            Step::Fail { after } => disk.plan(after.into(), 1),
            Step::Backup => backup = server.clone(),
            Step::Restore => server = backup.clone(),
        }
    }
    disk.plan(0, 0);
    drop(spool);
    let mut spool = open_with(bounded, disk, 9_999);
    spool.append(vec![fact(next)]).unwrap();
    stored.push(next);
    server.drain(&mut spool);
    (stored, server)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn with_room_every_record_arrives_exactly_once_and_in_order(mut steps in prop::collection::vec(step(), 1..40)) {
        // A full disk costs what was acknowledged: then no server can have it again.
        if steps.iter().any(|s| matches!(s, Step::Fail { .. })) {
            steps.retain(|s| !matches!(s, Step::Restore));
        }
        let (stored, server) = run(steps, 1 << 20);
        prop_assert_eq!(&server.facts, &stored);
        prop_assert!(server.gaps.is_empty(), "{:?}", server.gaps);
    }

    #[test]
    fn without_room_what_does_not_arrive_is_told(steps in prop::collection::vec(step(), 1..60)) {
        let forgets = steps.iter().any(|s| matches!(s, Step::Forget));
        let (stored, server) = run(steps, 9 << 10);
        let mut rest = stored.iter();
        prop_assert!(server.facts.iter().all(|id| rest.any(|s| s == id)), "in order, once, and nothing invented");
        let missing = (stored.len() - server.facts.len()) as u64;
        // Without its note the spool does not know which fillers of a gap half told the server has.
        let told = if forgets { server.lost().min(1) } else { server.lost() };
        let least = if forgets { missing.min(1) } else { missing };
        prop_assert!(told >= least, "{} lost, {} told", missing, server.lost());
    }
}
