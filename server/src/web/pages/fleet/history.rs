//! The fleet's past in memory: one small cell per host and step, derived from the store and kept until it is stale. A page of a
//! thousand hosts would otherwise read tens of thousands of records each time somebody looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::chart::range::{Range, Span};
use crate::model::HostId;
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS, SECOND_MS};
use crate::model::usage::Usage;
use crate::store;
use crate::web::Site;
use crate::web::error::Result;

/// A matrix is kept for this long at least.
const FRESH_MS: i64 = 30 * SECOND_MS;
/// In a demo somebody watches how weeks of history come in.
const DEMO_FRESH_MS: i64 = 2 * SECOND_MS;
/// And for this many times as long as it took to derive, so that looking never costs more than a fraction of a core.
const COST_FACTOR: i64 = 60;
/// One that was derived faster is derived anew while the visitor waits; a slower one is shown stale while that happens.
const QUICK_MS: i64 = 300;

/// What one host was in one step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cell {
    /// None if nothing was observed.
    pub peak_sessions: Option<u32>,
    /// When the peak was, in seconds from the start of the step.
    pub peak_after_secs: u32,
    pub full_secs: u32,
    /// None without a known limit.
    pub saturation: Option<f64>,
    pub is_unlimited: bool,
}

/// Hosts × steps of one range.
#[derive(Debug, Clone)]
pub struct Matrix {
    pub span: Span,
    pub step_ms: i64,
    pub steps: usize,
    hosts: HashMap<HostId, Box<[Cell]>>,
}

impl Matrix {
    fn empty(range: Range, now_at: i64) -> Self {
        let (span, step_ms) = (range.ending(now_at), range.step_ms());
        let steps = usize::try_from((span.length_ms() + step_ms - 1) / step_ms).unwrap_or(0);
        Self { span, step_ms, steps, hosts: HashMap::new() }
    }

    /// The host's cells from the start of the span on; none if it was never observed in it.
    #[must_use]
    pub fn of(&self, host: HostId) -> Option<&[Cell]> {
        self.hosts.get(&host).map(AsRef::as_ref)
    }

    #[must_use]
    pub fn step_at(&self, step: usize) -> i64 {
        self.span.from_at + i64::try_from(step).unwrap_or(0) * self.step_ms
    }

    /// Every host's cell of one step.
    pub fn step(&self, step: usize) -> impl Iterator<Item = &Cell> {
        self.hosts.values().filter_map(move |cells| cells.get(step))
    }

    fn add(&mut self, host: HostId, at: i64, usage: &Usage) {
        let Ok(step) = usize::try_from((at - self.span.from_at).div_euclid(self.step_ms)) else { return };
        if step >= self.steps || (usage.covered_ms == 0 && usage.peak.is_none()) {
            return;
        }
        let start_at = self.step_at(step);
        let cells = self.hosts.entry(host).or_insert_with(|| vec![Cell::default(); self.steps].into_boxed_slice());
        cells[step].add(usage, start_at);
    }
}

impl Cell {
    fn add(&mut self, usage: &Usage, start_at: i64) {
        let secs = |ms: i64| u32::try_from(ms / SECOND_MS).unwrap_or(0);
        self.full_secs += secs(usage.full_ms);
        if let Some(peak) = usage.peak
            && self.peak_sessions.is_none_or(|most| peak.sessions > most)
        {
            self.peak_sessions = Some(peak.sessions);
            self.peak_after_secs = secs(peak.at - start_at);
            self.is_unlimited = peak.limit.unlimited;
        }
        self.saturation = match (self.saturation, usage.max_saturation) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }
}

/// The matrices of all ranges. One for the whole server, put into requests by the router.
#[derive(Debug, Clone, Default)]
pub struct Histories(Arc<[Slot; Range::ALL.len()]>);

#[derive(Debug, Default)]
struct Slot {
    kept: Mutex<Option<Kept>>,
    /// Held by whoever derives a matrix, so that a crowd of visitors costs no more than one.
    deriving: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone)]
struct Kept {
    matrix: Arc<Matrix>,
    stale_at: i64,
    took_ms: i64,
}

