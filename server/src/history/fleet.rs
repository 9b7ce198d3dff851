//! Who held sessions anywhere, over an hour, a day or a week. Columns are packed one by one, so that a ranking reads the ids and
//! the column that it ranks by, and nothing else.
//!
//! ```text
//! byte 0    format: 1
//! varint    number of entries
//! varint    signed: origin, the earliest first_seen_at (0 without any)
//! sections  in ascending order of id (section.rs describes how a section is packed, figures.rs what a time is):
//!           ids, as in holders; session_ms as times; peak_sessions as varints; peak_at − origin as times; peak_opens as varints;
//!           idle_ms; zero_open_ms; full_ms; first_seen_at − origin; last_seen_at − origin, all as times;
//!           numbers of hosts as varints;
//!           the hosts of each entry: the first as a varint, then the differences to the one before
//! ```

mod rows;

use super::bytes::{DecodeError, Reader, put_count, put_i64, put_u64};
use super::holders::{put_id_column, put_time, take_id_column, time};
use super::section::{Section, put_section};
use crate::model::HostId;
use crate::model::holder::{FleetHolder, Held, Measure};

const FORMAT: u8 = 1;
/// Most entries: clients that held a session anywhere within a week.
const MAX_ENTRIES: usize = 8_000_000;
const MAX_SECTION_BYTES: usize = 64 * MAX_ENTRIES;

const IDS: usize = 0;
const SESSION: usize = 1;
const PEAK: usize = 2;
const PEAK_AT: usize = 3;
const OPENS: usize = 4;
const IDLE: usize = 5;
const ZERO_OPEN: usize = 6;
const FULL: usize = 7;
const FIRST_SEEN: usize = 8;
const LAST_SEEN: usize = 9;
const HOST_COUNTS: usize = 10;
const HOSTS: usize = 11;
const SECTIONS: usize = 12;

/// `entries` in ascending order of id, their hosts likewise.
#[must_use]
pub fn encode(entries: &[FleetHolder]) -> Vec<u8> {
    let origin = entries.iter().map(|e| e.held.first_seen_at).min().unwrap_or_default();
    let mut out = vec![FORMAT];
    put_count(&mut out, entries.len());
    put_i64(&mut out, origin);
    let mut body = Vec::with_capacity(entries.len() * 2 + 16);
    for section in 0..SECTIONS {
        body.clear();
        put_column(&mut body, section, origin, entries);
        put_section(&mut out, &body);
    }
    out
}

fn put_column(out: &mut Vec<u8>, section: usize, origin: i64, entries: &[FleetHolder]) {
    let helds = entries.iter().map(|e| &e.held);
    match section {
        IDS => put_id_column(out, entries.iter().map(|e| e.id)),
        SESSION => helds.for_each(|h| put_time(out, h.session_ms)),
        PEAK => helds.for_each(|h| put_u64(out, u64::from(h.peak_sessions))),
        PEAK_AT => helds.for_each(|h| put_time(out, h.peak_at.wrapping_sub(origin))),
        OPENS => helds.for_each(|h| put_u64(out, u64::from(h.peak_opens))),
        IDLE => helds.for_each(|h| put_time(out, h.idle_ms)),
        ZERO_OPEN => helds.for_each(|h| put_time(out, h.zero_open_ms)),
        FULL => helds.for_each(|h| put_time(out, h.full_ms)),
        FIRST_SEEN => helds.for_each(|h| put_time(out, h.first_seen_at.wrapping_sub(origin))),
        LAST_SEEN => helds.for_each(|h| put_time(out, h.last_seen_at.wrapping_sub(origin))),
        HOST_COUNTS => entries.iter().for_each(|e| put_count(out, e.hosts.len())),
        _ => {
            for entry in entries {
                let mut last = 0;
                for host in &entry.hosts {
                    put_u64(out, host.0.wrapping_sub(last).cast_unsigned());
                    last = host.0;
                }
            }
        }
    }
}

/// A record of which columns are read when they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    count: usize,
    origin: i64,
    sections: [Section<'a>; SECTIONS],
}

impl<'a> Record<'a> {
    /// # Errors
    /// The bytes are not such a record.
    pub fn open(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.format(FORMAT)?;
        let count = reader.u64()?;
        let count = usize::try_from(count).ok().filter(|n| *n <= MAX_ENTRIES);
        let count = count.ok_or(DecodeError::TooMany { count: u64::MAX, most: MAX_ENTRIES as u64 })?;
        let origin = reader.i64()?;
        let mut sections = [reader.section()?; SECTIONS];
        for section in &mut sections[1..] {
            *section = reader.section()?;
        }
        reader.end()?;
        Ok(Self { count, origin, sections })
    }

