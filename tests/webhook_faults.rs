//! Receivers of webhooks that are slow, failing, gone, elsewhere, or where nothing may be sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use highwater::delivery::http::Http;
use highwater::model::WebhookId;
use highwater::model::delivery::{Endpoint, EndpointKind, State, Why};
use highwater::model::destination::Policy;
use highwater::model::standing::{LASTING_MS, OffWhy};
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::model::webhook::EventType;
use highwater::store::deliveries::{self, DeliveryFilter, Which};
use highwater::store::{Db, webhooks};
use highwater::tasks::delivery::{Outbox, Sending};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::time::Instant;

use crate::harness::audit::done;
use crate::harness::outbox::{LIMITS, OPENED, enqueue, http, is, keys, open, outbox, send, sent, webhook};
use crate::harness::receiver::{Receiver, Reply};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, T0, both};

#[tokio::test]
async fn who_asks_for_a_rest_gets_nothing_at_all_until_then() {
    both(async |db| {
        let receiver = Receiver::start(&[Reply::Later(429, "600".to_owned())]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[]).await;
        let first = enqueue(db, id, None, OPENED, "1").await;
        send(&outbox, 0).await;
        let second = enqueue(db, id, None, OPENED, "2").await;
        enqueue(db, id, None, OPENED, "3").await;
        let (asked, _) = sent(db, first).await;
        assert!((600_000..730_000).contains(&(asked.due_at - T0)), "{asked:?}");
        // What came after the rest was asked for learns of it by an answer of its own.
        send(&outbox, 1_000).await;
        let mut bodies = receiver.bodies();
        bodies.sort_unstable();
        assert_eq!(bodies, ["1", "2", "3"]);
        assert_eq!(sent(db, second).await.0.state, State::Delivered);

        let busy = Receiver::start(&[Reply::Later(503, "Mon, 02 Mar 2026 11:00:00 GMT".to_owned())]).await;
        let outbox = self::outbox(db, http(&[&busy]));
        let id = webhook(db, &busy.url(), &[]).await;
        let incident = open(db, "FS01", "{}").await;
        let mut waiting = Vec::new();
        for n in 0..6 {
            // In order, so that one is sent and the others wait.
            waiting.push(enqueue(db, id, Some(incident), OPENED, &n.to_string()).await);
        }
        send(&outbox, 10_000).await;
        assert_eq!(busy.bodies(), ["0"]);
        for one in waiting {
            assert!(sent(db, one).await.0.due_at >= T0 + HOUR_MS, "all of them rest until eleven");
        }
        send(&outbox, HOUR_MS - 1).await;
        assert_eq!(busy.received().len(), 1);
        send(&outbox, 2 * HOUR_MS).await;
        assert_eq!(busy.bodies(), ["0", "0", "1", "2", "3", "4", "5"]);
    })
    .await;
}

#[tokio::test]
async fn who_answers_that_it_is_gone_is_switched_off_at_once_and_others_are_told() {
    both(async |db| {
        let (gone, other) = (Receiver::start(&[Reply::Status(410)]).await, Receiver::start(&[]).await);
        let outbox = outbox(db, http(&[&gone, &other]));
        let id = webhook(db, &gone.url(), &[OPENED, EventType::WebhookDisabled]).await;
        webhook(db, &other.url(), &[EventType::WebhookDisabled]).await;
        let incident = open(db, "FS01", "{}").await;
        let behind = enqueue(db, id, Some(incident), OPENED, "behind").await;
        send(&outbox, 0).await;
        // The others are told when the answer has come, which takes a moment by the real clock.
        send(&outbox, 60_000).await;
        let off = is(db, id).await.off.unwrap();
        assert_eq!((off.why, off.by.as_str()), (OffWhy::Gone, ""));
        assert_eq!(gone.received().len(), 1, "no message more");
        is_told_off(db, "gone").await;
        let (behind, _) = sent(db, behind).await;
        assert_eq!((behind.state, behind.why), (State::Dead, Some(Why::Off)));
        let filter = DeliveryFilter { incident: Some(incident), most: 9, ..Default::default() };
        assert_eq!(deliveries::list(db, &filter).await.unwrap()[1].why, Some(Why::Gone));

        let [told] = other.received().try_into().unwrap();
        let body: serde_json::Value = serde_json::from_str(&told.body).unwrap();
        assert_eq!((&body["type"], &body["data"]["webhook"]["why"]), (&"webhook.disabled".into(), &"gone".into()));
        assert_eq!(body["data"]["webhook"]["url"], "https://highwater.example/settings/webhooks");
        assert_eq!(open_tells(db, "FS02").await, 0, "nobody wants to know any more");
    })
    .await;
}

