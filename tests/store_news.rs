use highwater::model::host::Heard;
use highwater::model::incident::Kind;
use highwater::store::incidents::{self, Deed, NewIncident};
use highwater::store::{events, hosts, news};

use crate::harness::holdings::event;
use crate::harness::store::{T0, both};

#[tokio::test]
async fn what_was_heard_since_an_instant_is_told_with_when() {
    both(async |db| {
        let [one, two, three] = [db.host("FS01").await, db.host("FS02").await, db.host("FS03").await];
        let heard = |seen_at| Heard { seen_at, ..Heard::default() };
        let (early, late) = (heard(T0), heard(T0 + 1_000));
        db.write(async |tx| hosts::save_states(tx, &[(one, &early, None), (two, &late, None)]).await).await;
        assert_eq!(news::heard_since(db, T0 + 1).await.unwrap(), [(two, T0 + 1_000)]);
        let mut all = news::heard_since(db, T0).await.unwrap();
        all.sort_unstable();
        assert_eq!(all, [(one, T0), (two, T0 + 1_000)], "{three} was never heard");
        assert_eq!(news::heard_since(db, T0 + 1_001).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_new_event_is_another_newest_one_and_one_that_is_there_is_not() {
    both(async |db| {
        let host = db.host("FS01").await;
        assert_eq!(news::newest_event(db).await.unwrap(), 0);
        let store = async |record_id| {
            let all = [event("Srv", 2_022, T0, record_id)];
            db.write(async |tx| events::insert(tx, host, &all, T0).await).await;
            news::newest_event(db).await.unwrap()
        };
        let (first, second) = (store(1).await, store(2).await);
        assert!(first > 0 && second > first);
        assert_eq!(store(2).await, second, "it is there already");
    })
    .await;
}

#[tokio::test]
async fn incidents_that_changed_since_an_instant_are_told_with_their_version() {
    both(async |db| {
        let host = Some(db.host("FS01").await);
        let new = NewIncident { host, kind: Kind::Full, subject: "", from_at: T0, opened_at: T0, is_silenced: false };
        let id = db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap();
        let since = async |at| news::incidents_since(db, at).await.unwrap();
        let first = since(T0).await[0].1;
        assert!(since(T0 + 1).await.is_empty());
        let deed = Deed { by: "ann", now_at: T0 + 5, seen_version: None };
        db.write(async |tx| incidents::comment(tx, id, deed, "x").await).await;
        assert_eq!(since(T0 + 1).await, [(id, first + 1)]);
    })
    .await;
}
