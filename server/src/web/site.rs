//! What every handler can reach, and what this server says of itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{api, audit, auth, authorities, live, ops, room};
use crate::clock::Clock;
use crate::identity::Identity;
use crate::ingest::Ingest;
use crate::model::account::SessionLimits;
use crate::model::connector::{Card, Preview, System};
use crate::model::destination;
use crate::model::role::Role;
use crate::sealed::Keys;
use crate::store::Db;

/// What every handler can reach.
#[derive(Debug, Clone)]
pub struct Site {
    pub db: Db,
    pub clock: Clock,
    pub ingest: Ingest,
    pub public: Arc<Public>,
    /// What guards the agents' calls.
    pub agents: Arc<api::agent::Door>,
    /// Whether there is room for what they send.
    pub room: Arc<room::Room>,
    /// Who may read the metrics.
    pub ops: Arc<ops::Ops>,
    /// Who is believed to speak for others.
    pub proxies: auth::Proxies,
    /// The pages that are open.
    pub live: live::Live,
    /// What is needed to let this server send to others.
    pub outgoing: Arc<Outgoing>,
    /// Where people are known beside the accounts of this server.
    pub identity: Arc<Identity>,
    /// What the endpoints for programs share.
    pub api: Arc<api::Shared>,
    /// How long browsers stay signed in.
    pub sessions: SessionLimits,
    /// The least role that comes to nothing without a second factor, if its password is kept here.
    pub second_factor_from: Option<Role>,
    /// What no new password may be, if the settings name a list.
    pub known_passwords: Option<auth::KnownPasswords>,
    /// Who sees names of users.
    pub eyes: auth::NameSight,
    /// Keeps those who are not known from filling the audit log.
    pub noise: Arc<audit::Noise>,
    /// Keeps those who guess keys from the store.
    pub strangers: Arc<auth::Strangers>,
}

/// Where may be sent to, and what seals the secrets for it.
#[derive(Debug)]
pub struct Outgoing {
    pub policy: Arc<destination::Policy>,
    pub keys: Arc<Keys>,
    pub preview: Arc<dyn Previews>,
}

/// What would be sent to a ticket system.
pub trait Previews: fmt::Debug + Send + Sync {
    /// `settings`: by the names of the system's fields, without secrets.
    fn of(&self, system: System, settings: &BTreeMap<String, String>, card: &Card) -> Preview;
}

/// What pages print about this server.
#[derive(Debug, Clone, Default)]
pub struct Public {
    /// As agents reach it: `https://highwater.corp.example:8443`, without a slash at the end.
    pub server_url: String,
    /// The own authorities, by which agents know this server.
    pub authorities: authorities::Authorities,
    /// Where the Windows package lies that the pages offer.
    pub package_dir: std::path::PathBuf,
    /// What the server itself needs.
    pub places: crate::health::Places,
    /// Seconds for which browsers come back with TLS only; 0 for no such wish.
    pub hsts_secs: u32,
    /// For how many days snapshots are kept.
    pub snapshots_days: u32,
    /// For how many days what is kept, by the words of the settings.
    pub kept_days: Vec<(&'static str, u32)>,
    /// How names of users are kept, likewise.
    pub user_names: &'static str,
    /// The audit log is forwarded to another system.
    pub forwards_audit: bool,
    /// A simulated fleet: pages say so.
    pub is_demo: bool,
}

impl Public {
    /// The fingerprint by which new agents know this server, as they take it; none with given certificates.
    #[must_use]
    pub fn pin(&self) -> Option<String> {
        self.authorities.pins().pop()
    }
}

/// Which listener a request came through: put into every request's extensions by the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    Tls,
    /// Plain http on loopback (the demo's browser, or behind a reverse proxy on the same host).
    Plain,
}
