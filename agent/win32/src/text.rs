//! Text as Win32 takes and gives it: UTF-16 that ends with 0.

/// Longer text is cut: no name, path or message that Windows gives is longer.
const MOST_UNITS: usize = 1 << 20;

/// For a call. What follows a NUL inside is cut off, as Windows would do.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().take_while(|unit| *unit != 0).chain([0]).collect()
}

/// What a call gave; empty for null. Half of a surrogate pair becomes U+FFFD.
///
/// # Safety
/// `text` is null, or is readable up to and with its 0.
pub(crate) unsafe fn narrow(text: *const u16) -> String {
    if text.is_null() {
        return String::new();
    }
    let mut len = 0;
    // SAFETY: every unit up to the 0 is readable, and this stops there.
    while len < MOST_UNITS && unsafe { text.add(len).read_unaligned() } != 0 {
        len += 1;
    }
    // Not a slice: hostile or packed buffers need not be aligned.
    // SAFETY: the units below `len` were just read.
    let units = (0..len).map(|at| unsafe { text.add(at).read_unaligned() });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The units of a buffer up to its 0, or its end.
pub(crate) fn narrow_slice(units: &[u16]) -> String {
    let len = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
    String::from_utf16_lossy(&units[..len])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_as_it_went() {
        for text in ["", "FS01", r"CORP\ann.o'neil", "Düsseldorf-機械", "🖥"] {
            let units = wide(text);
            assert_eq!(narrow_slice(&units), text);
            // SAFETY: `wide` ends with 0.
            assert_eq!(unsafe { narrow(units.as_ptr()) }, text);
        }
    }

    #[test]
    fn half_a_pair_is_replaced_and_null_is_nothing() {
        let units = [0x41, 0xd800, 0x42, 0];
        // SAFETY: it ends with 0.
        assert_eq!(unsafe { narrow(units.as_ptr()) }, "A\u{fffd}B");
        // SAFETY: null is allowed.
        assert_eq!(unsafe { narrow(std::ptr::null()) }, "");
        assert_eq!(wide("a\0b"), [0x61, 0]);
    }
}
