//! What a load measured.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts and latencies of a load; prints as a few lines for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Batches that the server acknowledged.
    pub acks: u64,
    pub records: u64,
    /// Sessions in the acknowledged snapshots.
    pub sessions: u64,
    /// Bytes of the acknowledged batches as sent.
    pub encoded_bytes: u64,
    /// Pushes that began after the next one was due.
    pub late: u64,
    /// What went wrong, in words without numbers, and how often.
    pub errors: BTreeMap<String, u64>,
    /// From the first byte sent until the acknowledgement was read, in microseconds; one per acknowledgement.
    latencies_us: Vec<u32>,
    /// The whole load.
    pub took: Duration,
}

impl Figures {
    pub(super) fn acknowledged(&mut self, records: u64, sessions: u64, encoded_bytes: u64, latency: Duration) {
        self.acks += 1;
        self.records += records;
        self.sessions += sessions;
        self.encoded_bytes += encoded_bytes;
        self.latencies_us.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    pub(super) fn failed(&mut self, kind: &str) {
        *self.errors.entry(kind.to_owned()).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        self.acks += other.acks;
        self.records += other.records;
        self.sessions += other.sessions;
        self.encoded_bytes += other.encoded_bytes;
        self.late += other.late;
        for (kind, count) in other.errors {
            *self.errors.entry(kind).or_default() += count;
        }
        self.latencies_us.extend(other.latencies_us);
    }

    /// The latency that `permille` of the acknowledgements did not exceed; `None` without any.
    #[must_use]
    pub fn latency(&self, permille: usize) -> Option<Duration> {
        let mut sorted = self.latencies_us.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * permille).div_ceil(1_000).max(1);
        sorted.get(rank - 1).map(|us| Duration::from_micros(u64::from(*us)))
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.took.as_secs_f64().max(0.001);
        let rate = |count: u64| count as f64 / secs;
        writeln!(f, "{} batches acknowledged in {secs:.1} s ({:.1} a second)", self.acks, rate(self.acks))?;
        writeln!(
            f,
            "{} records, {} sessions ({:.0} sessions a second)",
            self.records,
            self.sessions,
            rate(self.sessions)
        )?;
        if self.sessions > 0 {
            let each = self.encoded_bytes as f64 / self.sessions as f64;
            writeln!(f, "{:.1} MiB sent, {each:.1} bytes a session", self.encoded_bytes as f64 / (1 << 20) as f64)?;
        }
        if let (Some(middle), Some(high), Some(most)) = (self.latency(500), self.latency(990), self.latency(1_000)) {
            writeln!(f, "latency p50 {middle:.1?}, p99 {high:.1?}, longest {most:.1?}")?;
        }
        if self.late > 0 {
            writeln!(f, "{} pushes were late: the interval is too short for this machine or server", self.late)?;
        }
        for (kind, count) in &self.errors {
            writeln!(f, "{count} × {kind}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks_of_what_was_measured() {
        let mut figures = Figures::default();
        assert_eq!(figures.latency(500), None);
        for ms in (1..=200).rev() {
            figures.acknowledged(1, 200, 3_200, Duration::from_millis(ms));
        }
        let ms = |permille| figures.latency(permille).unwrap().as_millis();
        assert_eq!((ms(500), ms(990), ms(1_000), ms(0)), (100, 198, 200, 1));
    }

    #[test]
    fn figures_of_parts_add_up_and_print() {
        let mut all = Figures { took: Duration::from_secs(2), ..Figures::default() };
        for _ in 0..2 {
            let mut part = Figures::default();
            part.acknowledged(3, 400, 6_400, Duration::from_millis(4));
            part.failed("refused");
            all.add(part);
        }
        let text = all.to_string();
        assert!(text.contains("2 batches acknowledged in 2.0 s (1.0 a second)"), "{text}");
        assert!(
            text.contains("800 sessions (400 sessions a second)") && text.contains("16.0 bytes a session"),
            "{text}"
        );
        assert!(text.contains("p50 4.0ms, p99 4.0ms") && text.contains("2 × refused"), "{text}");
    }
}
