//! What a scenario came to.

use std::fmt;
use std::time::Duration;

use super::arena::Tally;
use super::rig::process::Program;
use super::scenario::Phase;

pub(crate) struct Row {
    pub(crate) scenario: String,
    pub(crate) database: &'static str,
    /// In peace, and under attack.
    pub(crate) phases: [Phase; 2],
    /// Before the attack, at most, and after it while the attacker still holds what he was left.
    pub(crate) held: [Held; 3],
    /// Of one core under attack: the server, and this program.
    pub(crate) percent: [f64; 2],
    pub(crate) tally: Tally,
    /// What was lost or invented, in words.
    pub(crate) wrong: Vec<String>,
}

/// What the server takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) bytes: u64,
    pub(crate) files: usize,
}

impl Held {
    pub(crate) fn of(program: &Program) -> Self {
        Self { bytes: program.resident_bytes(), files: program.open_files() }
    }
}

impl Row {
    pub(crate) const HEAD: &'static str = "
In peace → under attack; milliseconds. Agents: from the first try of a snapshot to its acknowledgement, 50 % / 99 % / the slowest. Memory and open
descriptors: before / at most / after, while the attacker does not let go. Processor: of one core, the server / this program (agents and attack).

| scenario | database | acknowledged, p50 / p99 / max | `/`, p99 | `/healthz`, p99 | RSS, MB | descriptors | processor, % | tries that failed: agents, person; late |
|---|---|---|---|---|---|---|---|---|";

    /// What the attack met, in a line.
    pub(crate) fn told(&self) -> String {
        let failed: Vec<_> =
            self.phases[1].agents.failed.iter().map(|(how, times)| format!("{how} × {times}")).collect();
        let failed = if failed.is_empty() { String::new() } else { format!("\n  agents: {}", failed.join(", ")) };
        format!("{} on {}: {}{failed}", self.scenario, self.database, self.tally)
    }

    /// Each phase's figure, with an arrow between.
    fn both(&self, figure: impl Fn(&Phase) -> String) -> String {
        let [peace, storm] = &self.phases;
        format!("{} → {}", figure(peace), figure(storm))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agents = self.both(|phase| {
            let took = &phase.agents.took;
            format!("{} / {} / {}", rank(took, 500), rank(took, 990), rank(took, 1_000))
        });
        let storm = &self.phases[1];
        write!(
            f,
            "| {} | {} | {agents} | {} | {} | {} | {} | {:.0} / {:.0} | {}, {}; {} |",
            self.scenario,
            self.database,
            self.both(|phase| rank(&phase.person.page, 990)),
            self.both(|phase| rank(&phase.person.healthz, 990)),
            self.held.map(|held| format!("{:.0}", held.bytes as f64 / 1e6)).join(" / "),
            self.held.map(|held| held.files.to_string()).join(" / "),
            self.percent[0],
            self.percent[1],
            storm.agents.failed.values().sum::<u64>(),
            storm.person.failed,
            storm.agents.late,
        )
    }
}

/// What so many of a thousand did not exceed. `took` is sorted.
fn rank(took: &[Duration], per_mille: usize) -> String {
    let index = (took.len() * per_mille).div_ceil(1_000).saturating_sub(1);
    took.get(index).map_or_else(|| "–".to_owned(), |took| format!("{:.0}", took.as_secs_f64() * 1e3))
}
