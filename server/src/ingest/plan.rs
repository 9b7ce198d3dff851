//! What of a batch is new, and what a stored snapshot entails. Pure.

use std::cmp::Ordering;

use highwater_wire as wire;

use super::{Batch, Refusal};
use crate::history::pin::pin;
use crate::history::rollup::holds_until;
use crate::model::limit::{Limit, LimitSource};
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::{HOUR_MS, SECOND_MS, hour_start};
use crate::model::{ClientId, UserId};

/// Which records of a batch are to be stored: those from `skip` on. The cursor then stands at `acked_seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    pub skip: usize,
    pub acked_seq: u64,
}

/// What is new in a batch whose spool is stored up to `acked_seq`. A batch without records asks where the server stands, and
/// there is no hole before nothing.
///
/// # Errors
/// [`Refusal::SequenceHole`]: records are missing before it.
pub fn news(batch: &Batch, acked_seq: u64) -> Result<News, Refusal> {
    let expected_seq = acked_seq + 1;
    let after = batch.seq(batch.records.len());
    match batch.first_seq.cmp(&expected_seq) {
        _ if batch.records.is_empty() => Ok(News { skip: 0, acked_seq }),
        Ordering::Greater => Err(Refusal::SequenceHole { expected_seq }),
        _ if after <= expected_seq => Ok(News { skip: batch.records.len(), acked_seq }),
        _ => {
            let stored = usize::try_from(expected_seq - batch.first_seq).unwrap_or(batch.records.len());
            Ok(News { skip: stored, acked_seq: after - 1 })
        }
    }
}

/// The model's snapshot. `ids`: of the names of its sessions, in their order. Instants are cut to the second: sources state ages in
/// whole seconds, so that cut they are still within ± 1 s, and short in a frame.
pub(super) fn snapshot(stated: &wire::Snapshot, ids: &[(ClientId, UserId)]) -> Snapshot {
    debug_assert_eq!(stated.sessions.len(), ids.len());
    let ago = |secs: Option<u32>| secs.map(|secs| floor_second(stated.taken_at - i64::from(secs) * SECOND_MS));
    let session = |(s, (client, user)): (&wire::Session, &(ClientId, UserId))| Session {
        client: *client,
        user: *user,
        started_at: ago(s.age_secs),
        active_at: ago(s.idle_secs),
        opens: s.opens,
    };
    let mut sessions: Vec<_> = stated.sessions.iter().zip(ids).map(session).collect();
    sessions.sort_unstable();
    Snapshot {
        taken_at: stated.taken_at,
        source: stated.source.clone(),
        sampling_secs: stated.sampling_secs,
        limit: limit(stated.limit),
        partial: stated.partial,
        burst_of: stated.burst_of,
        sessions,
    }
}

fn floor_second(at: i64) -> i64 {
    at - at.rem_euclid(SECOND_MS)
}

fn limit(stated: wire::Limit) -> Limit {
    Limit {
        sessions: stated.sessions.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
        unlimited: stated.unlimited,
        source: match stated.source {
            wire::LimitSource::Api => LimitSource::Api,
            wire::LimitSource::Share => LimitSource::Share,
            wire::LimitSource::AssumedEdition => LimitSource::AssumedEdition,
            wire::LimitSource::AdminOverride => LimitSource::AdminOverride,
            wire::LimitSource::SambaConf => LimitSource::SambaConf,
            wire::LimitSource::Unknown => LimitSource::Unknown,
        },
    }
}

/// Puts the parts of one snapshot together, in order of index. If some are missing (the agent had to drop one), what is here
/// is a partial snapshot.
pub(super) fn whole(parts: Vec<(u32, wire::Snapshot)>) -> Option<wire::Snapshot> {
    let of = parts.first()?.1.part?.of;
    let is_complete = parts.iter().map(|(index, _)| *index).eq(0..of);
    let mut parts = parts.into_iter().map(|(_, part)| part);
    let mut whole = parts.next()?;
    for mut part in parts {
        whole.partial |= part.partial;
        whole.sessions.append(&mut part.sessions);
    }
    whole.partial |= !is_complete;
    whole.part = None;
    Some(whole)
}

/// Pins a snapshot to the one before it in its stream, if that is earlier.
pub(super) fn pin_to(previous: Option<&Snapshot>, next: &mut Snapshot) {
    if let Some(previous) = previous.filter(|p| p.taken_at < next.taken_at) {
        pin(previous, next);
    }
}

/// The hours whose sums change with this snapshot: its own, and those into which it, or the snapshot before it, holds true. If
/// the one before is unknown, it may have held true as long as any can.
pub(super) fn touched_hours(previous: Option<&Snapshot>, snapshot: &Snapshot) -> impl Iterator<Item = i64> + use<> {
    let longest = i64::from(super::check::MAX_SAMPLING_SECS) * 2 * SECOND_MS;
    let before_holds_until = match previous.filter(|p| p.taken_at < snapshot.taken_at) {
        Some(previous) => holds_until(previous),
        None => snapshot.taken_at + longest,
    };
    let first = hour_start(snapshot.taken_at);
    let last = hour_start(before_holds_until.max(holds_until(snapshot)) - 1).max(first);
    (0..=(last - first) / HOUR_MS).map(move |n| first + n * HOUR_MS)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
