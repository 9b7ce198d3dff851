//! All hosts in one stretch of time, one small cell each: what heat maps and rankings of hosts are made of.
//!
//! ```text
//! byte 0    format: 1
//! varint    number of hosts
//! sections  in ascending order of host (section.rs describes how a section is packed):
//!           hosts: the first as a signed varint, then the differences to the one before
//!           saturation: a byte each, see `Level`
//!           mean saturation: a byte each
//!           full_secs as varints
//!           peak_sessions: 0 for none, else one more than the number
//!           peak_after_secs as varints
//! ```

pub mod columns;

use super::bytes::{DecodeError, Reader, put_count, put_option, put_u64};
use super::holders::{put_id_column, take_id_column};
use super::section::{Section, put_section};
use crate::model::HostId;
use crate::model::time::SECOND_MS;
use crate::model::usage::Usage;

const FORMAT: u8 = 1;
const MAX_HOSTS: usize = 1 << 21;
const SECTIONS: usize = 6;

/// How full a host was, in one byte. In ascending order, so that the greater of two is the greater byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Saturation(pub u8);

impl Saturation {
    /// Nothing was observed.
    pub const SILENT: Self = Self(0);
    /// Nobody knows the limit.
    pub const UNKNOWN: Self = Self(1);
    pub const UNLIMITED: Self = Self(2);
    /// From here on: steps of half a percent, rounded up, so that full is never shown as less.
    const FIRST: u8 = 3;
    const STEPS: f64 = 200.0;

    #[must_use]
    pub fn of(saturation: f64) -> Self {
        // A whisker less, so that 0.8 is 160 steps and not 161.
        let steps = (saturation * Self::STEPS - 1e-9).ceil().clamp(0.0, f64::from(u8::MAX - Self::FIRST));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a byte holds")]
        Self(Self::FIRST + steps as u8)
    }

    /// Sessions ÷ limit, rounded up to half a percent and capped at 126 %; none if there is no known limit.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        self.0.checked_sub(Self::FIRST).map(|steps| f64::from(steps) / Self::STEPS)
    }
}

/// What one host was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// The greatest.
    pub saturation: Saturation,
    /// Of the mean sessions, against the limit at the peak.
    pub mean: Saturation,
    pub full_secs: u32,
    pub peak_sessions: Option<u32>,
    /// When the peak was, from the start of the stretch.
    pub peak_after_secs: u32,
}

impl Cell {
    /// What the usage of the stretch from `start_at` on comes to.
    #[must_use]
    pub fn of(usage: &Usage, start_at: i64) -> Self {
        let secs = |ms: i64| u32::try_from(ms / SECOND_MS).unwrap_or_default();
        let Some(peak) = usage.peak else { return Self::default() };
        let without = if peak.limit.unlimited { Saturation::UNLIMITED } else { Saturation::UNKNOWN };
        let mean = match (usage.mean_sessions(), peak.limit.saturation(1)) {
            (Some(mean), Some(of_one)) => Saturation::of(mean * of_one),
            _ => without,
        };
        Self {
            saturation: usage.max_saturation.map_or(without, Saturation::of),
            mean,
            full_secs: secs(usage.full_ms),
            peak_sessions: Some(peak.sessions),
            peak_after_secs: secs(peak.at - start_at),
        }
    }

    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.saturation == Saturation::SILENT
    }
}

/// `cells` in ascending order of host.
#[must_use]
pub fn encode(cells: &[(HostId, Cell)]) -> Vec<u8> {
    let mut out = vec![FORMAT];
    put_count(&mut out, cells.len());
    let mut body = Vec::with_capacity(cells.len() * 2 + 16);
    put_id_column(&mut body, cells.iter().map(|(host, _)| host.0));
    put_section(&mut out, &body);
    put_section(&mut out, &cells.iter().map(|(_, cell)| cell.saturation.0).collect::<Vec<_>>());
    put_section(&mut out, &cells.iter().map(|(_, cell)| cell.mean.0).collect::<Vec<_>>());
    body.clear();
    cells.iter().for_each(|(_, cell)| put_u64(&mut body, u64::from(cell.full_secs)));
    put_section(&mut out, &body);
    body.clear();
    cells.iter().for_each(|(_, cell)| put_option(&mut body, cell.peak_sessions));
    put_section(&mut out, &body);
    body.clear();
    cells.iter().for_each(|(_, cell)| put_u64(&mut body, u64::from(cell.peak_after_secs)));
    put_section(&mut out, &body);
    out
}

