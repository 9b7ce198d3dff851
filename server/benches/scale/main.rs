//! What a fleet costs the server: simulated hosts that push over real HTTPS, live, against one real server process.
//!
//! `cargo bench -p highwater --bench scale` prints the table; `--chart FILE` draws how the cost grows. Each size starts a new
//! server, enrols its hosts, brings in the minutes before (so that the hour at hand is not an empty one), lets a whole cycle of
//! putting the history together go by, and then measures the server's process over another. The load comes from this program on
//! the same cores: only the server's time is counted, and the load's is printed beside it. Agents keep one connection each; a
//! process here may hold as many as its limit of open files allows, and beyond that hosts share connections: the table says so.

mod chart;
#[path = "../rig/mod.rs"]
#[expect(dead_code, reason = "each comparison uses its part of it")]
mod rig;
mod size;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;

use rig::postgres;
use size::{Found, Size};

#[derive(Debug, Parser)]
struct Asked {
    /// Sizes of the fleet, one after the other.
    #[arg(long, value_delimiter = ',', default_value = "1000,3000,10000,30000,50000")]
    hosts: Vec<u32>,
    #[arg(long, default_value_t = 200)]
    sessions: u32,
    /// Seconds between two snapshots of a host.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    sampling: u32,
    /// Minutes of the past that are brought in first.
    #[arg(long, default_value_t = 30)]
    past: u32,
    /// Minutes of load before and while it is measured; without it, one cycle of putting the history together.
    #[arg(long)]
    minutes: Option<u32>,
    /// Connections to the server, over which the hosts are spread.
    #[arg(long, default_value_t = 15_000)]
    connections: u32,
    /// On a PostgreSQL of its own instead of SQLite.
    #[arg(long)]
    postgres: bool,
    /// A new connection with its handshake for every push.
    #[arg(long)]
    fresh: bool,
    /// Instead: so many hours of the past at full speed, until all of it is put together.
    #[arg(long)]
    ceiling: Option<u32>,
    /// Writes the chart there, as SVG.
    #[arg(long)]
    chart: Option<PathBuf>,
    /// What cargo adds for a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    rig::to_its_end(run(&Asked::parse()))
}

async fn run(asked: &Asked) -> anyhow::Result<()> {
    let database = if asked.postgres { format!("PostgreSQL {}", postgres::version()?) } else { "SQLite".to_owned() };
    say(&format!("{} sessions a host, every {} s, on {database}", asked.sessions, asked.sampling));
    if let Some(hours) = asked.ceiling {
        for hosts in &asked.hosts {
            let folder = folder()?;
            say(&Size::start(asked, *hosts, folder.path()).await?.ceiling(hours).await?);
        }
        return Ok(());
    }
    say(Found::HEAD);
    let mut all = Vec::new();
    for hosts in &asked.hosts {
        let folder = folder()?;
        let found = Size::start(asked, *hosts, folder.path()).await?.measure().await;
        let found = found.with_context(|| format!("{hosts} hosts"))?;
        say(&found.to_string());
        all.push(found);
    }
    if let Some(path) = &asked.chart {
        let points: Vec<_> = all.iter().map(|found| (f64::from(found.hosts), found.percent())).collect();
        std::fs::write(path, chart::draw(&points, &database)?)?;
    }
    Ok(())
}

/// PostgreSQL's own user has to reach its part of it.
fn folder() -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::Builder::new().prefix("highwater-scale.").tempdir()?;
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    Ok(folder)
}

/// The server's program, as cargo built it for this benchmark.
fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_highwater"))
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}

fn millis(took: Option<Duration>) -> String {
    took.map_or_else(|| "–".to_owned(), |took| format!("{:.0}", took.as_secs_f64() * 1e3))
}
