use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::model::connector::{Labels, System};

fn card(title: &str) -> Card {
    Card {
        key: "highwater:5f0c-1a:42".to_owned(),
        title: title.to_owned(),
        text: "Line one\r\nÜber\u{7}".to_owned(),
        is_grave: true,
        host: "FS1".to_owned(),
        url: "https://highwater.example/incidents/42".to_owned(),
        labels: Labels::default(),
    }
}

fn email(from: &str) -> Email {
    let all = [("host", "mail.example"), ("from", from), ("to", "desk@example.com, Night <night@example.com>")];
    let values: BTreeMap<_, _> = all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Email::new(Http::new(Arc::default(), None).unwrap(), Settings::new(System::Email, &values, &BTreeMap::new()))
}

fn sent(mail: &Mail) -> String {
    String::from_utf8(email("Watch <watch@example.com>").message(mail).unwrap().formatted()).unwrap()
}

#[test]
fn the_first_mail_carries_the_key_and_the_others_lead_to_it() {
    let mail = first(&card("FS1 is full"), None);
    assert_eq!(mail.id, "<incident.highwater.5f0c-1a.42@highwater>");
    let text = sent(&mail);
    for header in [
        "Message-ID: <incident.highwater.5f0c-1a.42@highwater>\r\n",
        "X-Highwater-Key: highwater:5f0c-1a:42\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Subject: FS1 is full\r\n",
    ] {
        assert!(text.contains(header), "{header} in {text}");
    }
    assert!(!text.contains("In-Reply-To"));
    let remote = Remote { id: mail.id, name: mail.subject, url: String::new(), state: TicketState::Open };
    let text = sent(&later(&remote, "still full", "msg_7"));
    for header in [
        "Message-ID: <note.msg_7@highwater>\r\n",
        "In-Reply-To: <incident.highwater.5f0c-1a.42@highwater>\r\n",
        "References: <incident.highwater.5f0c-1a.42@highwater>\r\n",
        "X-Highwater-Key: highwater:5f0c-1a:42\r\n",
        "Subject: Re: FS1 is full\r\n",
    ] {
        assert!(text.contains(header), "{header} in {text}");
    }
}

#[test]
fn message_ids_differ_as_what_they_are_made_from() {
    assert_eq!(safe("a:b c@d>"), "a.b=20c=40d=3E");
    assert_ne!(safe("a:b"), safe("a.b"));
    assert_eq!(key_of("<incident.a.b@highwater>").as_deref(), Some("a:b"));
    assert_eq!(key_of("<incident.a=2Eb@highwater>"), None);
    let mail = first(&card("x"), None);
    let before = Remote { id: mail.id.clone(), name: String::new(), url: String::new(), state: TicketState::Closed };
    let next = first(&card("x"), Some(Follows { remote: &before, said: "It follows another one." }));
    assert_ne!(next.id, mail.id);
    assert!(next.body.ends_with("\n\nIt follows another one."), "{}", next.body);
}

#[test]
fn a_title_cannot_begin_a_header() {
    let text = sent(&first(&card("full\r\nBcc: all@example.com\u{0}"), None));
    assert!(!text.contains("\r\nBcc:"), "{text}");
    assert!(text.contains("Subject: full  Bcc: all@example.com"), "{text}");
}

#[test]
fn addresses_that_are_none_are_named() {
    let said = email("nobody").message(&first(&card("x"), None)).unwrap_err().said;
    assert!(said.starts_with("from: "), "{said}");
}

#[test]
fn an_address_that_the_server_refuses_is_named_by_its_field() {
    let message = email("Watch <watch@example.com>").message(&first(&card("x"), None)).unwrap();
    let said = |words: &str| named(Failure::new(words), message.envelope()).said;
    let unknown = "answered 550: 5.1.1 <night@example.com>: unknown";
    assert_eq!(said(unknown), format!("to: {unknown}"));
    let not_ours = "answered 553: 5.7.1 <watch@example.com>: not yours";
    assert_eq!(said(not_ours), format!("from: {not_ours}"));
    assert_eq!(said("answered 451: later"), "answered 451: later");
    let other = "answered 550: midnight@example.com: unknown";
    assert_eq!(said(other), other, "another address that ends alike");
    assert_eq!(said("no night@example.com."), "to: no night@example.com.");
}

#[test]
fn the_preview_is_what_people_can_read() {
    let preview = email("watch@example.com").preview(&card("Voll: Ü"));
    assert!(preview.to.starts_with("SMTP mail.example:587 (starttls)"), "{}", preview.to);
    assert!(
        preview.body.contains("Subject: Voll: Ü\n") && preview.body.contains("Line one\nÜber\n"),
        "{}",
        preview.body
    );
}
