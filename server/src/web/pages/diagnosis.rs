//! This installation itself: whether data comes in, is put together and stays.

use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::health;
use crate::locale::{Locale, Message};
use crate::model::HostId;
use crate::model::agent::AgentState;
use crate::model::host::{HostInShort, HostNow};
use crate::model::role::Role;
use crate::model::time::{DAY_MS, MINUTE_MS, SECOND_MS};
use crate::model::unit::Level;
use crate::store;
use crate::store::intake::Notice;
use crate::web::Site;
use crate::web::address::Query;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, VERSION, Viewer};
use crate::web::sheet::{self, Sheet};

/// A clock that is off by more than this makes events and sessions of different hosts hard to compare.
const SKEW_MS: i64 = 60 * SECOND_MS;
/// An agent with more records waiting has been cut off for a while.
const QUEUED: u64 = 500;
/// History that is due for longer is behind.
const BEHIND_MS: i64 = 15 * MINUTE_MS;
/// Hosts named in one line.
const NAMED: usize = 5;

/// One thing that was looked at.
#[derive(Debug, PartialEq)]
struct Check {
    /// The word of its name: `settings-check-clocks`.
    what: &'static str,
    is_good: bool,
    found: Message,
    /// Where to look further.
    href: &'static str,
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/diagnosis.html")]
pub struct DiagnosisPage {
    page: Page,
    sentence: Message,
    checks: Vec<Check>,
    versions: Vec<(String, usize)>,
    /// What is kept for how many days.
    kept: Vec<(&'static str, u32)>,
    /// How names of users are kept.
    user_names: &'static str,
    /// The least role that sees them.
    sees_names: Role,
    store_id: String,
    database: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// A file of the agents' versions (`versions`), or else of the checks.
    table: String,
    format: Option<String>,
}

/// `GET /settings/diagnosis?table&format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        return match asked.table.as_str() {
            "" => {
                let (checks, _) = look(&site, viewer.now_at, &Locale::machine()).await?;
                Ok(file(&checks).into_answer("highwater-diagnosis", wanted))
            }
            "versions" => {
                let hosts = store::hosts::all_now(&site.db).await?;
                Ok(file_of_versions(&versions(&hosts)).into_answer("highwater-agent-versions", wanted))
            }
            _ => Err(Error::NotFound("file")),
        };
    }
    let (checks, versions) = look(&site, viewer.now_at, &viewer.locale).await?;
    let title = viewer.locale.say("settings-tab-diagnosis");
    let page = DiagnosisPage {
        sentence: sentence(&checks, &viewer.locale),
        checks,
        versions,
        kept: site.public.kept_days.clone(),
        user_names: site.public.user_names,
        sees_names: site.eyes.from_role(),
        store_id: site.db.store_id().to_owned(),
        database: site.db.kind(),
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
    };
    Ok(page.into_response())
}

/// Everything that is looked at, and the versions of the agents.
async fn look(site: &Site, now_at: i64, locale: &Locale) -> Result<(Vec<Check>, Vec<(String, usize)>)> {
    let hosts = store::hosts::all_now(&site.db).await?;
    let short = store::hosts::in_short(&site.db).await?;
    let (places, inside) = (site.public.places.clone(), store::size::free_inside(&site.db).await?);
    let own = tokio::task::spawn_blocking(move || {
        let certificate = ("certificate", health::certificate(&places, now_at));
        let revocation = health::revocation(&places, now_at).map(|found| ("revocation", found));
        let disks = health::disks(&places, inside).into_iter().map(|found| ("disk", found));
        [Some(certificate), revocation].into_iter().flatten().chain(disks).collect::<Vec<_>>()
    });
    let mut checks =
        vec![ingest(site), room(site, now_at).await, history(site, now_at, locale).await?, agents(site).await?];
    checks.push(silent(&short, now_at, locale));
    checks.push(clocks(&hosts, locale));
    checks.push(queues(&hosts, locale));
    checks.push(partial(&hosts, now_at, locale));
    checks.extend(noticed(site, &hosts, now_at, locale).await?);
    for (what, found) in own.await.map_err(|e| Error::Internal(e.to_string()))? {
        let is_good = found.is_ok();
        checks.push(Check { what, is_good, found: found.unwrap_or_else(|why| why), href: "" });
    }
    if site.public.forwards_audit {
        checks.push(forwarding(site, now_at, locale).await?);
    }
    Ok((checks, versions(&hosts)))
}

