//! Signing in at a certified provider of OpenID Connect (oidc-provider).

use std::net::SocketAddr;
use std::process::{Command, Output};

use highwater::clock::Clock;
use highwater::config::RoleWord;
use highwater::model::account::Account;
use highwater::store::{Db, accounts};
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::By;

use crate::browser::{lands, shows};
use crate::harness::audit::done;
use crate::harness::browser::{Browser, Look};
use crate::harness::impostor::Impostor;
use crate::harness::person::{Answer, NAME, PASSWORD, Person, account, attributes, texts};
use crate::harness::provider::{CLIENT_ID, CLIENT_SECRET, Provider};
use crate::harness::server::{TestServer, free_port, program};
use crate::harness::store::{Store, both};

/// What everybody hears whose account is disabled, wherever its password is kept.
pub(crate) const DISABLED: &str = "This account is disabled. Ask an administrator of this server.";

/// Goes to the provider: the address there.
pub(crate) async fn leaves(person: &Person, next: &str) -> String {
    let answer = person.get(&format!("/sign-in/oidc?next={next}")).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.header("location").to_owned()
}

/// Comes back by the address that the provider sends the browser to.
pub(crate) async fn returns(person: &Person, server: &TestServer, address: &str) -> Answer {
    person.get(address.strip_prefix(&server.url).unwrap_or_else(|| panic!("it leads elsewhere: {address}"))).await
}

pub(crate) fn alert(answer: &Answer) -> String {
    texts(&answer.html(), "[role=alert]").remove(0)
}

/// Names and roles of all accounts.
pub(crate) async fn roles(db: &Db) -> Vec<(String, String)> {
    let of_one = |account: Account| (account.name, account.role.word().to_owned());
    accounts::list(db).await.unwrap().into_iter().map(of_one).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, role)| ((*name).to_owned(), (*role).to_owned())).collect()
}

async fn server_at(store: &Store, provider: &mut Provider) -> TestServer {
    let settings = provider.settings();
    let server = TestServer::start_with(store, |config| config.oidc = Some(settings)).await;
    provider.knows(&server.url, |_| ());
    server
}

/// Somebody signs in there: what he is answered when he comes back.
pub(crate) async fn signs_in(person: &Person, server: &TestServer, provider: &Provider, name: &str) -> Answer {
    let away = leaves(person, "/").await;
    returns(person, server, &provider.sign_in(&away, name).await).await
}

