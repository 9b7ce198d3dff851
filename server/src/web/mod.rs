//! Every URL of the server, in one function.

pub mod address;
pub mod api;
pub mod assets;
pub mod auth;
pub mod beside;
pub mod bundle;
pub mod error;
pub mod finding;
pub mod incident;
pub mod knowledge;
pub mod labels;
pub mod layers;
pub mod layout;
pub mod live;
pub mod markup;
pub mod ops;
pub mod pages;
mod query;
pub mod sheet;
mod unchanged;

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::clock::Clock;
use crate::ingest::Ingest;
use crate::model::destination::Policy;
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
    /// Who may read the metrics.
    pub ops: Arc<ops::Ops>,
    /// The pages that are open.
    pub live: live::Live,
    /// What is needed to let this server send to others.
    pub outgoing: Arc<Outgoing>,
}

/// Where may be sent to, and what seals the secrets for it.
#[derive(Debug)]
pub struct Outgoing {
    pub policy: Arc<Policy>,
    pub keys: Arc<Keys>,
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
    /// Where the Windows package lies that the pages offer.
    pub package_dir: std::path::PathBuf,
    /// What the server itself needs.
    pub places: crate::health::Places,
    /// A simulated fleet: pages say so.
    pub is_demo: bool,
}

impl Public {
    /// The own CA's fingerprint as agents take it: the digits alone.
    #[must_use]
    pub fn pin(&self) -> Option<String> {
        self.ca_fingerprint.as_ref().map(|fingerprint| fingerprint.replace(':', ""))
    }
}

/// Which listener a request came through: put into every request's extensions by the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    Tls,
    /// Plain http on loopback (the demo's browser, or behind a reverse proxy on the same host).
    Plain,
}

/// The route table, with those below it.
pub fn router(site: Site) -> Router {
    let server_url = site.public.server_url.clone();
    // Of pages whose address is a secret, or into which one is typed.
    let never_kept = SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let secrets = Router::new()
        .route("/sign-in", get(pages::sign_in::index).post(pages::sign_in::create))
        .route("/welcome/{secret}", get(pages::welcome::show).post(pages::welcome::create))
        .layer(never_kept);
    let pages = Router::new()
        .merge(followed())
        .route_layer(middleware::from_fn_with_state(site.clone(), live::share))
        .route(live::PATH, get(live::index))
        .route("/hosts/{id}/group", post(pages::hosts::group::change))
        .route("/views", post(pages::views::create))
        .route("/views/{id}", post(pages::views::change))
        .route("/theme", post(layout::choose_theme))
        .route("/language", post(layout::choose_language))
        .route("/sign-out", post(pages::sign_in::destroy))
        .route("/clients/{id}/names", post(pages::clients::merge))
        .route("/clients/{id}/names/{alias}/separate", post(pages::clients::separate))
        .route("/search", get(pages::search::index))
        .route("/events/{id}", get(pages::events::show))
        .merge(incidents())
        .merge(secrets)
        .merge(settings())
        .merge(endpoints())
        .layer(Extension(auth::Gate::default()));
    let pages = layers::around_pages(pages, &server_url);
    let all = machines().merge(assets::router()).merge(pages);
    let all = all.fallback(error::no_route).method_not_allowed_fallback(error::no_method);
    let all = all.layer(middleware::from_fn_with_state(site.clone(), error::as_page));
    layers::around_all(all.with_state(site))
}

/// Pages that follow what they show while they are open.
fn followed() -> Router<Site> {
    Router::new()
        .route("/", get(pages::fleet::index))
        .route("/hosts/{id}", get(pages::hosts::show))
        .route("/clients", get(pages::clients::index))
        .route("/clients/{id}", get(pages::clients::show))
        .route("/users", get(pages::users::index))
        .route("/users/{id}", get(pages::users::show))
        .route("/events", get(pages::events::index))
        .route("/incidents", get(pages::incidents::index))
        .route("/incidents/{id}", get(pages::incidents::show))
        .route("/findings", get(pages::findings::index))
        .route("/findings/{rule}", get(pages::findings::show))
}

/// What agents and those who run the server ask.
fn machines() -> Router<Site> {
    Router::new()
        .route(highwater_wire::ENROL_PATH, post(api::agent::enrol))
        .route(highwater_wire::BATCHES_PATH, post(api::agent::push))
        .route(highwater_wire::SETTINGS_PATH, get(api::agent::settings))
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(ops::metrics))
}

