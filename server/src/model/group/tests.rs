use proptest::prelude::*;

use super::*;

fn host() -> Member {
    Member {
        id: HostId(1),
        name: "FS-PAR-01".into(),
        fqdn: "fs-par-01.paris.corp.example".into(),
        domain: "CORP".into(),
        addresses: vec!["10.20.3.4".into(), "fe80::1%eth0".into(), "2001:db8::7".into()],
        os: "Windows Server 2019 Standard".into(),
        token_group: "From the token".into(),
        by_hand: None,
        is: Placed::default(),
    }
}

fn rule(id: i64, kind: Kind, pattern: &str) -> Rule {
    let new = NewRule::read(&format!("Group {id}"), kind.word(), pattern).unwrap();
    let (group_name, pattern) = (new.group_name, new.pattern);
    Rule { id: GroupRuleId(id), group_name, kind, pattern, made_at: 0, made_by: "ann".into() }
}

fn matches(kind: Kind, pattern: &str) -> bool {
    Rules::of(&[rule(1, kind, pattern)]).place(&host()).rule.is_some()
}

#[test]
fn each_kind_looks_at_its_part_of_the_host() {
    for pattern in ["fs-par-*", "FS-???-01", "*.corp.example", "fs-par-01"] {
        assert!(matches(Kind::Name, pattern), "{pattern}");
    }
    for range in ["10.20.0.0/16", "10.20.3.4", "2001:db8::/32", "0.0.0.0/0"] {
        assert!(matches(Kind::Subnet, range), "{range}");
    }
    for domain in ["corp", "CORP.example", "paris.corp.example", ".example"] {
        assert!(matches(Kind::Domain, domain), "{domain}");
    }
    for os in ["Windows Server 2019", "windows", "*standard", "*20?9*"] {
        assert!(matches(Kind::Os, os), "{os}");
    }
    for (kind, pattern) in [
        (Kind::Name, "fs-par"),
        (Kind::Subnet, "10.21.0.0/16"),
        (Kind::Subnet, "fe80::/10"),
        (Kind::Domain, "rp.example"),
        (Kind::Domain, "fs-par-01.paris.corp.example"),
        (Kind::Os, "Server 2019"),
    ] {
        assert!(!matches(kind, pattern), "{kind:?} {pattern}");
    }
}

#[test]
fn the_hand_comes_before_the_first_rule_that_matches_and_that_before_the_token() {
    let all = [rule(7, Kind::Name, "nothing"), rule(3, Kind::Name, "fs*"), rule(1, Kind::Os, "Windows")];
    let rules = Rules::of(&all);
    let by_rule = rules.place(&host());
    assert_eq!(by_rule, Placed { group_name: "Group 3".into(), rule: Some(GroupRuleId(3)) });
    assert_eq!(by_rule.origin(false), Some(Origin::Rule));
    let by_hand = rules.place(&Member { by_hand: Some("Mine".into()), ..host() });
    assert_eq!(by_hand, Placed { group_name: "Mine".into(), rule: None });
    assert_eq!(by_hand.origin(true), Some(Origin::Hand));
    let by_token = Rules::of(&all[..1]).place(&host());
    assert_eq!((by_token.group_name.as_str(), by_token.origin(false)), ("From the token", Some(Origin::Token)));
    let none = Rules::default().place(&Member { token_group: String::new(), ..host() });
    assert_eq!((&none, none.origin(false)), (&Placed::default(), None));
}

#[test]
fn a_host_of_which_nothing_is_known_is_matched_by_what_says_anything_only() {
    let blank = || Member { addresses: vec!["not an address".into()], ..Member::named("X", "") };
    for (kind, pattern) in [(Kind::Domain, "corp"), (Kind::Subnet, "0.0.0.0/0"), (Kind::Os, "Windows")] {
        assert_eq!(Rules::of(&[rule(1, kind, pattern)]).place(&blank()), Placed::default(), "{kind:?}");
    }
    assert!(Rules::of(&[rule(1, Kind::Name, "*")]).place(&blank()).rule.is_some());
}

#[test]
fn what_is_typed_is_tidied_or_named() {
    let read = |group: &str, kind: &str, pattern: &str| NewRule::read(group, kind, pattern);
    assert_eq!(read(" Paris ", "subnet", "10.20.3.4/16").unwrap().pattern, "10.20.0.0/16");
    assert_eq!(read("Paris", "subnet", "10.20.3.4").unwrap().pattern, "10.20.3.4/32");
    assert_eq!(read("Paris", "domain", ".corp.example.").unwrap().pattern, "corp.example");
    assert_eq!(read(" ", "name", "*"), Err(Mistake::Group));
    assert_eq!(read("a\u{7}b", "name", "*"), Err(Mistake::Group));
    assert_eq!(read(&"x".repeat(101), "name", "*"), Err(Mistake::Group));
    assert_eq!(read("Paris", "colour", "*"), Err(Mistake::Kind));
    assert_eq!(read("Paris", "name", ""), Err(Mistake::Pattern));
    assert_eq!(read("Paris", "domain", "..."), Err(Mistake::Pattern));
    assert_eq!(read("Paris", "subnet", "10.0/8"), Err(Mistake::Subnet("10.0/8".into())));
    assert!(read("Paris", "subnet", "10.0/8").unwrap_err().to_string().starts_with("\"10.0/8\" is no range"));
}

proptest! {
    #[test]
    fn nothing_that_is_typed_or_told_breaks_it(typed in "\\PC{0,20}", told in "\\PC{0,20}", kind in 0..4_usize) {
        let Ok(new) = NewRule::read("Group", Kind::ALL[kind].word(), &typed) else { return Ok(()) };
        prop_assert!(new.test().is_some(), "what can be read can be asked");
        let (fqdn, addresses) = (told.clone(), vec![told.clone()]);
        let host = Member { name: told.clone(), fqdn, domain: told.clone(), addresses, os: told, ..host() };
        let rules = Rules::of(&[rule(1, new.kind, &new.pattern)]);
        let first = rules.place(&host);
        // The same again, and what is read again is the same rule.
        prop_assert_eq!(rules.place(&host), first);
        prop_assert_eq!(NewRule::read("Group", new.kind.word(), &new.pattern).unwrap(), new);
    }

    #[test]
    fn a_domain_matches_itself_and_everything_below_it(above in "[a-z]{1,8}(\\.[a-z]{1,8}){0,2}", below in "[a-z]{1,8}") {
        let (under, beside) = (format!("{below}.{above}"), format!("{below}{above}"));
        prop_assert!(is_in(&above, &above) && is_in(&under, &above));
        prop_assert!(!is_in(&beside, &above) && !is_in(&above, &under));
    }
}
