//! The second factor: set up, asked for at every door, never taken twice, lost and switched off.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use highwater::clock::Clock;
use highwater::model::account::LinkPurpose;
use highwater::store::accounts;
use highwater::web::auth::totp::Seed;
use tempfile::TempDir;

use crate::harness::person::{Answer, NAME, PASSWORD, Person, link, texts};
use crate::harness::server::{ServerProcess, TestServer, program};
use crate::harness::store::both;

const STEP_MS: i64 = 30_000;

/// A clock that stands at the beginning of a step.
fn clock() -> Clock {
    Clock::manual(Clock::system().now_at().div_euclid(STEP_MS) * STEP_MS)
}

/// What the page of the set-up shows, as an app takes it.
fn seed_of(page: &Answer) -> Seed {
    const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let typed = texts(&page.html(), "#secret").remove(0);
    let bits: String = typed.chars().filter_map(|c| BASE32.find(c)).map(|five| format!("{five:05b}")).collect();
    let hex = |four: &str| format!("{:x}", u8::from_str_radix(four, 2).unwrap());
    let hex: String = (0..bits.len() / 4).map(|at| hex(&bits[4 * at..4 * at + 4])).collect();
    Seed::from_hex(&hex).unwrap_or_else(|| panic!("{typed} is no secret"))
}

