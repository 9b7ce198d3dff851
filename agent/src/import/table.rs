//! The tables that people made by hand before: events, sessions by client, and the capacity report, as `Export-Csv` writes them.
//!
//! They know less than an agent sees: a table of clients has no users, a capacity report not even clients. What is not recorded is
//! sent under the name [`NOT_RECORDED`], never as anonymous sessions.

mod capacity;
mod clients;
pub(super) mod dates;
mod events;
mod text;

use std::path::Path;

use csv::StringRecord;
use dates::Dates;
use highwater_wire::{Limit, LimitSource, Session, Snapshot};

use super::{FileError, Options, Outlet};

pub(super) const MAX_BYTES: u64 = 256 << 20;
/// Stands for a client or user that a table does not tell.
pub(super) const NOT_RECORDED: &str = "(not recorded)";
/// A snapshot of more sessions is a mistake of the table.
const MAX_SESSIONS: u64 = 100_000;

pub(super) fn read(path: &Path, options: &Options, outlet: &mut Outlet<'_>) -> Result<(), FileError> {
    let about = std::fs::metadata(path)?;
    if about.len() > MAX_BYTES {
        return Err(FileError::TooLarge);
    }
    let text = text::decode(&std::fs::read(path)?);
    outlet.progress.read(about.len());
    let table = Table::read(&text, &mut outlet.tally)?;
    if let Some(columns) = events::Columns::of(&table) {
        return events::take(&table, &columns, options, outlet);
    }
    if let Some(columns) = clients::Columns::of(&table) {
        let changed_at = about.modified().ok().and_then(|at| jiff::Timestamp::try_from(at).ok());
        let made_at = options.made_at.or(changed_at.map(jiff::Timestamp::as_millisecond));
        return clients::take(&table, &columns, options, made_at, outlet);
    }
    if let Some(columns) = capacity::Columns::of(&table) {
        return capacity::take(&table, &columns, options, outlet);
    }
    let expected = "ConnectionEvents has TimeCreated and Id, DetailedConnectionAnalysis has Client and SessionCount, \
        CapacityPlanningReport has a time and a number of sessions";
    Err(FileError::UnknownTable(format!("{expected}; this one has {}", table.head.join(", "))))
}

/// A table in memory.
struct Table {
    head: Vec<String>,
    rows: Vec<StringRecord>,
}

impl Table {
    /// Rows that cannot be read are troubles; the rest is taken.
    fn read(text: &str, tally: &mut super::Tally) -> Result<Self, FileError> {
        // Windows PowerShell begins with the type of the rows, unless it is told not to.
        let text = match text.strip_prefix("#TYPE") {
            Some(rest) => rest.split_once('\n').map_or("", |(_, table)| table),
            None => text,
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(text.lines().next().unwrap_or_default()))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let head = reader.headers().map_err(|e| FileError::UnknownTable(e.to_string()))?;
        let head: Vec<String> = head.iter().map(|name| name.chars().filter(|c| !c.is_control()).collect()).collect();
        let mut rows = Vec::new();
        for row in reader.records() {
            match row {
                Ok(row) => rows.push(row),
                Err(error) => tally.trouble(error.to_string()),
            }
        }
        Ok(Self { head, rows })
    }

    /// The column of one of these names; case and what is no letter do not count.
    fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.head.iter().position(|found| plain(found) == *name))
    }

    /// How the column writes instants.
    fn dates(&self, column: usize, options: &Options) -> Result<Dates, FileError> {
        let texts = self.rows.iter().map(|row| Self::cell(row, Some(column)));
        Dates::of(texts, options.dates, options.zone.clone())
    }

    fn cell(row: &StringRecord, column: Option<usize>) -> &str {
        column.and_then(|column| row.get(column)).unwrap_or_default()
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// `Export-Csv -UseCulture` separates by what the culture's lists are separated by.
fn delimiter(head: &str) -> u8 {
    let count = |delimiter: &u8| head.bytes().filter(|byte| byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(count).unwrap_or(b',')
}

/// The line of a row, as an editor counts.
fn line(row: &StringRecord) -> String {
    row.position().map_or_else(String::new, |at| format!("line {}: ", at.line()))
}

fn snapshot(taken_at: i64, sampling_secs: u32, limit: Option<u64>, sessions: Vec<Session>) -> Snapshot {
    /// What Windows Server says when nothing caps them.
    const NO_LIMIT: u64 = 16_777_216;
    let unlimited = limit.is_some_and(|limit| limit >= NO_LIMIT);
    let limit =
        Limit { sessions: limit.filter(|limit| *limit > 0 && !unlimited), unlimited, source: LimitSource::Unknown };
    let source = "import".to_owned();
    Snapshot { taken_at, source, sampling_secs, limit, partial: false, part: None, burst_of: None, sessions }
}

fn session(client: &str, opens: Option<u32>) -> Session {
    Session { client: client.to_owned(), user: NOT_RECORDED.to_owned(), opens, age_secs: None, idle_secs: None }
}
