//! `highwater demo`: the real server with a simulated fleet. Each simulated host runs the agent's own code: it enrols with a
//! token, spools on disk and pushes over verified HTTPS. Weeks of history come through the same door, newest first, while one
//! looks. Everything is in a folder of its own, which goes when the demo ends.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use highwater_agent::source::simulated::Fleet;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{self, Running, StartError, links};
use crate::clock::Clock;
use crate::config::{Config, Limits};
use crate::model::audit::Trail;
use crate::model::role::Role;
use crate::model::token::{Approve, NewToken};
use crate::secret;
use crate::store::{Db, accounts, tokens};
use crate::web::auth::Passwords;

mod fleet;
mod history;

/// Where the demo's browser looks, if nobody else listens there.
pub const PORT: u16 = 8480;
/// Simulated hosts that run: one of each kind, and some more.
const HOSTS: u32 = 16;
/// How far the demo's history goes back.
const DAYS: u32 = 21;

/// What a demo shows.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// For the browser; another one is taken if it is in use.
    pub port: u16,
    pub hosts: u32,
    pub days: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: PORT, hosts: HOSTS, days: DAYS }
    }
}

/// A demo that runs.
#[derive(Debug)]
pub struct Demo {
    pub running: Running,
    /// The one address to open: it signs in.
    pub url: String,
    agents: JoinSet<()>,
    stop: CancellationToken,
    // Last: what is in it is in use until then.
    folder: TempDir,
}

/// Starts the server and its fleet. Pages fill from now on.
///
/// # Errors
/// The server cannot start here.
pub async fn start(options: Options) -> anyhow::Result<Demo> {
    let clock = Clock::system();
    let folder = tempfile::Builder::new().prefix("highwater-demo-").tempdir().context("no folder for the demo")?;
    let running = Box::pin(start_server(&folder, options.port, &clock)).await?;
    let url = format!("{}{}", running.browser_url(), visitor(&running.db, &clock).await?);
    let token = token(&running.db, &clock).await?;
    let simulated = Arc::new(Fleet::demo(clock.now_at()));
    let stop = CancellationToken::new();
    let mut agents = JoinSet::new();
    let place = fleet::Place {
        server: format!("https://localhost:{}", running.addr.port()),
        ca: folder.path().join("tls/ca.pem"),
        dir: folder.path().join("agents"),
        token,
    };
    let hosts = 0..options.hosts.min(simulated.hosts());
    for host in hosts.clone() {
        agents.spawn(fleet::run(place.settings(&simulated, host), Arc::clone(&simulated), host, stop.clone()));
    }
    let history = history::History {
        db: running.db.clone(),
        place,
        fleet: simulated,
        hosts,
        days: options.days,
        now_at: clock.now_at(),
    };
    let stopping = stop.clone();
    agents.spawn(async move {
        if let Some(Err(error)) = stopping.run_until_cancelled(history.push()).await {
            tracing::error!(%error, "the demo's history is not whole");
        }
    });
    Ok(Demo { running, url, agents, stop, folder })
}

impl Demo {
    /// Where everything is that the demo keeps.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the fleet, then the server, and removes the folder.
    ///
    /// # Errors
    /// The folder cannot be removed; the error names it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        while self.agents.join_next().await.is_some() {}
        self.running.stop().await;
        let path = self.folder.path().display().to_string();
        self.folder.close().with_context(|| format!("{path} stays"))
    }
}

/// On the wanted port for the browser, or on another if that is taken.
async fn start_server(folder: &TempDir, port: u16, clock: &Clock) -> anyhow::Result<Running> {
    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let config = |port| Config {
        listen: loopback(0),
        plain_listen: Some(loopback(port)),
        data_dir: folder.path().to_owned(),
        limits: Limits { max_connections: 500, ..Limits::default() },
        is_demo: true,
        ..Config::default()
    };
    match app::start(config(port), clock.clone()).await {
        Err(StartError::Bind { error, .. }) if error.kind() == ErrorKind::AddrInUse => {
            Ok(app::start(config(0), clock.clone()).await?)
        }
        started => Ok(started?),
    }
}

/// The path of the link by which the demo's visitor signs in, as an administrator without a password that anybody knows.
async fn visitor(db: &Db, clock: &Clock) -> anyhow::Result<String> {
    let password = Passwords::default().hash(secret::fresh("")?).await?;
    let mut tx = db.begin().await?;
    let name = "demo";
    let account = accounts::insert(&mut tx, name, &password, Role::Administrator, clock.now_at()).await?;
    tx.commit().await?;
    links::sign_in(db, &Trail::program("highwater", clock.now_at()), (account, name)).await
}

async fn token(db: &Db, clock: &Clock) -> anyhow::Result<String> {
    let secret = secret::fresh(secret::TOKEN_PREFIX)?;
    let token = NewToken {
        label: "Demo fleet".to_owned(),
        secret_sha256: secret::sha256(&secret),
        hint: secret::hint(&secret),
        group_name: String::new(),
        approve: Approve::Auto,
        // A count, so that a fleet of any size comes at once.
        max_uses: Some(1_000_000),
        expires_at: None,
        ranges: vec!["127.0.0.0/8".to_owned()],
    };
    let mut tx = db.begin().await?;
    tokens::insert(&mut tx, &token, clock.now_at()).await?;
    tx.commit().await?;
    Ok(secret)
}