    /// In ascending order.
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn ids(&self) -> Result<Vec<i64>, DecodeError> {
        let body = self.sections[IDS].unpack(MAX_SECTION_BYTES)?;
        let mut reader = Reader::new(&body);
        self.holds(&reader)?;
        let ids = take_id_column(&mut reader, self.count)?;
        reader.end()?;
        Ok(ids)
    }

    /// What each holder's figure by the measure is, in the order of [`ids`](Self::ids).
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn figures(&self, measure: Measure) -> Result<Vec<i64>, DecodeError> {
        match measure {
            Measure::SessionHours => self.times(SESSION),
            Measure::PeakSessions => self.numbers(PEAK),
            Measure::PeakOpens => self.numbers(OPENS),
            Measure::Idle => self.times(IDLE),
            Measure::ZeroOpen => self.times(ZERO_OPEN),
            Measure::Blame => self.times(FULL),
            Measure::Hosts => self.numbers(HOST_COUNTS),
        }
    }

    /// On which hosts each was.
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn hosts(&self) -> Result<Vec<Vec<HostId>>, DecodeError> {
        let counts = self.numbers(HOST_COUNTS)?;
        let body = self.sections[HOSTS].unpack(MAX_SECTION_BYTES)?;
        let mut reader = Reader::new(&body);
        let hosts = counts.into_iter().map(|count| take_hosts(&mut reader, count)).collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(hosts)
    }

    /// Everything.
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn entries(&self) -> Result<Vec<FleetHolder>, DecodeError> {
        let (sessions, idles, zeros, fulls) =
            (self.times(SESSION)?, self.times(IDLE)?, self.times(ZERO_OPEN)?, self.times(FULL)?);
        let (peaks, opens) = (self.numbers(PEAK)?, self.numbers(OPENS)?);
        let (peak_ats, firsts, lasts) = (self.times(PEAK_AT)?, self.times(FIRST_SEEN)?, self.times(LAST_SEEN)?);
        let small = |n: i64| u32::try_from(n).map_err(|_| DecodeError::Invalid("count"));
        let all = self.ids()?.into_iter().zip(self.hosts()?).enumerate();
        all.map(|(i, (id, hosts))| {
            let held = Held {
                session_ms: sessions[i],
                peak_sessions: small(peaks[i])?,
                peak_at: self.origin.wrapping_add(peak_ats[i]),
                peak_opens: small(opens[i])?,
                idle_ms: idles[i],
                zero_open_ms: zeros[i],
                full_ms: fulls[i],
                first_seen_at: self.origin.wrapping_add(firsts[i]),
                last_seen_at: self.origin.wrapping_add(lasts[i]),
            };
            Ok(FleetHolder { id, held, hosts })
        })
        .collect()
    }

    fn times(&self, section: usize) -> Result<Vec<i64>, DecodeError> {
        self.column(section, time)
    }

    fn numbers(&self, section: usize) -> Result<Vec<i64>, DecodeError> {
        self.column(section, |reader| i64::try_from(reader.u64()?).map_err(|_| DecodeError::Invalid("count")))
    }

    fn column(
        &self,
        section: usize,
        read: impl Fn(&mut Reader<'_>) -> Result<i64, DecodeError>,
    ) -> Result<Vec<i64>, DecodeError> {
        let body = self.sections[section].unpack(MAX_SECTION_BYTES)?;
        let mut reader = Reader::new(&body);
        self.holds(&reader)?;
        let column = (0..self.count).map(|_| read(&mut reader)).collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(column)
    }

    /// Whether a column's bytes can hold as many values as there are entries.
    fn holds(&self, reader: &Reader<'_>) -> Result<(), DecodeError> {
        let most = reader.remaining();
        if self.count <= most {
            Ok(())
        } else {
            Err(DecodeError::TooMany { count: self.count as u64, most: most as u64 })
        }
    }
}

/// # Errors
/// The bytes are not such a record.
pub fn decode(bytes: &[u8]) -> Result<Vec<FleetHolder>, DecodeError> {
    Record::open(bytes)?.entries()
}

fn take_hosts(reader: &mut Reader<'_>, count: i64) -> Result<Vec<HostId>, DecodeError> {
    let count = usize::try_from(count).ok().filter(|n| *n <= reader.remaining());
    let count = count.ok_or(DecodeError::Truncated)?;
    let mut hosts: Vec<HostId> = Vec::with_capacity(count);
    for _ in 0..count {
        let last = hosts.last().map(|host| host.0);
        let next = last.unwrap_or_default().wrapping_add(reader.u64()?.cast_signed());
        if last.is_some_and(|last| last >= next) {
            return Err(DecodeError::Invalid("order of hosts"));
        }
        hosts.push(HostId(next));
    }
    Ok(hosts)
}
