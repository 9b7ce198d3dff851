//! What is kept of an event where names of users are not.
//!
//! In the record and its message a name may stand anywhere, in the words of whatever program wrote them: nobody can tell which words are one, so
//! neither is kept. What was read out of them is kept as far as no name can be in it: figures, and texts of a known shape.

use serde_json::{Map, Value};

use super::event::NewEvent;

/// Beside what was read out: the record or the message was there, and was left out. No agent can say so: it is no part of the wire.
pub const MARK: &str = "record_removed";
/// A computer's full name has no more.
const MAX_COMPUTER_BYTES: usize = 255;
/// Names of values in the registry are words.
const MAX_WORD_BYTES: usize = 64;
/// What can be full, as agents say it.
const TABLES: [&str; 4] = ["file", "search", "session", "tree_connect"];

/// The event without what its host wrote in its own words.
#[must_use]
pub fn event(event: &NewEvent) -> NewEvent {
    let was_there = !event.xml.is_empty() || event.message.is_some();
    NewEvent {
        channel: event.channel.clone(),
        provider: event.provider.clone(),
        computer: event.computer.clone(),
        xml: String::new(),
        message: None,
        decoded: decoded(&event.decoded, was_there),
        ..*event
    }
}

/// What was read out of a record, as far as no name of a user can stand in it: JSON, from JSON. With the [`MARK`] if something `was_there`, or it
/// had one.
#[must_use]
pub fn decoded(json: &str, was_there: bool) -> String {
    let mut values = match serde_json::from_str(json) {
        Ok(Value::Object(values)) => values,
        _ => Map::new(),
    };
    values.retain(|name, value| match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => is_nameless(name, text),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    });
    if was_there {
        values.insert(MARK.to_owned(), Value::Bool(true));
    }
    Value::Object(values).to_string()
}

/// Whether something was left out of what is kept of an event.
#[must_use]
pub fn is_marked(decoded: &str) -> bool {
    decoded.contains(MARK) && serde_json::from_str::<Value>(decoded).is_ok_and(|values| values[MARK] == true)
}

fn is_nameless(name: &str, text: &str) -> bool {
    match name {
        // Computers have names of their own, with every session.
        "client" => text.len() <= MAX_COMPUTER_BYTES && text.chars().all(is_of_computer),
        "disk" => matches!(text.as_bytes(), [letter, b':'] | [letter, b':', b'\\'] if letter.is_ascii_alphabetic()),
        "table" => TABLES.contains(&text),
        "registry_value" => text.len() <= MAX_WORD_BYTES && text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        _ => false,
    }
}

/// In a name or address of a computer. `\` and `@` make it somebody's.
fn is_of_computer(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '%' | '[' | ']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::EventClass;

    #[test]
    fn figures_and_names_of_computers_are_kept_and_what_may_name_somebody_is_not() {
        let kept = |json: &str| decoded(json, false);
        let all = r#"{"binary_mismatch":true,"client":"PC-1.corp.example","count":3,"disk":"C:","registry_value":"IRPStackSize","table":"session"}"#;
        assert_eq!(kept(all), all);
        for client in ["10.1.2.3", "fe80::1%12", "[fe80::1]", "pc_1", "poste-élan"] {
            let json = format!(r#"{{"client":"{client}"}}"#);
            assert_eq!(kept(&json), json);
        }
        for other in [
            r#"{"client":"CORP\\ann"}"#,
            r#"{"client":"ann@corp.example"}"#,
            r#"{"client":"Ann Miller"}"#,
            r#"{"disk":"C:\\Users\\ann"}"#,
            r#"{"table":"ann"}"#,
            r#"{"registry_value":"of ann"}"#,
            r#"{"user":"ann"}"#,
            r#"{"client":["ann"]}"#,
            r#"{"client":{"user":"ann"}}"#,
            r#"["ann"]"#,
            "ann",
            "",
        ] {
            assert_eq!(kept(other), "{}", "{other}");
        }
    }

    #[test]
    fn what_was_left_out_is_known_and_nothing_else_is() {
        let new = |xml: &str, message: Option<&str>| NewEvent {
            channel: "System".into(),
            provider: "Srv".into(),
            record_id: 1,
            log_epoch: 0,
            recorded_at: 2,
            code: 2_022,
            level: 3,
            class: EventClass::Capacity,
            computer: "FS01".into(),
            xml: xml.into(),
            message: message.map(str::to_owned),
            decoded: r#"{"count":3}"#.into(),
        };
        for (xml, message) in [("<Event>ann</Event>", None), ("", Some("ann"))] {
            let kept = event(&new(xml, message));
            assert_eq!((kept.xml.as_str(), kept.message.as_deref()), ("", None));
            assert_eq!(kept.decoded, r#"{"count":3,"record_removed":true}"#);
            assert!(is_marked(&kept.decoded));
            assert_eq!(event(&kept).decoded, kept.decoded, "once more it is the same");
            assert_eq!((kept.provider.as_str(), kept.computer.as_str(), kept.code), ("Srv", "FS01", 2_022));
        }
        assert_eq!(event(&new("", None)).decoded, r#"{"count":3}"#);
        for other in
            ["", "{}", MARK, r#"{"client":"record_removed"}"#, r#"{"record_removed":false}"#, r#"["record_removed"]"#]
        {
            assert!(!is_marked(other), "{other}");
        }
    }
}
