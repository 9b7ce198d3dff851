//! How well-behaved agents, and a person who looks at the pages, fare while the server is under attack. Prints figures and asserts no times;
//! it fails if anything that was acknowledged is not in the database afterwards, or anything is there that nobody sent.
//!
//! ```text
//! cargo bench -p highwater --bench floods                                       (all scenarios, about five minutes)
//! cargo bench -p highwater --bench floods -- silent-many bombs --sockets 2000   (some of them)
//! HIGHWATER_TEST_POSTGRES=postgres://… cargo bench -p highwater --bench floods  (then again on PostgreSQL)
//! ```
//!
//! Each scenario starts a server of its own. Twenty agents, each from an address of its own, push a snapshot of 200 sessions every 250 ms, half
//! of them over a connection that they keep, half over a new one each time; a person asks for the fleet's page and for `/healthz`. First they
//! are left in peace, then the attack begins. What an agent waits counts from its first try, those that failed included. The attack comes from
//! this program on the same cores, so that part of what it costs the agents is this program's own processor time: see its share in the table.
//! Attackers have other addresses of 127.0.0.0/8 than 127.0.0.1, which stands for a reverse proxy and is not bounded.

#[path = "floods/arena.rs"]
mod arena;
#[path = "floods/bombs.rs"]
mod bombs;
#[path = "floods/caller.rs"]
mod caller;
#[path = "floods/enrolments.rs"]
mod enrolments;
#[path = "floods/fleet.rs"]
mod fleet;
#[path = "floods/frames.rs"]
mod frames;
#[path = "floods/handshakes.rs"]
mod handshakes;
#[path = "floods/keys.rs"]
mod keys;
#[path = "ingest/measure.rs"]
#[expect(dead_code, reason = "only its databases are needed")]
mod measure;
#[path = "floods/person.rs"]
mod person;
#[path = "floods/raw.rs"]
mod raw;
#[path = "rig/mod.rs"]
#[expect(dead_code, reason = "the comparisons use more of it")]
mod rig;
#[path = "floods/row.rs"]
mod row;
#[path = "floods/scenario.rs"]
mod scenario;
#[path = "floods/slow.rs"]
mod slow;

use std::path::Path;

use anyhow::Context as _;
use clap::{Parser, ValueEnum as _};

use measure::Database;
use row::Row;
use scenario::Scenario;

#[derive(Debug, Parser)]
struct Asked {
    /// Which ones; all without it.
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// Sockets of those that are slow.
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// What cargo adds for a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    rig::to_its_end(run(&Asked::parse()))
}

async fn run(asked: &Asked) -> anyhow::Result<()> {
    let sockets = arena::raise_file_limit(asked.sockets)?;
    let cores = std::thread::available_parallelism()?;
    say(&format!("The server, the agents and the attack share the {cores} cores of this machine."));
    say(&format!("{} agents; {sockets} slow sockets; {}.", fleet::AGENTS, scenario::SETTINGS_SAID));
    let all = Scenario::value_variants();
    let scenarios = if asked.scenarios.is_empty() { all } else { &asked.scenarios };
    let (mut table, mut wrong) = (Vec::new(), Vec::new());
    for database in Database::all().await? {
        for scenario in scenarios {
            // Each has a database to itself.
            let own = Database::all().await?;
            for other in own.iter().filter(|other| other.name != database.name) {
                other.drop().await?;
            }
            let own = own.into_iter().find(|own| own.name == database.name).context("the database is gone")?;
            let row = scenario::run(*scenario, &own, sockets).await;
            own.drop().await?;
            let row = row.with_context(|| format!("{} on {}", scenario.name(), database.name))?;
            say(&row.told());
            wrong.extend(row.wrong.iter().cloned());
            table.push(row);
        }
        database.drop().await?;
    }
    say(Row::HEAD);
    table.iter().for_each(|row| say(&row.to_string()));
    anyhow::ensure!(wrong.is_empty(), "records were lost or invented:\n{}", wrong.join("\n"));
    say("Every acknowledged record is in the database, and none that was not sent.");
    Ok(())
}

/// The server's program, as cargo built it for this benchmark.
fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_highwater"))
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}
