//! How events are counted and what a record holds, in words.

use super::Asked;
use crate::locale::{Locale, Message};
use crate::model::event::EventClass;
use crate::model::snapshot::Totals;
use crate::model::withheld;

/// A level by Windows' word for it.
#[must_use]
pub(in crate::web) fn level_word(level: u8) -> &'static str {
    match level {
        1 => "critical",
        2 => "error",
        3 => "warning",
        4 | 0 => "information",
        _ => "verbose",
    }
}

/// How many events there are, those of capacity first.
#[must_use]
pub(super) fn sentence(locale: &Locale, counts: &[(EventClass, u64)], asked: &Asked) -> String {
    let of = |class| counts.iter().find(|(c, _)| *c == class).map_or(0, |(_, n)| *n);
    let (capacity, foreign) = (of(EventClass::Capacity), of(EventClass::Foreign));
    let all: u64 = EventClass::ALL.iter().map(|class| of(*class)).sum();
    let is_any = asked.from.is_empty() && asked.to.is_empty();
    let said = locale.say(if all == 0 { "events-none" } else { "events-lead" });
    said.with("range", if is_any { "any" } else { "given" })
        .with("capacity", capacity)
        .with("family", all - foreign)
        .with("foreign", foreign)
        .into()
}

/// What a host held, within a sentence.
#[must_use]
pub(super) fn held(locale: &Locale, totals: &Totals, limit: Option<u32>) -> String {
    let said = locale.say("events-held").with("sessions", totals.sessions).with("clients", totals.clients);
    let said = known(said, "limit", limit);
    let said = known(said, "idle", totals.idle_sessions);
    known(said, "zero", totals.zero_open_sessions).into()
}

fn known(message: Message, name: &'static str, number: Option<u32>) -> Message {
    match number {
        Some(number) => message.with(name, number),
        None => message.with(name, "unknown"),
    }
}

/// The values that the agent read out of the record, named in words.
#[must_use]
pub(super) fn decoded(locale: &Locale, json: &str) -> Vec<(String, String)> {
    let Ok(serde_json::Value::Object(values)) = serde_json::from_str(json) else { return Vec::new() };
    // What was left out is said where it would stand.
    let values = values.into_iter().filter(|(name, _)| name != withheld::MARK);
    values.map(|(name, value)| (name_of(locale, &name), shown(locale, &name, value))).collect()
}

fn name_of(locale: &Locale, name: &str) -> String {
    let id = match name {
        "count" => "events-value-count",
        "window_secs" => "events-value-window",
        "client" => "events-value-client",
        "disk" => "events-value-disk",
        "table" => "events-value-table",
        "registry_value" => "events-value-registry",
        "win32_error" => "events-value-win32",
        "final_status" => return "NTSTATUS".to_owned(),
        "dump_word" => "events-value-dump",
        "binary_mismatch" => "events-value-mismatch",
        "claimed_current" => "events-value-current",
        "claimed_limit" => "events-value-limit",
        // Of a newer agent.
        other => return other.chars().take(1).flat_map(char::to_uppercase).chain(other.chars().skip(1)).collect(),
    };
    locale.say(id).into()
}

fn shown(locale: &Locale, name: &str, value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(table) if name == "table" => match table.as_str() {
            "file" | "search" | "session" | "tree_connect" => locale.say_of("events-table", &table).into(),
            _ => table,
        },
        serde_json::Value::String(text) => text,
        serde_json::Value::Bool(true) => locale.say("events-yes").into(),
        // As every document about them writes them.
        serde_json::Value::Number(n) if matches!(name, "final_status" | "dump_word") => {
            n.as_u64().map_or_else(|| n.to_string(), |n| format!("0x{n:08X}"))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, Zone};

    #[test]
    fn the_first_line_counts_foreign_events_apart() {
        let counts = [(EventClass::Capacity, 12), (EventClass::Noise, 3), (EventClass::Foreign, 40)];
        let [english, french] = Lang::ALL.map(|lang| Locale::new(lang, Zone::utc()));
        let said = |locale, counts: &[_], asked: &Asked| sentence(locale, counts, asked).replace('\u{a0}', " ");
        let any = Asked::default();
        assert_eq!(
            said(&english, &counts, &any),
            "12 capacity events; 15 events of the SMB server in all. 40 events with the same ids come from other providers and are \
             not counted."
        );
        assert_eq!(
            said(&french, &counts, &any),
            "12 événements de capacité ; 15 événements du serveur SMB en tout. 40 événements de mêmes ID viennent d’autres \
             fournisseurs et ne sont pas comptés."
        );
        assert_eq!(said(&english, &[], &any), "No event.");
        let since = Asked { from: "2026-11-01T00:00".into(), ..Asked::default() };
        assert_eq!(said(&english, &[], &since), "No event in this range.");
        let calm = [(EventClass::Noise, 1)];
        assert_eq!(said(&english, &calm, &since), "No capacity event in this range; 1 event of the SMB server in all.");
        assert_eq!(
            said(&french, &calm, &since),
            "Aucun événement de capacité sur cette période ; 1 événement du serveur SMB en tout."
        );
    }

    #[test]
    fn what_was_held_is_told_as_far_as_it_is_known() {
        let [english, french] = Lang::ALL.map(|lang| Locale::new(lang, Zone::utc()));
        let totals = Totals { sessions: 12, clients: 1, opens: None, idle_sessions: Some(4), zero_open_sessions: None };
        let said = |locale, limit| held(locale, &totals, limit).replace('\u{a0}', " ");
        assert_eq!(said(&english, Some(20)), "12 of 20 sessions by 1 client, 4 idle for 15 min or more");
        assert_eq!(said(&english, None), "12 sessions by 1 client, 4 idle for 15 min or more");
        assert_eq!(said(&french, Some(20)), "12 sessions sur 20 pour 1 client, dont 4 inactives depuis 15 min ou plus");
    }

    #[test]
    fn what_was_read_out_of_a_record_is_named() {
        let json = r#"{"final_status":3221225626,"table":"session","binary_mismatch":true,"spare_part":7}"#;
        let words = decoded(&Locale::machine(), json);
        assert!(words.contains(&("NTSTATUS".into(), "0xC000009A".into())), "{words:?}");
        assert!(words.contains(&("Full table".into(), "session".into())));
        assert!(words.contains(&("Spare_part".into(), "7".into())));
        assert!(decoded(&Locale::machine(), "not json").is_empty());
        assert!(decoded(&Locale::machine(), &withheld::decoded("{}", true)).is_empty());
    }
}