fn file(checks: &[Check]) -> Sheet {
    let machine = Locale::machine();
    let mut sheet = Sheet::new(&["Check", "Good", "Found"]);
    for check in checks {
        sheet.text(check.what).yes(check.is_good).text(&check.found.in_words_of(&machine));
    }
    sheet
}

fn file_of_versions(versions: &[(String, usize)]) -> Sheet {
    let mut sheet = Sheet::new(&["AgentVersion", "Hosts"]);
    for (version, hosts) in versions {
        sheet.text(version).whole(*hosts);
    }
    sheet
}

fn sentence(checks: &[Check], locale: &Locale) -> Message {
    match checks.iter().filter(|check| !check.is_good).count() {
        0 => locale.say("settings-diagnosis-good"),
        n => locale.say("settings-diagnosis-look").with("things", n),
    }
}

fn good(what: &'static str, found: Message) -> Check {
    Check { what, is_good: true, found, href: "" }
}

fn bad(what: &'static str, found: Message, href: &'static str) -> Check {
    Check { what, is_good: false, found, href }
}

fn ingest(site: &Site) -> Check {
    if site.ingest.is_running() {
        good("ingest", Message::for_anybody("settings-ingest-good"))
    } else {
        bad("ingest", Message::for_anybody("settings-ingest-ended"), "")
    }
}

/// Whether agents are served, as far as room goes.
async fn room(site: &Site, now_at: i64) -> Check {
    let found = site.room.look(&site.db, now_at).await;
    let bounds = site.room.bounds;
    let say = |id, bytes: u64, bound: u64| Message::for_anybody(id).with("mib", bytes >> 20).with("bound", bound >> 20);
    let most = found.database_bytes.zip(bounds.database_bytes);
    match (found.is_full, found.free_bytes, most) {
        (true, Some(free), _) if free < bounds.free_bytes + bounds.free_bytes / 4 => {
            bad("room", say("settings-room-disk", free, bounds.free_bytes), "")
        }
        (true, _, Some((taken, most))) => bad("room", say("settings-room-database", taken, most), ""),
        (true, _, None) => bad("room", Message::for_anybody("settings-room-none"), ""),
        (false, _, Some((taken, most))) => good("room", say("settings-room-of", taken, most)),
        (false, Some(free), None) => good("room", say("settings-room-good", free, bounds.free_bytes)),
        (false, None, None) => good("room", Message::for_anybody("settings-room-unbounded")),
    }
}

async fn history(site: &Site, now_at: i64, locale: &Locale) -> Result<Check> {
    let (hours, due_at) = store::work::waiting(&site.db, Level::HostHour).await?;
    let late_ms = due_at.map_or(0, |at| (now_at - at).max(0));
    Ok(match hours {
        _ if late_ms > BEHIND_MS => {
            let said = locale.say("settings-history-behind").with("hours", hours);
            bad("history", said.with("span", locale.duration(late_ms)), "")
        }
        0 => good("history", locale.say("settings-history-good")),
        n => good("history", locale.say("settings-history-waiting").with("hours", n)),
    })
}

/// Whether the audit log arrives where it is forwarded to.
async fn forwarding(site: &Site, now_at: i64, locale: &Locale) -> Result<Check> {
    let (standing, head) = (store::audit::standing(&site.db).await?, store::audit::head(&site.db).await?);
    let waiting = head.seq.saturating_sub(standing.sent_seq);
    Ok(match standing.failing_since {
        None => good("syslog", locale.say("settings-syslog-good").with("waiting", waiting)),
        Some(since) => {
            let said = locale.say("settings-syslog-failing").with("span", locale.duration((now_at - since).max(0)));
            bad("syslog", said.with("waiting", waiting).with("error", standing.error), "")
        }
    })
}

async fn agents(site: &Site) -> Result<Check> {
    let agents = store::agents::list(&site.db).await?;
    let of = |state| agents.iter().filter(|agent| agent.state == state).count();
    let approved = of(AgentState::Approved);
    Ok(match of(AgentState::Pending) + of(AgentState::Conflict) {
        0 => good("agents", Message::for_anybody("settings-agents-may").with("approved", approved)),
        waiting => {
            let said = Message::for_anybody("settings-agents-may-and-wait").with("approved", approved);
            bad("agents", said.with("waiting", waiting), "/settings/agents")
        }
    })
}

fn silent(hosts: &[HostInShort], now_at: i64, locale: &Locale) -> Check {
    let silent =
        hosts.iter().filter(|host| host.now.is_some_and(|now| now.is_silent(now_at))).map(|host| host.name.as_str());
    match named(silent, locale) {
        None => good("silence", locale.say("settings-silence-good")),
        Some((count, names)) => {
            let said = locale.say("settings-silence").with("hosts", count).with("names", names);
            bad("silence", said, "/?level=silent#hosts")
        }
    }
}

