//! One kind of attack on one server: peace, attack, rest, and what is in the database then.

use std::time::Duration;

use clap::ValueEnum;
use highwater::model::HostId;
use highwater::store::{Db, agents, frames};
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use super::arena::{Arena, Tally, machine};
use super::fleet::{self, Agent};
use super::measure::Database;
use super::person::{self, Person};
use super::raw::Target;
use super::rig::process::{Program, own_cpu};
use super::rig::server::Highwater;
use super::row::{Held, Row};
use super::slow::{self, Slow, Way};
use super::{binary, bombs, enrolments, frames as http2, handshakes, keys};

/// The server's timers are shortened, so that within a scenario it is seen what they do.
const SETTINGS: &[(&str, &str)] = &[("HIGHWATER_LIMITS_HEADER_SECS", "5"), ("HIGHWATER_LIMITS_BODY_SECS", "6")];
pub(crate) const SETTINGS_SAID: &str =
    "limits.header_secs = 5, limits.body_secs = 6, limits.max_connections = 19000, a quarter of them for one address";

/// What is new costs more: names are learned, connections made.
const WARM_UP: Duration = Duration::from_secs(1);
const PEACE: Duration = Duration::from_secs(4);
const STORM: Duration = Duration::from_secs(10);
/// Ten thousand handshakes take some seconds before the timers begin to tell.
const SLOW_STORM: Duration = Duration::from_secs(15);
const REST: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Connections and then nothing, all from one address.
    SilentOne,
    /// The same from 250 addresses, as is what follows.
    SilentMany,
    /// The same, five times as many as there are places.
    Full,
    /// A handshake that never ends.
    SlowHello,
    /// The head of a request that never ends.
    SlowHead,
    /// A push with a valid key whose body never ends.
    SlowBody,
    /// An answer that is read byte by byte.
    SlowReader,
    /// Bodies that are larger than they look, with a valid key.
    Bombs,
    /// Wrong keys, tokens and passwords.
    WrongKeys,
    /// Enrolments of machines that nobody knows.
    Enrolments,
    /// What HTTP/2 lets a client do.
    Http2,
    /// Handshakes as fast as they go, from one address.
    HandshakesOne,
    /// The same from 250.
    HandshakesMany,
}

/// The figures of agents and person in one phase.
pub(crate) struct Phase {
    pub(crate) agents: fleet::Figures,
    pub(crate) person: person::Figures,
}

impl Scenario {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn way(self) -> Option<Way> {
        match self {
            Self::SilentOne | Self::SilentMany | Self::Full => Some(Way::Silent),
            Self::SlowHello => Some(Way::Hello),
            Self::SlowHead => Some(Way::Head),
            Self::SlowBody => Some(Way::Body),
            Self::SlowReader => Some(Way::Read),
            _ => None,
        }
    }

    fn settings(self, places: &str) -> Vec<(&str, &str)> {
        let mut settings = SETTINGS.to_vec();
        if self == Self::Full {
            settings.push(("HIGHWATER_LIMITS_MAX_CONNECTIONS", places));
        }
        settings
    }

    /// What is held must stay open until the server was looked at.
    async fn attack(self, arena: Arena, until: Instant) -> anyhow::Result<(Tally, Vec<Slow>)> {
        if let Some(way) = self.way() {
            return slow::attack(arena, way, self == Self::SilentOne, until).await;
        }
        let tally = match self {
            Self::Bombs => bombs::attack(arena, until).await?,
            Self::WrongKeys => keys::attack(arena, until).await?,
            Self::Enrolments => enrolments::attack(arena, until).await?,
            Self::Http2 => http2::attack(arena, until).await?,
            _ => handshakes::attack(arena, self == Self::HandshakesOne, until).await?,
        };
        Ok((tally, Vec::new()))
    }
}

