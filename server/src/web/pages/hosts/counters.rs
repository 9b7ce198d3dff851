//! The host's counters over the range.

use crate::chart::counted::{Counted, Measure};
use crate::chart::range::Span;
use crate::chart::spark::Spark;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::counter::{Counter, Reading};
use crate::model::time::HOUR_MS;
use crate::store::{self, Db};

/// A few measures that belong together.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) title: String,
    /// What is to be known about them; may be empty.
    pub(super) note: String,
    pub(super) cells: Vec<Cell>,
    /// What was counted all the time and never came in: said in one line.
    pub(super) quiet: Vec<String>,
    /// The cells' values over time: when each row begins, and a value for each cell.
    pub(super) rows: Vec<(i64, Vec<String>)>,
}

/// Rows of a table over time.
const ROWS: usize = 24;

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) sub: String,
    pub(super) spark: Spark,
}

#[derive(Debug)]
pub(super) struct Counters {
    pub(super) read_at: i64,
    pub(super) groups: Vec<Group>,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Pieces,
    Bytes,
    BytesPerSecond,
    Share,
}

/// (id of its name, what is counted, how it is written)
type Line = (&'static str, Measure, Unit);

const ENDED: [Line; 4] = [
    ("counters-timed-out", Measure::Counted(Counter::SessionsTimedOut), Unit::Pieces),
    ("counters-errored-out", Measure::Counted(Counter::SessionsErroredOut), Unit::Pieces),
    ("counters-logged-off", Measure::Counted(Counter::SessionsLoggedOff), Unit::Pieces),
    ("counters-forced-off", Measure::Counted(Counter::SessionsForcedOff), Unit::Pieces),
];
const SHORT: [Line; 6] = [
    ("counters-work-items", Measure::Counted(Counter::WorkItemShortages), Unit::Pieces),
    ("counters-blocking-requests", Measure::Counted(Counter::BlockingRequestsRejected), Unit::Pieces),
    ("counters-request-buffers", Measure::Counted(Counter::RequestBuffersShort), Unit::Pieces),
    ("counters-big-buffers", Measure::Counted(Counter::BigBuffersShort), Unit::Pieces),
    ("counters-nonpaged-failures", Measure::Counted(Counter::NonpagedPoolFailures), Unit::Pieces),
    ("counters-paged-failures", Measure::Counted(Counter::PagedPoolFailures), Unit::Pieces),
];
const ERRORS: [Line; 3] = [
    ("counters-password", Measure::Counted(Counter::PasswordErrors), Unit::Pieces),
    ("counters-permission", Measure::Counted(Counter::PermissionErrors), Unit::Pieces),
    ("counters-system", Measure::Counted(Counter::SystemErrors), Unit::Pieces),
];
const MEMORY: Measure = Measure::Used { total: Counter::MemoryTotalBytes, available: Counter::MemoryAvailableBytes };
const LOAD: [Line; 9] = [
    ("counters-files-open", Measure::Level(Counter::FilesOpen), Unit::Pieces),
    ("counters-queue", Measure::Level(Counter::QueueLength), Unit::Pieces),
    ("counters-threads", Measure::Level(Counter::ActiveThreads), Unit::Pieces),
    ("counters-processors", Measure::Permille(Counter::CpuBusyPermille), Unit::Share),
    ("counters-memory", MEMORY, Unit::Share),
    ("counters-nonpaged-pool", Measure::Level(Counter::NonpagedPoolBytes), Unit::Bytes),
    ("counters-paged-pool", Measure::Level(Counter::PagedPoolBytes), Unit::Bytes),
    ("counters-received", Measure::Rate(Counter::ReceivedBytes), Unit::BytesPerSecond),
    ("counters-sent", Measure::Rate(Counter::SentBytes), Unit::BytesPerSecond),
];
const TCP: [Line; 5] = [
    ("counters-established", Measure::Level(Counter::TcpEstablished), Unit::Pieces),
    ("counters-opening", Measure::Level(Counter::TcpOpening), Unit::Pieces),
    ("counters-close-wait", Measure::Level(Counter::TcpCloseWait), Unit::Pieces),
    ("counters-time-wait", Measure::Level(Counter::TcpTimeWait), Unit::Pieces),
    ("counters-closing", Measure::Level(Counter::TcpClosing), Unit::Pieces),
];
/// (id of the title, id of the note, lines)
const GROUPS: [(&str, Option<&str>, &[Line]); 5] = [
    ("counters-ended", Some("counters-ended-note"), &ENDED),
    ("counters-short", Some("counters-short-note"), &SHORT),
    ("counters-errors", None, &ERRORS),
    ("counters-load", Some("counters-load-note"), &LOAD),
    ("counters-tcp", Some("counters-tcp-note"), &TCP),
];

/// None if the host never told any within the span.
pub(super) async fn over(
    db: &Db,
    host: HostId,
    (span, step_ms): (Span, i64),
    locale: &Locale,
) -> store::Result<Option<Counters>> {
    // The reading before the span is what its first one is compared with.
    let readings = store::counters::of_host(db, host, span.from_at - HOUR_MS, span.to_at).await?;
    let Some(read_at) = readings.iter().map(|r| r.read_at).filter(|at| span.holds(*at)).max() else { return Ok(None) };
    let group = |(title, note, lines): (&'static str, Option<&'static str>, &[Line])| Group {
        title: locale.say(title).into(),
        note: note.map_or_else(String::new, |note| locale.say(note).into()),
        ..cells(lines, &readings, (span, step_ms), locale)
    };
    let link = format!("/hosts/{host}?at=");
    let pointed_at = |mut group: Group| {
        let cells = group.cells.into_iter();
        group.cells = cells.map(|cell| Cell { spark: cell.spark.over(span, link.clone()), ..cell }).collect();
        group
    };
    let groups =
        GROUPS.into_iter().map(group).map(pointed_at).filter(|g| !g.cells.is_empty() || !g.quiet.is_empty()).collect();
    Ok(Some(Counters { read_at, groups }))
}

/// A group without its title.
fn cells(lines: &[Line], readings: &[Reading], (span, step_ms): (Span, i64), locale: &Locale) -> Group {
    let mut group = Group::default();
    let mut columns = Vec::new();
    let measures: Vec<Measure> = lines.iter().map(|(_, measure, _)| *measure).collect();
    let counted = Counted::each(readings, &measures, span, step_ms);
    for ((label, _, unit), counted) in lines.iter().zip(counted) {
        match (counted.total, counted.newest) {
            (None, None) => {}
            (Some(0.0), _) => group.quiet.push(locale.say(label).into()),
            _ => {
                group.cells.push(cell(locale.say(label).into(), *unit, (&counted, span), locale));
                columns.push((*unit, counted));
            }
        }
    }
    group.rows = rows(&columns, (span, step_ms), locale);
    group
}

/// The columns' values row by row.
fn rows(columns: &[(Unit, Counted)], (span, step_ms): (Span, i64), locale: &Locale) -> Vec<(i64, Vec<String>)> {
    let Some((_, first)) = columns.first() else { return Vec::new() };
    let per = first.steps.len().div_ceil(ROWS).max(1);
    let row_ms = step_ms.saturating_mul(i64::try_from(per).unwrap_or(1));
    let starts = (span.from_at..span.to_at).step_by(usize::try_from(row_ms).unwrap_or(1));
    let values: Vec<_> = columns.iter().map(|(unit, counted)| (unit, counted.thinned(ROWS))).collect();
    let row = |(i, from_at): (usize, i64)| {
        let said = |(unit, values): &(&Unit, Vec<Option<f64>>)| {
            locale.or_dash(values.get(i).copied().flatten().map(|value| unit.say(value, locale)))
        };
        (from_at, values.iter().map(said).collect())
    };
    starts.enumerate().map(row).collect()
}

fn cell(label: String, unit: Unit, (counted, span): (&Counted, Span), locale: &Locale) -> Cell {
    let say = |value: Option<f64>| locale.or_dash(value.map(|value| unit.say(value, locale)));
    let (value, sub) = match counted.total {
        Some(total) => (unit.say(total, locale), "counters-most-within"),
        None => (say(counted.newest), "counters-most"),
    };
    let sub = String::from(locale.say(sub).with("most", say(counted.greatest.map(|(greatest, _)| greatest))));
    let at = counted.greatest.map(|(_, at)| locale.stamp(at, span.to_at));
    let in_words = locale.say("counters-spark").with("label", &label).with("value", &value).with("most", &sub);
    let in_words = in_words.with("at", locale.or_dash(at));
    let spark = counted.spark(in_words.into());
    Cell { label, value, sub, spark }
}

impl Unit {
    fn say(self, value: f64, locale: &Locale) -> String {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
            Self::Pieces if value.fract() == 0.0 => locale.number(value as i64),
            Self::Pieces => locale.decimal(value),
            Self::Bytes => locale.bytes(value),
            Self::BytesPerSecond => format!("{}/s", locale.bytes(value)),
            Self::Share => locale.percent(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, Zone};
    use crate::model::time::MINUTE_MS;

    #[test]
    fn what_never_came_in_is_said_in_one_line_and_what_is_unknown_is_left_out() {
        let reading = |minute: i64, shortages: i64| Reading {
            read_at: minute * MINUTE_MS,
            since_at: Some(1),
            values: vec![(Counter::WorkItemShortages, shortages), (Counter::BlockingRequestsRejected, 7)],
        };
        let span = Span { from_at: 0, to_at: 20 * MINUTE_MS };
        let readings = [reading(1, 5), reading(6, 1_205)];
        let group = cells(&SHORT, &readings, (span, 5 * MINUTE_MS), &Locale::machine());
        assert_eq!(group.quiet, ["blocking requests rejected"]);
        let cells: Vec<_> = group.cells.iter().map(|c| (c.label.as_str(), c.value.as_str(), c.sub.as_str())).collect();
        assert_eq!(cells, [("work item shortages", "1,200", "at most 1,200 in 5\u{a0}min")]);
        let told: Vec<_> = group.rows.iter().map(|(at, values)| (at / MINUTE_MS, values[0].as_str())).collect();
        assert_eq!(told, [(0, "–"), (5, "1,200"), (10, "–"), (15, "–")]);
    }

    #[test]
    fn values_are_written_in_their_unit() {
        let [english, french] = Lang::ALL.map(|lang| Locale::new(lang, Zone::utc()));
        assert_eq!(Unit::Bytes.say(3.0 * 1024.0 * 1024.0, &english), "3.0\u{a0}MiB");
        assert_eq!(Unit::BytesPerSecond.say(12.0, &english), "12\u{a0}B/s");
        assert_eq!(Unit::BytesPerSecond.say(12.0, &french), "12\u{a0}o/s");
        assert_eq!(Unit::Share.say(0.755, &english), "75\u{a0}%");
        assert_eq!(Unit::Pieces.say(12_000.0, &english), "12,000");
    }
}
