//! `ConnectionEvents`: TimeCreated, Id, LevelDisplayName, ProviderName, MachineName, Message.

use std::collections::HashMap;

use csv::StringRecord;
use highwater_wire::Record;
use sha2::{Digest, Sha256};

use super::dates::Dates;
use super::{Table, line};
use crate::import::{FileError, Options, Outlet};
use crate::source::events::parse::{Told, event_as_told};
use crate::source::windows::watch_list;

/// Numbers from here on are no record numbers of a log: a table has none.
const NOT_OF_A_LOG: u64 = 1 << 62;

pub(super) struct Columns {
    time: usize,
    id: usize,
    level: Option<usize>,
    provider: Option<usize>,
    computer: Option<usize>,
    message: Option<usize>,
    channel: Option<usize>,
}

impl Columns {
    pub(super) fn of(table: &Table) -> Option<Self> {
        Some(Self {
            time: table.column(&["timecreated"])?,
            id: table.column(&["id", "eventid"])?,
            level: table.column(&["leveldisplayname", "level"]),
            provider: table.column(&["providername", "source"]),
            computer: table.column(&["machinename", "computer"]),
            message: table.column(&["message"]),
            channel: table.column(&["logname"]),
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
    let (mut same, mut foreign) = (HashMap::new(), 0_u64);
    for row in &table.rows {
        outlet.tally.read += 1;
        let Some(told) = told(row, columns, &dates) else {
            outlet.tally.trouble(format!("{}it has no usable time or id", line(row)));
            continue;
        };
        let channel = match Table::cell(row, columns.channel) {
            "" => "System",
            named => named,
        };
        if !watch_list::wants(channel, &told.provider, told.code) {
            foreign += 1;
            continue;
        }
        if !options.owner.is(&told.computer) {
            *outlet.tally.of_others.entry(told.computer).or_default() += 1;
            continue;
        }
        // Rows that are alike are as many events; the same rows of another table are the same ones.
        let digest = Sha256::digest(row.iter().collect::<Vec<_>>().join("\u{1F}"));
        let ordinal = same.entry(digest).or_insert(0_u64);
        *ordinal += 1;
        let mut event = event_as_told(told);
        let number = Sha256::new().chain_update(digest).chain_update(ordinal.to_le_bytes()).finalize();
        let number = u64::from_le_bytes(number[..8].try_into().unwrap_or_default());
        event.record_id = NOT_OF_A_LOG | (number & (NOT_OF_A_LOG - 1));
        channel.clone_into(&mut event.channel);
        outlet.tally.events += 1;
        outlet.put(Record::Event(event))?;
    }
    if foreign > 0 {
        outlet.tally.notes.push(format!(
            "{foreign} rows are of other providers, whose events only share the number: they say nothing about sessions"
        ));
    }
    Ok(())
}

fn told(row: &StringRecord, columns: &Columns, dates: &Dates) -> Option<Told> {
    let message = Table::cell(row, columns.message);
    Some(Told {
        recorded_at: dates.read(Table::cell(row, Some(columns.time)))?,
        code: Table::cell(row, Some(columns.id)).parse::<u32>().ok()? & 0xFFFF,
        level: level(Table::cell(row, columns.level)),
        provider: Table::cell(row, columns.provider).to_owned(),
        computer: Table::cell(row, columns.computer).to_owned(),
        message: (!message.is_empty()).then(|| message.to_owned()),
    })
}

/// In the languages that the pages speak, and as a number; 0 is unspecified.
fn level(text: &str) -> u8 {
    match text.to_lowercase().as_str() {
        "critical" | "critique" | "1" => 1,
        "error" | "erreur" | "2" => 2,
        "warning" | "avertissement" | "3" => 3,
        "information" | "informations" | "4" => 4,
        _ => 0,
    }
}
