//! Pages over real HTTPS, read by selector, on both databases where they touch the store.

use highwater::history::matrix::{Cell, Saturation};
use highwater::model::agent::AgentState;
use highwater::model::event::NewEvent;
use highwater::model::fleet::{FleetUsage, Step};
use highwater::store::{agents, fleet, tokens};

use crate::harness::holdings::{clients, event, held, host, record, session_hours, sessions, users};
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn clients_are_ranked_by_the_measure_and_the_first_line_says_how_much_the_largest_hold() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let all = clients(store, &["PC-1", "PC-2", "PC-3", "PC-4", "PC-5", "SCANNER"]).await;
        let mut hour: Vec<_> =
            all.iter().zip([10, 8, 6, 4, 2, 10]).map(|(id, h)| (*id, session_hours(h, now_at))).collect();
        hour[5].1.full_ms = 7 * MINUTE_MS;
        held(store, fs, now_at, 2, &hour).await;
        let page = person.page("/clients").await;
        let first = texts(&page, "h1").remove(0);
        assert_eq!(first.replace('\u{a0}', " "), "5 of 6 clients hold 95 % of all session-hours in the last 7 days.");
        for nobody in ["-9223372036854775808", "9223372036854775807", "999999"] {
            let page = person.page(&format!("/clients?host={nobody}")).await;
            assert!(texts(&page, "tbody a.name").is_empty(), "{nobody} is no host");
        }
        assert_eq!(texts(&page, "tbody a.name"), ["PC-1", "SCANNER", "PC-2", "PC-3", "PC-4", "PC-5"]);
        assert_eq!(texts(&page, "td[data-label='Session-hours'] b")[0], "10");
        assert_eq!(texts(&page, "td[data-label='Idle share']")[0].replace('\u{a0}', " "), "25 %");
        let blame = person.page("/clients?by=blame").await;
        assert_eq!(texts(&blame, "tbody a.name")[0], "SCANNER");
        assert_eq!(texts(&blame, "td[data-label='Blame']")[0].replace('\u{a0}', " "), "7 min");
        assert_eq!(texts(&blame, "th[aria-sort]"), ["Blame ↓"]);
        let found = person.page("/clients?q=scan").await;
        assert_eq!(texts(&found, "tbody a.name"), ["SCANNER"]);
        assert_eq!(texts(&found, "h1"), texts(&page, "h1"), "a search does not change the whole");
        let elsewhere = host(store, "FS02", 2).await;
        let empty = person.page(&format!("/clients?host={elsewhere}")).await;
        assert_eq!(texts(&empty, "h1"), ["No client held a session on FS02 in the last 7 days."]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_ranking_as_csv_has_the_columns_of_the_manual_analysis_and_no_formula() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let names = ["=cmd|'/c calc'!A0", "PC-2"];
        let (all, user) = (clients(store, &names).await, users(store, &["ann"]).await[0]);
        held(store, fs, now_at, 1, &[(all[0], session_hours(4, now_at)), (all[1], session_hours(2, now_at))]).await;
        sessions(store, fs, now_at - 1_000, &[(all[1], user, 3)]).await;
        let file = person.get("/clients?format=csv").await;
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"highwater-clients.csv\"");
        assert!(file.text.starts_with('\u{feff}'));
        let bare = person.get_as("/clients", "text/csv").await;
        let rows: Vec<_> = bare.text.lines().collect();
        let head = "Client,SessionCount,TotalOpens,AvgOpensPerSession,OldestSession,SessionsNow,OpensNow,";
        assert!(rows[0].starts_with(head), "{}", rows[0]);
        // The first two are the most of the range, the others of now: one holds nothing, the other a session with three opens.
        assert!(rows[1].starts_with("\"'=cmd|'/c calc'!A0\",4,8,,,0,0,"), "{}", rows[1]);
        assert!(rows[2].starts_with("\"PC-2\",2,4,3.0,2026-03-02T09:59:00Z,1,3,"), "{}", rows[2]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_ranking_is_of_the_fleet_of_a_group_or_of_one_host_and_says_until_when_it_is_complete() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let add = async |name: &str, group: &str| {
            store.write(async |tx| agents::host_of_identity(tx, name, name, group, 0).await).await
        };
        let (paris, lyon) = (add("FS01", "Paris").await, add("FS02", "Lyon").await);
        let pcs = clients(store, &["PC-1", "PC-2"]).await;
        held(store, paris, now_at, 3, &[(pcs[0], session_hours(3, now_at)), (pcs[1], session_hours(1, now_at))]).await;
        held(store, lyon, now_at, 3, &[(pcs[1], session_hours(5, now_at))]).await;
        let shown = async |query: &str| {
            let page = person.page(&format!("/clients{query}")).await;
            let hours = texts(&page, "td[data-label='Session-hours'] b");
            (texts(&page, "h1").remove(0), texts(&page, "tbody a.name"), hours)
        };
        let names = |all: [&str; 2]| all.map(str::to_owned).to_vec();
        let fleet = shown("?range=24h").await;
        assert_eq!(fleet.0, "2 clients held 9 session-hours in the last 24 hours.");
        assert_eq!((fleet.1, fleet.2), (names(["PC-2", "PC-1"]), vec!["6.0".to_owned(), "3.0".to_owned()]));
        let group = shown("?range=24h&group=Paris").await;
        assert_eq!(group.0, "2 clients held 4 session-hours in Paris in the last 24 hours.");
        assert_eq!((group.1, group.2), (names(["PC-1", "PC-2"]), vec!["3.0".to_owned(), "1.0".to_owned()]));
        let host = shown(&format!("?range=1y&host={lyon}")).await;
        assert_eq!(host.0, "1 client held 5 session-hours on FS02 in the last year.");
        assert_eq!(
            shown("?range=24h&group=Nowhere").await.0,
            "No client held a session in Nowhere in the last 24 hours."
        );
        let page = person.page("/clients?range=24h").await;
        assert!(
            texts(&page, ".meta span").iter().any(|text| text.starts_with("added up until")),
            "{:?}",
            texts(&page, ".meta span")
        );
        let answer = person.json("/api/v1/clients?group=Paris").await;
        assert_eq!((&answer["total"], &answer["session_secs"]), (&2.into(), &14_400.into()));
        let users = person.json("/api/v1/users").await;
        assert_eq!((&users["total"], &users["users"]), (&0.into(), &serde_json::json!([])));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_fleet_s_page_shows_its_spread_and_its_worst_hosts_and_leads_to_their_moments() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let (full, calm) = (host(store, "FS01", 1).await, host(store, "FS02", 2).await);
        let step_at = now_at.div_euclid(5 * MINUTE_MS) * 5 * MINUTE_MS - 60 * MINUTE_MS;
        let cell = |share: f64, sessions: u32| Cell {
            saturation: Saturation::of(share),
            mean: Saturation::of(share),
            full_secs: if share >= 1.0 { 240 } else { 0 },
            peak_sessions: Some(sessions),
            peak_after_secs: 60,
        };
        let usage = |start_at: i64, step_ms: i64| FleetUsage {
            start_at,
            step_ms,
            hosts: 2,
            observed: 2,
            at_limit: 1,
            above_80: 1,
            max_saturation: Some(1.0),
            p95_saturation: Some(1.0),
            median_saturation: Some(0.25),
            ..FleetUsage::default()
        };
        let cells = [(full, cell(1.0, 20)), (calm, cell(0.25, 5))];
        let hour_at = highwater::model::time::hour_start(step_at);
        store
            .write(async |tx| {
                fleet::save_step(tx, Step::FiveMinutes, &usage(step_at, 5 * MINUTE_MS), &cells).await?;
                fleet::save_step(tx, Step::Hour, &usage(hour_at, 60 * MINUTE_MS), &cells).await
            })
            .await;
        for range in ["24h", "7d", "30d", "90d", "1y"] {
            let page = person.page(&format!("/?range={range}")).await;
            assert_eq!(texts(&page, ".heat tbody .h-name a"), ["FS01", "FS02"], "{range}");
            assert_eq!(texts(&page, ".heat .h-val")[1].replace('\u{a0}', " "), "4 min", "{range}");
            let labels = attributes(&page, ".heat svg[aria-label]", "aria-label");
            assert!(labels[0].starts_with("FS01: full") && labels[1].starts_with("FS02: up to 25"), "{labels:?}");
            let links = attributes(&page, ".heat svg a", "href");
            assert!(links[0].starts_with(&format!("/hosts/{full}?range={range}&at=")), "{links:?}");
            let at: i64 = links[0].rsplit('=').next().unwrap().parse().unwrap();
            assert!((hour_at..hour_at + 60 * MINUTE_MS).contains(&at), "{range}");
            let rows = texts(&page, ".astable tr").iter().map(|row| row.replace('\u{a0}', " ")).collect::<Vec<_>>();
            assert!(rows.iter().any(|row| row.ends_with("100 % 100 % 25 % 1 1 0")), "{range}: {rows:?}");
        }
        let page = person.page("/?sort=peak").await;
        assert_eq!(texts(&page, "#hosts tbody a.name"), ["FS01", "FS02"]);
        assert!(texts(&page, "td[data-label='Peak, 24 h']")[0].starts_with("20"));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_is_shown_across_hosts_with_its_sessions_of_now() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let (one, two) = (host(store, "FS01", 1).await, host(store, "FS02", 2).await);
        let (pc, who) = (clients(store, &["PC-1"]).await[0], users(store, &["ann", ""]).await);
        held(store, one, now_at, 3, &[(pc, session_hours(3, now_at))]).await;
        held(store, two, now_at, 2, &[(pc, session_hours(9, now_at))]).await;
        sessions(store, two, now_at - 1_000, &[(pc, who[0], 3), (pc, who[1], 0)]).await;
        let page = person.page(&format!("/clients/{pc}")).await;
        assert_eq!(texts(&page, "h1"), ["PC-1"]);
        let sentence = texts(&page, ".sentence").remove(0).replace('\u{a0}', " ");
        assert_eq!(
            sentence,
            "12 session-hours on 2 hosts in the last 7 days; at most 9 sessions at once, all hosts together."
        );
        assert_eq!(texts(&page, "td > a.name"), ["FS02", "FS01"]);
        let told = ["Sessions on FS02 over time, peak 9", "Sessions on FS01 over time, peak 3"];
        assert_eq!(attributes(&page, "#hosts svg.spark", "aria-label"), told);
        assert_eq!(texts(&page, "td[data-label='Now']"), ["2", "–"]);
        assert_eq!(attributes(&page, ".tight a[href^='/users/']", "href").len(), 2);
        assert!(texts(&page, ".tight td").contains(&"(anonymous)".to_owned()));
        let user = person.page(&format!("/users/{}", who[0])).await;
        assert_eq!(texts(&user, "h1"), ["ann"]);
        assert_eq!(person.get("/clients/999999").await.status, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn events_are_told_in_words_filtered_and_paged_and_foreign_ones_stand_apart() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let at = |n: i64| now_at - n * MINUTE_MS;
        let mut all: Vec<NewEvent> = (0..120).map(|n| event("Srv", 2022, at(n + 10), n.cast_unsigned() + 10)).collect();
        all.extend([event("SRV", 2003, at(1), 1), event("PerfNet", 2003, at(2), 2), event("Srv", 2019, at(3), 3)]);
        record(store, fs, &all).await;
        let page = person.page("/events").await;
        let first = texts(&page, "h1").remove(0);
        assert_eq!(
            first,
            "120 capacity events; 122 events of the SMB server in all. 1 event with the same id comes from another provider and is not \
             counted."
        );
        let meanings = texts(&page, "td.wide:not(.provider)");
        assert_eq!(meanings[0], "The SMB server could not create a process when it started");
        assert_eq!(meanings[1], "Not from the SMB server: the same id of another provider");
        assert_eq!(texts(&page, "tr.over td[data-label='Class']"), ["Foreign"]);
        assert_eq!(meanings.len(), 100);
        let older = attributes(&page, ".pager a.btn", "href").remove(0);
        let rest = person.page(&format!("/events{older}")).await;
        assert_eq!(texts(&rest, "td.wide:not(.provider)").len(), 23);
        let memory = person.page("/events?class=memory").await;
        assert_eq!(texts(&memory, "td.wide:not(.provider)"), ["The system's nonpaged pool is empty"]);
        let csv = person.get_as("/events?code=2003", "text/csv").await;
        let rows: Vec<_> = csv.text.lines().collect();
        assert_eq!(rows[0], "TimeCreated,Id,LevelDisplayName,ProviderName,MachineName,Message");
        assert!(rows[1].ends_with(r#",2003,"Warning","SRV","fs01.corp.example","message of 2003""#), "{}", rows[1]);
        assert_eq!(rows.len(), 3);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_event_shows_its_record_and_what_the_host_held_at_that_second() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let (pcs, user) = (clients(store, &["PC-1", "PC-2"]).await, users(store, &["ann"]).await[0]);
        sessions(store, fs, now_at - 5 * MINUTE_MS, &[(pcs[0], user, 3), (pcs[1], user, 1), (pcs[1], user, 2)]).await;
        let observed = NewEvent {
            decoded: r#"{"count":7,"window_secs":60}"#.into(),
            ..event("Srv", 2022, now_at - 5 * MINUTE_MS + 9_000, 1)
        };
        record(store, fs, &[observed, event("Srv", 2022, now_at - MINUTE_MS, 2)]).await;
        let list = person.page("/events").await;
        let links = attributes(&list, "td.wide a", "href");
        let (unobserved, observed) = (person.page(&links[0]).await, person.page(&links[1]).await);
        assert!(texts(&observed, ".prose")[0].contains("the one event of the family that truly is about connections"));
        assert!(
            texts(&observed, ".line")[0].replace('\u{a0}', " ").starts_with("FS01 held 3 of 20 sessions by 2 clients")
        );
        assert_eq!(texts(&observed, ".tight td a.name"), ["PC-2", "PC-1"]);
        assert!(texts(&observed, "pre")[0].starts_with("<Event><System>"));
        assert!(texts(&observed, ".kv dd").contains(&"7".to_owned()));
        assert!(texts(&unobserved, ".empty")[0].starts_with("Nothing was observed at that moment."));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_is_shown_once_with_the_command_and_can_be_revoked() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let fields = [
            ("label", "Paris"),
            ("group", "Paris"),
            ("approve", "auto"),
            ("uses", "5"),
            ("expires_days", "7"),
            ("ranges", "10.0.0.0/8"),
        ];
        let made = person.submit("/settings/tokens", "/settings/tokens", &fields).await;
        assert_eq!(made.status, 200);
        let command = texts(&made.html(), "pre.code").remove(0);
        let secret = texts(&made.html(), "#secret").remove(0);
        assert!(secret.starts_with("hwe_") && command.contains(&secret), "{command}");
        assert!(command.starts_with("sudo highwater-agent run") && command.contains("--pin"), "{command}");
        let shown = texts(&made.html(), "pre.code").join("\n");
        assert!(shown.contains("msiexec /i highwater-agent.msi /qn SERVERURL=\"https://localhost:"), "{shown}");
        assert!(shown.contains("deploy.ps1 -Package") && shown.contains("PIN="), "{shown}");
        let token = tokens::list(&server.db).await.unwrap().remove(0);
        assert_eq!(
            (token.label.as_str(), token.max_uses, token.ranges),
            ("Paris", Some(5), vec!["10.0.0.0/8".to_owned()])
        );
        let list = person.get("/settings/tokens").await;
        assert!(!list.text.contains(&secret), "only its hint is left");
        let bad =
            person.submit("/settings/tokens", "/settings/tokens", &[("label", "kept"), ("ranges", "paris")]).await;
        assert_eq!(bad.status, 422);
        assert_eq!(bad.attribute("input[name=label]", "value").as_deref(), Some("kept"));
        let revoked = person.submit("/settings/tokens", &format!("/settings/tokens/{}/revoke", token.id), &[]).await;
        assert_eq!(revoked.status, 303);
        assert!(tokens::list(&server.db).await.unwrap()[0].revoked_at.is_some());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_conflict_is_kept_apart_or_replaces_the_other_and_nobody_decides_unseen() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let fs = store.host("machine-1").await;
        let first = store.agent(fs, AgentState::Approved, 1).await;
        let clone = store.agent(fs, AgentState::Conflict, 2).await;
        let anew = store.agent(fs, AgentState::Conflict, 3).await;
        let page = person.page("/settings/agents").await;
        assert_eq!(texts(&page, "h1"), ["2 agents wait for your decision; 1 may send."]);
        assert_eq!(texts(&page, ".waiters button")[..2], ["Keep both", "Replaces the other"]);
        let decide = async |agent, fields: &[(&str, &str)]| {
            person.submit("/settings/agents", &format!("/settings/agents/{agent}/decide"), fields).await.status
        };
        assert_eq!(decide(clone, &[("to", "split"), ("from", "pending")]).await, 409);
        assert_eq!(decide(first, &[("to", "split"), ("from", "approved")]).await, 400);
        assert_eq!(decide(clone, &[("to", "split"), ("from", "conflict")]).await, 303);
        let state = async |id| {
            let agent = agents::find(&server.db, id).await.unwrap().unwrap();
            (agent.state, agent.host == fs)
        };
        assert_eq!(state(clone).await, (AgentState::Approved, false));
        assert_eq!(state(first).await, (AgentState::Approved, true), "nobody is evicted by a split");
        assert_eq!(decide(anew, &[("to", "approved"), ("from", "conflict")]).await, 303);
        assert_eq!(state(anew).await, (AgentState::Approved, true));
        assert_eq!(state(first).await, (AgentState::Revoked, true));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_server_says_the_next_step_on_every_page() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    for path in ["/clients", "/users", "/events", "/settings/agents", "/settings/tokens"] {
        let page = person.page(path).await;
        assert_eq!(texts(&page, "h1").len(), 1, "{path}");
        assert!(!texts(&page, ".empty")[0].is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_windows_package_is_downloaded_by_who_is_signed_in_and_nothing_else_of_its_folder() {
    let store = Store::sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start_with(&store, |config| config.package_dir = Some(folder.path().to_owned())).await;
    let person = Person::signed_in(&server).await;
    let empty = texts(&person.page("/settings/tokens").await, "#package").join(" ");
    assert!(empty.contains("offers none yet") && empty.contains(folder.path().to_str().unwrap()), "{empty}");
    for (name, text) in [("highwater-agent.msi", "package"), ("secret.txt", "secret"), ("SHA256SUMS", "sums")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let page = person.page("/settings/tokens").await;
    let links = attributes(&page, "#package a", "href");
    assert_eq!(links, ["/settings/package/highwater-agent.msi", "/settings/package/SHA256SUMS"]);
    let msi = person.get(&links[0]).await;
    assert_eq!((msi.status, msi.text.as_str()), (200, "package"));
    assert_eq!(msi.header("content-disposition"), "attachment; filename=\"highwater-agent.msi\"");
    for path in ["secret.txt", "..%2Fsecret.txt", "deploy.ps1", "%2Fetc%2Fpasswd", "SHA256SUMS%00.txt"] {
        assert_eq!(person.get(&format!("/settings/package/{path}")).await.status, 404, "{path}");
    }
    let stranger = Person::stranger(&server).get(&links[0]).await;
    assert_eq!(stranger.status, 303, "whoever is not signed in is led to the sign-in");
    server.stop().await;
}
