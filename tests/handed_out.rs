//! All that is kept of one client or user, as a zip: everything that erasing would reach, and nobody else's sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::process::Command;

use flate2::read::GzDecoder;
use highwater::model::class::{Class, Subject};
use highwater::model::counter::Share;
use highwater::model::finding::{Detail, Found, Severity};
use highwater::model::host::Facts;
use highwater::model::pseudonym::UserNames;
use highwater::model::role::Role;
use highwater::model::view::SavedPage;
use highwater::model::{HostId, IncidentId};
use highwater::store::erasure::Place;
use highwater::store::rank::By;
use highwater::store::{accounts, changes, classes, findings, hosts, shares, views};
use highwater::tasks::erasure::erase;
use highwater::web::person::{Told, Whom, begin};
use highwater_wire as wire;
use zip::ZipArchive;

use crate::harness::audit::{done, trail};
use crate::harness::history::finish;
use crate::harness::outbox;
use crate::harness::person::Person;
use crate::harness::server::{TestServer, program};
use crate::harness::store::{Store, T0, both};
use crate::harness::traces::{Agent, CLIENT, USER, event, export, incident, kept_answer, leak, snapshot};

/// Tables by their names, each row by its columns.
type Tables = BTreeMap<String, Vec<BTreeMap<String, String>>>;

fn tables(bytes: &[u8]) -> (Tables, String) {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let (mut tables, mut readme) = (Tables::new(), String::new());
    for place in 0..zip.len() {
        let mut entry = zip.by_index(place).unwrap();
        let (name, mut text) = (entry.name().unwrap().into_owned(), String::new());
        entry.read_to_string(&mut text).unwrap();
        match name.strip_suffix(".csv") {
            Some(table) => {
                let rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes()).into_deserialize();
                tables.insert(table.to_owned(), rows.map(Result::unwrap).collect());
            }
            None => readme = text,
        }
    }
    (tables, readme)
}

async fn handed_out(store: &Store, by: By, name: &str) -> (Told, Tables, String) {
    let mut zip = begin(store, &trail(), Whom { by, name: name.to_owned() }).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = zip.pieces.recv().await {
        bytes.extend_from_slice(&piece);
    }
    let told = zip.done.await.unwrap().unwrap();
    let (tables, readme) = tables(&bytes);
    (told, tables, readme)
}

