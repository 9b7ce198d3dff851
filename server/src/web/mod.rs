//! Every URL of the server, and who may ask for it: THE route table.

pub mod address;
pub mod api;
pub mod assets;
pub mod audit;
pub mod auth;
pub mod authorities;
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
pub mod person;
pub mod policy;
pub mod qr;
pub mod query;
pub mod room;
pub mod sheet;
pub mod sight;
mod site;
mod table;
pub mod unchanged;
mod webhook;

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::{Extension, Router, middleware};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::routes;

use self::policy::Policy::{
    Administrator, Agent, Anonymous, ApprovedAgent, Enrolment, Metrics, Operator, Viewer, Wall,
};
pub use self::site::{Listener, Outgoing, Previews, Public, Site};
pub use self::table::Declared;
use self::table::{Endpoints, Table};
use crate::model::api_key::Scope;
use crate::model::connector::Connector;
use crate::model::webhook::Webhook;

/// Puts the routes of the table together, with what stands around them.
pub fn router(site: Site) -> Router {
    let (server_url, hsts_secs) = (site.public.server_url.clone(), site.public.hsts_secs);
    // Of pages whose address is a secret, or into which one is typed.
    let never_kept = SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let gate = auth::Gate::new(site.known_passwords.clone());
    let pages = pages().router(&site).merge(secrets().router(&site).layer(never_kept));
    let pages = layers::around_pages(pages.layer(Extension(gate)), &server_url);
    let endpoints = api::guard::around(endpoints().router(&site), &site);
    let agents = agents().router(&site).route_layer(middleware::from_fn_with_state(site.clone(), api::agent::prove));
    let watched = endpoints.merge(pages).layer(middleware::from_fn_with_state(site.clone(), audit::watch));
    let machines = agents.merge(machines().router(&site));
    let machines = machines.route_layer(middleware::from_fn_with_state(site.clone(), audit::machines::watch));
    let all = machines.merge(assets::router()).merge(watched);
    let all = all.fallback(error::no_route).method_not_allowed_fallback(error::no_method);
    let all = all.layer(middleware::from_fn_with_state(site.clone(), error::as_page));
    layers::around_all(all.with_state(site), hsts_secs)
}

/// Every route with its policy, but those of the files that pages load.
#[must_use]
pub fn routes() -> Vec<Declared> {
    let all = [agents(), machines(), secrets(), pages()].map(Table::declared).into_iter().flatten();
    all.chain(endpoints().declared()).collect()
}

/// What is there before anybody is signed in.
fn secrets() -> Table {
    Table::default()
        .get(Anonymous, "/sign-in", pages::sign_in::index)
        .post(Anonymous, "/sign-in", pages::sign_in::create)
        .post(Anonymous, "/sign-in/code", pages::sign_in::code::create)
        .get(Anonymous, "/sign-in/oidc", pages::sign_in::provider::begin)
        .get(Anonymous, pages::sign_in::provider::RETURN_PATH, pages::sign_in::provider::finish)
        .get(Anonymous, "/welcome/{secret}", pages::welcome::show)
        .post(Anonymous, "/welcome/{secret}", pages::welcome::create)
}

fn pages() -> Table {
    followed()
        .get(Wall.confined(), live::PATH, live::index)
        .post(Administrator, "/hosts/{id}/group", pages::hosts::group::change)
        .post(Operator.hostless(), "/views", pages::views::create)
        .post(Operator.hostless(), "/views/{id}", pages::views::change)
        .post(Anonymous, "/theme", layout::choose_theme)
        .post(Anonymous, "/language", layout::choose_language)
        .post(Viewer.own(), "/sign-out", pages::sign_in::destroy)
        .post(Operator.hostless(), "/screens", pages::screens::keep)
        .get(Administrator, "/clients/{id}/everything", pages::person::client)
        .get(Administrator, "/users/{id}/everything", pages::person::user)
        .post(Administrator, "/clients/{id}/names", pages::clients::merge)
        .post(Administrator, "/clients/{id}/names/{alias}/separate", pages::clients::separate)
        .get(Viewer.confined(), "/search", pages::search::index)
        .get(Viewer.confined(), "/events/{id}", pages::events::show)
        .merge(incidents())
        .merge(account())
        .get(Anonymous, "/problems", pages::problems::index)
        .get(Anonymous, "/problems/{word}", pages::problems::show)
        .merge(settings())
        .get(Anonymous, "/api/docs", api::docs::slash)
        .get(Anonymous, "/api/docs/", api::docs::page)
        .get(Anonymous, "/api/docs/{file}", api::docs::file)
        .get(Anonymous, "/api/v1/openapi.json", api::docs::document)
}

