//! Deliveries: kept with what they tell of, claimed in order and settled. On both databases.

use std::collections::HashSet;

use highwater::model::delivery::{Endpoint, EndpointKind, NewDelivery, Settled, State, Why};
use highwater::model::incident::{Kind, What};
use highwater::model::standing::OffWhy;
use highwater::model::webhook::{EventType, NewWebhook};
use highwater::model::{HostId, IncidentId, WebhookId};
use highwater::store::deliveries::{self, Asked, Claimed};
use highwater::store::incidents::{self, NewIncident};
use highwater::store::{Db, groups, webhooks};
use tokio::task::JoinSet;

use crate::harness::deliveries::{LEASED_UNTIL, all, asked, attempt, claim, endpoint, enqueue, found, ids, settle};
use crate::harness::store::{Store, T0, both};

const OPENED: EventType = EventType::Incident(What::Opened);

async fn waiting(db: &Db, at: i64) -> (u64, Option<i64>) {
    let outlook = deliveries::outlook(db, EndpointKind::Webhook, T0 + at).await.unwrap();
    (outlook.waiting, outlook.next_due_at.map(|due_at| due_at - T0))
}

async fn webhook(db: &Store, events: &[EventType], groups: &[&str]) -> WebhookId {
    let new = NewWebhook {
        name: "Tickets".to_owned(),
        url: "https://tickets.example/".to_owned(),
        event_types: events.to_vec(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    db.write(async |tx| webhooks::insert(tx, &new, "ann", T0).await).await.unwrap()
}

async fn incident(db: &Store, host: Option<HostId>) -> IncidentId {
    let kind = if host.is_some() { Kind::Full } else { Kind::Pipeline };
    let new = NewIncident { host, kind, subject: "", from_at: T0, opened_at: T0, is_silenced: false };
    db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap()
}

#[tokio::test]
async fn a_delivery_is_claimed_with_all_that_is_sent_and_settled_once() {
    both(async |db| {
        assert_eq!(waiting(db, 0).await, (0, None));
        let id = enqueue(db, 7, Some(3), 10).await;
        assert_eq!(waiting(db, 0).await, (1, Some(10)));
        assert!(claim(db, 9).await.is_empty(), "it is not due");
        let claimed = claim(db, 10).await.remove(0);
        let message_id = found(db, id).await.message_id;
        assert!(message_id.starts_with("msg_") && message_id.len() == 36 && !message_id.contains('.'), "{message_id}");
        let expected = Claimed {
            id,
            message_id: message_id.clone(),
            endpoint: endpoint(7),
            incident: Some(IncidentId(3)),
            event_type: "incident.opened".to_owned(),
            body: "{\"a\":1}".to_owned(),
            attempts: 1,
            leased_until: LEASED_UNTIL + 10,
        };
        assert_eq!(claimed, expected);
        assert_eq!(waiting(db, 10).await, (1, None), "it waits, but there is nothing to do");
        assert!(claim(db, 11).await.is_empty(), "it is leased");

        let tried = attempt(10, Some(204), "thanks");
        let settle = async |at| {
            db.write(async |tx| deliveries::settle(tx, &claimed, Settled::Delivered, Some(&tried), T0 + at).await).await
        };
        assert!(settle(30).await);
        assert!(!settle(40).await, "it is settled");
        let done = found(db, id).await;
        assert_eq!((done.state, done.settled_at, done.why), (State::Delivered, Some(T0 + 30), None));
        assert_eq!((done.status, done.error.as_str(), done.message_id), (Some(204), "", message_id));
        assert_eq!(
            deliveries::attempts(db, id).await.unwrap(),
            [tried.clone(), tried.clone()],
            "what happened is kept"
        );
        assert_eq!(waiting(db, 99).await, (0, None));
    })
    .await;
}

#[tokio::test]
async fn one_that_failed_is_tried_again_when_it_is_due_and_says_why_when_it_is_given_up() {
    both(async |db| {
        let id = enqueue(db, 1, None, 0).await;
        let first = claim(db, 0).await.remove(0);
        assert!(settle(db, &first, Settled::Retry(T0 + 5_000), 100).await);
        assert!(claim(db, 4_999).await.is_empty());
        let again = claim(db, 5_000).await.remove(0);
        assert_eq!((again.attempts, &again.message_id), (2, &first.message_id), "the same message");
        let tried = attempt(5_000, None, "");
        db.write(async |tx| {
            deliveries::settle(tx, &again, Settled::Dead(Why::GivenUp), Some(&tried), T0 + 6_000).await
        })
        .await;
        let dead = found(db, id).await;
        assert_eq!((dead.state, dead.why, dead.settled_at), (State::Dead, Some(Why::GivenUp), Some(T0 + 6_000)));
        assert_eq!((dead.status, dead.error.as_str()), (None, "no answer"));
        assert!(claim(db, 999_999).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn claims_of_processes_that_are_gone_end_when_somebody_knows_it() {
    both(async |db| {
        let one = enqueue(db, 1, None, 0).await;
        enqueue(db, 2, None, 0).await;
        let claimed = claim(db, 0).await;
        assert!(settle(db, &claimed[1], Settled::Delivered, 1).await);
        assert!(claim(db, 2).await.is_empty());
        assert_eq!(db.write(async |tx| deliveries::release(tx).await).await, 1);
        assert_eq!(ids(&claim(db, 2).await), [one]);
        assert!(!settle(db, &claimed[0], Settled::Delivered, 3).await, "who had it before has it no more");
    })
    .await;
}

#[tokio::test]
async fn one_that_had_to_wait_was_not_tried() {
    both(async |db| {
        let id = enqueue(db, 1, None, 0).await;
        let first = claim(db, 0).await.remove(0);
        assert!(settle(db, &first, Settled::Retry(T0 + 5), 1).await);
        let early = claim(db, 5).await.remove(0);
        assert!(settle(db, &early, Settled::Wait(T0 + 50), 6).await);
        let waits = found(db, id).await;
        assert_eq!((waits.state, waits.attempts, waits.due_at), (State::Waiting, 1, T0 + 50));
        assert!(claim(db, 49).await.is_empty());
        assert_eq!(claim(db, 50).await.remove(0).attempts, 2);
    })
    .await;
}

#[tokio::test]
async fn deliveries_of_an_incident_go_to_a_destination_in_order_one_at_a_time() {
    both(async |db| {
        let first = enqueue(db, 1, Some(5), 0).await;
        let second = enqueue(db, 1, Some(5), 0).await;
        let elsewhere = enqueue(db, 2, Some(5), 0).await;
        let of_another = enqueue(db, 1, Some(6), 0).await;
        let (of_none, also_of_none) = (enqueue(db, 1, None, 0).await, enqueue(db, 1, None, 0).await);

        let claimed = claim(db, 0).await;
        assert_eq!(ids(&claimed), [first, elsewhere, of_another, of_none, also_of_none]);
        assert!(settle(db, &claimed[0], Settled::Retry(T0 + 50), 1).await);
        assert!(claim(db, 49).await.is_empty(), "the second one waits for the first one's next attempt");
        assert_eq!(waiting(db, 49).await.1, Some(50));
        let again = claim(db, 50).await;
        assert_eq!(ids(&again), [first]);
        assert!(claim(db, 51).await.is_empty(), "and while that is under way");
        assert!(settle(db, &again[0], Settled::Dead(Why::GivenUp), 60).await);
        assert_eq!(ids(&claim(db, 60).await), [second]);
    })
    .await;
}

#[tokio::test]
async fn what_a_killed_process_had_claimed_is_claimed_again_with_the_same_id() {
    both(async |db| {
        let id = enqueue(db, 1, Some(5), 0).await;
        let second = enqueue(db, 1, Some(5), 0).await;
        let lost = claim(db, 0).await.remove(0);
        assert!(claim(db, 59_999).await.is_empty());
        let taken = claim(db, 60_000).await.remove(0);
        assert_eq!((taken.id, &taken.message_id, taken.attempts), (id, &lost.message_id, 2));
        let late = attempt(0, Some(500), "");
        let late = db
            .write(async |tx| deliveries::settle(tx, &lost, Settled::Delivered, Some(&late), T0 + 60_001).await)
            .await;
        assert!(!late, "the other one has it now");
        assert_eq!(found(db, id).await.state, State::Waiting);
        assert!(settle(db, &taken, Settled::Delivered, 60_002).await);
        let next = claim(db, 60_003).await.remove(0);
        assert_eq!(next.id, second);
        assert!(settle(db, &next, Settled::Delivered, 999_999).await, "late, but nobody else claimed it");
    })
    .await;
}

#[tokio::test]
async fn one_destination_has_so_many_at_once_and_leaves_the_rest_to_others() {
    both(async |db| {
        for _ in 0..5 {
            enqueue(db, 1, None, 0).await;
        }
        let other = enqueue(db, 2, None, 9).await;
        let claim = async |at, most, of_one| deliveries::claim(db, &asked(at, most, of_one)).await.unwrap();
        let some = claim(10, 9, 2).await;
        assert_eq!(some.iter().map(|one| one.endpoint.id).collect::<Vec<_>>(), [1, 1, 2]);
        assert!(claim(11, 9, 2).await.is_empty(), "what is under way counts");
        assert_eq!(claim(12, 9, 3).await.len(), 1);
        assert!(settle(db, &some[0], Settled::Delivered, 13).await);
        assert_eq!(claim(14, 9, 3).await.len(), 1);
        assert_eq!(some[2].id, other);
        assert_eq!(claim(15, 0, 99).await.len(), 0);
        assert_eq!(claim(16, 1, 99).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_another_kind_of_destination_nothing_is_claimed() {
    both(async |db| {
        let ticket = Endpoint { kind: EndpointKind::Ticket, id: 1 };
        let new = NewDelivery { endpoint: ticket, incident: None, event_type: "incident.opened", body: "{}" };
        let id = db.write(async |tx| deliveries::enqueue(tx, &new, T0).await).await;
        enqueue(db, 1, None, 0).await;
        assert_eq!(claim(db, 0).await.len(), 1);
        let asked = Asked { kind: EndpointKind::Ticket, ..asked(0, 9, 9) };
        let claimed = deliveries::claim(db, &asked).await.unwrap();
        assert_eq!((claimed[0].id, claimed[0].endpoint), (id, ticket));
        assert_eq!(found(db, id).await.endpoint, ticket);
    })
    .await;
}

#[tokio::test]
async fn a_destination_that_rests_gets_nothing_until_then() {
    both(async |db| {
        enqueue(db, 1, None, 0).await;
        let later = enqueue(db, 1, None, 900).await;
        let other = enqueue(db, 2, None, 0).await;
        db.write(async |tx| deliveries::hold_back(tx, endpoint(1), T0 + 500).await).await;
        assert_eq!(ids(&claim(db, 499).await), [other]);
        assert_eq!(claim(db, 500).await.len(), 1);
        assert_eq!(ids(&claim(db, 900).await), [later], "what is due later anyway is not put forward");
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_destination_is_ended_and_what_is_under_way_is_lost() {
    both(async |db| {
        let (one, other) = (enqueue(db, 1, None, 0).await, enqueue(db, 2, None, 0).await);
        let claimed = claim(db, 0).await;
        db.write(async |tx| deliveries::bury(tx, endpoint(1), T0 + 5).await).await;
        assert_eq!((found(db, one).await.why, found(db, one).await.settled_at), (Some(Why::Off), Some(T0 + 5)));
        assert!(!settle(db, &claimed[0], Settled::Delivered, 6).await);
        assert!(settle(db, &claimed[1], Settled::Delivered, 6).await);
        assert_eq!(found(db, other).await.state, State::Delivered);
    })
    .await;
}

#[tokio::test]
async fn what_happens_to_an_incident_is_told_to_those_who_want_to_know_in_the_same_commit() {
    both(async |db| {
        let host = db.host("FS01").await;
        db.write(async |tx| groups::put(tx, &[host], "Paris", "ann", T0).await).await;
        let everybody = webhook(db, &[OPENED], &[]).await;
        let paris = webhook(db, &[OPENED, EventType::WebhookDisabled], &["Lyon", "Paris"]).await;
        let lyon = webhook(db, &[OPENED], &["Lyon"]).await;
        webhook(db, &[EventType::Incident(What::Resolved)], &[]).await;
        let (off, failing) = (webhook(db, &[OPENED], &[]).await, webhook(db, &[OPENED], &[]).await);
        db.write(async |tx| webhooks::switch_off(tx, off, OffWhy::Hand, "ann", T0).await).await;
        db.write(async |tx| webhooks::switch_off(tx, failing, OffWhy::Failing, "", T0).await).await;

        let id = incident(db, Some(host)).await;
        let told = db.write(async |tx| deliveries::enqueue_for(tx, id, OPENED, "{\"b\":2}", T0 + 3).await).await;
        assert_eq!(told, 3);
        let kept: Vec<_> = all(db).await.into_iter().map(|one| (one.endpoint.id, one.state, one.why)).collect();
        let expected = [
            (everybody.0, State::Waiting, None),
            (paris.0, State::Waiting, None),
            (failing.0, State::Dead, Some(Why::Off)),
        ];
        assert_eq!(kept, expected, "for one that was switched off by the program it is kept");
        let (one, body) = deliveries::find(db, all(db).await[0].id).await.unwrap().unwrap();
        assert_eq!((one.incident, one.event_type.as_str(), one.created_at), (Some(id), "incident.opened", T0 + 3));
        assert_eq!(body, "{\"b\":2}");

        let of_fleet = incident(db, None).await;
        let told = db.write(async |tx| deliveries::enqueue_for(tx, of_fleet, OPENED, "{}", T0).await).await;
        assert_eq!(told, 4, "the fleet is every group's: {lyon} too");

        let mut tx = db.begin().await.unwrap();
        assert_eq!(deliveries::enqueue_for(&mut tx, id, OPENED, "{}", T0).await.unwrap(), 3);
        tx.rollback().await.unwrap();
        assert_eq!(all(db).await.len(), 7, "what did not happen is not told");

        let disabled = EventType::WebhookDisabled;
        let announce =
            async |except| db.write(async |tx| deliveries::announce(tx, disabled, except, "{}", T0).await).await;
        assert_eq!((announce(failing).await, announce(paris).await), (1, 0));
        assert_eq!(all(db).await.pop().unwrap().incident, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_racing_claimers_get_every_delivery_once_and_those_of_an_incident_in_order() {
    /// Claims and settles until nothing is left; answers what it got, in order.
    async fn work(db: Db, most: u32) -> Vec<Claimed> {
        let (mut mine, mut idle) = (Vec::new(), 0);
        while idle < 20 {
            let claimed = deliveries::claim(&db, &asked(10, most, 6)).await.unwrap();
            idle = if claimed.is_empty() { idle + 1 } else { 0 };
            for one in claimed {
                let mut tx = db.begin().await.unwrap();
                let is_mine = deliveries::settle(&mut tx, &one, Settled::Delivered, None, T0 + 20).await.unwrap();
                tx.commit().await.unwrap();
                assert!(is_mine);
                mine.push(one);
            }
        }
        mine
    }
    both(async |db| {
        let mut expected = Vec::new();
        for n in 0..120 {
            expected.push(enqueue(db, n % 3, Some(n % 4), 0).await);
        }
        let mut racers = JoinSet::new();
        for racer in 0..8 {
            racers.spawn(work(Db::open(db.address()).await.unwrap(), 1 + racer % 4));
        }
        let claimed: Vec<Claimed> = racers.join_all().await.into_iter().flatten().collect();
        assert_eq!(claimed.len(), expected.len(), "none twice, none left out");
        assert_eq!(ids(&claimed).into_iter().collect::<HashSet<_>>(), expected.into_iter().collect());
        assert_eq!(waiting(db, 99).await, (0, None));
    })
    .await;
}