impl Histories {
    /// # Errors
    /// The store does not answer.
    pub async fn of(&self, site: &Site, range: Range) -> Result<Arc<Matrix>> {
        let now_at = site.clock.now_at();
        match self.slot(range).get() {
            Some(kept) if now_at < kept.stale_at => return Ok(kept.matrix),
            Some(kept) if kept.took_ms > QUICK_MS => {
                self.derive_behind(site, range);
                return Ok(kept.matrix);
            }
            _ => {}
        }
        let _deriving = self.slot(range).deriving.lock().await;
        match self.slot(range).get() {
            Some(kept) if now_at < kept.stale_at => Ok(kept.matrix),
            _ => self.derive(site, range).await,
        }
    }

    fn slot(&self, range: Range) -> &Slot {
        &self.0[Range::ALL.iter().position(|r| *r == range).unwrap_or(0)]
    }

    fn derive_behind(&self, site: &Site, range: Range) {
        let Ok(deriving) = Arc::clone(&self.slot(range).deriving).try_lock_owned() else { return };
        let (this, site) = (self.clone(), site.clone());
        tokio::spawn(async move {
            if let Err(error) = this.derive(&site, range).await {
                tracing::warn!(%error, range = range.word(), "the fleet's history was not renewed");
            }
            drop(deriving);
        });
    }

    async fn derive(&self, site: &Site, range: Range) -> Result<Arc<Matrix>> {
        let started = tokio::time::Instant::now();
        let now_at = site.clock.now_at();
        let matrix = Arc::new(read(site, range, now_at).await?);
        let took_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX / COST_FACTOR);
        let fresh_ms = if site.public.is_demo { DEMO_FRESH_MS } else { FRESH_MS.max(took_ms * COST_FACTOR) };
        let stale_at = now_at + fresh_ms;
        self.slot(range).keep(Kept { matrix: Arc::clone(&matrix), stale_at, took_ms });
        Ok(matrix)
    }
}

impl Slot {
    fn get(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, kept: Kept) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    }
}

/// Reads the range in slices, so that a year of a large fleet is never in memory as records.
async fn read(site: &Site, range: Range, now_at: i64) -> Result<Matrix> {
    let mut matrix = Matrix::empty(range, now_at);
    let (is_fine, slice_ms) = if matrix.step_ms < HOUR_MS { (true, 6 * HOUR_MS) } else { (false, 7 * DAY_MS) };
    let Span { mut from_at, to_at } = matrix.span;
    // Whole hours: the store answers every hour that is touched, and none may be added twice.
    from_at = from_at.div_euclid(HOUR_MS) * HOUR_MS;
    while from_at < to_at {
        let until_at = (from_at + slice_ms).min(to_at);
        if is_fine {
            for hour in store::usage::of_fleet(&site.db, from_at, until_at).await? {
                let mut at = hour.hour_at;
                for cell in &hour.cells {
                    matrix.add(hour.host, at, cell);
                    at += CELL_MS;
                }
            }
        } else {
            for (host, hour_at, usage) in store::usage::hours_of_fleet(&site.db, from_at, until_at).await? {
                matrix.add(host, hour_at, &usage);
            }
        }
        from_at = until_at;
    }
    Ok(matrix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limit::{Limit, LimitSource};
    use crate::model::usage::Peak;

    #[test]
    fn a_cell_keeps_the_peak_its_moment_and_the_time_at_the_limit() {
        let now_at = 1_795_509_067_000;
        let mut matrix = Matrix::empty(Range::Week, now_at);
        let limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };
        let at = matrix.step_at(3);
        let usage = |sessions, at| Usage {
            covered_ms: CELL_MS,
            full_ms: if sessions >= 20 { 90_000 } else { 0 },
            peak: Some(Peak { sessions, at, limit }),
            max_saturation: limit.saturation(sessions),
            ..Usage::default()
        };
        for (sessions, after) in [(5, 0), (20, 600_000), (7, 1_200_000)] {
            matrix.add(HostId(1), at + after, &usage(sessions, at + after));
        }
        let cell = matrix.of(HostId(1)).unwrap()[3];
        assert_eq!((cell.peak_sessions, cell.peak_after_secs, cell.full_secs), (Some(20), 600, 90));
        assert_eq!(cell.saturation, Some(1.0));
        assert_eq!(matrix.of(HostId(1)).unwrap()[2], Cell::default());
        matrix.add(HostId(1), matrix.span.to_at + HOUR_MS, &usage(9, now_at));
        matrix.add(HostId(2), matrix.span.from_at - 1, &usage(9, now_at));
        assert_eq!(matrix.of(HostId(2)), None);
    }
}