/// Pages that follow what they show while they are open.
fn followed() -> Table {
    Table::default()
        .get(Wall.confined(), "/", pages::fleet::index)
        .get(Viewer.confined(), "/hosts/{id}", pages::hosts::show)
        .get(Viewer.confined(), "/clients", pages::clients::index)
        .get(Viewer.confined(), "/clients/{id}", pages::clients::show)
        .get(Viewer.confined(), "/users", pages::users::index)
        .get(Viewer.confined(), "/users/{id}", pages::users::show)
        .get(Viewer.confined(), "/events", pages::events::index)
        .get(Viewer.confined(), "/incidents", pages::incidents::index)
        .get(Viewer.confined(), "/incidents/{id}", pages::incidents::show)
        .get(Viewer.confined(), "/findings", pages::findings::index)
        .get(Viewer.confined(), "/findings/{rule}", pages::findings::show)
        .followed()
}

/// What agents ask.
fn agents() -> Table {
    Table::default()
        .post(Enrolment, highwater_wire::ENROL_PATH, api::agent::enrol)
        .post(ApprovedAgent, highwater_wire::BATCHES_PATH, api::agent::push)
        .get(Agent, highwater_wire::SETTINGS_PATH, api::agent::settings)
        .post(ApprovedAgent, highwater_wire::KEY_PATH, api::agent::offer)
}

/// What those who run the server ask.
fn machines() -> Table {
    Table::default()
        .get(Anonymous, "/healthz", ops::healthz)
        .get(Anonymous, "/readyz", ops::readyz)
        // The handler knows who may.
        .get(Metrics, "/metrics", ops::metrics)
}

/// What is one's own, whatever one's role.
fn account() -> Table {
    Table::default()
        .get(Viewer.own(), "/account", pages::account::show)
        .post(Viewer.own(), "/account/password", pages::account::password::change)
        .post(Viewer.own(), "/account/sessions/end-others", pages::account::sessions::end_others)
        .post(Viewer.own(), "/account/sessions/{session}/end", pages::account::sessions::end)
        .post(Viewer.own(), "/account/factor", pages::account::factor::begin)
        .post(Viewer.own(), "/account/factor/confirm", pages::account::factor::confirm)
        .post(Viewer.own(), "/account/factor/off", pages::account::factor::off)
}

fn incidents() -> Table {
    Table::default()
        .get(Viewer.confined(), "/incidents/{id}/bundle", pages::incidents::bundle)
        .get(Viewer.confined(), "/incidents/{id}/free.ps1", pages::incidents::free)
        .get(Viewer.confined(), "/incidents/{id}/trace.ps1", pages::incidents::trace)
        .post(Operator.confined(), "/incidents/{id}/acknowledge", pages::incidents::acknowledge)
        .post(Operator.confined(), "/incidents/{id}/assign", pages::incidents::assign)
        .post(Operator.confined(), "/incidents/{id}/comment", pages::incidents::comment)
        .post(Operator.confined(), "/incidents/{id}/resolve", pages::incidents::resolve)
        .post(Operator.confined(), "/incidents/{id}/reopen", pages::incidents::reopen)
        .post(Operator.confined(), "/incidents/{id}/tickets", pages::incidents::link)
        .post(Operator.confined(), "/incidents/{id}/tickets/unlink", pages::incidents::unlink)
}

