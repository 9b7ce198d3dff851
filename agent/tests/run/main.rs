//! The whole agent against a server that misbehaves, over real HTTPS.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod fake;
mod proxy;
mod sources;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake::{Fake, Trick, first_key};
use highwater_agent::agent::{RunError, Settings, Summary, Surroundings, run_in};
use highwater_agent::clock::Clock;
use highwater_agent::config::{Sampling, Waits};
use highwater_agent::source::{Report, Source, SourceError};
use highwater_wire::{AgentSettings, AgentState, Decoded, Event, GapReason, Record, problem_type};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sources::{Full, Telling, told};
use tokio_util::sync::CancellationToken;

const NOW: i64 = 1_795_564_800_000;

fn event(record_id: u64) -> Event {
    Event {
        channel: "System".into(),
        provider: "Test".into(),
        record_id,
        log_epoch: 0,
        recorded_at: NOW,
        code: 1,
        level: 4,
        computer: String::new(),
        xml: String::new(),
        message: None,
        decoded: Decoded::default(),
    }
}

/// One look that sees these events.
fn events(ids: std::ops::Range<u64>) -> Box<dyn Source> {
    told(vec![Ok(Report { events: ids.map(event).collect(), ..Report::default() })])
}

fn settings(fake: &Fake) -> Settings {
    Settings {
        ca: Some(fake.ca.clone()),
        token: Some("hwe_token".into()),
        waits: Waits::eager(),
        sampling: Sampling { calm_secs: 1, near_secs: 1, full_secs: 1 },
        machine_id: Some("ab".repeat(32)),
        name: Some("FS02".into()),
        ..Settings::new(fake.url.clone(), fake.dir.path().join("agent"))
    }
}

async fn run_at(settings: Settings, source: Box<dyn Source>, clock: Clock) -> Result<Summary, RunError> {
    let surroundings = Surroundings { clock, rng: StdRng::seed_from_u64(rand::random()) };
    let stop = CancellationToken::new();
    // Whatever goes wrong, a test ends.
    let run = run_in(settings, source, surroundings, stop.clone());
    tokio::time::timeout(Duration::from_secs(60), run).await.expect("the agent came to an end")
}

async fn run(fake: &Fake, source: Box<dyn Source>) -> Summary {
    run_at(settings(fake), source, Clock::manual(NOW)).await.unwrap()
}

#[tokio::test]
async fn everything_observed_arrives_once_and_in_order() {
    let fake = Fake::start().await;
    let summary = run(&fake, events(0..2_500)).await;
    assert_eq!(fake.events(), (0..2_500).collect::<Vec<_>>());
    assert_eq!((summary.events, summary.waiting_records), (2_500, 0));
    run(&fake, events(2_500..2_510)).await;
    assert_eq!(fake.events(), (0..2_510).collect::<Vec<_>>());
    assert_eq!(fake.with(|w| w.enrolments.len()), 1, "the key is kept over a restart");
}

#[tokio::test]
async fn an_enrolment_whose_answer_was_lost_is_repeated_as_the_same_attempt() {
    let fake = Fake::start().await;
    fake.with(|w| w.lost_enrolments = 2);
    run(&fake, events(0..1)).await;
    let asked = fake.with(|w| w.enrolments.clone());
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|request| *request == asked[0]), "{asked:?}");
    assert_eq!((asked[0].name.as_str(), asked[0].attempt.len()), ("FS02", 64));
}

