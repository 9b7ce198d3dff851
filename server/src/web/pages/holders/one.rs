mod file;

use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use super::index::{blame, hours, share};
use super::names::{Names, reason_words};
use super::past::means;
use super::{Asked, Kind, Stretch, Window, at_most};
use crate::chart::held::{self, Held as Chart};
use crate::chart::range::Span;
use crate::chart::steps::Steps;
use crate::locale::Locale;
use crate::model::alias::Aliases;
use crate::model::class::Class;
use crate::model::eyes::Eyes;
use crate::model::holder::{Held, Least};
use crate::model::host::HostInShort;
use crate::model::snapshot::Session;
use crate::model::time::MINUTE_MS;
use crate::model::{ClientId, HostId};
use crate::store;
use crate::store::rank::{self, Complete, One, Scope, Whose};
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::knowledge::Knowledge;
use crate::web::labels::Labels;
use crate::web::layout::{Page, Viewer};
use crate::web::pages::{picture, zoom};
use crate::web::query::query;
use crate::web::sheet;
use crate::web::sight::Sees;

/// Hosts whose newest snapshot is looked through.
const LOOKED_AT: usize = 50;
/// The longest name of a computer in NetBIOS.
const SHORT: usize = 15;

#[derive(Template, WebTemplate)]
#[template(path = "holders/show.html")]
struct ShowPage {
    page: Page,
    kind: Kind,
    id: i64,
    name: String,
    window: Window,
    windows: [Window; 6],
    asked: Asked,
    sentence: String,
    total: Held,
    hosts: Vec<OnHost>,
    /// Hosts that are not told of.
    left_out: usize,
    /// None if nothing is known.
    chart: Option<Chart>,
    /// Mean sessions of the highest step.
    top: String,
    /// The stretch of time in words.
    over: String,
    zoom_links: zoom::Links,
    files: picture::Links,
    is_up_to_now: bool,
    complete: Complete,
    now: Vec<SessionNow>,
    companions: Vec<Companion>,
    labels: Labels,
    least: Least,
    /// Of a client.
    names: Option<Names>,
}

/// What it held on one host.
struct OnHost {
    id: HostId,
    name: String,
    held: Held,
    /// What is certain of it.
    least: Least,
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
    /// Empty if that is the anonymous user.
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

/// One client or user, over the hosts that are seen, under the name that who asks sees. Whether it is seen itself was
/// [asked](Sees::holder) before.
pub async fn show(
    site: &Site,
    (kind, id, name): (Kind, i64, String),
    (by, sees, mut viewer): (SignedIn, Sees, Viewer),
    (asked, headers): (&Asked, &HeaderMap),
) -> Result<Response> {
    let wanted = sheet::wanted(asked.format.as_deref(), headers, viewer.locale.lang);
    viewer.locale = if wanted.is_some() { Locale::machine() } else { viewer.locale };
    let all = sees.hosts(store::hosts::in_short(&site.db).await?);
    let stretch = Stretch::of(asked, viewer.now_at);
    let (window, span) = (stretch.window, stretch.span);
    let one = one_seen(site, (kind, id), (&sees, &all), span).await?;
    let complete = rank::complete_seen(&site.db, viewer.now_at, sees.sight()).await?;
    let steps = one.series.steps.iter().cloned().zip(one.series.of.get(&id).into_iter().flatten().copied());
    let asked_of = Span { from_at: span.from_at, to_at: span.to_at.min(complete.until_at) };
    let means = means(steps.filter(|(step, _)| step.end <= complete.until_at), asked_of);
    let locale = &viewer.locale;
    let mut hosts = on_hosts(locale, &one, &all, asked_of);
    let now = sessions_now(site, (kind, id), &mut hosts, &site.eyes.of_person(&by)).await?;
    let names = match kind {
        Kind::Client => Some(Names::of(&site.db, ClientId(id), &one, (&asked.q, sees.is_confined())).await?),
        Kind::User => None,
    };
    let over = zoom::over(stretch.zoom(), (viewer.now_at, locale));
    let sentence = sentence((locale, &sees), &one, &hosts, &over);
    let here = format!("{}/{id}", kind.path());
    let source = held::Source {
        span: means.span(),
        means: &means.values,
        first_at: first_at(site, &sees, &one).await?.unwrap_or(span.to_at),
        locale,
        sentence: &sentence,
        link: &format!("{here}?from="),
    };
    let page = ShowPage {
        labels: labels(site, kind, id, &now).await?,
        names,
        least: one.least,
        chart: (!means.values.is_empty()).then(|| Chart::draw(&source)),
        zoom_links: zoom_links(stretch, (viewer.now_at, locale), &here),
        files: picture::Links::of(&viewer.locale, &viewer.here, "held"),
        is_up_to_now: stretch.chosen.is_none(),
        top: locale.decimal(means.highest()),
        over,
        sentence,
        page: viewer.page(kind.nav(), shown_name(locale, &name)).of(&by.account.name, &by.csrf_token),
        companions: companions(&now),
        left_out: one.hosts.len().saturating_sub(hosts.len()),
        kind,
        id,
        name,
        window,
        windows: Window::ALL,
        asked: asked.clone(),
        total: one.held,
        hosts,
        complete,
        now,
    };
    match wanted {
        Some(wanted) => page.file((&means, viewer.now_at), wanted),
        None if asked.format.as_deref() == Some(picture::FORMAT) => page.picture(means.span()),
        None => Ok(page.into_response()),
    }
}

/// What it held on the hosts that are seen.
async fn one_seen(
    site: &Site,
    (kind, id): (Kind, i64),
    (sees, all): (&Sees, &[HostInShort]),
    span: Span,
) -> Result<One> {
    let seen: Vec<HostId> = all.iter().map(|host| host.id).collect();
    let whose = if sees.is_confined() { Whose::Hosts(&seen) } else { Whose::Fleet };
    let scope = Scope { whose, from_at: span.from_at, to_at: span.to_at };
    Ok(rank::one_of(&site.db, kind.by(), id, scope).await?)
}

/// Since when anything is known: of the fleet; for who is confined, of the hosts that it was on.
async fn first_at(site: &Site, sees: &Sees, one: &One) -> Result<Option<i64>> {
    if sees.is_confined() {
        return Ok(one.series.steps.first().map(|step| step.start));
    }
    Ok(store::beginning::fleet(&site.db).await?)
}

fn zoom_links(stretch: Stretch, (now_at, locale): (i64, &Locale), here: &str) -> zoom::Links {
    let minute_at = now_at.div_euclid(MINUTE_MS) * MINUTE_MS;
    zoom::Links::of(stretch.zoom(), (minute_at, locale), |zoom| {
        let pairs = zoom.pairs();
        format!("{here}{}", query(&pairs.each_ref().map(|(name, value)| (*name, value.as_str()))))
    })
}

/// The anonymous user has an empty name.
pub fn shown_name(locale: &Locale, name: &str) -> String {
    if name.is_empty() { locale.say("anonymous").into() } else { name.to_owned() }
}

/// A short name stands in one line, also where there is little room; one that may be wide breaks anywhere.
fn wrapping(name: &str) -> &'static str {
    if name.len() <= SHORT && name.is_ascii() { "nowrap" } else { "wraps" }
}

