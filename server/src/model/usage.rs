use super::id::HostId;
use super::limit::Limit;
use super::time::CELLS_PER_HOUR;

/// What one host's snapshots of some stretch add up to. Only sums and maxima, so that cells merge without loss: the maximum
/// over any range is the same at every zoom.
///
/// A snapshot holds true until the next one, but for twice its sampling interval at most: what lies beyond is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Snapshots taken within the stretch.
    pub snapshots: u32,
    /// How long the stretch was observed, in milliseconds.
    pub covered_ms: i64,
    /// Sum of sessions × time, in session-milliseconds.
    pub session_ms: i64,
    /// How long the host was full (one more session would have been refused).
    pub full_ms: i64,
    pub peak: Option<Peak>,
    /// Highest saturation (sessions ÷ the limit of that instant); none when the limit was unknown or none all the time.
    pub max_saturation: Option<f64>,
    pub max_opens: Option<u64>,
    pub max_clients: u32,
}

/// The most sessions at once, the first time they were that many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    pub sessions: u32,
    pub at: i64,
    /// The limit at that instant.
    pub limit: Limit,
}

/// One hour of one host: twelve cells of five minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageHour {
    pub host: HostId,
    pub hour_at: i64,
    pub cells: [Usage; CELLS_PER_HOUR],
}

impl Usage {
    /// Adds another stretch of the same host. In any order the result is the same.
    pub fn merge(&mut self, other: &Self) {
        self.snapshots += other.snapshots;
        self.covered_ms += other.covered_ms;
        self.session_ms += other.session_ms;
        self.full_ms += other.full_ms;
        self.peak = match (self.peak, other.peak) {
            (Some(a), Some(b)) if (b.sessions, -b.at) > (a.sessions, -a.at) => Some(b),
            (a, b) => a.or(b),
        };
        self.max_saturation = match (self.max_saturation, other.max_saturation) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        self.max_opens = self.max_opens.max(other.max_opens);
        self.max_clients = self.max_clients.max(other.max_clients);
    }

    /// Mean sessions while observed; none if nothing was.
    #[must_use]
    pub fn mean_sessions(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "session-milliseconds of one host stay far below 2^53")]
        (self.covered_ms > 0).then(|| self.session_ms as f64 / self.covered_ms as f64)
    }
}

impl UsageHour {
    #[must_use]
    pub fn total(&self) -> Usage {
        let mut sum = Usage::default();
        self.cells.iter().for_each(|cell| sum.merge(cell));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_the_earliest_of_equal_peaks_in_either_order() {
        let at = |at| Usage { peak: Some(Peak { sessions: 7, at, limit: Limit::UNKNOWN }), ..Usage::default() };
        for (first, second) in [(10, 20), (20, 10)] {
            let mut sum = at(first);
            sum.merge(&at(second));
            assert_eq!(sum.peak.map(|p| p.at), Some(10));
        }
    }
}
