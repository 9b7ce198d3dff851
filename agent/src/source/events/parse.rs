//! One event's XML → [`Event`].

use highwater_wire::{Event, MAX_MESSAGE_BYTES, MAX_NAME_BYTES, MAX_XML_BYTES};

use super::decode::decode;
use super::xml::{RawEvent, read};

/// Longest XML that is looked at. The raw text that travels is cut at [`MAX_XML_BYTES`]; the decoded part is read from all.
pub const MAX_INPUT_BYTES: usize = 1 << 20;

/// Why a text is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("more than {MAX_INPUT_BYTES} bytes")]
    TooLong,
    #[error("elements nested too deeply")]
    TooDeep,
    #[error("not well-formed: {0}")]
    Malformed(String),
    #[error("the record has no usable {0}")]
    Missing(&'static str),
}

/// Reads one record as `EvtRender` or an export writes it. `rendered` is the message in the host's language where somebody
/// rendered it; else the one inside the XML, if any. `log_epoch` is 0: only the reader of the log knows it.
///
/// # Errors
/// When the text is no event: not well-formed, or without provider, id, record number or time.
pub fn parse_event(xml: &str, rendered: Option<&str>) -> Result<Event, EventError> {
    if xml.len() > MAX_INPUT_BYTES {
        return Err(EventError::TooLong);
    }
    let raw = read(xml)?;
    let message = rendered.map(str::to_owned).or_else(|| raw.message.clone());
    let message = message.filter(|text| !text.trim().is_empty());
    let code = raw.event_id.ok_or(EventError::Missing("EventID"))? & 0xFFFF;
    if raw.provider.is_empty() {
        return Err(EventError::Missing("Provider"));
    }
    let decoded = decode(&raw, code, message.as_deref());
    Ok(Event {
        record_id: raw.record_id.ok_or(EventError::Missing("EventRecordID"))?,
        log_epoch: 0,
        recorded_at: raw.recorded_at.ok_or(EventError::Missing("TimeCreated"))?,
        code,
        level: raw.level,
        channel: cut(&raw.channel, MAX_NAME_BYTES),
        provider: cut(&raw.provider, MAX_NAME_BYTES),
        computer: cut(&raw.computer, MAX_NAME_BYTES),
        xml: cut(xml, MAX_XML_BYTES),
        message: message.map(|text| cut(&text, MAX_MESSAGE_BYTES)),
        decoded,
    })
}

/// An event as a table tells it, without its record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    pub recorded_at: i64,
    /// Without qualifiers.
    pub code: u32,
    pub level: u8,
    pub provider: String,
    pub computer: String,
    pub message: Option<String>,
}

/// What can be said of such an event. It has no channel and no record number: whoever reads the table knows them, or makes them up.
#[must_use]
pub fn event_as_told(told: Told) -> Event {
    let raw = RawEvent { provider: told.provider, ..RawEvent::default() };
    let decoded = decode(&raw, told.code, told.message.as_deref());
    Event {
        record_id: 0,
        log_epoch: 0,
        recorded_at: told.recorded_at,
        code: told.code,
        level: told.level,
        channel: String::new(),
        provider: cut(&raw.provider, MAX_NAME_BYTES),
        computer: cut(&told.computer, MAX_NAME_BYTES),
        xml: String::new(),
        message: told.message.map(|text| cut(&text, MAX_MESSAGE_BYTES)),
        decoded,
    }
}

fn cut(text: &str, max: usize) -> String {
    text[..text.floor_char_boundary(max)].to_owned()
}

#[cfg(test)]
mod tests;
