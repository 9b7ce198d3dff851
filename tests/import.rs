//! History from before the agent: event logs and tables of the manual procedure, read by the real program and kept by the real server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use highwater::model::HostId;
use highwater::model::event::EventClass;
use highwater::model::time::DAY_MS;
use highwater::model::token::Approve;
use highwater::store::events::{self, EventFilter};
use highwater::store::frames;
use highwater_agent::identity::{Identity, Membership};
use highwater_agent::import::{self, FileError, Options, Owner, Progress, Tally};
use highwater_agent::source::windows::Epochs;
use highwater_wire::Record;
use rand::SeedableRng as _;

use crate::harness::event_log::{self, LogRecord};
use crate::harness::server::{TestServer, machine, program};
use crate::harness::store::{Store, T0, both};

const HOST: &str = "FS01";

fn record(id: u64, provider: &'static str, code: u32, computer: &str) -> LogRecord {
    LogRecord {
        id,
        recorded_at: T0 + i64::try_from(id).unwrap() * 1_000,
        provider,
        code,
        channel: "System",
        computer: computer.to_owned(),
        data: vec![r"\Device\LanmanServer".to_owned(), id.to_string(), "60".to_owned()],
    }
}

/// What was told of each file.
#[derive(Default)]
struct Told(Mutex<BTreeMap<String, Result<Tally, String>>>);

impl Progress for Told {
    fn read(&self, _: u64) {}

    fn file_done(&self, path: &Path, tally: &Result<Tally, FileError>) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let tally = match tally {
            Ok(tally) => Ok(tally.clone()),
            Err(error) => Err(error.to_string()),
        };
        self.0.lock().unwrap().insert(name, tally);
    }
}

fn options() -> Options {
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let epochs = Epochs::default();
    Options { owner: Owner::new([HOST.to_owned()]), epochs, dates: None, zone, made_at: None, oldest_at: T0 - 1 }
}

/// Reads the file on a thread of its own, as the program does.
fn read(path: PathBuf, options: Options) -> (Result<Tally, String>, Vec<Record>) {
    let (parts, mut taken) = tokio::sync::mpsc::channel(1);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let reading = std::thread::spawn(move || {
        let told = Told::default();
        import::read(&[path], &options, Some(&parts), &told);
        told.0.into_inner().unwrap().remove(&name).unwrap()
    });
    let mut records = Vec::new();
    while let Some(part) = taken.blocking_recv() {
        records.extend(part);
    }
    (reading.join().unwrap(), records)
}

fn events_of(records: Vec<Record>) -> Vec<highwater_wire::Event> {
    let event = |record| match record {
        Record::Event(event) => event,
        other => panic!("no event: {other:?}"),
    };
    records.into_iter().map(event).collect()
}

#[test]
fn a_log_gives_what_the_agent_would_have_kept_and_counts_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("System.evtx");
    let records: Vec<_> = (1..=1_200)
        .map(|id| match id % 4 {
            0 => record(id, "Srv", 2_022, "fs01.corp.example"),
            1 => record(id, "Microsoft-Windows-LoadPerf", 2_003, "FS01"),
            2 => record(id, "Service Control Manager", 7_040, "FS01"),
            _ => record(id, "SRV", 2_019, "FS02"),
        })
        .collect();
    event_log::write(&path, &records, 50);
    let (tally, records) = read(path.clone(), options());
    let tally = tally.unwrap();
    assert_eq!((tally.read, tally.events, tally.troubles_in_all), (1_200, 300, 0), "{tally:?}");
    assert_eq!(tally.of_others, BTreeMap::from([("FS02".to_owned(), 300)]));
    let events = events_of(records);
    let ids: Vec<_> = events.iter().map(|e| e.record_id).collect();
    assert_eq!(ids, (1..=1_200).filter(|id| id % 4 == 0).collect::<Vec<_>>());
    // This agent has read the log since it began again: what is of then is the record that it read.
    let agent = tempfile::tempdir().unwrap();
    let place = format!("{{\"began\": [{}], \"record_id\": 9, \"recorded_at\": 9, \"bookmark\": null}}", T0 + 600_000);
    std::fs::write(agent.path().join("events-system.json"), place).unwrap();
    let (_, again) = read(path, Options { epochs: Epochs::load(agent.path()), ..options() });
    let epochs: Vec<_> = events_of(again).iter().map(|e| (e.record_id < 600, e.log_epoch)).collect();
    assert!(epochs.iter().all(|(is_before, epoch)| *epoch == u64::from(!is_before)), "{epochs:?}");
    let first = &events[0];
    assert_eq!((first.code, first.level, first.recorded_at), (2_022, 3, T0 + 4_000));
    assert_eq!((first.decoded.count, first.decoded.window_secs), (Some(4), Some(60)));
    assert_eq!((first.channel.as_str(), first.provider.as_str()), ("System", "Srv"));
}

