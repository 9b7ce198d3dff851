//! What was sent: read, sent again, removed. On both databases.

use highwater::model::delivery::{Endpoint, EndpointKind, LONGEST_ANSWER, Settled, State, Why};
use highwater::model::{DeliveryId, IncidentId};
use highwater::store::deliveries::{self, DeliveryFilter, Which};

use crate::harness::deliveries::{all, attempt, claim, endpoint, enqueue, found, ids, settle};
use crate::harness::store::{T0, both};

#[tokio::test]
async fn the_log_is_read_by_destination_incident_and_state_in_pages() {
    both(async |db| {
        let mut kept = Vec::new();
        for n in 0..6 {
            kept.push(enqueue(db, n % 2, Some(n % 3), 0).await);
        }
        let claimed = claim(db, 0).await;
        let long = "é".repeat(LONGEST_ANSWER) + "\0";
        let tried = attempt(0, Some(500), &long);
        db.write(async |tx| deliveries::settle(tx, &claimed[0], Settled::Retry(T0 + 9), Some(&tried), T0).await).await;
        assert!(settle(db, &claimed[1], Settled::Dead(Why::Gone), 1).await);
        let list = async |filter: DeliveryFilter| {
            let found = deliveries::list(db, &filter).await.unwrap();
            found.into_iter().map(|one| one.id).collect::<Vec<_>>()
        };
        let any = DeliveryFilter { most: 99, ..DeliveryFilter::default() };
        assert_eq!(list(any).await, kept.iter().rev().copied().collect::<Vec<_>>(), "newest first");
        let of_one = DeliveryFilter { endpoint: Some(endpoint(1)), most: 2, ..any };
        assert_eq!(list(of_one).await, [kept[5], kept[3]]);
        assert_eq!(list(DeliveryFilter { before: Some(kept[3]), ..of_one }).await, [kept[1]]);
        assert_eq!(list(DeliveryFilter { incident: Some(IncidentId(2)), ..any }).await, [kept[5], kept[2]]);
        assert_eq!(list(DeliveryFilter { state: Some(State::Dead), ..any }).await, [claimed[1].id]);
        let ticket = Endpoint { kind: EndpointKind::Ticket, id: 1 };
        assert!(list(DeliveryFilter { endpoint: Some(ticket), ..any }).await.is_empty());

        let answer = deliveries::attempts(db, claimed[0].id).await.unwrap().remove(0).answer;
        assert_eq!(answer, "é".repeat(LONGEST_ANSWER / 2), "the beginning");
        assert_eq!(found(db, claimed[0].id).await.status, Some(500));
        assert_eq!(deliveries::find(db, DeliveryId(999)).await.unwrap(), None);

        let mut tx = db.begin().await.unwrap();
        assert_eq!(deliveries::find_in(&mut tx, claimed[0].id).await.unwrap(), Some(found(db, claimed[0].id).await));
        assert!(deliveries::replay(&mut tx, claimed[1].id, T0 + 9).await.unwrap());
        let again = deliveries::find_in(&mut tx, claimed[1].id).await.unwrap().unwrap();
        assert_eq!((again.state, again.attempts), (State::Waiting, 0), "as this transaction has it");
        assert_eq!(deliveries::find_in(&mut tx, DeliveryId(999)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_is_sent_again_with_the_same_id() {
    both(async |db| {
        let id = enqueue(db, 1, Some(5), 0).await;
        let newer = enqueue(db, 1, Some(5), 0).await;
        let claimed = claim(db, 0).await.remove(0);
        let replay = async |id, at| db.write(async |tx| deliveries::replay(tx, id, T0 + at).await).await;
        assert!(!replay(id, 1).await, "it is under way");
        assert!(settle(db, &claimed, Settled::Retry(T0 + 999_999), 2).await);
        assert!(replay(id, 3).await, "it waits: now");
        let claimed = claim(db, 3).await.remove(0);
        assert_eq!((claimed.id, claimed.attempts), (id, 1), "all of its attempts are before it");
        assert!(settle(db, &claimed, Settled::Dead(Why::GivenUp), 4).await);

        let under_way = claim(db, 5).await.remove(0);
        assert_eq!(under_way.id, newer);
        assert!(replay(id, 6).await);
        let again = found(db, id).await;
        assert_eq!((again.state, again.why, again.settled_at), (State::Waiting, None, None));
        assert!(claim(db, 6).await.is_empty(), "one of that incident is under way");
        assert!(settle(db, &under_way, Settled::Delivered, 7).await);
        let claimed = claim(db, 8).await.remove(0);
        assert_eq!((claimed.id, &claimed.message_id), (id, &again.message_id));
        assert!(!replay(DeliveryId(99), 9).await);
    })
    .await;
}

#[tokio::test]
async fn all_that_did_not_arrive_since_an_instant_is_sent_again_or_all_that_was_sent() {
    both(async |db| {
        let mut kept = Vec::new();
        for (to, at) in [(1, 0), (1, 100), (1, 200), (1, 300), (2, 200)] {
            kept.push(enqueue(db, to, None, at).await);
        }
        let claimed = claim(db, 400).await;
        for one in &claimed {
            let arrived = one.id == kept[2];
            let settled = if arrived { Settled::Delivered } else { Settled::Dead(Why::Off) };
            assert!(settle(db, one, settled, 500).await);
        }
        let since = async |at, which, now| {
            db.write(async |tx| deliveries::replay_since(tx, endpoint(1), T0 + at, which, T0 + now).await).await
        };
        assert_eq!(since(100, Which::Dead, 600).await, 2);
        assert_eq!(ids(&claim(db, 600).await), [kept[1], kept[3]]);
        assert_eq!(since(100, Which::All, 700).await, 1, "those under way are not begun anew");
        assert_eq!(ids(&claim(db, 700).await), [kept[2]]);
    })
    .await;
}

#[tokio::test]
async fn what_was_settled_long_ago_is_removed_and_what_waits_is_not() {
    both(async |db| {
        for _ in 0..4 {
            enqueue(db, 1, None, 0).await;
        }
        let claimed = claim(db, 0).await;
        for (one, at) in claimed.iter().zip([10, 20, 30]) {
            let tried = attempt(at, Some(204), "");
            db.write(async |tx| deliveries::settle(tx, one, Settled::Delivered, Some(&tried), T0 + at).await).await;
        }
        let remove = async |before, most| db.write(async |tx| deliveries::remove(tx, T0 + before, most).await).await;
        assert_eq!((remove(10, 9).await, remove(30, 1).await, remove(30, 9).await, remove(30, 9).await), (0, 1, 1, 0));
        assert_eq!(all(db).await.iter().map(|one| one.id).collect::<Vec<_>>(), [claimed[2].id, claimed[3].id]);
        assert!(deliveries::attempts(db, claimed[0].id).await.unwrap().is_empty());
        assert_eq!(deliveries::attempts(db, claimed[2].id).await.unwrap().len(), 1);
        assert_eq!(remove(999_999_999, 9).await, 1, "one still waits");
        let tried = attempt(50, Some(204), "");
        let gone = db
            .write(async |tx| deliveries::settle(tx, &claimed[0], Settled::Delivered, Some(&tried), T0 + 50).await)
            .await;
        assert!(!gone, "an attempt whose delivery is gone is nobody's");
    })
    .await;
}
