use highwater::model::event::{EventClass, NewEvent};
use highwater::model::sight::Sight;
use highwater::model::{EventId, HostId};
use highwater::store::events::{self, EventFilter};
use highwater::store::groups;

use crate::harness::store::{Store, T0, both};

fn event(record_id: u64, recorded_at: i64, code: u32, class: EventClass) -> NewEvent {
    NewEvent {
        channel: "System".to_owned(),
        provider: "Srv".to_owned(),
        record_id,
        log_epoch: 1,
        recorded_at,
        code,
        level: 2,
        class,
        computer: "FS01".to_owned(),
        xml: "<Event/>".to_owned(),
        message: None,
        decoded: "{}".to_owned(),
    }
}

async fn insert(db: &Store, host: HostId, new: &[NewEvent]) -> u64 {
    db.write(async |tx| events::insert(tx, host, new, T0 + 9).await).await
}

async fn record_ids(db: &Store, filter: EventFilter) -> Vec<u64> {
    events::list(db, &filter).await.unwrap().into_iter().map(|e| e.record_id).collect()
}

#[tokio::test]
async fn an_event_is_read_back_as_it_came() {
    both(async |db| {
        let host = db.host("FS01").await;
        let full = NewEvent {
            record_id: u64::MAX,
            message: Some("refused: \u{0}\u{202e}<b>".to_owned()),
            decoded: r#"{"limit":20}"#.to_owned(),
            ..event(1, T0, 2009, EventClass::Capacity)
        };
        assert_eq!(insert(db, host, std::slice::from_ref(&full)).await, 1);
        let read = events::list(db, &EventFilter { most: 10, ..EventFilter::default() }).await.unwrap().remove(0);
        assert_eq!((read.host, read.host_name.as_str(), read.record_id), (host, "FS01", u64::MAX));
        assert_eq!((&read.channel, &read.provider, &read.computer), (&full.channel, &full.provider, &full.computer));
        assert_eq!((read.recorded_at, read.received_at), (T0, T0 + 9));
        assert_eq!((read.code, read.level, read.class), (2009, 2, EventClass::Capacity));
        assert_eq!((&read.xml, &read.decoded), (&full.xml, &full.decoded));
        assert_eq!(read.message.as_deref(), Some("refused: \u{fffd}\u{202e}<b>"), "but for U+0000");
        assert_eq!(events::find(db, read.id).await.unwrap().as_ref(), Some(&read));
        assert_eq!(events::find(db, EventId(99)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_event_that_comes_again_is_kept_once_but_a_cleared_log_counts_anew() {
    both(async |db| {
        let host = db.host("FS01").await;
        let neighbour = db.host("FS02").await;
        let all: Vec<_> =
            (0..120_u32).map(|n| event(n.into(), T0 + i64::from(n), 2009, EventClass::Capacity)).collect();
        assert_eq!(insert(db, host, &all[..70]).await, 70);
        assert_eq!(insert(db, host, &all).await, 50);
        assert_eq!(insert(db, host, &all).await, 0);
        assert_eq!(insert(db, host, &[]).await, 0);
        assert_eq!(insert(db, neighbour, &all[..1]).await, 1, "another host");
        assert_eq!(insert(db, host, &[NewEvent { log_epoch: 2, ..all[0].clone() }]).await, 1, "another log");
        assert_eq!(insert(db, host, &[NewEvent { channel: "Other".to_owned(), ..all[0].clone() }]).await, 1);
        assert_eq!(insert(db, host, &[all[5].clone(), all[5].clone()]).await, 0);
    })
    .await;
}

#[tokio::test]
async fn events_are_listed_newest_first_by_every_filter() {
    both(async |db| {
        let (one, other) = (db.host("FS01").await, db.host("FS02").await);
        insert(
            db,
            one,
            &[
                event(1, T0, 2009, EventClass::Capacity),
                event(2, T0 + 10, 2019, EventClass::Memory),
                event(3, T0 + 20, 2009, EventClass::Capacity),
            ],
        )
        .await;
        insert(db, other, &[event(4, T0 + 10, 2009, EventClass::Foreign)]).await;
        let all = EventFilter { most: 10, ..EventFilter::default() };
        assert_eq!(record_ids(db, all.clone()).await, [3, 4, 2, 1], "ties by id, the newest first");
        for (expected, filter) in [
            (vec![3, 2, 1], EventFilter { host: Some(one), ..all.clone() }),
            (vec![3, 1], EventFilter { classes: vec![EventClass::Capacity], ..all.clone() }),
            (vec![3, 4, 1], EventFilter { classes: vec![EventClass::Foreign, EventClass::Capacity], ..all.clone() }),
            (
                vec![3, 2],
                EventFilter {
                    host: Some(one),
                    classes: EventClass::ALL.to_vec(),
                    from_at: Some(T0 + 10),
                    ..all.clone()
                },
            ),
            (vec![3, 4, 1], EventFilter { code: Some(2009), ..all.clone() }),
            (vec![3, 4, 2], EventFilter { from_at: Some(T0 + 10), ..all.clone() }),
            (vec![4, 2, 1], EventFilter { to_at: Some(T0 + 20), ..all.clone() }),
            (vec![3, 4], EventFilter { most: 2, ..all.clone() }),
            (vec![], EventFilter { most: 0, ..all.clone() }),
            (
                vec![1],
                EventFilter {
                    host: Some(one),
                    classes: vec![EventClass::Capacity, EventClass::Memory],
                    code: Some(2009),
                    from_at: Some(T0),
                    to_at: Some(T0 + 20),
                    after: Some((T0 + 20, EventId(i64::MAX))),
                    sight: Sight::All,
                    most: 10,
                },
            ),
        ] {
            assert_eq!(record_ids(db, filter.clone()).await, expected, "{filter:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_rare_is_found_behind_any_number_of_what_is_not_asked_for() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mut all: Vec<_> = (1..90).map(|n| event(n, T0 + 100, 7036, EventClass::Availability)).collect();
        all.extend([event(90, T0, 2022, EventClass::Capacity), event(91, T0 + 1, 2019, EventClass::Memory)]);
        insert(db, host, &all).await;
        let classes = vec![EventClass::Capacity, EventClass::Memory, EventClass::Configuration];
        let filter = EventFilter { classes, most: 2, ..EventFilter::default() };
        assert_eq!(record_ids(db, filter.clone()).await, [91, 90]);
        assert_eq!(record_ids(db, EventFilter { most: 1, ..filter }).await, [91]);
    })
    .await;
}

#[tokio::test]
async fn pages_of_events_leave_none_out_and_repeat_none() {
    both(async |db| {
        let host = db.host("FS01").await;
        let all: Vec<_> = (0..23).map(|n| event(n, T0 + i64::from(n > 11), 2009, EventClass::Capacity)).collect();
        insert(db, host, &all).await;
        let mut filter = EventFilter { most: 5, ..EventFilter::default() };
        let mut seen = Vec::new();
        loop {
            let page = events::list(db, &filter).await.unwrap();
            let Some(last) = page.last() else { break };
            filter.after = Some((last.recorded_at, last.id));
            seen.extend(page.into_iter().map(|e| e.record_id));
        }
        assert_eq!(seen, (0..23).rev().collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn events_are_counted_by_class() {
    both(async |db| {
        let (one, other) = (db.host("FS01").await, db.host("FS02").await);
        insert(
            db,
            one,
            &[
                event(1, T0, 1, EventClass::Noise),
                event(2, T0, 2009, EventClass::Capacity),
                event(3, T0 + 5, 2009, EventClass::Capacity),
            ],
        )
        .await;
        insert(db, other, &[event(1, T0 + 5, 2009, EventClass::Capacity)]).await;
        let (capacity, noise) = (EventClass::Capacity, EventClass::Noise);
        assert_eq!(events::counts(db, None, T0, T0 + 6).await.unwrap(), [(capacity, 3), (noise, 1)]);
        assert_eq!(events::counts(db, Some(one), T0, T0 + 6).await.unwrap(), [(capacity, 2), (noise, 1)]);
        assert_eq!(events::counts(db, Some(one), T0 + 1, T0 + 6).await.unwrap(), [(capacity, 1)]);
        assert_eq!(events::counts(db, Some(other), T0, T0 + 5).await.unwrap(), [], "the end is not in the range");
    })
    .await;
}

#[tokio::test]
async fn events_of_hosts_that_are_not_seen_are_neither_listed_nor_counted_and_take_no_place() {
    both(async |db| {
        let [paris, lyon, none] = [db.host("FS01").await, db.host("FS02").await, db.host("FS03").await];
        for (host, group) in [(paris, "Paris"), (lyon, "Lyon's")] {
            db.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
        }
        let (capacity, memory) = (EventClass::Capacity, EventClass::Memory);
        insert(db, paris, &[event(1, T0, 2009, capacity), event(2, T0 + 1, 2019, memory)]).await;
        for (host, first) in [(lyon, 10), (none, 20)] {
            let newer: Vec<_> = (first..first + 5).map(|n| event(n, T0 + 2, 2009, capacity)).collect();
            insert(db, host, &newer).await;
        }
        let of = |groups: &[&str]| Sight::of(groups.iter().copied()).unwrap();
        let all = |sight: &Sight| EventFilter { sight: sight.clone(), most: 2, ..EventFilter::default() };
        let seen = of(&["Paris"]);
        assert_eq!(record_ids(db, all(&seen)).await, [2, 1], "however many are newer");
        for (expected, filter) in [
            (vec![2, 1], EventFilter { classes: vec![capacity, memory], ..all(&seen) }),
            (vec![1], EventFilter { classes: vec![capacity], ..all(&seen) }),
            (vec![2, 1], EventFilter { host: Some(paris), ..all(&seen) }),
            (vec![], EventFilter { host: Some(lyon), ..all(&seen) }),
            (vec![], EventFilter { host: Some(none), ..all(&of(&["Paris", "Lyon's"])) }),
            (vec![14, 13], all(&of(&["Paris", "Lyon's"]))),
            (vec![], all(&Sight::Groups(std::collections::BTreeSet::new()))),
        ] {
            assert_eq!(record_ids(db, filter.clone()).await, expected, "{filter:?}");
        }
        let counts = async |host, sight: &Sight| events::counts_seen(db, (host, sight), T0, T0 + 9).await.unwrap();
        assert_eq!(counts(None, &seen).await, [(capacity, 1), (memory, 1)]);
        assert_eq!(counts(Some(lyon), &seen).await, []);
        assert_eq!(counts(None, &of(&["Paris", "Lyon's"])).await, [(capacity, 6), (memory, 1)]);
        assert_eq!(counts(None, &Sight::All).await, [(capacity, 11), (memory, 1)]);
    })
    .await;
}

#[tokio::test]
async fn the_newest_event_of_each_host_passes_over_foreign_ones_and_noise() {
    both(async |db| {
        let (one, two, three) = (db.host("FS01").await, db.host("FS02").await, db.host("FS03").await);
        insert(
            db,
            one,
            &[
                event(1, T0, 2019, EventClass::Memory),
                event(2, T0 + 1, 2009, EventClass::Capacity),
                event(3, T0 + 2, 1, EventClass::Noise),
                event(4, T0 + 3, 2003, EventClass::Foreign),
            ],
        )
        .await;
        insert(db, two, &[event(1, T0, 2003, EventClass::Foreign)]).await;
        insert(db, three, &[event(1, T0 - 1, 2017, EventClass::Memory)]).await;
        assert_eq!(events::newest_of_hosts(db).await.unwrap(), [(one, T0 + 1, 2009), (three, T0 - 1, 2017)]);
    })
    .await;
}
