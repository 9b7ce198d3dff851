use std::collections::{BTreeMap, HashMap};

use askama::Template;
use askama_web::WebTemplate;
use axum::response::{IntoResponse, Response};

use super::index::{hours, share};
use super::{Kind, Window};
use crate::chart::steps::Steps;
use crate::model::HostId;
use crate::model::holder::Held;
use crate::model::host::HostNow;
use crate::model::snapshot::Session;
use crate::model::time::HOUR_MS;
use crate::store;
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::knowledge::Knowledge;
use crate::web::layout::{Page, Viewer, counted, number, or_dash};

/// Hosts whose newest snapshot is looked through.
const LOOKED_AT: usize = 50;
/// Values of a chart at most.
const STEPS: i64 = 180;

#[derive(Template, WebTemplate)]
#[template(path = "holders/show.html")]
struct ShowPage {
    page: Page,
    kind: Kind,
    id: i64,
    name: String,
    window: Window,
    windows: [Window; 4],
    sentence: String,
    total: Held,
    hosts: Vec<OnHost>,
    chart: Steps,
    /// Mean sessions of the highest step, for the axis.
    top: String,
    from_at: i64,
    now: Vec<SessionNow>,
    companions: Vec<Companion>,
}

/// What it held on one host.
struct OnHost {
    id: HostId,
    name: String,
    held: Held,
    /// Sessions in the host's newest snapshot; none if that was not looked at.
    now: Option<usize>,
    knows_idle: bool,
    knows_opens: bool,
    spark: Steps,
}

/// One session in a newest snapshot.
struct SessionNow {
    host: HostId,
    host_name: String,
    /// The user of a client's session, the client of a user's.
    other: i64,
    other_name: String,
    opens: Option<u32>,
    started_at: Option<i64>,
    active_at: Option<i64>,
}

/// With whom it appears: the users of a client, the clients of a user.
struct Companion {
    id: i64,
    name: String,
    sessions: usize,
}

type Hours = Vec<(HostId, i64, Held)>;

/// One client or user, over all hosts.
pub async fn show(
    site: &Site,
    (kind, id, name): (Kind, i64, String),
    (by, viewer): (SignedIn, Viewer),
    window: Window,
    held: Hours,
) -> Result<Response> {
    let all = store::hosts::all_now(&site.db).await?;
    let from_at = viewer.now_at - window.length_ms();
    let mut hosts = on_hosts(&held, &all, from_at..viewer.now_at);
    let now = sessions_now(site, kind, id, &mut hosts).await?;
    let mut total = Held::default();
    held.iter().for_each(|(_, _, h)| total.merge(h));
    let (chart, top) = chart(held.iter().map(|(_, at, h)| (*at, h.session_ms)), from_at..viewer.now_at, 120);
    let page = ShowPage {
        sentence: sentence(&total, &hosts, window),
        page: viewer.page(kind.nav(), shown_name(&name)).of(&by.account.name, &by.csrf_token),
        companions: companions(&now),
        kind,
        id,
        name,
        window,
        windows: Window::ALL,
        total,
        hosts,
        chart,
        top: crate::web::layout::decimal(top),
        from_at,
        now,
    };
    Ok(page.into_response())
}

/// The anonymous user has an empty name.
pub fn shown_name(name: &str) -> String {
    if name.is_empty() { "(anonymous)".to_owned() } else { name.to_owned() }
}

fn on_hosts(held: &Hours, all: &[HostNow], span: std::ops::Range<i64>) -> Vec<OnHost> {
    let mut by_host: HashMap<HostId, (Held, Vec<(i64, i64)>)> = HashMap::new();
    for (host, hour_at, h) in held {
        let (sum, hours) = by_host.entry(*host).or_default();
        sum.merge(h);
        hours.push((*hour_at, h.session_ms));
    }
    let names: HashMap<HostId, &str> = all.iter().map(|h| (h.id, h.name.as_str())).collect();
    let knowledge = Knowledge::of(all);
    let mut hosts: Vec<_> = by_host
        .into_iter()
        .map(|(id, (held, hours))| OnHost {
            id,
            name: names.get(&id).map_or_else(|| format!("host {id}"), |n| (*n).to_owned()),
            knows_idle: held.idle_ms > 0 || knowledge.of_idle(&[id]),
            knows_opens: held.peak_opens > 0 || knowledge.of_opens(&[id]),
            held,
            now: None,
            spark: chart(hours.into_iter(), span.clone(), 21).0,
        })
        .collect();
    hosts.sort_by(|a, b| (b.held.session_ms, &a.name).cmp(&(a.held.session_ms, &b.name)));
    hosts
}