/// The audit log says once that the first webhook was switched off by itself, and why.
async fn is_told_off(db: &Store, why: &str) {
    let [told] = done(db, "webhook.switched").await.try_into().unwrap();
    assert_eq!(
        (told.actor_kind.as_str(), told.subject_id, told.subject_name.as_str()),
        ("program", Some(1), "Tickets")
    );
    let changes = &told.changes;
    assert_eq!((changes.before["to"].as_str(), changes.after["to"].as_str()), ("on", "off"));
    assert_eq!(changes.after["why"], why);
}

/// How many webhooks are told of another incident.
async fn open_tells(db: &Store, host: &str) -> usize {
    let before = deliveries::list(db, &DeliveryFilter { most: 999, ..Default::default() }).await.unwrap().len();
    open(db, host, "{}").await;
    deliveries::list(db, &DeliveryFilter { most: 999, ..Default::default() }).await.unwrap().len() - before
}

#[tokio::test]
async fn a_webhook_that_does_not_work_for_days_is_switched_off_and_what_happens_is_kept_for_it() {
    both(async |db| {
        let (receiver, other) =
            (Receiver::start(&[Reply::Status(500), Reply::Status(500)]).await, Receiver::start(&[]).await);
        let outbox = outbox(db, http(&[&receiver, &other]));
        let id = webhook(db, &receiver.url(), &[OPENED]).await;
        webhook(db, &other.url(), &[EventType::WebhookDisabled]).await;
        db.write(async |tx| webhooks::fails(tx, id, T0 - LASTING_MS).await).await;
        let first = enqueue(db, id, None, OPENED, "first").await;
        send(&outbox, 0).await;
        assert!(is(db, id).await.is_on(), "its first attempt after a long time does not count that much");
        db.execute("update deliveries set attempts = 4").await;
        send(&outbox, HOUR_MS).await;
        let off = is(db, id).await.off.unwrap();
        assert_eq!((off.why, off.at >= T0 + HOUR_MS), (OffWhy::Failing, true));
        is_told_off(db, "failing").await;
        send(&outbox, 2 * HOUR_MS).await;
        assert!(other.bodies()[0].contains("\"why\":\"failing\""));

        open(db, "FS02", "second").await;
        send(&outbox, DAY_MS).await;
        assert_eq!(receiver.bodies(), ["first", "first"], "nothing is sent while it is off");
        db.write(async |tx| webhooks::switch_on(tx, id, T0 + DAY_MS).await).await;
        let endpoint = Endpoint { kind: EndpointKind::Webhook, id: id.0 };
        let replayed =
            db.write(async |tx| deliveries::replay_since(tx, endpoint, T0, Which::Dead, T0 + DAY_MS).await).await;
        assert_eq!(replayed, 2);
        send(&outbox, DAY_MS).await;
        let mut bodies = receiver.bodies();
        bodies[2..].sort_unstable();
        assert_eq!(bodies, ["first", "first", "first", "second"]);
        let ids: Vec<String> =
            receiver.received().into_iter().filter(|one| one.body == "first").map(|one| one.id).collect();
        assert_eq!(ids, [ids[0].clone(), ids[0].clone(), ids[0].clone()]);
        assert_eq!(sent(db, first).await.0.state, State::Delivered);
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    both(async |db| {
        let target = Receiver::start(&[]).await;
        let receiver = Receiver::start(&[Reply::Elsewhere(target.url())]).await;
        let outbox = outbox(db, http(&[&receiver, &target]));
        let id = webhook(db, &receiver.url(), &[]).await;
        let delivery = enqueue(db, id, None, OPENED, "{}").await;
        send(&outbox, 0).await;
        let (failed, _) = sent(db, delivery).await;
        assert_eq!((failed.state, failed.status), (State::Waiting, Some(307)));
        assert!(target.received().is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_does_not_answer_holds_nobody_else_up() {
    both(async |db| {
        let (silent, slow, quick) = (
            Receiver::start(&vec![Reply::Nothing; 9]).await,
            Receiver::start(&[Reply::Slow(Duration::from_millis(300))]).await,
            Receiver::start(&[]).await,
        );
        let outbox = outbox(db, http(&[&silent, &slow, &quick]));
        let id = webhook(db, &silent.url(), &[]).await;
        let mut silenced = Vec::new();
        for _ in 0..9 {
            silenced.push(enqueue(db, id, None, OPENED, "{}").await);
        }
        let (slow_id, quick_id) = (webhook(db, &slow.url(), &[]).await, webhook(db, &quick.url(), &[]).await);
        let slow_one = enqueue(db, slow_id, None, OPENED, "{}").await;
        let quick_one = enqueue(db, quick_id, None, OPENED, "{}").await;
        let began = Instant::now();
        assert_eq!(outbox.tick(T0).await.unwrap(), 4 + 1 + 1, "a few of each");
        quick.has(1).await;
        assert!(began.elapsed() < LIMITS.answer, "{:?}", began.elapsed());
        outbox.done().await;
        assert_eq!(sent(db, quick_one).await.0.state, State::Delivered);
        assert_eq!(sent(db, slow_one).await.0.state, State::Delivered);
        let (failed, attempts) = sent(db, silenced[0]).await;
        assert_eq!((failed.state, failed.error.as_str()), (State::Waiting, "no answer within 3 seconds"));
        assert!(attempts[0].took_ms >= 3_000);
        assert_eq!(outbox.tick(T0 + 4_000).await.unwrap(), 0, "the others rest with those that failed");
        assert_eq!(silent.received().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn of_an_answer_the_beginning_is_kept_and_its_status_holds_whether_the_rest_comes_or_not() {
    both(async |db| {
        let receiver = Receiver::start(&[Reply::Long(3_000_000), Reply::Stalled]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[]).await;
        let long = enqueue(db, id, None, OPENED, "{}").await;
        send(&outbox, 0).await;
        let stalled = enqueue(db, id, None, OPENED, "{}").await;
        send(&outbox, 1).await;
        let (done, attempts) = sent(db, long).await;
        assert_eq!((done.state, attempts[0].answer.as_str()), (State::Delivered, "x".repeat(2_048).as_str()));
        let (done, attempts) = sent(db, stalled).await;
        assert_eq!((done.state, attempts[0].answer.as_str()), (State::Delivered, "beginning"));
    })
    .await;
}

/// Names that lead where a test says.
#[derive(Debug, Default)]
struct Names(Mutex<Vec<SocketAddr>>);

impl Names {
    fn lead_to(&self, addresses: &[&str]) {
        *self.0.lock().unwrap() = addresses.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        assert_eq!(name.as_str(), "receiver.test");
        let addresses = self.0.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(Box::new(addresses.into_iter()) as Addrs)))
    }
}

#[tokio::test]
async fn a_name_that_moves_to_this_machine_gains_nothing() {
    both(async |db| {
        let receiver = Receiver::start(&[]).await;
        // Whatever listens at the same port of another address of this machine.
        let port = receiver.addr.port();
        let inner = tokio::net::TcpListener::bind(("127.0.0.2", port)).await.unwrap();
        let names = Arc::new(Names::default());
        let outbox = outbox(db, http(&[&receiver]).with_names(Arc::<Names>::clone(&names)));
        let id = webhook(db, &format!("http://receiver.test:{port}/in"), &[]).await;
        let try_once = async |at: i64| {
            let delivery = enqueue(db, id, None, EventType::Test, "{}").await;
            send(&outbox, at).await;
            sent(db, delivery).await.0
        };
        names.lead_to(&["127.0.0.1"]);
        assert_eq!(try_once(0).await.state, State::Delivered);
        for addresses in [&["127.0.0.2"][..], &["::ffff:127.0.0.2", "::1"], &["169.254.169.254"], &["0.0.0.0"]] {
            names.lead_to(addresses);
            let refused = try_once(0).await;
            assert_eq!((refused.state, refused.status), (State::Dead, None));
            assert!(refused.error.starts_with("The address "), "{addresses:?}: {}", refused.error);
        }
        names.lead_to(&["127.0.0.2", "127.0.0.1", "::1"]);
        assert_eq!(try_once(0).await.state, State::Delivered, "by the address that is allowed");
        names.lead_to(&[]);
        assert_eq!(try_once(0).await.state, State::Dead, "a name that leads nowhere");
        assert_eq!(receiver.received().len(), 2);
        let reached = tokio::time::timeout(Duration::from_millis(50), inner.accept()).await;
        assert!(reached.is_err(), "nothing was sent to the address that is not allowed: {reached:?}");
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_cannot_be_opened_is_said_and_is_not_the_receivers_fault() {
    both(async |db| {
        let receiver = Receiver::start(&[]).await;
        let id = webhook(db, &receiver.url(), &[]).await;
        let delivery = enqueue(db, id, None, OPENED, "{}").await;
        let sending =
            Sending { http: http(&[&receiver]), keys: Arc::new(keys("C")), public_url: String::new(), kept_days: 30 };
        let stranger = Outbox::new(Db::clone(db), sending);
        send(&stranger, 0).await;
        let (failed, _) = sent(db, delivery).await;
        assert_eq!((failed.state, failed.status), (State::Waiting, None));
        assert!(failed.error.contains("secrets.key"), "{}", failed.error);
        assert_eq!((is(db, id).await.failing, receiver.received().len()), (None, 0));
        send(&outbox(db, http(&[&receiver])), HOUR_MS).await;
        assert_eq!(sent(db, delivery).await.0.state, State::Delivered, "with the right key it goes on");

        let unsigned = enqueue(db, WebhookId(99), None, OPENED, "{}").await;
        send(&stranger, HOUR_MS).await;
        assert_eq!(sent(db, unsigned).await.0.why, Some(Why::Missing));
    })
    .await;
}

#[tokio::test]
async fn a_certificate_is_trusted_by_the_authority_that_was_given_and_not_otherwise() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let policy = || Arc::new(Policy::default().allowing(&[server.addr]));
    let id = webhook(&store, &format!("https://127.0.0.1:{}/none", server.addr.port()), &[]).await;
    let try_once = async |http: Http| {
        let delivery = enqueue(&store, id, None, EventType::Test, "{}").await;
        send(&outbox(&store, http), 0).await;
        sent(&store, delivery).await.0
    };
    let given = try_once(Http::new(policy(), Some(server.ca_pem.as_bytes())).unwrap()).await;
    assert!(
        given.status.is_some_and(|status| (400..500).contains(&status)),
        "it answers that there is no such page: {given:?}"
    );
    let unknown = try_once(Http::new(policy(), None).unwrap()).await;
    assert_eq!(unknown.status, None);
    assert!(unknown.error.contains("certificate"), "{}", unknown.error);
    assert!(!unknown.error.contains("/none"), "the address may hold a secret: {}", unknown.error);
    server.stop().await;
    store.close().await;
}
