//! The certificate that is served, and what those of clients are judged by, for as long as the server runs: files that change are noticed, and
//! what cannot be used changes nothing, neither of the one nor of the other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;

use crate::clock::Clock;
use crate::config::Config;
use crate::model::time::HOUR_MS;
use crate::stamp::Stamp;
use crate::tls::{self, Clients, Identity, TlsError};
use crate::web::authorities::Authorities;

/// How often it is looked whether a file changed.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often files are read again that change while they are.
const MOST_READ: usize = 3;

/// Shared by the listener, the pages and whoever renews it.
#[derive(Debug, Clone)]
pub(super) struct Served {
    config: Config,
    clock: Clock,
    pub(super) rustls: RustlsConfig,
    pub(super) authorities: Authorities,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug)]
struct Seen {
    stamps: Vec<Option<Stamp>>,
    due_at: i64,
    clients: Option<Arc<Clients>>,
}

impl Served {
    /// # Errors
    /// Names the file, and what to do.
    pub(super) fn start(config: &Config, clock: &Clock) -> Result<Self, TlsError> {
        let (identity, stamps) = load(config, clock)?;
        warn(&identity, clock);
        let seen = Arc::new(Mutex::new(Seen { stamps, due_at: identity.due_at, clients: identity.clients }));
        let rustls = RustlsConfig::from_config(identity.server);
        let authorities = Authorities::new(identity.authorities);
        Ok(Self { config: config.clone(), clock: clock.clone(), rustls, authorities, seen })
    }

    /// Loads it again, and says in the log what came of it. Connections that are open stay as they are, but that nobody is served over one whose
    /// client's certificate counts no longer.
    pub(super) fn reload(&self) {
        match self.read_again() {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => tracing::error!(
                %error,
                "the certificate, or what those of agents are judged by, cannot be read again; the one in use stays"
            ),
        }
    }

    /// # Errors
    /// Names the file; what is in use stays.
    fn read_again(&self) -> Result<(), TlsError> {
        let before = tls::stamps(&self.config);
        let loaded = load(&self.config, &self.clock);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match loaded {
            Ok((identity, stamps)) => {
                warn(&identity, &self.clock);
                *seen = Seen { stamps, due_at: identity.due_at, clients: identity.clients };
                self.rustls.reload_from_config(identity.server);
                self.authorities.set(identity.authorities);
                Ok(())
            }
            Err(error) => {
                // Said once for each change, and tried again with the next.
                (seen.stamps, seen.due_at) = (before, self.clock.now_at() + HOUR_MS);
                Err(error)
            }
        }
    }

    /// Judges the certificate that a client showed when its connection began by what is known now.
    ///
    /// # Errors
    /// Why it counts no longer.
    pub(super) fn judge(&self, shown: &[Vec<u8>]) -> Result<(), String> {
        let clients = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clients.clone();
        clients.map_or(Ok(()), |clients| clients.judge_again(shown, self.clock.now_at()))
    }

    /// Loads it again if a file changed or it is time.
    pub(super) fn look(&self) {
        if self.is_due() {
            self.reload();
        }
    }

    fn is_due(&self) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.clock.now_at() >= seen.due_at || tls::stamps(&self.config) != seen.stamps
    }
}

/// Tells what is to be known of lists of revoked certificates.
fn warn(identity: &Identity, clock: &Clock) {
    for concern in identity.clients.iter().flat_map(|clients| clients.concerns(clock.now_at())) {
        tracing::warn!("agents' certificates: {concern}. {}", concern.remedy());
    }
}

/// With the state of its files from before it was loaded: whatever changes meanwhile is noticed later. What it wrote itself is read once more.
fn load(config: &Config, clock: &Clock) -> Result<(Identity, Vec<Option<Stamp>>), TlsError> {
    let mut stamps = tls::stamps(config);
    for _ in 0..MOST_READ {
        let identity = tls::load(config, clock.now_at())?;
        let after = tls::stamps(config);
        if after == stamps {
            return Ok((identity, stamps));
        }
        stamps = after;
    }
    // Somebody writes all the time: it is looked at again soon.
    Ok((tls::load(config, clock.now_at())?, stamps))
}
