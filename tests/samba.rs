//! The whole way on real parts: a real SMB server with real clients, the real agent, the real server.

use std::collections::BTreeSet;
use std::path::Path;

use highwater::model::HostId;
use serde_json::Value;

use crate::harness::agent::AgentSetup;
use crate::harness::oracle::what_was_acknowledged_is_stored_once;
use crate::harness::person::{Person, texts};
use crate::harness::samba::{Samba, SmbSession, USERS};
use crate::harness::server::{ServerProcess, program, token};
use crate::harness::store::Store;
use crate::harness::wait::{eventually, same};

const CLIENTS: usize = 6;
const SESSIONS: usize = 27;

/// (client, user, opens), as often as there are such sessions.
type Sessions = Vec<(String, String, u64)>;

/// Many sessions from every client, by IPv4 and IPv6, of every user.
fn connect_many(samba: &Samba) -> Vec<SmbSession> {
    (0..SESSIONS).map(|i| samba.connect(1 + i % CLIENTS, USERS[i % USERS.len()], i % 7 == 3)).collect()
}

fn expected(sessions: &[SmbSession]) -> Sessions {
    let mut all: Sessions =
        sessions.iter().map(|s| (s.address.clone(), s.user.to_owned(), u64::from(s.opens))).collect();
    all.sort();
    all
}

/// What the API says of the sessions at an instant, and when that snapshot was taken; none before the first snapshot.
async fn sessions_at(visitor: &Person, host: i64, at: Option<&str>) -> Result<(Sessions, String), String> {
    let at = at.map(|at| format!("?at={at}")).unwrap_or_default();
    let answer = visitor.json(&format!("/api/v1/hosts/{host}/sessions{at}")).await;
    let snapshot = answer.get("snapshot").filter(|s| !s.is_null()).ok_or("no snapshot")?;
    let mut sessions: Sessions =
        snapshot["sessions"].as_array().unwrap().iter().map(session).collect::<Result<_, _>>()?;
    sessions.sort();
    Ok((sessions, snapshot["taken_at"].as_str().unwrap().to_owned()))
}

fn session(session: &Value) -> Result<(String, String, u64), String> {
    assert!(session["idle_secs"].is_null(), "Samba does not tell how long a session is idle: {session}");
    // Until its first tree connect, nobody knows since when it is there.
    let age = session["age_secs"].as_i64().ok_or_else(|| format!("a session of unknown age: {session}"))?;
    assert!((0..300).contains(&age), "{session}");
    let text = |key: &str| session[key].as_str().unwrap().to_owned();
    Ok((text("client"), text("user"), session["opens"].as_u64().unwrap()))
}

fn samba_agent(folder: &Path, server: &ServerProcess, token: &str, samba: &Samba) -> AgentSetup {
    let mut setup = AgentSetup::new(folder, server, token, &format!("samba:{}", samba.conf().display()));
    setup.variables.extend(samba.env());
    setup
}

/// Waits until the newest snapshot has these sessions and no others, and answers when it was taken.
async fn shown(visitor: &Person, host: i64, wanted: &Sessions) -> String {
    eventually("the sessions are shown", async || {
        let (seen, taken_at) = sessions_at(visitor, host, None).await?;
        same(&seen, wanted).map(|()| taken_at)
    })
    .await
}