/// Mean sessions over time. An hour without a record of this holder is an hour without sessions.
fn chart(hours: impl Iterator<Item = (i64, i64)>, span: std::ops::Range<i64>, height: u32) -> (Steps, f64) {
    let first = span.start.div_euclid(HOUR_MS) + 1;
    let last = span.end.div_euclid(HOUR_MS).max(first);
    let width = ((last - first + STEPS - 1) / STEPS).max(1);
    let mut by_hour: BTreeMap<i64, i64> = BTreeMap::new();
    hours.for_each(|(at, ms)| *by_hour.entry(at.div_euclid(HOUR_MS)).or_default() += ms);
    // The hour before this one may not be added up yet: then the line ends before it.
    let last = if by_hour.contains_key(&(last - 1)) { last } else { last.max(first + 1) - 1 };
    let steps = (first..last).step_by(usize::try_from(width).unwrap_or(1));
    // The greatest hour of a step: a peak stays a peak.
    let greatest = steps.map(|at| by_hour.range(at..at + width).map(|(_, ms)| *ms).max().unwrap_or(0));
    #[expect(clippy::cast_precision_loss, reason = "a chart needs three digits")]
    let values: Vec<_> = greatest.map(|ms| Some(ms as f64 / HOUR_MS as f64)).collect();
    let top = values.iter().flatten().fold(0.0_f64, |a, b| a.max(*b));
    (Steps::of(&values, height), top)
}

/// Its sessions in the newest snapshots of the hosts it was last seen on.
async fn sessions_now(site: &Site, kind: Kind, id: i64, hosts: &mut [OnHost]) -> Result<Vec<SessionNow>> {
    let now_at = site.clock.now_at();
    let mut found = Vec::new();
    for host in hosts.iter_mut().take(LOOKED_AT) {
        let Some(snapshot) = store::frames::at(&site.db, host.id, now_at).await? else { continue };
        // A host that fell silent says nothing about now.
        if now_at - snapshot.taken_at > i64::from(snapshot.sampling_secs) * 2_000 + 60_000 {
            continue;
        }
        let is_its = |s: &&Session| match kind {
            Kind::Client => s.client.0 == id,
            Kind::User => s.user.0 == id,
        };
        let before = found.len();
        found.extend(snapshot.sessions.iter().filter(is_its).map(|s| (host.id, host.name.clone(), *s)));
        host.now = Some(found.len() - before);
    }
    named(site, kind, found).await
}

async fn named(site: &Site, kind: Kind, found: Vec<(HostId, String, Session)>) -> Result<Vec<SessionNow>> {
    let names: HashMap<i64, String> = match kind {
        Kind::Client => {
            let mut ids: Vec<_> = found.iter().map(|(.., s)| s.user).collect();
            ids.sort_unstable();
            ids.dedup();
            store::names::users(&site.db, &ids).await?.into_iter().map(|(id, name)| (id.0, name)).collect()
        }
        Kind::User => {
            let mut ids: Vec<_> = found.iter().map(|(.., s)| s.client).collect();
            ids.sort_unstable();
            ids.dedup();
            store::names::clients(&site.db, &ids).await?.into_iter().map(|(id, name)| (id.0, name)).collect()
        }
    };
    let session = |(host, host_name, s): (HostId, String, Session)| {
        let other = if kind == Kind::Client { s.user.0 } else { s.client.0 };
        SessionNow {
            host,
            host_name,
            other,
            other_name: shown_name(names.get(&other).map_or("", String::as_str)),
            opens: s.opens,
            started_at: s.started_at,
            active_at: s.active_at,
        }
    };
    Ok(found.into_iter().map(session).collect())
}

fn companions(now: &[SessionNow]) -> Vec<Companion> {
    let mut by_id: HashMap<i64, Companion> = HashMap::new();
    for session in now {
        let fresh = || Companion { id: session.other, name: session.other_name.clone(), sessions: 0 };
        by_id.entry(session.other).or_insert_with(fresh).sessions += 1;
    }
    let mut companions: Vec<_> = by_id.into_values().collect();
    companions.sort_by(|a, b| (b.sessions, &a.name).cmp(&(a.sessions, &b.name)));
    companions
}

fn sentence(total: &Held, hosts: &[OnHost], window: Window) -> String {
    if hosts.is_empty() {
        return format!("It held no session {}.", window.phrase());
    }
    let place = match hosts {
        [one] => format!("on {}", one.name),
        many => format!("on {}", counted(many.len(), "host", "hosts")),
    };
    let peak = counted(total.peak_sessions as usize, "session", "sessions");
    format!(
        "{} session-hours {place} {}; at most {peak} at once on one host.",
        hours(total.session_ms),
        window.phrase()
    )
}

impl ShowPage {
    /// The other kind of holder.
    fn other(&self) -> Kind {
        match self.kind {
            Kind::Client => Kind::User,
            Kind::User => Kind::Client,
        }
    }

    fn shown_name(&self) -> String {
        shown_name(&self.name)
    }

    fn idle(&self, host: &OnHost) -> String {
        or_dash(host.knows_idle.then(|| share(host.held.idle_ms, host.held.session_ms)))
    }

    fn zero_open(&self, host: &OnHost) -> String {
        or_dash(host.knows_opens.then(|| share(host.held.zero_open_ms, host.held.session_ms)))
    }

    fn opens(&self, host: &OnHost) -> String {
        or_dash(host.knows_opens.then(|| number(host.held.peak_opens)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_stays_a_peak_when_hours_share_a_step() {
        let hours = [(10 * HOUR_MS, 4 * HOUR_MS), (11 * HOUR_MS, HOUR_MS)];
        let (steps, top) = chart(hours.into_iter(), 0..1_000 * HOUR_MS, 100);
        assert!((top - 4.0).abs() < 0.001);
        assert_eq!(steps.width, 167);
    }

    #[test]
    fn the_anonymous_user_has_words() {
        assert_eq!(shown_name(""), "(anonymous)");
    }
}
