use super::*;
use crate::alerts::commands::Form;
use crate::model::evidence::{IdleClient, IdleSessions};

#[test]
fn the_sentence_says_who_where_when_and_how_many() {
    assert_eq!(
        said(&kiosk()),
        [
            "FS02 (limit 20, Windows 11 Pro edition cap) was full from 09:31 to 09:47: 3 clients held 12 of 20 sessions (60 %); \
             9 idle over 15 min, 7 of them with no open file.",
            "FS02 (limite 20, plafond de l’édition Windows 11 Pro) était plein de 09:31 à 09:47 : 3 clients détenaient \
             12 sessions sur 20 (60 %) ; 9 étaient inactives depuis plus de 15 min, dont 7 sans fichier ouvert.",
        ]
    );
}

#[test]
fn the_sentence_goes_on_while_the_incident_does_and_counts_stretches() {
    let goes_on = Evidence { until_at: None, computed_at: FROM_AT + 16 * MINUTE_MS, ..kiosk() };
    assert!(said(&goes_on)[0].contains("edition cap) has been full since 09:31: 3 clients"), "{:?}", said(&goes_on));
    let two = Stretch { from_at: FROM_AT + 20 * MINUTE_MS, to_at: FROM_AT + 24 * MINUTE_MS };
    let mut flapping = kiosk();
    flapping.at_limit.stretches.push(two);
    (flapping.at_limit.count, flapping.at_limit.total_ms) = (2, 20 * MINUTE_MS);
    assert!(
        said(&flapping)[0].contains("was full 2 times from 09:31 to 09:55, 20 min in all: 3"),
        "{:?}",
        said(&flapping)
    );
    let long = Evidence { until_at: Some(FROM_AT + DAY_MS), at_limit: AtLimit::default(), ..kiosk() };
    let held = "held up to 20 of 20 sessions (100 %) from Tue 24 Nov, 09:31 to Wed 25 Nov, 09:31";
    assert!(said(&long)[0].contains(held), "{:?}", said(&long));
}

#[test]
fn who_held_how_much_is_said_as_it_was() {
    let one = Evidence { holders: vec![held("SCANNER-2F", 12), held("B", 1)], ..kiosk() };
    assert!(said(&one)[0].contains(": SCANNER-2F held 12 of 20 sessions (60 %);"), "{:?}", said(&one));
    let mut spread = kiosk();
    spread.holders = (0..20).map(|n| held(&format!("PC-{n}"), 1)).collect();
    (spread.peak, spread.rest) =
        (spread.peak.map(|peak| Figures { clients: 20, idle: None, zero_open: None, ..peak }), Rest::default());
    assert!(
        said(&spread)[0].ends_with(": 20 clients held 20 sessions, none of them more than 1."),
        "{:?}",
        said(&spread)
    );
    let idle = |idle, both, zero| {
        let peak = kiosk().peak.map(|peak| Figures { idle, idle_zero_open: both, zero_open: zero, ..peak });
        let text = said(&Evidence { peak, ..kiosk() })[0].clone();
        text.rsplit_once("(60 %)").unwrap().1.to_owned()
    };
    assert_eq!(idle(Some(0), Some(0), Some(3)), "; none idle over 15 min.");
    assert_eq!(idle(Some(3), Some(0), Some(3)), "; 3 idle over 15 min, all of them with open files.");
    assert_eq!(idle(Some(3), None, None), "; 3 idle over 15 min.");
    assert_eq!(idle(None, None, Some(4)), "; 4 with no open file.");
    assert_eq!(idle(None, None, None), ".");
}

#[test]
fn every_kind_of_incident_has_a_sentence_in_both_languages_over_and_going_on() {
    for kind in Kind::ALL.into_iter().map(Some).chain([None]) {
        for until_at in [None, Some(FROM_AT + HOUR_MS)] {
            for peak in [kiosk().peak, None] {
                let at_limit = if peak.is_none() { AtLimit::default() } else { kiosk().at_limit };
                let subject = "S$ \"A\"".to_owned();
                let evidence = Evidence { kind, until_at, peak, at_limit, subject, ..kiosk() };
                for text in said(&evidence) {
                    assert!(text.ends_with('.') && !text.contains(ID) && !text.contains('{'), "{kind:?}: {text}");
                }
                let [english, french] = said(&evidence);
                assert_ne!(english, french, "{kind:?}");
            }
        }
    }
    let silent = Evidence { kind: Some(Kind::Silent), before: kiosk().peak, ..kiosk() };
    assert!(
        said(&silent)[0].ends_with("was silent from 09:31 to 09:47: it held 20 sessions before."),
        "{:?}",
        said(&silent)
    );
}

#[test]
fn a_page_s_sentence_has_links_and_names_stay_text() {
    let evil = "<img src=x onerror=window.owned=1>\"'";
    let mut evidence = Evidence { holders: vec![held(evil, 12)], ..kiosk() };
    (evidence.host.name, evidence.host.os) = (evil.to_owned(), format!("Windows 11 {evil}"));
    let html = linked(&evidence, &Locale::machine()).to_string();
    assert!(!html.contains("<img") && html.matches("<a href=\"").count() == 2, "{html}");
    assert!(
        html.contains("<a href=\"/hosts/2?at=2026-11-24T08:38:00Z\">") && html.contains("<a href=\"/clients/7\">"),
        "{html}"
    );
}

#[test]
fn a_name_from_right_to_left_stands_by_itself_once_and_a_command_s_comment_has_no_marks() {
    let name = "עברית";
    let mut evidence = Evidence { holders: vec![held(name, 12)], ..talkative() };
    evidence.host.name = name.to_owned();
    let [english, _] = locales();
    let text = sentence(&evidence, &english);
    assert_eq!(text.matches("\u{2068}עברית\u{2069}").count(), 2, "{text}");
    assert_eq!((text.matches('\u{2068}').count(), text.contains('\u{fffd}')), (2, false), "{text}");
    assert_eq!(linked(&evidence, &english).to_string().matches("<bdi>עברית</bdi>").count(), 2);
    assert!(plain(&evidence, &english, "").contains("- \u{2068}עברית\u{2069}: 12 sessions"));
    let idle = IdleSessions { sessions: 1, shortest_secs: 900, longest_secs: 900 };
    evidence.idle = vec![IdleClient { name: name.to_owned(), zero_open: idle, ..IdleClient::default() }];
    let script = free(&evidence, &english, Form::File).unwrap();
    assert!(script.contains("# 1. עברית: ") && !script.contains(['\u{2068}', '\u{fffd}']), "{script}");
}
