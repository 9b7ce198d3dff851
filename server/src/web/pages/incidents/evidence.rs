//! What history says of an incident: as it stands on its page, and what can be taken away of it.

use axum::extract::State;
use axum::response::Response;

use crate::alerts::commands;
use crate::locale::Locale;
use crate::model::IncidentId;
use crate::model::evidence::{Evidence, Holder};
use crate::model::eyes::Eyes;
use crate::web::Site;
use crate::web::address::Path;
use crate::web::auth::SignedIn;
use crate::web::error::Result;
use crate::web::incident::{self as told, File};
use crate::web::layout::Viewer;
use crate::web::markup::Markup;

/// Holders whose bars are shown.
const BARS: usize = 10;

/// The evidence in words, in the order of the page.
pub(super) struct Shown {
    pub(super) sentence: Markup,
    pub(super) day: String,
    /// None if nothing was observed.
    pub(super) at_peak: Option<String>,
    pub(super) peak_at: Option<i64>,
    pub(super) holders: Vec<Bar>,
    /// Those who have no bar.
    pub(super) rest: Option<String>,
    pub(super) users: Vec<String>,
    pub(super) causes: Vec<Cause>,
    pub(super) stretches: Vec<String>,
    pub(super) events: Vec<(String, String)>,
    pub(super) more_events: u64,
    pub(super) changes: Vec<String>,
    pub(super) findings: Vec<(String, String, String)>,
    pub(super) before: Vec<String>,
    /// How much is not known.
    pub(super) holes: Vec<String>,
    /// What frees idle sessions, or why there is nothing.
    pub(super) free: std::result::Result<String, String>,
    pub(super) has_trace: bool,
}

/// One who held sessions.
pub(super) struct Bar {
    pub(super) href: String,
    pub(super) name: String,
    /// Of the sessions at the peak, as CSS has it.
    pub(super) width: String,
    pub(super) said: String,
    pub(super) users: String,
}

/// What may have caused it.
pub(super) struct Cause {
    pub(super) what: String,
    pub(super) likelihood: String,
    pub(super) is_likely: bool,
    pub(super) points_for: Vec<String>,
    pub(super) points_against: Vec<String>,
}

/// `GET /incidents/{id}/bundle`: a zip to hand on.
pub async fn bundle(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<IncidentId>,
) -> Result<Response> {
    told::file(&site, id, File::Bundle, &viewer.locale, site.eyes.of_person(&by)).await
}

/// `GET /incidents/{id}/free.ps1`: what frees idle sessions, to be read and run by hand.
pub async fn free(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<IncidentId>,
) -> Result<Response> {
    told::file(&site, id, File::Free, &viewer.locale, site.eyes.of_person(&by)).await
}

/// `GET /incidents/{id}/trace.ps1`: what records what the SMB server does.
pub async fn trace(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<IncidentId>,
) -> Result<Response> {
    told::file(&site, id, File::Trace, &viewer.locale, site.eyes.of_person(&by)).await
}

