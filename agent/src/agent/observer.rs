//! Looks at the host when it is time, and stores what was seen.

use highwater_wire::{Event, Gap, GapReason, Record};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Summary;
use super::sampling::{Fullness, Intervals};
use super::schedule::{Schedule, is_watched};
use crate::clock::Clock;
use crate::config::Sampling;
use crate::notice::{self, Warner};
use crate::ship::Standing;
use crate::source::{Report, Source, SourceError};
use crate::spool::{Shared, SpoolError};

/// While the source keeps failing, how often that is said again.
const FAILURE_EVERY_MS: i64 = 5 * 60 * 1_000;

/// An older event is history that is read back: it is no reason to look now.
const NEWS_MS: i64 = 5 * 60 * 1_000;

pub(super) struct Observer {
    pub(super) source: Box<dyn Source>,
    pub(super) spool: Shared,
    pub(super) clock: Clock,
    pub(super) sampling: Sampling,
    pub(super) warner: Warner,
    pub(super) standing: watch::Receiver<Standing>,
    pub(super) appended: watch::Sender<u64>,
}

/// What the observer remembers between two looks.
#[derive(Debug)]
struct Memory {
    summary: Summary,
    fullness: Fullness,
    schedule: Schedule,
    /// When the source last worked, or was last said not to.
    told_until: Option<i64>,
    is_failing: bool,
    /// Records that could not be stored.
    unstored: Option<Gap>,
    ended: bool,
}

