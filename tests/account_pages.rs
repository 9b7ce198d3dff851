//! The pages of accounts: everybody's, for administrators, and one's own.

use highwater::model::account::{LinkPurpose, NewWebSession};
use highwater::model::role::Role;
use highwater::store::accounts;

use crate::harness::french::{faults, reads_in_french};
use crate::harness::hostile;
use crate::harness::person::{self, Answer, NAME, PASSWORD, Person, attributes, link, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};
use crate::hostile::{HOSTILE, assert_harmless};

const PAGE: &str = "/settings/accounts";
const OTHER: &str = "another one, longer";

async fn id_of(store: &Store, name: &str) -> highwater::model::AccountId {
    accounts::find_by_name(store, name).await.unwrap().unwrap().0.id
}

async fn sign_in(server: &TestServer, name: &str, password: &str) -> (Person, Answer) {
    let person = Person::stranger(server);
    let answer = person.post("/sign-in", &[("name", name), ("password", password)]).await;
    (person, answer)
}

/// The path of the link that a page shows.
fn shown_link(server: &TestServer, page: &Answer) -> String {
    let shown = texts(&page.html(), "#secret").remove(0);
    shown.strip_prefix(&server.url).unwrap_or_else(|| panic!("{shown} leads elsewhere")).to_owned()
}