async fn only_host(visitor: &Person) -> i64 {
    eventually("the host shows up", async || {
        let hosts = visitor.json("/api/v1/hosts").await;
        hosts["hosts"][0]["id"].as_i64().ok_or_else(|| hosts.to_string())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_api_show_exactly_the_sessions_that_a_real_smb_server_has() {
    let (data, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = ServerProcess::start(data.path(), &[]);
    let visitor = Person::first_administrator(&server).await;
    let samba = Samba::start(CLIENTS).await;
    let mut sessions = connect_many(&samba);
    let _agent = samba_agent(spool.path(), &server, &token(&server, None), &samba).start();
    let host = only_host(&visitor).await;

    shown(&visitor, host, &expected(&sessions)).await;
    // Some open no file, some one, two or three: each shows up. (smbclient reads one command at a time.)
    for file in 0..3 {
        sessions
            .iter_mut()
            .enumerate()
            .filter(|(i, _)| i % 4 > file)
            .for_each(|(_, s)| s.open(&format!("file{file}.txt")));
        shown(&visitor, host, &expected(&sessions)).await;
    }
    let all = expected(&sessions);
    let full_at = shown(&visitor, host, &all).await;
    the_pages_agree(&visitor, host, &all).await;
    what_is_counted_agrees(&samba);
    let page = visitor.page(&format!("/hosts/{host}")).await;
    assert!(texts(&page, "#counted h3").contains(&"TCP connections to the SMB port".to_owned()));

    // Sessions that end disappear …
    sessions.truncate(SESSIONS - 11);
    let rest = expected(&sessions);
    shown(&visitor, host, &rest).await;
    the_pages_agree(&visitor, host, &rest).await;
    // … and are still there in the past.
    let (then, taken_at) = sessions_at(&visitor, host, Some(&full_at)).await.unwrap();
    assert_eq!((then, taken_at), (all, full_at));
}

/// What an agent within the server's own network counts: smbclient has one connection, and one tree connect to the one share.
fn what_is_counted_agrees(samba: &Samba) {
    let source = format!("samba:{}", samba.conf().display());
    let mut command = samba.within_its_network(&program("highwater-agent"));
    let told = command.args(["once", "--json", "--source", &source]).envs(samba.env()).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    let counters = text.lines().find_map(|line| serde_json::from_str::<Value>(line).unwrap().get("counters").cloned());
    let counters = counters.unwrap_or_else(|| panic!("{text}"));
    assert_eq!(counters["values"]["tcp_established"], SESSIONS, "{counters}");
    assert_eq!(counters["shares"], serde_json::json!([{ "name": "files", "uses": SESSIONS }]));
    let bytes = |name: &str| counters["values"][name].as_i64().unwrap();
    assert!((1..bytes("memory_total_bytes")).contains(&bytes("memory_available_bytes")), "{counters}");
}

/// The fleet, the host and the clients page say the same as the API.
async fn the_pages_agree(visitor: &Person, host: i64, sessions: &Sessions) {
    let clients: BTreeSet<_> = sessions.iter().map(|(client, ..)| client.clone()).collect();
    eventually("the host page lists the sessions", async || {
        let page = visitor.page(&format!("/hosts/{host}")).await;
        let rows = texts(&page, "#connected tbody tr");
        let all_named = sessions.iter().all(|(client, user, _)| {
            let wanted = sessions.iter().filter(|(c, u, _)| (c, u) == (client, user)).count();
            rows.iter().filter(|row| row.split(' ').any(|w| w == client) && row.split(' ').any(|w| w == user)).count()
                == wanted
        });
        if rows.len() == sessions.len() && all_named { Ok(()) } else { Err(rows.join("\n")) }
    })
    .await;
    let fleet = visitor.page("/").await;
    let row = texts(&fleet, "#hosts tbody tr").join(" ");
    assert!(row.contains(&format!("{} / 60", sessions.len())) || row.contains(&sessions.len().to_string()), "{row}");
    eventually("the clients page names every client", async || {
        let page = visitor.page("/clients?range=24h").await;
        let rows = texts(&page, "table tbody tr").join("\n");
        if clients.iter().all(|client| rows.contains(client)) { Ok(()) } else { Err(rows) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_and_a_killed_agent_lose_and_double_nothing_of_a_real_smb_server() {
    let store = Store::postgres().await;
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut server = ServerProcess::start(data.path(), &[("HIGHWATER_DATABASE", store.address())]);
    let listen = server.addr.to_string();
    let visitor = Person::first_administrator(&server).await;
    let samba = Samba::start(CLIENTS).await;
    let setup = samba_agent(folder.path(), &server, &token(&server, Some(store.address())), &samba);
    let mut agent = setup.start();
    let host = only_host(&visitor).await;

    let mut sessions = Vec::new();
    for round in 0..4_usize {
        // Data flows: sessions come between the kills, and each kill meets whatever is under way.
        sessions.extend((0..3).map(|i| samba.connect(1 + (round + i) % CLIENTS, USERS[i], false)));
        if round % 2 == 0 {
            server.kill();
            let variables = [("HIGHWATER_DATABASE", store.address()), ("HIGHWATER_LISTEN", listen.as_str())];
            server = ServerProcess::start(data.path(), &variables);
        } else {
            agent.kill();
            agent = setup.start();
        }
        let all = expected(&sessions);
        shown(&visitor, host, &all).await;
    }
    assert!(agent.stop(), "the agent ends in order");
    what_was_acknowledged_is_stored_once(&store, HostId(host), folder.path()).await;
}