#[test]
fn damage_costs_what_it_hit_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let records: Vec<_> = (1..=500).map(|id| record(id, "Srv", 2_022, HOST)).collect();
    let hurt = |name: &str, hurt: &dyn Fn(&Path)| {
        let path = dir.path().join(name);
        event_log::write(&path, &records, 50);
        hurt(&path);
        let (tally, records) = read(path, options());
        (tally, events_of(records).iter().map(|e| e.record_id).collect::<Vec<_>>())
    };
    let others: Vec<_> = (1..=500).filter(|id| !(151..=200).contains(id)).collect();

    let (tally, ids) = hurt("data.evtx", &|path| event_log::damage(path, 3));
    assert!(tally.as_ref().unwrap().troubles_in_all > 0, "{tally:?}");
    assert!(tally.unwrap().troubles.iter().all(|t| t.contains("hunk 3")));
    assert!(ids.iter().filter(|id| !(151..=200).contains(*id)).eq(&others), "{ids:?}");

    let (tally, ids) = hurt("header.evtx", &|path| event_log::behead(path, 3));
    assert_eq!(tally.unwrap().troubles_in_all, 1);
    assert_eq!(ids, others);

    let (tally, ids) = hurt("cut.evtx", &|path| {
        let whole = std::fs::read(path).unwrap();
        std::fs::write(path, &whole[..whole.len() - (1 << 16) - 1_000]).unwrap();
    });
    assert!(tally.is_ok() && ids.starts_with(&(1..=400).collect::<Vec<_>>()) && ids.len() < 450, "{tally:?} {ids:?}");

    let (tally, _) = hurt("no.evtx", &|path| std::fs::write(path, "not a log").unwrap());
    assert!(tally.unwrap_err().contains("no event log"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the one place of the tests that reads this variable")]
fn real_logs_of_windows_are_read() {
    let folder =
        std::env::var_os("HIGHWATER_SAMPLES").map_or_else(|| PathBuf::from("../../shared/samples"), PathBuf::from);
    let (system, bad) =
        (folder.join("evtx/2-vss_7-System.evtx"), folder.join("evtx/sample_with_a_bad_chunk_magic.evtx"));
    if !system.exists() {
        eprintln!("no samples of real logs in {} (HIGHWATER_SAMPLES): not read", folder.display());
        return;
    }
    let owner = Owner::new(["DESKTOP-1N4R894".to_owned()]);
    let (tally, records) = read(system, Options { owner, ..options() });
    let tally = tally.unwrap();
    assert_eq!((tally.read, tally.troubles_in_all), (1_160, 0), "{tally:?}");
    let events = events_of(records);
    let of_server: Vec<_> = events.iter().filter(|e| e.provider == "Server").collect();
    assert_eq!(of_server.len(), 1);
    assert_eq!((of_server[0].code, of_server[0].decoded.win32_error), (2_505, Some(52)));
    let (tally, _) = read(bad, options());
    assert!(tally.unwrap().troubles_in_all > 0);
}

fn table(text: &str, options: Options) -> (Result<Tally, String>, Vec<Record>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("table.csv");
    std::fs::write(&path, text).unwrap();
    read(path, options)
}

#[test]
fn connection_events_are_read() {
    let text = "#TYPE Selected.System.Diagnostics.Eventing.Reader.EventLogRecord\r\n\
        \"TimeCreated\",\"Id\",\"LevelDisplayName\",\"ProviderName\",\"MachineName\",\"Message\"\r\n\
        \"24/11/2026 09:31:00\",\"2022\",\"Warning\",\"Srv\",\"FS01.corp.example\",\"The server was unable to find a free \
        connection 14 times in the last\n60 seconds.\"\r\n\
        \"24/11/2026 09:31:00\",\"2022\",\"Warning\",\"Srv\",\"FS01.corp.example\",\"The server was unable to find a free \
        connection 14 times in the last\n60 seconds.\"\r\n\
        \"24/11/2026 09:32:00\",\"2003\",\"Error\",\"Microsoft-Windows-LoadPerf\",\"FS01\",\"x\"\r\n\
        \"24/11/2026 09:32:00\",\"2019\",\"Error\",\"SRV\",\"FS02\",\"x\"\r\n\
        \"yesterday\",\"2019\",\"Error\",\"SRV\",\"FS01\",\"x\"\r\n";
    let (tally, records) = table(text, options());
    let tally = tally.unwrap();
    assert_eq!((tally.read, tally.events, tally.troubles_in_all), (5, 2, 1), "{tally:?}");
    assert!(tally.troubles[0].contains("line "), "{tally:?}");
    assert!(tally.notes[0].starts_with("1 rows are of other providers"), "{tally:?}");
    let events = events_of(records);
    assert_ne!(events[0].record_id, events[1].record_id, "two rows that are alike are two events");
    assert_eq!(events[0].recorded_at, "2026-11-24T08:31:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
    assert_eq!((events[0].decoded.count, events[0].decoded.window_secs), (Some(14), Some(60)));
    let (_, again) = table(text, options());
    assert_eq!(events_of(again), events, "read again, they have the same numbers");
}

#[test]
fn clients_and_capacity_are_snapshots_and_what_they_do_not_record_is_said() {
    let clients = "Client;SessionCount;TotalOpens;AvgOpensPerSession;OldestSession\r\n\
        \\\\10.0.0.7;3;7;2,33;413\r\nPC-0042;1;0;0;414\r\n;4;0;0;0\r\n";
    let (tally, records) = table(clients, Options { made_at: Some(T0), ..options() });
    let tally = tally.unwrap();
    assert_eq!((tally.read, tally.snapshots, tally.troubles_in_all), (3, 1, 1), "{tally:?}");
    let [Record::Snapshot(taken)] = records.as_slice() else { panic!("{records:?}") };
    let seen: Vec<_> = taken.sessions.iter().map(|s| (s.client.as_str(), s.user.as_str(), s.opens)).collect();
    let user = "(not recorded)";
    assert_eq!(
        seen,
        [
            ("10.0.0.7", user, Some(3)),
            ("10.0.0.7", user, Some(2)),
            ("10.0.0.7", user, Some(2)),
            ("PC-0042", user, Some(0))
        ]
    );
    assert_eq!((taken.taken_at, taken.limit.sessions), (T0, None));

    let report = "Timestamp,CurrentSessions,MaxSessions,MemoryUsedGB,CpuPercent\r\n\
        2026-11-24 09:00:00,17,20,3.4,12\r\n2026-11-24 09:05:00,20,20,3.4,12\r\n2026-11-24 09:10:00,?,20,,\r\n";
    let (tally, records) = table(report, options());
    let tally = tally.unwrap();
    assert_eq!((tally.snapshots, tally.troubles_in_all), (2, 1), "{tally:?}");
    let sizes: Vec<_> = records
        .iter()
        .map(|record| match record {
            Record::Snapshot(s) => (s.sessions.len(), s.limit.sessions, s.sampling_secs),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [(17, Some(20), 300), (20, Some(20), 300)]);

    let (tally, records) = table(report, Options { oldest_at: i64::MAX, ..options() });
    assert_eq!((tally.unwrap().too_old, records.len()), (2, 0));

    let (tally, _) = table("Name,Size\r\na,1\r\n", options());
    assert!(tally.unwrap_err().contains("ConnectionEvents has TimeCreated"));
    let (tally, _) = table("TimeCreated,Id,ProviderName\r\n02/03/2026 09:00:00,2022,Srv\r\n", options());
    assert!(tally.unwrap_err().contains("--dates"));
}

#[test]
fn no_number_of_sessions_is_too_large_to_be_refused() {
    let clients = "Client,SessionCount\r\nPC-1,2\r\nPC-2,18446744073709551615\r\nPC-3,100000\r\n";
    let (tally, records) = table(clients, Options { made_at: Some(T0), ..options() });
    let [Record::Snapshot(taken)] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((tally.unwrap().troubles_in_all, taken.sessions.len()), (2, 2));
}

/// A folder of an agent that is enrolled as [`HOST`].
async fn enrolled(server: &TestServer) -> (tempfile::TempDir, HostId) {
    let data = tempfile::tempdir().unwrap();
    let token = server.token(Approve::Auto).await;
    let enrolled = server.enrol(&machine(&token, HOST, 1)).await.unwrap();
    let (key, host_id) = (enrolled.key, enrolled.host_id);
    let membership = Membership { key, next_key: None, former_key: None, host_id, enrolled_at: T0 };
    let fresh = Identity::fresh(&server.url, &mut rand::rngs::StdRng::seed_from_u64(1));
    Identity { enrolled: Some(membership), ..fresh }.save(data.path()).unwrap();
    (data, HostId(enrolled.host_id))
}

async fn run(server: &TestServer, data: &Path, words: &[&str]) -> Output {
    let ca = data.join("ca.pem");
    std::fs::write(&ca, &server.ca_pem).unwrap();
    let mut command = Command::new(program("highwater-agent"));
    command.arg("import").args(words).args(["--server", &server.url, "--name", HOST]);
    command.args(["--ca".as_ref(), ca.as_os_str(), "--data-dir".as_ref(), data.as_os_str()]);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

async fn count(server: &TestServer) -> usize {
    let filter = EventFilter { most: 10_000, classes: vec![EventClass::Capacity], ..EventFilter::default() };
    events::list(&server.db, &filter).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_imported_twice_is_kept_once() {
    both(async |store: &Store| {
        let server = TestServer::start(store).await;
        let (data, host) = enrolled(&server).await;
        let files = tempfile::tempdir().unwrap();
        let records: Vec<_> = (1..=2_000).map(|id| record(id, "Srv", 2_022, HOST)).collect();
        event_log::write(&files.path().join("System.evtx"), &records, 50);
        event_log::write(&files.path().join("newer.evtx"), &records[1_500..], 50);
        let day = jiff::Timestamp::from_millisecond(server.clock.now_at() - 2 * DAY_MS).unwrap();
        let day = day.strftime("%Y-%m-%d").to_string();
        let report = format!("Timestamp,Sessions,Maximum\r\n{day} 09:00:00,17,20\r\n{day} 09:05:00,20,20\r\n");
        std::fs::write(files.path().join("report.csv"), report).unwrap();
        let folder = files.path().to_str().unwrap();

        let dry = run(&server, data.path(), &[folder, "--dry-run", "--zone", "UTC"]).await;
        assert!(dry.status.success() && text(&dry.stdout).contains("Nothing was sent."), "{dry:?}");
        assert_eq!(count(&server).await, 0);
        for _ in 0..2 {
            let done = run(&server, data.path(), &[folder, "--zone", "UTC"]).await;
            assert!(done.status.success(), "{}\n{}", text(&done.stdout), text(&done.stderr));
            let told = text(&done.stdout);
            assert!(told.contains("3 files, 2502 records: 2500 events and 2 snapshots."), "{told}");
            assert_eq!(count(&server).await, 2_000, "{told}");
            assert!(!data.path().join("import").exists());
        }
        let at = format!("{day}T09:05:00Z").parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let seen = frames::at(&server.db, host, at).await.unwrap().unwrap();
        assert_eq!((seen.taken_at, seen.sessions.len(), seen.limit.sessions), (at, 20, Some(20)));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_enrolled_and_what_is_not_there_are_said_in_words() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (data, _) = enrolled(&server).await;
    let nobody = tempfile::tempdir().unwrap();
    let files = tempfile::tempdir().unwrap();
    event_log::write(&files.path().join("System.evtx"), &[record(1, "Srv", 2_022, "OLD-NAME")], 1);
    let folder = files.path().to_str().unwrap();
    let refused = run(&server, nobody.path(), &[folder]).await;
    assert!(text(&refused.stderr).contains("not enrolled yet"), "{refused:?}");
    assert_eq!(refused.status.code(), Some(2));
    let refused = run(&server, data.path(), &["/nowhere/System.evtx"]).await;
    assert!(text(&refused.stderr).contains("/nowhere/System.evtx"), "{refused:?}");

    let done = run(&server, data.path(), &[folder]).await;
    assert!(text(&done.stdout).contains("if it was called so before: --computer OLD-NAME"), "{done:?}");
    assert_eq!(count(&server).await, 0);
    let hostile = files.path().join("hostile.evtx");
    event_log::write(&hostile, &[record(1, "Srv", 2_022, "x;reboot\u{202E}\u{1b}[2J")], 1);
    let told = text(&run(&server, data.path(), &[hostile.to_str().unwrap(), "--dry-run"]).await.stdout);
    assert!(told.contains("x;reboot\u{FFFD}") && !told.contains("--computer x"), "{told:?}");
    assert!(!told.contains(['\u{202E}', '\u{1b}']), "nothing in it turns the text or moves the cursor: {told:?}");
    std::fs::remove_file(hostile).unwrap();
    let done = run(&server, data.path(), &[folder, "--computer", "old-name"]).await;
    assert!(done.status.success(), "{done:?}");
    assert_eq!(count(&server).await, 1);
    server.stop().await;
}
