//! The table, in Markdown.

use std::fmt::Write as _;
use std::time::Duration;

use super::Measured;
use super::day::{Day, Fed};
use super::system::Times;

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) found: Measured,
}

impl Line {
    pub(crate) fn is_right(&self) -> bool {
        self.found.mismatches.is_empty()
    }
}

const HEAD: &str = "
| | CPU ns per session observation | bytes per session observation | KB per host-day | peak RSS, MB | top clients, 24 h: first / median / p99 | sessions at 09:31: first / median / p99 | same answers |
|---|---|---|---|---|---|---|---|";

pub(crate) fn table(lines: &[Line], day: &Day, fed: Fed) -> anyhow::Result<String> {
    let mut out = String::new();
    let date = jiff::Timestamp::from_millisecond(::highwater::clock::Clock::system().now_at())?.to_string();
    let day_of = jiff::Timestamp::from_millisecond(day.from_at)?.to_string();
    writeln!(out, "\n{}; {}", machine(), &date[..10])?;
    writeln!(
        out,
        "{} hosts, {} snapshots in requests of {}, {} session observations of {}",
        day.hosts(),
        fed.snapshots,
        day.minutes(),
        fed.observations,
        &day_of[..10]
    )?;
    writeln!(out, "{HEAD}")?;
    for Line { name, found } in lines {
        let observations = found.fed.observations as f64;
        let host_days = found.fed.snapshots as f64 / 1_440.0;
        writeln!(
            out,
            "| {name} | {:.0} | {:.2} | {:.0} | {:.0} | {} | {} | {} |",
            found.cpu.as_secs_f64() * 1e9 / observations,
            found.bytes as f64 / observations,
            found.bytes as f64 / host_days / 1e3,
            found.peak_bytes as f64 / 1e6,
            times(&found.top),
            times(&found.at),
            if found.mismatches.is_empty() { "yes" } else { "NO" }
        )?;
    }
    Ok(out)
}

/// For a look while the others are still to come.
pub(crate) fn short(found: &Measured) -> String {
    format!(
        "{:.1} s of CPU, {} bytes, top {}, at {}",
        found.cpu.as_secs_f64(),
        found.bytes,
        times(&found.top),
        times(&found.at)
    )
}

fn times(times: &Times) -> String {
    let Times { first, median, p99, repeats } = times;
    let few = if *repeats < 30 { format!(" ({repeats} times)") } else { String::new() };
    format!("{} / {} / {}{few}", time(*first), time(*median), time(*p99))
}

fn time(took: Duration) -> String {
    match took.as_secs_f64() {
        secs if secs >= 1.0 => format!("{secs:.1} s"),
        secs if secs >= 0.01 => format!("{:.0} ms", secs * 1e3),
        secs => format!("{:.1} ms", secs * 1e3),
    }
}

/// What it ran on.
fn machine() -> String {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map(|(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kb: u64 = memory.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or_default();
    format!("{} × {}, {} GB", cores, model.unwrap_or("unknown processor"), kb >> 20)
}
