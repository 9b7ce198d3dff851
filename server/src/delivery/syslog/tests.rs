use tokio::net::TcpListener;

use super::*;
use crate::model::audit::Changes;

fn syslog(transport: Transport) -> Syslog {
    let to = Receiver {
        host: "127.0.0.1".to_owned(),
        port: 514,
        transport,
        facility: 13,
        app_name: "highwater".to_owned(),
        host_name: "hw 1.corp.example".to_owned(),
        process_id: 77,
    };
    Syslog::new(to, None).unwrap()
}

fn entry() -> Entry {
    let text = str::to_owned;
    Entry {
        seq: 7,
        at: 1_795_509_067_123,
        actor_kind: text("person"),
        actor_id: Some(1),
        actor_name: text("ann"),
        address: text("10.0.0.1"),
        action: text("token.created"),
        subject_kind: text("token"),
        subject_id: Some(3),
        subject_name: text("Paris"),
        outcome: text("done"),
        changes: Changes { before: BTreeMap::new(), after: BTreeMap::from([(text("group"), text("a\"]\\"))]) },
        is_redacted: false,
        sha256: [0xab; 32],
    }
}

#[test]
fn a_message_has_the_form_of_the_standard_with_its_escapes() {
    let message = syslog(Transport::Tcp).message(&entry());
    let wanted = "<109>1 2026-11-24T08:31:07.123Z hw1.corp.example highwater 77 token.created [highwater@32473 seq=\"7\" \
        actor_kind=\"person\" actor_id=\"1\" actor=\"ann\" address=\"10.0.0.1\" action=\"token.created\" subject_kind=\"token\" \
        subject_id=\"3\" subject=\"Paris\" outcome=\"done\" \
        after=\"{\\\"group\\\":\\\"a\\\\\\\"\\]\\\\\\\\\\\"}\" sha256=\"";
    assert!(message.starts_with(wanted), "{message}");
    assert!(message.ends_with("\"] ann (person 1) from 10.0.0.1: token.created, token 3 Paris: done"), "{message}");
}

#[test]
fn what_was_refused_is_a_warning_and_what_is_not_ascii_says_so() {
    let refused = Entry { outcome: "refused".to_owned(), actor_name: "Zoë".to_owned(), ..entry() };
    let message = syslog(Transport::Udp).message(&refused);
    assert!(message.starts_with("<108>1 "), "{message}");
    assert!(message.contains("] \u{feff}Zoë (person 1)"), "{message}");
    let nobody = Entry { actor_kind: "nobody".to_owned(), actor_id: None, actor_name: String::new(), ..entry() };
    assert!(syslog(Transport::Udp).message(&nobody).contains("] nobody from 10.0.0.1: "));
}

#[test]
fn hostile_names_break_out_of_nothing_and_no_message_is_too_long() {
    let hostile = [
        "\"] [evil@1 a=\"b",
        "line\r\n<13>1 - - - - - - forged",
        "\u{1b}[2J\u{85}\u{2028}\u{202e}",
        "nul\0",
        &"W".repeat(5_000),
        &"🧨\"".repeat(2_000),
        &"]\\".repeat(3_000),
    ];
    for name in hostile {
        for (transport, most) in [(Transport::Udp, MOST_BY_UDP), (Transport::Tls, MOST_BY_STREAM)] {
            let fields: BTreeMap<String, String> = (0..40).map(|n| (format!("{n}{name}"), name.to_owned())).collect();
            let changes = Changes { before: fields.clone(), after: fields };
            let (actor_name, subject_name) = (name.to_owned(), name.to_owned());
            let message = syslog(transport).message(&Entry { actor_name, subject_name, changes, ..entry() });
            assert!(message.len() <= most, "{} bytes: {message}", message.len());
            assert!(!message.chars().any(char::is_control), "{message:?}");
            let (data, _) = unescaped(&message);
            assert_eq!(data.matches(" actor=").count(), 1, "{message}");
            assert!(!data.contains("evil"), "{message}");
        }
    }
}

/// The structured data without what stands between quotes, and what comes after it; as a receiver reads it.
fn unescaped(message: &str) -> (String, String) {
    let (mut data, mut rest) = (String::new(), message[message.find('[').unwrap()..].chars());
    let mut is_quoted = false;
    while let Some(c) = rest.next() {
        match (is_quoted, c) {
            (true, '\\') => {
                rest.next().unwrap();
            }
            (_, '"') => is_quoted = !is_quoted,
            (true, _) => {}
            (false, ']') => break,
            (false, c) => data.push(c),
        }
    }
    (data, rest.collect())
}

#[tokio::test]
async fn what_the_receiver_read_to_the_end_has_arrived_and_what_it_broke_off_has_not() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut syslog = syslog(Transport::Tcp);
    syslog.to.port = listener.local_addr().unwrap().port();
    let messages = ["one".to_owned(), "zwölf".to_owned()];
    let read = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let (sent, read) = tokio::join!(syslog.send(&messages), read);
    assert!(sent.is_ok(), "{sent:?}");
    assert_eq!(read, "3 one6 zwölf");
    let breaks_off = async {
        let (stream, _) = listener.accept().await.unwrap();
        // What was sent and is not read makes the end a reset.
        stream.peek(&mut [0]).await.unwrap();
        drop(stream);
    };
    let (sent, ()) = tokio::join!(syslog.send(&messages), breaks_off);
    assert!(matches!(sent, Err(SendError::Io(_))), "{sent:?}");
    let goes_at_once = async { drop(listener.accept().await.unwrap()) };
    let (sent, ()) = tokio::join!(syslog.send(&messages), goes_at_once);
    assert!(matches!(sent, Err(SendError::Io(_))), "{sent:?}");
    drop(listener);
    assert!(matches!(syslog.send(&messages).await, Err(SendError::Io(_))));
}
