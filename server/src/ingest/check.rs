//! Takes the wire's records into the model, or says in words why one can never be stored.

use highwater_wire as wire;

use super::decode::{MAX_SKEW_MS, MAX_SNAPSHOT_AGE_MS};
use super::{Counters, Record, paths};
use crate::model::counter::{Counter, Reading, Share};
use crate::model::event::NewEvent;
use crate::model::event_family;
use crate::model::gap::Gap;
use crate::model::host::Facts;
use crate::model::time::{EARLIEST_AT, LATEST_AT};

/// Longest time between two snapshots that is believed: what a snapshot holds true for has an end.
pub(super) const MAX_SAMPLING_SECS: u32 = 3_600;

/// Longest short text: versions, boot ids.
const MAX_SHORT_CHARS: usize = 128;
const MAX_ADDRESSES: usize = 64;
const MAX_SETTINGS: usize = 512;

/// Why a record is refused, without its number: a clause that starts small and has no full stop.
type Why = String;

pub(super) struct Checker {
    pub(super) now_at: i64,
}

impl Checker {
    pub(super) fn record(&self, record: wire::Record) -> Result<Record, Why> {
        Ok(match record {
            wire::Record::Snapshot(snapshot) => Record::Snapshot(self.snapshot(snapshot)?),
            wire::Record::Event(event) => Record::Event(self.event(event)?),
            wire::Record::Host(facts) => Record::Facts(self.facts(facts)?),
            wire::Record::Gap(gap) => Record::Gap(self.gap(gap)),
            wire::Record::Counters(counters) => Record::Counters(self.counters(counters)?),
            wire::Record::Unknown => Record::Unknown,
        })
    }

    /// Cuts a text that is for people and that nothing depends on.
    pub(super) fn short(&self, text: String) -> String {
        if text.len() <= MAX_SHORT_CHARS && !text.contains('\0') {
            return text;
        }
        without_nul(text).chars().take(MAX_SHORT_CHARS).collect()
    }

    fn snapshot(&self, mut snapshot: wire::Snapshot) -> Result<wire::Snapshot, Why> {
        let earliest_at = EARLIEST_AT.max(self.now_at.saturating_sub(MAX_SNAPSHOT_AGE_MS));
        self.instant("the snapshot", snapshot.taken_at, earliest_at)?;
        name("the source's name", &mut snapshot.source)?;
        snapshot.sampling_secs = snapshot.sampling_secs.clamp(1, MAX_SAMPLING_SECS);
        if snapshot.sessions.len() > wire::MAX_PART_SESSIONS {
            return Err(excess("the snapshot", "sessions", snapshot.sessions.len(), wire::MAX_PART_SESSIONS));
        }
        if let Some(part) = snapshot.part {
            let most = wire::MAX_PARTS;
            if part.of == 0 || part.of > most || part.index >= part.of {
                return Err(format!("it is part {} of {}; a snapshot has 1 to {most} parts", part.index, part.of));
            }
        }
        for session in &mut snapshot.sessions {
            name("the client's name", &mut session.client)?;
            name("the user's name", &mut session.user)?;
        }
        Ok(snapshot)
    }

    fn event(&self, mut event: wire::Event) -> Result<NewEvent, Why> {
        self.instant("the event", event.recorded_at, EARLIEST_AT)?;
        for (what, text) in [
            ("the channel's name", &mut event.channel),
            ("the provider's name", &mut event.provider),
            ("the computer's name", &mut event.computer),
        ] {
            name(what, text)?;
        }
        text("the event's XML", &mut event.xml, wire::MAX_XML_BYTES)?;
        if let Some(message) = &mut event.message {
            text("the event's message", message, wire::MAX_MESSAGE_BYTES)?;
        }
        for (what, number) in [("record_id", event.record_id), ("log_epoch", event.log_epoch)] {
            if i64::try_from(number).is_err() {
                return Err(format!("the event's {what} is 2^63 or more"));
            }
        }
        let decoded = serde_json::to_string(&event.decoded).map_err(|e| e.to_string())?;
        if decoded.len() > wire::MAX_XML_BYTES {
            return Err(excess("the event's decoded part", "bytes", decoded.len(), wire::MAX_XML_BYTES));
        }
        // After it was measured: what is taken out was sent, too.
        paths::take_out((&event.provider, event.code), &mut event.xml, &mut event.message);
        Ok(NewEvent {
            class: event_family::classify(&event.provider, event.code),
            channel: event.channel,
            provider: event.provider,
            record_id: event.record_id,
            log_epoch: event.log_epoch,
            recorded_at: event.recorded_at,
            code: event.code,
            level: event.level,
            computer: event.computer,
            xml: event.xml,
            message: event.message,
            decoded,
        })
    }

