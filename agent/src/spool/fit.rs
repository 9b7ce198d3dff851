//! Makes records fit the wire: a snapshot too large for one record becomes parts, text too long is cut. The server refuses what
//! exceeds its limits, and one hostile client name must not cost a whole snapshot.

use highwater_wire::{
    Counters, Event, MAX_MESSAGE_BYTES, MAX_NAME_BYTES, MAX_PART_SESSIONS, MAX_PARTS, MAX_SHARES, MAX_XML_BYTES, Part,
    Record, Session, Snapshot,
};

/// Most bytes of JSON in one part: even names that do not compress at all stay below the wire's 1 MiB.
const MAX_PART_BYTES: usize = 768 << 10;

/// A share's name has 80 characters at most on Windows (NNLEN, lmcons.h); a thousand of these fit a record.
const MAX_SHARE_NAME_BYTES: usize = 320;

/// The records to store for this one, in order.
pub(crate) fn fit(record: Record) -> Vec<Record> {
    match record {
        Record::Snapshot(snapshot) => split(snapshot).into_iter().map(Record::Snapshot).collect(),
        Record::Event(event) => vec![Record::Event(cut_event(event))],
        Record::Counters(counters) => vec![Record::Counters(cut_counters(counters))],
        other => vec![other],
    }
}

fn split(mut snapshot: Snapshot) -> Vec<Snapshot> {
    let mut parts: Vec<Vec<Session>> = vec![Vec::new()];
    let mut bytes = 0;
    for mut session in std::mem::take(&mut snapshot.sessions) {
        cut(&mut session.client, MAX_NAME_BYTES);
        cut(&mut session.user, MAX_NAME_BYTES);
        let size = serde_json::to_vec(&session).map_or(0, |json| json.len() + 1);
        let full = parts.last().is_none_or(|part| part.len() == MAX_PART_SESSIONS || bytes + size > MAX_PART_BYTES);
        if full {
            if parts.len() == MAX_PARTS as usize {
                snapshot.partial = true;
                break;
            }
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(part) = parts.last_mut() {
            part.push(session);
        }
    }
    let of = u32::try_from(parts.len()).unwrap_or(MAX_PARTS);
    let part = |index| (of > 1).then_some(Part { index, of });
    let of_part =
        |(index, sessions)| Snapshot { part: part(index), sessions, source: snapshot.source.clone(), ..snapshot };
    (0..of).zip(parts).map(of_part).collect()
}

fn cut_event(mut event: Event) -> Event {
    cut(&mut event.xml, MAX_XML_BYTES);
    if let Some(message) = &mut event.message {
        cut(message, MAX_MESSAGE_BYTES);
    }
    for name in [&mut event.channel, &mut event.provider, &mut event.computer] {
        cut(name, MAX_NAME_BYTES);
    }
    event
}

/// Those with a limit of their own say most, then those that are used most.
fn cut_counters(mut counters: Counters) -> Counters {
    if let Some(shares) = &mut counters.shares {
        if shares.len() > MAX_SHARES {
            shares.sort_by_key(|share| (share.most_uses.is_none(), std::cmp::Reverse(share.uses)));
            shares.truncate(MAX_SHARES);
        }
        shares.iter_mut().for_each(|share| cut(&mut share.name, MAX_SHARE_NAME_BYTES));
    }
    counters
}

/// Cuts to at most `most` bytes, between two characters.
fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_wire::{Limit, LimitSource, Share};

    fn snapshot(sessions: Vec<Session>) -> Snapshot {
        let limit = Limit { sessions: None, unlimited: true, source: LimitSource::SambaConf };
        let source = "samba".to_owned();
        Snapshot { taken_at: 5, source, sampling_secs: 60, limit, partial: false, part: None, burst_of: None, sessions }
    }

    fn session(client: String) -> Session {
        Session { client, user: "é".repeat(600), opens: Some(1), age_secs: None, idle_secs: None }
    }

    #[test]
    fn a_snapshot_of_common_size_stays_one_record() {
        let whole = snapshot((0..200).map(|i| session(i.to_string())).collect());
        let parts = split(whole);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].part, None);
    }

    #[test]
    fn a_large_snapshot_becomes_parts_that_keep_every_session_in_order() {
        let sessions: Vec<_> = (0..25_000).map(|i| Session { user: String::new(), ..session(i.to_string()) }).collect();
        let parts = split(snapshot(sessions.clone()));
        assert!(parts.len() >= 3);
        let of = u32::try_from(parts.len()).unwrap();
        assert!(parts.iter().zip(0..).all(|(p, index)| p.part == Some(Part { index, of })));
        assert!(parts.iter().all(|p| serde_json::to_vec(p).unwrap().len() < 1 << 20));
        let together: Vec<_> = parts.into_iter().flat_map(|p| p.sessions).collect();
        assert_eq!(together, sessions);
    }

    #[test]
    fn names_too_long_for_the_server_are_cut_between_characters() {
        let parts = split(snapshot(vec![session("x".repeat(5_000))]));
        let session = &parts[0].sessions[0];
        assert_eq!(session.client.len(), MAX_NAME_BYTES);
        assert_eq!(session.user, "é".repeat(512));
    }

    #[test]
    fn of_too_many_shares_those_that_say_most_stay() {
        let share = |n: u32, most_uses| Share { name: "\u{1}".repeat(900), uses: n, most_uses, unlimited: false };
        let mut shares: Vec<_> = (0..3_000).map(|n| share(n, None)).collect();
        shares.push(share(0, Some(10)));
        let counters = Counters { shares: Some(shares), ..Counters::default() };
        let [Record::Counters(fitted)] = &fit(Record::Counters(counters))[..] else { panic!("one record") };
        let kept = fitted.shares.as_ref().unwrap();
        assert_eq!((kept.len(), kept[0].most_uses, kept[1].uses, kept[999].uses), (1_000, Some(10), 2_999, 2_001));
        assert!(serde_json::to_vec(fitted).unwrap().len() < 20 << 20);
    }

    #[test]
    fn a_snapshot_beyond_all_parts_is_marked_partial() {
        let sessions = (0..40_000).map(|i| session(format!("{i}{}", "\u{1}".repeat(1_000)))).collect();
        let parts = split(snapshot(sessions));
        assert_eq!(parts.len(), MAX_PARTS as usize);
        assert!(parts.iter().all(|p| p.partial && serde_json::to_vec(p).unwrap().len() < 1 << 20));
    }
}
