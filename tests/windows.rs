//! The Windows agent from its package to the page, under Wine: what Wine lacks (the SMB server, the event log, counters) is answered by
//! stand-ins in C, everything else is real.

use std::time::Duration;

use highwater::model::HostId;
use highwater::model::agent::AgentState;
use highwater::store::events::{self, EventFilter};
use highwater::store::{agents, frames};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::Instant;

use crate::harness::oracle::what_was_acknowledged_is_stored_once;
use crate::harness::person::{Person, texts};
use crate::harness::wait::{eventually, same};
use crate::harness::wine::{Wine, package, package_of};

mod central;
mod log;

use central::{Central, INSTALLED, POLICIES, answers, hex, install, sessions, settings, shown};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_silent_installation_to_a_clean_removal() {
    let wine = Wine::start().await;
    let (mut central, visitor) = Central::new().await;
    let first = sessions(25);
    wine.answers("netapi32", &format!("{}{}", answers(&first, 20), counted()));
    wine.answers("pdh", &performance());

    // The server is away: the installation does not care, and the service runs.
    central.stop();
    assert_eq!(install(&wine, &central).await, 0);
    assert_eq!(wine.service().await.as_deref(), Some("RUNNING"));
    eventually("it looks while the server is away", async || {
        let log = wine.log();
        if log.contains("cannot be reached") { Ok(()) } else { Err(log) }
    })
    .await;
    central.start();
    shown(&wine, &visitor, &first).await;
    let page = visitor.page("/hosts/1").await;
    assert_eq!(texts(&page, "#connected tbody tr").len(), 25);
    what_is_counted_is_told(&wine, &visitor).await;
    open_files_are_listed_where_they_are(&wine).await;
    eventually("what was seen before the server came arrives too", async || {
        let db = central.db().await;
        let instants = frames::instants(&db, HostId(1), 0, 1 << 42).await.unwrap();
        db.close().await;
        if instants.len() > 3 { Ok(()) } else { Err(format!("{instants:?}")) }
    })
    .await;
    eventually("the token is erased after use", async || {
        let values = wine.values(INSTALLED).await;
        if values.contains("ServerUrl") && !values.contains("EnrollToken") { Ok(()) } else { Err(values) }
    })
    .await;
    assert_eq!(wine.left("netapi32"), "0", "every buffer was given back");
    let identity = std::fs::read_to_string(wine.data_dir().join("identity.json")).unwrap();
    assert!(identity.contains("dpapi:") && !identity.contains("hwa_"), "{identity}");

    whatever_windows_answers_is_shown(&wine, &visitor).await;
    a_policy_takes_effect_at_once(&wine).await;
    log::what_a_log_lost_is_told_and_the_rest_is_read(&wine, &central).await;
    an_upgrade_keeps_everything(&wine, &mut central, &visitor).await;
    a_repair_is_harmless_and_a_removal_clean(&wine, &visitor).await;
}

/// Shares, one of them a printer, and what the server counts.
fn counted() -> String {
    let share = |name: &str, rest: &str| format!("share {} {rest}\n", hex(name));
    let shares =
        [share("名前$", "0 10 9"), share("Public", "0 0xffffffff 300"), share("IPC$", "0x80000003 0xffffffff 25")]
            .concat();
    format!("{shares}statistics 1772445600 5 20 1 2 3 4 5 6 7 8\n")
}

/// Performance counters by their English names; one that `statistics` tells too.
fn performance() -> String {
    let counter = |path: &str, instance: &str, raw: i64| {
        let instance = if instance.is_empty() { ".".to_owned() } else { hex(instance) };
        format!("counter {} {instance} {raw} 0\n", hex(path))
    };
    const QUEUES: &str = r"\Server Work Queues(*)\Queue Length";
    const THREADS: &str = r"\Server Work Queues(*)\Active Threads";
    [
        counter(r"\Server\Sessions Timed Out", "", 77),
        counter(r"\Server\Work Item Shortages", "", 4),
        counter(QUEUES, "SMB2 NonBlocking 0", 3),
        counter(QUEUES, "SMB2 NonBlocking 1", 41),
        counter(THREADS, "0", 2),
        counter(THREADS, "1", 5),
        counter(THREADS, "_Total", 7),
    ]
    .concat()
}