    fn facts(&self, facts: wire::HostFacts) -> Result<Facts, Why> {
        self.instant("the host's facts", facts.observed_at, EARLIEST_AT)?;
        let cut = |mut text: String| {
            text.truncate(text.floor_char_boundary(wire::MAX_NAME_BYTES));
            without_nul(text)
        };
        // The store keeps addresses in one text, parted by commas.
        let addresses = facts.addresses.into_iter().map(cut).filter(|a| !a.is_empty() && !a.contains(','));
        let settings = facts.settings.into_iter().map(|(key, value)| (cut(key), cut(value)));
        Ok(Facts {
            observed_at: facts.observed_at,
            name: cut(facts.name),
            fqdn: cut(facts.fqdn),
            domain: cut(facts.domain),
            cluster: cut(facts.cluster),
            is_domain_controller: facts.is_domain_controller,
            addresses: addresses.take(MAX_ADDRESSES).collect(),
            os: cut(facts.os),
            os_build: cut(facts.os_build),
            time_zone: cut(facts.time_zone),
            boot_id: cut(facts.boot_id),
            agent_version: cut(facts.agent_version),
            settings: settings.take(MAX_SETTINGS).collect(),
        })
    }

    fn counters(&self, counters: wire::Counters) -> Result<Counters, Why> {
        let earliest_at = EARLIEST_AT.max(self.now_at.saturating_sub(MAX_SNAPSHOT_AGE_MS));
        self.instant("the reading of counters", counters.read_at, earliest_at)?;
        if counters.values.len() > wire::MAX_COUNTERS {
            return Err(excess("the reading of counters", "values", counters.values.len(), wire::MAX_COUNTERS));
        }
        let known = |(word, value): (String, i64)| Some((Counter::from_word(&word)?, value));
        let mut values: Vec<(Counter, i64)> = counters.values.into_iter().filter_map(known).collect();
        values.sort_unstable();
        let since_at = counters.since_at.filter(|at| (EARLIEST_AT..=self.latest_at()).contains(at));
        let reading = Reading { read_at: counters.read_at, since_at, values };
        Ok(Counters { reading, shares: counters.shares.map(shares).transpose()? })
    }

    fn gap(&self, gap: wire::Gap) -> Gap {
        let possible = |at: i64| at.clamp(EARLIEST_AT, self.latest_at());
        let (from_at, to_at) = (possible(gap.from_at), possible(gap.to_at));
        Gap {
            from_at: from_at.min(to_at),
            to_at: from_at.max(to_at),
            reason: reason_word(gap.reason).to_owned(),
            lost_records: gap.lost_records.map(|n| n.min(i64::MAX.unsigned_abs())),
            detail: without_nul(gap.detail).chars().take(wire::MAX_NAME_BYTES).collect(),
        }
    }

    fn instant(&self, what: &str, at: i64, earliest_at: i64) -> Result<(), Why> {
        if at < earliest_at {
            let days = (self.now_at - earliest_at) / (24 * 3_600 * 1_000);
            return Err(format!("{what} is dated {at}, further back than the {days} days that can be stored"));
        }
        if at > self.latest_at() {
            return Err(format!(
                "{what} is dated {at}, {} seconds after the server's clock; {} are allowed",
                (at - self.now_at) / 1_000,
                MAX_SKEW_MS / 1_000
            ));
        }
        Ok(())
    }

    fn latest_at(&self) -> i64 {
        self.now_at.saturating_add(MAX_SKEW_MS).clamp(EARLIEST_AT, LATEST_AT - 1)
    }
}

fn shares(shares: Vec<wire::Share>) -> Result<Vec<Share>, Why> {
    if shares.len() > wire::MAX_SHARES {
        return Err(excess("the reading of counters", "shares", shares.len(), wire::MAX_SHARES));
    }
    let share = |mut share: wire::Share| {
        name("the share's name", &mut share.name)?;
        let (uses, most_uses) = (share.uses, share.most_uses);
        Ok(Share { name: share.name, uses, most_uses, is_unlimited: share.unlimited && most_uses.is_none() })
    };
    shares.into_iter().map(share).collect()
}

/// The word that the wire has for it.
fn reason_word(reason: wire::GapReason) -> &'static str {
    match reason {
        wire::GapReason::SpoolFull => "spool_full",
        wire::GapReason::SpoolCorrupt => "spool_corrupt",
        wire::GapReason::LogCleared => "log_cleared",
        wire::GapReason::LogWrapped => "log_wrapped",
        wire::GapReason::SourceFailed => "source_failed",
        wire::GapReason::AgentStopped => "agent_stopped",
        wire::GapReason::Refused => "refused",
        wire::GapReason::Other => "other",
    }
}

fn name(what: &str, name: &mut String) -> Result<(), Why> {
    text(what, name, wire::MAX_NAME_BYTES)
}

fn text(what: &str, text: &mut String, most: usize) -> Result<(), Why> {
    if text.len() > most {
        return Err(excess(what, "bytes", text.len(), most));
    }
    if text.contains('\0') {
        *text = without_nul(std::mem::take(text));
        // Each U+FFFD takes three bytes.
        text.truncate(text.floor_char_boundary(most));
    }
    Ok(())
}

/// PostgreSQL's text holds no U+0000.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// "the client's name has 3,000 bytes; 1,024 are allowed"
pub(super) fn excess(what: &str, unit: &str, found: usize, most: usize) -> String {
    format!("{what} has {} {unit}; {} are allowed", grouped(found), grouped(most))
}

pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
