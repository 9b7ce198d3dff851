//! Every URL of the server, in one function.

pub mod api;
pub mod error;
pub mod ops;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::clock::Clock;
use crate::ingest::Ingest;
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
    /// Who may read the metrics.
    pub ops: Arc<ops::Ops>,
}

/// What pages print about this server.
#[derive(Debug, Clone, Default)]
pub struct Public {
    /// As agents reach it: `https://highwater.corp.example:8443`, without a slash at the end.
    pub server_url: String,
    /// SHA-256 of the own CA's certificate as upper-case hexadecimal pairs with colons; none with given certificates.
    pub ca_fingerprint: Option<String>,
    /// The own CA's certificate.
    pub ca_pem: Option<String>,
    /// A simulated fleet: pages say so.
    pub is_demo: bool,
}

/// Which listener a request came through: put into every request's extensions by the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    Tls,
    /// Plain http on loopback (the demo's browser, or behind a reverse proxy on the same host).
    Plain,
}

/// The route table.
pub fn router(site: Site) -> Router {
    let agents = Router::new()
        .route(highwater_wire::ENROL_PATH, post(api::agent::enrol))
        .route(highwater_wire::SETTINGS_PATH, get(api::agent::settings));
    let operations = Router::new()
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics));
    agents.merge(operations).with_state(site)
}
