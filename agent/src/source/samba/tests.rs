//! On answers written for these tests, and on one real answer where the samples are at hand.

use std::fs;
use std::path::{Path, PathBuf};

use super::parse::{Listed, ParseError, Status, parse};
use super::*;

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/samba/fixtures").join(name);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn read(name: &str) -> Status {
    parse(&fixture(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn at(text: &str) -> Option<i64> {
    Some(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn listed(id: &str, client: &str, user: &str, opens: u32, started_at: Option<i64>) -> Listed {
    Listed { id: id.to_owned(), client: client.to_owned(), user: user.to_owned(), opens, started_at }
}

#[test]
fn sessions_of_one_process_share_its_opens_by_user() {
    let status = read("several.json");
    assert_eq!(status.version, "4.19.4");
    assert_eq!(
        status.sessions,
        [
            listed("11", "10.0.0.5", r"CORP\alice", 1, at("2026-11-20T08:00:00.250Z")),
            listed("13", "2001:db8::7", r"CORP\alice", 1, at("2026-11-20T08:05:00Z")),
            listed("12", "10.0.0.5", "bob", 2, at("2026-11-20T08:20:00Z")),
            listed("14", "kiosk-7", "nobody", 0, None),
        ],
        "the session of uid -1 is still being set up, and the open of process 999 has no session"
    );
}

#[test]
fn the_files_of_4_17_before_its_release_are_read_too() {
    assert_eq!(
        read("locked_files.json").sessions,
        [listed("4065", "192.0.2.10", "dora", 2, at("2022-04-06T12:00:00Z"))]
    );
}

#[test]
fn one_process_number_on_two_nodes_is_two_processes() {
    assert_eq!(
        read("clustered.json").sessions,
        [
            listed("900", "10.0.0.5", "alice", 1, at("2026-11-20T08:00:01.5Z")),
            listed("901", "10.0.0.6", "alice", 2, None),
        ]
    );
}

#[test]
fn hostile_names_stay_names() {
    let status = read("hostile.json");
    assert_eq!(status.sessions.len(), 9);
    let find = |id: &str| status.sessions.iter().find(|s| s.id == id).unwrap();
    assert_eq!(find("1").user, "<script>alert(1)</script>");
    assert_eq!(find("1").client, "<script>alert(1)</script>", "what is no address falls back to the machine's name");
    assert_eq!(find("1").opens, 1);
    assert_eq!(find("6").user, "a\0b");
    assert!(find("88").user.starts_with("half \u{fffd}"));
    assert_eq!(find("89"), &listed("89", "", "", 0, None));
    assert!(status.sessions.iter().all(|s| s.started_at.is_none()), "no timestamp there is one");
}

#[test]
fn a_server_without_sessions_has_none() {
    let status = parse(br#"{"timestamp": "", "version": "4.17.12", "sessions": {}, "tcons": {}}"#).unwrap();
    assert_eq!(status.sessions, []);
}

#[test]
fn an_answer_without_a_session_list_is_an_error() {
    let error = parse(br#"{"timestamp": "", "version": "4.17.12", "smb_conf": "/etc/samba/smb.conf"}"#).unwrap_err();
    assert!(matches!(error, ParseError::NoSessionList) && error.to_string().contains("root"), "{error}");
}

#[test]
fn a_truncated_answer_is_an_error_at_every_byte() {
    let whole = fixture("several.json");
    let end = whole.iter().rposition(|b| *b == b'}').unwrap();
    for cut in 0..end {
        assert!(parse(&whole[..cut]).is_err(), "cut at byte {cut}");
    }
}

#[test]
fn a_session_keeps_its_start_when_its_first_tree_connect_is_closed() {
    let mut samba = Samba::new(SambaSettings::default());
    let now_at = 10_000_000;
    let first = samba.sessions_at(now_at, vec![listed("7", "pc", "u", 0, Some(now_at - 5_400))]);
    assert_eq!((first[0].age_secs, first[0].idle_secs), (Some(5), None));
    let later = samba.sessions_at(now_at + 60_000, vec![listed("7", "pc", "u", 0, Some(now_at + 30_000))]);
    assert_eq!(later[0].age_secs, Some(65));
    let closed = samba.sessions_at(now_at + 70_000, vec![listed("7", "pc", "u", 0, None)]);
    assert_eq!(closed[0].age_secs, Some(75));
    samba.sessions_at(now_at + 80_000, vec![]);
    let reused = samba.sessions_at(now_at + 90_000, vec![listed("7", "pc", "u", 0, None)]);
    assert_eq!(reused[0].age_secs, None, "what is gone is forgotten, and unknown is not 0");
}

#[test]
fn the_real_answer_of_4_17_12_is_read() {
    let Some(path) = sample("samba/smbstatus-4.17.12.json") else { return };
    let status = parse(&fs::read(path).unwrap()).unwrap();
    assert_eq!(status.version, "4.17.12-Debian");
    assert_eq!(status.sessions.len(), 8);
    let count = |user: &str| status.sessions.iter().filter(|s| s.user == user).count();
    assert_eq!((count("alice"), count("bob"), count("carol")), (2, 3, 3));
    for session in &status.sessions {
        assert_eq!((session.client.as_str(), session.opens), ("127.0.0.1", 1), "{session:?}");
        let started_at = session.started_at.unwrap();
        assert!((at("2026-11-24T03:44:46Z")..at("2026-11-24T03:44:47Z")).contains(&Some(started_at)), "{session:?}");
    }
}

/// A file of the samples, which are not part of this repository.
#[expect(clippy::disallowed_methods, reason = "samples are found by the environment, in tests only")]
fn sample(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples");
    let path = std::env::var_os("HIGHWATER_SAMPLES").map_or(beside, PathBuf::from).join(name);
    if !path.is_file() {
        println!("{} is absent (set HIGHWATER_SAMPLES): this test looked at nothing", path.display());
        return None;
    }
    Some(path)
}

#[cfg(unix)]
mod with_a_program_that_answers_like_samba {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(dir: &Path, name: &str, script: &str) -> PathBuf {
        let path = dir.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn settings(dir: &Path, testparm: &str) -> SambaSettings {
        let answer = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/samba/fixtures/several.json");
        SambaSettings {
            smbstatus: program(dir, "smbstatus", &format!("cat '{}'", answer.display())),
            testparm: program(dir, "testparm", testparm),
            ..SambaSettings::default()
        }
    }

    #[tokio::test]
    async fn facts_are_told_once_and_sessions_every_time() {
        let dir = tempfile::tempdir().unwrap();
        let mut samba = Samba::new(settings(dir.path(), "echo; echo 40"));
        let now_at = at("2026-11-20T08:30:00Z").unwrap();
        let first = samba.observe(now_at, 60).await.unwrap();
        let facts = first.facts.unwrap();
        assert_eq!(facts.observed_at, now_at);
        assert_eq!(facts.settings["max smbd processes"], "40");
        let snapshot = &first.snapshots[0];
        assert_eq!((snapshot.taken_at, snapshot.sampling_secs, snapshot.source.as_str()), (now_at, 60, "samba"));
        assert_eq!(snapshot.limit, Limit { sessions: Some(40), unlimited: false, source: LimitSource::SambaConf });
        assert_eq!(snapshot.sessions.len(), 4);
        assert!(snapshot.sessions.iter().all(|s| s.idle_secs.is_none()), "Samba does not know idle times");
        assert_eq!(snapshot.sessions[0].age_secs, Some(1_799));
        assert_eq!(snapshot.sessions[3].age_secs, None);

        let second = samba.observe(now_at + CONF_EVERY_MS, 60).await.unwrap();
        assert_eq!(second.facts, None, "nothing changed");
        assert_eq!(second.snapshots.len(), 1);
    }

    #[tokio::test]
    async fn a_limit_that_cannot_be_read_is_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let mut samba = Samba::new(settings(dir.path(), "echo 'Error loading services.' >&2; exit 1"));
        let report = samba.observe(1_000, 60).await.unwrap();
        let unknown = Limit { sessions: None, unlimited: false, source: LimitSource::Unknown };
        assert_eq!(report.snapshots[0].limit, unknown);
    }
}