fn on_hosts(locale: &Locale, one: &One, all: &[HostInShort], span: Span) -> Vec<OnHost> {
    let names: HashMap<HostId, &str> = all.iter().map(|h| (h.id, h.name.as_str())).collect();
    let knowledge = Knowledge::of(all);
    let gone = |id: HostId| locale.say("holders-host-gone").with("id", id.to_string()).into();
    let mut hosts: Vec<_> = one
        .on_hosts
        .iter()
        .map(|on| OnHost {
            id: on.host,
            name: names.get(&on.host).map_or_else(|| gone(on.host), |n| (*n).to_owned()),
            knows_idle: on.held.idle_ms > 0 || knowledge.of_idle(&[on.host]),
            knows_opens: on.held.peak_opens > 0 || knowledge.of_opens(&[on.host]),
            held: on.held,
            least: on.least,
            now: None,
            spark: means(on.steps.iter().cloned(), span).steps(21),
        })
        .collect();
    hosts.sort_by(|a, b| (b.held.session_ms, &a.name).cmp(&(a.held.session_ms, &b.name)));
    hosts
}

/// Its sessions in the newest snapshots of the hosts it was last seen on.
async fn sessions_now(
    site: &Site,
    (kind, id): (Kind, i64),
    hosts: &mut [OnHost],
    eyes: &Eyes,
) -> Result<Vec<SessionNow>> {
    let now_at = site.clock.now_at();
    let aliases = store::aliases::all(&site.db).await?;
    let mut found = Vec::new();
    for host in hosts.iter_mut().take(LOOKED_AT) {
        let Some(snapshot) = store::frames::at(&site.db, host.id, now_at).await? else { continue };
        // A host that fell silent says nothing about now.
        if now_at - snapshot.taken_at > i64::from(snapshot.sampling_secs) * 2_000 + 60_000 {
            continue;
        }
        let is_its = |s: &&Session| match kind {
            Kind::Client => aliases.main(s.client.0) == id,
            Kind::User => s.user.0 == id,
        };
        let before = found.len();
        found.extend(snapshot.sessions.iter().filter(is_its).map(|s| (host.id, host.name.clone(), *s)));
        host.now = Some(found.len() - before);
    }
    named((site, eyes), (kind, &aliases), found).await
}

