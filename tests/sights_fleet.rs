//! What of the fleet somebody who is confined to a group of hosts is shown, and may silence: the hosts of the group, and no
//! figure, name or row of any other.

use highwater::history::matrix::{Cell, Saturation};
use highwater::model::HostId;
use highwater::model::alert::Silence;
use highwater::model::api_key::Scope;
use highwater::model::event::{EventClass, NewEvent};
use highwater::model::finding::{Fact, Found, Severity};
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::holder::Holders;
use highwater::model::incident::Kind;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::model::time::{CELL_MS, HOUR_MS, MINUTE_MS};
use highwater::model::{ClientId, SilenceId, UserId};
use highwater::store::incidents::NewIncident;
use highwater::store::{alerts, events, findings, fleet, groups, incidents};
use jiff::Timestamp;

use crate::harness::caller::Caller;
use crate::harness::french::faults;
use crate::harness::holdings::{clients, event, held_by, host, session_hours, sessions, users};
use crate::harness::person::{Answer, Person, attributes, confine, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, T0, both};

/// What is of the hosts of Lyon and of no group, or about all hosts. Who is confined to Paris reads none of it anywhere.
const HIDDEN: [&str; 10] =
    ["LYHOST", "NOHOST", "lypc", "nopc", "lyuser", "nouser", "lyreason", "noreason", "allreason", "Lyon"];
const SILENCES: &str = "/settings/silences";

/// A host of a group with something of every kind: its name, its clients and users begin with `mark`, and so many sessions are
/// open on it, and as many events came.
async fn furnish(store: &Store, (mark, group, key): (&str, &str, u8), (open, told): (u32, u64), now_at: i64) -> HostId {
    let id = host(store, &format!("{}HOST", mark.to_uppercase()), key).await;
    if !group.is_empty() {
        store.write(async |tx| groups::put(tx, &[id], group, "ann", T0).await).await;
    }
    let pc = clients(store, &[&format!("{mark}pc")]).await[0];
    let who = users(store, &[&format!("{mark}user")]).await[0];
    let all: Vec<(ClientId, UserId, u32)> = (0..open).map(|_| (pc, who, 1)).collect();
    sessions(store, id, now_at - 1_000, &all).await;
    let held = session_hours(2, now_at);
    let holders = Holders { by_client: vec![(pc, held)], by_user: vec![(who, held)] };
    held_by(store, id, now_at, 3, holders).await;
    let capacity = |n: u64| NewEvent { class: EventClass::Capacity, ..event("srv", 2_022, now_at - MINUTE_MS, n) };
    let came: Vec<NewEvent> = (1..=told).map(capacity).collect();
    let reason = format!("{mark}reason");
    let found = Found { rule: "CFG-07", severity: Severity::High, detail: Fact::On { name: "SMB1".to_owned() }.into() };
    store
        .write(async |tx| {
            events::insert(tx, id, &came, now_at).await?;
            findings::save(tx, id, std::slice::from_ref(&found), now_at).await?;
            incidents::insert(tx, &incident(Some(id), now_at), now_at).await?;
            alerts::insert_silence(tx, &silence(Some(id), "", (&reason, now_at))).await?;
            if !group.is_empty() {
                alerts::insert_silence(tx, &silence(None, group, (&reason, now_at))).await?;
            }
            Ok(())
        })
        .await;
    id
}

fn incident(host: Option<HostId>, now_at: i64) -> NewIncident<'static> {
    let (from_at, opened_at) = (now_at - MINUTE_MS, now_at);
    NewIncident { host, kind: Kind::Flood, subject: "", from_at, opened_at, is_silenced: false }
}

/// In force for an hour; without a host and a group for all hosts.
fn silence(host: Option<HostId>, group: &str, (reason, now_at): (&str, i64)) -> Silence {
    Silence {
        id: SilenceId(0),
        is_maintenance: false,
        host,
        host_name: String::new(),
        group_name: group.to_owned(),
        kind: None,
        from_at: now_at - HOUR_MS,
        until_at: now_at + HOUR_MS,
        is_weekly: false,
        time_zone: "UTC".to_owned(),
        reason: reason.to_owned(),
        created_by: "ann".to_owned(),
        created_at: now_at,
    }
}

