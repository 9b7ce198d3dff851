//! The agent itself: looks, stores and ships, until it is told to stop. The console, the service, the demonstration and the tests
//! all call [`run`].

mod observer;
mod sampling;
mod schedule;

use std::path::PathBuf;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use crate::config::Settings;

use crate::clock::Clock;
use crate::config;
use crate::enrol::{Enrolment, Introduction};
use crate::facts;
use crate::identity::{self, Identity, IdentityError, Membership};
use crate::notice::Warner;
use crate::ship::{Client, ClientError, Courier, Keys, Limits, Pace, Pacing, Ring, Shown, Standing, Trust, TrustError};
use crate::source::Source;
use crate::spool::{self, RealDisk, Shared, Spool, SpoolError};
use observer::Observer;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub snapshots: u64,
    pub events: u64,
    pub gaps: u64,
    pub acked_records: u64,
    /// What the next run will send.
    pub waiting_records: u64,
}

/// Why the agent cannot run. Whatever may pass by itself, such as a server that is away, is no error: the agent waits.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error("this host is not enrolled yet: set an enrolment token (the server shows one under Settings, Tokens)")]
    NoToken,
    #[error(
        "this computer has no /etc/machine-id, by which the server would know it again; run systemd-machine-id-setup"
    )]
    NoMachineId,
    #[error(
        "this computer is a copy of another one, whose identity it holds: set an enrolment token, so that it becomes a host of its own; \
         a person then has to approve it on the server"
    )]
    Copied,
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// What a run does not choose itself: time and chance.
#[derive(Debug)]
pub struct Surroundings {
    pub clock: Clock,
    pub rng: StdRng,
}

impl Surroundings {
    /// The system's clock, and randomness from the operating system.
    #[must_use]
    pub fn real() -> Self {
        Self { clock: Clock::system(), rng: rand::make_rng() }
    }
}

/// Runs the agent until `stop` is cancelled, or its source ends and everything is acknowledged.
///
/// # Errors
/// Something that only a person can change; the text says what.
pub async fn run(settings: Settings, source: Box<dyn Source>, stop: CancellationToken) -> Result<Summary, RunError> {
    run_in(settings, source, Surroundings::real(), stop).await
}

/// As [`run`], with given time and chance.
///
/// # Errors
/// As [`run`].
pub async fn run_in(
    settings: Settings,
    source: Box<dyn Source>,
    mut surroundings: Surroundings,
    stop: CancellationToken,
) -> Result<Summary, RunError> {
    let clock = surroundings.clock.clone();
    let client = client(&settings, clock.clone())?;
    let identity = identity(&settings, &mut surroundings.rng)?;
    let spool = open_spool(&settings, clock.clone(), fork(&mut surroundings.rng)).await?;
    let (standing, standing_seen) = watch::channel(Standing::default());
    let (appended, appended_seen) = watch::channel(0);
    let observer = Observer {
        source,
        spool: spool.clone(),
        clock: clock.clone(),
        sampling: settings.sampling,
        standing: standing_seen.clone(),
        warner: Warner::new(settings.warn_percent),
        appended: appended.clone(),
    };
    let ending = stop.child_token();
    let shipping = Shipping { settings: &settings, client, clock, spool: spool.clone(), standing, appended_seen };
    let observing = async {
        let (summary, ended) = observer.run(ending.clone()).await;
        if ended {
            // Nothing more will come: what is stored is still sent.
            let (all, mut seen) = (*appended.borrow(), standing_seen.clone());
            let drained = async { seen.wait_for(|s| s.drained_at == Some(all)).await.is_ok() };
            ending.run_until_cancelled(drained).await;
        }
        ending.cancel();
        summary
    };
    let rng = &mut surroundings.rng;
    let (mut summary, shipped) = tokio::join!(Box::pin(observing), Box::pin(shipping.run(identity, rng, &ending)));
    shipped?;
    summary.acked_records = standing_seen.borrow().acked_records;
    summary.waiting_records = spool.with(|spool| spool.stats().waiting_records).await;
    spool.close().await;
    Ok(summary)
}

/// Everything from an identity to acknowledged records.
struct Shipping<'a> {
    settings: &'a Settings,
    client: Client,
    clock: Clock,
    spool: Shared,
    standing: watch::Sender<Standing>,
    appended_seen: watch::Receiver<u64>,
}

