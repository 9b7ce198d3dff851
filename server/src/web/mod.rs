//! Every URL of the server, in one function.

pub mod error;

use std::sync::Arc;

use axum::Router;

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
    Router::new().with_state(site)
}
