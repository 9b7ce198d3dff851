//! The tables of a bundle.

use crate::locale::Locale;
use crate::model::episode::{Material, Names};
use crate::model::event_family;
use crate::model::evidence::{Evidence, Holder};
use crate::model::eyes::Eyes;
use crate::model::snapshot::Snapshot;
use crate::model::time::{CELL_MS, SECOND_MS};
use crate::web::sheet::Sheet;

/// Every session of a snapshot, as `Get-SmbSession` tells them, with what else is known.
pub(super) fn sessions(snapshot: &Snapshot, names: &Names, eyes: &Eyes) -> Sheet {
    let mut sheet = Sheet::new(&[
        "ClientComputerName",
        "ClientUserName",
        "NumOpens",
        "SecondsIdle",
        "SecondsExists",
        "StartedAt",
        "TakenAt",
        "Client",
        "Class",
        "Incomplete",
    ]);
    for session in &snapshot.sessions {
        let secs = |at: Option<i64>| at.map(|at| (snapshot.taken_at - at).max(0) / SECOND_MS);
        sheet
            .text(names.client(session.client))
            .text(&names.user(session.user).seen_by(eyes))
            .known(session.opens)
            .known(secs(session.active_at))
            .known(secs(session.started_at))
            .known_instant(session.started_at)
            .instant(snapshot.taken_at)
            .text(names.client(names.main(session.client)))
            .text(names.class(session).map_or("", |class| class.word()))
            .text(if snapshot.partial { "yes" } else { "no" });
    }
    sheet
}

/// Who held the sessions at the peak; the last row sums those who are not listed.
pub(in crate::web) fn holders(evidence: &Evidence, eyes: &Eyes) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Client",
        "OtherNames",
        "Class",
        "Sessions",
        "SharePercent",
        "IdleSessions",
        "SessionsWithoutOpens",
        "IdleWithoutOpens",
        "Opens",
        "LongestSecondsIdle",
        "OldestSeconds",
        "Users",
        "UserNames",
    ]);
    let all = evidence.peak.map_or(0, |peak| peak.sessions);
    evidence.holders.iter().for_each(|holder| add_holder(&mut sheet, holder, all, eyes));
    let rest = evidence.rest;
    if rest.clients > 0 {
        sheet.text(&format!("{} other clients", rest.clients)).text("").text("").whole(rest.sessions);
        sheet.decimal(percent(rest.sessions, all), 1).known(rest.idle).known(rest.zero_open).known(rest.idle_zero_open);
        sheet.known(rest.opens).known(None::<i64>).known(None::<i64>).known(None::<i64>).text("");
    }
    sheet
}

fn add_holder(sheet: &mut Sheet, holder: &Holder, all: u32, eyes: &Eyes) {
    let users: Vec<String> = holder.users.iter().map(|name| name.seen_by(eyes)).collect();
    sheet
        .text(&holder.name)
        .text(&holder.other_names.join(", "))
        .text(holder.class.map_or("", |class| class.word()))
        .whole(holder.sessions)
        .decimal(percent(holder.sessions, all), 1)
        .known(holder.idle)
        .known(holder.zero_open)
        .known(holder.idle_zero_open)
        .known(holder.opens)
        .known(holder.longest_idle_secs)
        .known(holder.oldest_secs)
        .whole(holder.users_count)
        .text(&users.join(", "));
}

fn percent(sessions: u32, all: u32) -> f64 {
    f64::from(sessions) * 100.0 / f64::from(all.max(1))
}

pub(super) fn users(evidence: &Evidence, eyes: &Eyes) -> Sheet {
    let mut sheet = Sheet::new(&["User", "Class", "Sessions", "Clients", "IdleSessions", "Opens"]);
    for user in &evidence.users {
        sheet
            .text(&user.name.seen_by(eyes))
            .text(user.class.map_or("", |class| class.word()))
            .whole(user.sessions)
            .whole(user.clients)
            .known(user.idle)
            .known(user.opens);
    }
    sheet
}

/// What every five minutes come to. One in which nothing was observed has no figures.
pub(super) fn usage(material: &Material) -> Sheet {
    let mut sheet = Sheet::new(&[
        "From",
        "To",
        "PeakSessions",
        "PeakAt",
        "Limit",
        "SaturationPercent",
        "MeanSessions",
        "SecondsFull",
        "SecondsObserved",
        "Snapshots",
        "MostOpens",
        "MostClients",
    ]);
    for (at, usage) in &material.cells {
        let (is_observed, limit) = (usage.covered_ms > 0, usage.peak.map(|peak| peak.limit));
        sheet
            .instant(*at)
            .instant(at + CELL_MS)
            .known(usage.peak.map(|peak| peak.sessions))
            .known_instant(usage.peak.map(|peak| peak.at))
            .known(limit.and_then(|limit| limit.sessions.filter(|_| !limit.unlimited)))
            .known_decimal(usage.max_saturation.map(|share| share * 100.0), 1)
            .known_decimal(usage.mean_sessions(), 2)
            .known(is_observed.then_some(usage.full_ms / SECOND_MS))
            .whole(usage.covered_ms / SECOND_MS)
            .whole(usage.snapshots)
            .known(usage.max_opens)
            .known(is_observed.then_some(usage.max_clients));
    }
    sheet
}

/// The columns of `Get-WinEvent`, as administrators export them, and what was seen right after each.
pub(super) fn events(evidence: &Evidence, material: &Material, eyes: &Eyes) -> Sheet {
    let columns = ["TimeCreated", "Id", "LevelDisplayName", "ProviderName", "MachineName", "Message"];
    let more = ["LogName", "RecordId", "Class", "Number", "SessionsAfter"];
    let mut sheet = Sheet::new(&[columns.as_slice(), more.as_slice()].concat());
    let english = Locale::machine();
    for (number, event) in (1_i64..).zip(&material.events) {
        let title = || event_family::describe(&event.provider, event.code).map_or("", |known| known.title);
        let then = evidence.events.iter().find(|then| then.id == Some(event.id));
        let after = then.and_then(|then| then.burst.iter().map(|look| look.sessions).max());
        sheet
            .instant(event.recorded_at)
            .whole(event.code)
            .text(&english.say_of("events-level", level_word(event.level)).to_string())
            .text(&event.provider)
            .text(if event.computer.is_empty() { &event.host_name } else { &event.computer })
            .text(event.message.as_ref().and_then(|message| message.seen_by(eyes)).unwrap_or_else(title))
            .text(&event.channel)
            .whole(event.record_id)
            .text(event.class.word())
            .whole(number)
            .known(after);
    }
    sheet
}

fn level_word(level: u8) -> &'static str {
    crate::web::pages::events::words::level_word(level)
}
