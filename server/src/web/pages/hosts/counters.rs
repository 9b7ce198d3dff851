//! The host's counters over the range.

use crate::chart::counted::{Counted, Measure};
use crate::chart::range::Span;
use crate::chart::spark::Spark;
use crate::model::HostId;
use crate::model::counter::{Counter, Reading};
use crate::model::time::HOUR_MS;
use crate::store::{self, Db};
use crate::web::layout::{bytes, decimal, percent};

/// A few measures that belong together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: &'static str,
    /// What is to be known about them.
    pub(super) note: &'static str,
    pub(super) cells: Vec<Cell>,
    /// What was counted all the time and never came in: said in one line.
    pub(super) quiet: Vec<&'static str>,
}

#[derive(Debug)]
pub(super) struct Cell {
    pub(super) label: &'static str,
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

type Line = (&'static str, Measure, Unit);

const ENDED: [Line; 4] = [
    ("timed out", Measure::Counted(Counter::SessionsTimedOut), Unit::Pieces),
    ("errored out", Measure::Counted(Counter::SessionsErroredOut), Unit::Pieces),
    ("logged off", Measure::Counted(Counter::SessionsLoggedOff), Unit::Pieces),
    ("forced off", Measure::Counted(Counter::SessionsForcedOff), Unit::Pieces),
];
const SHORT: [Line; 6] = [
    ("work item shortages", Measure::Counted(Counter::WorkItemShortages), Unit::Pieces),
    ("blocking requests rejected", Measure::Counted(Counter::BlockingRequestsRejected), Unit::Pieces),
    ("request buffers short", Measure::Counted(Counter::RequestBuffersShort), Unit::Pieces),
    ("big buffers short", Measure::Counted(Counter::BigBuffersShort), Unit::Pieces),
    ("nonpaged pool failures", Measure::Counted(Counter::NonpagedPoolFailures), Unit::Pieces),
    ("paged pool failures", Measure::Counted(Counter::PagedPoolFailures), Unit::Pieces),
];
const ERRORS: [Line; 3] = [
    ("password errors", Measure::Counted(Counter::PasswordErrors), Unit::Pieces),
    ("permission errors", Measure::Counted(Counter::PermissionErrors), Unit::Pieces),
    ("system errors", Measure::Counted(Counter::SystemErrors), Unit::Pieces),
];
const MEMORY: Measure = Measure::Used { total: Counter::MemoryTotalBytes, available: Counter::MemoryAvailableBytes };
const LOAD: [Line; 9] = [
    ("files open", Measure::Level(Counter::FilesOpen), Unit::Pieces),
    ("longest queue", Measure::Level(Counter::QueueLength), Unit::Pieces),
    ("active threads", Measure::Level(Counter::ActiveThreads), Unit::Pieces),
    ("processors busy", Measure::Permille(Counter::CpuBusyPermille), Unit::Share),
    ("memory in use", MEMORY, Unit::Share),
    ("nonpaged pool", Measure::Level(Counter::NonpagedPoolBytes), Unit::Bytes),
    ("paged pool", Measure::Level(Counter::PagedPoolBytes), Unit::Bytes),
    ("received", Measure::Rate(Counter::ReceivedBytes), Unit::BytesPerSecond),
    ("sent", Measure::Rate(Counter::SentBytes), Unit::BytesPerSecond),
];
const TCP: [Line; 5] = [
    ("established", Measure::Level(Counter::TcpEstablished), Unit::Pieces),
    ("opening", Measure::Level(Counter::TcpOpening), Unit::Pieces),
    ("close wait", Measure::Level(Counter::TcpCloseWait), Unit::Pieces),
    ("time wait", Measure::Level(Counter::TcpTimeWait), Unit::Pieces),
    ("closing", Measure::Level(Counter::TcpClosing), Unit::Pieces),
];
const GROUPS: [(&str, &str, &[Line]); 5] = [
    ("Sessions that ended", "timed out: closed by the server because they were idle for too long", &ENDED),
    ("Shortages", "anything here is worth a look: the server ran out of something", &SHORT),
    ("Errors", "", &ERRORS),
    ("Load", "the computer, and the queues of its SMB server", &LOAD),
    ("TCP connections to the SMB port", "connections are not sessions: one can carry several, or belong to none", &TCP),
];

/// None if the host never told any within the span.
pub(super) async fn over(db: &Db, host: HostId, span: Span, step_ms: i64) -> store::Result<Option<Counters>> {
    // The reading before the span is what its first one is compared with.
    let readings = store::counters::of_host(db, host, span.from_at - HOUR_MS, span.to_at).await?;
    let Some(read_at) = readings.iter().map(|r| r.read_at).filter(|at| span.holds(*at)).max() else { return Ok(None) };
    let group = |(title, note, lines): (&'static str, &'static str, &[Line])| {
        group((title, note), lines, &readings, span, step_ms)
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

fn group(
    (title, note): (&'static str, &'static str),
    lines: &[Line],
    readings: &[Reading],
    span: Span,
    step_ms: i64,
) -> Group {
    let mut group = Group { title, note, cells: Vec::new(), quiet: Vec::new() };
    for (label, measure, unit) in lines {
        let counted = Counted::of(readings, *measure, span, step_ms);
        match (counted.total, counted.newest) {
            (None, None) => {}
            (Some(0.0), _) => group.quiet.push(label),
            _ => group.cells.push(cell(label, *unit, &counted)),
        }
    }
    group
}

fn cell(label: &'static str, unit: Unit, counted: &Counted) -> Cell {
    let say = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| unit.say(value));
    let most = say(counted.greatest);
    let (value, sub) = match counted.total {
        Some(total) => (unit.say(total), format!("at most {most} in 5 min")),
        None => (say(counted.newest), format!("at most {most}")),
    };
    let spark = counted.spark(format!("{label}: {value}, {sub}"));
    Cell { label, value, sub, spark }
}

impl Unit {
    fn say(self, value: f64) -> String {
        match self {
            Self::Pieces if value.fract() == 0.0 => whole(value),
            Self::Pieces => decimal(value),
            Self::Bytes => bytes(value),
            Self::BytesPerSecond => format!("{}/s", bytes(value)),
            Self::Share => percent(value),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
fn whole(value: f64) -> String {
    crate::web::layout::number(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::MINUTE_MS;

    #[test]
    fn what_never_came_in_is_said_in_one_line_and_what_is_unknown_is_left_out() {
        let reading = |minute: i64, shortages: i64| Reading {
            read_at: minute * MINUTE_MS,
            since_at: Some(1),
            values: vec![(Counter::WorkItemShortages, shortages), (Counter::BlockingRequestsRejected, 7)],
        };
        let span = Span { from_at: 0, to_at: 20 * MINUTE_MS };
        let group = group(("Shortages", ""), &SHORT, &[reading(1, 5), reading(6, 1_205)], span, 5 * MINUTE_MS);
        assert_eq!(group.quiet, ["blocking requests rejected"]);
        let cells: Vec<_> = group.cells.iter().map(|c| (c.label, c.value.as_str(), c.sub.as_str())).collect();
        assert_eq!(cells, [("work item shortages", "1,200", "at most 1,200 in 5 min")]);
    }

    #[test]
    fn values_are_written_in_their_unit() {
        assert_eq!(Unit::Bytes.say(3.0 * 1024.0 * 1024.0), "3.0\u{a0}MiB");
        assert_eq!(Unit::BytesPerSecond.say(12.0), "12\u{a0}B/s");
        assert_eq!(Unit::Share.say(0.755), "75\u{a0}%");
        assert_eq!(Unit::Pieces.say(12_000.0), "12,000");
    }
}