impl Observer {
    /// Observes until it is told to stop, or the source ends.
    pub(super) async fn run(mut self, stop: CancellationToken) -> (Summary, bool) {
        let mut memory = Memory {
            summary: Summary::default(),
            fullness: Fullness::Calm,
            schedule: Schedule::new(Instant::now()),
            told_until: None,
            is_failing: false,
            unstored: None,
            ended: false,
        };
        self.tell_absence(&mut memory).await;
        while !memory.ended {
            let (due, event) = memory.schedule.next();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = until(due) => {
                    if stop.run_until_cancelled(self.look(&mut memory, event)).await.is_none() {
                        break;
                    }
                }
                heard = self.source.arrived() => {
                    if stop.run_until_cancelled(self.hear(&mut memory, heard)).await.is_none() {
                        break;
                    }
                }
                Ok(()) = self.standing.changed() => {
                    let secs = self.intervals().at(memory.fullness);
                    memory.schedule.reset(secs);
                }
            }
        }
        (memory.summary, memory.ended)
    }

    fn intervals(&self) -> Intervals {
        Intervals::new(self.sampling, &self.standing.borrow().settings)
    }

    /// Says that nobody looked while this agent was not running.
    async fn tell_absence(&mut self, memory: &mut Memory) {
        let now_at = self.clock.now_at();
        let Some(last_at) = self.spool.with(|spool| spool.last_at()).await else { return };
        if now_at.saturating_sub(last_at) > 2_000 * i64::from(self.intervals().calm_secs()) {
            let gap = gap(GapReason::AgentStopped, last_at, now_at, "The agent was not running.");
            self.store(memory, vec![Record::Gap(gap)]).await;
        }
    }

    async fn look(&mut self, memory: &mut Memory, event: Option<u64>) {
        let (now_at, now) = (self.clock.now_at(), Instant::now());
        let secs = self.intervals().at(memory.fullness);
        memory.schedule.observed(now, secs);
        let records = match self.source.observe(now_at, secs).await {
            Ok(report) => {
                self.warn(&report);
                self.seen(memory, report, Look { now_at, now, secs, event })
            }
            Err(error) => {
                if !memory.is_failing {
                    tracing::warn!(source = self.source.name(), %error, "the source fails; trying again as usual");
                }
                let is_news = !memory.is_failing;
                memory.is_failing = true;
                let since = memory.told_until.unwrap_or(now_at);
                // A clock that was set back must not silence this for years.
                let is_due = is_news || !(0..FAILURE_EVERY_MS).contains(&(now_at - since));
                if is_due {
                    memory.told_until = Some(now_at);
                    vec![Record::Gap(gap(GapReason::SourceFailed, since, now_at, &error.0))]
                } else {
                    Vec::new()
                }
            }
        };
        self.store(memory, records).await;
    }

    /// What the source told without being asked. A watched event that is news is reason to look at once, and a few times more.
    async fn hear(&mut self, memory: &mut Memory, heard: Result<Report, SourceError>) {
        let report = match heard {
            Ok(report) => report,
            Err(error) => {
                tracing::warn!(source = self.source.name(), %error, "the source cannot tell what happened");
                return;
            }
        };
        let now_at = self.clock.now_at();
        let is_news = |e: &&Event| is_watched(e) && now_at.saturating_sub(e.recorded_at) < NEWS_MS;
        let watched = report.events.iter().find(is_news).map(|e| e.record_id);
        let starts = watched.filter(|id| memory.schedule.event(*id, Instant::now()));
        memory.summary.events += report.events.len() as u64;
        let gaps = report.gaps.into_iter().map(Record::Gap);
        let records = gaps.chain(report.events.into_iter().map(Record::Event)).collect();
        self.store(memory, records).await;
        if starts.is_some() {
            self.look(memory, starts).await;
        }
    }

    /// Says in the host's own log what its administrator should know at once. Nobody waits for that log.
    fn warn(&mut self, report: &Report) {
        let notice = report.snapshots.last().and_then(|last| self.warner.seen(last));
        if let Some(notice) = notice {
            tokio::task::spawn_blocking(move || notice::tell(&notice));
        }
    }

    /// Turns a report into records, and learns from it when to look next.
    fn seen(&self, memory: &mut Memory, mut report: Report, look: Look) -> Vec<Record> {
        let mut records = Vec::new();
        if std::mem::take(&mut memory.is_failing) {
            tracing::info!(source = self.source.name(), "the source works again");
            let since = memory.told_until.unwrap_or(look.now_at);
            records.push(Record::Gap(gap(GapReason::SourceFailed, since, look.now_at, "The source failed.")));
        }
        memory.told_until = Some(look.now_at);
        memory.ended = report.ended;
        let watched = report.events.iter().find(|e| is_watched(e)).map(|e| e.record_id);
        let starts = watched.filter(|id| memory.schedule.event(*id, look.now));
        if let Some(last) = report.snapshots.last() {
            memory.fullness = Fullness::of(last);
        }
        let secs = self.intervals().at(memory.fullness);
        memory.schedule.reset(secs);
        for snapshot in &mut report.snapshots {
            snapshot.burst_of = snapshot.burst_of.or(starts).or(look.event);
            // It was given the interval as it was before this look.
            if snapshot.sampling_secs == look.secs {
                snapshot.sampling_secs = secs;
            }
        }
        memory.summary.snapshots += report.snapshots.len() as u64;
        memory.summary.events += report.events.len() as u64;
        records.extend(report.facts.map(Record::Host));
        records.extend(report.gaps.into_iter().map(Record::Gap));
        records.extend(report.events.into_iter().map(Record::Event));
        records.extend(report.counters.map(Record::Counters));
        records.extend(report.snapshots.into_iter().map(Record::Snapshot));
        records
    }

    async fn store(&mut self, memory: &mut Memory, mut records: Vec<Record>) {
        let count = records.len() as u64;
        if count == 0 {
            return;
        }
        memory.summary.gaps += records.iter().filter(|r| matches!(r, Record::Gap(_))).count() as u64;
        if let Some(gap) = &memory.unstored {
            records.insert(0, Record::Gap(Gap { to_at: self.clock.now_at(), ..gap.clone() }));
        }
        match self.spool.with(move |spool| spool.append(records)).await {
            Ok(()) => {
                if memory.unstored.take().is_some() {
                    tracing::info!("records are stored again");
                }
                self.source.kept();
                self.appended.send_modify(|appended| *appended += 1);
            }
            Err(error) => self.not_stored(memory, count, &error),
        }
    }

    fn not_stored(&self, memory: &mut Memory, count: u64, error: &SpoolError) {
        let now_at = self.clock.now_at();
        let gap = memory.unstored.get_or_insert_with(|| {
            tracing::error!(%error, "records cannot be stored");
            let detail = format!("The agent could not store what it saw: {error}.");
            Gap { lost_records: Some(0), ..gap(GapReason::SpoolFull, now_at, now_at, &detail) }
        });
        gap.lost_records = gap.lost_records.map(|lost| lost + count);
    }
}

/// Ready at once for what is due: a timer alone may take another millisecond, in which what the source tells would come first.
async fn until(due: Instant) {
    if due > Instant::now() {
        tokio::time::sleep_until(due).await;
    }
}

/// One look: when it was, what interval was in force, and the event that it was for.
#[derive(Debug, Clone, Copy)]
struct Look {
    now_at: i64,
    now: Instant,
    secs: u32,
    event: Option<u64>,
}

fn gap(reason: GapReason, from_at: i64, to_at: i64, detail: &str) -> Gap {
    let detail = detail.chars().take(500).collect();
    Gap { from_at: from_at.min(to_at), to_at, reason, lost_records: None, detail }
}
