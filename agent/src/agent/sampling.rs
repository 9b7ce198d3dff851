//! How often to look: the fuller the host, the closer.

use highwater_wire::{AgentSettings, Snapshot};

use crate::config::Sampling;

/// Thresholds as percentages of the limit.
const NEAR: u64 = 70;
const FULL: u64 = 90;

/// The intervals in force: what the server asks for, and the agent's own settings where it asks for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Intervals(Sampling);

impl Intervals {
    pub(crate) fn new(own: Sampling, asked: &AgentSettings) -> Self {
        let sensible = |asked: Option<u32>, own: u32| asked.filter(|secs| *secs > 0).unwrap_or(own);
        Self(Sampling {
            calm_secs: sensible(asked.sampling_secs, own.calm_secs),
            near_secs: sensible(asked.near_sampling_secs, own.near_secs),
            full_secs: sensible(asked.full_sampling_secs, own.full_secs),
        })
    }

    pub(crate) fn calm_secs(self) -> u32 {
        self.0.calm_secs
    }

    /// Seconds until the next snapshot. Being nearer to the limit never makes it longer.
    pub(crate) fn at(self, fullness: Fullness) -> u32 {
        let Sampling { calm_secs, near_secs, full_secs } = self.0;
        match fullness {
            Fullness::Calm => calm_secs,
            Fullness::Near => near_secs.min(calm_secs),
            Fullness::Full => full_secs.min(near_secs).min(calm_secs),
        }
    }
}

/// How near to its limit a host is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Fullness {
    /// Below 70 %, or nobody knows the limit.
    #[default]
    Calm,
    Near,
    Full,
}

impl Fullness {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let Some(limit) = snapshot.limit.sessions.filter(|_| !snapshot.limit.unlimited) else {
            return Self::Calm;
        };
        let percent = (snapshot.sessions.len() as u64 * 100).checked_div(limit).unwrap_or(100);
        match percent {
            FULL.. => Self::Full,
            NEAR.. => Self::Near,
            _ => Self::Calm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_wire::{Limit, LimitSource, Session};

    fn snapshot(sessions: usize, limit: Option<u64>, unlimited: bool) -> Snapshot {
        let session = Session { client: "c".into(), user: String::new(), opens: None, age_secs: None, idle_secs: None };
        Snapshot {
            taken_at: 0,
            source: "test".into(),
            sampling_secs: 60,
            limit: Limit { sessions: limit, unlimited, source: LimitSource::Api },
            partial: false,
            part: None,
            burst_of: None,
            sessions: vec![session; sessions],
        }
    }

    #[test]
    fn a_host_near_its_limit_is_looked_at_more_often() {
        let intervals = Intervals::new(Sampling::default(), &AgentSettings::default());
        let secs = |sessions| intervals.at(Fullness::of(&snapshot(sessions, Some(20), false)));
        assert_eq!([0, 13, 14, 17, 18, 20, 25].map(secs), [60, 60, 15, 15, 5, 5, 5]);
    }

    #[test]
    fn without_a_limit_nothing_is_near() {
        assert_eq!(Fullness::of(&snapshot(5_000, None, false)), Fullness::Calm);
        assert_eq!(Fullness::of(&snapshot(5_000, Some(16_777_216), true)), Fullness::Calm);
        assert_eq!(Fullness::of(&snapshot(0, Some(0), false)), Fullness::Full);
    }

    #[test]
    fn the_server_overrides_what_it_names_and_nothing_else() {
        let asked = AgentSettings {
            sampling_secs: Some(30),
            near_sampling_secs: Some(0),
            full_sampling_secs: Some(45),
            ..AgentSettings::default()
        };
        let intervals = Intervals::new(Sampling::default(), &asked);
        let all = [Fullness::Calm, Fullness::Near, Fullness::Full].map(|f| intervals.at(f));
        assert_eq!(all, [30, 15, 15]);
    }
}
