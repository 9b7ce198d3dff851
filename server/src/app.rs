//! Opens, binds, runs, and stops in order.
//!
//! Start: certificate, store, ingest, router, listeners, tasks. Stop, within ten seconds: no new connections; answers under
//! way are finished, so every batch that waits is stored and acknowledged or was never taken; tasks; store.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, middleware};
use axum_server::Handle;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::health::Places;
use crate::ingest::{self, Ingest};
use crate::model::account::SessionLimits;
use crate::model::pseudonym::UserNames;
use crate::model::retention::Retention;
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::sealed::KeyError;
use crate::store::{self, Db, Mark, deliveries, size};
use crate::tasks;
use crate::tasks::delivery::Sending;
use crate::tls::TlsError;
use crate::web::api::Shared;
use crate::web::auth::{Proxies, Strangers};
use crate::web::live::Live;
use crate::web::ops::{self, Ops};
use crate::web::{self, Listener, Public, Site};

pub mod links;

mod certificate;
mod client;
mod gate;
pub(crate) mod identity;
mod known;
mod limits;
mod listen;
mod outgoing;
mod pseudonyms;
mod settings;
mod ticket;

use certificate::Served;
use gate::Gate;
pub(crate) use outgoing::keys;
pub(crate) use pseudonyms::pseudonym_key;
pub use ticket::TicketWords;

/// How long answers under way may take once the server stops.
const FINISH: Duration = Duration::from_secs(4);
/// How long the last batches, then the tasks, then the store may take after that, each.
const CLOSE: Duration = Duration::from_millis(1_800);
const EXPIRE_EVERY: Duration = Duration::from_secs(3_600);
const UPKEEP_EVERY: Duration = Duration::from_secs(10);

