//! Who does not see names of users finds pseudonyms on every page, in every file and in the API, and no way around them.

use std::io::{Cursor, Read as _};

use highwater::config::RoleWord;
use highwater::model::api_key::Scope;
use highwater::model::event::NewEvent;
use highwater::model::holder::Holders;
use highwater::model::host::Facts;
use highwater::model::incident::Kind;
use highwater::model::pseudonym::is_pseudonym;
use highwater::model::role::Role;
use highwater::model::withheld;
use highwater::model::{HostId, UserId};
use highwater::store::incidents::NewIncident;
use highwater::store::{changes, groups, incidents};
use zip::ZipArchive;

use crate::harness::caller::Caller;
use crate::harness::holdings::{clients, event, held_by, host, observe, record, session_hours, sessions, users};
use crate::harness::person::{Answer, Person, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, T0, both, snapshot};

const NAME: &str = r"CORP\zoe.whitfield";
/// Of the name, in small letters.
const PART: &str = "whitfield";

/// What there is to look at.
struct Made {
    host: HostId,
    user: UserId,
}

/// A host on which somebody holds sessions, is in an event, and in an incident.
async fn fill(store: &Store, now_at: i64) -> Made {
    let fs = host(store, "FS01", 1).await;
    let (pcs, who) = (clients(store, &["PC-1", "PC-2"]).await, users(store, &[NAME, r"CORP\bob"]).await);
    let (name, os) = ("FS01".to_owned(), "Windows Server 2022".to_owned());
    let facts = Facts { observed_at: now_at - 600_000, name, os, ..Facts::default() };
    store.write(async |tx| changes::learn(tx, fs, &facts).await).await;
    let mut before = snapshot(now_at - 30_000, &[(pcs[0], who[0], 0), (pcs[1], who[1], 1)]);
    before.sessions[0].active_at = Some(now_at - 3_600_000);
    observe(store, fs, &before).await;
    sessions(store, fs, now_at - 1_000, &[(pcs[0], who[0], 3), (pcs[1], who[1], 0)]).await;
    let hold = session_hours(2, now_at);
    let by_client = vec![(pcs[0], hold), (pcs[1], hold)];
    held_by(store, fs, now_at, 1, Holders { by_client, by_user: vec![(who[0], hold), (who[1], hold)] }).await;
    let told = NewEvent {
        xml: format!("<Event><EventData><Data Name='UserName'>{NAME}</Data></EventData></Event>"),
        message: Some(format!("User {NAME} was refused.")),
        ..event("Srv", 2022, now_at - 500, 7)
    };
    record(store, fs, &[told]).await;
    let (from_at, kind) = (now_at - 60_000, Kind::Full);
    let new = NewIncident { host: Some(fs), kind, subject: "", from_at, opened_at: now_at, is_silenced: false };
    store.write(async |tx| incidents::insert(tx, &new, now_at).await).await;
    Made { host: fs, user: who[0] }
}

/// All text of an answer; of a zip, such as a spreadsheet, of everything in it.
fn said(answer: &Answer) -> String {
    if !answer.bytes.starts_with(b"PK") {
        return answer.text.to_lowercase();
    }
    let mut zip = ZipArchive::new(Cursor::new(&answer.bytes)).unwrap();
    let mut all = String::new();
    for place in 0..zip.len() {
        let mut bytes = Vec::new();
        zip.by_index(place).unwrap().read_to_end(&mut bytes).unwrap();
        all.push_str(&String::from_utf8_lossy(&bytes).to_lowercase());
    }
    all
}

/// Every address where a user's name could stand.
fn addresses(made: &Made) -> Vec<String> {
    let Made { host, user } = made;
    let pages = [
        "/".to_owned(),
        "/?wall=1".to_owned(),
        format!("/hosts/{host}"),
        format!("/hosts/{host}?sort=user"),
        format!("/hosts/{host}?format=csv"),
        format!("/hosts/{host}?format=xlsx"),
        format!("/hosts/{host}?chart=holders&format=csv"),
        "/clients".to_owned(),
        "/clients?format=csv".to_owned(),
        "/clients/1".to_owned(),
        "/clients/1?table=sessions&format=csv".to_owned(),
        "/users".to_owned(),
        "/users?format=csv".to_owned(),
        "/users?format=xlsx".to_owned(),
        format!("/users/{user}"),
        format!("/users/{user}?table=sessions&format=csv"),
        format!("/users/{user}?range=24h&chart=held&format=svg"),
        "/events".to_owned(),
        "/events?format=csv".to_owned(),
        "/events/1".to_owned(),
        "/incidents/1".to_owned(),
        "/incidents/1?format=csv".to_owned(),
        "/incidents/1/bundle".to_owned(),
        "/incidents/1/free.ps1".to_owned(),
        "/findings".to_owned(),
        "/search?q=pc-".to_owned(),
        "/search?q=user-".to_owned(),
        "/search?q=user-&format=csv".to_owned(),
    ];
    pages.into_iter().chain(endpoints(made)).collect()
}

