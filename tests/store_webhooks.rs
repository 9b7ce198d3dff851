//! Webhooks, their secrets and how it stands with them: on both databases.

use highwater::model::WebhookId;
use highwater::model::delivery::{Endpoint, EndpointKind, NewDelivery, State, Why};
use highwater::model::incident::What;
use highwater::model::standing::{Failing, Off, OffWhy};
use highwater::model::webhook::{EventType, MOST_WEBHOOKS, NewWebhook, Webhook};
use highwater::store::deliveries::{self, DeliveryFilter};
use highwater::store::{Db, webhooks};

use crate::harness::store::{Store, T0, both};

fn new(name: &str) -> NewWebhook {
    NewWebhook {
        name: name.to_owned(),
        url: "https://tickets.example/in".to_owned(),
        event_types: vec![EventType::Incident(What::Opened), EventType::WebhookDisabled],
        groups: vec!["Paris, Nord".to_owned(), "Lyon \"2\"".to_owned()],
    }
}

async fn insert(db: &Store, name: &str) -> WebhookId {
    db.write(async |tx| webhooks::insert(tx, &new(name), "ann", T0).await).await.unwrap()
}

async fn found(db: &Db, id: WebhookId) -> Webhook {
    webhooks::find(db, id).await.unwrap().unwrap()
}

async fn enqueue(db: &Store, id: WebhookId) {
    let endpoint = Endpoint { kind: EndpointKind::Webhook, id: id.0 };
    let one = NewDelivery { endpoint, incident: None, event_type: "webhook.test", body: "{}" };
    db.write(async |tx| deliveries::enqueue(tx, &one, T0).await).await;
}

async fn states(db: &Db) -> Vec<(State, Option<Why>)> {
    let all = deliveries::list(db, &DeliveryFilter { most: 9, ..DeliveryFilter::default() }).await.unwrap();
    all.into_iter().map(|one| (one.state, one.why)).collect()
}

