use super::*;
use crate::alerts::commands::{self, Form, Nothing};
use crate::locale::{Lang, Locale, NBSP, Zone};
use crate::model::evidence::{
    AtLimit, Cause, Changed, Earlier, EventThen, Evidence, Figures, FindingThen, Holder, Hole, Holes, HostThen,
    IdleClient, IdleSessions, LimitThen, Look, LookedThen, Mostly, Point, Rest, Stretch, Suspected, UserHolder,
    WeekBefore,
};
use crate::model::finding::{Fact, Severity};
use crate::model::incident::Kind;
use crate::model::limit::LimitSource;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::model::{ClientId, HostId, IncidentId};

/// Tuesday, 2026-11-24, 09:31 in Paris.
const FROM_AT: i64 = 1_795_509_060_000;

/// With what a message's id begins, that was not found.
const ID: &str = "evidence\u{2d}";

fn held(name: &str, sessions: u32) -> Holder {
    Holder { client: Some(ClientId(7)), name: name.to_owned(), sessions, ..Holder::default() }
}

/// FS02, as in the product's own words.
fn kiosk() -> Evidence {
    let limit = LimitThen { sessions: Some(20), is_unlimited: false, source: Some(LimitSource::Api) };
    let peak = Figures {
        taken_at: FROM_AT + 7 * MINUTE_MS,
        sessions: 20,
        clients: 11,
        opens: Some(57),
        idle: Some(9),
        zero_open: Some(8),
        idle_zero_open: Some(7),
        limit,
        is_partial: false,
    };
    let host = HostThen {
        id: Some(HostId(2)),
        name: "FS02".to_owned(),
        os: "Windows 11 Pro".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        limit,
        ..HostThen::default()
    };
    let until_at = FROM_AT + 16 * MINUTE_MS;
    let stretch = Stretch { from_at: FROM_AT, to_at: until_at };
    let at_limit = AtLimit { stretches: vec![stretch], count: 1, total_ms: stretch.length_ms(), coarse_from_at: None };
    Evidence {
        version: 1,
        computed_at: until_at + HOUR_MS,
        incident: Some(IncidentId(1_841)),
        kind: Some(Kind::Full),
        from_at: FROM_AT,
        until_at: Some(until_at),
        host,
        peak: Some(peak),
        at_limit,
        holders: vec![held("SCANNER-2F", 5), held("RDS-04", 4), held("PC-3", 3)],
        rest: Rest { clients: 8, sessions: 8, idle: Some(1), most_sessions: 1, ..Rest::default() },
        ..Evidence::default()
    }
}

/// Every point there is: for a cause, and against it.
fn points() -> (Vec<Point>, Vec<Point>) {
    let client = || "SCANNER-2F".to_owned();
    let points_for = vec![
        Point::Held { clients: 1, sessions: 5, all: 20 },
        Point::Grew { sessions: 4, all: 6 },
        Point::Before { sessions: 5 },
        Point::Idle { sessions: 4, of: 5 },
        Point::Used { sessions: 1, of: 5 },
        Point::Night { hour: 2 },
        Point::Day { hour: 9 },
        Point::Morning { hour: 8 },
        Point::SameHour { hour: 9, times: 3, of: 4 },
        Point::Forgotten { client: client(), forgotten: 5, sessions: 5, oldest_hours: 30 },
        Point::Suspect { client: client() },
        Point::Grows { client: client(), before: 3, sessions: 5 },
        Point::Shrinks { client: client(), before: 9, sessions: 5 },
    ];
    let points_against = vec![
        Point::Stayed { client: client(), sessions: 5, of: 5 },
        Point::Went { client: client(), sessions: 0, of: 5 },
        Point::FloodEvents { events: 2 },
        Point::MoreSessions { more: 90, ever: 20 },
        Point::MoreClients { more: 90, ever: 20 },
        Point::Started { sessions: 12, clients: 9, all: 20, minutes: 15 },
        Point::OneClient { client: client(), sessions: 8, of: 12 },
        Point::Restarted { at: FROM_AT - HOUR_MS },
        Point::WeekBefore { sessions: 19 },
        Point::FewerWeekBefore { sessions: 3 },
    ];
    (points_for, points_against)
}

