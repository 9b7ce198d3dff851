//! Single facts of the evidence in words.

use super::plain::{line, one_line};
use super::sentence::said_alone;
use crate::findings;
use crate::locale::{Locale, Message, Zone};
use crate::model::change::{Change, What};
use crate::model::evidence::{
    Cause, Changed, EventThen, Evidence, FindingThen, Holder, Hole, Point, Stretch, UserHolder,
};
use crate::model::eyes::Eyes;
use crate::model::finding::Detail;
use crate::model::time::HOUR_MS;
use crate::web::finding as rules;
use crate::web::pages::events::meaning;
use crate::web::pages::hosts::{changes, words};

/// Of all sessions, in percent.
#[must_use]
pub fn share_of(sessions: u32, all: u32, locale: &Locale) -> String {
    locale.percent(f64::from(sessions) / f64::from(all.max(1)))
}

/// `Tue 24 Nov 2026, Europe/Paris`: the day on which it began, in the reader's zone.
#[must_use]
pub fn day_and_zone(evidence: &Evidence, locale: &Locale) -> String {
    let (day, year) = (locale.day(evidence.from_at), locale.zone.wall(evidence.from_at).year());
    let said = locale.say("evidence-day").with("day", day).with("year", year.to_string());
    said.with("zone", locale.zone.name()).into()
}

/// Sessions, clients and opens at the peak; none if nothing was observed.
#[must_use]
pub fn at_peak(evidence: &Evidence, locale: &Locale) -> Option<String> {
    let peak = evidence.peak?;
    let said = locale.say("evidence-at-peak").with("at", locale.stamp(peak.taken_at, evidence.from_at));
    let said = said.with("sessions", peak.sessions).with("clients", peak.clients);
    Some(known(said, "opens", peak.opens).into())
}

/// A holder's name, with its other names and what the rules say it is.
#[must_use]
pub fn name_of_holder(holder: &Holder, locale: &Locale) -> String {
    let mut beside: Vec<String> = holder.other_names.iter().map(|name| line(name)).collect();
    beside.extend(holder.class.map(|class| String::from(locale.say_of("class", class.word()))));
    if beside.is_empty() {
        return said_alone(&line(&holder.name), locale);
    }
    let said = locale.say("evidence-also").with("name", line(&holder.name));
    said.with("beside", beside.join(", ")).into()
}

/// One holder with figures.
#[must_use]
pub fn who(holder: &Holder, all: u32, locale: &Locale) -> String {
    let said = locale.say("evidence-holder").with_ready("name", name_of_holder(holder, locale));
    let said = said.with("sessions", holder.sessions).with("share", share_of(holder.sessions, all, locale));
    known(known(said, "idle", holder.idle.map(u64::from)), "opens", holder.opens).into()
}

/// The holders who are not listed; none if all are.
#[must_use]
pub fn rest(evidence: &Evidence, locale: &Locale) -> Option<String> {
    let (rest, all) = (evidence.rest, evidence.peak?.sessions);
    let said = locale.say("evidence-rest").with("clients", rest.clients).with("sessions", rest.sessions);
    let said = known(said.with("share", share_of(rest.sessions, all, locale)), "idle", rest.idle.map(u64::from));
    (rest.clients > 0).then(|| said.into())
}

/// One user with figures, as the eyes see him.
#[must_use]
pub fn user(user: &UserHolder, locale: &Locale, eyes: &Eyes) -> String {
    let is_nobody = user.name.is_nobodys();
    let name = if is_nobody { locale.say("anonymous").into() } else { line(&user.name.seen_by(eyes)) };
    let said = locale.say("evidence-user").with("name", name).with("sessions", user.sessions);
    said.with("clients", user.clients).into()
}

fn known(message: Message, name: &'static str, number: Option<u64>) -> Message {
    match number {
        Some(number) => message.with(name, number),
        None => message.with(name, "unknown"),
    }
}

/// `09:31 to 09:47, 16 min`
#[must_use]
pub fn stretch(stretch: &Stretch, evidence: &Evidence, locale: &Locale) -> String {
    let at = |at| locale.stamp(at, evidence.from_at);
    let said = locale.say("evidence-stretch").with("from", at(stretch.from_at)).with("to", at(stretch.to_at));
    said.with("span", locale.duration(stretch.length_ms())).into()
}

