//! What the strings and the binary part of a watched record mean.
//!
//! Providers are compared without regard to case, and ids without qualifiers: both vary between versions of Windows. A
//! record of another provider with the same id is another event, and nothing is read out of it.

use highwater_wire::{Decoded, MAX_NAME_BYTES};

use super::binary::{Binary, read_binary, socket_address};
use super::numbers;
use super::xml::RawEvent;

pub(super) fn decode(raw: &RawEvent, code: u32, message: Option<&str>) -> Decoded {
    match raw.provider.to_ascii_lowercase().as_str() {
        "srv" | "server" => classic(raw, code, message),
        "microsoft-windows-smbserver" => smb_server(raw),
        _ => Decoded::default(),
    }
}

/// Records of the kernel driver (2000–2499) and of the user-mode service (2500–2999).
fn classic(raw: &RawEvent, code: u32, message: Option<&str>) -> Decoded {
    let mut decoded = Decoded::default();
    match read_binary(&raw.binary, code) {
        Binary::Win32(error) => decoded.win32_error = Some(error),
        Binary::OtherEvent => decoded.binary_mismatch = true,
        Binary::Packet(packet) => {
            decoded.final_status = Some(packet.final_status);
            decoded.dump_word = packet.dump_word;
        }
        Binary::Opaque => {}
    }
    // The driver names its device first; what the message calls %2 comes after it.
    let strings = match raw.strings.as_slice() {
        [device, rest @ ..] if device.trim_start().starts_with(r"\Device\") => rest,
        all => all,
    };
    let first = strings.first().map(|text| name(text)).filter(|text| !text.is_empty());
    match code {
        2006 | 2025 => decoded.client = first,
        2009 => decoded.table = decoded.dump_word.and_then(table).map(str::to_owned),
        2013 => decoded.disk = first,
        2021..=2024 => (decoded.count, decoded.window_secs) = count_and_window(strings, message).unzip(),
        2506 => decoded.registry_value = first,
        2003 => (decoded.claimed_current, decoded.claimed_limit) = message.and_then(claims).unzip(),
        _ => {}
    }
    decoded
}

/// The manifest's provider has named fields.
fn smb_server(raw: &RawEvent) -> Decoded {
    let field = |wanted: &str| raw.fields.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str());
    let address = field("ClientAddress").and_then(socket_address);
    let named = || field("ClientName").map(name).filter(|text| !text.is_empty());
    Decoded { client: address.or_else(named), final_status: field("Status").and_then(status), ..Decoded::default() }
}

/// Which of the connection's tables was full.
fn table(dump_word: u32) -> Option<&'static str> {
    match dump_word {
        0x3E9 => Some("file"),
        0x3EA => Some("search"),
        0x3EB => Some("session"),
        0x3EC => Some("tree_connect"),
        _ => None,
    }
}

/// "… %2 times in the last %3 seconds": from the strings; a rendered message is read only where they do not tell.
fn count_and_window(strings: &[String], message: Option<&str>) -> Option<(u64, u64)> {
    if let [count, window, ..] = strings
        && let (Some(count), Some(window)) = (numbers::whole(count), numbers::whole(window))
    {
        return Some((count, window));
    }
    match numbers::within(message?).as_slice() {
        [(_, count), (_, window), ..] => Some((*count, *window)),
        _ => None,
    }
}

/// Two numbers near the words that would make them a count and a limit. No public record of 2003 shows any.
fn claims(message: &str) -> Option<(u64, u64)> {
    const NEAR_BYTES: usize = 40;
    let text = message.to_lowercase();
    let places = |words: &[&str]| -> Vec<usize> {
        words.iter().flat_map(|word| text.match_indices(word).map(|(at, _)| at)).collect()
    };
    let limits = places(&["limit", "maxim"]);
    let mut topics = places(&["connect", "connex", "verbindung"]);
    topics.extend(&limits);
    let nearest = |to: &[usize], at: usize| to.iter().map(|place| place.abs_diff(at)).min().unwrap_or(usize::MAX);
    let near: Vec<(usize, u64)> =
        numbers::within(&text).into_iter().filter(|(at, _)| nearest(&topics, *at) <= NEAR_BYTES).collect();
    if near.len() < 2 {
        return None;
    }
    let (limit_at, limit) = near.iter().copied().min_by_key(|(at, _)| nearest(&limits, *at))?;
    let current = near.iter().find(|(at, _)| *at != limit_at).map(|(_, number)| *number)?;
    Some((current, limit))
}

/// An NTSTATUS as the manifest writes it: hexadecimal with `0x`, or decimal.
fn status(text: &str) -> Option<u32> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn name(text: &str) -> String {
    let text = text.trim().trim_start_matches('\\');
    text[..text.floor_char_boundary(MAX_NAME_BYTES)].to_owned()
}