fn clocks(hosts: &[HostNow], locale: &Locale) -> Check {
    let is_off = |host: &&HostNow| host.state.as_ref().is_some_and(|state| state.clock_skew_ms.abs() > SKEW_MS);
    match named(hosts.iter().filter(is_off).map(|host| host.name.as_str()), locale) {
        None => good("clocks", locale.say("settings-clocks-good")),
        Some((count, names)) => {
            bad("clocks", locale.say("settings-clocks").with("clocks", count).with("names", names), "")
        }
    }
}

fn queues(hosts: &[HostNow], locale: &Locale) -> Check {
    let is_long = |host: &&HostNow| host.state.as_ref().is_some_and(|state| state.queued_records > QUEUED);
    match named(hosts.iter().filter(is_long).map(|host| host.name.as_str()), locale) {
        None => good("queues", locale.say("settings-queues-good")),
        Some((count, names)) => {
            let said = locale.say("settings-queues").with("agents", count).with("records", QUEUED);
            bad("queues", said.with("names", names), "")
        }
    }
}

fn partial(hosts: &[HostNow], now_at: i64, locale: &Locale) -> Check {
    let is_partial = |host: &&HostNow| {
        let now = host.state.as_ref().and_then(|state| state.now.as_ref());
        now.is_some_and(|now| now.partial && !now.is_silent(now_at))
    };
    match named(hosts.iter().filter(is_partial).map(|host| host.name.as_str()), locale) {
        None => good("completeness", locale.say("settings-completeness-good")),
        Some((count, names)) => {
            bad("completeness", locale.say("settings-completeness").with("hosts", count).with("names", names), "")
        }
    }
}

/// Hosts that have sent what they may, and those that two machines send as.
async fn noticed(site: &Site, hosts: &[HostNow], now_at: i64, locale: &Locale) -> Result<[Check; 2]> {
    let notices = store::intake::notices(&site.db, now_at - DAY_MS).await?;
    let names: HashMap<HostId, &str> = hosts.iter().map(|host| (host.id, host.name.as_str())).collect();
    let of = |is_so: fn(&Notice) -> bool| {
        let found = notices.iter().filter(|notice| is_so(notice)).filter_map(|notice| names.get(&notice.host).copied());
        named(found, locale)
    };
    let quotas = match of(|notice| notice.refused.is_some()) {
        None => good("quotas", locale.say("settings-quotas-good")),
        Some((count, names)) => {
            let said = locale.say("settings-quotas").with("hosts", count).with("names", names);
            bad("quotas", said, "/settings/agents")
        }
    };
    let twins = match of(|notice| notice.twin_at.is_some()) {
        None => good("twins", locale.say("settings-twins-good")),
        Some((count, names)) => {
            let said = locale.say("settings-twins").with("hosts", count).with("names", names);
            bad("twins", said, "/settings/agents")
        }
    };
    Ok([quotas, twins])
}

/// How many there are, and the first ones by name; none if there is none.
fn named<'a>(mut names: impl Iterator<Item = &'a str>, locale: &Locale) -> Option<(usize, String)> {
    let first: Vec<&str> = names.by_ref().take(NAMED).collect();
    let others = names.count();
    let said = match others {
        0 => first.join(", "),
        n => locale.say("settings-and-more").with("names", first.join(", ")).with("more", n).into(),
    };
    (!first.is_empty()).then(|| (first.len() + others, said))
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
        let locale = Locale::machine();
        assert_eq!(named([].into_iter(), &locale), None);
        assert_eq!(named(["A", "B"].into_iter(), &locale), Some((2, "A, B".to_owned())));
        assert_eq!(
            named(["A", "B", "C", "D", "E", "F", "G"].into_iter(), &locale),
            Some((7, "A, B, C, D, E and 2 more".to_owned()))
        );
    }

    #[test]
    fn the_first_line_says_how_much_is_wrong() {
        let locale = Locale::machine();
        let said = |checks: &[Check]| sentence(checks, &locale).to_string();
        let wrong = || bad("clocks", locale.say("settings-clocks-good"), "");
        let right = good("disk", locale.say("settings-disk-free"));
        assert_eq!(said(&[right]), "Data arrives, is summed up and is kept");
        assert_eq!(said(&[wrong()]), "1 thing wants to be looked at");
        assert_eq!(said(&[wrong(), wrong()]), "2 things want to be looked at");
    }
}