impl Shipping<'_> {
    async fn run(self, mut identity: Identity, rng: &mut StdRng, stop: &CancellationToken) -> Result<(), RunError> {
        let pacing = pacing(self.settings);
        // Whoever is new has waited its random time before it enrolled; then nothing is left to spread.
        let (membership, first) = match &identity.enrolled {
            Some(membership) => {
                config::forget_token();
                (membership.clone(), pacing.first)
            }
            None => match self.enrol(identity.clone(), Pace::new(pacing, fork(rng)), stop).await {
                Some(membership) => {
                    let membership = membership.inspect_err(|_| stop.cancel())?;
                    config::forget_token();
                    (membership, std::time::Duration::ZERO)
                }
                None => return Ok(()),
            },
        };
        identity.enrolled = Some(membership.clone());
        let courier = Courier {
            client: self.client,
            ring: ring(identity, membership, self.settings.data_dir.clone(), fork(rng)),
            spool: self.spool,
            clock: self.clock,
            boot_id: facts::boot_id(),
            standing: self.standing,
            appended: self.appended_seen,
        };
        courier.run(Pace::new(Pacing { first, ..pacing }, fork(rng)), stop.clone()).await;
        Ok(())
    }

    /// None if it was told to stop before the server answered.
    async fn enrol(
        &self,
        identity: Identity,
        pace: Pace,
        stop: &CancellationToken,
    ) -> Option<Result<Membership, RunError>> {
        let introduction = match introduction(self.settings) {
            Ok(introduction) => introduction,
            Err(error) => return Some(Err(error)),
        };
        let enrolment = Enrolment {
            client: &self.client,
            data_dir: &self.settings.data_dir,
            introduction,
            clock: self.clock.clone(),
        };
        let membership = stop.run_until_cancelled(enrolment.run(identity, pace)).await?;
        Some(membership.map_err(RunError::from))
    }
}

/// The keys of a membership, which are saved with the identity whenever they change.
fn ring(mut identity: Identity, membership: Membership, data_dir: PathBuf, rng: StdRng) -> Ring {
    let Membership { key, next_key, former_key, .. } = membership.clone();
    let keep = move |keys: &Keys| {
        let Keys { current, next, former } = keys.clone();
        let kept = Membership { key: current, next_key: next, former_key: former, ..membership.clone() };
        identity.enrolled = Some(kept);
        identity.save(&data_dir).map_err(|error| error.to_string())
    };
    Ring::new(Keys { current: key, next: next_key, former: former_key }, Box::new(keep), rng)
}

/// A client for the server of these settings.
///
/// # Errors
/// The address or the trusted authority cannot be used.
pub fn client(settings: &Settings, clock: Clock) -> Result<Client, RunError> {
    let pin = settings.pin.as_deref().map(str::parse).transpose()?;
    let learned = Some(settings.data_dir.join("authorities.json"));
    let shown = settings.client_cert.clone().map(|certificate| {
        let key = settings.client_key.clone().unwrap_or_else(|| certificate.clone());
        Shown { certificate, key }
    });
    let trust = Trust { ca: settings.ca.clone(), pin, learned, shown };
    Ok(Client::new(&settings.server, &trust, settings.proxy.as_deref(), Limits::default(), clock)?)
}

/// How this host introduces itself.
///
/// # Errors
/// There is no token, or the computer has no name of its own.
pub fn introduction(settings: &Settings) -> Result<Introduction, RunError> {
    let host = facts::of_this_host();
    Ok(Introduction {
        token: settings.token.clone().ok_or(RunError::NoToken)?,
        machine_id: settings.machine_id.clone().or_else(facts::machine_id).ok_or(RunError::NoMachineId)?,
        name: settings.name.clone().unwrap_or(host.name),
        os: host.os,
        domain: host.domain,
    })
}

/// Directory of the spool below a data directory.
#[must_use]
pub fn spool_dir(settings: &Settings) -> std::path::PathBuf {
    settings.data_dir.join("spool")
}

fn identity(settings: &Settings, rng: &mut StdRng) -> Result<Identity, RunError> {
    // A simulated or named machine is what it is told to be.
    let hardware = if settings.machine_id.is_some() { None } else { facts::hardware_id() };
    if let Some(identity) = Identity::load(&settings.data_dir)? {
        if !identity::is_copied(&identity, hardware.as_deref()) {
            if identity.enrolled.is_none() {
                introduction(settings)?;
            }
            return Ok(identity);
        }
        // Without a token it waits for one, and does not send under another host's name meanwhile.
        introduction(settings).map_err(|_| RunError::Copied)?;
        tracing::warn!("this is a copy of another computer: it enrols as a host of its own");
        identity::lay_aside(&settings.data_dir, &spool_dir(settings))?;
    }
    introduction(settings)?;
    let identity = Identity { hardware, ..Identity::fresh(&settings.server, rng) };
    identity.save(&settings.data_dir)?;
    Ok(identity)
}

async fn open_spool(settings: &Settings, clock: Clock, rng: StdRng) -> Result<Shared, RunError> {
    let bounds = settings.spool;
    let options = spool::Options {
        dir: spool_dir(settings),
        max_bytes: bounds.max_bytes,
        keep_bytes: bounds.keep_bytes,
        keep_ms: i64::from(bounds.keep_hours) * 3_600_000,
    };
    let open = move || Spool::open(options, Arc::new(RealDisk), clock, rng);
    match tokio::task::spawn_blocking(open).await {
        Ok(opened) => Ok(Shared::new(opened?)),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn pacing(settings: &Settings) -> Pacing {
    let waits = settings.waits;
    Pacing { first: waits.first, step: waits.step, most: waits.most, pending: waits.pending, slow: waits.slow }
}

/// Another source of chance, which one seed repeats as well.
fn fork(rng: &mut StdRng) -> StdRng {
    StdRng::from_seed(rng.random())
}