/// # Errors
/// The bytes are not such a record.
pub fn decode(bytes: &[u8]) -> Result<Vec<(HostId, Cell)>, DecodeError> {
    let front = Front::read(bytes)?;
    let hosts = front.hosts()?;
    let mut cells = vec![Cell::default(); hosts.len()];
    for (cell, byte) in cells.iter_mut().zip(front.bytes(1)?.iter()) {
        cell.saturation = Saturation(*byte);
    }
    for (cell, byte) in cells.iter_mut().zip(front.bytes(2)?.iter()) {
        cell.mean = Saturation(*byte);
    }
    front.each(3, &mut cells, |cell, reader| reader.u32().map(|n| cell.full_secs = n))?;
    front.each(4, &mut cells, |cell, reader| reader.option().map(|n| cell.peak_sessions = n))?;
    front.each(5, &mut cells, |cell, reader| reader.u32().map(|n| cell.peak_after_secs = n))?;
    Ok(hosts.into_iter().zip(cells).collect())
}

/// The hosts and their greatest saturations alone.
///
/// # Errors
/// The bytes are not such a record, as far as they are read.
pub fn saturations(bytes: &[u8]) -> Result<(Vec<HostId>, Vec<Saturation>), DecodeError> {
    let front = Front::read(bytes)?;
    Ok((front.hosts()?, front.bytes(1)?.iter().map(|byte| Saturation(*byte)).collect()))
}

#[derive(Debug)]
struct Front<'a> {
    count: usize,
    sections: [Section<'a>; SECTIONS],
}

impl<'a> Front<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.format(FORMAT)?;
        let count = reader.u64()?;
        let count = usize::try_from(count).ok().filter(|n| *n <= MAX_HOSTS);
        let count = count.ok_or(DecodeError::TooMany { count: u64::MAX, most: MAX_HOSTS as u64 })?;
        let mut sections = [reader.section()?; SECTIONS];
        for section in &mut sections[1..] {
            *section = reader.section()?;
        }
        reader.end()?;
        Ok(Self { count, sections })
    }

    fn hosts(&self) -> Result<Vec<HostId>, DecodeError> {
        let body = self.sections[0].unpack(MAX_HOSTS * 10)?;
        if self.count > body.len() {
            return Err(DecodeError::Truncated);
        }
        let mut reader = Reader::new(&body);
        let ids = take_id_column(&mut reader, self.count)?;
        reader.end()?;
        Ok(ids.into_iter().map(HostId).collect())
    }

    /// A column of one byte each.
    fn bytes(&self, section: usize) -> Result<std::borrow::Cow<'a, [u8]>, DecodeError> {
        let body = self.sections[section].unpack(MAX_HOSTS)?;
        if body.len() == self.count { Ok(body) } else { Err(DecodeError::Invalid("number of cells")) }
    }

    fn each(
        &self,
        section: usize,
        cells: &mut [Cell],
        read: impl Fn(&mut Cell, &mut Reader<'_>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let body = self.sections[section].unpack(MAX_HOSTS * 10)?;
        let mut reader = Reader::new(&body);
        cells.iter_mut().try_for_each(|cell| read(cell, &mut reader))?;
        reader.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_shown_as_less_than_they_are() {
        for (share, shown) in [(0.0, 0.0), (0.8, 0.8), (0.801, 0.805), (0.999, 1.0), (1.0, 1.0), (7.0, 1.26)] {
            assert_eq!(Saturation::of(share).share(), Some(shown), "{share}");
        }
        assert_eq!(Saturation::UNLIMITED.share(), None);
        assert!(Saturation::SILENT < Saturation::UNKNOWN && Saturation::UNLIMITED < Saturation::of(0.0));
    }
}