/// The client's name in every place where one is looked for but those of [`by_chance`].
async fn everywhere(store: &Store) -> (HostId, IncidentId) {
    let mut agent = Agent::start(store, UserNames::Shown).await;
    for minute in 0..50 {
        agent.push(snapshot(T0 + minute * 60_000, None)).await;
    }
    agent.push(event()).await;
    finish(store).await;
    // Of an hour that is not put together, and of a snapshot that is not whole.
    agent.push(snapshot(T0 + 51 * 60_000, None)).await;
    agent.push(snapshot(T0 + 52 * 60_000, Some(wire::Part { index: 0, of: 2 }))).await;
    let found = [Found { rule: "CLI-01", severity: Severity::High, detail: Detail::Facts(vec![leak(CLIENT)]) }];
    store.write(async |tx| findings::save(tx, agent.from.host, &found, T0).await).await;
    let account = store.write(async |tx| accounts::insert(tx, "eve", "none", Role::Administrator, T0).await).await;
    let named = format!("those of {CLIENT}");
    let (page, filter) = ((SavedPage::Clients, named.as_str()), format!("?q={CLIENT}"));
    store.write(async |tx| views::save(tx, account, page, &filter, T0).await).await;
    let rule = (Class::Backup, Subject::Client, CLIENT);
    store.write(async |tx| classes::insert(tx, rule, "eve", T0).await).await;
    let id = incident(store, agent.from.host).await;
    let evidence = format!(
        r#"{{"holders":[{{"name":"{CLIENT}","sessions":5,"users":["CORP\\bob"]}},{{"name":"10.0.0.7","sessions":9}}]}}"#
    );
    store.execute(&format!("update incidents set evidence = '{evidence}'")).await;
    let webhook = outbox::webhook(store, "https://tickets.example/in", &[outbox::OPENED]).await;
    outbox::enqueue(store, webhook, None, outbox::OPENED, &format!(r#"{{"subject":"{CLIENT}"}}"#)).await;
    store
        .execute(&format!(
            "insert into delivery_attempts (delivery_id, at, took_ms, status, error, answer)
             select max(delivery_id), 1, 1, 200, '', 'got {CLIENT}' from deliveries"
        ))
        .await;
    // Sent already: a server that starts has nothing to send.
    store.execute("update deliveries set state = 'delivered', settled_at = created_at").await;
    export(store, CLIENT).await;
    kept_answer(store).await;
    (agent.from.host, id)
}

/// Its name in what people call things, and in what hosts and other systems say.
async fn by_chance(store: &Store, (host, incident): (HostId, IncidentId)) {
    let settings = BTreeMap::from([("srvcomment".to_owned(), format!("Was {CLIENT} before"))]);
    let facts = Facts { observed_at: T0, name: "FS01".to_owned(), settings, ..Facts::default() };
    let share = Share { name: format!("{CLIENT}$"), uses: 1, most_uses: Some(10), is_unlimited: false };
    store
        .write(async |tx| {
            hosts::save_facts(tx, host, &facts).await?;
            changes::learn(tx, host, &facts).await?;
            shares::save(tx, host, T0, std::slice::from_ref(&share)).await
        })
        .await;
    for sql in statements(store, host, incident) {
        assert!(store.execute(&sql).await > 0, "{sql}");
    }
}

fn statements(store: &Store, host: HostId, incident: IncidentId) -> Vec<String> {
    let (none, some) = if store.kind() == "sqlite" { ("x''", "x'01'") } else { ("''", r"'\x01'") };
    vec![
        format!(
            "insert into silences (is_maintenance, host_id, group_name, kind, from_at, until_at, is_weekly, time_zone, reason,
                created_by, created_at)
             values (0, {host}, '', '', 1, 2, 0, 'UTC', 'New disk for {CLIENT}', 'eve', 1)"
        ),
        format!(
            "insert into incident_tickets (incident_id, name, url, linked_at, linked_by)
             values ({incident}, 'About {CLIENT}', 'https://desk.example/{CLIENT}', 1, 'eve')"
        ),
        format!(
            "insert into connectors (name, system, settings, sealed, kinds, group_names, language, is_on, off_why, off_by, failures,
                created_at, created_by, updated_at)
             values ('Desk of {CLIENT}', 'jira', '{{}}', {none}, '[]', '[]', 'en', 0, 'hand', 'eve', 0, 1, 'eve', 1)"
        ),
        format!(
            "insert into connector_tickets (connector_id, incident_id, remote_id, name, url, state, looked_at)
             select max(connector_id), {incident}, '7', 'About {CLIENT}', 'https://desk.example/{CLIENT}', 'open', 1 from connectors"
        ),
        format!(
            "insert into gaps (host_id, from_at, to_at, reason, detail, received_at)
             values ({host}, {T0}, {T0}, 'other', 'Lost while {CLIENT} copied', {T0})"
        ),
        format!(
            "insert into tokens (label, secret_sha256, hint, group_name, approve, uses, ranges, created_at)
             values ('for {CLIENT}', {some}, 'hwe_x', '', 'hand', 0, '', 1)"
        ),
        format!(
            "insert into api_keys (label, secret_sha256, hint, scopes, created_at, created_by)
             values ('on {CLIENT}', {some}, 'hwk_x', 'read', 1, 'eve')"
        ),
        format!("update delivery_attempts set error = 'no way to {CLIENT}'"),
        format!("update webhooks set name = 'Desk of {CLIENT}'"),
        format!("update audit_forward set error = 'no way to {CLIENT}'"),
    ]
}