/// Every change there is.
fn all_changes() -> Vec<Changed> {
    let change = |what: &str, name: &str| Changed {
        seen_at: FROM_AT - HOUR_MS,
        after_at: FROM_AT - 2 * HOUR_MS,
        what: Some(what.to_owned()),
        name: name.to_owned(),
        before: Some("20".to_owned()),
        after: None,
    };
    let words = ["limit", "start", "name", "full_name", "domain", "cluster", "addresses", "system", "build"];
    let mut changes: Vec<Changed> = words.map(|word| change(word, "")).to_vec();
    changes.extend([change("time_zone", ""), change("agent_version", ""), change("setting", "AutoDisconnectTimeout")]);
    changes
}

/// Everything that can be said is said.
fn talkative() -> Evidence {
    let (points_for, points_against) = points();
    let cause =
        |what| Cause { what, weight: 5, points_for: points_for.clone(), points_against: points_against.clone() };
    let burst = vec![Look { taken_at: FROM_AT, sessions: 20, clients: 3 }];
    let event = |code, provider: &str, burst| EventThen {
        recorded_at: FROM_AT + 4_000,
        code,
        provider: provider.to_owned(),
        burst,
        ..EventThen::default()
    };
    let reason = Some("agent_stopped".to_owned());
    let hole = Hole { from_at: FROM_AT + MINUTE_MS, to_at: FROM_AT + 3 * MINUTE_MS, reason };
    Evidence {
        causes: Suspected::ALL.into_iter().map(Some).chain([None]).map(cause).collect(),
        changes: all_changes(),
        events: vec![event(2_022, "Srv", burst), event(2_003, "PerfNet", Vec::new())],
        findings: vec![FindingThen {
            rule: "CFG-07".to_owned(),
            severity: Some(Severity::High),
            facts: vec![Fact::On { name: "SMB1".to_owned() }],
            ..FindingThen::default()
        }],
        holes: Holes { longest: vec![hole], count: 1, total_ms: 2 * MINUTE_MS, lost_records: 3 },
        users: vec![UserHolder { name: String::new(), sessions: 2, clients: 1, ..UserHolder::default() }],
        week_before: Some(WeekBefore { peak_sessions: 19, full_ms: 4 * MINUTE_MS, ..WeekBefore::default() }),
        earlier: Earlier {
            days: 30,
            count: 6,
            last_at: Some(FROM_AT - 7 * DAY_MS),
            mostly: Some(Mostly { weekday: 1, hour: 9, count: 4, at: FROM_AT - 7 * DAY_MS }),
        },
        looked: LookedThen { snapshots: 10, sessions: 1_000_000, cut_at: Some(FROM_AT + 5 * MINUTE_MS) },
        ..kiosk()
    }
}

fn locales() -> [Locale; 2] {
    Lang::ALL.map(|lang| Locale::new(lang, Zone::named("Europe/Paris")))
}

fn said(evidence: &Evidence) -> [String; 2] {
    locales().map(|locale| sentence(evidence, &locale).replace([NBSP, '\u{202f}'], " "))
}

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