impl Shown {
    pub(super) fn of(evidence: &Evidence, locale: &Locale, eyes: &Eyes) -> Self {
        let all = evidence.peak.map_or(0, |peak| peak.sessions);
        let is_of_host = evidence.host.id.is_some();
        let stretches = evidence.at_limit.stretches.iter();
        let notes = [told::holes(evidence, locale), told::cut(evidence, locale), told::partial(evidence, locale)];
        let holes = evidence.holes.longest.iter().map(|hole| told::hole(hole, evidence, locale));
        Self {
            sentence: told::linked(evidence, locale),
            day: told::day_and_zone(evidence, locale),
            at_peak: told::at_peak(evidence, locale),
            peak_at: evidence.peak.map(|peak| peak.taken_at),
            holders: evidence.holders.iter().take(BARS).map(|holder| Bar::of(holder, all, locale, eyes)).collect(),
            rest: rest(evidence, locale),
            users: evidence.users.iter().take(BARS).map(|user| told::user(user, locale, eyes)).collect(),
            causes: evidence.causes.iter().map(|cause| Cause::of(cause, evidence, locale)).collect(),
            stretches: stretches.map(|stretch| told::stretch(stretch, evidence, locale)).collect(),
            events: events(evidence, locale),
            more_events: evidence.more_events,
            changes: evidence.changes.iter().rev().map(|changed| told::changed(changed, evidence, locale)).collect(),
            findings: findings(evidence, locale),
            before: is_of_host
                .then(|| told::week_before(evidence, locale))
                .into_iter()
                .chain(told::earlier(evidence, locale))
                .collect(),
            holes: notes.into_iter().flatten().chain(holes).collect(),
            free: told::free(evidence, locale, commands::Form::Page).map_err(|why| told::nothing(why, locale)),
            has_trace: told::trace(evidence, locale, commands::Form::Page).is_some(),
        }
    }
}

/// Those who are listed without a bar count as others here.
fn rest(evidence: &Evidence, locale: &Locale) -> Option<String> {
    let hidden = evidence.holders.get(BARS..).unwrap_or_default();
    let mut with_them = Evidence { rest: evidence.rest, peak: evidence.peak, ..Evidence::default() };
    let rest = &mut with_them.rest;
    for holder in hidden {
        rest.clients = rest.clients.saturating_add(1);
        rest.sessions = rest.sessions.saturating_add(holder.sessions);
        rest.idle = rest.idle.or((rest.clients == 1).then_some(0)).zip(holder.idle).map(|(a, b)| a.saturating_add(b));
    }
    told::rest(&with_them, locale)
}

/// Each in words, with where it leads: empty if it is not kept any more.
fn events(evidence: &Evidence, locale: &Locale) -> Vec<(String, String)> {
    let href = |id| format!("/events/{id}");
    let of = evidence.events.iter();
    of.map(|event| (told::event(event, evidence, locale), event.id.map(href).unwrap_or_default())).collect()
}

fn findings(evidence: &Evidence, locale: &Locale) -> Vec<(String, String, String)> {
    let said = evidence.findings.iter().map(|finding| (finding.rule.clone(), told::finding(finding, locale)));
    said.map(|(rule, (title, detail))| (rule, title, detail)).collect()
}

/// What one held, without a name: that stands above it.
fn held(holder: &Holder, all: u32, locale: &Locale) -> String {
    let said = locale.say("inc-held").with("sessions", holder.sessions);
    let said = said.with("share", told::share_of(holder.sessions, all, locale));
    let said = match holder.idle {
        Some(idle) => said.with("idle", idle),
        None => said.with("idle", "unknown"),
    };
    match holder.opens {
        Some(opens) => said.with("opens", opens).into(),
        None => said.with("opens", "unknown").into(),
    }
}

impl Bar {
    fn of(holder: &Holder, all: u32, locale: &Locale, eyes: &Eyes) -> Self {
        let users = holder.users.iter().filter(|name| !name.is_nobodys()).map(|name| name.seen_by(eyes));
        let users = locale.joined(users.collect());
        Self {
            href: holder.client.map(|client| format!("/clients/{client}")).unwrap_or_default(),
            name: told::name_of_holder(holder, locale),
            width: format!("{}%", u64::from(holder.sessions) * 100 / u64::from(all.max(1))),
            said: held(holder, all, locale),
            users,
        }
    }
}

impl Cause {
    fn of(cause: &crate::model::evidence::Cause, evidence: &Evidence, locale: &Locale) -> Self {
        let points = |points: &[_]| points.iter().map(|point| told::point(point, evidence, locale)).collect();
        Self {
            what: told::cause(cause, locale),
            likelihood: told::likelihood(cause, locale),
            is_likely: cause.is_likely(),
            points_for: points(&cause.points_for),
            points_against: points(&cause.points_against),
        }
    }
}
