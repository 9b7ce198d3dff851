//! Whether there is room for what agents send. Promises:
//!
//! 1. **Below the bound nothing of an agent's is stored**, whoever it is and however many they are. Its batches are answered 503, and it keeps them.
//! 2. **Everything else goes on**: pages, sign-in, retention, which makes room, and the audit log, for which the rest is kept free.
//! 3. **It opens again by itself**, but not at the bound: what comes and goes there would be turned away and let in by turns.
//! 4. **Looking is cheap**: so many seconds apart, however many ask.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::health;
use crate::model::time::{HOUR_MS, SECOND_MS};
use crate::store::{Db, size};

/// What was found is believed for so long: not more comes in meanwhile than the bound leaves.
const BELIEVED_MS: i64 = 10 * SECOND_MS;

/// When there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Bytes that are to be free for SQLite: on the disk of its file and inside that; 0 for any.
    pub free_bytes: u64,
    /// Bytes that the database may have; none for any.
    pub database_bytes: Option<u64>,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    pub is_full: bool,
    /// On the disk and inside the file. None where it cannot be looked at: of PostgreSQL.
    pub free_bytes: Option<u64>,
    /// None if it may have any.
    pub database_bytes: Option<u64>,
}

/// Bytes that are free on the disk of a folder; none where that cannot be looked at.
pub type Disk = fn(&Path) -> io::Result<Option<u64>>;

#[derive(Debug)]
pub struct Room {
    pub bounds: Bounds,
    /// None: of PostgreSQL, or nothing has to be free.
    folder: Option<PathBuf>,
    disk: Disk,
    seen: Mutex<Seen>,
    /// Held by the one who looks.
    looking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Seen {
    found: Found,
    at: Option<i64>,
    /// When it was last said that there is no room.
    told_at: Option<i64>,
    /// That it cannot be looked at was said.
    is_failing: bool,
}

impl Room {
    #[must_use]
    pub fn new(bounds: Bounds, db: &Db) -> Self {
        Self::with_disk(bounds, db, health::free_bytes)
    }

    /// With another look at the disk.
    #[must_use]
    pub fn with_disk(bounds: Bounds, db: &Db, disk: Disk) -> Self {
        let folder = if bounds.free_bytes > 0 { size::folder(db) } else { None };
        Self { bounds, folder, disk, seen: Mutex::default(), looking: tokio::sync::Mutex::default() }
    }

    /// How it is, as far as is known; looks if that is too long ago. What cannot be looked at is as it was.
    pub async fn look(&self, db: &Db, now_at: i64) -> Found {
        if let Some(found) = self.known(now_at) {
            return found;
        }
        let Ok(_looking) = self.looking.try_lock() else {
            return self.seen.lock().unwrap_or_else(PoisonError::into_inner).found;
        };
        let measured = self.measure(db).await;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.at = Some(now_at);
        match measured {
            Ok((free_bytes, database_bytes)) => {
                let is_full = self.bounds.are_met(seen.found.is_full, free_bytes, database_bytes);
                let before = std::mem::replace(&mut seen.found, Found { is_full, free_bytes, database_bytes });
                seen.is_failing = false;
                seen.tell(before.is_full, now_at);
            }
            Err(error) if !std::mem::replace(&mut seen.is_failing, true) => {
                tracing::warn!(%error, "how much room there is cannot be looked at; agents are served as before");
            }
            Err(_) => {}
        }
        seen.found
    }

    fn known(&self, now_at: i64) -> Option<Found> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let at = seen.at?;
        // A clock that was set back must not keep it from looking.
        (0..BELIEVED_MS).contains(&(now_at - at)).then_some(seen.found)
    }

    async fn measure(&self, db: &Db) -> Result<(Option<u64>, Option<u64>), String> {
        let free_bytes = match &self.folder {
            Some(folder) => self.free_bytes(folder.clone(), db).await?,
            None => None,
        };
        let database_bytes = match self.bounds.database_bytes {
            Some(_) => Some(size::bytes(db).await.map_err(|error| error.to_string())?),
            None => None,
        };
        Ok((free_bytes, database_bytes))
    }

    async fn free_bytes(&self, folder: PathBuf, db: &Db) -> Result<Option<u64>, String> {
        let disk = self.disk;
        // A disk of the network may take its time.
        let looked = tokio::task::spawn_blocking(move || disk(&folder)).await;
        let on_disk = looked.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let inside = size::free_inside(db).await.map_err(|error| error.to_string())?;
        Ok(on_disk.map(|on_disk| health::with_inside(on_disk, inside)))
    }
}

impl Bounds {
    /// Whether there is no room. `was`: there was none. Then a quarter more has to be free, and a twentieth less be taken.
    fn are_met(&self, was: bool, free_bytes: Option<u64>, database_bytes: Option<u64>) -> bool {
        let floor = if was { self.free_bytes.saturating_add(self.free_bytes / 4) } else { self.free_bytes };
        let most = self.database_bytes.map(|most| if was { most - most / 20 } else { most });
        free_bytes.is_some_and(|free| free < floor)
            || database_bytes.zip(most).is_some_and(|(taken, most)| taken >= most)
    }
}

impl Seen {
    /// Says loudly that there is no room: at once, and every hour while it is so.
    fn tell(&mut self, was_full: bool, now_at: i64) {
        let (free_mib, database_mib) =
            (self.found.free_bytes.map(|n| n >> 20), self.found.database_bytes.map(|n| n >> 20));
        if !self.found.is_full {
            if was_full {
                tracing::warn!(free_mib, database_mib, "there is room again: what agents send is stored");
            }
            self.told_at = None;
        } else if self.told_at.is_none_or(|at| !(0..HOUR_MS).contains(&(now_at - at))) {
            self.told_at = Some(now_at);
            tracing::error!(
                free_mib,
                database_mib,
                "there is no room: nothing that agents send is stored. They keep it and come again. Make room, or see limits.free_megabytes and limits.database_gigabytes"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_closes_below_the_bound_and_opens_a_good_way_above_it() {
        let disk = Bounds { free_bytes: 1_000, database_bytes: None };
        assert!(!disk.are_met(false, Some(1_000), None) && disk.are_met(false, Some(999), None));
        assert!(disk.are_met(true, Some(1_249), None) && !disk.are_met(true, Some(1_250), None));
        assert!(!disk.are_met(true, None, None), "what is not seen keeps nobody out");
        let database = Bounds { free_bytes: 0, database_bytes: Some(2_000) };
        assert!(!database.are_met(false, None, Some(1_999)) && database.are_met(false, None, Some(2_000)));
        assert!(database.are_met(true, None, Some(1_900)) && !database.are_met(true, None, Some(1_899)));
        assert!(!Bounds::default().are_met(true, Some(0), Some(u64::MAX)), "no bound");
    }
}
