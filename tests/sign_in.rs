//! Who gets in, and how they get out: accounts, one-time links, sessions and forms, over real HTTPS.

use std::net::SocketAddr;

use highwater::clock::Clock;
use highwater::config::{Config, Sessions};
use highwater::model::account::{LinkPurpose, NewWebSession, SessionLimits};
use highwater::model::role::Role;
use highwater::model::time::HOUR_MS;
use highwater::secret;
use highwater::store::accounts;
use thirtyfour::By;

use crate::browser::{lands, number, server_for_browsers};
use crate::harness::browser::{Browser, Look};
use crate::harness::person::{Answer, NAME, PASSWORD, Person, account, link, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};
use crate::harness::wait::{eventually, same};

const CHOSEN: [(&str, &str); 3] = [("name", NAME), ("password", PASSWORD), ("again", PASSWORD)];

async fn first_link(server: &TestServer) -> String {
    link(&server.db, LinkPurpose::FirstAccount, None, server.clock.now_at()).await
}

async fn sign_in(person: &Person, password: &str) -> Answer {
    person.post("/sign-in", &[("name", NAME), ("password", password), ("next", "/clients?by=blame")]).await
}

async fn is_in(person: &Person) -> bool {
    person.get("/settings/tokens").await.status == 200
}

#[tokio::test]
async fn the_first_link_makes_an_account_once_and_signs_in() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (link, person) = (first_link(&server).await, Person::stranger(&server));
        for _ in 0..2 {
            let form = person.get(&link).await;
            assert_eq!(form.status, 200, "only looking uses nothing up");
            assert_eq!(texts(&form.html(), "h1"), ["Welcome. Make the first account."]);
        }
        let short = person.post(&link, &[("name", NAME), ("password", "elevenchars"), ("again", "elevenchars")]).await;
        assert_eq!(short.status, 422);
        assert!(texts(&short.html(), "[role=alert]")[0].contains("fewer than 12 characters"));
        let made = person.post(&link, &CHOSEN).await;
        assert_eq!((made.status, made.header("location")), (303, "/"));
        let cookie = made.header("set-cookie");
        assert!(cookie.starts_with("__Host-hw=hws_"), "{cookie}");
        for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(is_in(&person).await);
        let again = person.post(&link, &CHOSEN).await;
        assert_eq!(again.status, 410);
        assert!(again.text.contains("highwater account link"));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn of_many_first_links_used_at_once_one_makes_the_account() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let mut tries = tokio::task::JoinSet::new();
        for n in 0..6 {
            let (link, http, url) = (first_link(&server).await, server.http.clone(), server.url.clone());
            let name = format!("admin {n}");
            tries.spawn(async move {
                let fields = [("name", name.as_str()), ("password", PASSWORD), ("again", PASSWORD)];
                http.post(format!("{url}{link}")).form(&fields).send().await.unwrap().status().as_u16()
            });
        }
        let mut answers = tries.join_all().await;
        answers.sort_unstable();
        assert_eq!(answers, [303, 410, 410, 410, 410, 410]);
        assert_eq!(accounts::count(&server.db).await.unwrap(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_stranger_signs_in_and_comes_back_to_the_page_he_asked_for() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    account(&server.db, NAME).await;
    let person = Person::stranger(&server);
    let away = person.get("/clients?by=blame").await;
    assert_eq!((away.status, away.header("location")), (303, "/sign-in?next=/clients%3Fby%3Dblame"));
    let form = person.get(away.header("location")).await;
    assert_eq!(form.attribute("input[name=next]", "value").as_deref(), Some("/clients?by=blame"));
    let wrong = sign_in(&person, "correct horse battery stable").await;
    let unknown = person.post("/sign-in", &[("name", "nobody"), ("password", PASSWORD)]).await;
    assert_eq!((wrong.status, unknown.status), (401, 401));
    assert_eq!(texts(&wrong.html(), "[role=alert]"), texts(&unknown.html(), "[role=alert]"));
    let right = sign_in(&person, PASSWORD).await;
    assert_eq!((right.status, right.header("location")), (303, "/clients?by=blame"));
    assert!(is_in(&person).await);
    let elsewhere =
        person.post("/sign-in", &[("name", NAME), ("password", PASSWORD), ("next", "//evil.example")]).await;
    assert_eq!(elsewhere.header("location"), "/");
}

#[tokio::test]
async fn what_forms_refuse_is_said_in_the_reader_s_language() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let link = first_link(&server).await;
    let french = |person: Person| {
        person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
        person
    };
    let alert = |answer: Answer| texts(&answer.html(), "[role=alert]").remove(0);
    let stranger = french(Person::stranger(&server));
    let short = stranger.post(&link, &[("name", NAME), ("password", "short"), ("again", "short")]).await;
    assert_eq!(texts(&short.html(), "h1"), ["Bienvenue. Créez le premier compte."]);
    assert!(alert(short).starts_with("Le mot de passe a moins de 12 caractères."));
    let common = stranger.post(&link, &[("name", NAME), ("password", "A.Martin2026"), ("again", "A.Martin2026")]).await;
    assert!(alert(common).starts_with("Ce mot de passe fait partie des premiers que l’on devine"));
    assert_eq!(alert(sign_in(&stranger, PASSWORD).await), "Il n’y a pas de compte avec ce nom et ce mot de passe.");
    let person = french(Person::signed_in(&server).await);
    let token = person.submit("/settings/tokens", "/settings/tokens", &[("uses", "0")]).await;
    assert_eq!(alert(token), "« Utilisations » contient « 0 » ; saisissez un nombre de 1 à 1 000 000, ou rien.");
    let revoked = person.submit("/settings/tokens", "/settings/tokens/7/revoke", &[]).await;
    assert_eq!(revoked.status, 409);
    assert!(revoked.text.contains("Ce jeton a déjà été révoqué, ou il n’existe pas."), "{}", revoked.text);
    server.stop().await;
}

