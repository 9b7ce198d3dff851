//! One look, printed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use highwater_wire::{Record, Session, Snapshot};

use super::{FAILED, Flags, SETTINGS, fail, log_to_stderr, open};
use crate::clock::Clock;
use crate::source::Report;

/// Looking needs no server.
pub(super) const NO_SERVER: &str = "https://localhost";

pub(super) async fn once(mut flags: Flags, json: bool) -> ExitCode {
    log_to_stderr();
    if flags.config.is_none() && flags.server.is_none() {
        flags.server = Some(NO_SERVER.to_owned());
    }
    let clock = Clock::system();
    let settings = match flags.load() {
        Ok(settings) => settings,
        Err(error) => return fail(SETTINGS, &error),
    };
    let mut source = match open::source(&settings, &clock) {
        Ok(source) => source,
        Err(error) => return fail(SETTINGS, &error),
    };
    let report = match source.observe(clock.now_at(), settings.sampling.calm_secs).await {
        Ok(report) => report,
        Err(error) => return fail(FAILED, &error),
    };
    let text = if json { as_json(report) } else { Ok(as_table(&report)) };
    match text.and_then(|text| std::io::stdout().write_all(text.as_bytes())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, &error),
    }
}

/// The records that would be stored, one a line.
fn as_json(report: Report) -> std::io::Result<String> {
    let records = (report.facts.map(Record::Host).into_iter())
        .chain(report.gaps.into_iter().map(Record::Gap))
        .chain(report.events.into_iter().map(Record::Event))
        .chain(report.counters.map(Record::Counters))
        .chain(report.snapshots.into_iter().map(Record::Snapshot));
    let mut text = String::new();
    for record in records {
        text.push_str(&serde_json::to_string(&record)?);
        text.push('\n');
    }
    Ok(text)
}

fn as_table(report: &Report) -> String {
    let mut text = String::new();
    if let Some(facts) = &report.facts {
        let _ = writeln!(text, "{} · {} · {}", plain(&facts.name), plain(&facts.os), facts.addresses.join(", "));
    }
    for snapshot in &report.snapshots {
        table_of(&mut text, snapshot);
    }
    if report.snapshots.is_empty() {
        text.push_str("Nothing to see now.\n");
    }
    text
}

fn table_of(text: &mut String, snapshot: &Snapshot) {
    let limit = match (snapshot.limit.sessions, snapshot.limit.unlimited) {
        (_, true) => "no limit".to_owned(),
        (Some(limit), _) => format!("limit {limit}"),
        (None, _) => "limit unknown".to_owned(),
    };
    let _ = writeln!(text, "{} sessions, {limit}\n", snapshot.sessions.len());
    let rows: Vec<_> = snapshot.sessions.iter().map(row).collect();
    let head = ["CLIENT", "USER", "OPENS", "AGE", "IDLE"].map(str::to_owned);
    let widths: Vec<_> = (0..head.len())
        .map(|i| rows.iter().chain([&head]).map(|row| row[i].chars().count()).max().unwrap_or(0))
        .collect();
    for row in std::iter::once(&head).chain(&rows) {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
}

fn row(session: &Session) -> [String; 5] {
    let number = |n: Option<u32>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
    let time = |secs: Option<u32>| secs.map_or_else(|| "–".to_owned(), duration);
    [
        plain(&session.client),
        plain(&session.user),
        number(session.opens),
        time(session.age_secs),
        time(session.idle_secs),
    ]
}

fn duration(secs: u32) -> String {
    match secs {
        0..60 => format!("{secs} s"),
        60..3_600 => format!("{} min", secs / 60),
        3_600..86_400 => format!("{} h {} min", secs / 3_600, secs / 60 % 60),
        _ => format!("{} d {} h", secs / 86_400, secs / 3_600 % 24),
    }
}

/// Names come from whoever connects: nothing in them may move a terminal's cursor, or turn the text around.
pub(super) fn plain(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    name.chars().map(|c| if c.is_control() || turns(c) { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_wire::{Limit, LimitSource};

    #[test]
    fn a_table_shows_what_is_unknown_as_a_dash_and_no_control_characters() {
        let session = Session {
            client: "10.0.0.9\u{1b}[2J".into(),
            user: "CORP\\ann\u{202E}".into(),
            opens: Some(3),
            age_secs: Some(3_725),
            idle_secs: None,
        };
        let limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::SambaConf };
        let snapshot = Snapshot {
            taken_at: 0,
            source: "samba".into(),
            sampling_secs: 60,
            limit,
            partial: false,
            part: None,
            burst_of: None,
            sessions: vec![session],
        };
        let text = as_table(&Report { snapshots: vec![snapshot], ..Report::default() });
        assert!(text.starts_with("1 sessions, limit 20\n"), "{text}");
        let last: Vec<_> = text.lines().last().unwrap().split("  ").filter(|c| !c.is_empty()).collect();
        assert_eq!(
            last,
            ["10.0.0.9\u{FFFD}[2J", "CORP\\ann\u{FFFD}", "3", "   1 h 2 min", "–"].map(str::trim_start).to_vec()
        );
    }
}
