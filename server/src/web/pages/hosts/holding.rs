//! Who held a host's sessions, over time.

use std::collections::HashMap;
use std::ops::Range;

use crate::chart::marks::Hatch;
use crate::chart::range::{Bucket, Span};
use crate::chart::stack::{self, NAMED, Shares, Stack, Step};
use crate::locale::Locale;
use crate::model::snapshot::Snapshot;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::model::usage::Usage;
use crate::model::{ClientId, HostId};
use crate::store::rank::{self, By, Finest, Scope, Whose};
use crate::store::{self, Db, names};

/// Snapshots × sessions that may be looked through for one page; beyond it hourly means are shown.
const MOST_SESSIONS: usize = 600_000;
/// The id of what a step shows that is made of sums.
const MEANS: &str = "host-stack-means";
/// Steps of a chart from snapshots.
const STEPS: i64 = 96;

/// The holders step by step.
#[derive(Debug)]
pub(super) struct Holding {
    steps: Vec<Step>,
    names: Vec<String>,
    /// The id of what a step shows.
    pub(super) what: &'static str,
}

impl Holding {
    #[must_use]
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Of the holders with a figure of their own in each step.
    #[must_use]
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The word for what a step shows, in files.
    #[must_use]
    pub(super) fn word(&self) -> &'static str {
        if self.what == MEANS { "mean" } else { "peak" }
    }

    #[must_use]
    pub(super) fn draw(
        &self,
        (span, locale): (Span, &Locale),
        (hatches, link): (Vec<Hatch>, &str),
        limit: Option<u32>,
        (moment_at, compared_at): (Option<i64>, Option<i64>),
    ) -> Stack {
        let (steps, names) = (&self.steps, &self.names);
        Stack::draw(stack::Source { span, steps, names, locale, link, hatches, limit, moment_at, compared_at })
    }
}

/// Over a day at most: who was connected at the peak of each step. Over more: means, which add up where peaks do not.
///
/// # Errors
/// The store does not answer.
pub(super) async fn over(
    db: &Db,
    host: HostId,
    (span, buckets, snapshots): (Span, &[Bucket], &[Snapshot]),
    top: &[rank::Row],
) -> store::Result<Option<Holding>> {
    if buckets.iter().all(|b| b.usage.peak.is_none()) {
        return Ok(None);
    }
    let aliases = store::aliases::all(db).await?;
    let applied = |all: &[Snapshot]| all.iter().map(|s| aliases.applied(s).into_owned()).collect::<Vec<_>>();
    if !snapshots.is_empty() {
        return of_snapshots(db, span, &applied(snapshots)).await.map(Some);
    }
    if span.length_ms() <= DAY_MS + HOUR_MS {
        let most = buckets.iter().filter_map(|b| b.usage.peak).map(|p| p.sessions).max().unwrap_or(0);
        let count: u32 = buckets.iter().map(|b| b.usage.snapshots).sum();
        let sessions = usize::try_from(u64::from(count) * u64::from(most)).unwrap_or(usize::MAX);
        if sessions <= MOST_SESSIONS {
            let snapshots = store::frames::range(db, host, span.from_at, span.to_at + 1).await?;
            // Of long ago they are not kept: then sums tell.
            if !snapshots.is_empty() {
                return of_snapshots(db, span, &applied(&snapshots)).await.map(Some);
            }
        }
    }
    of_means(db, host, (span, buckets), top).await.map(Some)
}

async fn of_snapshots(db: &Db, span: Span, snapshots: &[Snapshot]) -> store::Result<Holding> {
    let step_ms = ((span.length_ms() / STEPS) / MINUTE_MS).max(1) * MINUTE_MS;
    let peaks = peaks(span, snapshots, step_ms);
    let mut held: HashMap<ClientId, u64> = HashMap::new();
    for session in peaks.iter().flatten().flat_map(|s| &s.sessions) {
        *held.entry(session.client).or_default() += 1;
    }
    let mut clients: Vec<(ClientId, u64)> = held.into_iter().collect();
    clients.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
    let clients: Vec<ClientId> = clients.into_iter().take(NAMED).map(|(id, _)| id).collect();
    let named = names::clients(db, &clients).await?;
    let steps = peaks.iter().zip((span.from_at..).step_by(usize::try_from(step_ms).unwrap_or(1)));
    let step = |(peak, from_at): (&Option<&Snapshot>, i64)| Step {
        from_at,
        to_at: (from_at + step_ms).min(span.to_at),
        of: peak.map(|snapshot| shares(snapshot, &clients)),
    };
    Ok(Holding {
        steps: steps.map(step).collect(),
        names: clients.iter().map(|id| named.get(id).cloned().unwrap_or_default()).collect(),
        what: "host-stack-peaks",
    })
}

