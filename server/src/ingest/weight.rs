//! What records make the store keep, in bytes. Never less than they do, but for pages that are not full and indexes: what those come to is said in
//! [`Quota`](crate::model::intake::Quota). Of snapshots only the row is counted here; the rest is known once they are encoded.

use highwater_wire as wire;

use super::Record;
use crate::model::event::NewEvent;
use crate::model::gap::Gap;
use crate::model::host::Facts;
use crate::model::intake::Amount;

/// From so many bytes on a row has SQLite's pages for itself, whole ones.
const LARGE_BYTES: u64 = 2_000;
const PAGE_BYTES: u64 = 4_096;
/// A text that is longer lies on a page of its own in an index of SQLite.
const LONG_BYTES: u64 = 940;
/// A row with its key and its place in an index.
const ROW_BYTES: u64 = 96;
/// A row of an event: it is in three indexes, and its channel in one of them.
const EVENT_BYTES: u64 = 256;
/// A cursor.
pub(super) const SPOOL_BYTES: u64 = 256;
/// A name's row and index.
const NAME_BYTES: u64 = 128;
/// A counter's value, packed.
const VALUE_BYTES: u64 = 10;

/// What new records take, without their names and without the sessions of their snapshots. A batch that brings nothing new costs nothing.
pub(super) fn amount(records: &[Record], bytes: usize) -> Amount {
    if records.is_empty() {
        return Amount::default();
    }
    let sessions = records.iter().flat_map(sessions).count();
    let mut amount =
        Amount { bytes: bytes as u64, records: records.len() as u64, sessions: sessions as u64, ..Amount::default() };
    for record in records {
        match record {
            Record::Event(event) => {
                amount.events += 1;
                amount.event_bytes += of_event(event);
            }
            Record::Facts(facts) => amount.stored += of_facts(facts),
            Record::Gap(gap) => amount.stored += of_gap(gap),
            Record::Counters(counters) => {
                let values = counters.reading.values.len() as u64;
                let shares = counters.shares.iter().flatten().filter(|share| share.most_uses.is_some());
                // Only shares with a limit of their own have a row for the day; the list is one, in place of the one before.
                amount.stored += ROW_BYTES + values * VALUE_BYTES;
                amount.stored += shares.map(|share| of_name(&share.name)).sum::<u64>();
            }
            Record::Snapshot(_) | Record::Unknown => amount.stored += ROW_BYTES,
        }
    }
    amount
}

pub(super) fn sessions(record: &Record) -> &[wire::Session] {
    if let Record::Snapshot(snapshot) = record { &snapshot.sessions } else { &[] }
}

/// What so many bytes in one row come to.
pub(super) fn on_pages(bytes: u64) -> u64 {
    if bytes < LARGE_BYTES { bytes } else { bytes.next_multiple_of(PAGE_BYTES) }
}

/// A name stands in its row and in an index.
pub(super) fn of_name(name: &str) -> u64 {
    name.len() as u64 + in_index(name) + NAME_BYTES
}

fn in_index(text: &str) -> u64 {
    let bytes = text.len() as u64;
    if bytes < LONG_BYTES { bytes } else { bytes + PAGE_BYTES }
}

pub(super) fn of_event(event: &NewEvent) -> u64 {
    let NewEvent { channel, provider, computer, xml, message, decoded, .. } = event;
    let texts = [channel, provider, computer, xml, decoded].map(|text| text.len() as u64).iter().sum::<u64>();
    on_pages(texts + message.as_ref().map_or(0, |text| text.len() as u64)) + in_index(channel) + EVENT_BYTES
}

fn of_gap(gap: &Gap) -> u64 {
    on_pages((gap.reason.len() + gap.detail.len()) as u64) + 2 * ROW_BYTES
}

/// They stand with the host, and among what it said before.
fn of_facts(facts: &Facts) -> u64 {
    let Facts { name, fqdn, domain, cluster, os, os_build, time_zone, boot_id, agent_version, .. } = facts;
    let fields = [name, fqdn, domain, cluster, os, os_build, time_zone, boot_id, agent_version];
    let settings = facts.settings.iter().flat_map(|(name, value)| [name, value]);
    let texts = fields.into_iter().chain(&facts.addresses).chain(settings);
    // Each with its quotes and comma; the names of the fields are in the row's share.
    2 * on_pages(2 * ROW_BYTES + texts.map(|text| in_json(text) + 4).sum::<u64>())
}

/// Bytes of a text in JSON: a control character takes six.
fn in_json(text: &str) -> u64 {
    let of = |byte: u8| match byte {
        0..=0x1f => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    };
    text.bytes().map(of).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::event::EventClass;

    fn event(xml: usize) -> Record {
        Record::Event(NewEvent {
            channel: "System".to_owned(),
            provider: "srv".to_owned(),
            record_id: 1,
            log_epoch: 0,
            recorded_at: 1,
            code: 2_019,
            level: 2,
            class: EventClass::Capacity,
            computer: "FS01".to_owned(),
            xml: "x".repeat(xml),
            message: Some("m".repeat(100)),
            decoded: "{}".to_owned(),
        })
    }

    #[test]
    fn events_weigh_what_they_say_and_nothing_else() {
        let amount = amount(&[event(8_192), event(0)], 9_000);
        assert_eq!((amount.events, amount.stored, amount.records), (2, 0, 2));
        // The first one is longer than two pages of SQLite.
        assert_eq!(amount.event_bytes, 3 * 4_096 + 256 + 6 + (6 + 3 + 4 + 2 + 100) + 256 + 6);
    }

    #[test]
    fn what_a_host_says_of_itself_weighs_as_much_as_its_json() {
        let settings = BTreeMap::from([("k".to_owned(), "\u{1}\"\\é".repeat(100))]);
        let facts = Facts { settings: settings.clone(), ..Facts::default() };
        let json = serde_json::to_string(&settings).unwrap();
        assert!(of_facts(&facts) >= 2 * json.len() as u64, "{json}");
        assert_eq!(in_json("\u{1}\"a"), 9);
    }

    #[test]
    fn nothing_new_weighs_nothing() {
        assert_eq!(amount(&[], 5_000), Amount::default());
        assert_eq!(of_name("four"), 136);
        assert_eq!(of_name(&"x".repeat(1_000)), 2_000 + 4_096 + 128, "a page of its own in the index");
        assert_eq!([1_999, 2_000, 4_097].map(on_pages), [1_999, 4_096, 8_192]);
    }
}
