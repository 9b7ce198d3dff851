//! Webhooks by the API: made, changed and deleted, each once, by administrators; and secrets that are told to whoever made them alone.

use highwater::model::api_key::Scope;
use highwater::model::incident::What;
use highwater::model::standing::OffWhy;
use highwater::model::time::DAY_MS;
use highwater::model::webhook::{EventType, MOST_WEBHOOKS, NewWebhook};
use highwater::store::webhooks;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::caller::{Caller, problem};
use crate::harness::outbox::{self, OPENED};
use crate::harness::person::{Answer, NAME, Person};
use crate::harness::server::TestServer;
use crate::harness::store::{T0, both};

const PATH: &str = "/api/v1/webhooks";
const NOWHERE: [&str; 0] = [];

fn tickets() -> Value {
    let event_types = ["incident.opened", "incident.cleared"];
    json!({ "name": "Tickets", "url": "https://tickets.example/in", "event_types": event_types })
}

pub(crate) fn secret(answer: &Answer) -> String {
    let secret = answer.json()["secret"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    secret
}

#[tokio::test]
async fn a_webhook_is_made_read_changed_switched_and_deleted() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let made = admin.post(PATH, &[], Some(&tickets())).await;
        assert_eq!((made.status, made.header("content-type")), (201, "application/json"), "{}", made.text);
        let (one, mut whole) = (made.header("location").to_owned(), made.json());
        assert_eq!(one, format!("{PATH}/{}", whole["id"]));
        assert_eq!(
            (&whole["groups"], &whole["on"], &whole["created_by"]),
            (&json!([]), &json!(true), &json!(admin.signature()))
        );
        assert_eq!(whole["event_types"], tickets()["event_types"]);
        whole.as_object_mut().unwrap().remove("secret");
        assert_eq!(admin.json(&one).await, whole, "all but the secret is read back");

        let changed = admin.patch(&one, &json!({ "name": "<b>Jira", "groups": ["Paris", "Lyon", "Paris"] })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let now = changed.json();
        assert_eq!((&now["name"], &now["groups"]), (&json!("<b>Jira"), &json!(["Lyon", "Paris"])));
        assert_eq!((&now["url"], &now["event_types"]), (&whole["url"], &whole["event_types"]), "the rest stays");
        assert_eq!(admin.json(&one).await, now);
        let all = admin.patch(&one, &json!({ "groups": [], "event_types": ["webhook.disabled"] })).await.json();
        assert_eq!((&all["groups"], &all["event_types"]), (&json!([]), &json!(["webhook.disabled"])));

        let off = admin.patch(&one, &json!({ "on": false })).await.json();
        assert_eq!((&off["on"], &off["off_why"], &off["name"]), (&json!(false), &json!("hand"), &json!("<b>Jira")));
        let kept = webhooks::list(store).await.unwrap().remove(0);
        let by = kept.off.map(|off| (off.why, off.by));
        assert_eq!(by, Some((OffWhy::Hand, admin.signature())));
        assert_eq!(admin.patch(&one, &json!({})).await.json(), off, "nothing is said, and nothing changes");
        let guarded = admin.post(&format!("{one}/rotate"), &[("if-match", "\"1\"")], Some(&json!({}))).await;
        assert!(
            problem(&guarded, 400, "bad-request").contains("no ETag"),
            "whoever believes that it is guarded does nothing"
        );
        let on = admin.patch(&one, &json!({ "on": true })).await.json();
        assert_eq!((&on["on"], &on["off_why"], &on["off_at"]), (&json!(true), &json!(null), &json!(null)));

        let gone = admin.delete(&one).await;
        assert_eq!((gone.status, gone.text.as_str(), gone.header("content-type")), (204, "", ""));
        problem(&admin.get(&one).await, 404, "not-found");
        problem(&admin.delete(&one).await, 404, "not-found");
        problem(&admin.patch(&one, &json!({ "on": true })).await, 404, "not-found");
        for deed in ["rotate", "test"] {
            problem(&admin.post(&format!("{one}/{deed}"), &[], None).await, 404, "not-found");
        }
        let since = json!({ "since": "2026-03-02T10:00:00Z" });
        problem(&admin.post(&format!("{one}/redeliver"), &[], Some(&since)).await, 404, "not-found");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_told_to_the_request_that_made_it_and_stands_nowhere_in_clear() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (admin, other) = (Caller::with(&server, Scope::Admin).await, Caller::with(&server, Scope::Admin).await);
        let make = async |caller: &Caller, key: &str, body: &Value| {
            caller.post(PATH, &[("idempotency-key", key)], Some(body)).await
        };
        let first = make(&admin, "one", &tickets()).await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""), "{}", first.text);
        let made = secret(&first);
        assert_eq!(store.columns_with(&made).await, NOWHERE);
        assert_eq!(store.columns_with("https://tickets.example/in").await, ["webhooks.url"], "what is clear is found");

        let again = make(&admin, "\"one\"", &tickets()).await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
        assert_eq!((&again.text, again.header("location")), (&first.text, first.header("location")));
        assert_eq!(again.header("content-type"), "application/json");
        assert_eq!(webhooks::list(store).await.unwrap().len(), 1, "it was made once");
        let one = first.header("location");
        let mut another = tickets();
        another["name"] = json!("Chat");
        problem(&make(&admin, "one", &another).await, 422, "idempotency-key-reused");
        let path = format!("{one}/rotate");
        let rotate = async |key: &str| admin.post(&path, &[("idempotency-key", key)], None).await;
        problem(&rotate("one").await, 422, "idempotency-key-reused");

        let rotated = rotate("two").await;
        assert_eq!(rotated.status, 200, "{}", rotated.text);
        let new = secret(&rotated);
        assert_ne!(new, made);
        let again = rotate("two").await;
        assert_eq!((again.header("idempotency-replayed"), &again.text), ("true", &rotated.text));
        let now_at = server.clock.now_at();
        let id = webhooks::list(store).await.unwrap()[0].id;
        let retires: Vec<_> =
            webhooks::secrets(store, id, now_at).await.unwrap().into_iter().map(|one| one.retires_at).collect();
        assert!(retires.len() == 2 && retires[0].is_none(), "it was rotated once: {retires:?}");
        assert!(retires[1].is_some_and(|at| at > now_at && at <= now_at + DAY_MS), "{retires:?}");
        for path in [PATH.to_owned(), one.to_owned(), format!("{one}/deliveries")] {
            let text = admin.get(&path).await.text;
            assert!(!text.contains("whsec_"), "{path}: {text}");
        }
        assert_eq!(store.columns_with("whsec_").await, NOWHERE);

        // Another caller's name is another's, and a refusal is not kept.
        assert_ne!(secret(&make(&other, "one", &tickets()).await), made);
        problem(&make(&admin, "three", &json!({})).await, 422, "unprocessable");
        assert_eq!(make(&admin, "three", &tickets()).await.status, 201);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_has_no_secret_is_answered_alike_too_also_when_it_is_gone() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let one = admin.post(PATH, &[], Some(&tickets())).await.header("location").to_owned();
        let key = |key: &'static str| ("idempotency-key", key);
        let test = async || admin.post(&format!("{one}/test"), &[key("test")], None).await;
        let (tried, again) = (test().await, test().await);
        assert_eq!((tried.status, again.status, again.header("idempotency-replayed")), (202, 202, "true"));
        assert_eq!((&again.text, again.header("location")), (&tried.text, tried.header("location")));
        assert_eq!(admin.json(&format!("{one}/deliveries")).await["deliveries"].as_array().unwrap().len(), 1);

        let as_json = ("content-type", "application/json");
        let switch =
            async || admin.send(Method::PATCH, &one, &[key("off"), as_json], Some("{\"on\":false}".to_owned())).await;
        let (off, again) = (switch().await, switch().await);
        assert_eq!((off.status, &again.text, again.header("idempotency-replayed")), (200, &off.text, "true"));
        let gone = async || admin.send(Method::DELETE, &one, &[key("gone")], None).await;
        let (first, again) = (gone().await, gone().await);
        assert_eq!((first.status, first.header("idempotency-replayed")), (204, ""));
        assert_eq!((again.status, again.header("idempotency-replayed"), again.text.as_str()), (204, "true", ""));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_under_one_name_one_is_made() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let body = tickets();
        let make = || admin.post(PATH, &[("idempotency-key", "one")], Some(&body));
        let (a, b, c, d) = tokio::join!(make(), make(), make(), make());
        for answer in [&a, &b, &c, &d] {
            if answer.status == 409 {
                problem(answer, 409, "in-progress");
            } else {
                assert_eq!(answer.status, 201, "{}", answer.text);
            }
        }
        assert_eq!(make().await.header("idempotency-replayed"), "true");
        assert_eq!(webhooks::list(store).await.unwrap().len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_mistake_names_the_field_and_says_what_to_write_instead() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let one = admin.post(PATH, &[], Some(&tickets())).await.header("location").to_owned();
        let before = admin.json(&one).await;
        let many: Vec<String> = (0..51).map(|n| format!("G{n}")).collect();
        for (field, value, why) in [
            ("name", json!(" "), "Write a name"),
            ("name", json!("x".repeat(101)), "100 characters"),
            ("url", json!("ftp://tickets.example/"), "address of the receiver"),
            ("url", json!("http://127.0.0.1:9/in"), "leads to this machine itself"),
            ("url", json!("http://169.254.169.254/latest"), "cloud"),
            ("url", json!("https://ann:secret@tickets.example/"), "name and password"),
            ("event_types", json!([]), "at least one type"),
            ("event_types", json!(["incident.sung"]), "incident.sung"),
            ("event_types", json!(["webhook.test"]), "webhook.test"),
            ("groups", json!(many), "50 groups"),
            ("groups", json!([""]), "50 groups"),
        ] {
            let mut body = tickets();
            body[field] = value.clone();
            let said = problem(&admin.post(PATH, &[], Some(&body)).await, 422, "unprocessable");
            assert!(said.contains(&format!(": {field}: ")) && said.contains(why), "{field} {value}: {said}");
            let changed = admin.patch(&one, &json!({ field: value })).await;
            assert_eq!(problem(&changed, 422, "unprocessable"), said);
        }
        for body in [
            json!({}),
            json!({ "name": "Tickets", "url": "https://tickets.example/in" }),
            json!({ "name": 7, "url": "https://tickets.example/in", "event_types": ["incident.opened"] }),
            json!(["Tickets"]),
        ] {
            problem(&admin.post(PATH, &[], Some(&body)).await, 422, "unprocessable");
        }
        for body in [json!({ "name": null }), json!({ "on": "yes" }), json!({ "secret": "whsec_x" }), json!([true])] {
            problem(&admin.patch(&one, &body).await, 422, "unprocessable");
        }
        problem(&admin.post(&format!("{PATH}?x=1"), &[], Some(&tickets())).await, 400, "bad-request");
        problem(
            &admin.post(&format!("{one}/rotate"), &[], Some(&json!({ "secret": "x" }))).await,
            422,
            "unprocessable",
        );
        assert_eq!(admin.json(&one).await, before, "nothing was changed");
        assert_eq!(webhooks::list(store).await.unwrap().len(), 1, "nothing was made");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_webhook_whose_address_is_refused_by_now_can_still_be_switched_off_or_moved() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let id = outbox::webhook(store, "http://127.0.0.1:9/in", &[OPENED]).await;
        let one = format!("{PATH}/{id}");
        assert_eq!(admin.patch(&one, &json!({ "on": false })).await.json()["on"], json!(false));
        let said = problem(&admin.patch(&one, &json!({ "name": "Chat" })).await, 422, "unprocessable");
        assert!(said.contains(": url: "), "{said}");
        let moved = json!({ "name": "Chat", "url": "https://chat.example/in", "on": true });
        let now = admin.patch(&one, &moved).await.json();
        assert_eq!((&now["name"], &now["url"], &now["on"]), (&json!("Chat"), &moved["url"], &json!(true)));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn there_are_so_many_webhooks_and_no_more() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let new = NewWebhook {
            name: "Tickets".to_owned(),
            url: "https://tickets.example/in".to_owned(),
            event_types: vec![EventType::Incident(What::Opened)],
            groups: Vec::new(),
        };
        for _ in 0..MOST_WEBHOOKS {
            store.write(async |tx| webhooks::insert(tx, &new, "ann", T0).await).await.unwrap();
        }
        let make = async || admin.post(PATH, &[("idempotency-key", "one")], Some(&tickets())).await;
        let said = problem(&make().await, 409, "conflict");
        assert!(said.contains(&MOST_WEBHOOKS.to_string()), "{said}");
        assert_eq!(admin.delete(&format!("{PATH}/1")).await.status, 204);
        assert_eq!(make().await.status, 201, "what was refused may be sent again");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn only_administrators_do_anything_with_webhooks() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let one = format!("{PATH}/{}", outbox::webhook(store, "https://tickets.example/in", &[OPENED]).await);
        let (read, write) =
            (Caller::with(&server, Scope::Read).await, Caller::with(&server, Scope::WriteIncidents).await);
        let (stranger, person) = (Person::stranger(&server), Person::signed_in(&server).await);
        let deeds = [
            (Method::POST, PATH.to_owned(), tickets()),
            (Method::PATCH, one.clone(), json!({ "on": false })),
            (Method::POST, format!("{one}/rotate"), json!({})),
            (Method::POST, format!("{one}/test"), json!({})),
            (Method::POST, format!("{one}/redeliver"), json!({ "delivery": 1 })),
            (Method::DELETE, one.clone(), json!({})),
        ];
        let as_json = [("content-type", "application/json")];
        for (method, path, body) in deeds {
            for caller in [&read, &write] {
                let refused = caller.send(method.clone(), &path, &as_json, Some(body.to_string())).await;
                let said = problem(&refused, 403, "scope");
                assert_eq!(said, "This asks for a key with the right admin.", "{method} {path}");
            }
            if method == Method::POST {
                problem(&stranger.post_json(&path, &[], &body).await, 401, "sign-in");
                problem(&person.post_json(&path, &[], &body).await, 403, "csrf-token");
            }
        }
        problem(&read.get(&format!("{one}/deliveries/1")).await, 403, "scope");
        let kept = webhooks::list(store).await.unwrap();
        assert!(kept.len() == 1 && kept[0].is_on(), "nothing was done: {kept:?}");
        // A page's script is an administrator's.
        let token = person.get("/settings/keys").await.attribute("input[name=csrf]", "value").unwrap();
        let made = person.post_json(PATH, &[("x-csrf-token", &token)], &tickets()).await;
        assert_eq!((made.status, &made.json()["created_by"]), (201, &json!(NAME)));
        server.stop().await;
    })
    .await;
}
