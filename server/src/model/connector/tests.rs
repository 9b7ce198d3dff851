use super::*;

fn typed<'a>(fields: &'a BTreeMap<String, String>, kinds: &'a [String]) -> Typed<'a> {
    Typed { name: " Desk ", system: System::ServiceNow, fields, kinds, groups: &[], language: "fr", has_secrets: false }
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const ALL: [(&str, &str); 3] = [("url", "https://desk.example/"), ("user", "robot"), ("password", "p w")];

#[test]
fn every_word_is_read_back_and_every_field_has_a_name_of_its_own() {
    assert!(System::ALL.into_iter().all(|system| System::from_word(system.word()) == Some(system)));
    assert!(TicketState::ALL.into_iter().all(|state| TicketState::from_word(state.word()) == Some(state)));
    assert_eq!((System::from_word("jira"), TicketState::from_word("")), (None, None));
    for system in System::ALL {
        let names: std::collections::BTreeSet<_> = system.fields().iter().map(|field| field.name).collect();
        assert_eq!(names.len(), system.fields().len(), "{system:?}");
    }
}

#[test]
fn secrets_are_kept_apart_and_an_address_has_no_slash_at_its_end() {
    let (fields, kinds) = (fields(&ALL), ["full".to_owned()]);
    let new = NewConnector::read(typed(&fields, &kinds), &Policy::default()).unwrap();
    assert_eq!((new.name.as_str(), new.language.as_str(), &new.kinds[..]), ("Desk", "fr", &[Kind::Full][..]));
    assert_eq!(new.settings["url"], "https://desk.example");
    assert!(!new.settings.contains_key("password") && new.secrets["password"] == "p w");
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let kinds = ["full".to_owned()];
    let read =
        |pairs: &[(&str, &str)]| NewConnector::read(typed(&fields(pairs), &kinds), &Policy::default()).unwrap_err();
    assert_eq!(read(&ALL[..2]), Mistake::Missing("password"));
    let [url, user, password] = ALL;
    assert_eq!(read(&[url, ("user", "a\nb"), password]), Mistake::Field("user"));
    assert_eq!(read(&[url, user, password, ("extra", "[1]")]), Mistake::Field("extra"));
    assert!(matches!(read(&[("url", "https://127.0.0.1/"), user, password]), Mistake::Url(_)));
    let none = NewConnector::read(typed(&fields(&ALL), &["fully".to_owned()]), &Policy::default());
    assert_eq!(none.unwrap_err(), Mistake::Kinds);
}

#[test]
fn a_secret_that_is_there_may_stay() {
    let (fields, kinds) = (fields(&ALL[..2]), ["near".to_owned()]);
    let typed = Typed { has_secrets: true, ..typed(&fields, &kinds) };
    assert!(NewConnector::read(typed, &Policy::default()).unwrap().secrets.is_empty());
}

#[test]
fn the_fleet_concerns_every_group() {
    let connector = Connector {
        id: ConnectorId(1),
        name: "Desk".to_owned(),
        system: System::Zendesk,
        settings: BTreeMap::new(),
        kinds: vec![Kind::Full, Kind::Pipeline],
        groups: vec!["Paris".to_owned()],
        language: "en".to_owned(),
        off: None,
        failing: None,
        created_at: 0,
        created_by: String::new(),
        updated_at: 0,
    };
    assert!(connector.wants(Kind::Full, Some("Paris")) && connector.wants(Kind::Pipeline, None));
    assert!(!connector.wants(Kind::Full, Some("Lyon")) && !connector.wants(Kind::Near, Some("Paris")));
    assert_eq!((connector.mark(), key("ab", IncidentId(7))), ("[Desk]".to_owned(), "highwater:ab:7".to_owned()));
}
