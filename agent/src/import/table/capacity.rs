//! `CapacityPlanningReport`: when, how many sessions, the configured maximum. Memory, processor and network are not taken: each
//! report has units of its own.

use super::{MAX_SESSIONS, NOT_RECORDED, Table, line, plain, session, snapshot};
use crate::import::{FileError, Options, Outlet};

pub(super) struct Columns {
    time: usize,
    sessions: usize,
    most: Option<usize>,
}

impl Columns {
    /// Whoever wrote the report chose the names: what matters is in them.
    pub(super) fn of(table: &Table) -> Option<Self> {
        const COUNTED: [&str; 2] = ["session", "connection"];
        let is_count = |name: &str| COUNTED.iter().any(|word| name.contains(word)) && !name.contains("percent");
        let position = |wanted: &dyn Fn(&str) -> bool| table.head.iter().position(|name| wanted(&plain(name)));
        let is_most = |name: &str| name.contains("max") || name.contains("limit");
        Some(Self {
            time: table.column(&[
                "timecreated",
                "timestamp",
                "datetime",
                "date",
                "time",
                "reportdate",
                "collectedat",
            ])?,
            sessions: position(&|name| is_count(name) && !is_most(name))?,
            most: position(&|name| is_count(name) && is_most(name)).or_else(|| position(&is_most)),
        })
    }
}

pub(super) fn take(
    table: &Table,
    columns: &Columns,
    options: &Options,
    outlet: &mut Outlet<'_>,
) -> Result<(), FileError> {
    let dates = table.dates(columns.time, options)?;
    let mut found = Vec::new();
    for row in &table.rows {
        outlet.tally.read += 1;
        let at = dates.read(Table::cell(row, Some(columns.time)));
        let count = Table::cell(row, Some(columns.sessions)).parse::<u64>().ok().filter(|count| *count <= MAX_SESSIONS);
        match at.zip(count) {
            Some((at, count)) => found.push((at, count, Table::cell(row, columns.most).parse::<u64>().ok())),
            None => outlet.tally.trouble(format!("{}it has no usable time or number of sessions", line(row))),
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(at, ..)| *at);
    let sampling_secs = spacing(&found.iter().map(|(at, ..)| *at).collect::<Vec<_>>());
    let names = [Some(columns.time), Some(columns.sessions), columns.most];
    let names: Vec<_> = names.into_iter().flatten().map(|column| table.head[column].as_str()).collect();
    outlet.tally.notes.push(format!("read from the columns {}; it names no clients", names.join(", ")));
    for (at, count, most) in found {
        let sessions = (0..count).map(|_| session(NOT_RECORDED, None)).collect();
        outlet.put_snapshot(snapshot(at, sampling_secs, most, sessions), options)?;
    }
    Ok(())
}

/// The usual time between two rows, which each holds for; rows that are further apart than an hour say nothing about what is between.
fn spacing(instants: &[i64]) -> u32 {
    let mut between: Vec<i64> = instants.windows(2).map(|pair| pair[1] - pair[0]).collect();
    between.sort_unstable();
    let usual = between.get(between.len() / 2).map_or(60_000, |usual| usual.max(&1_000).to_owned());
    if usual > 3_600_000 { 60 } else { u32::try_from(usual / 1_000).unwrap_or(60) }
}
