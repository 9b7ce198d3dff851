//! Every route that changes something writes down what it does: the table of routes is walked, and a new one has to say
//! among the deeds what it leaves.

mod deeds;

use std::collections::BTreeSet;

use highwater::config::Hidden;
use highwater::model::AccountId;
use highwater::model::account::{LinkPurpose, NewWebSession};
use highwater::model::api_key::Scope;
use highwater::model::delivery::{Endpoint, EndpointKind};
use highwater::model::sealing;
use highwater::model::view::SavedPage;
use highwater::secret;
use highwater::store::deliveries::{self, DeliveryFilter};
use highwater::store::{
    accounts, agents, alerts, api_keys, approvals, classes, connectors, groups, second_factors, views, webhooks,
};
use highwater::web::auth::totp::Seed;
use reqwest::Method;

use self::deeds::Body::{self, Form, Json};
use self::deeds::{ENROLMENT, EXEMPT, deeds};
use crate::api_document::fill;
use crate::harness::audit::{is_whole, left_by};
use crate::harness::caller::Caller;
use crate::harness::holdings::clients;
use crate::harness::outbox::{key_text, keys};
use crate::harness::person::{Answer, PASSWORD, Person, link};
use crate::harness::server::TestServer;
use crate::harness::store::both;
use crate::harness::wait::eventually;

/// Routes that do not only read, by the table of routes.
fn changing_routes() -> BTreeSet<String> {
    let changing = highwater::web::routes().into_iter().filter(|route| route.method != Method::GET);
    let found: BTreeSet<String> = changing.map(|route| format!("{} {}", route.method, route.path)).collect();
    assert!(found.len() > 70, "{found:?}");
    found
}

#[test]
fn of_every_route_that_changes_something_it_is_said_here_what_it_leaves() {
    let found = changing_routes();
    let said = deeds().map(|(route, ..)| *route).chain(EXEMPT.map(|(route, _)| route)).chain([ENROLMENT]);
    let said: BTreeSet<String> = said.map(str::to_owned).collect();
    let missing: Vec<_> = found.difference(&said).collect();
    assert!(missing.is_empty(), "what is written down of {missing:?}?");
    let gone: Vec<_> = said.difference(&found).collect();
    assert!(gone.is_empty(), "there is no route {gone:?}");
}

struct Scene {
    server: TestServer,
    account: AccountId,
    person: Person,
    program: Caller,
}

impl Scene {
    /// The newest of what a path names in braces, in its place.
    async fn filled(&self, path: &str) -> String {
        let Some((before, rest)) = path.split_once('{') else { return path.to_owned() };
        let (noun, after) = rest.split_once('}').unwrap();
        let found = self.newest(noun).await;
        // A delivery may come behind its destination.
        Box::pin(self.filled(&format!("{before}{found}{after}"))).await
    }

    async fn newest(&self, noun: &str) -> String {
        let (db, now_at) = (&self.server.db, self.server.clock.now_at());
        let id = match noun {
            "agent" => agents::list(db).await.unwrap()[0].id.0,
            "bob" => accounts::find_by_name(db, noun).await.unwrap().unwrap().0.id.0,
            "key" => api_keys::list(db).await.unwrap()[0].id.0,
            "view" => views::list(db, self.account, SavedPage::Fleet).await.unwrap()[0].id.0,
            "class" => classes::rules(db).await.unwrap().iter().map(|rule| rule.id.0).max().unwrap(),
            "group" => groups::rules(db).await.unwrap().last().unwrap().id.0,
            "approval" => approvals::list(db).await.unwrap()[0].id.0,
            "alert" => {
                let rules = alerts::rules(db).await.unwrap().0;
                rules.iter().find(|rule| rule.group_name == "Paris").unwrap().id.0
            }
            "silence" => alerts::silences(db, now_at).await.unwrap()[0].id.0,
            "hook" => webhooks::list(db).await.unwrap().last().unwrap().id.0,
            "desk" => connectors::list(db).await.unwrap().last().unwrap().id.0,
            "of hook" => self.delivery(EndpointKind::Webhook).await,
            "of desk" => self.delivery(EndpointKind::Ticket).await,
            "session" => return self.another_session().await,
            "code" => return self.code(0).await,
            "next code" => return self.code(1).await,
            "step" => return self.step().await,
            "link" => return link(db, LinkPurpose::Password, Some(self.account), now_at).await,
            other => panic!("nothing is called {other}"),
        };
        id.to_string()
    }

    /// Signs the account in elsewhere.
    async fn another_session(&self) -> String {
        let new = NewWebSession {
            sha256: [9; 32],
            account: self.account,
            csrf_token: "",
            is_screen: false,
            address: "10.0.0.9",
            browser: "",
        };
        let mut tx = self.server.db.begin().await.unwrap();
        accounts::insert_session(&mut tx, &new, self.server.clock.now_at()).await.unwrap();
        tx.commit().await.unwrap();
        "09".repeat(32)
    }