pub(crate) async fn run(scenario: Scenario, database: &Database, sockets: usize) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir()?;
    let other = (database.name != "SQLite").then(|| database.address.clone());
    let places = (sockets / 5).max(100).to_string();
    let settings = scenario.settings(&places);
    let server = Highwater::start_with(binary(), &folder.path().join("highwater"), other.clone(), &settings)?;
    let file = server.data_dir.join("highwater.db");
    let target = Target::new(server.addr, &server.ca())?;
    let mut person = Person::sign_in(&target, &server.first_link).await?;
    let token = server.token()?;
    let mut good = fleet::enrol(&target, &token).await?;
    let (taken_over, arena) = arena(&server, &target, &token, sockets).await?;

    fleet::phase(&target, &mut good, Instant::now() + WARM_UP).await?;
    let peace = phase(&target, (&mut good, &mut person), Instant::now() + PEACE).await?;
    let program = &server.program;
    program.reset_peak()?;
    let before = Held::of(program);
    let (began, cpu) = (Instant::now(), [program.cpu()?, own_cpu()?]);
    let until = began + scenario.way().map_or(STORM, |_| SLOW_STORM);
    let attacking = tokio::spawn(scenario.attack(arena, until));
    let (storm, most_files) = tokio::join!(phase(&target, (&mut good, &mut person), until), most_files(program, until));
    let (mut tally, held) = attacking.await??;
    let spent = [program.cpu()?.saturating_sub(cpu[0]), own_cpu()?.saturating_sub(cpu[1])];
    let took = began.elapsed();
    let peak = Held { bytes: program.peak_bytes(), files: most_files };
    sleep(REST).await;
    let after = Held::of(program);
    drop(held);
    fleet::finish(&target, &mut good).await?;
    server.program.end(Signal::TERM).await;

    let db = Db::open(&other.unwrap_or_else(|| format!("sqlite:{}", file.display()))).await?;
    let wrong = check(&db, &good, taken_over).await?;
    // Beside the good ones: the one that was taken over, and the one that used a token up.
    let rows = agents::list(&db).await?.len().saturating_sub(fleet::AGENTS + 2);
    tally.count("new rows of agents", rows);
    db.close().await;
    let wrong = wrong.into_iter().map(|what| format!("{} on {}: {what}", scenario.name(), database.name)).collect();
    Ok(Row {
        scenario: scenario.name(),
        database: database.name,
        phases: [peace, storm?],
        held: [before, peak, after],
        percent: spent.map(|cpu| cpu.as_secs_f64() * 100.0 / took.as_secs_f64()),
        tally,
        wrong,
    })
}

/// Answers also the host of the agent that somebody took over.
async fn arena(server: &Highwater, target: &Target, token: &str, sockets: usize) -> anyhow::Result<(HostId, Arena)> {
    let (host, key) = fleet::enrol_one(target, machine(0), token, fleet::AGENTS).await?;
    let spent_token = server.token_with(&["--approve", "auto", "--uses", "1"])?;
    fleet::enrol_one(target, machine(0), &spent_token, fleet::AGENTS + 1).await?;
    let hand_token = server.token_with(&["--approve", "hand"])?;
    Ok((host, Arena { target: target.clone(), key, hand_token, spent_token, sockets }))
}

async fn phase(
    target: &Target,
    (good, person): (&mut Vec<Agent>, &mut Person),
    until: Instant,
) -> anyhow::Result<Phase> {
    let (agents, person) = tokio::join!(fleet::phase(target, good, until), person.phase(target, until));
    Ok(Phase { agents: agents?, person })
}

/// The most descriptors that the server had open.
async fn most_files(program: &Program, until: Instant) -> usize {
    let mut most = 0;
    while Instant::now() < until {
        most = most.max(program.open_files());
        sleep(LOOK_EVERY).await;
    }
    most
}

async fn check(db: &Db, good: &[Agent], taken_over: HostId) -> anyhow::Result<Vec<String>> {
    let mut wrong = fleet::compare(db, good).await?;
    let of_attacker = frames::range(db, taken_over, 0, i64::MAX).await?.len();
    if of_attacker > 0 {
        wrong.push(format!("{of_attacker} snapshots of the attacker's, who sent none"));
    }
    Ok(wrong)
}
