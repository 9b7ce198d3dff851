//! This installation itself: whether data comes in, is put together and stays.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use crate::health;
use crate::model::agent::AgentState;
use crate::model::host::{HostInShort, HostNow};
use crate::model::time::{MINUTE_MS, SECOND_MS};
use crate::model::unit::Level;
use crate::store;
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::layout::{Nav, Page, VERSION, Viewer, counted, duration, number};

/// A clock that is off by more than this makes events and sessions of different hosts hard to compare.
const SKEW_MS: i64 = 60 * SECOND_MS;
/// An agent with more records waiting has been cut off for a while.
const QUEUED: u64 = 500;
/// History that is due for longer is behind.
const BEHIND_MS: i64 = 15 * MINUTE_MS;
/// Hosts named in one line.
const NAMED: usize = 5;

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Check {
    what: &'static str,
    is_good: bool,
    found: String,
    /// Where to look further.
    href: &'static str,
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/diagnosis.html")]
pub struct DiagnosisPage {
    page: Page,
    sentence: String,
    checks: Vec<Check>,
    versions: Vec<(String, usize)>,
    store_id: String,
    database: &'static str,
}

/// `GET /settings/diagnosis`
pub async fn index(by: SignedIn, State(site): State<Site>, viewer: Viewer) -> Result<DiagnosisPage> {
    let now_at = viewer.now_at;
    let hosts = store::hosts::all_now(&site.db).await?;
    let short = store::hosts::in_short(&site.db).await?;
    let places = site.public.places.clone();
    let own = tokio::task::spawn_blocking(move || {
        [("Certificate", health::certificate(&places, now_at)), ("Disk", health::disk(&places.data_dir))]
    });
    let mut checks = vec![ingest(&site), history(&site, now_at).await?, agents(&site).await?];
    checks.push(silent(&short, now_at));
    checks.push(clocks(&hosts));
    checks.push(queues(&hosts));
    checks.push(partial(&hosts, now_at));
    for (what, found) in own.await.map_err(|e| crate::web::error::Error::Internal(e.to_string()))? {
        let is_good = found.is_ok();
        checks.push(Check { what, is_good, found: found.unwrap_or_else(|why| why), href: "" });
    }
    let page = viewer.page(Nav::Settings, "This installation").of(&by.account.name, &by.csrf_token);
    Ok(DiagnosisPage {
        sentence: sentence(&checks),
        checks,
        versions: versions(&hosts),
        store_id: site.db.store_id().to_owned(),
        database: site.db.kind(),
        page,
    })
}

fn sentence(checks: &[Check]) -> String {
    match checks.iter().filter(|check| !check.is_good).count() {
        0 => "Data comes in, is put together and stays".to_owned(),
        1 => "1 thing wants to be looked at".to_owned(),
        n => format!("{n} things want to be looked at"),
    }
}

fn good(what: &'static str, found: impl Into<String>) -> Check {
    Check { what, is_good: true, found: found.into(), href: "" }
}

fn bad(what: &'static str, found: impl Into<String>, href: &'static str) -> Check {
    Check { what, is_good: false, found: found.into(), href }
}

fn ingest(site: &Site) -> Check {
    if site.ingest.is_running() {
        return good("Taking in", "batches are stored as they come");
    }
    bad(
        "Taking in",
        "the part that stores batches has ended; agents keep what they have. Restart the server; its log says why",
        "",
    )
}

async fn history(site: &Site, now_at: i64) -> Result<Check> {
    let (hours, due_at) = store::work::waiting(&site.db, Level::HostHour).await?;
    let late_ms = due_at.map_or(0, |at| (now_at - at).max(0));
    let said = match hours {
        0 => "everything is put together".to_owned(),
        n => format!("{} to be put together", counted(n, "hour of a host waits", "hours of single hosts wait")),
    };
    Ok(if late_ms > BEHIND_MS {
        bad(
            "History",
            format!(
                "{said}, the oldest for {}. After much late data this takes a while; otherwise the server is too slow for its fleet",
                duration(late_ms)
            ),
            "",
        )
    } else {
        good("History", said)
    })
}

async fn agents(site: &Site) -> Result<Check> {
    let agents = store::agents::list(&site.db).await?;
    let of = |state| agents.iter().filter(|agent| agent.state == state).count();
    let (waiting, conflicts) = (of(AgentState::Pending), of(AgentState::Conflict));
    let said = format!("{} may push", counted(of(AgentState::Approved), "agent", "agents"));
    Ok(match waiting + conflicts {
        0 => good("Agents", said),
        n => bad("Agents", format!("{said}; {} for a person", counted(n, "waits", "wait")), "/settings/agents"),
    })
}

fn silent(hosts: &[HostInShort], now_at: i64) -> Check {
    let silent =
        hosts.iter().filter(|host| host.now.is_some_and(|now| now.is_silent(now_at))).map(|host| host.name.as_str());
    match named(silent) {
        None => good("Silence", "every host that ever reported still does"),
        Some((count, names)) => bad(
            "Silence",
            format!("{} nothing: {names}", counted(count, "host says", "hosts say")),
            "/?level=silent#hosts",
        ),
    }
}

fn clocks(hosts: &[HostNow]) -> Check {
    let is_off = |host: &&HostNow| host.state.as_ref().is_some_and(|state| state.clock_skew_ms.abs() > SKEW_MS);
    match named(hosts.iter().filter(is_off).map(|host| host.name.as_str())) {
        None => good("Clocks", "all hosts are within a minute of this server"),
        Some((count, names)) => bad(
            "Clocks",
            format!(
                "{} off by more than a minute: {names}. Set the clocks right: events and sessions are compared by them",
                counted(count, "clock is", "clocks are")
            ),
            "",
        ),
    }
}

fn queues(hosts: &[HostNow]) -> Check {
    let is_long = |host: &&HostNow| host.state.as_ref().is_some_and(|state| state.queued_records > QUEUED);
    match named(hosts.iter().filter(is_long).map(|host| host.name.as_str())) {
        None => good("Queues", "no agent has much left to send"),
        Some((count, names)) => bad(
            "Queues",
            format!(
                "{} more than {} records to send: {names}. They were cut off for a while and catch up by themselves",
                counted(count, "agent has", "agents have"),
                number(QUEUED)
            ),
            "",
        ),
    }
}

fn partial(hosts: &[HostNow], now_at: i64) -> Check {
    let is_partial = |host: &&HostNow| {
        let now = host.state.as_ref().and_then(|state| state.now.as_ref());
        now.is_some_and(|now| now.partial && !now.is_silent(now_at))
    };
    match named(hosts.iter().filter(is_partial).map(|host| host.name.as_str())) {
        None => good("Completeness", "every newest snapshot is whole"),
        Some((count, names)) => bad(
            "Completeness",
            format!(
                "{} its sessions only in part: {names}. The agent's log on the host says why",
                counted(count, "host lists", "hosts list")
            ),
            "",
        ),
    }
}

/// How many there are, and the first ones by name; none if there is none.
fn named<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<(usize, String)> {
    let first: Vec<&str> = names.by_ref().take(NAMED).collect();
    let others = names.count();
    let more = if others > 0 { format!(" and {} more", number(others)) } else { String::new() };
    (!first.is_empty()).then(|| (first.len() + others, format!("{}{more}", first.join(", "))))
}

/// Versions of agents and how many hosts have each, the most frequent first.
fn versions(hosts: &[HostNow]) -> Vec<(String, usize)> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for state in hosts.iter().filter_map(|host| host.state.as_ref()) {
        *counts.entry(&state.agent_version).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(version, n)| (version.to_owned(), n)).collect();
    counts.sort_by_key(|(version, n)| (std::cmp::Reverse(*n), version.clone()));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_hosts_are_named_and_the_others_counted() {
        assert_eq!(named([].into_iter()), None);
        assert_eq!(named(["A", "B"].into_iter()), Some((2, "A, B".to_owned())));
        assert_eq!(
            named(["A", "B", "C", "D", "E", "F", "G"].into_iter()),
            Some((7, "A, B, C, D, E and 2 more".to_owned()))
        );
    }

    #[test]
    fn the_first_line_says_how_much_is_wrong() {
        let wrong = || bad("Clocks", "off", "");
        assert_eq!(sentence(&[good("Disk", "free")]), "Data comes in, is put together and stays");
        assert_eq!(sentence(&[wrong()]), "1 thing wants to be looked at");
        assert_eq!(sentence(&[wrong(), wrong()]), "2 things want to be looked at");
    }
}
