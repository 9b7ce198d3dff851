//! When sessions are worth a record, and what it says. Pure.

use std::collections::HashMap;
use std::fmt::Write as _;

use highwater_wire::{Session, Snapshot};

use super::Notice;

/// While it lasts it is said again: a tool that reads the last minutes of the log finds it.
const AGAIN_MS: i64 = 5 * 60 * 1_000;
/// So many clients are named.
const NAMED: usize = 3;

/// Says when sessions rise above a share of the limit.
#[derive(Debug)]
pub(crate) struct Warner {
    /// In per cent; 0 says nothing ever.
    percent: u32,
    told_at: Option<i64>,
}

impl Warner {
    pub(crate) fn new(percent: u32) -> Self {
        Self { percent, told_at: None }
    }

    /// The record that this snapshot is worth.
    pub(crate) fn seen(&mut self, snapshot: &Snapshot) -> Option<Notice> {
        let limit = snapshot.limit.sessions.filter(|limit| *limit > 0 && !snapshot.limit.unlimited)?;
        let sessions = snapshot.sessions.len() as u64;
        let percent = sessions.saturating_mul(100) / limit;
        if self.percent == 0 || percent < u64::from(self.percent) {
            self.told_at = None;
            return None;
        }
        // A clock that was set back must not silence this.
        if self.told_at.is_some_and(|told_at| (0..AGAIN_MS).contains(&(snapshot.taken_at - told_at))) {
            return None;
        }
        self.told_at = Some(snapshot.taken_at);
        let mut text = format!("{sessions} of {limit} SMB sessions are in use ({percent} %).");
        let _ = write!(text, " {}", held_by(&snapshot.sessions));
        text.push_str(if sessions >= limit {
            " Further clients are refused: \"no more connections can be made to this remote computer\"."
        } else {
            " At the limit, further clients are refused."
        });
        Some(Notice::Sessions(text))
    }
}

fn held_by(sessions: &[Session]) -> String {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for session in sessions {
        *counts.entry(session.client.as_str()).or_default() += 1;
    }
    let all = counts.len();
    let mut most: Vec<_> = counts.into_iter().collect();
    most.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    most.truncate(NAMED);
    let names: Vec<_> = most.into_iter().map(|(client, count)| format!("{} ({count})", plain(client))).collect();
    match all {
        0..=NAMED => format!("They are held by {}.", names.join(", ")),
        _ => format!("{all} clients hold them, most of them {}.", names.join(", ")),
    }
}

/// A client chose its name: in the log it is one word of what is printed, and no placeholder of a message.
fn plain(name: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || c == '%'
            || matches!(c, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    name.chars().take(64).map(|c| if hidden(c) { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_wire::{Limit, LimitSource};

    fn snapshot(taken_at: i64, clients: &[(&str, usize)], limit: Option<u64>) -> Snapshot {
        let session = |client: &str| Session {
            client: client.to_owned(),
            user: String::new(),
            opens: None,
            age_secs: None,
            idle_secs: None,
        };
        Snapshot {
            taken_at,
            source: "test".into(),
            sampling_secs: 60,
            limit: Limit { sessions: limit, unlimited: false, source: LimitSource::Api },
            partial: false,
            part: None,
            burst_of: None,
            sessions: clients.iter().flat_map(|(client, count)| vec![session(client); *count]).collect(),
        }
    }

    #[test]
    fn it_is_said_when_it_begins_and_every_five_minutes_while_it_lasts() {
        let mut warner = Warner::new(80);
        let mut told = Vec::new();
        for minute in 0..20 {
            let sessions = if (3..15).contains(&minute) { 16 } else { 15 };
            if warner.seen(&snapshot(minute * 60_000, &[("a", sessions)], Some(20))).is_some() {
                told.push(minute);
            }
        }
        assert_eq!(told, [3, 8, 13]);
        assert!(warner.seen(&snapshot(0, &[("a", 20)], Some(20))).is_some(), "the clock went back");
        assert!(warner.seen(&snapshot(-600_000, &[("a", 20)], Some(20))).is_some());
    }

    #[test]
    fn without_a_limit_or_a_threshold_nothing_is_said() {
        assert!(Warner::new(80).seen(&snapshot(0, &[("a", 900)], None)).is_none());
        assert!(Warner::new(0).seen(&snapshot(0, &[("a", 20)], Some(20))).is_none());
        assert!(Warner::new(80).seen(&snapshot(0, &[], Some(0))).is_none());
    }

    #[test]
    fn it_names_who_holds_them_and_hostile_names_stay_names() {
        let clients = [("10.0.0.7", 12), ("PC-1", 3), ("%1\u{202E}\n", 2), ("b", 2), ("c", 1)];
        let Some(notice) = Warner::new(80).seen(&snapshot(0, &clients, Some(20))) else { panic!("nothing said") };
        assert_eq!(
            notice.text(),
            "20 of 20 SMB sessions are in use (100 %). 5 clients hold them, most of them 10.0.0.7 (12), PC-1 (3), \u{FFFD}1\u{FFFD}\u{FFFD} (2). \
             Further clients are refused: \"no more connections can be made to this remote computer\"."
        );
        let Some(notice) = Warner::new(80).seen(&snapshot(0, &[("b", 17)], Some(20))) else { panic!("nothing said") };
        assert_eq!(
            notice.text(),
            "17 of 20 SMB sessions are in use (85 %). They are held by b (17). At the limit, further clients are refused."
        );
    }
}