async fn named(
    (site, eyes): (&Site, &Eyes),
    (kind, aliases): (Kind, &Aliases),
    found: Vec<(HostId, String, Session)>,
) -> Result<Vec<SessionNow>> {
    let names: HashMap<i64, String> = match kind {
        Kind::Client => {
            let mut ids: Vec<_> = found.iter().map(|(.., s)| s.user).collect();
            ids.sort_unstable();
            ids.dedup();
            eyes.users(store::names::users(&site.db, &ids).await?).into_iter().map(|(id, name)| (id.0, name)).collect()
        }
        Kind::User => {
            let mut ids: Vec<_> = found.iter().map(|(.., s)| ClientId(aliases.main(s.client.0))).collect();
            ids.sort_unstable();
            ids.dedup();
            store::names::clients(&site.db, &ids).await?.into_iter().map(|(id, name)| (id.0, name)).collect()
        }
    };
    let session = |(host, host_name, s): (HostId, String, Session)| {
        let other = if kind == Kind::Client { s.user.0 } else { aliases.main(s.client.0) };
        SessionNow {
            host,
            host_name,
            other,
            other_name: names.get(&other).cloned().unwrap_or_default(),
            opens: s.opens,
            started_at: s.started_at,
            active_at: s.active_at,
        }
    };
    Ok(found.into_iter().map(session).collect())
}

/// What the rules say of whom the page is about and of those it names.
async fn labels(site: &Site, kind: Kind, id: i64, now: &[SessionNow]) -> Result<Labels> {
    let others: Vec<i64> = now.iter().map(|session| session.other).collect();
    Ok(match kind {
        Kind::Client => Labels::of(&site.db, &[id], &others).await?,
        Kind::User => Labels::of(&site.db, &others, &[id]).await?,
    })
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

fn sentence((locale, sees): (&Locale, &Sees), one: &One, hosts: &[OnHost], over: &str) -> String {
    let said = match (one.hosts.len(), hosts, sees.is_confined()) {
        (0, _, false) => locale.say("holders-held-none"),
        (0, _, true) => locale.say("holders-held-none-seen"),
        (1, [one], _) => locale.say("holders-held-on").with("host", &one.name),
        (many, _, false) => locale.say("holders-held-on-hosts").with("hosts", many),
        (many, _, true) => locale.say("holders-held-on-seen").with("hosts", many),
    };
    let said: String = said
        .with("over", over)
        .with("hours", hours(locale, one.held.session_ms))
        .with("peak", one.held.peak_sessions)
        .into();
    let least = one.least.peak_sessions;
    if least == one.held.peak_sessions {
        return said;
    }
    format!("{said} {}", locale.say("names-least").with("least", least))
}

impl ShowPage {
    /// The other kind of holder.
    fn other(&self) -> Kind {
        match self.kind {
            Kind::Client => Kind::User,
            Kind::User => Kind::Client,
        }
    }

    /// The chart as a file.
    fn picture(&self, span: Span) -> Result<Response> {
        let chart = self.chart.as_ref().ok_or(Error::NotFound("file"))?;
        let title = self.page.say("chart-title-held").with("name", self.shown_name());
        let mut file = picture::file(&self.page, title, span, chart.legend(&self.page.locale));
        file.parts.push(picture::part(chart)?);
        picture::answer(&file, &format!("{}-{}", self.kind.one(), self.id))
    }

    fn shown_name(&self) -> String {
        shown_name(&self.page.locale, &self.name)
    }

    fn idle(&self, host: &OnHost) -> String {
        share(&self.page.locale, host.knows_idle.then_some(host.held.idle_ms), host.held.session_ms)
    }

    fn zero_open(&self, host: &OnHost) -> String {
        share(&self.page.locale, host.knows_opens.then_some(host.held.zero_open_ms), host.held.session_ms)
    }

    fn opens(&self, host: &OnHost) -> String {
        let is_exact = host.least.peak_opens == host.held.peak_opens;
        let locale = &self.page.locale;
        locale.or_dash(host.knows_opens.then(|| at_most(locale.number(host.held.peak_opens), is_exact)))
    }

    fn peak(&self, host: &OnHost) -> String {
        let is_exact = host.least.peak_sessions == host.held.peak_sessions;
        at_most(self.page.locale.number(host.held.peak_sessions), is_exact)
    }

    fn blame(&self, host: &OnHost) -> String {
        at_most(blame(&self.page.locale, host.held.full_ms), host.least.full_ms == host.held.full_ms)
    }

    fn total_blame(&self) -> String {
        at_most(blame(&self.page.locale, self.total.full_ms), self.least.full_ms == self.total.full_ms)
    }

    fn label(&self, kind: Kind, id: i64) -> Option<Class> {
        match kind {
            Kind::Client => self.labels.client(id),
            Kind::User => self.labels.user(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anonymous_user_has_words() {
        assert_eq!(shown_name(&Locale::machine(), ""), "(anonymous)");
    }

    #[test]
    fn a_short_name_is_not_broken_and_a_wide_one_is() {
        assert_eq!(["FS-SIN-01", &"A-b".repeat(300), "\u{fdfd}\u{fdfd}"].map(wrapping), ["nowrap", "wraps", "wraps"]);
    }
}
