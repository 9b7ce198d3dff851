//! The binary part of a record: a kernel driver's `IO_ERROR_LOG_PACKET` (documented in wdm.h), or one Win32 error.

/// What the binary part says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    /// Four bytes: the error of a user-mode service.
    Win32(u32),
    Packet(Packet),
    /// A packet about another event than the record is.
    OtherEvent,
    /// Too short, odd, or no hexadecimal: it travels with the raw XML only.
    Opaque,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) final_status: u32,
    /// First word of the dump; what it means depends on the event.
    pub(super) dump_word: Option<u32>,
}

const DUMP_DATA_SIZE: usize = 0x02;
const ERROR_CODE: usize = 0x0C;
const FINAL_STATUS: usize = 0x14;
const DUMP_DATA: usize = 0x28;

/// Reads hexadecimal digits, with or without blanks, of the record with the id `code`.
pub(super) fn read_binary(text: &str, code: u32) -> Binary {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let Ok(bytes) = hex::decode(digits) else { return Binary::Opaque };
    if let Ok(error) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Binary::Win32(u32::from_le_bytes(error));
    }
    let (Some(error_code), Some(final_status)) = (word(&bytes, ERROR_CODE), word(&bytes, FINAL_STATUS)) else {
        return Binary::Opaque;
    };
    if bytes.len() < DUMP_DATA {
        return Binary::Opaque;
    }
    if error_code & 0xFFFF != code {
        return Binary::OtherEvent;
    }
    let dump_bytes = bytes.get(DUMP_DATA_SIZE..DUMP_DATA_SIZE + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    let dump_word = word(&bytes, DUMP_DATA).filter(|_| dump_bytes >= 4);
    Binary::Packet(Packet { final_status, dump_word })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// The address in a socket address written as hexadecimal bytes (`02-00-C5-EC-0A-01-0A-1E…`), without its port.
pub(super) fn socket_address(text: &str) -> Option<String> {
    use std::net::{Ipv4Addr, Ipv6Addr};
    let digits: String = text.trim().trim_start_matches("0x").chars().filter(char::is_ascii_hexdigit).collect();
    let bytes = hex::decode(digits).ok()?;
    match u16::from_le_bytes([*bytes.first()?, *bytes.get(1)?]) {
        2 => <[u8; 4]>::try_from(bytes.get(4..8)?).ok().map(|a| Ipv4Addr::from(a).to_string()),
        // AF_INET6 is 23 on Windows; the flow label comes before the address.
        23 => <[u8; 16]>::try_from(bytes.get(8..24)?).ok().map(|a| Ipv6Addr::from(a).to_canonical().to_string()),
        _ => None,
    }
}