fn endpoints(Made { host, user }: &Made) -> Vec<String> {
    vec![
        "/api/v1/users".to_owned(),
        format!("/api/v1/users/{user}"),
        "/api/v1/clients/1".to_owned(),
        format!("/api/v1/hosts/{host}/sessions"),
        "/api/v1/events".to_owned(),
        "/api/v1/events/1".to_owned(),
        "/api/v1/incidents/1".to_owned(),
        "/api/v1/incidents/1/bundle".to_owned(),
    ]
}

async fn server(store: &Store, from_role: RoleWord) -> TestServer {
    TestServer::start_with(store, |config| config.names_from_role = from_role).await
}

#[tokio::test]
async fn who_sees_no_names_sees_the_same_pseudonym_everywhere_and_never_the_name() {
    both(async |store| {
        let server = server(store, RoleWord::Operator).await;
        let made = fill(store, server.clock.now_at()).await;
        let viewer = Person::with_role(&server, "vera", Role::Viewer).await;
        let operator = Person::with_role(&server, "otto", Role::Operator).await;
        let seen = texts(&viewer.page("/users").await, "tbody a.name");
        assert!(seen.len() == 2 && seen.iter().all(|name| is_pseudonym(name)), "{seen:?}");
        let hers = texts(&viewer.page(&format!("/users/{}", made.user)).await, "h1");
        assert!(seen.contains(&hers[0]), "{hers:?}");
        for path in addresses(&made) {
            let answer = viewer.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert!(!said(&answer).contains(PART), "{path}");
            let parts = viewer.get_with(&path, ("x-parts", "1")).await;
            assert!(!said(&parts).contains(PART), "the parts of {path}");
        }
        for path in [
            format!("/hosts/{}", made.host),
            format!("/hosts/{}?format=csv", made.host),
            "/incidents/1".to_owned(),
            "/incidents/1/bundle".to_owned(),
            format!("/api/v1/hosts/{}/sessions", made.host),
        ] {
            assert!(said(&viewer.get(&path).await).contains(&hers[0]), "{path}");
            // A page that is rendered once for many is not rendered once for both.
            assert!(said(&operator.get(&path).await).contains(PART), "{path}");
            let parts = operator.get_with(&path, ("x-parts", "1")).await;
            assert!(said(&parts).contains(PART), "the parts of {path}");
        }
        let event = viewer.get("/events/1").await;
        assert!(event.text.contains("names of users may stand in it"), "{}", event.text);
        assert!(said(&operator.get("/events/1").await).contains(PART));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_confined_to_groups_sees_pseudonyms_of_their_hosts_and_nobody_of_others() {
    both(async |store| {
        let server = server(store, RoleWord::Operator).await;
        let made = fill(store, server.clock.now_at()).await;
        store.write(async |tx| groups::put(tx, &[made.host], "Paris", "ann", T0).await).await;
        let viewer = Person::confined(&server, "vera", (Role::Viewer, "Paris")).await;
        let operator = Person::confined(&server, "otto", (Role::Operator, "Paris")).await;
        let other = Person::confined(&server, "eve", (Role::Operator, "Lyon")).await;
        let hers = texts(&viewer.page(&format!("/users/{}", made.user)).await, "h1").remove(0);
        assert!(is_pseudonym(&hers), "{hers}");
        for path in [
            format!("/users/{}", made.user),
            format!("/hosts/{}", made.host),
            "/incidents/1".to_owned(),
            format!("/api/v1/users/{}", made.user),
            format!("/api/v1/hosts/{}/sessions", made.host),
        ] {
            let answer = viewer.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert!(said(&answer).contains(&hers) && !said(&answer).contains(PART), "{path}");
            // The same hosts, and yet not the same page.
            assert!(said(&operator.get(&path).await).contains(PART), "{path}");
            assert_eq!(other.get(&path).await.status, 404, "{path}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_finds_or_confirms_a_name_that_he_does_not_see() {
    both(async |store| {
        let server = server(store, RoleWord::Administrator).await;
        fill(store, server.clock.now_at()).await;
        let operator = Person::with_role(&server, "otto", Role::Operator).await;
        let all = texts(&operator.page("/users").await, "tbody a.name");
        let hers = &all[0];
        for path in ["/users?q=", "/users?format=csv&q=", "/search?q=", "/search?format=csv&q=", "/api/v1/users?q="] {
            for part in [PART, "zoe", "corp"] {
                let none = said(&operator.get(&format!("{path}{part}")).await);
                assert!(all.iter().all(|one| !none.contains(one)), "{path}{part}: {none}");
            }
        }
        for path in ["/users?format=csv&q=", "/search?format=csv&q=", "/api/v1/users?q="] {
            let found = said(&operator.get(&format!("{path}{}", hers.to_uppercase())).await);
            assert!(found.contains(hers) && !found.contains(&all[1]), "{path}: {found}");
        }
        assert_eq!(texts(&operator.page(&format!("/users?q={hers}")).await, "tbody a.name"), [hers.as_str()]);
        let administrator = Person::with_role(&server, "ada", Role::Administrator).await;
        let found = texts(&administrator.page(&format!("/users?q={PART}")).await, "tbody a.name");
        assert_eq!(found, [NAME]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_says_for_itself_whether_it_sees_names_and_one_that_may_all_does() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let made = fill(store, server.clock.now_at()).await;
        let seeing = Caller::with(&server, Scope::Read).await;
        let blind = Caller::without_names(&server, Scope::WriteIncidents).await;
        let all = Caller::without_names(&server, Scope::Admin).await;
        for path in endpoints(&made) {
            let answer = blind.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert!(!said(&answer).contains(PART), "{path}");
        }
        let name = |body: serde_json::Value| body["name"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/users/{}", made.user);
        assert!(is_pseudonym(&name(blind.json(&path).await)));
        assert_eq!((name(seeing.json(&path).await), name(all.json(&path).await)), (NAME.to_owned(), NAME.to_owned()));
        let event = blind.json("/api/v1/events/1").await;
        assert!(event["message"].is_null() && event.get("xml").is_none(), "{event}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_event_of_which_no_words_are_kept_says_so_and_is_read_as_any_other() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let fs = host(store, "FS01", 1).await;
        let now_at = server.clock.now_at();
        let told =
            NewEvent { message: Some(format!("User {NAME} was refused.")), ..event("Srv", 2022, now_at - 500, 7) };
        record(store, fs, &[withheld::event(&told)]).await;
        let ada = Person::signed_in(&server).await;
        let page = ada.get("/events/1").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("names of users may stand anywhere in it"), "{}", page.text);
        assert!(!page.text.contains(withheld::MARK) && !said(&page).contains(PART), "{}", page.text);
        assert_eq!(ada.get("/events").await.status, 200);
        let file = ada.get("/events?format=csv").await;
        assert!(file.text.contains("No free connections were left"), "{}", file.text);
        let one = Caller::with(&server, Scope::Read).await.json("/api/v1/events/1").await;
        assert!(one["decoded"][withheld::MARK] == true && one["message"].is_null(), "{one}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_is_made_with_or_without_names_by_its_form() {
    const PAGE: &str = "/settings/keys";
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let box_of = |answer: &Answer| answer.attribute("input[name=names][checked]", "value");
        assert_eq!(box_of(&person.get(PAGE).await).as_deref(), Some("yes"), "viewers see names here");
        for (label, with) in [("seeing", vec![("names", "yes")]), ("blind", vec![])] {
            let fields = [vec![("label", label), ("scope", "read"), ("expires_days", "9")], with].concat();
            assert_eq!(person.submit(PAGE, PAGE, &fields).await.status, 200);
        }
        let kept = highwater::store::api_keys::list(&server.db).await.unwrap();
        let sees = |label: &str| kept.iter().find(|key| key.label == label).unwrap().sees_names;
        assert_eq!((sees("seeing"), sees("blind")), (true, false));
        assert!(person.get(PAGE).await.text.contains("pseudonyms of users"));
        server.stop().await;
    })
    .await;
}
