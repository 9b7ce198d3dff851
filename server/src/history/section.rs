//! Sections: parts of a record that are packed, and read, each by itself.
//!
//! ```text
//! varint    bytes when unpacked
//! varint    bytes as they stand here; 0: not packed, they are as many as when unpacked
//! bytes     one zstd frame, or the plain bytes
//! ```

use std::borrow::Cow;
use std::cell::RefCell;

use super::bytes::{DecodeError, Reader, put_count};

/// Level 9 would save 7 % of a chunk for three times the processor time.
const PACK_LEVEL: i32 = 3;
/// Below this zstd's own head outweighs what it saves.
const PACK_FROM_BYTES: usize = 48;

thread_local! {
    // Setting a context up takes longer than packing a section with it.
    static PACKER: RefCell<Option<zstd::bulk::Compressor<'static>>> =
        RefCell::new(zstd::bulk::Compressor::new(PACK_LEVEL).ok());
    static UNPACKER: RefCell<Option<zstd::bulk::Decompressor<'static>>> =
        RefCell::new(zstd::bulk::Decompressor::new().ok());
}

/// Appends a section with this body.
pub(super) fn put_section(out: &mut Vec<u8>, body: &[u8]) {
    put_count(out, body.len());
    match pack(body) {
        Some(packed) => {
            put_count(out, packed.len());
            out.extend_from_slice(&packed);
        }
        None => {
            put_count(out, 0);
            out.extend_from_slice(body);
        }
    }
}

/// The packed body, if that is shorter.
fn pack(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < PACK_FROM_BYTES {
        return None;
    }
    let packed = PACKER.with_borrow_mut(|packer| packer.as_mut()?.compress(body).ok())?;
    (packed.len() < body.len()).then_some(packed)
}

/// A section as it stands in a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section<'a> {
    bytes: &'a [u8],
    unpacked_bytes: usize,
    is_packed: bool,
}

impl<'a> Reader<'a> {
    /// Takes a section off the front, still packed.
    pub(super) fn section(&mut self) -> Result<Section<'a>, DecodeError> {
        let size = |n: u64| usize::try_from(n).map_err(|_| DecodeError::Truncated);
        let unpacked_bytes = size(self.u64()?)?;
        let packed_bytes = size(self.u64()?)?;
        let is_packed = packed_bytes > 0;
        let bytes = self.take(if is_packed { packed_bytes } else { unpacked_bytes })?;
        Ok(Section { bytes, unpacked_bytes, is_packed })
    }
}

impl<'a> Section<'a> {
    /// Unpacks the body, which may have `most` bytes: a bomb ends there.
    pub(super) fn unpack(self, most: usize) -> Result<Cow<'a, [u8]>, DecodeError> {
        if self.unpacked_bytes > most {
            let count = u64::try_from(self.unpacked_bytes).unwrap_or(u64::MAX);
            return Err(DecodeError::TooMany { count, most: u64::try_from(most).unwrap_or(u64::MAX) });
        }
        if !self.is_packed {
            return Ok(Cow::Borrowed(self.bytes));
        }
        // What the section claims is not believed beyond what its own frame says: no memory is taken for a lie.
        let stated = zstd::zstd_safe::get_frame_content_size(self.bytes).ok().flatten();
        if stated != Some(self.unpacked_bytes as u64) {
            return Err(DecodeError::Unpack);
        }
        let body =
            UNPACKER.with_borrow_mut(|unpacker| unpacker.as_mut()?.decompress(self.bytes, self.unpacked_bytes).ok());
        body.filter(|body| body.len() == self.unpacked_bytes).map(Cow::Owned).ok_or(DecodeError::Unpack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], most: usize) -> Result<Vec<u8>, DecodeError> {
        let mut reader = Reader::new(bytes);
        let body = reader.section()?.unpack(most)?.into_owned();
        reader.end()?;
        Ok(body)
    }

    #[test]
    fn a_body_comes_back_packed_or_not() {
        for body in [vec![], vec![7; 20], vec![7; 5_000], (0..=255).collect::<Vec<u8>>()] {
            let mut bytes = Vec::new();
            put_section(&mut bytes, &body);
            assert_eq!(read(&bytes, 5_000), Ok(body));
        }
    }

    #[test]
    fn a_bomb_ends_at_the_limit_whatever_it_claims() {
        let mut bytes = Vec::new();
        put_section(&mut bytes, &vec![0; 1 << 20]);
        assert!(bytes.len() < 200, "{}", bytes.len());
        assert_eq!(read(&bytes, 1_000), Err(DecodeError::TooMany { count: 1 << 20, most: 1_000 }));
        // The same bomb that claims to be small: 1 << 20 took three bytes.
        let small = [&[100_u8][..], &bytes[3..]].concat();
        assert_eq!(read(&small, 1_000), Err(DecodeError::Unpack));
    }
}
