//! A second factor that the settings demand: who has none comes to his own account, sets it up there, and to nothing else before.

use highwater::clock::Clock;
use highwater::config::{Config, RoleWord};
use highwater::model::role::Role;
use highwater::store::accounts;
use highwater::web::policy::Policy;
use highwater::web::sight::Reach;
use highwater::web::{self, Declared};
use serde_json::json;

use crate::authorisation::address;
use crate::harness::caller::problem;
use crate::harness::french::reads_in_french;
use crate::harness::person::{Answer, NAME, PASSWORD, Person, texts};
use crate::harness::server::TestServer;
use crate::harness::store::both;
use crate::second_factor::set_up;

/// Where everybody is led who has none.
const FACTOR: &str = "/account#factor";

fn of_operators(config: &mut Config) {
    config.second_factor_from = Some(RoleWord::Operator);
}

/// Asks as a browser does, by forms where it is no reading.
async fn ask(person: &Person, route: &Declared) -> Answer {
    let path = address(route);
    if route.method == "GET" { person.get(&path).await } else { person.post(&path, &[("csrf", "x")]).await }
}

fn is_led_away(answer: &Answer) -> bool {
    (answer.status, answer.header("location")) == (303, FACTOR)
}

#[tokio::test]
async fn without_it_nothing_opens_but_what_is_ones_own_and_with_it_everything_does() {
    both(async |store| {
        let clock = Clock::manual(Clock::system().now_at());
        let server = TestServer::start_at(store, clock.clone(), of_operators).await;
        let person = Person::with_role(&server, NAME, Role::Administrator).await;
        let (mut own, mut shut) = (0, 0);
        for route in web::routes() {
            let is_api = matches!(route.policy, Policy::Api(_));
            if route.policy.role().is_none() && !(is_api && route.method == "GET") {
                continue;
            }
            // That would end the session.
            if route.path == "/sign-out" {
                assert_eq!(route.reach, Reach::Own);
                continue;
            }
            let answer = ask(&person, &route).await;
            let said = format!("{} {}: {} {}", route.method, route.path, answer.status, answer.header("location"));
            if is_api || route.path == "/live" {
                problem(&answer, 403, "factor");
                shut += 1;
            } else if route.reach == Reach::Own {
                assert!(!is_led_away(&answer), "{said}");
                own += 1;
            } else {
                assert!(is_led_away(&answer), "{said}");
                shut += 1;
            }
        }
        assert!(own >= 5 && shut > 100, "{own}, {shut}");
        let token = person.get("/account").await.attribute("input[name=csrf]", "value").unwrap();
        let deed = "/api/v1/incidents/7/acknowledge";
        problem(&person.post_json(deed, &[("x-csrf-token", &token)], &json!({})).await, 403, "factor");
        assert!(is_led_away(&person.get_with("/", ("x-parts", "1")).await), "nor what an open page asks by itself");

        let page = person.page("/account").await;
        let said = "This server lets your account see nothing else before its second factor is on. It takes an app on your phone and a minute.";
        assert_eq!(texts(&page, "#factor [role=alert]"), [said]);
        reads_in_french(&person, "/account", &[NAME.to_owned()]).await;
        person.cookies.borrow_mut().remove("lang");
        set_up(&person, &clock).await;
        assert_eq!(person.get("/").await.status, 200);
        assert_eq!(person.get("/api/v1/hosts").await.status, 200);
        assert!(texts(&person.page("/account").await, "#factor [role=alert]").is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn it_is_demanded_from_a_role_on_and_as_the_role_is_now() {
    both(async |store| {
        let server = TestServer::start_with(store, of_operators).await;
        let viewer = Person::with_role(&server, "vera", Role::Viewer).await;
        assert_eq!(viewer.get("/").await.status, 200);
        assert!(texts(&viewer.page("/account").await, "#factor [role=alert]").is_empty());
        let administrator = Person::with_role(&server, NAME, Role::Administrator).await;
        set_up(&administrator, &server.clock).await;
        let (vera, _) = accounts::find_local(store, "vera").await.unwrap().unwrap();
        let path = format!("/settings/accounts/{}", vera.id);
        let changed = administrator.submit(&path, &format!("{path}/role"), &[("to", "operator")]).await;
        assert_eq!(changed.status, 303, "{}", changed.text);
        assert!(is_led_away(&viewer.get("/").await), "at once");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_screen_of_who_has_none_shows_nothing_and_says_why() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let screen = Person::with_role(&server, NAME, Role::Operator).await;
        assert_eq!(screen.submit("/?wall=1", "/screens", &[]).await.status, 303);
        assert_eq!(screen.get("/?wall=1").await.status, 200);
        server.stop().await;
        let server = TestServer::start_with(store, of_operators).await;
        let cookies = screen.cookies.take();
        let screen = Person::stranger(&server);
        screen.cookies.replace(cookies);
        let refused = screen.get("/?wall=1").await;
        assert_eq!((refused.status, texts(&refused.html(), "h1")), (403, vec!["A second factor first".to_owned()]));
        assert!(refused.text.contains("set it up on the page of the own account"), "{}", refused.text);
        let plain = [("name", NAME), ("password", PASSWORD)];
        let entered = Person::stranger(&server).post("/sign-in", &plain).await;
        assert_eq!(entered.status, 303, "the password is right");
        server.stop().await;
    })
    .await;
}