#[tokio::test]
async fn a_client_gets_all_that_erasing_would_reach_and_afterwards_nothing() {
    both(async |store| {
        let of = everywhere(store).await;
        by_chance(store, of).await;
        let stands: BTreeSet<String> = store.columns_with(CLIENT).await.into_iter().collect();
        let places: Vec<_> = Place::ALL.into_iter().flat_map(Place::columns).collect();
        for (table, column) in &places {
            let is_anothers = (*table, *column) == ("users", "name");
            assert!(is_anothers || stands.contains(&format!("{table}.{column}")), "{table}.{column} is tried");
        }
        let (told, all, readme) = handed_out(store, By::Client, &CLIENT.to_uppercase()).await;
        assert_eq!((told.names, told.sessions), (2, 51 * 2), "two sessions of two names a snapshot");
        assert_eq!(all["sessions"].len(), 51 * 2);
        assert!(all["sessions"].iter().all(|row| row["Client"].eq_ignore_ascii_case(CLIENT) && row["User"] == USER));
        for (table, rows) in &all {
            assert!(readme.contains(&format!("{table}.csv")), "{table} is explained");
            // A day that is not over is not added up.
            assert!(!rows.is_empty() || table == "days", "{table} has what was put there");
            let others =
                rows.iter().flat_map(BTreeMap::values).filter(|text| text.contains("bob") || text.contains("10.0.0.7"));
            assert_eq!(others.count(), 0, "{table} is of nobody else");
        }
        let by_chance = Place::Texts.columns().len();
        assert_eq!(all["texts"].len(), by_chance, "one of each column: {:?}", all["texts"]);
        let said: Vec<&str> = all["texts"].iter().map(|row| row["Where"].as_str()).collect();
        assert!(said.contains(&"settings srvcomment") && said.contains(&"facts settings.srvcomment"), "{said:?}");
        let held = &all["evidence"][0];
        assert_eq!((held["Where"].as_str(), held["Figures"].as_str()), ("holders[0].name", r#"{"sessions":5}"#));
        let looks: Vec<&str> = all["looks"].iter().map(|row| row["Action"].as_str()).collect();
        assert_eq!(looks, ["handed_out"], "who took it knows that it is written down");
        assert_eq!(done(store, "handed_out").await.len(), 1);

        let erased = erase(store, &trail(), By::Client, CLIENT).await.unwrap();
        assert_eq!((erased.names, erased.events), (told.names, all["events"].len()));
        let (told, all, _) = handed_out(store, By::Client, CLIENT).await;
        assert_eq!(told, Told::default(), "{all:?}");
        assert!(all.values().all(Vec::is_empty), "{all:?}");
        for name in [CLIENT.to_owned(), CLIENT.to_uppercase()] {
            assert_eq!(store.columns_with(&name).await, [""; 0], "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_user_gets_the_own_sessions_and_no_other_s() {
    both(async |store| {
        everywhere(store).await;
        let (told, all, readme) = handed_out(store, By::User, USER).await;
        assert_eq!((told.names, told.sessions), (1, 51 * 2));
        assert!(all["sessions"].iter().all(|row| row["User"] == USER), "{:?}", all["sessions"]);
        assert!(!all["hours"].is_empty() && all["hours"].iter().all(|row| row["Name"] == USER));
        assert!(all["events"].is_empty() && readme.contains("Not in it"), "{readme}");
    })
    .await;
}

#[tokio::test]
async fn administrators_take_it_from_the_page_and_the_program_writes_it_to_a_file() {
    both(async |store| {
        everywhere(store).await;
        // Whenever this runs, nothing is too old.
        let server = TestServer::start_with(store, |config| {
            let kept = &mut config.kept;
            (kept.snapshots_days, kept.hours_days, kept.days_days) = (36_500, 36_500, 36_500);
            (kept.events_days, kept.deliveries_days, kept.audit_days) = (36_500, 36_500, 36_500);
        })
        .await;
        let (ada, otto) = (Person::signed_in(&server).await, Person::with_role(&server, "otto", Role::Operator).await);
        let id = highwater::store::erasure::named(&server.db, By::Client, CLIENT).await.unwrap()[0].0;
        let path = format!("/clients/{id}/everything");
        assert!(ada.get(&format!("/clients/{id}")).await.text.contains(&path));
        assert!(!otto.get(&format!("/clients/{id}")).await.text.contains(&path));
        assert_eq!(otto.get(&path).await.status, 403);
        let answer = ada.get(&path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"));
        assert_eq!(tables(&answer.bytes).0["sessions"].len(), 51 * 2);
        // As browsers ask.
        let packed = ada.get_with(&path, ("accept-encoding", "gzip")).await;
        assert_eq!((packed.status, packed.header("content-encoding")), (200, "gzip"));
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(tables(&unpacked).0["sessions"].len(), 51 * 2);
        assert_eq!(done(store, "handed_out").await[0].actor_name, crate::harness::person::NAME);
        server.stop().await;

        let folder = tempfile::tempdir().unwrap();
        let run = || {
            let mut command = Command::new(program("highwater"));
            command.args(["export", "user", USER, "--to", "ann.zip"]).current_dir(folder.path());
            command
                .env("HIGHWATER_DATA_DIR", folder.path())
                .env("HIGHWATER_DATABASE", store.address())
                .output()
                .unwrap()
        };
        let made = run();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let bytes = std::fs::read(folder.path().join("ann.zip")).unwrap();
        assert_eq!(tables(&bytes).0["sessions"].len(), 51 * 2);
        let again = run();
        assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("ann.zip cannot be made"));
    })
    .await;
}
