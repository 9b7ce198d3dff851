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
pub mod query;
pub mod sheet;
pub mod unchanged;
mod webhook;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::clock::Clock;
use crate::ingest::Ingest;
use crate::model::connector::{Card, Connector, Preview, System};
use crate::model::destination::Policy;
use crate::model::webhook::Webhook;
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
    /// What the endpoints for programs share.
    pub api: Arc<api::Shared>,
}

/// Where may be sent to, and what seals the secrets for it.
#[derive(Debug)]
pub struct Outgoing {
    pub policy: Arc<Policy>,
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
    /// SHA-256 of the own CA's certificate as upper-case hexadecimal pairs with colons; none with given certificates.
    pub ca_fingerprint: Option<String>,
    /// The own CA's certificate.
    pub ca_pem: Option<String>,
    /// Where the Windows package lies that the pages offer.
    pub package_dir: std::path::PathBuf,
    /// What the server itself needs.
    pub places: crate::health::Places,
    /// For how many days snapshots are kept.
    pub snapshots_days: u32,
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
        .route("/problems", get(pages::problems::index))
        .route("/problems/{word}", get(pages::problems::show))
        .merge(secrets)
        .merge(settings())
        .route("/api/docs", get(api::docs::slash))
        .route("/api/docs/", get(api::docs::page))
        .route("/api/docs/{file}", get(api::docs::file))
        .route("/api/v1/openapi.json", get(api::docs::document))
        .layer(Extension(auth::Gate::default()));
    let pages = layers::around_pages(pages, &server_url);
    let endpoints = api::guard::around(endpoints().split_for_parts().0, &site);
    let all = machines().merge(assets::router()).merge(endpoints).merge(pages);
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
        .route("/settings/keys", get(pages::keys::index).post(pages::keys::create))
        .route("/settings/keys/{id}/revoke", post(pages::keys::revoke))
        .route("/settings/classes", get(pages::classes::index).post(pages::classes::create))
        .route("/settings/classes/{id}/move", post(pages::classes::shift))
        .route("/settings/classes/{id}/delete", post(pages::classes::delete))
        .route("/settings/groups", get(pages::groups::index))
        .route("/settings/groups/rules", post(pages::groups::add_rule))
        .route("/settings/groups/rules/{id}", post(pages::groups::change_rule))
        .route("/settings/groups/hosts", post(pages::groups::change_hosts))
        .merge(webhooks())
        .merge(tickets())
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
        .route("/settings/webhooks/{id}/switch", post(pages::deliveries::switch::<Webhook>))
        .route("/settings/webhooks/{id}/delete", post(pages::deliveries::delete::<Webhook>))
        .route("/settings/webhooks/{id}/rotate", post(pages::webhooks::rotate))
        .route("/settings/webhooks/{id}/test", post(pages::webhooks::test))
        .route("/settings/webhooks/{id}/again", post(pages::deliveries::again_since::<Webhook>))
        .route("/settings/webhooks/{id}/deliveries/{delivery}", get(pages::deliveries::show::<Webhook>))
        .route("/settings/webhooks/{id}/deliveries/{delivery}/again", post(pages::deliveries::again::<Webhook>))
}

fn tickets() -> Router<Site> {
    Router::new()
        .route("/settings/tickets", get(pages::tickets::index).post(pages::tickets::create))
        .route("/settings/tickets/{id}", get(pages::tickets::show).post(pages::tickets::update))
        .route("/settings/tickets/{id}/switch", post(pages::deliveries::switch::<Connector>))
        .route("/settings/tickets/{id}/delete", post(pages::deliveries::delete::<Connector>))
        .route("/settings/tickets/{id}/test", post(pages::tickets::test))
        .route("/settings/tickets/{id}/again", post(pages::deliveries::again_since::<Connector>))
        .route("/settings/tickets/{id}/deliveries/{delivery}", get(pages::deliveries::show::<Connector>))
        .route("/settings/tickets/{id}/deliveries/{delivery}/again", post(pages::deliveries::again::<Connector>))
}

/// What programs ask. Each endpoint's address stands with it, where the document gets it from.
fn endpoints() -> OpenApiRouter<Site> {
    OpenApiRouter::new()
        .routes(routes!(api::hosts::index))
        .routes(routes!(api::hosts::show))
        .routes(routes!(api::hosts::sessions::sessions))
        .routes(routes!(api::hosts::usage))
        .routes(routes!(api::hosts::gaps))
        .routes(routes!(api::hosts::counters::counters))
        .routes(routes!(api::hosts::counters::shares))
        .routes(routes!(api::hosts::counters::changes))
        .routes(routes!(api::clients::index))
        .routes(routes!(api::clients::show))
        .routes(routes!(api::users::index))
        .routes(routes!(api::users::show))
        .routes(routes!(api::events::index))
        .routes(routes!(api::events::show))
        .routes(routes!(api::incidents::index))
        .routes(routes!(api::incidents::show))
        .routes(routes!(api::incidents::files::bundle))
        .routes(routes!(api::incidents::files::free))
        .routes(routes!(api::incidents::files::trace))
        .routes(routes!(api::incidents::deeds::acknowledge))
        .routes(routes!(api::incidents::deeds::assign))
        .routes(routes!(api::incidents::deeds::comment))
        .routes(routes!(api::incidents::deeds::link))
        .routes(routes!(api::incidents::deeds::unlink))
        .routes(routes!(api::incidents::deeds::resolve))
        .routes(routes!(api::incidents::deeds::reopen))
        .routes(routes!(api::findings::index))
        .routes(routes!(api::groups::index))
        .routes(routes!(api::agents::index))
        .routes(routes!(api::agents::show))
        .routes(routes!(api::tokens::index))
        .routes(routes!(api::tokens::show))
        .routes(routes!(api::webhooks::index))
        .routes(routes!(api::webhooks::show))
        .routes(routes!(api::webhooks::deliveries))
        .routes(routes!(api::webhooks::delivery))
        .routes(routes!(api::webhooks::deeds::create))
        .routes(routes!(api::webhooks::deeds::change))
        .routes(routes!(api::webhooks::deeds::delete))
        .routes(routes!(api::webhooks::deeds::rotate))
        .routes(routes!(api::webhooks::deeds::test))
        .routes(routes!(api::webhooks::deeds::redeliver))
}

/// What the endpoints are, as OpenAPI.
#[must_use]
pub fn document() -> serde_json::Value {
    api::document::finish(endpoints().get_openapi())
}