/// Only when somebody asks on the host itself.
async fn open_files_are_listed_where_they_are(wine: &Wine) {
    let file = |path: &str, user: &str| format!("file 7 3 2 {} {}\n", hex(path), hex(user));
    let first = sessions(25);
    let files = [file(r"D:\名前\plan.xlsx", "ann"), file(r"D:\b.txt", "bob")].concat();
    let told = format!("{}{}{files}", answers(&first, 20), counted());
    wine.answers("netapi32", &told);
    let exe = r"C:\Program Files\Highwater\Agent\highwater-agent.exe";
    let listed = wine.run(&[exe, "files", "--json", "--most", "1"]).await;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains(r#"{"path":"D:\\名前\\plan.xlsx","user":"ann","locks":2}"#), "{listed}");
    assert!(!listed.contains("bob"), "no more than asked for: {listed}");
}

async fn what_is_counted_is_told(wine: &Wine, visitor: &Person) {
    let told = visitor.json("/api/v1/hosts/1/counters").await;
    let reading = &told["readings"][0];
    assert_eq!(reading["since"], "2026-03-02T10:00:00Z");
    let counts = serde_json::json!({
        // Of what both tell, the statistics are taken.
        "sessions_timed_out": 1, "sessions_errored_out": 2, "password_errors": 3, "permission_errors": 4, "system_errors": 5,
        "files_opened": 5, "request_buffers_short": 7, "big_buffers_short": 8, "work_item_shortages": 4,
    });
    assert_eq!(reading["counts"], counts);
    let levels = &reading["levels"];
    assert_eq!((&levels["queue_length"], &levels["active_threads"]), (&41.into(), &7.into()), "{levels}");
    assert!(levels["memory_available_bytes"].as_i64().is_some_and(|bytes| bytes > 0), "{levels}");
    assert!(levels["tcp_established"].as_i64().is_some(), "Wine has the table of connections: {levels}");
    let shares = visitor.json("/api/v1/hosts/1/shares").await;
    let list = serde_json::json!([
        { "name": "名前$", "uses": 9, "most_uses": 10, "unlimited": false, "saturation": 0.9 },
        { "name": "Public", "uses": 300, "most_uses": null, "unlimited": true, "saturation": null },
    ]);
    assert_eq!(shares["shares"], list, "neither printers nor IPC$");
    let page = visitor.page("/hosts/1").await;
    assert!(texts(&page, "#shares tbody tr")[0].starts_with("名前$ 9 10 90 %"));
    assert!(wine.left("pdh").parse::<i64>().is_ok_and(|left| left > 0), "its counters stay open between readings");
}

/// No sessions, one, thousands on many pages, a page that fails, a level that is refused: as the service has it.
async fn whatever_windows_answers_is_shown(wine: &Wine, visitor: &Person) {
    for count in [0, 1, 5_000] {
        let all = sessions(count);
        wine.answers("netapi32", &answers(&all, 16_777_216));
        shown(wine, visitor, &all).await;
    }
    let all = sessions(300);
    wine.answers("netapi32", &format!("page 100\nfail session 2 1726\n{}", answers(&all, 16_777_216)));
    let snapshot = shown(wine, visitor, &all[..200].to_vec()).await;
    assert_eq!(snapshot["partial"], true, "{snapshot}");
    wine.answers("netapi32", &format!("refuse 502 5\n{}", answers(&all, 16_777_216)));
    let snapshot = shown(wine, visitor, &all).await;
    assert_eq!(snapshot["partial"], false, "{snapshot}");
    assert!(wine.log().contains("another level than before"), "{}", wine.log());
    eventually("every buffer is given back", async || same(&wine.left("netapi32").as_str(), &"0")).await;
}

async fn a_policy_takes_effect_at_once(wine: &Wine) {
    let before = wine.log().matches("the settings have changed").count();
    wine.set(POLICIES, "SpoolKeepHours", "REG_DWORD", "48").await;
    eventually("the policy is noticed", async || {
        let log = wine.log();
        if log.matches("the settings have changed").count() > before { Ok(()) } else { Err(log) }
    })
    .await;
    // Without an environment of ours: what the service has.
    let doctor = wine.run(&[r"C:\Program Files\Highwater\Agent\highwater-agent.exe", "doctor"]).await;
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(told.contains("spool_keep_hours = 48, from Group Policy"), "{told}");
    assert!(told.contains("from the installer (registry)"), "{told}");
    assert_eq!(wine.service().await.as_deref(), Some("RUNNING"));
}

async fn an_upgrade_keeps_everything(wine: &Wine, central: &mut Central, visitor: &Person) {
    let folder = tempfile::tempdir().unwrap();
    let identity = || std::fs::read_to_string(wine.data_dir().join("identity.json")).unwrap();
    let before = identity();
    central.stop();
    let meanwhile = sessions(17);
    wine.answers("netapi32", &answers(&meanwhile, 20));
    let newer = wine.copy(&package_of("0.2.0", folder.path()), "newer.msi");
    let (code, log) = wine.msiexec(&["/i", &newer]).await;
    assert_eq!(code, 0, "{log}");
    let values = wine.values(INSTALLED).await;
    assert!(values.contains("0.2.0") && values.contains(&central.url()) && values.contains("ca.pem"), "{values}");
    assert_eq!(wine.service().await.as_deref(), Some("RUNNING"));
    assert_eq!(identity(), before);
    central.start();
    shown(wine, visitor, &meanwhile).await;
    let hosts = visitor.json("/api/v1/hosts").await;
    assert_eq!(hosts["hosts"].as_array().unwrap().len(), 1, "{hosts}");

    let older = wine.copy(&package_of("0.0.9", folder.path()), "older.msi");
    let (code, log) = wine.msiexec(&["/i", &older]).await;
    // 1603, of which Wine shows the last eight bits.
    assert_eq!(code, 1_603 % 256, "{log}");
    let values = wine.values(INSTALLED).await;
    assert!(values.contains("0.2.0"), "{values}");
    assert_eq!(wine.service().await.as_deref(), Some("RUNNING"));
}

async fn a_repair_is_harmless_and_a_removal_clean(wine: &Wine, visitor: &Person) {
    let identity = || std::fs::read_to_string(wine.data_dir().join("identity.json")).unwrap();
    let before = identity();
    // As `msiexec /fa` does, which Wine does not know.
    let (code, log) = wine.msiexec(&["/i", r"C:\newer.msi", "REINSTALL=ALL", "REINSTALLMODE=amus"]).await;
    assert_eq!(code, 0, "{log}");
    eventually("the service runs after a repair", async || same(&wine.service().await.as_deref(), &Some("RUNNING")))
        .await;
    assert_eq!(identity(), before);
    let after = sessions(9);
    wine.answers("netapi32", &answers(&after, 20));
    shown(wine, visitor, &after).await;

    let began = Instant::now();
    let (code, log) = wine.msiexec(&["/x", r"C:\newer.msi"]).await;
    assert_eq!(code, 0, "{log}");
    eprintln!("stopped and removed within {:?}", began.elapsed());
    assert_eq!(wine.service().await, None);
    assert!(!wine.program().exists());
    let values = wine.values(INSTALLED).await;
    assert!(!values.contains("ServerUrl") && !values.contains("InstalledVersion"), "{values}");
    let source = wine.values(r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\Highwater").await;
    assert!(!source.contains("EventMessageFile"), "{source}");
    // The spool stays, for a host that is installed again: nothing that was seen is lost.
    assert!(wine.data_dir().join("identity.json").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_killed_at_any_moment_loses_and_doubles_nothing() {
    let wine = Wine::start().await;
    let (mut central, visitor) = Central::new().await;
    let mut rng = SmallRng::seed_from_u64(4);
    wine.answers("netapi32", &answers(&sessions(3), 20));
    std::fs::copy(package("highwater-agent.exe"), wine.program()).unwrap();
    settings(&wine, &central).await;
    wine.start_agent();
    let mut log = String::from("log 1 100\n");
    for round in 1..=8_u64 {
        log += &log::record(round, 8);
        wine.answers("wevtapi", &log);
        wine.answers("netapi32", &answers(&sessions(usize::try_from(round).unwrap() * 3), 40));
        tokio::time::sleep(Duration::from_millis(rng.random_range(200..2_500))).await;
        wine.kill_agent();
        eventually("it is gone", async || same(&wine.is_agent_alive(), &false)).await;
        if round == 4 {
            central.process.as_mut().unwrap().kill();
            central.start();
        }
        wine.start_agent();
    }
    shown(&wine, &visitor, &sessions(24)).await;
    let db = central.db().await;
    eventually("every event arrives", async || {
        let all = events::list(&db, &EventFilter { most: 100, ..EventFilter::default() }).await.unwrap();
        let mut ids: Vec<_> = all.iter().filter(|e| e.provider == "Srv").map(|e| e.record_id).collect();
        ids.sort_unstable();
        same(&ids, &(1..=8).collect::<Vec<_>>())
    })
    .await;
    wine.kill_agent();
    eventually("it is gone", async || same(&wine.is_agent_alive(), &false)).await;
    let snapshots = what_was_acknowledged_is_stored_once(&db, HostId(1), &wine.data_dir()).await;
    assert!(snapshots > 8, "{snapshots}");
    db.close().await;
}

/// A virtual machine that was copied with its disk: the copy has the original's identity, and another number in its firmware.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_copy_of_a_computer_sends_nothing_under_its_name_and_waits_for_a_person() {
    let wine = Wine::start().await;
    let (central, visitor) = Central::new().await;
    wine.answers("netapi32", &answers(&sessions(3), 20));
    std::fs::copy(package("highwater-agent.exe"), wine.program()).unwrap();
    settings(&wine, &central).await;
    wine.start_agent();
    shown(&wine, &visitor, &sessions(3)).await;
    wine.kill_agent();
    eventually("it is gone", async || same(&wine.is_agent_alive(), &false)).await;

    let path = wine.data_dir().join("identity.json");
    let mut identity: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(identity["hardware"].is_string(), "this computer tells its number: {identity}");
    identity["hardware"] = "another computer's".into();
    std::fs::write(&path, identity.to_string()).unwrap();
    wine.answers("netapi32", &answers(&sessions(7), 20));
    let program = [r"C:\Program Files\Highwater\Agent\highwater-agent.exe", "run"];
    let refused = wine.run(&program).await;
    let why = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(why.contains("a copy of another one") && refused.status.code() == Some(2), "{refused:?}");

    wine.set(INSTALLED, "EnrollToken", "REG_SZ", &central.token).await;
    wine.start_agent();
    let db = central.db().await;
    eventually("it asks to be let in", async || {
        let all = agents::list(&db).await.unwrap();
        let mut states: Vec<_> = all.iter().map(|agent| agent.state).collect();
        states.sort_by_key(|state| format!("{state:?}"));
        same(&states, &vec![AgentState::Approved, AgentState::Conflict])
    })
    .await;
    shown(&wine, &visitor, &sessions(3)).await;
    assert!(wine.data_dir().join("spool.of-the-original").exists());
    let page = visitor.page("/settings/agents").await;
    assert!(texts(&page, "main").join(" ").contains("A clone of the other machine"), "{:?}", texts(&page, "main"));
    wine.kill_agent();
    db.close().await;
}
