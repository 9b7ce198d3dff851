use super::*;

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
        all.extend(evidence.users.iter().map(|of| user(of, &locale, &Eyes::Names)));
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