async fn is_in(person: &Person) -> bool {
    person.get("/").await.status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_sign_in_at_the_provider_and_are_the_same_the_next_time() {
    both(async |store| {
        let mut provider = Provider::start();
        let server = server_at(store, &mut provider).await;
        let ann = Person::stranger(&server);
        let page = ann.page("/sign-in?next=/clients").await;
        assert_eq!(texts(&page, ".gate a.btn"), ["Sign in with Corp"]);
        assert_eq!(attributes(&page, ".gate a.btn", "href"), ["/sign-in/oidc?next=%2Fclients"]);

        let away = leaves(&ann, "/clients?by=blame").await;
        for part in ["code_challenge_method=S256", "response_type=code", "nonce=", "state=", "scope=openid+profile"] {
            assert!(away.contains(part), "{away}");
        }
        let back = provider.sign_in(&away, "ann").await;
        let arrived = returns(&ann, &server, &back).await;
        assert_eq!((arrived.status, arrived.header("location")), (303, "/clients?by=blame"), "{}", arrived.text);
        let cookies: Vec<_> = arrived.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
        assert!(cookies.iter().any(|c| c.starts_with("__Host-hw=hws_") && c.contains("HttpOnly")), "{cookies:?}");
        assert!(cookies.iter().any(|c| c.starts_with("__Host-hw-away=;")), "it is not needed any more: {cookies:?}");
        assert!(is_in(&ann).await);

        let bob = Person::stranger(&server);
        assert_eq!(signs_in(&bob, &server, &provider, "bob").await.status, 303);
        let again = Person::stranger(&server);
        store.execute("update accounts set name = 'before' where name = 'ann'").await;
        assert_eq!(signs_in(&again, &server, &provider, "ann").await.status, 303);
        let [renamed] = done(store, "account.renamed").await.try_into().unwrap();
        assert_eq!(
            (renamed.changes.before["name"].as_str(), renamed.changes.after["name"].as_str()),
            ("before", "ann")
        );
        assert_eq!(roles(&server.db).await, pairs(&[("ann", "administrator"), ("bob", "operator")]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_role_is_told_so_and_has_no_account() {
    both(async |store| {
        let mut provider = Provider::start();
        let server = server_at(store, &mut provider).await;
        let eve = Person::stranger(&server);
        let refused = signs_in(&eve, &server, &provider, "eve").await;
        assert_eq!(refused.status, 403);
        assert!(alert(&refused).starts_with("You are known, but none of your groups may come in here."));
        assert!(!is_in(&eve).await);
        assert!(roles(&server.db).await.is_empty());
        server.stop().await;

        let mut settings = provider.settings();
        settings.roles.everybody = Some(RoleWord::Viewer);
        let server = TestServer::start_with(store, |config| config.oidc = Some(settings)).await;
        provider.knows(&server.url, |_| ());
        let eve = Person::stranger(&server);
        assert_eq!(signs_in(&eve, &server, &provider, "eve").await.status, 303);
        assert_eq!(roles(&server.db).await, pairs(&[("eve", "viewer")]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_disabled_here_stays_out_whatever_the_provider_says() {
    both(async |store| {
        let mut provider = Provider::start();
        let server = server_at(store, &mut provider).await;
        let ann = Person::stranger(&server);
        assert_eq!(signs_in(&ann, &server, &provider, "ann").await.status, 303);
        // Nobody takes the last administrator away.
        account(&server.db, NAME).await;
        let id = accounts::find_by_name(store, "ann").await.unwrap().unwrap().0.id;
        store.write(async |tx| accounts::disable(tx, id, server.clock.now_at()).await).await;
        assert!(!is_in(&ann).await);
        let refused = signs_in(&ann, &server, &provider, "ann").await;
        assert_eq!((refused.status, alert(&refused).as_str()), (403, DISABLED));
        assert!(!refused.headers.get_all("set-cookie").iter().any(|c| c.to_str().unwrap().contains("hws_")));
        assert!(!is_in(&ann).await);
        store.write(async |tx| accounts::enable(tx, id).await).await;
        assert_eq!(signs_in(&ann, &server, &provider, "ann").await.status, 303);
        assert_eq!(roles(&server.db).await, pairs(&[(NAME, "administrator"), ("ann", "administrator")]));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_back_works_once_and_in_the_browser_that_began() {
    both(async |store| {
        let mut provider = Provider::start();
        let server = server_at(store, &mut provider).await;
        let (ann, other) = (Person::stranger(&server), Person::stranger(&server));
        // Two pages of one browser.
        let (one, two) = (leaves(&ann, "/").await, leaves(&ann, "/events").await);
        let (one, two) = (provider.sign_in(&one, "ann").await, provider.sign_in(&two, "ann").await);

        leaves(&other, "/").await;
        let foreign = returns(&other, &server, &one).await;
        assert_eq!(foreign.status, 403);
        assert!(alert(&foreign).starts_with("This sign-in was begun in another browser"), "{}", alert(&foreign));
        assert!(alert(&foreign).contains(&format!("{}/sign-in", server.url)));
        let burnt = returns(&ann, &server, &one).await;
        assert!(alert(&burnt).starts_with("This sign-in is over"), "whoever has it has seen it: {}", alert(&burnt));

        let arrived = returns(&ann, &server, &two).await;
        assert_eq!((arrived.status, arrived.header("location")), (303, "/events"));
        let replayed = returns(&ann, &server, &two).await;
        assert_eq!(replayed.status, 403);
        assert!(alert(&replayed).starts_with("This sign-in is over"));
        let made_up = returns(&ann, &server, &format!("{}/sign-in/oidc/return?code=x&state=y", server.url)).await;
        assert!(alert(&made_up).starts_with("This sign-in is over"));
        assert!(alert(&returns(&ann, &server, &format!("{}/sign-in/oidc/return", server.url)).await).contains("over"));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_of_another_sign_in_is_worth_nothing() {
    let store = Store::sqlite().await;
    let mut provider = Provider::start();
    let server = server_at(&store, &mut provider).await;
    let query = |address: &str, name: &str| {
        let url = reqwest::Url::parse(address).unwrap();
        url.query_pairs().find(|(given, _)| given == name).unwrap().1.into_owned()
    };
    let (mallory, ann) = (Person::stranger(&server), Person::stranger(&server));
    let of_mallory = provider.sign_in(&leaves(&mallory, "/").await, "bob").await;
    let away = leaves(&ann, "/").await;
    // Mallory's code, in the address that ann's browser would come back by.
    let crossed = of_mallory.replace(&query(&of_mallory, "state"), &query(&away, "state"));
    let refused = returns(&ann, &server, &crossed).await;
    assert_eq!(refused.status, 403);
    assert!(alert(&refused).starts_with("This sign-in is over"), "{}", alert(&refused));
    assert!(roles(&server.db).await.is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_algorithm_with_a_key_of_the_provider_is_taken_and_none_with_a_shared_secret() {
    let store = Store::sqlite().await;
    let mut provider = Provider::start();
    for alg in ["RS256", "PS256", "ES256", "EdDSA", "HS256"] {
        let server = server_at(&store, &mut provider).await;
        provider.knows(&server.url, |client| client["id_token_signed_response_alg"] = json!(alg));
        let answer = signs_in(&Person::stranger(&server), &server, &provider, "ann").await;
        if alg == "HS256" {
            assert_eq!(answer.status, 403, "{alg}");
            assert!(alert(&answer).contains("it is signed in a way that is not trusted"), "{}", alert(&answer));
        } else {
            assert_eq!(answer.status, 303, "{alg}: {}", answer.text);
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_out_here_is_led_on_to_sign_out_there() {
    both(async |store| {
        let mut provider = Provider::start();
        let server = server_at(store, &mut provider).await;
        let ann = Person::stranger(&server);
        assert_eq!(signs_in(&ann, &server, &provider, "ann").await.status, 303);
        let out = ann.submit("/settings/tokens", "/sign-out", &[]).await;
        assert_eq!((out.status, out.header("clear-site-data")), (200, "\"cache\""), "{}", out.text);
        let address = out.header("refresh").strip_prefix("0; url=").unwrap().to_owned();
        assert!(address.starts_with(&format!("{}/session/end?", provider.issuer)), "{address}");
        assert!(address.contains("id_token_hint=ey"), "{address}");
        assert_eq!(attributes(&out.html(), ".gate a.btn", "href"), [address.as_str()], "for who has to click");
        assert!(!is_in(&ann).await, "whatever the provider does");
        assert_eq!(provider.sign_out(&address).await, format!("{}/sign-in", server.url));

        // Who has a local account is not led anywhere.
        account(&server.db, NAME).await;
        let local = Person::stranger(&server);
        assert_eq!(local.post("/sign-in", &[("name", NAME), ("password", PASSWORD)]).await.status, 303);
        let out = local.submit("/settings/tokens", "/sign-out", &[]).await;
        assert_eq!((out.status, out.header("location")), (303, "/sign-in"));
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_away_or_says_no_is_told_and_local_accounts_work() {
    let store = Store::sqlite().await;
    let mut provider = Provider::start();
    let server = server_at(&store, &mut provider).await;
    account(&server.db, NAME).await;
    let ann = Person::stranger(&server);
    let away = reqwest::Url::parse(&leaves(&ann, "/").await).unwrap();
    let state = away.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let denied = format!("{}/sign-in/oidc/return?error=access_denied&state={state}", server.url);
    let refused = returns(&ann, &server, &denied).await;
    assert_eq!((refused.status, alert(&refused).as_str()), (403, "Corp did not let you in. Try again, or ask there."));
    server.stop().await;

    let settings = provider.settings();
    provider.go_away();
    let server = TestServer::start_with(&store, |config| config.oidc = Some(settings)).await;
    let person = Person::stranger(&server);
    let refused = person.get("/sign-in/oidc?next=/events").await;
    assert_eq!(refused.status, 503);
    assert!(alert(&refused).starts_with("The company’s directory does not answer."), "{}", alert(&refused));
    assert_eq!(refused.attribute("input[name=next]", "value").as_deref(), Some("/events"));
    assert_eq!(person.post("/sign-in", &[("name", NAME), ("password", PASSWORD)]).await.status, 303);
    server.stop().await;
}

#[tokio::test]
async fn without_a_provider_in_the_settings_there_is_no_way_to_one() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::stranger(&server);
    assert_eq!(texts(&person.page("/sign-in").await, ".gate a.btn"), Vec::<String>::new());
    for path in ["/sign-in/oidc", "/sign-in/oidc/return?code=x&state=y"] {
        assert_eq!(person.get(path).await.status, 404, "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_browser_people_come_and_go_by_ways_that_the_policy_of_our_pages_allows() {
    let store = Store::sqlite().await;
    // Another origin, which asks nobody who he is.
    let provider = Impostor::start(Clock::system()).await;
    let plain = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let url = format!("http://{plain}");
    let (settings, public_url) = (provider.settings(), url.clone());
    let server = TestServer::start_with(&store, |config| {
        config.oidc = Some(settings);
        config.plain_listen = Some(plain);
        config.public_url = Some(public_url);
    })
    .await;
    let browser = Browser::start(Look::DESK.without_javascript()).await;
    let driver = &browser.driver;
    let click = async |selector: &str| driver.find(By::Css(selector)).await.unwrap().click().await.unwrap();
    driver.goto(format!("{url}/events")).await.unwrap();
    lands(driver, "/sign-in?next=").await;
    click(".gate a.btn").await;
    lands(driver, &format!("{url}/events")).await;
    shows(driver, ".who", "ann").await;
    click("form[action='/sign-out'] button").await;
    lands(driver, &format!("{}/end?", provider.issuer)).await;
    shows(driver, "h1", "bye").await;
    driver.goto(format!("{url}/events")).await.unwrap();
    lands(driver, "/sign-in?next=").await;
    let mut said = browser.console().await;
    // The browser tells that it threw its copies of pages away, as it was asked to.
    said.retain(|line| !line.contains("Clear-Site-Data"));
    assert_eq!(said, Vec::<String>::new());
    browser.stop().await;
    server.stop().await;
}

/// Runs `highwater doctor` with these variables.
pub(crate) fn doctor(variables: &[(&str, String)]) -> Output {
    let dir = TempDir::new().unwrap();
    Command::new(program("highwater"))
        .arg("doctor")
        .current_dir(dir.path())
        .env("HIGHWATER_DATA_DIR", dir.path())
        .env("HIGHWATER_PUBLIC_URL", "https://localhost")
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap()
}

#[tokio::test]
async fn doctor_looks_at_the_provider_and_its_keys() {
    let mut provider = Provider::start();
    provider.knows("https://localhost", |_| ());
    let settings = provider.settings();
    let ca_file = settings.ca_file.unwrap().display().to_string();
    let variables = |issuer: &str| {
        let (issuer, ca_file) = (issuer.to_owned(), ca_file.clone());
        [
            ("HIGHWATER_OIDC_ISSUER", issuer),
            ("HIGHWATER_OIDC_CLIENT_ID", CLIENT_ID.to_owned()),
            ("HIGHWATER_OIDC_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("HIGHWATER_OIDC_ADMINISTRATORS", "admins".to_owned()),
            ("HIGHWATER_OIDC_CA_FILE", ca_file),
        ]
    };
    let good = doctor(&variables(&provider.issuer));
    let said = String::from_utf8(good.stdout).unwrap();
    assert!(good.status.success(), "{said}");
    assert!(said.contains("PASS provider: ") && said.contains("https://localhost/sign-in/oidc/return"), "{said}");
    assert!(said.contains("PASS provider's keys: 3 to check its tokens with"), "{said}");
    let elsewhere = format!("{}/realms/a", provider.issuer);
    let bad = doctor(&variables(&elsewhere));
    let said = String::from_utf8(bad.stdout).unwrap();
    assert!(!bad.status.success() && said.contains("FAIL provider: "), "{said}");
    assert!(!said.contains(CLIENT_SECRET));
}
