//! Variable-length integers and a reader that never runs past its bytes.
//!
//! A varint is LEB128: seven bits a byte, the lowest first, the top bit set on all bytes but the last. A signed number is
//! zigzagged first (0, -1, 1, -2 … become 0, 1, 2, 3 …), so that small ones of either sign stay short.

/// Why bytes are not a record. Nothing is ever guessed: a record is read whole or refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the record ends before it is complete")]
    Truncated,
    #[error("the record has {0} bytes too many")]
    TrailingBytes(usize),
    #[error("the record has format {0}, which this version does not know")]
    UnknownFormat(u8),
    #[error("the record's {0} cannot be")]
    Invalid(&'static str),
    #[error("the record speaks of {count} entries; {most} are possible here")]
    TooMany { count: u64, most: u64 },
    #[error("the record is a delta against the snapshot of {base_at}, which was not given")]
    BaseMissing { base_at: i64 },
    #[error("the record's packed part cannot be unpacked")]
    Unpack,
}

pub(super) fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

fn low_byte(value: u64) -> u8 {
    value.to_le_bytes()[0] & 0x7f
}

pub(super) fn put_i64(out: &mut Vec<u8>, value: i64) {
    put_u64(out, zigzag(value));
}

pub(super) fn put_count(out: &mut Vec<u8>, count: usize) {
    put_u64(out, u64::try_from(count).unwrap_or(u64::MAX));
}

/// 0 for none, else one more than the number.
pub(super) fn put_option(out: &mut Vec<u8>, value: Option<u32>) {
    put_u64(out, value.map_or(0, |v| u64::from(v) + 1));
}

pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Reads a record from its front.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Reads the first byte, which names the format, and refuses any other than `known`.
    pub(super) fn format(&mut self, known: u8) -> Result<(), DecodeError> {
        match self.u8()? {
            format if format == known => Ok(()),
            other => Err(DecodeError::UnknownFormat(other)),
        }
    }

    pub(super) fn u8(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn u64(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(DecodeError::Invalid("varint"));
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Invalid("varint"))
    }

    pub(super) fn i64(&mut self) -> Result<i64, DecodeError> {
        self.u64().map(unzigzag)
    }

    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        u32::try_from(self.u64()?).map_err(|_| DecodeError::Invalid("count"))
    }

    /// Reads what [`put_option`] wrote.
    pub(super) fn option(&mut self) -> Result<Option<u32>, DecodeError> {
        match self.u64()?.checked_sub(1) {
            None => Ok(None),
            Some(value) => u32::try_from(value).map(Some).map_err(|_| DecodeError::Invalid("count")),
        }
    }

    /// Reads how many entries follow. Each takes `entry_bytes` at least, so that no count can ask for more memory than the
    /// record's own bytes warrant.
    pub(super) fn count(&mut self, entry_bytes: usize, most: usize) -> Result<usize, DecodeError> {
        let count = self.u64()?;
        let most = most.min(self.rest.len() / entry_bytes.max(1));
        match usize::try_from(count) {
            Ok(n) if n <= most => Ok(n),
            _ => Err(DecodeError::TooMany { count, most: u64::try_from(most).unwrap_or(u64::MAX) }),
        }
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// How many bytes are left.
    pub(super) fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Says that the record ends here.
    pub(super) fn end(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes(self.rest.len())) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_varint_of_eleven_bytes_or_beyond_64_bits_is_refused() {
        for bytes in [vec![0xff; 11], [vec![0xff; 9], vec![0x02]].concat()] {
            assert_eq!(Reader::new(&bytes).u64(), Err(DecodeError::Invalid("varint")));
        }
    }

    #[test]
    fn a_count_cannot_ask_for_more_than_the_bytes_warrant() {
        let mut bytes = Vec::new();
        put_u64(&mut bytes, u64::MAX);
        bytes.extend([0; 9]);
        assert_eq!(Reader::new(&bytes).count(3, 100), Err(DecodeError::TooMany { count: u64::MAX, most: 3 }));
    }

    proptest! {
        #[test]
        fn numbers_come_back(unsigned: u64, signed: i64, option: Option<u32>) {
            let mut bytes = Vec::new();
            put_u64(&mut bytes, unsigned);
            put_i64(&mut bytes, signed);
            put_option(&mut bytes, option);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.u64(), Ok(unsigned));
            prop_assert_eq!(reader.i64(), Ok(signed));
            prop_assert_eq!(reader.option(), Ok(option));
            prop_assert_eq!(reader.end(), Ok(()));
        }
    }
}
