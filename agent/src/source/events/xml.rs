//! The fields of an event's XML. Bounded in depth and count; references are resolved for the five predefined entities and
//! characters only, so nothing can expand.

use jiff::Timestamp;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event as Piece};
use quick_xml::reader::Reader;

use super::parse::EventError;

const MAX_DEPTH: usize = 16;
/// Records of the watched family have at most a dozen.
const MAX_FIELDS: usize = 128;

/// An event as its XML states it, before anything is made of it.
#[derive(Debug, Default)]
pub(super) struct RawEvent {
    pub(super) provider: String,
    pub(super) event_id: Option<u32>,
    pub(super) level: u8,
    pub(super) recorded_at: Option<i64>,
    pub(super) record_id: Option<u64>,
    pub(super) channel: String,
    pub(super) computer: String,
    /// `EventData/Data`, in order.
    pub(super) strings: Vec<String>,
    /// Named fields: `UserData/*/field` and `EventData/Data[@Name]`.
    pub(super) fields: Vec<(String, String)>,
    /// `EventData/Binary`, hexadecimal.
    pub(super) binary: String,
    pub(super) message: Option<String>,
}

pub(super) fn read(xml: &str) -> Result<RawEvent, EventError> {
    let mut reader = Reader::from_str(xml);
    let mut walk = Walk::default();
    loop {
        let piece = reader.read_event().map_err(|e| EventError::Malformed(e.to_string()))?;
        match piece {
            Piece::Start(start) => walk.open(&start)?,
            Piece::Empty(start) => {
                walk.open(&start)?;
                walk.close();
            }
            Piece::End(_) => walk.close(),
            Piece::Text(text) => walk.text.push_str(&text.xml10_content()),
            Piece::CData(text) => walk.text.push_str(&text.xml10_content()),
            Piece::GeneralRef(reference) => walk.text.push_str(&resolve(&reference)),
            Piece::Eof => break,
            Piece::Comment(_) | Piece::Decl(_) | Piece::PI(_) | Piece::DocType(_) => {}
        }
    }
    if walk.path.is_empty() { Ok(walk.event) } else { Err(EventError::Malformed("it ends too early".to_owned())) }
}

#[derive(Default)]
struct Walk {
    path: Vec<String>,
    /// Text of the innermost element so far.
    text: String,
    /// `Name` of the innermost `Data`.
    data_name: Option<String>,
    event: RawEvent,
}

impl Walk {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), EventError> {
        if self.path.len() >= MAX_DEPTH {
            return Err(EventError::TooDeep);
        }
        self.path.push(start.local_name().as_ref().to_owned());
        self.text.clear();
        self.data_name = None;
        match steps(&self.path).as_slice() {
            ["Event", "System", "Provider"] => self.event.provider = attribute(start, "Name")?.unwrap_or_default(),
            ["Event", "System", "TimeCreated"] => {
                self.event.recorded_at = attribute(start, "SystemTime")?.as_deref().and_then(instant);
            }
            ["Event", "EventData", "Data"] => self.data_name = attribute(start, "Name")?,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) {
        let text = std::mem::take(&mut self.text);
        let trimmed = text.trim();
        let room = self.event.strings.len() + self.event.fields.len() < MAX_FIELDS;
        let name = self.data_name.take();
        match steps(&self.path).as_slice() {
            ["Event", "System", "EventID"] => self.event.event_id = trimmed.parse().ok(),
            ["Event", "System", "Level"] => self.event.level = trimmed.parse().unwrap_or_default(),
            ["Event", "System", "EventRecordID"] => self.event.record_id = trimmed.parse().ok(),
            ["Event", "System", "Channel"] => self.event.channel = trimmed.to_owned(),
            ["Event", "System", "Computer"] => self.event.computer = trimmed.to_owned(),
            ["Event", "EventData", "Binary"] => self.event.binary = text,
            ["Event", "RenderingInfo", "Message"] => self.event.message = Some(trimmed.to_owned()),
            ["Event", "EventData", "Data"] if room => match name {
                Some(name) => self.event.fields.push((name, text)),
                None => self.event.strings.push(text),
            },
            ["Event", "UserData", _, field] if room => {
                let field = (*field).to_owned();
                self.event.fields.push((field, text));
            }
            _ => {}
        }
        self.path.pop();
    }
}

/// The names on the way from the root to the innermost element.
fn steps(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, EventError> {
    let malformed = |e: &dyn std::fmt::Display| EventError::Malformed(e.to_string());
    let Some(found) = start.try_get_attribute(name).map_err(|e| malformed(&e))? else { return Ok(None) };
    let value = found.normalized_value(XmlVersion::Implicit1_0).map_err(|e| malformed(&e))?;
    Ok(Some(value.into_owned()))
}

/// What a reference stands for; one to an entity that somebody would have to declare stays as it is written.
fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name: &str = reference;
    match name {
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "amp" => "&".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        other => format!("&{other};"),
    }
}

fn instant(text: &str) -> Option<i64> {
    text.trim().parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}