#[test]
fn plain_text_is_short_enough_for_every_ticket_and_says_what_it_leaves_out() {
    for locale in locales() {
        for evidence in [kiosk(), talkative(), Evidence::default()] {
            let text = plain(&evidence, &locale, "https://highwater.corp.example/incidents/1841");
            assert!(text.chars().count() <= LONGEST && !text.contains(ID), "{text}");
            assert!(text.ends_with("/incidents/1841"), "{text}");
        }
        let cut = plain(&talkative(), &locale, "");
        assert!(cut.ends_with(&locale.say("evidence-more-text").to_string()), "{cut}");
        let whole = plain(&kiosk(), &locale, "");
        assert!(!whole.contains(&locale.say("evidence-more-text").to_string()), "{whole}");
    }
    let text = plain(&kiosk(), &locales()[0], "").replace(NBSP, " ");
    let wanted = "\n\nTue 24 Nov 2026, Europe/Paris\n\nAt the peak, 09:38: 20 sessions, 11 clients, 57 opens\n\
                  - SCANNER-2F: 5 sessions (25 %)\n- RDS-04: 4 sessions (20 %)\n- PC-3: 3 sessions (15 %)\n\
                  - 8 other clients: 8 sessions (40 %), 1 idle\n\nNothing is known of the same time a week before.";
    assert!(text.ends_with(wanted), "{text}");
}

#[test]
fn a_name_makes_no_line_of_plain_text() {
    let evil = "PC-1\r\nResolved: yes\u{2028}x\u{202e}y\0";
    let mut evidence = Evidence { holders: vec![held(evil, 12)], ..talkative() };
    (evidence.host.name, evidence.changes[0].before) = (evil.to_owned(), Some(evil.to_owned()));
    evidence.holders[0].other_names = vec![evil.to_owned()];
    evidence.events[0].provider = evil.to_owned();
    evidence.findings[0].words = evil.to_owned();
    evidence.causes[0].points_for = vec![Point::Suspect { client: evil.to_owned() }];
    for locale in locales() {
        let text = plain(&evidence, &locale, "");
        let is_line = |line: &str| line.trim_start_matches(['-', ' ', '+']).starts_with("Resolved");
        assert!(!text.lines().any(is_line) && !text.contains(['\r', '\0', '\u{2028}', '\u{202e}']), "{text}");
    }
    let long = Evidence { holders: vec![held(&"W".repeat(5_000), 12)], ..kiosk() };
    assert!(plain(&long, &locales()[0], "").chars().count() < 1_000);
}