fn settings() -> Table {
    Table::default()
        .get(Administrator, "/settings/agents", pages::agents::index)
        .post(Administrator, "/settings/agents/{id}/decide", pages::agents::decide)
        .post(Administrator, "/settings/agents/{id}/key", pages::agents::key)
        .get(Administrator, "/settings/tokens", pages::tokens::index)
        .post(Administrator, "/settings/tokens", pages::tokens::create)
        .post(Administrator, "/settings/tokens/{id}/revoke", pages::tokens::revoke)
        .post(Administrator, "/settings/tokens/rules", pages::tokens::rules::create)
        .post(Administrator, "/settings/tokens/rules/{id}/delete", pages::tokens::rules::delete)
        .get(Administrator, "/settings/accounts", pages::accounts::index)
        .post(Administrator, "/settings/accounts", pages::accounts::create)
        .get(Administrator, "/settings/accounts/{id}", pages::accounts::show)
        .post(Administrator, "/settings/accounts/{id}/role", pages::accounts::deeds::set_role)
        .post(Administrator, "/settings/accounts/{id}/groups", pages::accounts::deeds::confine)
        .post(Administrator, "/settings/accounts/{id}/switch", pages::accounts::deeds::switch)
        .post(Administrator, "/settings/accounts/{id}/link", pages::accounts::deeds::link)
        .post(Administrator, "/settings/accounts/{id}/sign-out", pages::accounts::deeds::sign_out)
        .post(Administrator, "/settings/accounts/{id}/delete", pages::accounts::deeds::delete)
        .get(Administrator, "/settings/keys", pages::keys::index)
        .post(Administrator, "/settings/keys", pages::keys::create)
        .post(Administrator, "/settings/keys/{id}/revoke", pages::keys::revoke)
        .get(Administrator, "/settings/classes", pages::classes::index)
        .post(Administrator, "/settings/classes", pages::classes::create)
        .post(Administrator, "/settings/classes/{id}/move", pages::classes::shift)
        .post(Administrator, "/settings/classes/{id}/delete", pages::classes::delete)
        .get(Administrator, "/settings/groups", pages::groups::index)
        .post(Administrator, "/settings/groups/rules", pages::groups::add_rule)
        .post(Administrator, "/settings/groups/rules/{id}", pages::groups::change_rule)
        .post(Administrator, "/settings/groups/hosts", pages::groups::change_hosts)
        .merge(webhooks())
        .merge(tickets())
        .get(Administrator, "/settings/alerts", pages::alerts::index)
        .post(Administrator, "/settings/alerts", pages::alerts::save)
        .post(Administrator, "/settings/alerts/{id}", pages::alerts::change)
        // What is silent is said on pages that everybody reads.
        .get(Viewer.confined(), "/settings/silences", pages::silences::index)
        .post(Operator.confined(), "/settings/silences", pages::silences::create)
        .post(Operator.confined(), "/settings/silences/{id}/end", pages::silences::end)
        .get(Administrator, "/settings/audit", pages::audit::index)
        .get(Administrator, "/settings/diagnosis", pages::diagnosis::index)
        .get(Administrator, "/settings/package/{name}", pages::package::download)
}

fn webhooks() -> Table {
    Table::default()
        .get(Administrator, "/settings/webhooks", pages::webhooks::index)
        .post(Administrator, "/settings/webhooks", pages::webhooks::create)
        .get(Administrator, "/settings/webhooks/{id}", pages::webhooks::show)
        .post(Administrator, "/settings/webhooks/{id}", pages::webhooks::update)
        .post(Administrator, "/settings/webhooks/{id}/switch", pages::deliveries::switch::<Webhook>)
        .post(Administrator, "/settings/webhooks/{id}/delete", pages::deliveries::delete::<Webhook>)
        .post(Administrator, "/settings/webhooks/{id}/rotate", pages::webhooks::rotate)
        .post(Administrator, "/settings/webhooks/{id}/test", pages::webhooks::test)
        .post(Administrator, "/settings/webhooks/{id}/again", pages::deliveries::again_since::<Webhook>)
        .get(Administrator, "/settings/webhooks/{id}/deliveries/{delivery}", pages::deliveries::show::<Webhook>)
        .post(Administrator, "/settings/webhooks/{id}/deliveries/{delivery}/again", pages::deliveries::again::<Webhook>)
}

