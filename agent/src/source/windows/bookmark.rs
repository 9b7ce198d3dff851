//! Where the reading of a channel stands, in a file of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use highwater_wire::{Event, Gap, GapReason};
use serde::{Deserialize, Serialize};

use super::watch_list;

/// Kept once the records up to here are in the spool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The first record after each time that this agent saw the log begin again.
    #[serde(default)]
    pub(super) began: Vec<i64>,
    /// The last record's number and time, by which a log that began again is known.
    pub(super) record_id: u64,
    pub(super) recorded_at: i64,
    /// The event log's own text; none before the first record.
    pub(super) bookmark: Option<String>,
}

impl Place {
    /// Takes note of the next record. A number that does not grow says that the log was cleared, and began again; `is_stale` that the
    /// record before this one is gone: then the log overwrote it, and what came after it. Numbers alone do not tell that, since those
    /// of records that nobody asked for are missing too.
    pub(super) fn meets(&mut self, event: &Event, is_stale: bool) -> Option<Gap> {
        let (was_read, began_again) = (self.record_id != 0, event.record_id <= self.record_id);
        let (reason, detail) = match (was_read, began_again, is_stale) {
            (true, true, _) => (Some(GapReason::LogCleared), format!("The log {} began again.", event.channel)),
            (true, false, true) => (
                Some(GapReason::LogWrapped),
                format!("The log {} overwrote records before they were read.", event.channel),
            ),
            _ => (None, String::new()),
        };
        let to_at = event.recorded_at.max(self.recorded_at);
        let gap = reason.map(|reason| Gap { from_at: self.recorded_at, to_at, reason, lost_records: None, detail });
        if was_read && began_again {
            self.began.push(event.recorded_at);
        }
        (self.record_id, self.recorded_at) = (event.record_id, event.recorded_at);
        gap
    }

    /// How often the log had begun again when this was recorded: record numbers are unique with it.
    pub(super) fn log_epoch(&self, recorded_at: i64) -> u64 {
        self.began.iter().filter(|began_at| **began_at <= recorded_at).count() as u64
    }
}

/// How often each channel's log began again, as far as this agent saw it: what comes out of a file is then the same record as what was
/// read when it was written.
#[derive(Debug, Clone, Default)]
pub struct Epochs(Vec<(&'static str, Place)>);

impl Epochs {
    /// As an agent with this directory has it; none if no agent has read a log there.
    #[must_use]
    pub fn load(data_dir: &Path) -> Self {
        Self(watch_list::channels().into_iter().map(|channel| (channel, load(&path(data_dir, channel)))).collect())
    }

    #[must_use]
    pub fn of(&self, channel: &str, recorded_at: i64) -> u64 {
        let place = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(channel));
        place.map_or(0, |(_, place)| place.log_epoch(recorded_at))
    }
}

/// The file of a channel.
pub(super) fn path(data_dir: &Path, channel: &str) -> PathBuf {
    let name: String =
        channel.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    data_dir.join(format!("events-{name}.json"))
}

/// A file that is damaged is none: the log is read from its oldest record, and the server has what it has.
pub(super) fn load(path: &Path) -> Place {
    let read = fs::read(path).map_err(|e| (e.kind() != io::ErrorKind::NotFound).then(|| e.to_string()));
    match read.and_then(|json| serde_json::from_slice(&json).map_err(|e| Some(e.to_string()))) {
        Ok(place) => place,
        Err(why) => {
            if let Some(why) = why {
                tracing::warn!(path = %path.display(), why, "where the reading of events stood cannot be read; they are read again");
            }
            Place::default()
        }
    }
}

/// In one step: a crash leaves the old file or the new one.
pub(super) fn save(path: &Path, place: &Place) -> io::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, serde_json::to_vec(place)?)?;
    fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(record_id: u64) -> Event {
        Event {
            channel: "System".into(),
            provider: "Srv".into(),
            record_id,
            log_epoch: 0,
            recorded_at: 1_000 * i64::try_from(record_id).unwrap(),
            code: 2_022,
            level: 3,
            computer: String::new(),
            xml: String::new(),
            message: None,
            decoded: highwater_wire::Decoded::default(),
        }
    }

    #[test]
    fn a_log_that_was_cleared_and_one_that_wrapped_are_told_apart() {
        let mut place = Place::default();
        assert_eq!(place.meets(&event(5), true), None, "nothing was read before");
        assert_eq!(place.meets(&event(9), false), None, "numbers in between are other records");
        let wrapped = place.meets(&event(40), true).unwrap();
        assert_eq!((wrapped.reason, wrapped.from_at, wrapped.to_at), (GapReason::LogWrapped, 9_000, 40_000));
        assert_eq!(place.log_epoch(i64::MAX), 0);
        let cleared = place.meets(&event(2), true).unwrap();
        assert_eq!((cleared.reason, cleared.from_at, cleared.to_at), (GapReason::LogCleared, 40_000, 40_000));
        assert_eq!((place.began.as_slice(), place.record_id), ([2_000].as_slice(), 2));
        assert_eq!((place.log_epoch(1_999), place.log_epoch(2_000)), (0, 1));
    }

    #[test]
    fn where_it_stood_is_kept_and_a_damaged_file_is_the_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let file = path(dir.path(), "Microsoft-Windows-SMBServer/Operational");
        assert!(file.ends_with("events-microsoft-windows-smbserver-operational.json"));
        assert_eq!(load(&file), Place::default());
        let place = Place { began: vec![5, 8], record_id: 7, recorded_at: 9, bookmark: Some("<BookmarkList/>".into()) };
        save(&file, &place).unwrap();
        assert_eq!(load(&file), place);
        let epochs = Epochs::load(dir.path());
        let channel = "microsoft-windows-smbserver/operational";
        assert_eq!([4, 5, 8].map(|at| epochs.of(channel, at)), [0, 1, 2]);
        assert_eq!(epochs.of("System", 9), 0);
        fs::write(&file, "{").unwrap();
        assert_eq!(load(&file), Place::default());
    }
}