#[tokio::test]
async fn refusals_that_pass_cost_nothing() {
    let fake = Fake::start().await;
    let tricks = [
        Trick::Busy,
        Trick::LoseAnswer,
        Trick::Refuse(problem_type::SERVER, 500),
        Trick::Refuse(problem_type::MALFORMED, 400),
        Trick::Refuse(problem_type::ENCODING, 415),
        Trick::Refuse(problem_type::KEY_UNKNOWN, 401),
        Trick::Refuse(problem_type::CLOCK_OFF, 400),
        Trick::LoseAnswer,
        Trick::Refuse("", 502),
    ];
    fake.with(|w| w.tricks = tricks.into());
    run(&fake, events(0..100)).await;
    assert_eq!(fake.events(), (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_batch_too_large_for_the_server_is_sent_in_smaller_ones() {
    let fake = Fake::start().await;
    fake.with(|w| w.most_records = 3);
    run(&fake, events(0..40)).await;
    assert_eq!(fake.events(), (0..40).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_record_that_can_never_be_stored_leaves_a_gap_and_blocks_nothing() {
    let fake = Fake::start().await;
    fake.with(|w| w.hates = Some(7));
    run(&fake, events(0..20)).await;
    assert_eq!(fake.events(), (0..20).filter(|id| *id != 7).collect::<Vec<_>>());
    let gaps = fake.gaps();
    assert_eq!((gaps.len(), gaps[0].reason, gaps[0].lost_records), (1, GapReason::Refused, Some(1)));
}

#[tokio::test]
async fn an_agent_that_waits_for_approval_asks_and_does_not_push() {
    let fake = Fake::start().await;
    fake.with(|w| w.state = AgentState::Pending);
    run(&fake, events(0..5)).await;
    assert_eq!(fake.events(), [0, 1, 2, 3, 4]);
    let (polls, pushes) = fake.with(|w| (w.polls, w.pushes));
    assert_eq!(polls, 3);
    assert!(pushes <= 4, "{pushes} pushes");
}

#[tokio::test]
async fn a_server_restored_from_a_backup_is_told_again() {
    let fake = Fake::start().await;
    run(&fake, events(0..10)).await;
    let backup = fake.with(|w| w.kept.clone());
    run(&fake, events(10..20)).await;
    fake.with(|w| w.kept = backup);
    run(&fake, events(20..30)).await;
    assert_eq!(fake.events(), (0..30).collect::<Vec<_>>());
    assert!(fake.gaps().is_empty());
}

#[tokio::test]
async fn another_store_gets_all_that_is_kept() {
    let fake = Fake::start().await;
    run(&fake, events(0..10)).await;
    fake.with(|w| {
        w.kept.store_id = "two".into();
        w.kept.cursors.clear();
        w.kept.events.clear();
        w.kept.records.clear();
    });
    run(&fake, events(10..20)).await;
    assert_eq!(fake.events(), (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_of_another_authority_gets_nothing() {
    let (fake, other) = (Fake::start().await, Fake::start().await);
    let wrong_pin = Settings { ca: None, pin: Some(other.ca_sha256.clone()), ..settings(&fake) };
    let wrong_ca = Settings { ca: Some(other.ca.clone()), ..settings(&fake) };
    for (waiting, settings) in [(3, wrong_pin), (6, wrong_ca)] {
        let stop = CancellationToken::new();
        let surroundings = Surroundings { clock: Clock::manual(NOW), rng: StdRng::seed_from_u64(1) };
        let stopper = async {
            tokio::time::sleep(Duration::from_millis(400)).await;
            stop.cancel();
        };
        let (ran, ()) = tokio::join!(run_in(settings, events(0..3), surroundings, stop.clone()), stopper);
        assert_eq!(ran.unwrap().waiting_records, waiting);
    }
    assert!(fake.with(|w| w.enrolments.is_empty() && w.pushes == 0));
}

#[tokio::test]
async fn a_pinned_authority_is_believed_when_the_server_presents_it() {
    let fake = Fake::start().await;
    let pinned = Settings { ca: None, pin: Some(fake.ca_sha256.clone()), ..settings(&fake) };
    run_at(pinned, events(0..3), Clock::manual(NOW)).await.unwrap();
    assert_eq!(fake.events(), [0, 1, 2]);
    let by_address = fake.url.replace("localhost", "127.0.0.1");
    let client = highwater_agent::ship::Client::new(
        &by_address,
        &highwater_agent::ship::Trust { pin: Some(fake.ca_sha256.parse().unwrap()), ..Default::default() },
        None,
        highwater_agent::ship::Limits::default(),
        Clock::manual(NOW),
    )
    .unwrap();
    let error = client.status("hwa_key").await.unwrap_err().to_string();
    assert!(error.contains("127.0.0.1") || error.contains("name"), "the name is checked with a pin too: {error}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_delays_no_stop_and_costs_nothing() {
    let fake = Fake::start().await;
    fake.with(|w| w.tricks = [Trick::Hang].into());
    let stop = CancellationToken::new();
    let surroundings = Surroundings { clock: Clock::manual(NOW), rng: StdRng::seed_from_u64(1) };
    let world = Arc::clone(&fake.world);
    let stopper = async {
        while world.lock().unwrap().pushes == 0 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let both = async { tokio::join!(run_in(settings(&fake), events(0..3), surroundings, stop.clone()), stopper) };
    let (ran, ()) = tokio::time::timeout(Duration::from_secs(5), both).await.expect("it stops within 5 s");
    ran.unwrap();
    run(&fake, events(3..5)).await;
    assert_eq!(fake.events(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn an_absence_is_told_and_a_short_restart_is_not() {
    let fake = Fake::start().await;
    run(&fake, events(0..1)).await;
    run_at(settings(&fake), events(1..2), Clock::manual(NOW + 1_500)).await.unwrap();
    assert!(fake.gaps().is_empty());
    run_at(settings(&fake), events(2..3), Clock::manual(NOW + 60_000)).await.unwrap();
    let gaps = fake.gaps();
    assert_eq!(gaps.len(), 1);
    let gap = &gaps[0];
    assert_eq!((gap.reason, gap.from_at, gap.to_at), (GapReason::AgentStopped, NOW + 1_500, NOW + 60_000));
}

#[tokio::test]
async fn a_source_that_fails_is_told_as_a_gap() {
    let fake = Fake::start().await;
    let failed = || Err(SourceError("smbstatus is missing".into()));
    run(&fake, told(vec![failed(), failed(), Ok(Report { events: vec![event(1)], ..Report::default() })])).await;
    let gaps = fake.gaps();
    assert_eq!(gaps.len(), 2, "once when it begins and once when it ends: {gaps:?}");
    assert!(gaps.iter().all(|g| g.reason == GapReason::SourceFailed));
    assert_eq!(gaps[0].detail, "smbstatus is missing");
    assert_eq!(fake.events(), [1]);
}

#[tokio::test]
async fn looking_goes_on_whatever_the_wall_clock_does_and_as_often_as_the_server_says() {
    let fake = Fake::start().await;
    fake.with(|w| w.settings = AgentSettings { sampling_secs: Some(1), ..AgentSettings::default() });
    let slow = Settings { sampling: Sampling { calm_secs: 3_600, near_secs: 15, full_secs: 5 }, ..settings(&fake) };
    let (clock, stop) = (Clock::manual(NOW), CancellationToken::new());
    let looks = Arc::new(AtomicUsize::new(0));
    let source = Box::new(Full { looks: Arc::clone(&looks), clock: clock.clone(), stop: stop.clone() });
    let surroundings = Surroundings { clock, rng: StdRng::seed_from_u64(1) };
    let run = run_in(slow, source, surroundings, stop);
    tokio::time::timeout(Duration::from_secs(30), run)
        .await
        .expect("four looks, an hour apart by its own settings")
        .unwrap();
    assert!(looks.load(Ordering::SeqCst) >= 4);
    let taken = fake.with(|w| w.kept.records.iter().filter(|r| matches!(r, Record::Snapshot(_))).count());
    assert!(taken >= 2, "{taken} snapshots arrived");
}

#[tokio::test]
async fn a_key_is_changed_when_the_server_asks_whatever_gets_lost_and_nothing_observed_is() {
    let fake = Fake::start().await;
    run(&fake, events(0..1)).await;
    assert_eq!(fake.with(|w| (w.key.clone(), w.key_changes)), (first_key(), 0), "nobody asked");
    fake.with(|w| {
        w.settings.rotate_key = true;
        w.lost_offers = 1;
    });
    // The offer is taken and its answer lost: the old key goes on, and the same offer comes again.
    run(&fake, events(1..2)).await;
    run(&fake, events(2..3)).await;
    let changed = fake.with(|w| (w.key.clone(), w.key_changes));
    assert!(changed.0 != first_key() && changed.1 == 1, "{changed:?}");
    run(&fake, events(3..4)).await;
    assert_eq!(fake.events(), [0, 1, 2, 3]);
    assert_eq!(fake.with(|w| (w.key.clone(), w.enrolments.len())), (changed.0, 1));
}

#[tokio::test]
async fn an_agent_whose_new_key_was_used_but_not_saved_and_one_of_an_older_server_find_the_right_one() {
    let fake = Fake::start().await;
    fake.with(|w| w.settings.rotate_key = true);
    run(&fake, events(0..1)).await;
    let changed = fake.with(|w| w.key.clone());
    assert_ne!(changed, first_key());
    // As if it had been killed between the first use and the save.
    let path = fake.dir.path().join("agent/identity.json");
    let mut identity: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let keys = identity["enrolled"].as_object_mut().unwrap();
    let (new, old) = (keys.remove("key").unwrap(), keys.remove("former_key").unwrap());
    keys.extend([("key".to_owned(), old), ("next_key".to_owned(), new)]);
    std::fs::write(&path, identity.to_string()).unwrap();
    run(&fake, events(1..2)).await;
    assert_eq!(fake.with(|w| (w.key.clone(), w.enrolments.len())), (changed, 1));
    // The server is brought back from a backup of before.
    fake.with(|w| w.key = first_key());
    run(&fake, events(2..3)).await;
    assert_eq!(fake.events(), [0, 1, 2]);
    assert_eq!(fake.with(|w| w.enrolments.len()), 1, "it never enrolled again");
}

#[tokio::test]
async fn without_a_token_an_unenrolled_agent_says_so_and_makes_nothing() {
    let fake = Fake::start().await;
    let ran = run_at(Settings { token: None, ..settings(&fake) }, events(0..1), Clock::manual(NOW)).await;
    assert!(matches!(ran, Err(RunError::NoToken)));
    assert!(!fake.dir.path().join("agent").exists());
}

#[tokio::test]
async fn an_event_that_comes_by_itself_is_kept_and_makes_the_agent_look_at_once_if_it_is_news() {
    let fake = Fake::start().await;
    let full = |record_id, recorded_at| Event { provider: "srv".into(), code: 2_022, recorded_at, ..event(record_id) };
    // History that is read back; news; another piece of news in the same storm; one that nobody watches.
    let told = [full(1, NOW - 3_600_000), full(2, NOW - 1_000), full(3, NOW), event(4)];
    let (kept, looks, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), CancellationToken::new());
    let source =
        Telling { events: told.into(), kept: Arc::clone(&kept), looks: Arc::clone(&looks), stop: stop.clone() };
    let hourly = Settings { sampling: Sampling { calm_secs: 3_600, near_secs: 15, full_secs: 5 }, ..settings(&fake) };
    let surroundings = Surroundings { clock: Clock::manual(NOW), rng: StdRng::seed_from_u64(1) };
    let run = run_in(hourly.clone(), Box::new(source), surroundings, stop);
    let summary = tokio::time::timeout(Duration::from_secs(30), run).await.expect("it ends after its events").unwrap();
    assert_eq!((summary.events, summary.snapshots), (4, 2), "the first look, and one for the news");
    assert_eq!((looks.load(Ordering::SeqCst), kept.load(Ordering::SeqCst)), (2, 6), "each report is kept on its own");
    // What was not sent before the end is sent by the next run.
    run_at(hourly, events(5..6), Clock::manual(NOW)).await.unwrap();
    assert_eq!(fake.events(), [1, 2, 3, 4, 5]);
    let for_events = fake.with(|w| {
        let of = |r: &Record| match r {
            Record::Snapshot(snapshot) => Some(snapshot.burst_of),
            _ => None,
        };
        w.kept.records.iter().filter_map(of).collect::<Vec<_>>()
    });
    assert_eq!(for_events, [None, Some(2)]);
}