    /// A code of the account's second factor, so many steps from now.
    async fn code(&self, steps: i64) -> String {
        let factor = second_factors::find(&self.server.db, self.account).await.unwrap().unwrap();
        let seed = keys("B").open(&sealing::second_factor(self.account), &factor.sealed).unwrap();
        Seed::from_hex(&seed).unwrap().code_at(self.server.clock.now_at() + steps * 30_000)
    }

    /// As if the account's password had been right just now.
    async fn step(&self) -> String {
        let (step, until_at) = ("hwc_step", self.server.clock.now_at() + 60_000);
        let mut tx = self.server.db.begin().await.unwrap();
        second_factors::insert_step(&mut tx, &secret::sha256(step), self.account, until_at).await.unwrap();
        tx.commit().await.unwrap();
        step.to_owned()
    }

    /// The token of the person's session of now; empty if nobody is signed in.
    async fn csrf(&self) -> String {
        self.person.get("/account").await.attribute("input[name=csrf]", "value").unwrap_or_default()
    }

    /// The newest one to the newest destination of a kind.
    async fn delivery(&self, kind: EndpointKind) -> i64 {
        let db = &self.server.db;
        let id = match kind {
            EndpointKind::Webhook => webhooks::list(db).await.unwrap().last().unwrap().id.0,
            EndpointKind::Ticket => connectors::list(db).await.unwrap().last().unwrap().id.0,
        };
        let to_it = DeliveryFilter { endpoint: Some(Endpoint { kind, id }), most: 1, ..Default::default() };
        deliveries::list(db, &to_it).await.unwrap()[0].id.0
    }

    async fn ask(&self, method: &Method, path: &str, body: Body) -> Answer {
        eventually(path, async || {
            let answer = match body {
                Form(fields) => {
                    let mut filled = vec![("csrf", self.csrf().await)];
                    for (name, value) in fields {
                        filled.push((*name, self.filled(value).await));
                    }
                    let fields: Vec<(&str, &str)> =
                        filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    self.person.post(path, &fields).await
                }
                Json("") => self.program.send(method.clone(), path, &[], None).await,
                Json(text) => {
                    let headers = [("content-type", "application/json")];
                    self.program.send(method.clone(), path, &headers, Some(text.to_owned())).await
                }
            };
            // What is on its way at this moment is sent again a little later.
            if answer.status == 409 { Err(answer.text) } else { Ok(answer) }
        })
        .await
    }
}

#[tokio::test]
async fn every_deed_on_pages_and_in_the_api_leaves_an_entry_with_who_and_from_where() {
    both(async |store| {
        let key = Hidden(key_text("B"));
        let server = TestServer::start_with(store, |config| config.secrets_key = Some(key)).await;
        fill(store, &server).await;
        clients(store, &["PC-2"]).await;
        let person = Person::signed_in_as(&server, "eve").await;
        let account = accounts::find_by_name(&server.db, "eve").await.unwrap().unwrap().0.id;
        let program = Caller::with(&server, Scope::Admin).await;
        let scene = Scene { account, person, program, server };
        for (route, path, body, action) in deeds() {
            let (method, path) = (route.split_once(' ').unwrap().0.parse().unwrap(), scene.filled(path).await);
            let (answer, left) = left_by(&scene.server.db, scene.ask(&method, &path, *body)).await;
            assert!(answer.status < 400, "{route}: {} {}", answer.status, answer.text);
            let entry = left.iter().find(|entry| entry.action == *action);
            let entry = entry.unwrap_or_else(|| panic!("{route} leaves no {action}: {left:?}"));
            let who = match body {
                Form(_) => ("person", "eve".to_owned()),
                Json(_) => ("api_key", scene.program.signature()),
            };
            assert_eq!((entry.actor_kind.as_str(), entry.actor_name.clone()), who, "{route}");
            assert_eq!((entry.address.as_str(), entry.outcome.as_str()), ("127.0.0.1", "done"), "{route}");
        }
        let (_, left) = left_by(&scene.server.db, scene.server.key("FS09")).await;
        let told: Vec<_> = left.iter().map(|one| (one.action.as_str(), one.actor_kind.as_str())).collect();
        assert_eq!(told, [("agent.enrolled", "agent")]);
        is_whole(&scene.server.db).await;
        for secret in ["s3cret", PASSWORD, "another one, longer", "yet another, longer"] {
            let told = store.columns_with(secret).await;
            assert!(!told.iter().any(|column| column.starts_with("audit_entries")), "{secret} is in {told:?}");
        }
        scene.server.stop().await;
    })
    .await;
}