fn incidents() -> Router<Site> {
    Router::new()
        .route("/incidents/{id}/bundle", get(pages::incidents::bundle))
        .route("/incidents/{id}/free.ps1", get(pages::incidents::free))
        .route("/incidents/{id}/trace.ps1", get(pages::incidents::trace))
        .route("/incidents/{id}/acknowledge", post(pages::incidents::acknowledge))
        .route("/incidents/{id}/assign", post(pages::incidents::assign))
        .route("/incidents/{id}/comment", post(pages::incidents::comment))
        .route("/incidents/{id}/resolve", post(pages::incidents::resolve))
        .route("/incidents/{id}/reopen", post(pages::incidents::reopen))
        .route("/incidents/{id}/tickets", post(pages::incidents::link))
        .route("/incidents/{id}/tickets/unlink", post(pages::incidents::unlink))
}

fn settings() -> Router<Site> {
    Router::new()
        .route("/settings/agents", get(pages::agents::index))
        .route("/settings/agents/{id}/decide", post(pages::agents::decide))
        .route("/settings/tokens", get(pages::tokens::index).post(pages::tokens::create))
        .route("/settings/tokens/{id}/revoke", post(pages::tokens::revoke))
        .route("/settings/classes", get(pages::classes::index).post(pages::classes::create))
        .route("/settings/classes/{id}/move", post(pages::classes::shift))
        .route("/settings/classes/{id}/delete", post(pages::classes::delete))
        .route("/settings/groups", get(pages::groups::index))
        .route("/settings/groups/rules", post(pages::groups::add_rule))
        .route("/settings/groups/rules/{id}", post(pages::groups::change_rule))
        .route("/settings/groups/hosts", post(pages::groups::change_hosts))
        .merge(webhooks())
        .route("/settings/alerts", get(pages::alerts::index).post(pages::alerts::save))
        .route("/settings/alerts/{id}", post(pages::alerts::change))
        .route("/settings/silences", get(pages::silences::index).post(pages::silences::create))
        .route("/settings/silences/{id}/end", post(pages::silences::end))
        .route("/settings/diagnosis", get(pages::diagnosis::index))
        .route("/settings/package/{name}", get(pages::package::download))
}

fn webhooks() -> Router<Site> {
    Router::new()
        .route("/settings/webhooks", get(pages::webhooks::index).post(pages::webhooks::create))
        .route("/settings/webhooks/{id}", get(pages::webhooks::show).post(pages::webhooks::update))
        .route("/settings/webhooks/{id}/switch", post(pages::webhooks::switch))
        .route("/settings/webhooks/{id}/delete", post(pages::webhooks::delete))
        .route("/settings/webhooks/{id}/rotate", post(pages::webhooks::rotate))
        .route("/settings/webhooks/{id}/test", post(pages::webhooks::test))
        .route("/settings/webhooks/{id}/again", post(pages::webhooks::again_since))
        .route("/settings/webhooks/{id}/deliveries/{delivery}", get(pages::webhooks::show_delivery))
        .route("/settings/webhooks/{id}/deliveries/{delivery}/again", post(pages::webhooks::again))
}

/// What programs ask.
fn endpoints() -> Router<Site> {
    Router::new()
        .route("/api/v1/hosts", get(api::hosts::index))
        .route("/api/v1/hosts/{id}", get(api::hosts::show))
        .route("/api/v1/hosts/{id}/sessions", get(api::hosts::sessions))
        .route("/api/v1/hosts/{id}/usage", get(api::hosts::usage))
        .route("/api/v1/hosts/{id}/gaps", get(api::hosts::gaps))
        .route("/api/v1/hosts/{id}/counters", get(api::hosts::counters))
        .route("/api/v1/hosts/{id}/shares", get(api::hosts::shares))
        .route("/api/v1/hosts/{id}/changes", get(api::hosts::changes))
        .route("/api/v1/clients", get(api::clients::index))
        .route("/api/v1/users", get(api::clients::users))
        .route("/api/v1/events", get(api::events::index))
        .route("/api/v1/events/{id}", get(api::events::show))
        .route("/api/v1/incidents", get(api::incidents::index))
        .route("/api/v1/incidents/{id}", get(api::incidents::show))
        .route("/api/v1/findings", get(api::findings::index))
}
