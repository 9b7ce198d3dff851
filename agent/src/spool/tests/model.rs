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

fn step(forget: u32) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..40_u8).prop_map(Step::Append),
        6 => (1..60_u8, prop::bool::weighted(0.8)).prop_map(|(records, answered)| Step::Push { records, answered }),
        2 => Just(Step::Restart),
        forget => Just(Step::Forget),
        3 => (0..12_u8).prop_map(|after| Step::Fail { after }),
        3 => Just(Step::Restore),
        1 => Just(Step::Backup),
    ]
}

/// At most so many; in half of the cases the note of the server's position stays, because then more is promised.
fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    (0..2_u32).prop_flat_map(move |forget| prop::collection::vec(step(forget), 1..most))
}

/// What came of it.
#[derive(Debug)]
struct Outcome {
    /// What was appended.
    stored: Vec<u64>,
    server: Server,
    /// How many records the server had when an epoch began, and lost by going back to before: it does not say so.
    unsaid: u64,
}

impl Outcome {
    fn missing(&self) -> u64 {
        (self.stored.len() - self.server.facts.len()) as u64
    }
}

fn run(steps: Vec<Step>, max_bytes: u64) -> Outcome {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let bounded = Options { max_bytes, ..options(dir.path()) };
    let mut spool = open_with(bounded.clone(), disk.clone(), 1);
    let (mut server, mut backup, mut stored, mut next) = (Server::default(), Server::default(), Vec::new(), 0);
    let (mut had, mut unsaid) = (0, 0);
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
                    if let Ok(Settled::NewEpoch) = spool.settle(cursor, Some("store")) {
                        had = server.heard();
                    }
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
            Step::Restore => {
                server = backup.clone();
                unsaid += had.saturating_sub(server.heard());
            }
        }
    }
    disk.plan(0, 0);
    drop(spool);
    let mut spool = open_with(bounded, disk, 9_999);
    spool.append(vec![fact(next)]).unwrap();
    stored.push(next);
    server.drain(&mut spool);
    Outcome { stored, server, unsaid }
}

fn push(records: u8) -> Step {
    Step::Push { records, answered: true }
}

/// The server loses what it was told of a loss after the disk was full, and the spool no longer kept what stood beside it.
#[test]
fn a_loss_is_told_again_to_a_server_that_went_back_to_before_it_heard_of_it() {
    let steps = vec![
        Step::Append(2),
        push(1),
        Step::Append(4),
        Step::Append(18),
        Step::Append(1),
        push(1),
        Step::Append(25),
        Step::Restore,
        push(1),
        push(27),
        Step::Fail { after: 0 },
        Step::Append(1),
        Step::Restore,
        push(1),
    ];
    let outcome = run(steps, 9 << 10);
    let (missing, told) = (outcome.missing(), outcome.server.lost());
    assert!(missing > 0 && told >= missing, "{missing} lost, {told} told");
}

proptest! {
    #[test]
    fn with_room_every_record_arrives_exactly_once_and_in_order(mut steps in steps(40), fails: bool) {
        // A full disk costs what was acknowledged: then no server can have it again.
        steps.retain(|s| if fails { !matches!(s, Step::Restore) } else { !matches!(s, Step::Fail { .. }) });
        let Outcome { stored, server, .. } = run(steps, 1 << 20);
        prop_assert_eq!(&server.facts, &stored);
        prop_assert!(server.gaps.is_empty(), "{:?}", server.gaps);
    }

    #[test]
    fn without_room_what_does_not_arrive_is_told(steps in steps(60)) {
        let forgets = steps.iter().any(|s| matches!(s, Step::Forget));
        let outcome = run(steps, 9 << 10);
        let (missing, told) = (outcome.missing(), outcome.server.lost());
        let mut rest = outcome.stored.iter();
        prop_assert!(outcome.server.facts.iter().all(|id| rest.any(|s| s == id)), "in order, once, and nothing invented");
        // Without its note the spool does not know which fillers of a gap half told the server has.
        let least = if forgets { missing.min(1) } else { missing.saturating_sub(outcome.unsaid) };
        prop_assert!(told >= least, "{missing} lost, {told} told, {} unsaid", outcome.unsaid);
    }
}
