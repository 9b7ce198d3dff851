//! An event log's file, chunk by chunk: 64 KiB are in memory at a time. Damage costs what it hit and no more.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use evtx::{EvtxParser, ParserSettings};
use highwater_wire::Record;

use super::{FileError, Options, Outlet};
use crate::source::events::parse::parse_event;
use crate::source::windows::watch_list;

const CHUNK_BYTES: u64 = 1 << 16;

pub(super) fn read(path: &Path, options: &Options, outlet: &mut Outlet<'_>) -> Result<(), FileError> {
    let settings = Arc::new(ParserSettings::new());
    let file = File::open(path)?;
    let mut parser = EvtxParser::from_read_seek(file).map_err(|e| FileError::NoEventLog(words(&e)))?;
    for chunk in parser.chunks() {
        outlet.progress.read(CHUNK_BYTES);
        let mut data = match chunk {
            Ok(data) => data,
            Err(error) => {
                outlet.tally.trouble(words(&error));
                continue;
            }
        };
        let number = data.number.unwrap_or_default();
        // Also what is whole within it is read: the last chunk of a log that was copied while in use has no sum yet.
        if !data.validate_checksum() {
            outlet.tally.trouble(format!("Chunk {number}: its checksum is wrong; what can be read of it is taken."));
        }
        let mut chunk = match data.parse(Arc::clone(&settings)) {
            Ok(chunk) => chunk,
            Err(error) => {
                outlet.tally.trouble(words(&error));
                continue;
            }
        };
        for record in chunk.iter() {
            match record.and_then(|record| record.into_xml()) {
                Ok(record) => take(&record.data, number, options, outlet)?,
                Err(error) => outlet.tally.trouble(words(&error)),
            }
        }
    }
    Ok(())
}

fn take(xml: &str, number: u64, options: &Options, outlet: &mut Outlet<'_>) -> Result<(), FileError> {
    outlet.tally.read += 1;
    let mut event = match parse_event(xml, None) {
        Ok(event) => event,
        Err(error) => {
            outlet.tally.trouble(format!("Chunk {number}, a record: {error}."));
            return Ok(());
        }
    };
    if !watch_list::wants(&event.channel, &event.provider, event.code) {
        return Ok(());
    }
    if !options.owner.is(&event.computer) {
        *outlet.tally.of_others.entry(event.computer).or_default() += 1;
        return Ok(());
    }
    outlet.tally.events += 1;
    event.log_epoch = options.epochs.of(&event.channel, event.recorded_at);
    outlet.put(Record::Event(event))
}

/// An error with its causes, on one line.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = next.source();
    }
    words.replace(['\r', '\n', '\t'], " ")
}
