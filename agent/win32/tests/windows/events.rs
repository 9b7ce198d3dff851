//! wevtapi: records as they come, bookmarks, messages.

use std::time::Duration;

use highwater_win32::event_log::{self, From, Record, SubscribeError, Subscription};

use crate::script::{Script, hex};

const QUERY: &str = "<QueryList><Query Id=\"0\"><Select Path=\"System\">*</Select></Query></QueryList>";
const LONG: Duration = Duration::from_secs(20);

fn xml(record: u64, provider: &str) -> String {
    format!("<Event><System><Provider Name='{provider}'/><EventRecordID>{record}</EventRecordID></System></Event>")
}

fn line(record: u64, provider: &str, message: Option<&str>) -> String {
    let message = message.map_or_else(|| "-".to_owned(), hex);
    format!("event {record} {} {} {message}\n", hex(provider), hex(&xml(record, provider)))
}

fn expected(record: u64, provider: &str, message: Option<&str>) -> Record {
    Record { xml: xml(record, provider), message: message.map(str::to_owned) }
}

/// Everything there is now.
fn all(subscription: &mut Subscription) -> Vec<Record> {
    let mut all = Vec::new();
    loop {
        let next = subscription.next().unwrap();
        if next.is_empty() {
            return all;
        }
        all.extend(next);
    }
}

#[test]
fn records_come_in_order_with_their_messages_and_new_ones_wake() {
    let script = Script::new();
    let message = "Le serveur n’a pas pu trouver de connexion libre 7 fois au cours des 60 dernières secondes.";
    let mut lines: String = (1..=150).map(|n| line(n, "Srv", Some(message))).collect();
    lines += &line(151, "Elsewhere", None);
    script.write("wevtapi", &lines);
    let mut subscription = Subscription::start(QUERY, From::Oldest).unwrap();
    assert!(subscription.wait(LONG).unwrap());
    let found = all(&mut subscription);
    assert_eq!(found.len(), 151);
    assert_eq!(found[149], expected(150, "Srv", Some(message)));
    assert_eq!(found[150], expected(151, "Elsewhere", None));
    assert!(subscription.bookmark().unwrap().contains("RecordId='151'"));
    assert!(!subscription.wait(Duration::ZERO).unwrap());
    script.write("wevtapi", &(lines + &line(152, "Server", Some("long ".repeat(2_000).trim()))));
    assert!(subscription.wait(LONG).unwrap());
    assert_eq!(all(&mut subscription), [expected(152, "Server", Some("long ".repeat(2_000).trim()))]);
    drop(subscription);
    assert_eq!(script.left("wevtapi"), 0);
}

#[test]
fn a_bookmark_goes_on_where_it_stands_and_says_when_it_cannot() {
    let script = Script::new();
    script.write("wevtapi", &(1..=5).map(|n| line(n, "Srv", Some("m"))).collect::<String>());
    let mut first = Subscription::start(QUERY, From::Oldest).unwrap();
    assert_eq!(all(&mut first).len(), 5);
    let bookmark = first.bookmark().unwrap();
    drop(first);
    script.write("wevtapi", &(4..=7).map(|n| line(n, "Srv", Some("m"))).collect::<String>());
    let mut second = Subscription::start(QUERY, From::Bookmark(&bookmark)).unwrap();
    assert_eq!(all(&mut second), [expected(6, "Srv", Some("m")), expected(7, "Srv", Some("m"))]);
    let bookmark = second.bookmark().unwrap();
    drop(second);
    // The log was cleared, or wrote over it; or the bookmark's file is damaged.
    script.write("wevtapi", &line(1, "Srv", Some("m")));
    for bad in [bookmark.as_str(), "", "<BookmarkList", "\u{fffd}"] {
        let refused = Subscription::start(QUERY, From::Bookmark(bad));
        assert!(matches!(refused, Err(SubscribeError::Stale(_))), "{bad:?}: {refused:?}");
    }
    assert_eq!(script.left("wevtapi"), 0);
}

#[test]
fn whatever_fails_is_told_and_closes_everything() {
    let script = Script::new();
    script.write("wevtapi", "fail subscribe 5\n");
    let refused = Subscription::start(QUERY, From::Oldest);
    assert!(matches!(refused, Err(SubscribeError::Other(ref why)) if why.raw_os_error() == Some(5)), "{refused:?}");
    script.write("wevtapi", &line(1, "Srv", Some("m")));
    let mut subscription = Subscription::start(QUERY, From::Oldest).unwrap();
    for (function, status) in [("next", 1_717), ("render", 15_005)] {
        script.write("wevtapi", &format!("fail {function} {status}\n{}", line(1, "Srv", Some("m"))));
        assert_eq!(subscription.next().unwrap_err().raw_os_error(), Some(status));
    }
    drop(subscription);
    assert_eq!(script.left("wevtapi"), 0);
}

#[test]
fn a_log_says_what_it_holds() {
    let script = Script::new();
    script.write("wevtapi", "log 4711 1200\n");
    let log = event_log::log("System").unwrap();
    assert_eq!((log.oldest_record_id, log.records), (4_711, 1_200));
    assert!(event_log::log("No such channel").is_err());
    assert_eq!(script.left("wevtapi"), 0);
}