/// Why the server does not start, in words that say what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Tls(#[from] TlsError),
    #[error("{0}")]
    Store(#[from] store::OpenError),
    #[error("the key of the users' pseudonyms could not be made or read: {0}")]
    Pseudonyms(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the settings could not be compared with those of the start before: {0}")]
    Settings(#[source] sqlx::Error),
    #[error("{0}")]
    Keys(#[from] KeyError),
    #[error("delivery.ca_file = {path}: {what}")]
    Trust { path: String, what: String },
    #[error("audit.syslog.ca_file = {path}: {what}")]
    Syslog { path: String, what: String },
    #[error(
        "sign_in.known_passwords_file = {path}: {what}. Put a list of known passwords there, as `highwater config example` describes it, or take the setting out"
    )]
    KnownPasswords { path: String, what: String },
    #[error("{key}: {what}")]
    Identity { key: &'static str, what: String },
    #[error("{address} cannot be listened on: {error}. Is another program listening there? See {key} in the settings")]
    Bind { address: SocketAddr, key: &'static str, error: std::io::Error },
}

/// A server that runs. Dropping it ends it at once; [`Running::stop`] ends it in order.
#[derive(Debug)]
pub struct Running {
    pub addr: SocketAddr,
    pub plain_addr: Option<SocketAddr>,
    pub public: Arc<Public>,
    pub db: Db,
    /// The pages that are open.
    pub live: Live,
    ingest: Ingest,
    clock: Clock,
    config: Config,
    /// Kept as long as the server runs.
    serving: Option<Mark>,
    certificate: Served,
    doors: Vec<Handle<SocketAddr>>,
    listeners: Vec<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
    stop: CancellationToken,
}

/// Starts the server. It listens when this returns.
///
/// # Errors
/// Says what to do.
pub async fn start(config: Config, clock: Clock) -> Result<Running, StartError> {
    listen::raise_file_limit(config.limits.max_connections);
    ops::install_recorder();
    let known_passwords = known::passwords(&config)?;
    let certificate = Served::start(&config, &clock)?;
    let tls_listener = bind(config.listen, "listen")?;
    let plain_listener = config.plain_listen.map(|address| bind(address, "plain_listen")).transpose()?;
    let (db, serving) = open(&config).await?;
    let local = |listener: &TcpListener, asked: SocketAddr| listener.local_addr().unwrap_or(asked);
    let addr = local(&tls_listener, config.listen);
    let public = Arc::new(public(&config, &certificate, addr));
    let keys = Arc::new(keys(&config)?);
    let (user_names, eyes) = pseudonyms::user_names(&config, &db, &keys).await?;
    let ingest = Ingest::start_with(db.clone(), clock.clone(), taking_in(&config, user_names));
    let plain_addr = plain_listener.as_ref().map(|l| local(l, config.listen));
    let outgoing = outgoing::outgoing(keys, (addr, plain_addr), &public.server_url)?;
    let site = Site {
        identity: Arc::new(identity::identity(&config, &outgoing.policy, &public.server_url, &clock)?),
        outgoing: Arc::clone(&outgoing),
        db: db.clone(),
        clock: clock.clone(),
        ingest: ingest.clone(),
        public: Arc::clone(&public),
        agents: Arc::new(limits::door(&config)),
        room: Arc::new(limits::room(&config.limits, &db)),
        ops: Arc::new(Ops::new(config.metrics_token.as_ref().map(|token| token.0.clone()))),
        proxies: Proxies::new(config.trusted_proxies.clone()),
        live: Live::default(),
        api: Arc::new(Shared::new(config.limits.api_per_minute)),
        sessions: sessions(&config),
        second_factor_from: config.second_factor_from.map(identity::role),
        known_passwords,
        eyes,
        noise: Arc::default(),
        strangers: Arc::new(Strangers::default()),
    };
    let mut running = Running {
        addr,
        plain_addr,
        public,
        db,
        live: site.live.clone(),
        ingest,
        clock,
        serving,
        certificate,
        doors: Vec::new(),
        listeners: Vec::new(),
        tasks: Vec::new(),
        stop: CancellationToken::new(),
        config,
    };
    let sending = outgoing::sending(&running.config, &outgoing, &running.public.server_url)?;
    let keeping = outgoing::keeping(&running.config)?;
    settings::compare(&running.config, &running.db, running.clock.now_at()).await.map_err(StartError::Settings)?;
    running.open_doors(&site, tls_listener, plain_listener);
    running.start_tasks(keeping);
    running.start_sending(sending);
    Ok(running)
}

/// How what agents send is taken in.
fn taking_in(config: &Config, user_names: UserNames) -> ingest::Options {
    ingest::Options {
        window: config.ingest_window,
        oldest: Duration::from_secs(u64::from(config.kept.snapshots_days) * 86_400),
        user_names,
        quota: limits::quota(&config.limits),
    }
}

/// What anybody may know of the server.
fn public(config: &Config, certificate: &Served, addr: SocketAddr) -> Public {
    Public {
        server_url: config.public_url(addr.port()),
        authorities: certificate.authorities.clone(),
        package_dir: config.package_dir(),
        places: places(config),
        hsts_secs: config.hsts_secs(),
        snapshots_days: config.kept.snapshots_days,
        kept_days: kept_days(config),
        user_names: match config.user_names {
            config::UserNames::Shown => "shown",
            config::UserNames::Pseudonyms => "pseudonyms",
            config::UserNames::Off => "off",
        },
        forwards_audit: config.syslog.is_some(),
        is_demo: config.is_demo,
    }
}

fn kept_days(config: &Config) -> Vec<(&'static str, u32)> {
    let kept = &config.kept;
    vec![
        ("snapshots", kept.snapshots_days),
        ("hours", kept.hours_days),
        ("days", kept.days_days),
        ("events", kept.events_days),
        ("deliveries", kept.deliveries_days),
        ("audit", kept.audit_days),
    ]
}

/// Opens the store. What a process before this one began to send and did not end is due at once, if no other one is there.
async fn open(config: &Config) -> Result<(Db, Option<Mark>), StartError> {
    let db = Db::open(&config.database_address()).await?;
    if let Some(alone) = db.alone() {
        match release(&db).await {
            Ok(released) => tracing::debug!(released, "nobody else serves the store: nothing is under way"),
            Err(error) => tracing::warn!(%error, "what a process before this one was sending waits for its leases"),
        }
        drop(alone);
    }
    let serving = db.serving().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the store cannot be marked as served: another process that starts may send again what this one is sending");
        None
    });
    Ok((db, serving))
}

async fn release(db: &Db) -> store::Result<u64> {
    let mut tx = db.begin().await?;
    let released = deliveries::release(&mut tx).await?;
    tx.commit().await?;
    Ok(released)
}

fn bind(address: SocketAddr, key: &'static str) -> Result<TcpListener, StartError> {
    listen::bind(address).map_err(|error| StartError::Bind { address, key, error })
}

impl Running {
    /// The address for a browser on this machine.
    #[must_use]
    pub fn browser_url(&self) -> String {
        match self.plain_addr {
            Some(addr) => format!("http://{addr}"),
            None => self.public.server_url.clone(),
        }
    }

    /// Reads the certificate again: a given one that was replaced, or the own one when it is due. Files that change are noticed without it,
    /// within seconds. What came of it is said in the log.
    pub fn reload_certificate(&self) {
        self.certificate.reload();
    }

    /// Ends in order.
    pub async fn stop(mut self) {
        // Streams to open pages would never end by themselves.
        self.live.stop();
        for door in &self.doors {
            door.graceful_shutdown(Some(FINISH));
        }
        finish("listeners", FINISH + CLOSE / 4, std::mem::take(&mut self.listeners)).await;
        // Nobody waits for an answer any more; this is for a batch whose agent hung up.
        if tokio::time::timeout(CLOSE, self.ingest.stop()).await.is_err() {
            tracing::warn!("the last batches were not stored in time; their agents keep them");
        }
        self.stop.cancel();
        finish("tasks", CLOSE, std::mem::take(&mut self.tasks)).await;
        if tokio::time::timeout(CLOSE, self.db.close()).await.is_err() {
            tracing::warn!("the store did not close in time");
        }
        drop(self.serving.take());
        tracing::info!("stopped");
    }

    fn open_doors(&mut self, site: &Site, tls: TcpListener, plain: Option<TcpListener>) {
        let router = web::router(site.clone());
        let limits = self.config.limits;
        let gate = Gate::new(&limits, Proxies::new(self.config.trusted_proxies.clone()));
        let shows_clients = self.config.client_certificates.is_some();
        let mut open = |listener, kind, acceptor| {
            let door = Handle::new();
            let mut router = router.clone().layer(Extension(kind));
            if shows_clients {
                router = router
                    .layer(middleware::from_fn_with_state((self.certificate.clone(), site.clone()), client::tell));
            }
            let with = (acceptor, limits, site.clone());
            self.listeners.push(tokio::spawn(listen::serve(listener, router, with, door.clone())));
            self.doors.push(door);
        };
        open(tls, Listener::Tls, listen::Door::Tls(self.certificate.rustls.clone(), gate.clone()));
        if let Some(plain) = plain {
            open(plain, Listener::Plain, listen::Door::Plain(gate));
        }
    }

    fn start_tasks(&mut self, keeping: tasks::audit::Keeping) {
        let certificate = self.certificate.clone();
        self.tasks.push(tokio::spawn(every(certificate::LOOK_EVERY, self.stop.clone(), move || certificate.look())));
        let told = certificate::tell(self.config.clone(), self.db.clone(), self.clock.clone(), self.stop.clone());
        self.tasks.push(tokio::spawn(told));
        let compact = tasks::compact::run(self.db.clone(), self.clock.clone(), self.stop.clone());
        self.tasks.push(tokio::spawn(compact));
        let keep = kept(&self.config);
        let retention = tasks::retention::run(self.db.clone(), self.clock.clone(), keep, self.stop.clone());
        self.tasks.push(tokio::spawn(retention));
        let live = self.live.clone().run(self.db.clone(), self.clock.clone(), sessions(&self.config));
        self.tasks.push(tokio::spawn(live));
        let findings = tasks::findings::run(self.db.clone(), self.clock.clone(), self.stop.clone());
        self.tasks.push(tokio::spawn(findings));
        let alerts = tasks::alerts::run(self.db.clone(), self.clock.clone(), self.stop.clone());
        self.tasks.push(tokio::spawn(alerts));
        let evidence = tasks::evidence::run(self.db.clone(), self.clock.clone(), self.stop.clone());
        self.tasks.push(tokio::spawn(evidence));
        let (db, clock, sessions) = (self.db.clone(), self.clock.clone(), sessions(&self.config));
        let expiry = tasks::supervise("expiry of sign-ins", self.stop.clone(), move || {
            let (db, clock) = (db.clone(), clock.clone());
            async move { links::forget_expired(&db, &clock, sessions).await.map(|()| EXPIRE_EVERY) }
        });
        self.tasks.push(tokio::spawn(expiry));
        self.tasks.push(tokio::spawn(every(UPKEEP_EVERY, self.stop.clone(), ops::upkeep)));
        let audit = tasks::audit::run(self.db.clone(), self.clock.clone(), keeping, self.stop.clone());
        self.tasks.push(tokio::spawn(audit));
    }

    fn start_sending(&mut self, sending: Sending) {
        let ticketing = outgoing::ticketing(&sending);
        let tickets = tasks::tickets::run(self.db.clone(), self.clock.clone(), ticketing, self.stop.clone());
        self.tasks.push(tokio::spawn(tickets));
        let delivery = tasks::delivery::run(self.db.clone(), self.clock.clone(), sending, self.stop.clone());
        self.tasks.push(tokio::spawn(delivery));
    }
}

/// Where what the server itself needs lies.
pub(crate) fn places(config: &Config) -> Places {
    let own = config.data_dir.join("tls/server.pem");
    let database_dir = size::folder_of(&config.database_address());
    Places {
        certificate: config.given_tls.as_ref().map_or(own, |given| given.certificate.clone()),
        given_tls: config.given_tls.clone(),
        client_certificates: config.client_certificates.clone(),
        data_dir: config.data_dir.clone(),
        floor_bytes: database_dir.as_ref().map_or(0, |folder| limits::floor_bytes(&config.limits, folder)),
        database_dir,
    }
}

/// How long the settings say that history is kept.
pub(crate) fn kept(config: &Config) -> Retention {
    let config::Kept { snapshots_days, hours_days, days_days, events_days, .. } = config.kept;
    Retention { snapshots_days, hours_days, days_days, events_days }
}

/// How long the settings say that browsers stay signed in.
fn sessions(config: &Config) -> SessionLimits {
    let config::Sessions { idle_hours, absolute_days } = config.sessions;
    SessionLimits { idle_ms: i64::from(idle_hours) * HOUR_MS, absolute_ms: i64::from(absolute_days) * DAY_MS }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        self.live.stop();
        for door in &self.doors {
            door.shutdown();
        }
    }
}

async fn every(period: Duration, stop: CancellationToken, mut act: impl FnMut()) {
    while stop.run_until_cancelled(tokio::time::sleep(period)).await.is_some() {
        act();
    }
}

/// Waits for all of them, and ends those that take too long.
async fn finish(what: &str, within: Duration, running: Vec<JoinHandle<()>>) {
    let deadline = tokio::time::Instant::now() + within;
    for mut one in running {
        if tokio::time::timeout_at(deadline, &mut one).await.is_err() {
            tracing::warn!("{what} did not end in time");
            one.abort();
        }
    }
}
