//! Webhooks from the change of an incident to the receiver: signed, in order, again and again.

use std::process::{Command, Stdio};
use std::time::Duration;

use highwater::clock::Clock;
use highwater::delivery::http::Limits;
use highwater::model::delivery::{State, Why};
use highwater::model::incident::Kind;
use highwater::model::standing::{Failing, OffWhy};
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use highwater::model::webhook::EventType;
use highwater::sealed::Keys;
use highwater::store::deliveries::{self, DeliveryFilter};
use highwater::store::incidents::{self, Deed, Ended, NewIncident};
use highwater::store::{Db, webhooks};
use highwater::tasks::delivery::purpose;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::harness::outbox::{
    LIMITS, OPENED, OTHER_SECRET, SECRET, add_secret, enqueue, http, is, open, outbox, send, sent, signed, webhook,
};
use crate::harness::receiver::{Received, Receiver, Reply};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, T0, both};
use crate::harness::wait::eventually;

#[tokio::test]
async fn what_happened_arrives_signed_with_the_id_of_its_delivery() {
    both(async |db| {
        let receiver = Receiver::start(&[]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[OPENED]).await;
        open(db, "FS01", "{\"type\":\"incident.opened\",\"é\":1}").await;
        send(&outbox, 1_999).await;

        let [got] = receiver.received().try_into().unwrap();
        let delivery = deliveries::list(db, &DeliveryFilter { most: 9, ..Default::default() }).await.unwrap().remove(0);
        assert_eq!(
            (got.id.as_str(), got.body.as_str()),
            (delivery.message_id.as_str(), "{\"type\":\"incident.opened\",\"é\":1}")
        );
        assert_eq!((got.content_type.as_str(), got.timestamp.parse()), ("application/json", Ok(T0 / 1_000 + 1)));
        assert_eq!(got.signature, signed(&[SECRET], &got.id, &got.timestamp, &got.body));
        assert_eq!((delivery.state, delivery.attempts, delivery.status), (State::Delivered, 1, Some(204)));
        assert_eq!(is(db, id).await.failing, None);

        // While the secret is changed both sign, the new one first.
        add_secret(db, id, OTHER_SECRET, 0).await;
        open(db, "FS02", "{}").await;
        send(&outbox, HOUR_MS - 1).await;
        open(db, "FS03", "{}").await;
        send(&outbox, HOUR_MS).await;
        let [_, both, new] = receiver.received().try_into().unwrap();
        assert_eq!(both.signature, signed(&[OTHER_SECRET, SECRET], &both.id, &both.timestamp, "{}"));
        assert_eq!(new.signature, signed(&[OTHER_SECRET], &new.id, &new.timestamp, "{}"));
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_with_the_same_id_and_a_new_timestamp() {
    both(async |db| {
        let receiver = Receiver::start(&[Reply::Status(500), Reply::Status(404)]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[]).await;
        let delivery = enqueue(db, id, None, OPENED, "{}").await;
        send(&outbox, 0).await;
        let (first, _) = sent(db, delivery).await;
        assert_eq!((first.state, first.status), (State::Waiting, Some(500)));
        assert!((5_000..7_000).contains(&(first.due_at - T0)), "{first:?}");
        assert_eq!(is(db, id).await.failing.map(|failing| failing.failures), Some(1));
        send(&outbox, 4_999).await;
        assert_eq!(receiver.received().len(), 1, "not before it is due");

        send(&outbox, 10_000).await;
        let (second, _) = sent(db, delivery).await;
        assert!((300_000..370_000).contains(&(second.due_at - T0 - 10_000)), "{second:?}");
        send(&outbox, HOUR_MS).await;
        let (done, attempts) = sent(db, delivery).await;
        assert_eq!((done.state, done.attempts), (State::Delivered, 3));
        let told: Vec<_> = attempts.iter().map(|one| (one.at - T0, one.status, one.answer.as_str())).collect();
        assert_eq!(told, [(0, Some(500), "said 500"), (10_000, Some(404), "said 404"), (HOUR_MS, Some(204), "")]);
        assert_eq!(is(db, id).await.failing, None, "it works again");

        let received = receiver.received();
        assert!(received.iter().all(|one| one.id == done.message_id), "{received:?}");
        let timestamps: Vec<i64> =
            received.iter().map(|one| one.timestamp.parse::<i64>().unwrap() - T0 / 1_000).collect();
        assert_eq!(timestamps, [0, 10, 3_600]);
    })
    .await;
}

#[tokio::test]
async fn an_incident_is_told_in_order_even_if_the_first_message_fails() {
    both(async |db| {
        let receiver = Receiver::start(&[Reply::Status(500)]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[OPENED]).await;
        let incident = open(db, "FS01", "1").await;
        for body in ["2", "3"] {
            enqueue(db, id, Some(incident), OPENED, body).await;
        }
        send(&outbox, 0).await;
        open(db, "FS02", "of another").await;
        send(&outbox, 1_000).await;
        assert_eq!(receiver.bodies(), ["1", "of another"], "one incident does not wait for another");
        send(&outbox, 10_000).await;
        assert_eq!(receiver.bodies(), ["1", "of another", "1", "2", "3"]);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_ends_between_sending_and_settling_sends_the_same_id_again_through_another() {
    both(async |db| {
        let receiver = Receiver::start(&[Reply::Nothing]).await;
        let id = webhook(db, &receiver.url(), &[]).await;
        let delivery = enqueue(db, id, None, OPENED, "{}").await;
        // A process of its own, as far as the store and the receiver can see: nothing of it runs on when it ends.
        let process = tokio::runtime::Runtime::new().unwrap();
        let (address, patient) = (db.address().to_owned(), Limits { answer: Duration::from_secs(40), ..LIMITS });
        let first = http(&[&receiver]).with_limits(patient);
        process.spawn(async move {
            let db = Db::open(&address).await.unwrap();
            let outbox = outbox(&db, first);
            outbox.tick(T0).await.unwrap();
            outbox.done().await;
        });
        receiver.has(1).await;
        process.shutdown_background();

        let outbox = outbox(db, http(&[&receiver]));
        send(&outbox, MINUTE_MS - 1).await;
        assert_eq!(receiver.received().len(), 1, "its lease holds");
        send(&outbox, MINUTE_MS).await;
        let [lost, again] = receiver.received().try_into().unwrap();
        assert_eq!((&lost.id, &lost.body), (&again.id, &again.body));
        let (done, _) = sent(db, delivery).await;
        assert_eq!((done.state, done.attempts, done.message_id), (State::Delivered, 2, again.id));
    })
    .await;
}

#[tokio::test]
async fn a_delivery_is_sent_again_when_somebody_says_so() {
    both(async |db| {
        let receiver = Receiver::start(&[]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[]).await;
        let delivery = enqueue(db, id, None, OPENED, "{}").await;
        send(&outbox, 0).await;
        assert!(db.write(async |tx| deliveries::replay(tx, delivery, T0 + 9).await).await);
        send(&outbox, 9).await;
        let [first, again] = receiver.received().try_into().unwrap();
        assert_eq!(first.id, again.id, "who has it already passes over it");
        assert_eq!(sent(db, delivery).await.1.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_test_message_is_tried_once_also_for_a_webhook_that_is_off() {
    both(async |db| {
        let receiver = Receiver::start(&[Reply::Status(500), Reply::Status(410)]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[]).await;
        let try_once = async || {
            let delivery = enqueue(db, id, None, EventType::Test, "{}").await;
            send(&outbox, 0).await;
            sent(db, delivery).await.0
        };
        assert_eq!(try_once().await.why, Some(Why::Once));
        assert_eq!(try_once().await.why, Some(Why::Gone));
        assert!(is(db, id).await.is_on() && is(db, id).await.failing.is_none(), "nothing follows from it");
        db.write(async |tx| webhooks::fails(tx, id, T0).await).await;
        db.write(async |tx| webhooks::switch_off(tx, id, OffWhy::Hand, "ann", T0).await).await;
        assert_eq!(try_once().await.state, State::Delivered);
        assert_eq!(is(db, id).await.failing, Some(Failing { since: T0, failures: 1 }));

        let other = enqueue(db, id, None, OPENED, "{}").await;
        send(&outbox, 0).await;
        assert_eq!(sent(db, other).await.0.why, Some(Why::Off), "anything else is not sent");
    })
    .await;
}

#[tokio::test]
async fn what_was_settled_long_ago_and_secrets_that_sign_no_more_are_removed() {
    both(async |db| {
        let receiver = Receiver::start(&[]).await;
        let outbox = outbox(db, http(&[&receiver]));
        let id = webhook(db, &receiver.url(), &[]).await;
        add_secret(db, id, OTHER_SECRET, 0).await;
        enqueue(db, id, None, OPENED, "{}").await;
        send(&outbox, 0).await;
        assert_eq!(outbox.remove_old(T0 + 30 * DAY_MS).await.unwrap(), 0);
        assert_eq!(webhooks::secrets(db, id, T0).await.unwrap().len(), 1);
        assert_eq!(outbox.remove_old(T0 + 31 * DAY_MS).await.unwrap(), 1);
        assert_eq!(outbox.remove_old(T0 + 31 * DAY_MS).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn two_processes_and_a_receiver_that_often_fails_tell_every_incident_in_order_and_once() {
    const MESSAGES: usize = 60;
    both(async |db| {
        let mut rng = SmallRng::seed_from_u64(11);
        let replies: Vec<Reply> =
            (0..40).map(|_| Reply::Status(if rng.random_bool(0.6) { 500 } else { 204 })).collect();
        let receiver = Receiver::start(&replies).await;
        let other = Db::open(db.address()).await.unwrap();
        let outboxes = [outbox(db, http(&[&receiver])), outbox(&other, http(&[&receiver]))];
        let id = webhook(db, &receiver.url(), &[]).await;
        let mut incidents = Vec::new();
        for host in ["FS01", "FS02", "FS03"] {
            incidents.push(open(db, host, "{}").await);
        }
        let mut kept = Vec::new();
        for n in 0..MESSAGES {
            let incident = incidents[n % incidents.len()];
            kept.push(enqueue(db, id, Some(incident), OPENED, &format!("{incident} {n:02}")).await);
        }
        for hour in 0..200 {
            tokio::join!(send(&outboxes[0], hour * HOUR_MS), send(&outboxes[1], hour * HOUR_MS));
        }
        let mut arrived = 0;
        for one in kept {
            let (delivery, attempts) = sent(db, one).await;
            assert_eq!((delivery.state, delivery.status), (State::Delivered, Some(204)), "{delivery:?}");
            assert_eq!(attempts.iter().filter(|attempt| attempt.status == Some(204)).count(), 1);
            arrived += attempts.len();
        }
        let received = receiver.bodies();
        assert_eq!(received.len(), arrived, "what was sent is what was written down");
        for incident in incidents {
            let of_one: Vec<&String> =
                received.iter().filter(|body| body.starts_with(&format!("{incident} "))).collect();
            assert!(of_one.is_sorted(), "{of_one:?}");
        }
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn the_server_itself_sends_and_never_to_this_machine() {
    let (store, receiver) = (Store::sqlite().await, Receiver::start(&[]).await);
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start_with(&store, |config| config.data_dir = folder.path().to_owned()).await;
    let keys = Keys::load_or_make(&folder.path().join("secrets.key")).unwrap();
    for url in [receiver.url(), receiver.url().replace("127.0.0.1", "localhost"), "http://169.254.169.254/".to_owned()]
    {
        let id = webhook(&store, &url, &[]).await;
        let sealed = keys.seal(&purpose(id), SECRET).unwrap();
        store.write(async |tx| webhooks::add_secret(tx, id, &sealed, T0, T0).await).await;
        let delivery = enqueue(&store, id, None, OPENED, "{}").await;
        let attempt = eventually("the task tries", async || {
            let (_, attempts) = sent(&store, delivery).await;
            attempts.first().cloned().ok_or_else(|| "no attempt".to_owned())
        })
        .await;
        assert_eq!(attempt.status, None);
        assert!(
            ["The address ", "Names below localhost"].iter().any(|said| attempt.error.starts_with(said)),
            "{attempt:?}"
        );
    }
    assert!(receiver.received().is_empty());
    server.stop().await;
    store.close().await;
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_a_receiver_that_does_not_answer() {
    let (store, receiver) = (Store::sqlite().await, Receiver::start(&[Reply::Nothing]).await);
    let patient = Limits { answer: Duration::from_secs(40), ..LIMITS };
    let outbox = outbox(&store, http(&[&receiver]).with_limits(patient));
    let id = webhook(&store, &receiver.url(), &[]).await;
    let delivery = enqueue(&store, id, None, OPENED, "{}").await;
    outbox.tick(T0).await.unwrap();
    receiver.has(1).await;
    tokio::time::timeout(Duration::from_secs(20), outbox.end()).await.unwrap();
    let (waits, attempts) = sent(&store, delivery).await;
    assert_eq!((waits.state, attempts.len()), (State::Waiting, 0), "it is sent again, by another process");
    store.close().await;
}

/// Whether the reference library takes a message for genuine. `tests/run` fetches it; by this machine's clock it may be five minutes old.
fn is_genuine(secret: &str, got: &Received) -> bool {
    const SCRIPT: &str = "
import sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
secret, id, timestamp, signature, body = sys.argv[1:]
headers = {'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature}
try:
    Webhook(secret).verify(body, headers)
except WebhookVerificationError as error:
    sys.exit(3)
";
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/standardwebhooks");
    let ended = Command::new("python3")
        .env("PYTHONPATH", library)
        .args(["-c", SCRIPT, secret, &got.id, &got.timestamp, &got.signature, &got.body])
        .stdin(Stdio::null())
        .output()
        .expect("python3 is missing: tests/run installs it");
    let said = String::from_utf8_lossy(&ended.stderr);
    match ended.status.code() {
        Some(0) => true,
        Some(3) => false,
        _ => panic!("the reference library is missing in {library}, which tests/run fetches: {said}"),
    }
}

#[tokio::test]
async fn the_reference_library_takes_what_is_sent_for_genuine_and_nothing_else() {
    let (store, receiver) = (Store::sqlite().await, Receiver::start(&[]).await);
    let outbox = outbox(&store, http(&[&receiver]));
    let id = webhook(&store, &receiver.url(), &[]).await;
    let now_at = Clock::system().now_at();
    add_secret(&store, id, OTHER_SECRET, now_at - T0).await;
    enqueue(&store, id, None, OPENED, "{\"host\":\"FS02 – Été\",\"text\":\"\\u0000 \u{202e}\"}").await;
    send(&outbox, now_at - T0).await;
    let [got] = receiver.received().try_into().unwrap();
    for secret in [SECRET, OTHER_SECRET] {
        assert!(is_genuine(secret, &got), "{got:?}");
        let body = got.body.replace("FS02", "FS03");
        assert!(!is_genuine(secret, &Received { body, ..got.clone() }));
        assert!(!is_genuine(secret, &Received { id: format!("{}0", got.id), ..got.clone() }));
    }
    let stranger = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
    assert!(!is_genuine(stranger, &got));
    store.close().await;
}

/// Whatever changed an incident, and whoever died right after it: each entry is told once, in order.
#[tokio::test]
async fn what_happened_to_an_incident_is_told_once_by_whoever_comes_first() {
    both(async |db| {
        let receiver = Receiver::start(&[]).await;
        let host = db.host("FS01").await;
        let new = NewIncident {
            host: Some(host),
            kind: Kind::Full,
            subject: "",
            from_at: T0,
            opened_at: T0,
            is_silenced: false,
        };
        let before = db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap();
        let ends = Ended { until_at: T0 + 1, cleared_at: T0 + 1 };
        db.write(async |tx| incidents::clear(tx, before, ends, None, T0 + 1).await).await;
        let outboxes = [outbox(db, http(&[&receiver])), outbox(db, http(&[&receiver]))];
        assert_eq!(outboxes[0].relay(T0).await.unwrap(), 0, "nobody was there to be told");
        webhook(db, &receiver.url(), &EventType::CHOICE).await;
        assert_eq!(outboxes[0].relay(T0).await.unwrap(), 0, "nor is it told later");

        let id = db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap();
        let deed = |n: i64| Deed { by: "ann", now_at: T0 + n, seen_version: None };
        db.write(async |tx| incidents::acknowledge(tx, id, deed(1), None).await).await;
        db.write(async |tx| incidents::comment(tx, id, deed(2), "Five are free.").await).await;
        let (one, other) = tokio::join!(outboxes[0].relay(T0 + 3), outboxes[1].relay(T0 + 3));
        assert_eq!(one.unwrap() + other.unwrap(), 3, "one of them does it");
        send(&outboxes[0], 10).await;
        let got = receiver.received();
        let told: Vec<(String, String)> = got
            .iter()
            .map(|got| {
                let body: serde_json::Value = serde_json::from_str(&got.body).unwrap();
                (
                    body["type"].as_str().unwrap().to_owned(),
                    body["data"]["incident"]["url"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        let url = format!("https://highwater.example/incidents/{id}");
        let expected = ["incident.opened", "incident.acknowledged", "incident.commented"]
            .map(|what| (what.to_owned(), url.clone()));
        assert_eq!(told, expected);
        assert_eq!(outboxes[1].relay(T0 + 20).await.unwrap(), 0);

        let quiet = NewIncident { is_silenced: true, kind: Kind::Near, ..new };
        let id = db.write(async |tx| incidents::insert(tx, &quiet, T0).await).await.unwrap();
        assert_eq!(outboxes[0].relay(T0 + 30).await.unwrap(), 0, "it is silenced");
        db.write(async |tx| incidents::silence(tx, id, false, T0 + 40).await).await;
        let told = outboxes[0].relay(T0 + 50).await.unwrap();
        assert!(told >= 1, "and told when that ends");
    })
    .await;
}
