use super::*;

fn rule(class: Class, subject: Subject, pattern: &str) -> Rule {
    Rule { id: ClassRuleId(0), class, subject, pattern: pattern.to_owned(), created_at: 0, created_by: String::new() }
}

fn is_client(pattern: &str, name: &str) -> bool {
    Pattern::parse(Subject::Client, pattern).unwrap().matches(&Name::of_client(name))
}

fn is_user(pattern: &str, name: &str) -> bool {
    Pattern::parse(Subject::User, pattern).unwrap().matches(&Name::of_user(name))
}

#[test]
fn a_pattern_is_compared_without_regard_to_case_and_stars_stand_for_anything() {
    for (pattern, name) in [
        ("*backup*", "SRV-BACKUP-01"),
        ("*backup*", "backup"),
        ("VDI*", "vdi-117"),
        ("*-vdi-*", "PAR-VDI-3"),
        ("PC-?", "pc-é"),
        ("ÉTUDE*", "étude-1"),
        ("DC#*", "DC01"),
        ("*DC##", "pardc02"),
        ("a*b*c", "aXbXbXc"),
        ("x*", "x*"),
    ] {
        assert!(is_client(pattern, name), "{pattern} {name}");
    }
    for (pattern, name) in
        [("VDI*", "PAR-VDI"), ("DC#*", "DCOM"), ("*DC##", "DC1"), ("PC-?", "PC-"), ("PC-?", "PC-12"), ("a*b", "ab c")]
    {
        assert!(!is_client(pattern, name), "{pattern} {name}");
    }
}

#[test]
fn without_a_dot_only_the_first_part_of_a_name_is_looked_at_and_addresses_are_whole() {
    assert!(is_client("dc#*", "DC01.corp.example") && is_client("*dc##", "pardc02.corp.example"));
    assert!(!is_client("*print*", "pc-7.print.corp.example"), "the domain says nothing of the computer");
    assert!(is_client("*.print.corp.example", "pc-7.print.corp.example"));
    assert!(is_client("10.20.9.*", "10.20.9.31") && !is_client("10", "10.20.9.31"));
    assert!(is_client("*1", "10.20.9.31"), "an address is one part");
}

#[test]
fn a_user_is_looked_at_without_its_domain_unless_the_pattern_has_one() {
    for name in ["svc_sql", r"CORP\svc_sql", "SVC_SQL@corp.example"] {
        assert!(is_user("svc_*", name), "{name}");
    }
    assert!(is_user(r"corp\svc_*", r"CORP\svc_sql") && !is_user(r"corp\svc_*", r"LAB\svc_sql"));
    assert!(is_user("*@lab.example", "ann@lab.example") && !is_user("svc_*", r"svc_domain\ann"));
    assert!(is_user("gmsa*$", r"CORP\gmsa-backup$"));
}

#[test]
fn addresses_are_compared_by_range_however_they_are_written() {
    let is = |range: &str, name: &str| Pattern::parse(Subject::Address, range).unwrap().matches(&Name::of_client(name));
    assert!(is("10.20.9.7/24", "10.20.9.200") && !is("10.20.9.0/24", "10.20.10.1"));
    assert!(is("10.20.9.0/24", "::ffff:10.20.9.1") && is("10.20.9.1", "10.20.9.1"));
    assert!(is("2001:db8::/32", "[2001:db8::7]") && is("fe80::/10", "fe80::1%12"));
    assert!(!is("10.0.0.0/8", "10.corp.example"));
}

#[test]
fn the_first_rule_that_matches_decides_and_one_that_cannot_be_read_matches_nothing() {
    let rules = Rules::of(&[
        rule(Class::Vdi, Subject::Address, "no range"),
        rule(Class::Backup, Subject::Client, "SRV-*"),
        rule(Class::Printer, Subject::Client, "*-PRN-*"),
        rule(Class::Application, Subject::User, "svc*"),
    ]);
    let class = |place: Option<usize>| place.and_then(|place| rules.class(place));
    assert_eq!(class(rules.of_client("SRV-PRN-1")), Some(Class::Backup));
    assert_eq!(class(rules.of_client("PAR-PRN-1")), Some(Class::Printer));
    assert_eq!(class(rules.of_user("svc_sql")), Some(Class::Application));
    assert_eq!((rules.of_client("svc_sql"), rules.of_user("SRV-1"), rules.of_user("")), (None, None, None));
    assert_eq!((rules.len(), rules.is_empty(), rules.class(9)), (4, false, None));
}

#[test]
fn what_cannot_be_a_pattern_is_said() {
    let why = |subject, text: &str| Pattern::parse(subject, text).unwrap_err();
    assert_eq!(why(Subject::Client, "  "), PatternError::Empty);
    assert_eq!(why(Subject::User, "**?"), PatternError::Everything);
    assert_eq!(why(Subject::Client, &"x".repeat(201)), PatternError::NotALine);
    assert_eq!(why(Subject::Client, "a\nb"), PatternError::NotALine);
    assert!(why(Subject::Address, "paris").to_string().contains("\"paris\" is no range"));
    let kept = Pattern::parse(Subject::Address, " 10.20.9.7/24 ").unwrap();
    assert_eq!(kept.text(" 10.20.9.7/24 "), "10.20.9.0/24");
    for class in Class::ALL {
        assert_eq!(Class::from_word(class.word()), Some(class));
    }
    for subject in Subject::ALL {
        assert_eq!(Subject::from_word(subject.word()), Some(subject));
    }
}

proptest::proptest! {
    #[test]
    fn no_name_and_no_pattern_brings_it_down(pattern in ".{0,40}", name in ".{0,60}") {
        for subject in Subject::ALL {
            if let Ok(pattern) = Pattern::parse(subject, &pattern) {
                let (client, user) = (Name::of_client(&name), Name::of_user(&name));
                proptest::prop_assert_eq!(pattern.matches(&client), pattern.matches(&client.clone()));
                proptest::prop_assert_eq!(pattern.matches(&user), pattern.matches(&user.clone()));
            }
        }
    }
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
    let (pattern, name) = ("*a".repeat(100), "a".repeat(1_000) + "b");
    assert!(
        !is_client(&pattern, &name),
        "tried again and again, this would take longer than the universe has been there"
    );
}
