//! `DetailedConnectionAnalysis`: Client, SessionCount, TotalOpens, AvgOpensPerSession, OldestSession; one instant, which it does not
//! tell. The oldest session is one by its number, not by its age: it is not taken.

use super::{MAX_SESSIONS, Table, line, session, snapshot};
use crate::import::{FileError, Options, Outlet};

/// An instant is all that is known: it holds for the shortest time that is usual.
const SAMPLING_SECS: u32 = 60;

pub(super) struct Columns {
    client: usize,
    sessions: usize,
    opens: Option<usize>,
}

impl Columns {
    pub(super) fn of(table: &Table) -> Option<Self> {
        Some(Self {
            client: table.column(&["client", "clientcomputername", "clientname"])?,
            sessions: table.column(&["sessioncount", "sessions"])?,
            opens: table.column(&["totalopens", "opens"]),
        })
    }
}

pub(super) fn take(
    table: &Table,
    columns: &Columns,
    options: &Options,
    made_at: Option<i64>,
    outlet: &mut Outlet<'_>,
) -> Result<(), FileError> {
    let Some(made_at) = made_at else {
        return Err(FileError::UnknownTable("it does not tell when it was made: give it with --at".to_owned()));
    };
    let mut sessions = Vec::new();
    for row in &table.rows {
        outlet.tally.read += 1;
        let client = Table::cell(row, Some(columns.client)).trim_start_matches('\\');
        let count = Table::cell(row, Some(columns.sessions)).parse::<u64>().ok();
        // A table may name any number: the sum must not run over.
        let left = MAX_SESSIONS - sessions.len() as u64;
        let Some(count) = count.filter(|count| !client.is_empty() && *count <= left) else {
            outlet.tally.trouble(format!("{}it names no client, or no usable number of sessions", line(row)));
            continue;
        };
        let opens = Table::cell(row, columns.opens).parse::<u64>().ok();
        sessions.extend((0..count).map(|nth| session(client, opens.map(|all| share(all, count, nth)))));
    }
    let when = jiff::Timestamp::from_millisecond(made_at).map(|at| at.to_string()).unwrap_or_default();
    outlet.tally.notes.push(format!("taken to be of {when}; if it is not, say when with --at"));
    outlet.put_snapshot(snapshot(made_at, SAMPLING_SECS, None, sessions), options)
}

/// Only the sum is known: it is spread evenly.
fn share(all: u64, among: u64, nth: u64) -> u32 {
    u32::try_from(all / among + u64::from(nth < all % among)).unwrap_or(u32::MAX)
}