#[tokio::test]
async fn an_account_is_made_with_a_role_and_its_person_sets_the_password_by_a_link_that_is_shown_once() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in(&server).await;
        let made = root.submit(PAGE, PAGE, &[("name", " bob "), ("role", "operator")]).await;
        assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{}", made.text);
        let path = shown_link(&server, &made);
        assert!(!root.get(PAGE).await.text.contains("hwl_"));
        assert_eq!(sign_in(&server, "bob", "").await.1.status, 401, "it has no password yet");
        let bob = Person::stranger(&server);
        assert_eq!(texts(&bob.get(&path).await.html(), "h1"), ["Set a new password for bob"]);
        assert_eq!(bob.post(&path, &[("password", OTHER), ("again", OTHER)]).await.status, 303);
        assert_eq!(bob.get("/settings/silences").await.status, 200);
        assert_eq!(bob.get(PAGE).await.status, 403, "he is an operator");
        assert_eq!(bob.post(&path, &[("password", OTHER), ("again", OTHER)]).await.status, 410);

        let page = root.page(PAGE).await;
        assert_eq!(texts(&page, "h1"), ["2 accounts may sign in."]);
        assert_eq!(texts(&page, "tbody a.name"), [NAME, "bob"]);
        assert_eq!(texts(&page, "td[data-label=Role]"), ["administrator", "operator"]);
        assert_eq!(texts(&page, "td[data-label='Last sign-in']"), ["just now", "just now"]);
        for (fields, said) in [
            ([("name", "bob"), ("role", "viewer")], "bob already"),
            ([("name", "B\u{200b}oB"), ("role", "viewer")], "differs in capitals, blanks or unseen characters only"),
            ([("name", " "), ("role", "viewer")], "Give the account a name"),
            ([("name", "eve"), ("role", "root")], "Choose a role"),
        ] {
            let refused = root.submit(PAGE, PAGE, &fields).await;
            let why = texts(&refused.html(), "[role=alert]").remove(0);
            assert!(refused.status == 422 && why.contains(said), "{why}");
        }
        assert_eq!(accounts::count(store).await.unwrap(), 2);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_administrator_changes_the_role_disables_enables_signs_out_and_deletes() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in(&server).await;
        let bob = Person::with_role(&server, "bob", Role::Viewer).await;
        let at = format!("{PAGE}/{}", id_of(store, "bob").await);
        let act = async |deed: &str, to: &str| root.submit(&at, &format!("{at}/{deed}"), &[("to", to)]).await.status;
        assert_eq!((bob.get(PAGE).await.status, act("role", "administrator").await), (403, 303));
        assert_eq!((bob.get(PAGE).await.status, act("role", "emperor").await), (200, 400));
        assert_eq!((act("role", "viewer").await, bob.get(PAGE).await.status), (303, 403));
        let signed_in = texts(&root.page(&at).await, ".waiters li");
        assert!(signed_in.len() == 1 && signed_in[0].contains("127.0.0.1"), "{signed_in:?}");
        assert_eq!((act("sign-out", "").await, bob.get("/").await.status), (303, 303));

        let (bob, entered) = sign_in(&server, "bob", PASSWORD).await;
        assert_eq!((entered.status, act("switch", "off").await), (303, 303));
        assert_eq!(bob.get("/").await.status, 303);
        let (_, refused) = sign_in(&server, "bob", PASSWORD).await;
        assert_eq!(refused.status, 403);
        assert_eq!(
            texts(&refused.html(), "[role=alert]"),
            ["This account is disabled. Ask an administrator of this server."]
        );
        assert_eq!(sign_in(&server, "bob", "a wrong password").await.1.status, 401, "only its person is told so");
        assert_eq!(texts(&root.page(PAGE).await, "h1"), ["1 account may sign in."]);
        assert_eq!(root.submit(PAGE, &format!("{at}/link"), &[]).await.status, 409);
        assert_eq!(act("switch", "on").await, 303);

        let shown = root.submit(&at, &format!("{at}/link"), &[]).await;
        assert_eq!(texts(&shown.html(), "h1"), ["A new password for bob: give its person this link."]);
        let path = shown_link(&server, &shown);
        assert_eq!(Person::stranger(&server).post(&path, &[("password", OTHER), ("again", OTHER)]).await.status, 303);
        assert_eq!(sign_in(&server, "bob", OTHER).await.1.status, 303);
        assert_eq!((act("delete", "").await, root.get(&at).await.status), (303, 404));
        assert_eq!(sign_in(&server, "bob", OTHER).await.1.status, 401);
        for deed in ["role", "switch", "link", "sign-out", "delete"] {
            let gone = root.submit(PAGE, &format!("{at}/{deed}"), &[("to", "viewer")]).await;
            assert_eq!(gone.status, 404, "{deed}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_takes_the_last_administrator_away() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in(&server).await;
        Person::with_role(&server, "bob", Role::Operator).await;
        let at = format!("{PAGE}/{}", id_of(store, NAME).await);
        for (deed, to) in [("role", "viewer"), ("switch", "off"), ("delete", "")] {
            let refused = root.submit(&at, &format!("{at}/{deed}"), &[("to", to)]).await;
            assert_eq!(refused.status, 409, "{deed}");
            assert!(refused.text.contains("last administrator"), "{}", refused.text);
        }
        assert_eq!(root.get(PAGE).await.status, 200);
        let offered = attributes(&root.page(&at).await, "form[method=post]", "action");
        assert!(!offered.iter().any(|path| path.ends_with("/delete") || path.ends_with("/switch")), "{offered:?}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn hostile_names_are_text_on_every_page_of_accounts() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in(&server).await;
        for name in HOSTILE {
            let made = root.submit(PAGE, PAGE, &[("name", name), ("role", "viewer")]).await;
            // What a terminal obeys is no name.
            assert_eq!(made.status, if name.contains('\u{1b}') { 422 } else { 200 }, "{name}: {}", made.text);
            assert_harmless(&made.html(), name);
            let again = root.submit(PAGE, PAGE, &[("name", name), ("role", "viewer")]).await;
            assert_eq!(again.status, 422, "{name}");
            assert_harmless(&again.html(), name);
        }
        assert_harmless(&root.page(PAGE).await, PAGE);
        for account in accounts::list(store).await.unwrap() {
            let path = format!("{PAGE}/{}", account.id);
            assert_harmless(&root.page(&path).await, &path);
            let enter = link(store, LinkPurpose::SignIn, Some(account.id), server.clock.now_at()).await;
            let person = Person::stranger(&server);
            assert_eq!(person.get(&enter).await.status, 303);
            assert_harmless(&person.page("/account").await, &account.name);
            assert_harmless(&person.get(PAGE).await.html(), &account.name);
        }
        for name in hostile::names().into_iter().filter(|name| name.chars().count() <= 64) {
            let answer = root.post("/sign-in", &[("name", &name), ("password", "a wrong password")]).await;
            assert!([401, 429].contains(&answer.status), "{name:?}: {}", answer.status);
            assert_harmless(&answer.html(), "/sign-in");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_changes_ones_password_by_the_old_one_and_everybody_else_is_signed_out() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let (elsewhere, _) = sign_in(&server, NAME, PASSWORD).await;
        let change = async |old: &str, new: &str, again: &str| {
            let fields = [("old", old), ("password", new), ("again", again)];
            person.submit("/account", "/account/password", &fields).await
        };
        for (old, new, again, said) in [
            ("wrong", OTHER, OTHER, "The current password is not right."),
            (PASSWORD, "short", "short", "fewer than 12 characters"),
            (PASSWORD, OTHER, "differs from that", "The two passwords differ."),
            (PASSWORD, "password1234", "password1234", "among the first that are guessed"),
            (PASSWORD, "Highwater2026!", "Highwater2026!", "Take three or four words"),
            (PASSWORD, "a.martin1234", "a.martin1234", "among the first that are guessed"),
        ] {
            let refused = change(old, new, again).await;
            let why = texts(&refused.html(), "[role=alert]").remove(0);
            assert!(refused.status == 422 && why.contains(said), "{why}");
        }
        let before = person.cookies.borrow().clone();
        let changed = change(PASSWORD, OTHER, OTHER).await;
        assert_eq!((changed.status, changed.header("location")), (303, "/account"));
        assert_ne!(person.cookies.borrow()["__Host-hw"], before["__Host-hw"], "this browser has another session");
        assert_eq!((person.get("/account").await.status, elsewhere.get("/").await.status), (200, 303));
        person.cookies.replace(before);
        assert_eq!(person.get("/").await.status, 303, "the one before opens nothing");
        assert_eq!(sign_in(&server, NAME, PASSWORD).await.1.status, 401);
        assert_eq!(sign_in(&server, NAME, OTHER).await.1.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_has_only_the_browser_guesses_the_password_no_faster_than_at_the_door() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    let token = person.get("/account").await.attribute("input[name=csrf]", "value").unwrap();
    let fields = [("csrf", token.as_str()), ("old", "wrong"), ("password", OTHER), ("again", OTHER)];
    for _ in 0..6 {
        assert_eq!(person.post("/account/password", &fields).await.status, 422);
    }
    let slowed = person.post("/account/password", &fields).await;
    assert_eq!(slowed.status, 429);
    assert!((1..=2).contains(&slowed.header("retry-after").parse().unwrap()));
    assert_eq!(person.post("/account/factor", &[("csrf", &token), ("password", "wrong")]).await.status, 429);
    assert_eq!(sign_in(&server, NAME, PASSWORD).await.1.status, 303, "that keeps nobody out at the door");
    server.stop().await;
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_each_or_all_others() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let (account, now_at) = (id_of(store, NAME).await, server.clock.now_at());
        for (key, browser, is_screen) in [(1, "Firefox, Linux", false), (2, "Chrome, Windows", true), (3, "", false)] {
            let (sha256, address) = ([key; 32], "10.0.0.7");
            let new = NewWebSession { sha256, account, csrf_token: "t", is_screen, address, browser };
            store.write(async |tx| accounts::insert_session(tx, &new, now_at - 60_000 * i64::from(key)).await).await;
        }
        let page = person.page("/account").await;
        let rows = texts(&page, ".waiters li > div");
        assert_eq!(rows.len(), 4, "{rows:?}");
        assert!(
            rows[0].starts_with("Unknown browser this browser signed in") && rows[0].contains("127.0.0.1"),
            "{rows:?}"
        );
        assert!(rows[1].starts_with("Firefox, Linux signed in") && rows[1].contains("from 10.0.0.7"), "{rows:?}");
        assert!(rows[2].starts_with("Chrome, Windows screen at the wall"), "{rows:?}");
        let ends = attributes(&page, ".waiters form", "action");
        assert_eq!(ends.len(), 3, "not this one: {ends:?}");
        assert_eq!(person.submit("/account", &ends[0], &[]).await.status, 303);
        assert_eq!(accounts::find_session(store, &[1; 32]).await.unwrap(), None);
        assert_eq!(person.submit("/account", &ends[0], &[]).await.status, 404);

        let other = Person::with_role(&server, "eve", Role::Administrator).await;
        assert_eq!(other.submit("/account", &ends[1], &[]).await.status, 404, "it is somebody else's");
        for no_session in ["/account/sessions/none/end", "/account/sessions/00/end"] {
            assert_eq!(person.submit("/account", no_session, &[]).await.status, 404);
        }
        assert_eq!(person.submit("/account", "/account/sessions/end-others", &[]).await.status, 303);
        assert_eq!(texts(&person.page("/account").await, ".waiters li").len(), 1);
        assert_eq!(other.get("/account").await.status, 200);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn accounts_from_elsewhere_have_neither_password_nor_second_factor_here() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in(&server).await;
        let source = highwater::model::account::AccountSource::Oidc;
        let (role, now_at) = (Role::Viewer, server.clock.now_at());
        let upsert =
            store.write(async |tx| accounts::upsert_external(tx, source, "https://a", "1", "ann", role, now_at).await);
        let ann = upsert.await.id;
        let enter = link(store, LinkPurpose::SignIn, Some(ann), now_at).await;
        let person = Person::stranger(&server);
        assert_eq!(person.get(&enter).await.status, 303);
        let page = person.page("/account").await;
        assert_eq!(attributes(&page, "#password form, #factor form", "action"), [] as [String; 0]);
        let chosen = [("old", ""), ("password", OTHER), ("again", OTHER)];
        assert_eq!(person.submit("/account", "/account/password", &chosen).await.status, 409);
        assert_eq!(person.submit("/account", "/account/factor", &[("password", "")]).await.status, 409);
        assert_eq!(root.submit(PAGE, &format!("{PAGE}/{ann}/link"), &[]).await.status, 409);
        assert_eq!(sign_in(&server, "ann", "").await.1.status, 401);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_pages_of_accounts_are_in_french_with_what_they_refuse() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let root = Person::signed_in(&server).await;
    Person::with_role(&server, "bob", Role::Viewer).await;
    let bob = format!("{PAGE}/{}", id_of(&store, "bob").await);
    let me = format!("{PAGE}/{}", id_of(&store, NAME).await);
    let data = [NAME, "bob"].map(str::to_owned);
    assert_eq!(root.submit(&bob, &format!("{bob}/switch"), &[("to", "off")]).await.status, 303);
    for path in ["/account", PAGE, &bob, &me] {
        reads_in_french(&root, path, &data).await;
    }
    let mut said = vec![
        root.submit(PAGE, PAGE, &[("name", "bob"), ("role", "viewer")]).await,
        root.submit(PAGE, PAGE, &[("name", "carl"), ("role", "viewer")]).await,
        root.submit(PAGE, &format!("{bob}/link"), &[]).await,
        root.submit(&me, &format!("{me}/delete"), &[]).await,
        root.submit("/account", "/account/password", &[("old", "x"), ("password", OTHER), ("again", OTHER)]).await,
        root.submit("/account", "/account/factor", &[("password", "x")]).await,
        root.submit("/account", "/account/factor", &[("password", person::PASSWORD)]).await,
        root.submit("/account", "/account/factor/confirm", &[("code", "1")]).await,
        root.submit("/account", "/account/factor/off", &[("code", "1")]).await,
    ];
    said.push(root.submit("/account", "/account/sessions/none/end", &[]).await);
    for answer in said {
        let mut data = data.to_vec();
        data.extend(texts(&answer.html(), "#secret, #uri"));
        let faults = faults(&answer.html(), &data);
        assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), answer.text);
    }
    server.stop().await;
}
