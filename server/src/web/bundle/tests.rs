use std::collections::BTreeMap;
use std::io::Read as _;

use zip::ZipArchive;

use super::*;
use crate::model::episode::Names;
use crate::model::event::{Event, EventClass};
use crate::model::evidence::{Figures, Holder, HostThen};
use crate::model::eyes::{RecordText, UserName};
use crate::model::limit::Limit;
use crate::model::snapshot::{Session, Snapshot};
use crate::model::usage::Usage;
use crate::model::{ClientId, EventId, HostId, IncidentId, UserId};

const AT: i64 = 1_795_509_060_000;

fn event(xml: &str) -> Event {
    Event {
        id: EventId(7),
        host: HostId(2),
        host_name: "FS02".to_owned(),
        channel: "../../System".to_owned(),
        provider: "Srv/..".to_owned(),
        record_id: 9,
        recorded_at: AT,
        received_at: AT,
        code: 2_022,
        level: 3,
        class: EventClass::Capacity,
        computer: "..\\..\\FS02".to_owned(),
        xml: RecordText::new(xml),
        message: None,
        decoded: "{}".to_owned(),
    }
}

/// Everybody has a name that would be a formula, a path or a line of its own.
fn made() -> (Evidence, Material) {
    let evil = "=HYPERLINK(\"http://evil\")\n../../x";
    let peak = Figures { taken_at: AT, sessions: 1, clients: 1, ..Figures::default() };
    let holder = Holder { name: evil.to_owned(), sessions: 1, users: vec![UserName::new("@x")], ..Holder::default() };
    let host = HostThen { id: Some(HostId(2)), name: "../FS02".to_owned(), ..HostThen::default() };
    let evidence = Evidence {
        incident: Some(IncidentId(1_841)),
        from_at: AT,
        host,
        peak: Some(peak),
        holders: vec![holder],
        ..Evidence::default()
    };
    let session =
        Session { client: ClientId(1), user: UserId(1), started_at: Some(AT - 5_000), active_at: None, opens: Some(2) };
    let look = |taken_at| Snapshot {
        taken_at,
        source: "win32-502".to_owned(),
        sampling_secs: 60,
        limit: Limit::UNKNOWN,
        partial: false,
        burst_of: None,
        sessions: vec![session],
    };
    let names = Names {
        clients: [(ClientId(1), evil.to_owned())].into(),
        users: [(UserId(1), UserName::new("+cmd"))].into(),
        ..Names::default()
    };
    let facts = Facts {
        observed_at: AT,
        name: "FS02".to_owned(),
        settings: [("Users".to_owned(), "20".to_owned())].into(),
        ..Facts::default()
    };
    let material = Material {
        looks: vec![look(AT - 60_000), look(AT)],
        names,
        cells: vec![(AT, Usage::default())],
        cut_at: Some(AT + 60_000),
        events: vec![event("<Event/>"), event("")],
        host: Some(facts),
    };
    (evidence, material)
}

fn unpacked(bytes: Vec<u8>) -> BTreeMap<String, String> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut all = BTreeMap::new();
    for place in 0..zip.len() {
        let mut entry = zip.by_index(place).unwrap();
        let name = entry.name().unwrap().into_owned();
        assert!(entry.enclosed_name().is_some() && entry.is_file(), "{name}");
        assert_eq!(entry.last_modified(), Some(DateTime::DEFAULT));
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        assert!(all.insert(name, text).is_none());
    }
    all
}

#[test]
fn everything_is_in_it_under_names_of_ours_and_the_sums_hold() {
    let (evidence, material) = made();
    let all = unpacked(bundle(&evidence, &material, &Eyes::Names).unwrap());
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    let wanted = [
        "README.txt",
        "SHA256SUMS",
        "events.csv",
        "events/0001.xml",
        "holders.csv",
        "incident.json",
        "sessions-at-peak.csv",
        "settings.json",
        "snapshots/0001.csv",
        "snapshots/0002.csv",
        "usage.csv",
        "users.csv",
    ];
    assert_eq!(names, wanted);
    let sums: Vec<&str> = all[SUMS].lines().collect();
    assert_eq!(sums.len(), all.len() - 1);
    for line in sums {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(sum, hex::encode(Sha256::digest(all[name].as_bytes())), "{name}");
    }
    assert!(!all[SUMS].contains('\r') && !all[SUMS].starts_with('\u{feff}'));
    assert_eq!(name(&evidence), "highwater-incident-1841.zip");
}

#[test]
fn no_table_holds_a_formula_and_json_is_json() {
    let (evidence, material) = made();
    let all = unpacked(bundle(&evidence, &material, &Eyes::Names).unwrap());
    for (name, text) in all.iter().filter(|(name, _)| name.ends_with(".csv")) {
        assert!(text.starts_with('\u{feff}'), "{name}: a spreadsheet reads accents right");
        for formula in ["\"=", "\"+", "\"@", ",=", ",@"] {
            assert!(!text.contains(formula), "{name}: {text}");
        }
    }
    assert!(all["sessions-at-peak.csv"].contains("\"'=HYPERLINK"), "{}", all["sessions-at-peak.csv"]);
    let json: serde_json::Value = serde_json::from_str(&all["incident.json"]).unwrap();
    assert_eq!(json["holders"][0]["client"], evidence.holders[0].name);
    let settings: serde_json::Value = serde_json::from_str(&all["settings.json"]).unwrap();
    assert_eq!(settings["settings"]["Users"], "20");
    let readme = &all[README];
    assert_eq!(readme.matches('\n').count(), readme.matches("\r\n").count());
    assert!(!readme.contains("\r\n../../x"), "a name makes no line: {readme}");
    assert!(readme.contains("usage.csv ends at 2026-11-24T08:32:00Z."), "{readme}");
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let (evidence, material) = made();
    let once = bundle(&evidence, &material, &Eyes::Names).unwrap();
    assert_eq!(once, bundle(&evidence, &material, &Eyes::Names).unwrap());
    let other = Evidence { from_at: AT + 60_000, ..evidence };
    assert_ne!(once, bundle(&other, &material, &Eyes::Names).unwrap());
}

#[test]
fn what_history_has_no_more_is_said() {
    let (evidence, _) = made();
    let all = unpacked(bundle(&evidence, &Material::default(), &Eyes::Names).unwrap());
    assert!(!all.contains_key("sessions-at-peak.csv") && all.contains_key("holders.csv"));
    let readme = &all[README];
    let line = readme.lines().find(|line| line.starts_with("sessions-at-peak.csv")).unwrap();
    assert!(line.contains("not there"), "{readme}");
    assert_eq!(all["settings.json"], "null\n");
}