/// A server with a host in Paris, a full one in Lyon and one in no group, each with something of every kind; in this order.
async fn furnished(store: &Store) -> (TestServer, [HostId; 3]) {
    let server = TestServer::start(store).await;
    let now_at = server.clock.now_at();
    let paris = furnish(store, ("par", "Paris", 1), (3, 1), now_at).await;
    let lyon = furnish(store, ("ly", "Lyon", 2), (20, 2), now_at).await;
    let none = furnish(store, ("no", "", 3), (5, 4), now_at).await;
    let cell = |share: f64, full_secs: u32| Cell {
        saturation: Saturation::of(share),
        mean: Saturation::of(share),
        full_secs,
        peak_sessions: Some(9),
        peak_after_secs: 0,
    };
    let cells = [(paris, cell(0.5, 0)), (lyon, cell(1.0, 300)), (none, cell(0.9, 0))];
    let start_at = (now_at - HOUR_MS).div_euclid(CELL_MS) * CELL_MS;
    let usage = FleetUsage {
        start_at,
        step_ms: CELL_MS,
        hosts: 3,
        observed: 3,
        at_limit: 1,
        above_80: 2,
        max_saturation: Some(1.0),
        p95_saturation: Some(1.0),
        median_saturation: Some(0.9),
        ..FleetUsage::default()
    };
    store
        .write(async |tx| {
            fleet::save_step(tx, Step::FiveMinutes, &usage, &cells).await?;
            incidents::insert(tx, &incident(None, now_at), now_at).await
        })
        .await;
    (server, [paris, lyon, none])
}

/// That the text tells of nothing that is hidden from who sees Paris.
fn tells_of_paris_alone(path: &str, text: &str) {
    let told: Vec<_> = HIDDEN.into_iter().filter(|hidden| text.contains(*hidden)).collect();
    assert!(told.is_empty(), "{path} tells of {told:?}: {text}");
}

/// The greatest figure of a column of a file.
fn greatest(file: &str, column: usize) -> f64 {
    let cells = file.lines().skip(1).filter_map(|line| line.split(',').nth(column));
    cells.filter_map(|cell| cell.trim_matches('"').parse::<f64>().ok()).fold(0.0, f64::max)
}