#[test]
fn every_fact_is_said_in_both_languages() {
    let evidence = talkative();
    let [english, french] = locales().map(|locale| {
        let mut all: Vec<String> = Vec::new();
        for of in &evidence.causes {
            all.extend([cause(of, &locale), likelihood(of, &locale)]);
        }
        let points = evidence.causes[0].points_for.iter().chain(&evidence.causes[0].points_against);
        all.extend(points.map(|of| point(of, &evidence, &locale)));
        all.extend(evidence.changes.iter().map(|of| changed(of, &evidence, &locale)));
        all.extend(evidence.events.iter().map(|of| event(of, &evidence, &locale)));
        all.extend(evidence.findings.iter().map(|of| finding(of, &locale).0));
        all.extend(evidence.users.iter().map(|of| user(of, &locale)));
        all.extend([week_before(&evidence, &locale), day_and_zone(&evidence, &locale)]);
        all.extend(
            [holes(&evidence, &locale), cut(&evidence, &locale), earlier(&evidence, &locale)].into_iter().flatten(),
        );
        all.push(hole(&evidence.holes.longest[0], &evidence, &locale));
        all
    });
    for (ours, theirs) in english.iter().zip(&french) {
        for text in [ours, theirs] {
            assert!(!text.is_empty() && !text.contains(ID) && !text.contains('{'), "{text}");
        }
    }
    let same = english.iter().zip(&french).filter(|(ours, theirs)| ours == theirs);
    let same: Vec<_> = same.map(|(ours, _)| ours.replace(NBSP, " ")).collect();
    assert_eq!(same, ["possible"; 0], "nothing was left in English");
    let text = english.join("\n").replace(NBSP, " ");
    for wanted in [
        "6 earlier of its kind on this host in 30 days. Mostly Tue 09–10, by the host's clock.",
        "A week before at the same time: 19 sessions at most, full for 4 min.",
        "Nothing is known of 2 min of this time. The agent lost 3 records.",
        "08:31 Limit: 20 → none",
        "08:31 The system was started again",
        "09:31:04 event 2022 (Srv): ",
        "; 20 sessions right after it",
        "09:32 to 09:34, 2 min: agent stopped or host asleep",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn commands_come_with_comments_in_the_reader_s_language_and_do_the_same() {
    let idle = IdleSessions { sessions: 5, shortest_secs: 7_200, longest_secs: 46_800 };
    let client = IdleClient { name: "SCANNER-2F".to_owned(), zero_open: idle, with_opens: idle, opens: 3 };
    let nobody = IdleClient { name: String::new(), zero_open: idle, ..IdleClient::default() };
    let evil = IdleClient { name: "a\nb".to_owned(), ..nobody.clone() };
    let evidence = Evidence { idle: vec![client, nobody, evil], more_idle: 2, ..kiosk() };
    let code = |text: &str| text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    let [english, french] = locales();
    for (ours, theirs) in [
        (free(&evidence, &english, Form::File).unwrap(), free(&evidence, &french, Form::File).unwrap()),
        (trace(&evidence, &english, Form::File).unwrap(), trace(&evidence, &french, Form::File).unwrap()),
    ] {
        assert_eq!(code(&ours), code(&theirs));
        assert_ne!(ours, theirs);
        assert!(!ours.contains(ID) && !theirs.contains(ID), "{theirs}");
    }
    let text = free(&evidence, &english, Form::Page).unwrap().replace(NBSP, " ");
    for wanted in [
        "# FS02, incident 1841: sessions that were idle at Tue 24 Nov 2026, 09:38 (Europe/Paris). Least harm first.\n",
        "# -WhatIf shows what would be closed and closes nothing; -Confirm asks for every session.\n",
        "# 1. SCANNER-2F: 5 sessions without an open file, idle for 2 h to 13 h\n",
        "# Left out: 5 idle sessions of a client without a name.\n",
        "characters that no command carries safely (U+000A).\n",
        "# WARNING: ",
        "# 2. SCANNER-2F: 5 sessions with 3 open files, idle for 2 h to 13 h\n",
        "# 2 more clients had idle sessions.\n",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(commands::free(&evidence).unwrap().commands() == 2);
    let why = [Nothing::NotWindows, Nothing::NotObserved, Nothing::NotKnown, Nothing::NobodyIdle];
    for why in why {
        assert!(locales().iter().all(|locale| nothing(why, locale).ends_with('.')), "{why:?}");
    }
}

#[test]
fn programs_get_words_and_instants_of_their_own() {
    let json = serde_json::to_value(body(&talkative())).unwrap();
    assert_eq!(json["sentence"], sentence(&talkative(), &Locale::machine()));
    assert_eq!(
        (&json["kind"], &json["from"], &json["until"]),
        (&"full".into(), &"2026-11-24T08:31:00Z".into(), &"2026-11-24T08:47:00Z".into())
    );
    assert_eq!(json["host"]["limit"], serde_json::json!({"sessions": 20, "unlimited": false, "source": "api"}));
    assert_eq!((&json["peak"]["idle_zero_open_sessions"], &json["holders"][0]["share"]), (&7.into(), &0.25.into()));
    assert_eq!((&json["causes"][0]["cause"], &json["causes"][0]["likelihood"]), (&"backup".into(), &"likely".into()));
    assert_eq!(json["causes"][0]["for"][0]["point"], "held");
    assert_eq!(json["earlier"]["mostly"], serde_json::json!({"weekday": 2, "hour": 9, "count": 4}));
    assert_eq!(json["changes"][11]["setting"], "AutoDisconnectTimeout");
    let empty = serde_json::to_value(body(&Evidence::default())).unwrap();
    assert!(empty["kind"].is_null() && empty["peak"].is_null() && empty["until"].is_null());
}