#[tokio::test]
async fn a_program_that_is_not_signed_in_gets_a_problem() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    for path in ["/api/v1/hosts", "/api/v1/hosts/1/sessions", "/api/v1/clients", "/api/v1/events"] {
        let answer = Person::stranger(&server).get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (401, "application/problem+json"), "{path}");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_and_says_how_long_to_wait() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    account(&server.db, NAME).await;
    let person = Person::stranger(&server);
    for _ in 0..6 {
        assert_eq!(sign_in(&person, "a wrong password").await.status, 401);
    }
    let unseen = [("name", "a.\u{ad}mar\u{200b}tin"), ("password", PASSWORD)];
    assert_eq!(person.post("/sign-in", &unseen).await.status, 429, "a directory would take it for the same name");
    let slowed = sign_in(&person, PASSWORD).await;
    assert_eq!(slowed.status, 429);
    assert!((1..=2).contains(&slowed.header("retry-after").parse().unwrap()));
    assert!(texts(&slowed.html(), "[role=alert]")[0].starts_with("Too many tries from here."));
}

#[tokio::test]
async fn each_sign_in_has_a_session_of_its_own_and_signing_out_ends_it_on_the_server() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let old = person.cookies.borrow().clone();
        assert_eq!(sign_in(&person, PASSWORD).await.status, 303);
        assert_ne!(*person.cookies.borrow(), old);
        let earlier = Person::stranger(&server);
        earlier.cookies.replace(old);
        assert!(!is_in(&earlier).await, "the session before is over");
        let kept = person.cookies.borrow().clone();
        let out = person.submit("/settings/tokens", "/sign-out", &[]).await;
        assert_eq!((out.status, out.header("location")), (303, "/sign-in"));
        person.cookies.replace(kept);
        assert!(!is_in(&person).await, "whoever kept the cookie is out as well");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_was_idle_for_long_or_is_old() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let id = account(&server.db, NAME).await;
        let now_at = server.clock.now_at();
        let SessionLimits { idle_ms, absolute_ms } = SessionLimits::default();
        for (made_at, used_at, lives) in [
            (now_at - idle_ms + 60_000, now_at - idle_ms + 60_000, true),
            (now_at - idle_ms, now_at - idle_ms, false),
            (now_at - absolute_ms + 60_000, now_at - 1_000, true),
            (now_at - absolute_ms, now_at - 1_000, false),
        ] {
            let token = secret::fresh(secret::SESSION_PREFIX).unwrap();
            let sha256 = secret::sha256(&token);
            let new = NewWebSession {
                sha256,
                account: id,
                csrf_token: "csrf",
                is_screen: false,
                address: "10.0.0.1",
                browser: "",
            };
            store.write(async |tx| accounts::insert_session(tx, &new, made_at).await).await;
            store.write(async |tx| accounts::touch_session(tx, &sha256, used_at).await).await;
            let person = Person::stranger(&server);
            person.cookies.borrow_mut().insert("__Host-hw".to_owned(), token);
            assert_eq!(is_in(&person).await, lives, "made {made_at}, used {used_at}, now {now_at}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_settings_say_how_long_a_browser_stays_signed_in() {
    both(async |store| {
        let clock = Clock::manual(Clock::system().now_at());
        let short = |config: &mut Config| config.sessions = Sessions { idle_hours: 1, absolute_days: 1 };
        let server = TestServer::start_at(store, clock.clone(), short).await;
        let person = Person::signed_in(&server).await;
        let (start_at, minute_ms) = (clock.now_at(), 60_000);
        for minutes in (50..24 * 60).step_by(50) {
            clock.set(start_at + minutes * minute_ms);
            assert!(is_in(&person).await, "after {minutes} min");
        }
        clock.set(start_at + 24 * HOUR_MS);
        assert!(!is_in(&person).await, "it is a day old");
        assert_eq!(sign_in(&person, PASSWORD).await.status, 303);
        clock.set(start_at + 25 * HOUR_MS);
        assert!(!is_in(&person).await, "nobody used it for an hour");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_open_asks_by_itself_for_hours_and_keeps_no_session_alive() {
    both(async |store| {
        let clock = Clock::manual(Clock::system().now_at());
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let person = Person::signed_in(&server).await;
        let start_at = clock.now_at();
        let open_page = async || {
            let parts = person.get_with("/", ("x-parts", "1")).await.status;
            person.cookies.borrow_mut().insert("itself".to_owned(), "1".to_owned());
            let again = person.get("/").await.status;
            let cookie =
                person.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}; ")).collect::<String>();
            person.cookies.borrow_mut().remove("itself");
            // Streams go on: only their beginning is looked at.
            let stream = server.http.get(format!("{}/live?topic=fleet", server.url)).header("cookie", cookie);
            (parts, again, stream.send().await.unwrap().status().as_u16())
        };
        for hour in 1..12 {
            clock.set(start_at + hour * HOUR_MS);
            assert_eq!(open_page().await, (200, 200, 200), "after {hour} h");
        }
        assert!(is_in(&person).await);
        let used_at = clock.now_at();
        let SessionLimits { idle_ms, .. } = SessionLimits::default();
        clock.set(start_at + idle_ms);
        assert!(open_page().await == (200, 200, 200), "a person's request prolongs it");
        clock.set(used_at + idle_ms);
        assert_eq!(open_page().await, (303, 303, 401));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_password_signs_everybody_else_out() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let before = Person::signed_in(&server).await;
        let id = accounts::find_by_name(&server.db, NAME).await.unwrap().unwrap().0.id;
        let link = link(&server.db, LinkPurpose::Password, Some(id), server.clock.now_at()).await;
        let person = Person::stranger(&server);
        assert_eq!(texts(&person.get(&link).await.html(), "h1"), ["Set a new password for a.martin"]);
        let fields = [("password", "another one, longer"), ("again", "another one, longer")];
        assert_eq!(person.post(&link, &fields).await.status, 303);
        assert!(is_in(&person).await);
        assert!(!is_in(&before).await);
        assert_eq!(sign_in(&Person::stranger(&server), PASSWORD).await.status, 401);
        assert_eq!(sign_in(&Person::stranger(&server), "another one, longer").await.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_hash_of_other_costs_than_todays_is_made_anew_by_the_right_password_alone() {
    // Of PASSWORD, by 8 KiB and one round.
    const CHEAP: &str = "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBvZiBzYWx0IQ$QcqzV+yI7pYD4NnquiMDNKt3g7YfSIG2wZGJL4SJX3E";
    both(async |store| {
        let server = TestServer::start(store).await;
        let id = store.write(async |tx| accounts::insert(tx, NAME, CHEAP, Role::Administrator, 0).await).await;
        let hash = async || accounts::password_hash(store, id).await.unwrap();
        assert_eq!(sign_in(&Person::stranger(&server), "a wrong password").await.status, 401);
        assert_eq!(hash().await, CHEAP);
        let person = Person::stranger(&server);
        assert_eq!(sign_in(&person, PASSWORD).await.status, 303);
        let anew = hash().await;
        assert!(anew.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{anew}");
        assert_eq!(sign_in(&Person::stranger(&server), "a wrong password").await.status, 401);
        assert_eq!(sign_in(&Person::stranger(&server), PASSWORD).await.status, 303);
        assert_eq!(hash().await, anew, "once is enough");
        assert!(is_in(&person).await);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_link_that_signs_in_works_once() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let id = account(&server.db, NAME).await;
        let link = link(&server.db, LinkPurpose::SignIn, Some(id), server.clock.now_at()).await;
        assert_eq!(Person::stranger(&server).get(&link).await.status, 303);
        let again = Person::stranger(&server).get(&link).await;
        assert_eq!((again.status, again.header("set-cookie")), (410, ""));
        assert_eq!(Person::stranger(&server).get("/welcome/hwl_never_was").await.status, 410);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn no_form_without_the_sessions_own_token_or_from_another_site_changes_anything() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    let token = person.get("/settings/tokens").await.attribute("input[name=csrf]", "value").unwrap();
    for fields in [vec![], vec![("csrf", "")], vec![("csrf", "guessed")]] {
        assert_eq!(person.post("/settings/tokens", &fields).await.status, 403);
        assert_eq!(person.post("/sign-out", &fields).await.status, 403);
    }
    assert_eq!(person.post_from_elsewhere("/settings/tokens", &[("csrf", &token)]).await.status, 403);
    assert_eq!(person.post_from_elsewhere("/sign-in", &[("name", NAME), ("password", PASSWORD)]).await.status, 403);
    assert_eq!(highwater::store::tokens::list(&server.db).await.unwrap(), []);
    assert!(is_in(&person).await);
}

#[tokio::test]
async fn the_plain_listener_has_a_cookie_of_its_own_that_tls_does_not_take() {
    let store = Store::sqlite().await;
    let plain = |config: &mut highwater::config::Config| {
        config.plain_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    };
    let server = TestServer::start_with(&store, plain).await;
    account(&server.db, NAME).await;
    let browser = Person::stranger(&server).through(format!("http://{}", server.plain_addr.unwrap()));
    let answer = sign_in(&browser, PASSWORD).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("hw_plain=") && !cookie.contains("Secure"), "{cookie}");
    assert!(is_in(&browser).await);
    assert!(!is_in(&browser.through(server.url.clone())).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_back_button_shows_what_was_typed_and_nothing_of_a_session_that_has_ended() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let browser = Browser::start(Look::DESK).await;
    let driver = &browser.driver;
    crate::browser::sign_in(&browser, &server, &url).await;
    let go = async |path: &str| driver.goto(format!("{url}{path}")).await.unwrap();
    go("/settings/groups").await;
    driver.find(By::Css("#new [name=pattern]")).await.unwrap().send_keys("FS-PAR-*").await.unwrap();
    go("/events").await;
    driver.back().await.unwrap();
    lands(driver, "/settings/groups").await;
    eventually("what was typed is there", async || {
        let seen = "const field = document.querySelector('#new [name=pattern]'); \
                    return field.checkVisibility({ visibilityProperty: true }) && field.value === 'FS-PAR-*' ? 1 : 0";
        same(&number(driver, seen).await, &1)
    })
    .await;
    go("/events").await;
    let account = accounts::list(&server.db).await.unwrap()[0].id;
    store.write(async |tx| accounts::delete_sessions_of(tx, account).await).await;
    driver.back().await.unwrap();
    lands(driver, "/sign-in?next=").await;
    browser.stop().await;
    server.stop().await;
}
