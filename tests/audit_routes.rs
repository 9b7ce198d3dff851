//! Every route that changes something writes down what it does: the table of routes is walked, and a new one has to say
//! here what it leaves.

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

use crate::api_document::fill;
use crate::harness::audit::{is_whole, left_by};
use crate::harness::caller::Caller;
use crate::harness::holdings::clients;
use crate::harness::outbox::{key_text, keys};
use crate::harness::person::{Answer, PASSWORD, Person, link};
use crate::harness::server::TestServer;
use crate::harness::store::both;
use crate::harness::wait::eventually;

/// What is sent.
#[derive(Debug, Clone, Copy)]
enum Body {
    /// By a person, from a page of ours.
    Form(&'static [(&'static str, &'static str)]),
    /// By a program; empty for no body.
    Json(&'static str),
}

use Body::{Form, Json};

/// A route, where it is asked (what stands in braces is the newest of its kind, there and in fields), with what, and what that is written
/// down as.
type Deed = (&'static str, &'static str, Body, &'static str);

/// What leaves no entry, and why.
const EXEMPT: [(&str, &str); 4] = [
    ("POST /theme", "a cookie of the browser"),
    ("POST /language", "a cookie of the browser"),
    ("POST /agent/v1/batches", "what agents send is the history itself"),
    ("POST /agent/v1/key", "a key that is offered is written down when it is used"),
];

/// Agents do this.
const ENROLMENT: &str = "POST /agent/v1/enrol";

const HOOK: &[(&str, &str)] =
    &[("name", "Chat"), ("url", "https://chat.example/in?token=s3cret"), ("event", "incident.opened")];
const DESK: &[(&str, &str)] = &[
    ("system", "jira-cloud"),
    ("name", "Jira"),
    ("f-url", "https://jira.example/"),
    ("f-user", "robot@example.com"),
    ("f-token", "s3cret-token"),
    ("f-project", "IT"),
    ("kind", "full"),
    ("language", "en"),
];
const RULE: &[(&str, &str)] = &[
    ("kind", "near"),
    ("group", "Paris"),
    ("on", "1"),
    ("open_at", "50"),
    ("looks", "3"),
    ("open_minutes", "5"),
    ("close_at", "40"),
    ("close_minutes", "0"),
];
const SILENCE: &[(&str, &str)] = &[
    ("host", "1"),
    ("from", "2026-03-02T10:00"),
    ("until", "2026-03-02T12:00"),
    ("zone", "UTC"),
    ("weekly", "1"),
    ("reason", "New disks"),
];

/// In this order: what is deleted cannot be changed.
const BY_PEOPLE: &[Deed] = &[
    ("POST /hosts/{id}/group", "/hosts/1/group", Form(&[("do", "put"), ("to", "Paris")]), "host.grouped"),
    ("POST /views", "/views", Form(&[("here", "/?q=x"), ("name", "One")]), "view.saved"),
    ("POST /views/{id}", "/views/{view}", Form(&[("do", "rename"), ("here", "/"), ("name", "Uno")]), "view.renamed"),
    ("POST /views/{id}", "/views/{view}", Form(&[("do", "delete"), ("here", "/"), ("name", "")]), "view.deleted"),
    ("POST /clients/{id}/names", "/clients/1/names", Form(&[("other", "2")]), "client.name_merged"),
    ("POST /clients/{id}/names/{alias}/separate", "/clients/1/names/2/separate", Form(&[]), "client.name_separated"),
    ("POST /incidents/{id}/acknowledge", "/incidents/1/acknowledge", Form(&[]), "incident.changed"),
    ("POST /incidents/{id}/assign", "/incidents/1/assign", Form(&[("to", "nobody")]), "incident.changed"),
    ("POST /incidents/{id}/comment", "/incidents/1/comment", Form(&[("text", "x")]), "incident.changed"),
    ("POST /incidents/{id}/tickets", "/incidents/1/tickets", Form(&[("name", "INC1")]), "incident.changed"),
    (
        "POST /incidents/{id}/tickets/unlink",
        "/incidents/1/tickets/unlink",
        Form(&[("name", "INC1")]),
        "incident.changed",
    ),
    ("POST /incidents/{id}/resolve", "/incidents/1/resolve", Form(&[("text", "done")]), "incident.changed"),
    ("POST /incidents/{id}/reopen", "/incidents/1/reopen", Form(&[("text", "")]), "incident.changed"),
    ("POST /api/v1/agents/{id}/rotate", "/api/v1/agents/{agent}/rotate", Json(""), "agent.key_asked"),
    ("POST /settings/agents/{id}/key", "/settings/agents/{agent}/key", Form(&[("do", "seen")]), "agent.decided"),
    (
        "POST /settings/agents/{id}/decide",
        "/settings/agents/{agent}/decide",
        Form(&[("to", "revoked"), ("from", "approved")]),
        "agent.decided",
    ),
    ("POST /settings/tokens", "/settings/tokens", Form(&[("label", "Paris")]), "token.created"),
    (
        "POST /settings/tokens/rules",
        "/settings/tokens/rules",
        Form(&[("name", "FS-*"), ("domain", ""), ("subnet", "10.0.0.0/8")]),
        "approval_rule.created",
    ),
    (
        "POST /settings/tokens/rules/{id}/delete",
        "/settings/tokens/rules/{approval}/delete",
        Form(&[]),
        "approval_rule.deleted",
    ),
    ("POST /settings/tokens/{id}/revoke", "/settings/tokens/1/revoke", Form(&[]), "token.revoked"),
    ("POST /settings/accounts", "/settings/accounts", Form(&[("name", "bob"), ("role", "viewer")]), "account.created"),
    (
        "POST /settings/accounts/{id}/role",
        "/settings/accounts/{bob}/role",
        Form(&[("to", "operator")]),
        "account.role_changed",
    ),
    (
        "POST /settings/accounts/{id}/groups",
        "/settings/accounts/{bob}/groups",
        Form(&[("groups", "Paris")]),
        "account.confined",
    ),
    ("POST /settings/accounts/{id}/link", "/settings/accounts/{bob}/link", Form(&[]), "link.made"),
    ("POST /settings/accounts/{id}/sign-out", "/settings/accounts/{bob}/sign-out", Form(&[]), "sessions.ended"),
    (
        "POST /settings/accounts/{id}/switch",
        "/settings/accounts/{bob}/switch",
        Form(&[("to", "off")]),
        "account.switched",
    ),
    ("POST /settings/accounts/{id}/delete", "/settings/accounts/{bob}/delete", Form(&[]), "account.deleted"),
    ("POST /settings/keys", "/settings/keys", Form(&[("label", "x"), ("expires_days", "9")]), "api_key.created"),
    ("POST /settings/keys/{id}/revoke", "/settings/keys/{key}/revoke", Form(&[]), "api_key.revoked"),
    (
        "POST /settings/classes",
        "/settings/classes",
        Form(&[("class", "vdi"), ("subject", "client"), ("pattern", "zz-*"), ("then", "add")]),
        "class_rule.created",
    ),
    ("POST /settings/classes/{id}/move", "/settings/classes/{class}/move", Form(&[("to", "up")]), "class_rule.moved"),
    ("POST /settings/classes/{id}/delete", "/settings/classes/{class}/delete", Form(&[]), "class_rule.deleted"),
    (
        "POST /settings/groups/rules",
        "/settings/groups/rules",
        Form(&[("kind", "name"), ("pattern", "FS*"), ("to", "Lyon")]),
        "group_rule.created",
    ),
    (
        "POST /settings/groups/rules",
        "/settings/groups/rules",
        Form(&[("kind", "name"), ("pattern", "PRINT*"), ("to", "Lyon")]),
        "group_rule.created",
    ),
    ("POST /settings/groups/rules/{id}", "/settings/groups/rules/{group}", Form(&[("do", "up")]), "group_rule.moved"),
    (
        "POST /settings/groups/rules/{id}",
        "/settings/groups/rules/{group}",
        Form(&[("do", "delete")]),
        "group_rule.deleted",
    ),
    (
        "POST /settings/groups/hosts",
        "/settings/groups/hosts",
        Form(&[("do", "put"), ("to", "Mine"), ("host", "1")]),
        "host.grouped",
    ),
    ("POST /settings/alerts", "/settings/alerts", Form(RULE), "alert_rule.changed"),
    ("POST /settings/alerts/{id}", "/settings/alerts/{alert}", Form(&[("do", "off")]), "alert_rule.changed"),
    ("POST /settings/alerts/{id}", "/settings/alerts/{alert}", Form(&[("do", "delete")]), "alert_rule.deleted"),
    ("POST /settings/silences", "/settings/silences", Form(SILENCE), "silence.created"),
    ("POST /settings/silences/{id}/end", "/settings/silences/{silence}/end", Form(&[]), "silence.ended"),
];

const ABOUT_DESTINATIONS: &[Deed] = &[
    ("POST /settings/webhooks", "/settings/webhooks", Form(HOOK), "webhook.created"),
    ("POST /settings/webhooks/{id}", "/settings/webhooks/{hook}", Form(HOOK), "webhook.changed"),
    ("POST /settings/webhooks/{id}/rotate", "/settings/webhooks/{hook}/rotate", Form(&[]), "webhook.secret_changed"),
    (
        "POST /settings/webhooks/{id}/switch",
        "/settings/webhooks/{hook}/switch",
        Form(&[("to", "on")]),
        "webhook.switched",
    ),
    ("POST /settings/webhooks/{id}/test", "/settings/webhooks/{hook}/test", Form(&[]), "webhook.tested"),
    (
        "POST /settings/webhooks/{id}/again",
        "/settings/webhooks/{hook}/again",
        Form(&[("since", "2026-03-02T10:00")]),
        "webhook.resent",
    ),
    (
        "POST /settings/webhooks/{id}/deliveries/{delivery}/again",
        "/settings/webhooks/{hook}/deliveries/{of hook}/again",
        Form(&[]),
        "webhook.resent",
    ),
    ("POST /settings/webhooks/{id}/delete", "/settings/webhooks/{hook}/delete", Form(&[]), "webhook.deleted"),
    ("POST /settings/tickets", "/settings/tickets", Form(DESK), "connector.created"),
    ("POST /settings/tickets/{id}", "/settings/tickets/{desk}", Form(DESK), "connector.changed"),
    (
        "POST /settings/tickets/{id}/switch",
        "/settings/tickets/{desk}/switch",
        Form(&[("to", "on")]),
        "connector.switched",
    ),
    ("POST /settings/tickets/{id}/test", "/settings/tickets/{desk}/test", Form(&[]), "connector.tested"),
    (
        "POST /settings/tickets/{id}/again",
        "/settings/tickets/{desk}/again",
        Form(&[("since", "2026-03-02T10:00")]),
        "connector.resent",
    ),
    (
        "POST /settings/tickets/{id}/deliveries/{delivery}/again",
        "/settings/tickets/{desk}/deliveries/{of desk}/again",
        Form(&[]),
        "connector.resent",
    ),
    ("POST /settings/tickets/{id}/delete", "/settings/tickets/{desk}/delete", Form(&[]), "connector.deleted"),
];

const BY_PROGRAMS: &[Deed] = &[
    ("POST /api/v1/incidents/{id}/acknowledge", "/api/v1/incidents/1/acknowledge", Json(""), "incident.changed"),
    ("POST /api/v1/incidents/{id}/assign", "/api/v1/incidents/1/assign", Json(r#"{"owner":null}"#), "incident.changed"),
    ("POST /api/v1/incidents/{id}/comment", "/api/v1/incidents/1/comment", Json(r#"{"text":"x"}"#), "incident.changed"),
    ("POST /api/v1/incidents/{id}/link", "/api/v1/incidents/1/link", Json(r#"{"name":"INC2"}"#), "incident.changed"),
    (
        "POST /api/v1/incidents/{id}/unlink",
        "/api/v1/incidents/1/unlink",
        Json(r#"{"name":"INC2"}"#),
        "incident.changed",
    ),
    ("POST /api/v1/incidents/{id}/resolve", "/api/v1/incidents/1/resolve", Json(r#"{"text":"."}"#), "incident.changed"),
    ("POST /api/v1/incidents/{id}/reopen", "/api/v1/incidents/1/reopen", Json(""), "incident.changed"),
    (
        "POST /api/v1/webhooks",
        "/api/v1/webhooks",
        Json(r#"{"name":"Tickets","url":"https://tickets.example/in","event_types":["incident.opened"]}"#),
        "webhook.created",
    ),
    ("PATCH /api/v1/webhooks/{id}", "/api/v1/webhooks/1", Json(r#"{"name":"Other"}"#), "webhook.changed"),
    ("PATCH /api/v1/webhooks/{id}", "/api/v1/webhooks/1", Json(r#"{"on":true}"#), "webhook.switched"),
    ("POST /api/v1/webhooks/{id}/rotate", "/api/v1/webhooks/1/rotate", Json(""), "webhook.secret_changed"),
    ("POST /api/v1/webhooks/{id}/test", "/api/v1/webhooks/1/test", Json(""), "webhook.tested"),
    (
        "POST /api/v1/webhooks/{id}/redeliver",
        "/api/v1/webhooks/1/redeliver",
        Json(r#"{"since":"2026-03-02T10:00:00Z"}"#),
        "webhook.resent",
    ),
    ("DELETE /api/v1/webhooks/{id}", "/api/v1/webhooks/1", Json(""), "webhook.deleted"),
];

/// The last ones of all.
const OF_VISITS: &[Deed] = &[
    ("POST /sign-out", "/sign-out", Form(&[]), "sign_out"),
    ("POST /sign-in", "/sign-in", Form(&[("name", "eve"), ("password", PASSWORD)]), "sign_in"),
    ("POST /account/sessions/{session}/end", "/account/sessions/{session}/end", Form(&[]), "sessions.ended"),
    ("POST /account/sessions/end-others", "/account/sessions/end-others", Form(&[]), "sessions.ended"),
    ("POST /account/factor", "/account/factor", Form(&[("password", PASSWORD)]), "second_factor.begun"),
    ("POST /account/factor/confirm", "/account/factor/confirm", Form(&[("code", "{code}")]), "second_factor.on"),
    (
        "POST /account/factor/off",
        "/account/factor/off",
        Form(&[("password", PASSWORD), ("code", "{next code}")]),
        "second_factor.off",
    ),
    ("POST /account/factor", "/account/factor", Form(&[("password", PASSWORD)]), "second_factor.begun"),
    ("POST /account/factor/confirm", "/account/factor/confirm", Form(&[("code", "{code}")]), "second_factor.on"),
    ("POST /sign-in/code", "/sign-in/code", Form(&[("step", "{step}"), ("code", "{next code}")]), "sign_in"),
    (
        "POST /account/password",
        "/account/password",
        Form(&[("old", PASSWORD), ("password", "yet another, longer"), ("again", "yet another, longer")]),
        "account.password_set",
    ),
    ("POST /screens", "/screens", Form(&[]), "screen.kept"),
    (
        "POST /welcome/{secret}",
        "{link}",
        Form(&[("password", "another one, longer"), ("again", "another one, longer")]),
        "account.password_set",
    ),
];

fn deeds() -> impl Iterator<Item = &'static Deed> {
    [BY_PEOPLE, ABOUT_DESTINATIONS, BY_PROGRAMS, OF_VISITS].into_iter().flatten()
}

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
