//! Five-minute cells: the twelve of an hour of one host, or the 288 of a day.
//!
//! ```text
//! byte 0    format: 2 for an hour; 3 for a day, the rest of which is one section (section.rs)
//! varint    signed: origin, the earliest peak's instant (0 without any)
//! cells     twelve, or 288, each (figures.rs says what a time is):
//!   byte      flags: 0x01 not empty, 0x02 has a peak, 0x04 the peak's limit is the cell's before (of the first: unknown),
//!             0x08 has a max_saturation, 0x10 it is that of the peak, 0x20 has max_opens.  An empty cell ends here
//!   varint    snapshots
//!   times     covered_ms, session_ms, full_ms
//!   varint    max_clients
//!   peak      varint sessions, time of its instant − origin, unless 0x04 the limit as in a frame's head
//!   8 bytes   max_saturation unless 0x10, IEEE 754, little-endian
//!   varint    max_opens
//! ```

use super::bytes::{DecodeError, Reader, put_i64, put_u64};
use super::frame::{limit, put_limit};
use super::holders::{put_time, time};
use super::section::put_section;
use crate::model::limit::Limit;
use crate::model::time::{CELLS_PER_DAY, CELLS_PER_HOUR};
use crate::model::usage::{Peak, Usage};

const FORMAT: u8 = 2;
const DAY_FORMAT: u8 = 3;
const MAX_DAY_BYTES: usize = CELLS_PER_DAY * 128;

const FILLED: u8 = 0x01;
const PEAK: u8 = 0x02;
const SAME_LIMIT: u8 = 0x04;
const SATURATION: u8 = 0x08;
const OF_PEAK: u8 = 0x10;
const OPENS: u8 = 0x20;
const KNOWN_FLAGS: u8 = FILLED | PEAK | SAME_LIMIT | SATURATION | OF_PEAK | OPENS;

/// An hour's cells.
#[must_use]
pub fn encode(cells: &[Usage; CELLS_PER_HOUR]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.push(FORMAT);
    put_cells(&mut out, cells);
    out
}

/// # Errors
/// The bytes are not such a record.
pub fn decode(bytes: &[u8]) -> Result<[Usage; CELLS_PER_HOUR], DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.format(FORMAT)?;
    let mut cells = [Usage::default(); CELLS_PER_HOUR];
    take_cells(&mut reader, &mut cells)?;
    reader.end()?;
    Ok(cells)
}

/// A day's cells, 288 of them.
#[must_use]
pub fn encode_day(cells: &[Usage]) -> Vec<u8> {
    debug_assert_eq!(cells.len(), CELLS_PER_DAY);
    let mut body = Vec::with_capacity(8 << 10);
    put_cells(&mut body, cells);
    let mut out = vec![DAY_FORMAT];
    put_section(&mut out, &body);
    out
}

/// # Errors
/// The bytes are not such a record.
pub fn decode_day(bytes: &[u8]) -> Result<Vec<Usage>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.format(DAY_FORMAT)?;
    let section = reader.section()?;
    reader.end()?;
    let body = section.unpack(MAX_DAY_BYTES)?;
    let mut cells = vec![Usage::default(); CELLS_PER_DAY];
    let mut reader = Reader::new(&body);
    take_cells(&mut reader, &mut cells)?;
    reader.end()?;
    Ok(cells)
}

fn put_cells(out: &mut Vec<u8>, cells: &[Usage]) {
    let origin = cells.iter().filter_map(|c| c.peak).map(|p| p.at).min().unwrap_or_default();
    put_i64(out, origin);
    let mut last_limit = Limit::UNKNOWN;
    for cell in cells {
        put_cell(out, cell, origin, last_limit);
        last_limit = cell.peak.map_or(last_limit, |p| p.limit);
    }
}

fn take_cells(reader: &mut Reader<'_>, cells: &mut [Usage]) -> Result<(), DecodeError> {
    let origin = reader.i64()?;
    let mut last_limit = Limit::UNKNOWN;
    for cell in cells {
        *cell = take_cell(reader, origin, last_limit)?;
        last_limit = cell.peak.map_or(last_limit, |p| p.limit);
    }
    Ok(())
}

/// The saturation at the peak: usually the cell's greatest, so that it need not be written.
fn of_peak(peak: Option<Peak>) -> Option<f64> {
    peak.and_then(|p| p.limit.saturation(p.sessions))
}

fn put_cell(out: &mut Vec<u8>, cell: &Usage, origin: i64, last_limit: Limit) {
    let is_of_peak = cell.max_saturation.map(f64::to_bits) == of_peak(cell.peak).map(f64::to_bits);
    let is_empty = cell.max_saturation.is_none() && *cell == Usage::default();
    let mut flags = 0;
    for (flag, is_set) in [
        (FILLED, !is_empty),
        (PEAK, cell.peak.is_some()),
        (SAME_LIMIT, cell.peak.is_some_and(|p| p.limit == last_limit)),
        (SATURATION, cell.max_saturation.is_some()),
        (OF_PEAK, cell.max_saturation.is_some() && is_of_peak),
        (OPENS, cell.max_opens.is_some()),
    ] {
        flags |= if is_set { flag } else { 0 };
    }
    out.push(flags);
    if is_empty {
        return;
    }
    put_u64(out, u64::from(cell.snapshots));
    for value in [cell.covered_ms, cell.session_ms, cell.full_ms] {
        put_time(out, value);
    }
    put_u64(out, u64::from(cell.max_clients));
    if let Some(peak) = cell.peak {
        put_u64(out, u64::from(peak.sessions));
        put_time(out, peak.at.wrapping_sub(origin));
        if flags & SAME_LIMIT == 0 {
            put_limit(out, peak.limit);
        }
    }
    if let Some(saturation) = cell.max_saturation.filter(|_| !is_of_peak) {
        out.extend(saturation.to_bits().to_le_bytes());
    }
    if let Some(opens) = cell.max_opens {
        put_u64(out, opens);
    }
}

fn take_cell(reader: &mut Reader<'_>, origin: i64, last_limit: Limit) -> Result<Usage, DecodeError> {
    let flags = reader.u8()?;
    if flags & !KNOWN_FLAGS != 0 {
        return Err(DecodeError::Invalid("flags"));
    }
    if flags == 0 {
        return Ok(Usage::default());
    }
    let snapshots = reader.u32()?;
    let (covered_ms, session_ms, full_ms) = (time(reader)?, time(reader)?, time(reader)?);
    let max_clients = reader.u32()?;
    let peak = if flags & PEAK == 0 {
        None
    } else {
        let (sessions, at) = (reader.u32()?, origin.wrapping_add(time(reader)?));
        Some(Peak { sessions, at, limit: if flags & SAME_LIMIT == 0 { limit(reader)? } else { last_limit } })
    };
    let max_saturation = match (flags & SATURATION != 0, flags & OF_PEAK != 0) {
        (false, _) => None,
        (true, true) => of_peak(peak),
        (true, false) => Some(saturation(reader)?),
    };
    let max_opens = if flags & OPENS == 0 { None } else { Some(reader.u64()?) };
    Ok(Usage { snapshots, covered_ms, session_ms, full_ms, peak, max_saturation, max_opens, max_clients })
}

fn saturation(reader: &mut Reader<'_>) -> Result<f64, DecodeError> {
    let bytes = reader.take(8)?.try_into().map_err(|_| DecodeError::Truncated)?;
    Ok(f64::from_bits(u64::from_le_bytes(bytes)))
}
