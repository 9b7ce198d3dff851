use super::*;

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn read(name: &str, url: &str, events: &[&str], groups: &[&str]) -> Result<NewWebhook, Mistake> {
    let (event_types, groups) = (texts(events), texts(groups));
    NewWebhook::read(Typed { name, url, event_types: &event_types, groups: &groups }, &Policy::default())
}

#[test]
fn every_word_is_read_back_and_every_entry_of_an_incident_has_one() {
    for event in EventType::CHOICE.into_iter().chain([EventType::Test]) {
        assert_eq!(EventType::from_word(event.word()), Some(event));
    }
    for what in What::ALL {
        assert_eq!(EventType::Incident(what).word(), format!("incident.{}", what.word()));
        assert!(EventType::CHOICE.contains(&EventType::Incident(what)), "{what:?} can be chosen");
    }
    assert!(EventType::USUAL.iter().all(|event| EventType::CHOICE.contains(event)));
    assert_eq!(EventType::from_word("incident.Opened"), None);
}

#[test]
fn a_webhook_is_read_as_a_person_types_it() {
    let read = read(
        " Tickets ",
        " HTTPS://Tickets.Corp.Example/in?x=1 ",
        &["incident.opened", "webhook.disabled", "incident.opened"],
        &["Paris ", "Lyon", "Paris"],
    );
    let expected = NewWebhook {
        name: "Tickets".to_owned(),
        url: "https://tickets.corp.example/in?x=1".to_owned(),
        event_types: vec![EventType::Incident(What::Opened), EventType::WebhookDisabled],
        groups: texts(&["Lyon", "Paris"]),
    };
    assert_eq!(read, Ok(expected));
}

#[test]
fn what_is_wrong_with_a_webhook_is_said() {
    let (url, opened) = ("https://tickets.example/", ["incident.opened"]);
    assert_eq!(read(" ", url, &opened, &[]), Err(Mistake::Name));
    assert_eq!(read(&"x".repeat(101), url, &opened, &[]), Err(Mistake::Name));
    assert_eq!(read("a\nb", url, &opened, &[]), Err(Mistake::Name));
    assert_eq!(read("x", "tickets", &opened, &[]), Err(Mistake::Url(Refusal::Address)));
    assert!(matches!(read("x", "http://127.0.0.1/", &opened, &[]), Err(Mistake::Url(Refusal::Reach { .. }))));
    assert_eq!(read("x", url, &[], &[]), Err(Mistake::NoEventType));
    assert_eq!(read("x", url, &["incident.eaten"], &[]), Err(Mistake::EventType("incident.eaten".to_owned())));
    assert_eq!(read("x", url, &["webhook.test"], &[]), Err(Mistake::EventType("webhook.test".to_owned())));
    assert_eq!(read("x", url, &opened, &[" "]), Err(Mistake::Groups));
    let many: Vec<String> = (0..=MOST_GROUPS).map(|n| format!("G{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(read("x", url, &opened, &many), Err(Mistake::Groups));
}

#[test]
fn a_webhook_is_told_what_it_wants_of_its_groups_and_of_the_fleet() {
    let opened = EventType::Incident(What::Opened);
    let events = [opened, EventType::WebhookDisabled];
    let paris = texts(&["Paris"]);
    assert!(wants(&events, &paris, opened, Some("Paris")));
    assert!(!wants(&events, &paris, opened, Some("Lyon")));
    assert!(!wants(&events, &paris, opened, Some("")), "a host in no group is in none of these");
    assert!(wants(&events, &paris, opened, None), "the fleet is everybody's");
    assert!(wants(&events, &[], opened, Some("")));
    assert!(!wants(&events, &[], EventType::Incident(What::Resolved), None));
}

#[test]
fn a_secret_is_24_to_64_bytes_in_base64_behind_its_prefix() {
    let secret = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
    for bytes in [24, 32, 64] {
        assert_eq!(secret_bytes(&format!(" {}\n", secret(bytes))), Some(vec![7; bytes]));
    }
    for wrong in [secret(23), secret(65), secret(32).replace("whsec_", "whsk_"), "whsec_%%%".to_owned(), String::new()]
    {
        assert_eq!(secret_bytes(&wrong), None, "{wrong}");
    }
}
