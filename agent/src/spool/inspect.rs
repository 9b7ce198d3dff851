//! Looking at a spool that may be in use: nothing is locked and nothing changed.

use std::io;
use std::path::Path;

use super::open::read_all;
use super::position::Position;
use super::segment::Tail;

/// What a spool's directory tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    pub segments: usize,
    pub bytes: u64,
    pub waiting_records: u64,
    pub damaged_records: u64,
    /// When the newest record was appended.
    pub last_at: Option<i64>,
    /// When the server last acknowledged anything.
    pub acked_at: Option<i64>,
}

/// Looks at a spool.
///
/// # Errors
/// The directory cannot be read.
pub fn inspect(dir: &Path) -> io::Result<Inspection> {
    let saved = Position::load(dir).unwrap_or_default();
    let found = read_all(dir)?;
    let end = found.last().map_or(1, |f| f.segment.end());
    Ok(Inspection {
        segments: found.len(),
        bytes: found.iter().map(|f| f.segment.len).sum(),
        waiting_records: (end - 1).saturating_sub(saved.acked),
        damaged_records: found.iter().flat_map(|f| &f.damaged).map(|d| d.to - d.from + 1).sum::<u64>()
            + found.iter().filter(|f| f.tail == Tail::Damaged).count() as u64,
        last_at: found.iter().rev().find_map(|f| f.segment.last_at),
        acked_at: saved.acked_at,
    })
}
