use std::collections::HashMap;

use highwater::model::HostId;
use highwater::model::intake::{Amount, Intake, Measure, Refused};
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::store::intake::{self, Notice, Sent};

use crate::harness::store::{Store, T0, both};

const ONE: Amount =
    Amount { bytes: 1_000, records: 10, sessions: 200, names: 3, events: 4, event_bytes: 5_000, stored: 6_000 };

async fn add(db: &Store, host: HostId, boot_id: &str, at: i64) {
    let sent = [Sent { host, amount: ONE, boot_id }];
    db.write(async |tx| intake::add(tx, &sent, at).await).await;
}

async fn of(db: &Store, host: HostId, at: i64) -> Option<Intake> {
    db.write(async |tx| intake::of(tx, &[host], at).await).await.remove(&host)
}

#[tokio::test]
async fn what_was_sent_adds_up_within_its_hour_and_its_day() {
    both(async |db| {
        let host = db.host("FS01").await;
        assert_eq!(of(db, host, T0).await, None);
        add(db, host, "", T0).await;
        add(db, host, "", T0 + HOUR_MS - 1).await;
        let sent = of(db, host, T0).await.unwrap();
        assert_eq!((sent.hour_at, sent.hour, sent.day), (T0, ONE.and(ONE), ONE.and(ONE)));
        add(db, host, "", T0 + HOUR_MS).await;
        let sent = of(db, host, T0 + HOUR_MS).await.unwrap();
        assert_eq!((sent.hour, sent.day), (ONE, ONE.and(ONE).and(ONE)));
        let sent = of(db, host, T0 + DAY_MS).await.unwrap();
        assert_eq!((sent.hour, sent.day), (Amount::default(), Amount::default()));
        add(db, host, "", T0 + DAY_MS).await;
        assert_eq!(of(db, host, T0 + DAY_MS).await.unwrap().day, ONE);
    })
    .await;
}

#[tokio::test]
async fn many_hosts_are_added_to_and_read_at_once() {
    both(async |db| {
        let mut hosts = Vec::new();
        for n in 0..40 {
            hosts.push(db.host(&format!("FS{n}")).await);
        }
        hosts.sort_unstable();
        let sent: Vec<Sent<'_>> = hosts.iter().map(|host| Sent { host: *host, amount: ONE, boot_id: "b" }).collect();
        db.write(async |tx| intake::add(tx, &sent, T0).await).await;
        let found: HashMap<HostId, Intake> = db.write(async |tx| intake::of(tx, &hosts, T0).await).await;
        assert!(found.len() == 40 && found.values().all(|sent| sent.hour == ONE), "{found:?}");
    })
    .await;
}

#[tokio::test]
async fn who_is_turned_away_is_news_once_an_hour() {
    both(async |db| {
        let (host, other) = (db.host("FS01").await, db.host("FS02").await);
        let refuse = async |measure, at| db.write(async |tx| intake::refuse(tx, host, measure, at).await).await;
        assert!(refuse(Measure::Names, T0 + 5).await && !refuse(Measure::Names, T0 + 6).await);
        assert!(refuse(Measure::EventBytes, T0 + 7).await, "something else");
        assert!(refuse(Measure::Bytes, T0 + 8).await, "and something else");
        assert!(refuse(Measure::Bytes, T0 + HOUR_MS).await);
        add(db, other, "", T0).await;
        let refused = Some(Refused { at: T0 + HOUR_MS, measure: Measure::Bytes });
        assert_eq!(intake::notices(db, T0).await.unwrap(), [Notice { host, refused, twin_at: None }]);
        assert!(intake::notices(db, T0 + HOUR_MS + 1).await.unwrap().is_empty());
        add(db, host, "", T0 + HOUR_MS).await;
        assert_eq!(intake::notices(db, T0).await.unwrap()[0].refused, refused, "what comes in later changes nothing");
    })
    .await;
}

#[tokio::test]
async fn a_boot_that_comes_back_is_another_machines() {
    both(async |db| {
        let host = db.host("FS01").await;
        let twin_at = async || intake::notices(db, T0).await.unwrap().first().and_then(|notice| notice.twin_at);
        for (boot, at) in [("a", 0), ("a", 1), ("b", 2), ("", 3), ("b", 4), ("c", 5)] {
            add(db, host, boot, T0 + at).await;
            assert_eq!(twin_at().await, None, "a restart is one: {boot}");
        }
        add(db, host, "b", T0 + 6).await;
        assert_eq!(twin_at().await, Some(T0 + 6));
        db.write(async |tx| intake::forget_twin(tx, host).await).await;
        assert_eq!(twin_at().await, None);
        add(db, host, "c", T0 + 7).await;
        assert_eq!(twin_at().await, None, "somebody has seen to it, and may be right");
        add(db, host, "b", T0 + 8).await;
        assert_eq!(twin_at().await, Some(T0 + 8), "they still take turns");
    })
    .await;
}