/// The fullest snapshot of each step. One that is taken seldom holds on into the steps after it.
fn peaks(span: Span, snapshots: &[Snapshot], step_ms: i64) -> Vec<Option<&Snapshot>> {
    let count = usize::try_from((span.length_ms() + step_ms - 1) / step_ms).unwrap_or(0);
    let mut peaks: Vec<Option<&Snapshot>> = vec![None; count];
    for (i, snapshot) in snapshots.iter().enumerate() {
        let longest = snapshot.taken_at + i64::from(snapshot.sampling_secs) * 2_000;
        let until_at = snapshots.get(i + 1).map_or(longest, |next| next.taken_at.min(longest)).min(span.to_at);
        let first = usize::try_from((snapshot.taken_at - span.from_at).div_euclid(step_ms)).unwrap_or(0);
        let last = usize::try_from((until_at - 1 - span.from_at).div_euclid(step_ms)).unwrap_or(0);
        if until_at <= span.from_at {
            continue;
        }
        for peak in peaks.iter_mut().take(last.saturating_add(1)).skip(first) {
            if peak.is_none_or(|p| snapshot.sessions.len() > p.sessions.len()) {
                *peak = Some(snapshot);
            }
        }
    }
    peaks
}

fn shares(snapshot: &Snapshot, clients: &[ClientId]) -> Shares {
    #[expect(clippy::cast_precision_loss, reason = "sessions of one host")]
    let count = |n: usize| n as f64;
    let of = |client: &ClientId| count(snapshot.sessions.iter().filter(|s| s.client == *client).count());
    Shares { named: clients.iter().map(of).collect(), all: count(snapshot.sessions.len()) }
}

async fn of_means(
    db: &Db,
    host: HostId,
    (span, buckets): (Span, &[Bucket]),
    top: &[rank::Row],
) -> store::Result<Holding> {
    let top = &top[..top.len().min(NAMED)];
    let ids: Vec<i64> = top.iter().map(|row| row.top.id).collect();
    let scope = Scope { whose: Whose::Host(host), from_at: span.from_at, to_at: span.to_at };
    let series = rank::series(db, By::Client, scope, &ids, Finest::Hours).await?;
    // Buckets become as long as the longest step of which sums are kept.
    let longest = series.steps.iter().map(|step| step.end - step.start).max().unwrap_or(HOUR_MS);
    let unit = longest.max(buckets[0].to_at - buckets[0].from_at);
    let step = |of: &[Bucket]| {
        let place = of[0].from_at.div_euclid(unit);
        let mut all = Usage::default();
        of.iter().for_each(|bucket| all.merge(&bucket.usage));
        let is_here = |step: &Range<i64>| step.start.div_euclid(unit) == place;
        let named = |id: &i64| {
            let steps = series.steps.iter().zip(series.of.get(id).into_iter().flatten());
            mean(steps.filter(|(step, _)| is_here(step)).map(|(_, ms)| ms).sum(), all.covered_ms)
        };
        let shares = Shares { named: ids.iter().map(named).collect(), all: mean(all.session_ms, all.covered_ms) };
        let (from_at, to_at) = (of[0].from_at, of[of.len() - 1].to_at);
        Step { from_at, to_at, of: (all.covered_ms > 0).then_some(shares) }
    };
    let chunks = buckets.chunk_by(|a, b| a.from_at.div_euclid(unit) == b.from_at.div_euclid(unit));
    Ok(Holding {
        steps: chunks.map(step).collect(),
        names: top.iter().map(|row| row.top.name.clone()).collect(),
        what: MEANS,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a mean is shown with two digits")]
fn mean(session_ms: i64, covered_ms: i64) -> f64 {
    session_ms as f64 / covered_ms.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use crate::model::limit::Limit;
    use crate::model::snapshot::Session;

    #[test]
    fn the_fullest_snapshot_stands_for_a_step_and_none_for_a_hole() {
        let snapshot = |taken_at, count| Snapshot {
            taken_at,
            source: "test".into(),
            sampling_secs: 60,
            limit: Limit::UNKNOWN,
            partial: false,
            burst_of: None,
            sessions: (0..count)
                .map(|n| Session {
                    client: ClientId(n),
                    user: UserId(1),
                    started_at: None,
                    active_at: None,
                    opens: None,
                })
                .collect(),
        };
        let snapshots = [snapshot(0, 1), snapshot(60_000, 3), snapshot(120_000, 2)];
        let peaks = peaks(Span { from_at: 0, to_at: 600_000 }, &snapshots, 120_000);
        let counts: Vec<_> = peaks.iter().map(|p| p.map(|s| s.sessions.len())).collect();
        assert_eq!(counts, [Some(3), Some(2), None, None, None]);
        assert_eq!(shares(&snapshots[1], &[ClientId(2), ClientId(9)]), Shares { named: vec![1.0, 0.0], all: 3.0 });
    }
}