/// Why something is missing, and from when to when.
#[must_use]
pub fn hole(hole: &Hole, evidence: &Evidence, locale: &Locale) -> String {
    let at = |at| locale.stamp(at, evidence.from_at);
    let said = locale.say("evidence-hole").with("from", at(hole.from_at)).with("to", at(hole.to_at));
    let said = said.with("span", locale.duration(hole.to_at - hole.from_at));
    said.with("why", words::gap_reason(locale, hole.reason.as_deref().unwrap_or_default())).into()
}

/// For how long nothing is known, and how much was lost; none if all is known.
#[must_use]
pub fn holes(evidence: &Evidence, locale: &Locale) -> Option<String> {
    let holes = &evidence.holes;
    let said = locale.say("evidence-holes").with("holes", holes.count).with("records", holes.lost_records);
    let said = said.with("span", locale.duration(holes.total_ms)).to_string();
    (holes.count > 0 || holes.lost_records > 0).then(|| said.trim().to_owned())
}

/// That not every snapshot was looked at; none if all were.
#[must_use]
pub fn cut(evidence: &Evidence, locale: &Locale) -> Option<String> {
    let at = evidence.looked.cut_at?;
    let said = locale.say("evidence-cut").with("at", locale.stamp(at, evidence.from_at));
    Some(said.with("sessions", evidence.looked.sessions).into())
}

/// That there may have been more sessions at the peak; none if not.
#[must_use]
pub fn partial(evidence: &Evidence, locale: &Locale) -> Option<String> {
    evidence.peak.filter(|peak| peak.is_partial).map(|_| locale.say("evidence-partial").into())
}

/// An event: when, which, what it means, and what was seen right after it.
#[must_use]
pub fn event(event: &EventThen, evidence: &Evidence, locale: &Locale) -> String {
    let known = meaning::known_title(locale, &event.provider, event.code);
    let means = known.unwrap_or_else(|| String::from(locale.say("events-not-described")));
    let at = locale.clock_secs(event.recorded_at);
    let said = locale.say("evidence-event").with("at", day_of(event.recorded_at, evidence, locale, at));
    let said = said.with("code", event.code.to_string()).with("provider", line(&event.provider)).with("means", means);
    known_u32(said, "sessions", event.burst.iter().map(|look| look.sessions).max()).into()
}

fn known_u32(message: Message, name: &'static str, number: Option<u32>) -> Message {
    known(message, name, number.map(u64::from))
}

/// The clock alone on the day on which it began.
fn day_of(at: i64, evidence: &Evidence, locale: &Locale, clock: String) -> String {
    if locale.zone.date(at) == locale.zone.date(evidence.from_at) { clock } else { locale.stamp(at, evidence.from_at) }
}

/// What changed about the host.
#[must_use]
pub fn changed(changed: &Changed, evidence: &Evidence, locale: &Locale) -> String {
    let said = locale.say("evidence-changed").with("at", locale.stamp(changed.seen_at, evidence.from_at));
    said.with_ready("what", what_changed(changed, locale)).into()
}

fn what_changed(changed: &Changed, locale: &Locale) -> String {
    let text = |text: &Option<String>| match text {
        Some(text) => line(text),
        None => locale.say("evidence-limit-none").into(),
    };
    let what = match changed.what.as_deref() {
        Some("limit") => {
            let said = locale.say("evidence-limit-changed").with("before", text(&changed.before));
            return said.with("after", text(&changed.after)).into();
        }
        Some("start") => What::Start,
        Some("name") => What::Name,
        Some("full_name") => What::FullName,
        Some("domain") => What::Domain,
        Some("cluster") => What::Cluster,
        Some("addresses") => What::Addresses,
        Some("system") => What::System,
        Some("build") => What::Build,
        Some("time_zone") => What::TimeZone,
        Some("agent_version") => What::AgentVersion,
        // Of a later version: its word says more than nothing.
        Some(word) if word != "setting" => What::Setting(line(word)),
        _ => What::Setting(line(&changed.name)),
    };
    let [before, after] = [&changed.before, &changed.after].map(|text| text.as_deref().map(line));
    let (seen_at, after_at) = (changed.seen_at, changed.after_at);
    changes::words(&Change { seen_at, after_at, what, before, after }, locale)
}

/// A rule that held: its title, and what was found.
#[must_use]
pub fn finding(finding: &FindingThen, locale: &Locale) -> (String, String) {
    let title = findings::rule(&finding.rule).map(|rule| rules::rule_title(rule, locale));
    let detail = if finding.facts.is_empty() {
        Detail::Words(finding.words.clone())
    } else {
        Detail::Facts(finding.facts.clone())
    };
    (title.unwrap_or_else(|| line(&finding.rule)), one_line(&rules::detail(&detail, locale)))
}

