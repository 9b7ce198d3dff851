use super::*;
use crate::model::class::Class;
use crate::model::eyes::UserName;
use crate::model::redact::Redactor;

/// Evidence in which nothing is left out, with a name in every place that has one.
fn full(name: &str) -> Evidence {
    let name = || name.to_owned();
    let idle = IdleSessions { sessions: 2, shortest_secs: 900, longest_secs: 7_200 };
    let held = Holder {
        name: name(),
        other_names: vec![name()],
        class: Some(Class::Backup),
        sessions: 3,
        users: vec![UserName::new(name())],
        users_count: 1,
        ..Holder::default()
    };
    let limit = LimitThen { sessions: Some(20), is_unlimited: false, source: Some(LimitSource::Api) };
    let leak = Fact::Leak { client: name(), sessions: 9, day_before: None, forgotten: 8, oldest_hours: 14 };
    let hole = Hole { from_at: 1, to_at: 2, reason: Some("agent_stopped".to_owned()) };
    let change = Changed { what: Some("setting".to_owned()), name: "Users".to_owned(), ..Changed::default() };
    let cause = Cause {
        what: Some(Suspected::Leak),
        weight: 5,
        points_for: vec![Point::Suspect { client: name() }],
        points_against: vec![Point::Day { hour: 9 }],
    };
    let finding = FindingThen {
        rule: "CLI-01".to_owned(),
        severity: Some(Severity::High),
        facts: vec![leak],
        ..FindingThen::default()
    };
    Evidence {
        version: VERSION,
        incident: Some(IncidentId(7)),
        kind: Some(Kind::Full),
        host: HostThen { id: Some(HostId(1)), name: "FS02".to_owned(), limit, ..HostThen::default() },
        peak: Some(Figures { sessions: 20, limit, ..Figures::default() }),
        holes: Holes { longest: vec![hole], count: 1, ..Holes::default() },
        holders: vec![held],
        users: vec![UserHolder {
            name: UserName::new(name()),
            class: Some(Class::Application),
            ..UserHolder::default()
        }],
        idle: vec![IdleClient { name: name(), zero_open: idle, ..IdleClient::default() }],
        events: vec![EventThen { class: Some(EventClass::Capacity), code: 2_022, ..EventThen::default() }],
        changes: vec![change],
        findings: vec![finding],
        causes: vec![cause],
        ..Evidence::default()
    }
}

#[test]
fn users_whose_names_are_not_seen_are_not_in_the_order_of_their_names() {
    let names: Vec<String> = (0..20).map(|place| format!("CORP\\user{place:02}")).collect();
    let users = || names.iter().map(|name| UserName::new(name.as_str())).collect::<Vec<_>>();
    let held = |(name, sessions)| UserHolder { name, sessions, ..UserHolder::default() };
    let evidence = Evidence {
        holders: vec![Holder { users: users(), ..Holder::default() }],
        users: std::iter::once((UserName::new("zoe"), 2))
            .chain(users().into_iter().map(|name| (name, 1)))
            .map(held)
            .collect(),
        ..Evidence::default()
    };
    assert_eq!(evidence.clone().in_order_for(&Eyes::Names), evidence);
    let eyes = Eyes::Pseudonyms(b"key".as_slice().into());
    let seen = evidence.clone().in_order_for(&eyes);
    assert_eq!(seen.users[0], evidence.users[0], "most sessions first");
    let pseudonyms = |names: &[UserName]| names.iter().map(|name| name.seen_by(&eyes)).collect::<Vec<_>>();
    let mut sorted = pseudonyms(&users());
    sorted.sort();
    assert_ne!(pseudonyms(&users()), sorted);
    assert_eq!(pseudonyms(&seen.holders[0].users), sorted);
    let others: Vec<UserName> = seen.users[1..].iter().map(|user| user.name.clone()).collect();
    assert_eq!(pseudonyms(&others), sorted);
}

#[test]
fn evidence_is_read_back_as_it_was_written() {
    let evidence = full("SCANNER \"2F\"\\\u{0}’");
    let text = evidence.to_text();
    assert!(!text.contains('\0'), "JSON escapes it: databases hold none");
    assert_eq!(Evidence::of_text(&text), Some(evidence));
    for no in ["", "[", "null", "7", "{\"kind\":7}"] {
        assert_eq!(Evidence::of_text(no), None, "{no}");
    }
}

#[test]
fn what_an_earlier_version_did_not_write_is_not_known_and_what_a_later_one_wrote_is_left_out() {
    assert_eq!(Evidence::of_text("{}"), Some(Evidence::default()));
    let later = r#"{
        "version": 9, "kind": {"of-later": {}}, "new": [1],
        "host": {"name": "FS02", "limit": {"sessions": 20, "source": {"moon": true}}, "colour": "red"},
        "holders": [{"name": "A", "class": {"robot": true}, "sessions": 3}],
        "findings": [{"rule": "CFG-99", "facts": [{"of-later": {"a": 1}}, {"on": {"name": "SMB1"}}]}],
        "causes": [{"what": {"full-moon": true}, "points_for": [{"moon": {"full": true}}, {"day": {"hour": 9}}]}]
    }"#;
    let read = Evidence::of_text(later).unwrap();
    assert_eq!((read.version, read.kind, read.host.name.as_str()), (9, None, "FS02"));
    assert_eq!(read.host.limit, LimitThen { sessions: Some(20), ..LimitThen::default() });
    assert_eq!((read.holders[0].sessions, read.holders[0].class), (3, None));
    assert_eq!(read.findings[0].facts, [Fact::On { name: "SMB1".to_owned() }]);
    assert_eq!((read.causes[0].what, read.causes[0].points_for.as_slice()), (None, &[Point::Day { hour: 9 }][..]));
}

/// Somebody may be called like a word of ours.
#[test]
fn erasing_a_name_that_is_one_of_our_words_erases_the_name_and_nothing_else() {
    let words = Suspected::ALL.map(Suspected::word).into_iter().chain(Class::ALL.map(Class::word));
    let words =
        words.chain(["full", "high", "capacity", "api", "setting", "agent_stopped", "suspect", "Users", "true"]);
    for word in words {
        // A setting's own name is no person's.
        let evidence = Evidence { changes: Vec::new(), ..full(word) };
        let redactor = Redactor::new(&[(word.to_owned(), "erased-1".to_owned())]).unwrap();
        let text = redactor.json(&evidence.to_text()).expect("the name is in it");
        let wanted = Evidence { changes: Vec::new(), ..full("erased-1") };
        assert_eq!(Evidence::of_text(&text), Some(wanted), "{word}");
    }
}

#[test]
fn leaders_are_the_fewest_that_held_half() {
    let of = |held: &[u32], all: u32| Evidence {
        peak: Some(Figures { sessions: all, ..Figures::default() }),
        holders: held.iter().map(|n| Holder { sessions: *n, ..Holder::default() }).collect(),
        ..Evidence::default()
    };
    let leaders = |held: &[u32], all| of(held, all).leaders().map(|(who, held)| (who.len(), held));
    assert_eq!(leaders(&[5, 4, 3, 1], 20), Some((3, 12)));
    assert_eq!(leaders(&[10, 4], 20), Some((1, 10)));
    assert_eq!(leaders(&[2; 5], 20), Some((5, 10)));
    assert_eq!(leaders(&[1; 20], 20), None, "five of twenty lead nothing");
    assert_eq!(leaders(&[], 0), None);
    assert_eq!(Evidence::default().leaders(), None);
}
