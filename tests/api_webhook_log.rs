//! What is sent to webhooks by the API: tried out, sent again, and told of afterwards.

use highwater::clock::Clock;
use highwater::config::Hidden;
use highwater::model::WebhookId;
use highwater::model::api_key::Scope;
use highwater::model::delivery::{State, Why};
use serde_json::{Value, json};

use crate::api_webhooks::secret;
use crate::harness::caller::{Caller, problem};
use crate::harness::holdings::MET_AT;
use crate::harness::outbox::{self, OPENED, SECRET, enqueue, http, key_text, send, sent, signed};
use crate::harness::receiver::Receiver;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, T0, both};

const PATH: &str = "/api/v1/webhooks";

/// A server that opens what the outbox of these tests seals.
async fn server(store: &Store) -> TestServer {
    let key = Hidden(key_text("B"));
    TestServer::start_with(store, |config| config.secrets_key = Some(key)).await
}

/// As many messages are under way as a destination may have, and more: so the server, which sends nothing to this machine, begins no other.
/// They are another process's: whoever calls this keeps [`Db::serving`](highwater::store::Db::serving), or the server knew that there is none.
async fn occupied(store: &Store, to: WebhookId) -> i64 {
    let mut last = 0;
    for _ in 0..16 {
        last = enqueue(store, to, None, OPENED, "busy").await.0;
    }
    let done = store.execute(&format!("update deliveries set leased_until = {} where body = 'busy'", i64::MAX)).await;
    assert_eq!(done, 16);
    last
}

#[tokio::test]
async fn a_test_and_what_is_sent_again_reach_the_receiver_signed_by_both_secrets() {
    both(async |store| {
        let receiver = Receiver::start(&[]).await;
        let id = outbox::webhook(store, &receiver.url(), &[OPENED]).await;
        let lost = enqueue(store, id, None, OPENED, "{\"lost\":1}").await;
        let settled = format!("update deliveries set state = 'dead', why = 'given_up', settled_at = {MET_AT}");
        store.execute(&settled).await;
        let _other = store.serving().await.unwrap();
        let busy = occupied(store, id).await;
        let elsewhere = enqueue(store, WebhookId(99), None, OPENED, "elsewhere").await;
        let first = server(store).await;
        let admin = Caller::with(&first, Scope::Admin).await;
        let one = format!("{PATH}/{id}");
        let new = secret(&admin.post(&format!("{one}/rotate"), &[], None).await);
        let tried = admin.post(&format!("{one}/test"), &[], Some(&json!({}))).await;
        assert_eq!(tried.status, 202, "{}", tried.text);
        let test = tried.json();
        assert_eq!((&test["event_type"], &test["state"]), (&json!("webhook.test"), &json!("waiting")));
        assert_eq!(tried.header("location"), format!("{one}/deliveries/{}", test["id"]));
        let again = async |body: Value| admin.post(&format!("{one}/redeliver"), &[], Some(&body)).await;
        let sent_again = again(json!({ "delivery": lost.0 })).await;
        assert_eq!((sent_again.status, sent_again.json()), (202, json!({ "deliveries": 1 })));
        problem(&again(json!({ "delivery": busy })).await, 409, "conflict");
        for other in [elsewhere.0, 7_777] {
            problem(&again(json!({ "delivery": other })).await, 404, "not-found");
            problem(&admin.get(&format!("{one}/deliveries/{other}")).await, 404, "not-found");
        }
        first.stop().await;

        store.execute("delete from deliveries where body = 'busy'").await;
        let outbox = outbox::outbox(store, http(&[&receiver]));
        send(&outbox, Clock::system().now_at() - T0 + 1).await;
        let mut got = receiver.received();
        got.sort_by_key(|one| one.body.contains("webhook.test"));
        assert_eq!((got.len(), got[0].body.as_str()), (2, "{\"lost\":1}"), "{got:?}");
        assert_eq!(got[1].id, test["message_id"].as_str().unwrap());
        for one in &got {
            assert_eq!(one.signature, signed(&[new.as_str(), SECRET], &one.id, &one.timestamp, &one.body));
        }
        assert_eq!(sent(store, lost).await.0.state, State::Delivered);
        told(store, &one, &test).await;
    })
    .await;
}

/// What the API tells of a delivery that arrived, and what it sends again then.
async fn told(store: &Store, one: &str, test: &Value) {
    let server = server(store).await;
    let admin = Caller::with(&server, Scope::Admin).await;
    let path = format!("{one}/deliveries/{}", test["id"]);
    let whole = admin.json(&path).await;
    assert_eq!((&whole["state"], &whole["attempts"], &whole["status"]), (&json!("delivered"), &json!(1), &json!(204)));
    let body: Value = serde_json::from_str(whole["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["type"], &body["data"]["webhook"]["name"]), (&json!("webhook.test"), &json!("Tickets")));
    let log = whole["log"].as_array().unwrap();
    assert_eq!((log.len(), &log[0]["status"], &log[0]["error"]), (1, &json!(204), &json!(null)));
    assert!(log[0]["at"].is_string() && log[0]["took_ms"].is_i64(), "{whole}");
    problem(&admin.get(&format!("{one}/deliveries/x")).await, 404, "not-found");

    let again = async |body: Value| admin.post(&format!("{one}/redeliver"), &[], Some(&body)).await;
    for wrong in [
        json!({}),
        json!({ "delivery": 1, "since": "2026-03-02T10:00:00Z" }),
        json!({ "delivery": 1, "all": true }),
        json!({ "all": true }),
    ] {
        let said = problem(&again(wrong).await, 422, "unprocessable");
        assert!(said.contains("delivery") && said.contains("since"), "{said}");
    }
    let said = problem(&again(json!({ "since": "yesterday" })).await, 422, "unprocessable");
    assert!(said.contains("since has to be an instant"), "{said}");
    let none = again(json!({ "since": "2026-03-02T10:00:00Z" })).await;
    assert_eq!((none.status, none.json()), (202, json!({ "deliveries": 0 })), "all arrived");
    let all = again(json!({ "since": "2026-03-02T11:00:00+01:00", "all": true })).await;
    assert_eq!(all.json(), json!({ "deliveries": 2 }));
    server.stop().await;
}

#[tokio::test]
async fn what_waits_for_a_webhook_that_is_switched_off_or_deleted_is_not_sent() {
    both(async |store| {
        let id = outbox::webhook(store, "https://tickets.example/in", &[OPENED]).await;
        let one = format!("{PATH}/{id}");
        let _other = store.serving().await.unwrap();
        occupied(store, id).await;
        let waits = enqueue(store, id, None, OPENED, "{}").await;
        let server = server(store).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        assert_eq!(admin.patch(&one, &json!({ "on": false })).await.status, 200);
        let (buried, _) = sent(store, waits).await;
        assert_eq!((buried.state, buried.why), (State::Dead, Some(Why::Off)));
        for again in [json!({ "delivery": waits.0 }), json!({ "since": "2026-01-01T00:00:00Z" })] {
            let said = problem(&admin.post(&format!("{one}/redeliver"), &[], Some(&again)).await, 409, "conflict");
            assert!(said.contains("Switch it on first"), "{said}");
        }
        assert_eq!(sent(store, waits).await.0.why, Some(Why::Off), "what became of it stays told");
        assert_eq!(admin.delete(&one).await.status, 204);
        assert!(store.columns_with("busy").await.is_empty(), "its log is gone with it");
        server.stop().await;
    })
    .await;
}
