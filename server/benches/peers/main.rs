//! Side by side on the same generated data: Highwater, and what somebody would pick instead of it.
//!
//! `server/benches/peers/run` installs what is missing and starts this. Each system in turn is started anew, fed through its
//! front door with the same snapshots (an hour of a host, or a minute, in a request), given time to settle, and asked the same
//! two questions over HTTP. Processor time is that of all its processes from the first request until it has settled; memory is
//! the most they ever had; bytes are those of its data on disk, in the smallest form that it offers. Where there was a choice,
//! the other one got the better: plain HTTP, durability as it comes, merges that were asked for not counted as processor time.

mod answers;
mod clickhouse;
mod day;
mod front;
mod highwater;
mod metrics;
mod remote_write;
#[path = "../rig/mod.rs"]
#[expect(dead_code, reason = "each comparison uses its part of it")]
mod rig;
mod rows;
mod rows_front;
mod system;
mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use day::{DAY_MS, Day, HOUR_MS, Truth};
use metrics::{Kind, Metrics};
use rig::postgres::{self, Cluster};
use rig::server::Highwater;
use system::{Measured, System, measure};
use table::Line;

#[derive(Debug, Parser)]
struct Asked {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    hosts: u32,
    /// Of the day before.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=24))]
    hours: u32,
    /// Sessions that each host has.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    sessions: u32,
    /// Snapshots in one request of a host: 60 as agents send what they have kept, 1 as they do when all is well.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60))]
    minutes_a_request: u32,
    /// A small run of what needs nothing installed, to see that this program works.
    #[arg(long)]
    smoke: bool,
    /// Only systems whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Folder with the programs of the others, as `run` fills it.
    #[arg(long, default_value = "target/peers")]
    programs: PathBuf,
    /// After so many minutes all is ended.
    #[arg(long, default_value_t = 120)]
    minutes: u64,
    /// What cargo adds for a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The front of the plain rows: what this program starts for itself.
    Rows { address: String },
}

fn main() -> anyhow::Result<()> {
    let mut asked = Asked::parse();
    if asked.smoke {
        (asked.hosts, asked.hours, asked.sessions) = (2, 1, 50);
    }
    let longest = Duration::from_secs(asked.minutes * 60);
    rig::to_its_end(async {
        match &asked.command {
            Some(Command::Rows { address }) => rows_front::serve(address).await,
            None => tokio::time::timeout(longest, compare(&asked)).await.context("it took too long")?,
        }
    })
}

async fn compare(asked: &Asked) -> anyhow::Result<()> {
    let now_at = ::highwater::clock::Clock::system().now_at();
    // Long enough over that nothing waits for its end.
    let from_at = (now_at - 3 * HOUR_MS).div_euclid(DAY_MS) * DAY_MS - DAY_MS;
    anyhow::ensure!(60 % asked.minutes_a_request == 0, "--minutes-a-request has to divide an hour");
    let fleet = Day::fleet_of(asked.hosts, asked.sessions);
    let day = Day::new(fleet, from_at, i64::from(asked.hours), i64::from(asked.minutes_a_request));
    let truth = day.truth();
    let folder = tempfile::Builder::new().prefix("highwater-peers.").tempdir()?;
    // PostgreSQL's own user has to reach its part of it.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let bench = Bench { asked, day, truth, folder: folder.path() };
    let lines = bench.all().await?;
    say(&table::table(&lines, &bench.day, bench.truth.fed)?);
    anyhow::ensure!(lines.iter().all(Line::is_right), "not all answers were the same");
    Ok(())
}

struct Bench<'a> {
    asked: &'a Asked,
    day: Day,
    truth: Truth,
    folder: &'a Path,
}

impl Bench<'_> {
    async fn all(&self) -> anyhow::Result<Vec<Line>> {
        let binary = Path::new(env!("CARGO_BIN_EXE_highwater"));
        let postgres = postgres::version().unwrap_or_else(|_| "not installed".to_owned());
        let mut lines = Vec::new();
        if self.is_asked("Highwater, SQLite") {
            let server = Highwater::start(binary, &self.folder.join("highwater"), None)?;
            let system = highwater::Pushed::start(server, None, &self.day).await?;
            lines.push(self.line("Highwater, SQLite", system).await?);
        }
        let name = format!("Highwater, PostgreSQL {postgres}");
        if self.is_asked(&name) && !self.asked.smoke {
            let cluster = Cluster::start(&self.folder.join("postgres-1")).await?;
            let server = Highwater::start(binary, &self.folder.join("highwater-2"), Some(cluster.address()))?;
            let system = highwater::Pushed::start(server, Some(cluster), &self.day).await?;
            lines.push(self.line(&name, system).await?);
        }
        if !self.asked.smoke {
            self.others(&mut lines).await?;
        }
        let front = std::env::current_exe()?;
        if self.is_asked("rows, SQLite") {
            let folder = self.folder.join("rows");
            std::fs::create_dir(&folder)?;
            let store = rows::Store::Sqlite(folder.join("rows.db"));
            let system = rows::Rows::start(&front, &folder, store, &self.day)?;
            lines.push(self.line("rows, SQLite", system).await?);
        }
        let name = format!("rows, PostgreSQL {postgres}");
        if self.is_asked(&name) && !self.asked.smoke {
            let cluster = Cluster::start(&self.folder.join("postgres-2")).await?;
            let folder = self.folder.join("rows-2");
            let system = rows::Rows::start(&front, &folder, rows::Store::Postgres(cluster), &self.day)?;
            lines.push(self.line(&name, system).await?);
        }
        Ok(lines)
    }

    async fn others(&self, lines: &mut Vec<Line>) -> anyhow::Result<()> {
        for (kind, program) in [(Kind::VictoriaMetrics, "victoria-metrics"), (Kind::Prometheus, "prometheus")] {
            let binary = self.program(&format!("usr/bin/{program}"))?;
            let name = format!("{kind:?} {}", self.version(program)?);
            if self.is_asked(&name) {
                let system = Metrics::start(kind, &binary, &self.folder.join(program), &self.day).await?;
                lines.push(self.line(&name, system).await?);
            }
        }
        let name = format!("ClickHouse (chDB {})", self.version("chdb")?);
        if self.is_asked(&name) {
            let python = self.program("venv/bin/python")?;
            let system = clickhouse::ClickHouse::start(&python, &self.folder.join("clickhouse"), &self.day).await?;
            lines.push(self.line(&name, system).await?);
        }
        Ok(())
    }

    fn is_asked(&self, name: &str) -> bool {
        self.asked.only.as_ref().is_none_or(|only| name.to_lowercase().contains(&only.to_lowercase()))
    }

    async fn line(&self, name: &str, system: impl System) -> anyhow::Result<Line> {
        let found =
            measure(system, (&self.day, &self.truth), !self.asked.smoke).await.with_context(|| name.to_owned())?;
        say(&format!("{name}: fed in {:.1} s, {}", found.took.as_secs_f64(), table::short(&found)));
        for mismatch in &found.mismatches {
            say(&format!("{name} DIFFERS in {mismatch}"));
        }
        Ok(Line { name: name.to_owned(), found })
    }

    fn program(&self, path: &str) -> anyhow::Result<PathBuf> {
        let path = self.asked.programs.join(path);
        path.canonicalize()
            .with_context(|| format!("{} is missing: server/benches/peers/run installs it", path.display()))?;
        // Not the file that a link leads to: Python finds its packages by the link.
        Ok(std::path::absolute(path)?)
    }

    /// As `run` wrote it down.
    fn version(&self, of: &str) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.program(&format!("{of}.version"))?)?.trim().to_owned())
    }
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}
