//! Tables as files: CSV and XLSX of what the pages show, with names that stay text.

pub(crate) mod made;
pub(crate) mod read;

use calamine::Data;
use highwater::model::counter::Counter;
use highwater::model::time::MINUTE_MS;

use self::made::{EVIL, Made, evil_fleet};
use self::read::{assert_no_formula, cells, column, rows, text};
use crate::harness::holdings::{clients, host, sessions, users};
use crate::harness::person::{Person, attributes};
use crate::harness::server::TestServer;
use crate::harness::store::both;

/// Where a table is, the file's name after `highwater-`, its columns, and how many rows it has at least. What stands in braces is
/// filled in.
type Table = (&'static str, &'static str, &'static str, usize);

const OF_HOST: &[Table] = &[
    ("/hosts/{host}?", "sessions-{host}", "{sessions},Host,SnapshotAt,Client,AskedAt,Held,Incomplete", 2),
    (
        "/hosts/{host}?compared_with={then}",
        "sessions-{host}",
        "{sessions},Host,SnapshotAt,Client,AskedAt,Held,Incomplete,Change,NumOpensBefore,ComparedWith,ComparedSnapshotAt,ComparedHeld",
        3,
    ),
    ("/hosts/{host}?range=1h&chart=sessions", "usage-{host}", "{steps}", 200),
    ("/hosts/{host}?range=1h&chart=sessions&before=7d", "usage-{host}", "{steps},PeakSessionsWeekBefore", 200),
    ("/hosts/{host}?range=1h&chart=holders", "holders-{host}", "From,To,Client,Sessions,AllSessions,Figure", 50),
    (
        "/hosts/{host}?range=1h&table=shares",
        "shares-{host}",
        "Share,Uses,Limit,Unlimited,SaturationPercent,PeakUses,PeakLimit,PeakAt,ReadAt,Host",
        2,
    ),
    ("/hosts/{host}?range=1h&table=counters", "counters-{host}", "ReadAt,Since,{counters}", 2),
    (
        "/hosts/{host}?range=1h&table=changes",
        "changes-{host}",
        "SeenAt,LastSeenOtherwiseAt,What,Setting,Before,After,Host",
        1,
    ),
    ("/hosts/{host}?range=1h&table=findings", "findings-of-host-{host}", "{findings}", 1),
];

const OF_FLEET: &[Table] = &[
    (
        "/?",
        "hosts",
        "Host,FullName,Group,System,State,Sessions,Limit,LimitSource,SaturationPercent,Clients,Opens,IdleOver15Min,ZeroOpens,\
         Peak24h,PeakAt,LastEventId,LastEventAt,SnapshotAt,AgentVersion,AgentHeardAt",
        1,
    ),
    (
        "/?range=1h&chart=saturation",
        "fleet",
        "From,To,HighestSaturationPercent,P95SaturationPercent,MedianSaturationPercent,FullHosts,HostsFrom80Percent,SilentHosts",
        10,
    ),
    ("/?range=1h&chart=worst", "worst-hosts", "Host,From,To,State,SaturationPercent,PeakAt,SecondsFullInRange", 0),
    ("/events?", "events", "TimeCreated,Id,LevelDisplayName,ProviderName,MachineName,Message", 1),
    ("/findings?", "findings", "{findings}", 1),
    ("/findings/CFG-16?", "findings-cfg-16", "{findings}", 1),
    ("/search?q=http", "search", "Kind,Name,OtherNames,Class,State,Group", 2),
];

const OF_HOLDERS: &[Table] = &[
    ("/clients?", "clients", "Client,{held}", 2),
    ("/clients/{client}?", "client-{client}-hosts", "{on_hosts}", 1),
    ("/clients/{client}?table=sessions", "client-{client}-sessions", "{sessions},Host", 1),
    ("/clients/{client}?table=names", "client-{client}-names", "Name,SessionHours,PeakSessions,MergedAt,MergedBy", 2),
    ("/clients/{client}?chart=held", "client-{client}-held", "From,To,MeanSessions", 1),
    ("/users?", "users", "User,{held}", 2),
    ("/users/{user}?table=hosts", "user-{user}-hosts", "{on_hosts}", 1),
    ("/users/{user}?table=sessions", "user-{user}-sessions", "{sessions},Host", 1),
];

const OF_SETTINGS: &[Table] = &[
    (
        "/settings/agents?",
        "agents",
        "Agent,State,Version,System,Address,MachineId,HeardAt,EnrolledAt,DecidedAt,Token,Domain,ByRule,KeySince,KeyAskedAt,\
         OverQuota,OverQuotaAt,TwoMachinesAt",
        2,
    ),
    (
        "/settings/tokens?",
        "tokens",
        "Token,Group,Approves,Uses,MostUses,ExpiresAt,RevokedAt,Addresses,CreatedAt,Usable",
        1,
    ),
    ("/settings/tokens?table=rules", "approval-rules", "Name,Domain,Addresses,MadeAt,MadeBy", 1),
    ("/settings/accounts?", "accounts", "Account,Role,Source,CreatedAt,SignedInAt,DisabledAt,Groups", 2),
    (
        "/settings/keys?",
        "api-keys",
        "Key,Scopes,SeesNames,CreatedAt,CreatedBy,UsedAt,ExpiresAt,RevokedAt,Usable,Groups,Maker",
        1,
    ),
    (
        "/settings/groups?",
        "groups-of-hosts",
        "Host,FullName,Domain,Addresses,System,Group,DecidedBy,RulePlace,RuleLooksAt,RulePattern,TokenGroup",
        1,
    ),
    ("/settings/groups?table=rules", "group-rules", "Place,LooksAt,Pattern,Group,Hosts,MadeAt,MadeBy", 1),
    ("/settings/groups?table=groups", "groups", "Group,Hosts,ByHand,ByRule,ByToken", 1),
    (
        "/settings/groups?to=Paris&kind=name&pattern=*&table=preview",
        "group-rule-preview",
        "Host,Group,RuleGroup,Then",
        1,
    ),
    ("/settings/classes?", "classes", "Place,Pattern,Class,LooksAt,Names,CreatedAt,CreatedBy", 30),
    (
        "/settings/alerts?",
        "alert-rules",
        "Kind,Group,On,OpenAtPercent,OpenLooks,OpenMinutes,CloseAtPercent,CloseMinutes,Rule,ChangedAt,ChangedBy",
        9,
    ),
    (
        "/settings/silences?",
        "silences",
        "State,What,Host,Group,Kind,From,Until,Weekly,TimeZone,NextFrom,NextUntil,Reason,CreatedBy,CreatedAt",
        1,
    ),
    ("/settings/classes?rule={rule}&table=names", "class-names", "Name,Class,EarlierClass,Pattern", 1),
    (
        "/settings/classes?table=look&class=backup&subject=user&pattern=*cmd*",
        "class-preview",
        "Name,Class,EarlierClass,Pattern",
        1,
    ),
    (
        "/settings/audit?kind=webhook",
        "audit",
        "Seq,At,ActorKind,ActorId,Actor,Address,Action,SubjectKind,SubjectId,Subject,Outcome,Before,After,Redacted,Sha256",
        1,
    ),
    ("/settings/diagnosis?", "diagnosis", "Check,Good,Found", 5),
    ("/settings/diagnosis?table=versions", "agent-versions", "AgentVersion,Hosts", 1),
];

/// Columns that several tables have.
const COLUMNS: &[(&str, &str)] = &[
    ("{sessions}", "ClientComputerName,ClientUserName,NumOpens,SecondsIdle,SecondsExists,StartedAt"),
    ("{findings}", "Host,Rule,Severity,Title,Detail,Remedy,Since,Gone"),
    (
        "{steps}",
        "From,To,PeakSessions,PeakAt,Limit,LimitSource,SaturationPercent,MeanSessions,SecondsFull,SecondsObserved,Snapshots,\
         MostOpens,MostClients",
    ),
    (
        "{held}",
        "SessionCount,TotalOpens,AvgOpensPerSession,OldestSession,SessionsNow,OpensNow,SessionHours,IdleHours,ZeroOpenHours,\
         MinutesPresentWhileFull,Hosts,FirstSeen,LastSeen,Class,OtherNames,AtMost",
    ),
    (
        "{on_hosts}",
        "Host,SessionHours,SessionsNow,SessionCount,PeakAt,TotalOpens,IdleHours,ZeroOpenHours,MinutesPresentWhileFull,FirstSeen,\
         LastSeen,AtMost",
    ),
];

/// Files of figures alone.
const WITHOUT_NAMES: &[&str] =
    &["-fleet", "-worst-hosts", "-usage-", "-counters-", "-held", "-diagnosis", "-agent-versions"];

/// Every table, filled in.
fn tables(of: &Made) -> Vec<(String, String, String, usize)> {
    let filled = |text: &str| {
        let counters: Vec<&str> = Counter::all().map(Counter::word).collect();
        let named = text.replace("{counters}", &counters.join(","));
        let named = COLUMNS.iter().fold(named, |text, (name, columns)| text.replace(name, columns));
        let ids = [
            ("{host}", of.host.0),
            ("{client}", of.client.0),
            ("{user}", of.user.0),
            ("{rule}", of.rule.0),
            ("{then}", of.then_at),
        ];
        ids.iter().fold(named, |text, (name, id)| text.replace(name, &id.to_string()))
    };
    let all = [OF_HOST, OF_FLEET, OF_HOLDERS, OF_SETTINGS].concat();
    let table = |(path, file, columns, least): Table| {
        (filled(path), format!("highwater-{}", filled(file)), filled(columns), least)
    };
    all.into_iter().map(table).collect()
}

/// As French spreadsheets write a plain cell.
fn in_french(cell: &str) -> String {
    if cell.parse::<f64>().is_ok() { cell.replace('.', ",") } else { cell.to_owned() }
}

#[tokio::test]
async fn every_table_is_a_workbook_and_a_csv_in_which_hostile_names_are_text() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let made = evil_fleet(store, now_at).await;
        for (path, file, columns, least) in tables(&made) {
            let book = person.get(&format!("{path}&format=xlsx")).await;
            assert_eq!(book.status, 200, "{path}: {}", book.text);
            assert_eq!(book.header("content-disposition"), format!("attachment; filename=\"{file}.xlsx\""));
            let all = cells(&book);
            assert_eq!(all[0].iter().map(text).collect::<Vec<_>>().join(","), columns, "{path}");
            assert!(all.len() > least, "{path} has {} rows", all.len() - 1);

            let csv = person.get(&format!("{path}&format=csv")).await;
            assert_eq!(csv.header("content-disposition"), format!("attachment; filename=\"{file}.csv\""));
            let plain = rows(&csv.text, b',');
            assert_eq!((plain[0].join(","), plain.len()), (columns.clone(), all.len()), "{path}");
            assert_no_formula(&csv.text, &path);
            let has_names = plain[1..].iter().flatten().any(|cell| cell.starts_with('\''));
            assert_eq!(has_names, !WITHOUT_NAMES.iter().any(|word| file.contains(word)), "{path}: {}", csv.text);

            let csv = person.get_with(&format!("{path}&format=csv"), ("accept-language", "fr")).await;
            let french = rows(&csv.text, b';');
            assert_eq!((&french[0], french.len()), (&plain[0], plain.len()), "{path}");
            // Names by way of example: instants and ages go on.
            for (french, plain) in french[1..].iter().zip(&plain[1..]) {
                assert_eq!(french[0], in_french(&plain[0]), "{path}");
            }
            assert_no_formula(&csv.text, &path);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_workbook_has_names_as_they_are_and_figures_as_figures() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let made = evil_fleet(store, now_at).await;
        let hosts = cells(&person.get("/?format=xlsx").await);
        assert_eq!((text(&hosts[1][0]), &hosts[1][5], &hosts[1][6]), (EVIL, &Data::Float(2.0), &Data::Float(20.0)));
        let all = cells(&person.get(&format!("/hosts/{}?format=xlsx", made.host)).await);
        let named: Vec<(&str, &str)> = all[1..].iter().map(|row| (text(&row[0]), text(&row[1]))).collect();
        assert!(named.contains(&(EVIL, "+cmd")), "{named:?}");
        assert!(named.iter().any(|(_, user)| *user == "ann\u{fffd}\u{fffd}[2J"), "{named:?}");
        assert!(matches!(all[1][5], Data::DateTime(_)), "instants are instants: {:?}", all[1]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_links_to_a_file_of_each_of_its_tables() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let Made { host, client, user, rule, .. } = evil_fleet(store, now_at).await;
        for (page, least) in [
            ("/".to_owned(), 3),
            (format!("/hosts/{host}?range=1h"), 7),
            ("/clients".to_owned(), 1),
            (format!("/clients/{client}"), 3),
            (format!("/users/{user}"), 2),
            ("/events".to_owned(), 1),
            ("/findings".to_owned(), 1),
            ("/findings/CFG-16".to_owned(), 1),
            ("/search?q=http%26".to_owned(), 1),
            ("/settings/agents".to_owned(), 1),
            ("/settings/tokens".to_owned(), 2),
            ("/settings/keys".to_owned(), 1),
            ("/settings/accounts".to_owned(), 1),
            ("/settings/groups".to_owned(), 3),
            ("/settings/groups?to=Paris&kind=name&pattern=*".to_owned(), 4),
            ("/settings/diagnosis".to_owned(), 2),
            (format!("/settings/classes?rule={rule}"), 2),
            ("/settings/alerts".to_owned(), 1),
            ("/settings/silences".to_owned(), 1),
            ("/settings/audit".to_owned(), 1),
        ] {
            let links = attributes(&person.page(&page).await, "a[download]:not([data-png])", "href");
            for format in ["csv", "xlsx"] {
                let is_so = |href: &&String| href.contains(&format!("format={format}"));
                let count = links.iter().filter(is_so).count();
                assert!(count >= least, "{page} leads to {count} files of {format}: {links:?}");
            }
            for link in links {
                let path = page.split('?').next().unwrap();
                let link = if link.starts_with('?') { format!("{path}{link}") } else { link };
                let answer = person.get(&link).await;
                assert_eq!(answer.status, 200, "{link} on {page}: {}", answer.text);
                let is_file = answer.header("content-disposition").starts_with("attachment");
                assert!(is_file || link.contains("format=svg"), "{link} on {page}");
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn files_hold_what_the_filters_of_the_page_say_and_a_program_gets_bare_csv() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let made = evil_fleet(store, now_at).await;
        host(store, "FS02", 2).await;
        let read = async |path: &str| {
            let answer = person.get_with(path, ("accept", "text/csv")).await;
            assert_eq!((answer.status, answer.header("content-disposition")), (200, "inline"), "{path}");
            rows(&answer.text, b',')
        };
        let evil = format!("'{EVIL}");
        assert_eq!(column(&read("/").await, "Host"), [&evil, "FS02"]);
        assert_eq!(column(&read("/?q=fs02").await, "Host"), ["FS02"]);
        assert_eq!(read("/?level=full").await.len(), 1, "only the head");
        assert_eq!(column(&read("/findings?severity=medium").await, "Rule"), ["CFG-16"]);
        assert_eq!(read("/findings?severity=high").await.len(), 1);
        assert_eq!(read("/findings/CFG-01").await.len(), 1);
        assert_eq!(column(&read("/settings/agents?state=pending").await, "Agent"), [&evil]);
        assert_eq!(column(&read("/settings/agents?q=machine-2").await, "MachineId"), ["machine-2"]);
        assert_eq!(column(&read("/settings/groups?none=1").await, "Host"), ["FS02"]);
        let grouped = read("/settings/groups?group=-group%3B%3D1").await;
        assert_eq!((column(&grouped, "Host"), column(&grouped, "DecidedBy")), (vec![evil.as_str()], vec!["hand"]));
        let found = read("/search?q=FS02").await;
        assert_eq!((column(&found, "Kind"), column(&found, "Name")), (vec!["host"], vec!["FS02"]));
        assert!(!person.get("/settings/tokens?format=csv").await.text.contains("hwe_"), "nothing of a secret");
        let counted = read(&format!("/hosts/{}?range=1h&table=counters", made.host)).await;
        assert_eq!(column(&counted, "sessions_timed_out"), ["", "7"], "what came in since the reading before");
        assert_eq!(person.get(&format!("/hosts/{}?table=luck&format=csv", made.host)).await.status, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_file_of_a_moment_is_in_the_pages_order_and_says_what_was_not_observed() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let (pcs, who) = (clients(store, &["PC-1", "PC-2", "PC-3"]).await, users(store, &["ann", "bob"]).await);
        let at = |minutes: i64| now_at - minutes * MINUTE_MS;
        sessions(store, fs, at(60), &[(pcs[0], who[0], 3), (pcs[1], who[0], 1)]).await;
        let now = [(pcs[0], who[0], 7), (pcs[0], who[1], 0), (pcs[2], who[0], 2)];
        sessions(store, fs, now_at - 1_000, &now).await;
        let read =
            async |query: &str| rows(&person.get_as(&format!("/hosts/{fs}{query}"), "text/csv").await.text, b',');

        assert_eq!(column(&read("?sort=-opens").await, "NumOpens"), ["0", "2", "7"]);
        assert_eq!(column(&read("").await, "Held"), ["yes"; 3]);
        let gap = read(&format!("?at={}", at(30))).await;
        assert_eq!((column(&gap, "ClientComputerName"), column(&gap, "Held")), (vec!["PC-1", "PC-2"], vec!["no"; 2]));
        assert!(column(&gap, "SnapshotAt")[0] < column(&gap, "AskedAt")[0]);
        let before = read(&format!("?at={}", at(90))).await;
        assert!(before.len() == 2 && before[1][0].starts_with("Nothing was observed at "), "{before:?}");

        let other = format!("?compared_with={}", at(60));
        let both = read(&other).await;
        assert_eq!(column(&both, "Change"), ["went", "came", "came", "stayed"]);
        assert_eq!(column(&both, "NumOpensBefore"), ["", "", "", "3"]);
        let seen = column(&both, "SnapshotAt");
        assert!(seen[0] < seen[1] && seen[1..].iter().all(|at| *at == seen[1]), "as each was seen: {seen:?}");
        assert_eq!(column(&read(&format!("{other}&sort=-opens")).await, "NumOpens"), ["0", "1", "2", "7"]);
        let nothing = read(&format!("?compared_with={}", at(90))).await;
        assert!(nothing.len() == 5 && nothing[4][0].starts_with("There is nothing to compare with"), "{nothing:?}");
        server.stop().await;
    })
    .await;
}
