//! A table's bytes as text, in whichever way Windows wrote it.

use encoding_rs::{Encoding, WINDOWS_1252};

/// With a byte order mark it says itself what it is; else it is UTF-8, or the code page of Western Europe.
pub(super) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_writes_is_read() {
        let text = "Id,Message\r\n1,prêt";
        let utf16: Vec<u8> = "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let utf8 = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        for bytes in [utf16, utf8, text.as_bytes().to_vec(), b"Id,Message\r\n1,pr\xEAt".to_vec()] {
            assert_eq!(decode(&bytes), text);
        }
    }
}
