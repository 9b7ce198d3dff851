//! Single values of a column of varints, read without the others.

use super::bytes::{DecodeError, Reader};

/// The values at these places of a column that has one varint each.
pub(super) fn pick<T>(
    body: &[u8],
    places: &[usize],
    read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut walk = Walk::new(body);
    let mut next = 0;
    places
        .iter()
        .map(|place| {
            walk.skip(place.checked_sub(next).ok_or(DecodeError::Invalid("place"))?)?;
            next = place + 1;
            walk.read(&read)
        })
        .collect()
}

/// A way through varints that leaps over those that nobody asked for.
pub(super) struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub(super) fn skip(&mut self, mut count: usize) -> Result<(), DecodeError> {
        const STRIDE: usize = 64;
        // The last byte of each varint is the one below 0x80. A stride cannot end more of them than it has bytes.
        while count >= STRIDE {
            let (stride, rest) = self.rest.split_at_checked(STRIDE).ok_or(DecodeError::Truncated)?;
            count -= stride.iter().filter(|byte| **byte < 0x80).count();
            self.rest = rest;
        }
        while count > 0 {
            let (first, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
            count -= usize::from(*first < 0x80);
            self.rest = rest;
        }
        Ok(())
    }

    pub(super) fn read<T>(
        &mut self,
        read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let mut reader = Reader::new(self.rest);
        let value = read(&mut reader)?;
        self.rest = &self.rest[self.rest.len() - reader.remaining()..];
        Ok(value)
    }
}