fn tickets() -> Table {
    Table::default()
        .get(Administrator, "/settings/tickets", pages::tickets::index)
        .post(Administrator, "/settings/tickets", pages::tickets::create)
        .get(Administrator, "/settings/tickets/{id}", pages::tickets::show)
        .post(Administrator, "/settings/tickets/{id}", pages::tickets::update)
        .post(Administrator, "/settings/tickets/{id}/switch", pages::deliveries::switch::<Connector>)
        .post(Administrator, "/settings/tickets/{id}/delete", pages::deliveries::delete::<Connector>)
        .post(Administrator, "/settings/tickets/{id}/test", pages::tickets::test)
        .post(Administrator, "/settings/tickets/{id}/again", pages::deliveries::again_since::<Connector>)
        .get(Administrator, "/settings/tickets/{id}/deliveries/{delivery}", pages::deliveries::show::<Connector>)
        .post(
            Administrator,
            "/settings/tickets/{id}/deliveries/{delivery}/again",
            pages::deliveries::again::<Connector>,
        )
}

/// What programs ask. Each endpoint's address stands with it, where the document gets it from.
fn endpoints() -> Endpoints {
    Endpoints::default()
        .allow_confined(Scope::Read, routes!(api::hosts::index))
        .allow_confined(Scope::Read, routes!(api::hosts::show))
        .allow_confined(Scope::Read, routes!(api::hosts::sessions::sessions))
        .allow_confined(Scope::Read, routes!(api::hosts::usage))
        .allow_confined(Scope::Read, routes!(api::hosts::gaps))
        .allow_confined(Scope::Read, routes!(api::hosts::counters::counters))
        .allow_confined(Scope::Read, routes!(api::hosts::counters::shares))
        .allow_confined(Scope::Read, routes!(api::hosts::counters::changes))
        .allow_confined(Scope::Read, routes!(api::clients::index))
        .allow_confined(Scope::Read, routes!(api::clients::show))
        .allow_confined(Scope::Read, routes!(api::users::index))
        .allow_confined(Scope::Read, routes!(api::users::show))
        .allow_confined(Scope::Read, routes!(api::events::index))
        .allow_confined(Scope::Read, routes!(api::events::show))
        .allow_confined(Scope::Read, routes!(api::incidents::index))
        .allow_confined(Scope::Read, routes!(api::incidents::show))
        .allow_confined(Scope::Read, routes!(api::incidents::files::bundle))
        .allow_confined(Scope::Read, routes!(api::incidents::files::free))
        .allow_confined(Scope::Read, routes!(api::incidents::files::trace))
        .allow_confined(Scope::WriteIncidents, routes!(api::incidents::deeds::acknowledge))
        .allow_confined(Scope::WriteIncidents, routes!(api::incidents::deeds::assign))
        .allow_confined(Scope::WriteIncidents, routes!(api::incidents::deeds::comment))
        .allow_confined(Scope::WriteIncidents, routes!(api::incidents::deeds::link))
        .allow_confined(Scope::WriteIncidents, routes!(api::incidents::deeds::unlink))
        .allow_confined(Scope::WriteIncidents, routes!(api::incidents::deeds::resolve))
        .allow_confined(Scope::WriteIncidents, routes!(api::incidents::deeds::reopen))
        .allow_confined(Scope::Read, routes!(api::findings::index))
        .allow_confined(Scope::Read, routes!(api::groups::index))
        .allow(Scope::Admin, routes!(api::agents::index))
        .allow(Scope::Admin, routes!(api::agents::show))
        .allow(Scope::Admin, routes!(api::agents::rotate))
        .allow(Scope::Admin, routes!(api::tokens::index))
        .allow(Scope::Admin, routes!(api::tokens::show))
        .allow(Scope::Admin, routes!(api::tokens::rules))
        .allow(Scope::Admin, routes!(api::audit::index))
        .allow(Scope::Admin, routes!(api::webhooks::index))
        .allow(Scope::Admin, routes!(api::webhooks::show))
        .allow(Scope::Admin, routes!(api::webhooks::deliveries))
        .allow(Scope::Admin, routes!(api::webhooks::delivery))
        .allow(Scope::Admin, routes!(api::webhooks::deeds::create))
        .allow(Scope::Admin, routes!(api::webhooks::deeds::change))
        .allow(Scope::Admin, routes!(api::webhooks::deeds::delete))
        .allow(Scope::Admin, routes!(api::webhooks::deeds::rotate))
        .allow(Scope::Admin, routes!(api::webhooks::deeds::test))
        .allow(Scope::Admin, routes!(api::webhooks::deeds::redeliver))
}

/// What the endpoints are, as OpenAPI.
#[must_use]
pub fn document() -> serde_json::Value {
    api::document::finish(&endpoints().document())
}