/// Sets it up and confirms it by the code of now; gives the recovery codes.
pub(crate) async fn set_up(person: &Person, clock: &Clock) -> (Seed, Vec<String>) {
    let page = person.submit("/account", "/account/factor", &[("password", PASSWORD)]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let seed = seed_of(&page);
    let code = seed.code_at(clock.now_at());
    let done = person.submit("/account", "/account/factor/confirm", &[("code", &code)]).await;
    assert_eq!((done.status, done.header("cache-control")), (200, "no-store"), "{}", done.text);
    let codes = texts(&done.html(), "#codes").remove(0);
    (seed, codes.split(' ').map(str::to_owned).collect())
}

/// The right password: the answer asks for a code.
pub(crate) async fn first_step(person: &Person) -> Answer {
    let fields = [("name", NAME), ("password", PASSWORD), ("next", "/clients?by=blame")];
    let asked = person.post("/sign-in", &fields).await;
    assert_eq!((asked.status, asked.header("set-cookie")), (200, ""), "a password alone is no session");
    asked
}

pub(crate) async fn second_step(person: &Person, asked: &Answer, code: &str) -> Answer {
    let field = |name: &str| asked.attribute(&format!("input[name={name}]"), "value").unwrap();
    let (step, next) = (field("step"), field("next"));
    person.post("/sign-in/code", &[("step", &step), ("next", &next), ("code", code)]).await
}

/// Both steps, from a browser that is not signed in.
async fn sign_in(server: &TestServer, code: &str) -> Answer {
    let person = Person::stranger(server);
    let asked = first_step(&person).await;
    second_step(&person, &asked, code).await
}

#[tokio::test]
async fn it_is_off_until_a_code_has_shown_that_the_secret_arrived() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let person = Person::signed_in(&server).await;
        let wrong = person.submit("/account", "/account/factor", &[("password", "a wrong password")]).await;
        assert_eq!(texts(&wrong.html(), "[role=alert]"), ["The current password is not right."]);
        let page = person.submit("/account", "/account/factor", &[("password", PASSWORD)]).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        assert!(page.attribute("svg.qr path", "d").unwrap().starts_with("M0 0h1v1h-1z"));
        let uri = texts(&page.html(), "#uri").remove(0);
        assert!(uri.starts_with("otpauth://totp/Highwater:a%2Emartin?secret="), "{uri}");
        let plain = [("name", NAME), ("password", PASSWORD)];
        assert_eq!(Person::stranger(&server).post("/sign-in", &plain).await.status, 303, "nothing has changed yet");
        let confirm = async |code: &str| person.submit("/account", "/account/factor/confirm", &[("code", code)]).await;
        let refused = confirm("12345").await;
        assert!(refused.status == 422 && seed_of(&refused) == seed_of(&page), "the same secret is shown again");
        let before = person.cookies.borrow().clone();
        let code = seed_of(&page).code_at(clock.now_at());
        let done = confirm(&code).await;
        assert_eq!((done.status, texts(&done.html(), "#codes")[0].split(' ').count()), (200, 10), "{}", done.text);
        assert_eq!(person.get("/account").await.status, 200);
        let earlier = Person::stranger(&server);
        earlier.cookies.replace(before);
        assert_eq!(earlier.get("/account").await.status, 303, "the session is another one");
        assert_eq!(confirm(&code).await.status, 409);
        assert_eq!(person.submit("/account", "/account/factor", &[("password", PASSWORD)]).await.status, 409);
        assert!(texts(&person.page("/account").await, "#factor")[0].contains("10 recovery codes are left."));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_right_code_opens_once_and_only_around_its_own_time() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let (seed, _) = set_up(&Person::signed_in(&server).await, &clock).await;
        let start_at = clock.now_at();
        let code = |at: i64| seed.code_at(at);
        assert_eq!(sign_in(&server, &code(start_at)).await.status, 401, "it confirmed the factor");
        for far in [start_at + 2 * STEP_MS, start_at - 2 * STEP_MS, start_at - STEP_MS] {
            assert_eq!(sign_in(&server, &code(far)).await.status, 401, "too far, or before one that was taken");
        }
        let next = code(start_at + STEP_MS);
        let entered = sign_in(&server, &next).await;
        assert_eq!((entered.status, entered.header("location")), (303, "/clients?by=blame"), "{}", entered.text);
        assert!(entered.header("set-cookie").starts_with("__Host-hw=hws_"));
        clock.set(start_at + STEP_MS);
        let again = sign_in(&server, &next).await;
        assert_eq!(again.status, 401, "it was taken");
        assert_eq!(texts(&again.html(), "[role=alert]"), ["This code is not right, or it was used already."]);
        clock.set(start_at + 3 * STEP_MS);
        assert_eq!(sign_in(&server, &code(start_at + 2 * STEP_MS)).await.status, 303, "the step before counts");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn guessing_codes_ends_after_some_and_is_slowed_down() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let (seed, _) = set_up(&Person::signed_in(&server).await, &clock).await;
        clock.set(clock.now_at() + 10 * STEP_MS);
        let person = Person::stranger(&server);
        let asked = first_step(&person).await;
        for _ in 0..5 {
            assert_eq!(second_step(&person, &asked, "12345").await.status, 401);
        }
        let right = seed.code_at(clock.now_at());
        let over = second_step(&person, &asked, &right).await;
        assert_eq!(over.status, 401, "the password is to be typed again");
        assert!(texts(&over.html(), "[role=alert]")[0].starts_with("That took too long, or too many codes"));
        assert_eq!(sign_in(&server, "12345").await.status, 401);
        let slowed = sign_in(&server, &right).await;
        assert_eq!((slowed.status, slowed.header("retry-after")), (429, "2"));
        clock.set(clock.now_at() + 2_000);
        assert_eq!(sign_in(&server, &seed.code_at(clock.now_at())).await.status, 303);

        let late = first_step(&person).await;
        clock.set(clock.now_at() + 5 * 60_000);
        assert_eq!(second_step(&person, &late, &seed.code_at(clock.now_at())).await.status, 401);
        assert_eq!(person.post("/sign-in/code", &[("step", "hwc_none"), ("code", "1")]).await.status, 401);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn codes_are_not_guessed_from_many_addresses_and_recovery_codes_open_meanwhile() {
    both(async |store| {
        let clock = clock();
        let plain = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = TestServer::start_at(store, clock.clone(), |config| config.plain_listen = Some(plain)).await;
        let (seed, codes) = set_up(&Person::signed_in(&server).await, &clock).await;
        clock.set(clock.now_at() + 10 * STEP_MS);
        let right = [-1, 0, 1].map(|steps| seed.code_at(clock.now_at() + steps * STEP_MS));
        let wrong = ["000000", "111111", "222222", "333333"].into_iter().find(|code| !right.iter().any(|r| r == code));
        let url = format!("http://{}/sign-in/code", server.plain_addr.unwrap());
        // By a proxy on this machine, each from an address of its own.
        let enter = async |from: u8, code: &str| {
            let step = first_step(&Person::stranger(&server)).await.attribute("input[name=step]", "value").unwrap();
            let request = server.http.post(&url).form(&[("step", step.as_str()), ("code", code)]);
            request.header("x-forwarded-for", format!("10.0.0.{from}")).send().await.unwrap()
        };
        for from in 1..=11 {
            assert_eq!(enter(from, wrong.unwrap()).await.status(), 401, "{from}");
        }
        let slowed = enter(12, &right[1]).await;
        assert_eq!((slowed.status().as_u16(), slowed.headers()["retry-after"].to_str().unwrap()), (429, "2"));
        assert!(slowed.text().await.unwrap().contains("Too many codes for this account were wrong"));
        assert_eq!(enter(13, &codes[0]).await.status(), 303, "those cannot be guessed");
        assert_eq!(enter(14, &right[1]).await.status(), 429);
        clock.set(clock.now_at() + 2_000);
        assert_eq!(enter(15, &right[1]).await.status(), 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_nothing_of_it_is_in_the_database() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let person = Person::signed_in(&server).await;
        let (seed, codes) = set_up(&person, &clock).await;
        for secret in [seed.to_hex(), seed.typed().replace(' ', ""), codes[0].clone(), codes[0].replace('-', "")] {
            assert_eq!(store.columns_with(&secret).await, [] as [String; 0]);
        }
        let typed = codes[3].to_lowercase().replace('-', " ");
        assert_eq!(sign_in(&server, &typed).await.status, 303);
        assert_eq!(sign_in(&server, &codes[3]).await.status, 401);
        assert!(texts(&person.page("/account").await, "#factor")[0].contains("9 recovery codes are left."));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_link_for_a_new_password_and_one_that_signs_in_ask_for_the_code_too() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let (_, codes) = set_up(&Person::signed_in(&server).await, &clock).await;
        let id = accounts::find_by_name(store, NAME).await.unwrap().unwrap().0.id;
        let person = Person::stranger(&server);
        let path = link(store, LinkPurpose::Password, Some(id), clock.now_at()).await;
        let asked = person.post(&path, &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!((asked.status, asked.header("set-cookie")), (200, ""));
        assert_eq!(second_step(&person, &asked, &codes[0]).await.status, 303);
        assert_eq!(person.get("/account").await.status, 200);

        let person = Person::stranger(&server);
        let path = link(store, LinkPurpose::SignIn, Some(id), clock.now_at()).await;
        let asked = person.get(&path).await;
        assert_eq!((asked.status, asked.header("set-cookie")), (200, ""));
        assert_eq!(person.get("/account").await.status, 303);
        assert_eq!(second_step(&person, &asked, &codes[1]).await.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn it_is_switched_off_by_a_code_and_not_by_an_open_browser_alone() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let person = Person::signed_in(&server).await;
        let before = Person::stranger(&server);
        assert_eq!(before.post("/sign-in", &[("name", NAME), ("password", PASSWORD)]).await.status, 303);
        let (seed, codes) = set_up(&person, &clock).await;
        assert_eq!(before.get("/account").await.status, 303, "who came in without it is out");
        let off_by = async |password: &str, code: &str| {
            person.submit("/account", "/account/factor/off", &[("password", password), ("code", code)]).await
        };
        let off = async |code: &str| off_by(PASSWORD, code).await;
        let elsewhere = async |code: &str| {
            let there = Person::stranger(&server);
            let asked = first_step(&there).await;
            assert_eq!(second_step(&there, &asked, code).await.status, 303);
            there
        };
        let there = elsewhere(&codes[0]).await;
        let refused = off("12345").await;
        assert_eq!(texts(&refused.html(), "#factor [role=alert]"), ["This code is not right, or it was used already."]);
        clock.set(clock.now_at() + STEP_MS);
        assert_eq!(there.get("/account").await.status, 200);
        let refused = off_by("a wrong password", &codes[1]).await;
        assert_eq!(texts(&refused.html(), "#factor [role=alert]"), ["The current password is not right."]);
        assert!(texts(&person.page("/account").await, "#factor")[0].contains("9 recovery codes are left."));
        assert_eq!(off(&seed.code_at(clock.now_at())).await.status, 303);
        assert_eq!((person.get("/account").await.status, there.get("/account").await.status), (200, 303));
        let plain = [("name", NAME), ("password", PASSWORD)];
        assert_eq!(Person::stranger(&server).post("/sign-in", &plain).await.status, 303);
        assert_eq!(off("12345").await.status, 409);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_password_takes_a_code_that_is_used_up_and_not_the_old_password_alone() {
    const OTHER: &str = "another one, longer";
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        let person = Person::signed_in(&server).await;
        assert!(person.get("/account").await.attribute("#password input[name=code]", "name").is_none());
        let (seed, codes) = set_up(&person, &clock).await;
        assert!(person.get("/account").await.attribute("#password input[name=code]", "name").is_some());
        let change = async |old: &str, new: &str, code: &str| {
            let fields = [("old", old), ("password", new), ("again", new), ("code", code)];
            let answer = person.submit("/account", "/account/password", &fields).await;
            let alert = texts(&answer.html(), "#password [role=alert]").pop().unwrap_or_default();
            (answer.status, alert)
        };
        let wrong = "This code is not right, or it was used already.".to_owned();
        let confirmed = seed.code_at(clock.now_at());
        for code in ["", "12345", &confirmed] {
            assert_eq!(change(PASSWORD, OTHER, code).await, (422, wrong.clone()), "{code}");
        }
        for (old, new) in [("a wrong password", OTHER), (PASSWORD, "password1234")] {
            assert_eq!(change(old, new, &codes[0]).await.0, 422);
        }
        assert!(texts(&person.page("/account").await, "#factor")[0].contains("10 recovery codes are left."));
        let plain = [("name", NAME), ("password", PASSWORD)];
        assert_eq!(Person::stranger(&server).post("/sign-in", &plain).await.status, 200, "nothing has changed yet");

        clock.set(clock.now_at() + STEP_MS);
        let code = seed.code_at(clock.now_at());
        assert_eq!(change(PASSWORD, OTHER, &code).await.0, 303);
        assert_eq!(change(OTHER, PASSWORD, &code).await, (422, wrong), "it was taken");
        assert_eq!(change(OTHER, PASSWORD, &codes[0]).await.0, 303);
        for _ in 0..6 {
            change(PASSWORD, OTHER, "12345").await;
        }
        assert_eq!(change(PASSWORD, OTHER, &codes[1]).await.0, 429, "guessing is slowed down");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_was_disabled_meanwhile_does_not_come_in_by_a_code() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
        crate::harness::person::account(store, "root").await;
        let (_, codes) = set_up(&Person::signed_in(&server).await, &clock).await;
        let id = accounts::find_by_name(store, NAME).await.unwrap().unwrap().0.id;
        let person = Person::stranger(&server);
        let asked = first_step(&person).await;
        store.write(async |tx| accounts::disable(tx, id, clock.now_at()).await).await;
        let refused = second_step(&person, &asked, &codes[0]).await;
        assert_eq!((refused.status, refused.header("set-cookie")), (401, ""));
        server.stop().await;
    })
    .await;
}

/// Runs `highwater account` in this data directory: what it prints, and what it says aside.
fn account(dir: &Path, words: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(program("highwater"));
    command.arg("account").args(words).current_dir(dir);
    command.env("HIGHWATER_DATA_DIR", dir).env("HIGHWATER_PUBLIC_URL", "https://localhost");
    let run = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (run.status.success(), text(run.stdout), text(run.stderr))
}

#[tokio::test]
async fn whoever_may_read_the_database_gives_an_account_back_to_its_person() {
    let dir = TempDir::new().unwrap();
    let server = ServerProcess::start(dir.path(), &[]);
    let root = Person::first_administrator(&server).await;
    let page = root.submit("/account", "/account/factor", &[("password", PASSWORD)]).await;
    let code = seed_of(&page).code_at(Clock::system().now_at());
    assert_eq!(root.submit("/account", "/account/factor/confirm", &[("code", &code)]).await.status, 200);

    let plain = [("name", NAME), ("password", PASSWORD)];
    assert_eq!(root.post("/sign-in", &plain).await.status, 200, "it asks for a code");
    assert!(account(dir.path(), &["totp-off", NAME]).0);
    assert_eq!(root.post("/sign-in", &plain).await.status, 303);

    let (_, listed, _) = account(dir.path(), &["list"]);
    assert!(listed.contains("a.martin") && listed.contains("administrator") && listed.contains("local"), "{listed}");
    let (is_done, _, said) = account(dir.path(), &["role", NAME, "viewer"]);
    assert!(!is_done && said.contains("last administrator"), "{said}");
    let (is_done, _, said) = account(dir.path(), &["role", NAME, "emperor"]);
    assert!(!is_done && said.contains("viewer, operator, administrator"), "{said}");
    assert!(account(dir.path(), &["role", NAME, "administrator"]).0);
    let made = root.submit("/settings/accounts", "/settings/accounts", &[("name", "Bob"), ("role", "viewer")]).await;
    assert_eq!(made.status, 200);
    let key = [("label", "Tickets"), ("scope", "read"), ("expires_days", "9")];
    assert_eq!(root.submit("/settings/keys", "/settings/keys", &key).await.status, 200);
    assert!(account(dir.path(), &["role", "BOB", "administrator"]).0, "in whatever capitals");
    let (is_done, _, said) = account(dir.path(), &["role", "A.Martin", "viewer"]);
    assert!(is_done && said.contains("API keys that it made and that go on working: 1."), "{said}");
    assert!(
        account(dir.path(), &["role", NAME, "administrator"]).0 && account(dir.path(), &["role", "bob", "viewer"]).0
    );
    assert!(account(dir.path(), &["enable", NAME]).0);
    let (_, link, _) = account(dir.path(), &["link", NAME]);
    assert!(link.starts_with("https://localhost/welcome/hwl_"), "{link}");
    assert_eq!(account(dir.path(), &["link", "--name", NAME]).1.len(), link.len(), "as it was written before");
    for words in
        [&["enable", "nobody"][..], &["totp-off", "nobody"], &["role", "nobody", "viewer"], &["link", "nobody"]]
    {
        let (is_done, _, said) = account(dir.path(), words);
        assert!(!is_done && said.contains("no account of the name \"nobody\""), "{words:?}: {said}");
    }
}
