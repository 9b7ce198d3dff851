//! Columns of a matrix, each read when it is asked for: a year of them for a heat map of a few hosts.

use std::borrow::Cow;

use super::{Front, MAX_HOSTS};
use crate::history::bytes::{DecodeError, Reader};
use crate::model::HostId;

/// A record of which columns are read when they are asked for.
#[derive(Debug)]
pub struct Columns<'a>(Front<'a>);

impl<'a> Columns<'a> {
    /// # Errors
    /// The bytes are not such a record.
    pub fn open(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Front::read(bytes).map(Self)
    }

    /// In ascending order.
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn hosts(&self) -> Result<Vec<HostId>, DecodeError> {
        self.0.hosts()
    }

    /// The greatest [`Saturation`](super::Saturation) of each host, as bytes.
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn saturations(&self) -> Result<Cow<'a, [u8]>, DecodeError> {
        self.0.bytes(1)
    }

    /// How long each host was full, in seconds; answers whether any was, and else leaves `secs` as it is.
    ///
    /// # Errors
    /// The bytes are not such a record, or it has not as many hosts as `secs`.
    pub fn full_secs(&self, secs: &mut [u32]) -> Result<bool, DecodeError> {
        let body = self.0.sections[3].unpack(MAX_HOSTS * 10)?;
        if secs.len() != self.0.count || body.len() < secs.len() {
            return Err(DecodeError::Invalid("number of cells"));
        }
        // Few hosts are full for long: most bytes are 0, and often all of them.
        if body.len() == secs.len() && body.iter().all(|byte| *byte == 0) {
            return Ok(false);
        }
        let mut reader = Reader::new(&body);
        for secs in secs {
            *secs = reader.u32()?;
        }
        reader.end()?;
        Ok(true)
    }

    /// When the peak of each host was, in seconds from the start.
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn peak_after_secs(&self) -> Result<Vec<u32>, DecodeError> {
        self.column(5, |reader| reader.u32())
    }

    /// The most sessions of each host; 0 for one that was not observed.
    ///
    /// # Errors
    /// The bytes are not such a record.
    pub fn peak_sessions(&self) -> Result<Vec<u32>, DecodeError> {
        self.column(4, |reader| Ok(reader.option()?.unwrap_or(0)))
    }

    fn column(
        &self,
        section: usize,
        read: impl Fn(&mut Reader<'_>) -> Result<u32, DecodeError>,
    ) -> Result<Vec<u32>, DecodeError> {
        let body = self.0.sections[section].unpack(MAX_HOSTS * 10)?;
        if self.0.count > body.len() {
            return Err(DecodeError::Truncated);
        }
        let mut reader = Reader::new(&body);
        let column = (0..self.0.count).map(|_| read(&mut reader)).collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::matrix::{Cell, Saturation, decode, encode};

    #[test]
    fn columns_say_what_the_whole_record_says() {
        let cell = |n: u32| Cell {
            saturation: Saturation(u8::try_from(n % 256).unwrap()),
            mean: Saturation(u8::try_from(n % 7).unwrap()),
            full_secs: n * 3 % 400,
            peak_sessions: (!n.is_multiple_of(5)).then_some(n),
            peak_after_secs: n % 300,
        };
        let cells: Vec<_> = (0..1_000_u32).map(|n| (HostId(i64::from(n) * 2), cell(n))).collect();
        let bytes = encode(&cells);
        assert_eq!(decode(&bytes).as_ref(), Ok(&cells));
        let columns = Columns::open(&bytes).unwrap();
        assert_eq!(columns.hosts().unwrap(), cells.iter().map(|(host, _)| *host).collect::<Vec<_>>());
        assert!(columns.saturations().unwrap().iter().eq(cells.iter().map(|(_, c)| &c.saturation.0)));
        let mut secs = vec![0; cells.len()];
        assert!(columns.full_secs(&mut secs).unwrap());
        assert!(secs.into_iter().eq(cells.iter().map(|(_, c)| c.full_secs)));
        assert!(columns.full_secs(&mut [0; 3]).is_err());
        let idle: Vec<_> = (0..200).map(|n| (HostId(n), Cell::default())).collect();
        let idle = encode(&idle);
        assert_eq!(Columns::open(&idle).unwrap().full_secs(&mut [0; 200]), Ok(false));
        assert!(columns.peak_after_secs().unwrap().into_iter().eq(cells.iter().map(|(_, c)| c.peak_after_secs)));
        let sessions = cells.iter().map(|(_, c)| c.peak_sessions.unwrap_or(0));
        assert!(columns.peak_sessions().unwrap().into_iter().eq(sessions));
    }
}
