//! An incident's evidence on its way to people: the bundle as other programs read it, and hostile names in every text.

use std::io::{Cursor, Read as _};
use std::process::Command;

use highwater::alerts::evidence;
use highwater::locale::{Lang, Locale, Zone};
use highwater::model::evidence::{Evidence, Figures, Holder, HostThen, IdleClient, Point, UserHolder};
use highwater::model::eyes::{Eyes, UserName};
use highwater::model::{ClientId, HostId};
use highwater::store::episode;
use highwater::web::bundle::bundle;
use highwater::web::incident::{LONGEST, linked, plain, sentence};
use scraper::{Html, Selector};
use zip::ZipArchive;

use crate::harness::hostile;
use crate::harness::store::both;
use crate::store_episode::{NOW_AT, kiosk};

#[tokio::test]
async fn the_bundle_of_a_real_episode_is_accepted_by_sha256sum() {
    both(async |store| {
        let (_, incident) = kiosk(store).await;
        let evidence = evidence::of(&episode::gather(store, &incident, NOW_AT).await.unwrap());
        let material = episode::material(store, &evidence, NOW_AT).await.unwrap();
        let bytes = bundle(&evidence, &material, &Eyes::Names).unwrap();
        assert_eq!(bytes, bundle(&evidence, &material, &Eyes::Names).unwrap(), "the same evidence, the same bytes");
        let folder = tempfile::tempdir().unwrap();
        ZipArchive::new(Cursor::new(&bytes)).unwrap().extract(folder.path()).unwrap();
        let check = || {
            Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(folder.path()).output()
        };
        let checked = check().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let lines = String::from_utf8(checked.stdout).unwrap();
        assert_eq!(lines.lines().count(), 22, "eleven snapshots, three records, eight others: {lines}");
        let peak = std::fs::read_to_string(folder.path().join("sessions-at-peak.csv")).unwrap();
        assert_eq!(peak.lines().count(), 21);
        assert!(peak.contains("10.20.31.88") && peak.contains("SCANNER-2F"), "{peak}");
        std::fs::write(folder.path().join("holders.csv"), "changed").unwrap();
        assert!(!check().unwrap().status.success());
    })
    .await;
}

/// A host that is full of clients of this name.
pub(crate) fn named(name: &str) -> Evidence {
    let holder = Holder {
        client: Some(ClientId(7)),
        name: name.to_owned(),
        other_names: vec![name.to_owned()],
        sessions: 20,
        users: vec![UserName::new(name)],
        ..Holder::default()
    };
    let cause = highwater::model::evidence::Cause {
        points_for: vec![Point::Suspect { client: name.to_owned() }],
        ..highwater::model::evidence::Cause::default()
    };
    Evidence {
        from_at: NOW_AT,
        until_at: Some(NOW_AT + 60_000),
        subject: name.to_owned(),
        host: HostThen { id: Some(HostId(2)), name: name.to_owned(), os: name.to_owned(), ..HostThen::default() },
        peak: Some(Figures { taken_at: NOW_AT, sessions: 20, clients: 1, ..Figures::default() }),
        holders: vec![holder],
        users: vec![UserHolder { name: UserName::new(name), ..UserHolder::default() }],
        idle: vec![IdleClient { name: name.to_owned(), ..IdleClient::default() }],
        causes: vec![cause],
        ..Evidence::default()
    }
}

#[test]
fn hostile_names_stay_text_in_sentences_mails_and_evidence() {
    let anything = Selector::parse("body *").unwrap();
    for locale in Lang::ALL.map(|lang| Locale::new(lang, Zone::utc())) {
        for name in hostile::names() {
            let evidence = named(&name);
            let page = Html::parse_document(&linked(&evidence, &locale).to_string());
            // A name from right to left stands by itself.
            let elements = page.select(&anything).map(|element| element.value().name()).filter(|name| *name != "bdi");
            let elements: Vec<&str> = elements.collect();
            assert_eq!(elements, ["a", "a"], "{name:?}");
            let text = plain(&evidence, &locale, "https://highwater.corp.example/incidents/1");
            let ours = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{2028}'..='\u{202e}'));
            assert!(text.chars().all(ours) && text.chars().count() <= LONGEST, "{name:?}");
            assert_eq!(sentence(&evidence, &locale).lines().count(), 1, "{name:?}");
            assert_eq!(text.lines().count(), plain(&named("PC-1"), &locale, "https://x").lines().count(), "{name:?}");
            assert_eq!(Evidence::of_text(&evidence.to_text()), Some(evidence), "{name:?}");
        }
    }
}

#[test]
fn hostile_names_make_no_path_and_no_formula_of_a_bundle() {
    for name in hostile::names() {
        let bytes = bundle(&named(&name), &episode_material(&name), &Eyes::Names).unwrap();
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        for place in 0..zip.len() {
            let mut entry = zip.by_index(place).unwrap();
            let path = entry.name().unwrap().into_owned();
            let is_ours = |c: char| c.is_ascii_alphanumeric() || "./-".contains(c);
            assert!(path.chars().all(is_ours) && !path.contains("..") && !path.starts_with('/'), "{path:?}");
            if path.ends_with(".csv") {
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                let rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes()).into_records();
                let fields: Vec<String> =
                    rows.flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
                let is_formula = |field: &String| field.trim_start().starts_with(['=', '+', '@', '＝', '＋', '＠']);
                assert!(!fields.iter().any(is_formula), "{name:?} {path}: {fields:?}");
            }
        }
    }
}

/// Its settings are named so, too.
fn episode_material(name: &str) -> highwater::model::episode::Material {
    let facts = highwater::model::host::Facts {
        name: name.to_owned(),
        settings: [(name.to_owned(), name.to_owned())].into(),
        ..highwater::model::host::Facts::default()
    };
    highwater::model::episode::Material { host: Some(facts), ..highwater::model::episode::Material::default() }
}
