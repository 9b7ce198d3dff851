//! Names that are markup, scripts or worse, through every page.

use highwater::model::alert::{Levels, Silence};
use highwater::model::event::NewEvent;
use highwater::model::holder::{Held, Holders};
use highwater::model::incident::Kind;
use highwater::model::{HostId, SilenceId};
use highwater::store::incidents::NewIncident;
use highwater::store::{alerts, incidents};
use scraper::{Html, Selector};

use crate::harness::holdings::{clients, event, held_by, host, record, session_hours, sessions, users};
use crate::harness::person::{Person, attributes};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

/// Names as an SMB client may claim them; `names` of the hostile corpus go through a browser elsewhere.
pub(crate) const HOSTILE: [&str; 8] = [
    "<script>window.owned=1</script>",
    "\"><img src=x onerror=window.owned=1>",
    "' onmouseover='window.owned=1",
    "</title><script>window.owned=1</script>",
    "</textarea><svg onload=window.owned=1>",
    "javascript:window.owned=1",
    "{{7*7}}{% raw %}&lt;b&gt;",
    "\u{202e}\u{1b}[2Jred",
];

async fn hostile_store(store: &Store, now_at: i64) -> (Vec<String>, Vec<String>) {
    let (pcs, who) = (clients(store, &HOSTILE).await, users(store, &HOSTILE).await);
    let mut paths: Vec<String> =
        ["/clients", "/users", "/events", "/incidents", "/settings/agents", "/settings/tokens", "/settings/silences"]
            .map(str::to_owned)
            .to_vec();
    for (n, name) in HOSTILE.iter().enumerate() {
        let fs = host(store, name, u8::try_from(n).unwrap() + 1).await;
        let hold = |n: usize| session_hours(i64::try_from(n).unwrap() + 1, now_at);
        let hour = Holders {
            by_client: pcs.iter().enumerate().map(|(n, id)| (*id, hold(n))).collect(),
            by_user: who.iter().enumerate().map(|(n, id)| (*id, Held { full_ms: 1, ..hold(n) })).collect(),
        };
        held_by(store, fs, now_at, 1, hour).await;
        let now: Vec<_> = pcs.iter().zip(&who).map(|(c, u)| (*c, *u, 1)).collect();
        sessions(store, fs, now_at - 1_000, &now).await;
        let bad = NewEvent {
            computer: (*name).to_owned(),
            xml: (*name).to_owned(),
            message: Some((*name).to_owned()),
            decoded: serde_json::json!({ "client": name, *name: name }).to_string(),
            ..event(name, 2003, now_at - 500, n as u64)
        };
        record(store, fs, &[bad]).await;
        silences(store, fs, (name, now_at)).await;
        paths.push(format!("/hosts/{fs}"));
    }
    paths.extend(pcs.iter().map(|id| format!("/clients/{id}")));
    paths.extend(who.iter().map(|id| format!("/users/{id}")));
    (paths, HOSTILE.iter().map(|n| (*n).to_owned()).collect())
}

/// A silence of the host and one of a group, a rule of the group, and an incident.
async fn silences(store: &Store, fs: HostId, (name, now_at): (&str, i64)) {
    let of = |host: Option<HostId>, is_weekly| Silence {
        id: SilenceId(0),
        is_maintenance: true,
        host,
        host_name: String::new(),
        group_name: if host.is_none() { name.to_owned() } else { String::new() },
        kind: None,
        from_at: now_at - 60_000,
        until_at: now_at + 3_600_000,
        is_weekly,
        time_zone: name.to_owned(),
        reason: name.to_owned(),
        created_by: name.to_owned(),
        created_at: now_at,
    };
    let levels = Levels::first(Kind::Share);
    let (from_at, opened_at) = (now_at - 60_000, now_at);
    let new = NewIncident { host: Some(fs), kind: Kind::Share, subject: name, from_at, opened_at, is_silenced: true };
    store
        .write(async |tx| {
            alerts::insert_silence(tx, &of(Some(fs), false)).await?;
            alerts::insert_silence(tx, &of(None, true)).await?;
            alerts::save_rule(tx, (Kind::Share, name), true, &levels, (name, now_at)).await?;
            incidents::insert(tx, &new, now_at).await
        })
        .await;
}

#[tokio::test]
async fn no_name_becomes_markup_on_any_page() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let (mut paths, names) = hostile_store(store, now_at).await;
        paths.extend(attributes(&person.page("/events").await, "td.wide a", "href"));
        paths.extend(attributes(&person.page("/incidents?state=all").await, "td.wide a", "href"));
        for name in &names {
            let query: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
            paths.push(format!("/clients?q={query}&host={query}&by={query}&range={query}"));
            paths.push(format!("/events?host={query}&class={query}&from={query}&after={query}"));
            paths.push(format!("/settings/agents?q={query}&state={query}"));
            paths.push(format!("/search?q={query}"));
            paths.push(format!("/settings/alerts?kind=full&group={query}&new={query}"));
            paths.push(format!("/settings/silences?host={query}&kind={query}"));
            paths.push(format!("/incidents?q={query}&group={query}&state={query}&after={query}"));
            paths.push(format!(
                "/settings/audit?actor={query}&kind={query}&action={query}&from={query}&address={query}"
            ));
            paths.push(format!("/findings?severity={query}&state={query}&page={query}"));
            paths.push(format!("/sign-in?next={query}"));
        }
        for path in paths {
            let answer = person.get(&path).await;
            assert!([200, 303].contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
            assert_harmless(&answer.html(), &path);
        }
        server.stop().await;
    })
    .await;
}

/// Nothing that runs, loads or leads elsewhere, but what we put there.
pub(crate) fn assert_harmless(page: &Html, path: &str) {
    for element in page.select(&Selector::parse("*").unwrap()) {
        let name = element.value().name();
        assert!(!["iframe", "base", "style", "object", "embed", "img"].contains(&name), "{path}: <{name}>");
        for (attribute, value) in element.value().attrs() {
            assert!(
                !attribute.starts_with("on") && attribute != "style" && attribute != "srcdoc",
                "{path}: {attribute}={value}"
            );
            if ["href", "src", "action"].contains(&attribute) {
                let is_ours = value.is_empty()
                    || value.starts_with(['?', '#'])
                    || (value.starts_with('/') && !value.starts_with("//"));
                assert!(is_ours, "{path}: {attribute}={value}");
            }
        }
    }
    let scripts = attributes(page, "script", "src");
    let all = page.select(&Selector::parse("script").unwrap()).count();
    assert!(scripts.len() == all && scripts.iter().all(|s| s.starts_with("/static/")), "{path}: {scripts:?}");
}