#[tokio::test]
async fn a_webhook_is_kept_changed_and_forgotten_with_all_that_was_sent_to_it() {
    both(async |db| {
        let (id, other) = (insert(db, "Tickets").await, insert(db, "Chat").await);
        let kept = Webhook {
            id,
            name: "Tickets".to_owned(),
            url: "https://tickets.example/in".to_owned(),
            event_types: new("").event_types,
            groups: new("").groups,
            off: None,
            failing: None,
            created_at: T0,
            created_by: "ann".to_owned(),
            updated_at: T0,
        };
        assert_eq!(found(db, id).await, kept);
        assert_eq!(webhooks::list(db).await.unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [id, other]);

        let changed = NewWebhook { name: "IT".to_owned(), groups: Vec::new(), ..new("") };
        assert!(db.write(async |tx| webhooks::update(tx, id, &changed, T0 + 5).await).await);
        let expected = Webhook { name: "IT".to_owned(), groups: Vec::new(), updated_at: T0 + 5, ..kept };
        assert_eq!(found(db, id).await, expected);
        assert!(!db.write(async |tx| webhooks::update(tx, WebhookId(99), &changed, T0).await).await);

        enqueue(db, id).await;
        enqueue(db, other).await;
        db.write(async |tx| webhooks::add_secret(tx, id, b"sealed", T0, T0).await).await;
        assert!(db.write(async |tx| webhooks::delete(tx, id).await).await);
        assert!(!db.write(async |tx| webhooks::delete(tx, id).await).await);
        assert_eq!(webhooks::find(db, id).await.unwrap(), None);
        assert_eq!(states(db).await, [(State::Waiting, None)], "the other one's is still there");
        assert!(insert(db, "Tickets").await > other, "an id is never told again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_a_webhook_sees_what_was_done_before_and_nobody_else_changes_it() {
    both(async |db| {
        let id = insert(db, "Tickets").await;
        assert_eq!(db.write(async |tx| webhooks::hold(tx, WebhookId(99)).await).await, None);
        let mut tx = db.begin().await.unwrap();
        assert_eq!(webhooks::hold(&mut tx, id).await.unwrap(), Some(found(db, id).await));
        let behind = tokio::spawn({
            let db = Db::clone(db);
            async move {
                let mut tx = db.begin().await.unwrap();
                let held = webhooks::hold(&mut tx, id).await.unwrap().unwrap();
                tx.commit().await.unwrap();
                held.name
            }
        });
        let renamed = NewWebhook { name: "IT".to_owned(), ..new("") };
        webhooks::update(&mut tx, id, &renamed, T0 + 5).await.unwrap();
        assert!(!behind.is_finished(), "it waits");
        tx.commit().await.unwrap();
        assert_eq!(behind.await.unwrap(), "IT");
    })
    .await;
}

#[tokio::test]
async fn there_are_so_many_webhooks_and_no_more() {
    both(async |db| {
        for n in 0..MOST_WEBHOOKS {
            insert(db, &format!("W{n}")).await;
        }
        assert_eq!(db.write(async |tx| webhooks::insert(tx, &new("one more"), "ann", T0).await).await, None);
    })
    .await;
}

#[tokio::test]
async fn who_switches_a_webhook_off_ends_what_waits_for_it() {
    both(async |db| {
        let id = insert(db, "Tickets").await;
        enqueue(db, id).await;
        let off = async |why, by| db.write(async |tx| webhooks::switch_off(tx, id, why, by, T0 + 9).await).await;
        assert!(off(OffWhy::Hand, "ann").await);
        assert!(!off(OffWhy::Failing, "").await, "it is off already");
        let expected = Off { at: T0 + 9, why: OffWhy::Hand, by: "ann".to_owned() };
        assert_eq!(found(db, id).await.off, Some(expected));
        assert_eq!(states(db).await, [(State::Dead, Some(Why::Off))]);

        db.write(async |tx| webhooks::fails(tx, id, T0).await).await;
        assert!(db.write(async |tx| webhooks::switch_on(tx, id, T0 + 20).await).await);
        assert!(!db.write(async |tx| webhooks::switch_on(tx, id, T0 + 21).await).await);
        let on = found(db, id).await;
        assert_eq!((on.off, on.failing, on.updated_at), (None, None, T0 + 20), "as if nothing had failed");
        assert_eq!(states(db).await, [(State::Dead, Some(Why::Off))], "it is sent again if somebody says so");
    })
    .await;
}

#[tokio::test]
async fn failures_in_a_row_are_counted_from_the_first_one() {
    both(async |db| {
        let id = insert(db, "Tickets").await;
        let fails = async |at| db.write(async |tx| webhooks::fails(tx, id, T0 + at).await).await;
        assert_eq!(fails(1).await, Some(Failing { since: T0 + 1, failures: 1 }));
        assert_eq!(fails(2).await, Some(Failing { since: T0 + 1, failures: 2 }));
        assert_eq!(found(db, id).await.failing, Some(Failing { since: T0 + 1, failures: 2 }));
        db.write(async |tx| webhooks::works(tx, id).await).await;
        assert_eq!(found(db, id).await.failing, None);
        assert_eq!(fails(3).await, Some(Failing { since: T0 + 3, failures: 1 }));

        db.write(async |tx| webhooks::update(tx, id, &new("Renamed"), T0).await).await;
        assert!(found(db, id).await.failing.is_some(), "another name is no other receiver");
        let elsewhere = NewWebhook { url: "https://other.example/".to_owned(), ..new("Renamed") };
        db.write(async |tx| webhooks::update(tx, id, &elsewhere, T0).await).await;
        assert_eq!(found(db, id).await.failing, None);
        assert_eq!(db.write(async |tx| webhooks::fails(tx, WebhookId(99), T0).await).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_one_before_it_for_a_while() {
    both(async |db| {
        let (id, other) = (insert(db, "Tickets").await, insert(db, "Chat").await);
        let add = async |sealed: &'static [u8], at: i64, until: i64| {
            db.write(async |tx| webhooks::add_secret(tx, id, sealed, T0 + at, T0 + until).await).await;
        };
        let at = async |at: i64| {
            let all = webhooks::secrets(db, id, T0 + at).await.unwrap();
            all.into_iter().map(|one| (one.sealed, one.retires_at.map(|at| at - T0))).collect::<Vec<_>>()
        };
        db.write(async |tx| webhooks::add_secret(tx, other, b"another's", T0, T0).await).await;
        add(b"one", 0, 0).await;
        assert_eq!(at(0).await, [(b"one".to_vec(), None)]);
        add(b"two", 10, 100).await;
        assert_eq!(at(99).await, [(b"two".to_vec(), None), (b"one".to_vec(), Some(100))], "the newest first");
        assert_eq!(at(100).await, [(b"two".to_vec(), None)]);
        add(b"three", 20, 120).await;
        assert_eq!(at(20).await, [(b"three".to_vec(), None), (b"two".to_vec(), Some(120))], "never three");

        let remove = async |at| db.write(async |tx| webhooks::remove_retired(tx, T0 + at).await).await;
        assert_eq!((remove(119).await, remove(120).await, remove(999).await), (0, 1, 0));
        assert_eq!(at(0).await, [(b"three".to_vec(), None)]);
        assert_eq!(webhooks::secrets(db, other, T0).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_type_of_event_of_a_later_version_is_passed_over() {
    both(async |db| {
        let id = insert(db, "Tickets").await;
        db.execute("update webhooks set event_types = '[\"incident.sung\",\"incident.opened\"]'").await;
        assert_eq!(found(db, id).await.event_types, [EventType::Incident(What::Opened)]);
        db.execute("update webhooks set event_types = '{'").await;
        assert!(webhooks::list(db).await.is_err(), "what is damaged is not taken for nothing");
    })
    .await;
}