#[tokio::test]
async fn the_fleet_s_page_and_its_files_tell_of_the_hosts_that_are_seen_and_count_no_others() {
    both(async |store| {
        let (server, _) = furnished(store).await;
        let all = Person::with_role(&server, "eve", Role::Viewer).await;
        let some = Person::confined(&server, "bob", (Role::Operator, "Paris")).await;
        let whole = all.page("/").await;
        assert!(texts(&whole, "h1")[0].starts_with("1 of 3 hosts is full"), "{:?}", texts(&whole, "h1"));
        assert_eq!(texts(&whole, "#counters b"), ["1", "0", "2", "0", "0", "0", "28", "4", "7"]);
        assert_eq!(texts(&whole, "#heat tbody th a"), ["LYHOST", "NOHOST", "PARHOST"]);

        let page = some.page("/").await;
        assert_eq!(texts(&page, "h1"), ["No host is full, and none is at 80 % or more."]);
        let foot = texts(&page, "footer").remove(0);
        assert!(foot.contains("Hosts of these groups alone: Paris"), "of which hosts that is said: {foot}");
        assert!(!texts(&whole, "footer")[0].contains("groups"));
        assert_eq!(texts(&page, "#counters b"), ["0", "0", "1", "0", "0", "0", "3", "1", "1"]);
        assert_eq!(
            (texts(&page, "#matching"), texts(&page, "#rows .name")),
            (vec!["1 host".into()], vec!["PARHOST".into()])
        );
        assert_eq!(texts(&page, "#heat tbody th a"), ["PARHOST"]);
        assert_eq!(texts(&page, "select[name=group] option"), ["All groups", "Paris"]);
        for path in [
            "/",
            "/?range=7d",
            "/?range=1y",
            "/?q=host",
            "/?sort=peak",
            "/?level=full",
            "/?wall=1",
            "/?format=csv",
            "/?q=host&format=csv",
            "/?chart=saturation&format=svg",
            "/?chart=worst&format=svg",
            "/?chart=saturation&format=csv",
            "/?chart=worst&format=csv",
        ] {
            let answer = some.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            tells_of_paris_alone(path, &answer.text);
        }
        assert_eq!(texts(&some.page("/?group=Lyon").await, "#rows .name"), [] as [String; 0]);
        let highest = async |person: &Person| greatest(&person.get("/?chart=saturation&format=csv").await.text, 2);
        assert_eq!((highest(&all).await, highest(&some).await), (100.0, 50.0));
        for href in attributes(&page, "nav.nav a", "href") {
            assert_eq!(some.get(&href).await.status, 200, "the header leads nowhere else: {href}");
        }

        let parts = async |person: &Person| person.get_with("/", ("x-parts", "1")).await;
        assert!(parts(&all).await.text.contains("LYHOST"));
        let of_some = parts(&some).await;
        assert!(of_some.status == 200 && of_some.text.contains("PARHOST"), "{}", of_some.text);
        tells_of_paris_alone("the parts of /", &of_some.text);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_screen_shows_the_hosts_that_its_account_sees() {
    both(async |store| {
        let (server, _) = furnished(store).await;
        let screen = Person::confined(&server, "bob", (Role::Operator, "Paris")).await;
        let tiles = async || texts(&screen.page("/?wall=1").await, ".tiles .name");
        assert_eq!(tiles().await, ["PARHOST"]);
        assert_eq!(screen.submit("/?wall=1", "/screens", &[]).await.status, 303);
        let wall = screen.get("/?wall=1").await;
        tells_of_paris_alone("the screen", &wall.text);
        assert_eq!(tiles().await, ["PARHOST"]);
        assert_eq!(texts(&wall.html(), "#counters b"), ["0", "0", "1", "0", "0", "0"]);
        confine(store, "bob", &Sight::All).await;
        assert_eq!(tiles().await.len(), 3, "as its account is now");
        confine(store, "bob", &Sight::of(["Lyon"]).unwrap()).await;
        assert_eq!(tiles().await, ["LYHOST"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_sees_no_host_is_told_so_and_not_how_to_install_one() {
    both(async |store| {
        let (server, _) = furnished(store).await;
        let person = Person::confined(&server, "bob", (Role::Operator, "Rome")).await;
        for path in ["/", "/?wall=1"] {
            let answer = person.get(path).await;
            assert_eq!((answer.status, texts(&answer.html(), "h1")), (200, vec!["You see no host yet.".to_owned()]));
            assert!(answer.text.contains("Rome") && !answer.text.contains("highwater-agent"), "{}", answer.text);
            tells_of_paris_alone(path, &answer.text);
        }
        person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
        let data = ["Rome", "bob", "UTC", "Users = ", "Set-SmbClientConfiguration"].map(str::to_owned);
        for path in ["/", SILENCES, "/search?q=zzz", "/findings"] {
            let faults = faults(&person.page(path).await, &data);
            assert!(faults.is_empty(), "{path}: {}", faults.join("\n"));
        }
        let refused = make(&person, server.clock.now_at(), &[]).await;
        let faults = faults(&refused.html(), &["Rome", "bob", "UTC", "new disks"].map(str::to_owned));
        assert!(refused.status == 422 && faults.is_empty(), "{}", faults.join("\n"));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_search_finds_hosts_that_are_seen_and_who_was_on_them() {
    both(async |store| {
        let (server, _) = furnished(store).await;
        let all = Person::with_role(&server, "eve", Role::Viewer).await;
        let some = Person::confined(&server, "bob", (Role::Viewer, "Paris")).await;
        assert_eq!(texts(&all.page("/search?q=host").await, "#found-hosts .name").len(), 3);
        assert_eq!(texts(&some.page("/search?q=host").await, "#found-hosts .name"), ["PARHOST"]);
        assert_eq!(texts(&all.page("/search?q=pc").await, "#found-clients .name").len(), 3);
        assert_eq!(texts(&some.page("/search?q=pc").await, "#found-clients .name"), ["parpc"]);
        assert_eq!(texts(&all.page("/search?q=user").await, "#found-users .name").len(), 3);
        let page = some.page("/search?q=user").await;
        assert_eq!(texts(&page, "#found-users .name"), ["paruser"]);
        assert_eq!(texts(&page, "h1"), ["0 hosts, 0 clients and 1 user with “user”"]);
        for path in ["/search?q=o", "/search?q=y", "/search?q=o&format=csv", "/search?q=pc&format=csv", "/search"] {
            let answer = some.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            tells_of_paris_alone(path, &answer.text);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn findings_and_groups_are_told_of_hosts_that_are_seen() {
    both(async |store| {
        let (server, [paris, lyon, _]) = furnished(store).await;
        let some = Person::confined(&server, "bob", (Role::Viewer, "Paris")).await;
        assert_eq!(texts(&some.page("/findings").await, "h1"), ["1 finding on 1 host: 1 high"]);
        assert_eq!(texts(&some.page("/findings/CFG-07").await, "#headline"), ["It applies to 1 host."]);
        assert_eq!(texts(&some.page("/findings/CFG-07").await, "#rows .name"), ["PARHOST"]);
        store.write(async |tx| findings::save(tx, lyon, &[], server.clock.now_at()).await).await;
        for path in ["/findings", "/findings?state=gone", "/findings?format=csv", "/findings/CFG-07?format=csv"] {
            let answer = some.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            tells_of_paris_alone(path, &answer.text);
        }
        assert_eq!(texts(&some.page("/findings?state=gone").await, "#gone"), [] as [String; 0]);

        let program = Caller::confined(&server, Scope::Read, "Paris").await;
        let count = async |asked: &str| {
            let found = program.json(&format!("/api/v1/findings{asked}")).await;
            found["findings"].as_array().unwrap().len()
        };
        assert_eq!((count("").await, count("?state=gone").await), (1, 0));
        let of = |host: HostId| format!("?host={host}");
        assert_eq!((count(&of(paris)).await, count(&of(lyon)).await), (1, 0));
        let told = program.json("/api/v1/groups").await;
        let names: Vec<_> = told["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
        assert_eq!((names, &told["hosts_in_none"]), (vec![&"Paris".into()], &0.into()));
        server.stop().await;
    })
    .await;
}

/// As a field of the form has an instant.
fn field(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap().strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The form, for an hour.
async fn make(person: &Person, now_at: i64, whom: &[(&str, &str)]) -> Answer {
    let (from, until) = (field(now_at), field(now_at + HOUR_MS));
    let mut fields = vec![("from", from.as_str()), ("until", &until), ("zone", "UTC"), ("reason", "new disks")];
    fields.extend(whom);
    person.submit(SILENCES, SILENCES, &fields).await
}

#[tokio::test]
async fn an_operator_who_is_confined_sees_makes_and_ends_silences_of_his_groups_and_their_hosts() {
    both(async |store| {
        let (server, [paris, lyon, _]) = furnished(store).await;
        let now_at = server.clock.now_at();
        let for_all = silence(None, "", ("allreason", now_at));
        store.write(async |tx| alerts::insert_silence(tx, &for_all).await).await;
        let some = Person::confined(&server, "bob", (Role::Operator, "Paris")).await;
        let page = some.page(SILENCES).await;
        assert_eq!(texts(&page, "h1"), ["2 silences are in force; none is coming."]);
        assert_eq!(texts(&page, "#silences td .name"), ["PARHOST", "group Paris"]);
        assert!(!attributes(&page, "#new option", "value").contains(&"pipeline".to_owned()));
        assert_eq!(attributes(&page, "#groups option", "value"), ["Paris"]);
        let of_lyon = format!("{SILENCES}?host={lyon}");
        for path in [SILENCES, &format!("{SILENCES}?format=csv"), &of_lyon] {
            let answer = some.get(path).await;
            assert_eq!(answer.status, 200, "{path}");
            tells_of_paris_alone(path, &answer.text);
        }
        let told = texts(&some.page(&format!("/hosts/{paris}")).await, ".meta").join(" ");
        assert!(told.contains("parreason") && told.contains("allreason"), "all that keep it quiet: {told}");
        assert!(!told.contains("lyreason") && !told.contains("noreason"), "{told}");

        let lyon = lyon.to_string();
        for (whom, status, says) in [
            (&[][..], 422, "write one of Paris"),
            (&[("group", "Lyon")], 422, "write one of Paris"),
            (&[("host_name", "LYHOST")], 422, "There is no host “LYHOST”"),
            (&[("host", lyon.as_str())], 404, "host"),
            (&[("host_name", "parhost")], 303, ""),
            (&[("group", "Paris")], 303, ""),
        ] {
            let answer = make(&some, now_at, whom).await;
            assert_eq!(answer.status, status, "{whom:?}: {}", answer.text);
            assert!(answer.text.contains(says), "{whom:?}: {}", answer.text);
        }
        let there = alerts::silences(store, now_at).await.unwrap();
        assert_eq!(there.len(), 8, "six were there");
        for silence in &there {
            let is_his = silence.host == Some(paris) || silence.group_name == "Paris";
            let answer = some.submit(SILENCES, &format!("{SILENCES}/{}/end", silence.id), &[]).await;
            assert_eq!(answer.status, if is_his { 303 } else { 409 }, "{silence:?}");
        }
        assert_eq!(alerts::silences(store, server.clock.now_at()).await.unwrap().len(), 4, "those of others");
        let page = some.page(SILENCES).await;
        assert_eq!(texts(&page, "h1"), ["No silence is active for your groups or their hosts alone."]);
        assert!(texts(&page, "#silences td .name").iter().all(|whom| whom == "PARHOST" || whom == "group Paris"));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_view_that_was_kept_shows_no_more_than_its_person_sees_now() {
    both(async |store| {
        let (server, _) = furnished(store).await;
        let person = Person::with_role(&server, "bob", Role::Operator).await;
        let kept = person.submit("/", "/views", &[("here", "/?q=host"), ("name", "Mine")]).await;
        assert_eq!((kept.status, kept.header("location")), (303, "/?q=host"));
        assert_eq!(texts(&person.page("/?q=host").await, "#rows .name").len(), 3);
        confine(store, "bob", &Sight::of(["Paris"]).unwrap()).await;
        let page = person.page("/?q=host").await;
        assert_eq!(texts(&page, ".views nav [aria-current]"), ["Mine"]);
        assert_eq!(texts(&page, "#rows .name"), ["PARHOST"]);
        server.stop().await;
    })
    .await;
}