/// How it was a week before.
#[must_use]
pub fn week_before(evidence: &Evidence, locale: &Locale) -> String {
    let Some(week) = evidence.week_before else { return locale.say("evidence-week-unknown").into() };
    let said = locale.say("evidence-week").with("sessions", week.peak_sessions);
    let is_full = if week.full_ms > 0 { "yes" } else { "no" };
    said.with("full", is_full).with("span", locale.duration(week.full_ms)).into()
}

/// How often it happened before, and when mostly; none if it was never looked for.
#[must_use]
pub fn earlier(evidence: &Evidence, locale: &Locale) -> Option<String> {
    let earlier = evidence.earlier;
    if earlier.days == 0 {
        return None;
    }
    let said = locale.say("evidence-earlier").with("count", earlier.count).with("days", earlier.days);
    let Some(mostly) = earlier.mostly else { return Some(said.into()) };
    // By the clock of the host, which may be another one than the reader's.
    let zone = Zone::named(&evidence.host.time_zone);
    let day = locale.lang.weekday(zone.wall(mostly.at));
    let said = locale.say("evidence-earlier-mostly").with_ready("before", said.into()).with("day", day);
    let hour = |hour: u8| format!("{:02}", hour % 24);
    Some(said.with("from", hour(mostly.hour)).with("to", hour(mostly.hour + 1)).into())
}

/// What is suspected.
#[must_use]
pub fn cause(cause: &Cause, locale: &Locale) -> String {
    let id = cause.what.map_or("unknown", |what| what.word());
    locale.say_of("evidence-cause", id).into()
}

/// How much speaks for it.
#[must_use]
pub fn likelihood(cause: &Cause, locale: &Locale) -> String {
    locale.say(if cause.is_likely() { "evidence-likely" } else { "evidence-possible" }).into()
}

/// What speaks for a cause or against it.
#[must_use]
pub fn point(point: &Point, evidence: &Evidence, locale: &Locale) -> String {
    let said = locale.say_of("evidence-point", point.word());
    let hour = |hour: &u8| format!("{hour:02}");
    let said = match point {
        Point::Held { clients, sessions, all } => {
            let said = said.with("clients", clients).with("sessions", sessions).with("all", all);
            said.with("share", share_of(*sessions, *all, locale))
        }
        Point::Grew { sessions, all } => said.with("sessions", sessions).with("all", all),
        Point::Before { sessions } | Point::WeekBefore { sessions } | Point::FewerWeekBefore { sessions } => {
            said.with("sessions", sessions)
        }
        Point::Idle { sessions, of } | Point::Used { sessions, of } => said.with("sessions", sessions).with("of", of),
        Point::Night { hour: at } | Point::Day { hour: at } | Point::Morning { hour: at } => {
            said.with("hour", hour(at))
        }
        Point::SameHour { hour: at, times, of } => said.with("hour", hour(at)).with("times", times).with("of", of),
        Point::Forgotten { client, forgotten, sessions, oldest_hours } => {
            let oldest = locale.duration(oldest_hours.saturating_mul(HOUR_MS));
            let said = said.with("client", line(client)).with("forgotten", forgotten);
            said.with("sessions", sessions).with("oldest", oldest)
        }
        Point::Suspect { client } => said.with("client", line(client)),
        Point::Grows { client, before, sessions } | Point::Shrinks { client, before, sessions } => {
            said.with("client", line(client)).with("before", before).with("sessions", sessions)
        }
        Point::Stayed { client, sessions, of } | Point::Went { client, sessions, of } => {
            said.with("client", line(client)).with("sessions", sessions).with("of", of)
        }
        Point::FloodEvents { events } => said.with("events", events),
        Point::MoreSessions { more, ever } | Point::MoreClients { more, ever } => {
            said.with("more", more).with("ever", ever)
        }
        Point::Started { sessions, clients, all, minutes } => {
            let said = said.with("sessions", sessions).with("clients", clients).with("all", all);
            said.with("minutes", minutes)
        }
        Point::OneClient { client, sessions, of } => {
            said.with("client", line(client)).with("sessions", sessions).with("of", of)
        }
        Point::Restarted { at } => said.with("at", locale.stamp(*at, evidence.from_at)),
    };
    said.into()
}
