//! Whose computers hold the sessions: SMB clients.

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::holders::body::{ClientsBody, HolderDetailBody};
use super::holders::{RankedParams, StretchParams, one, ranked, table};
use super::id::Id;
use super::query::{Query, Result};
use crate::model::ClientId;
use crate::store;
use crate::store::rank::By;
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::error::Error;
use crate::web::sight::Sees;

/// Clients by what they hold, the greatest first.
///
/// Who is confined to groups of hosts is told of what was held on those hosts alone.
#[utoipa::path(
    get, path = "/api/v1/clients", operation_id = "listClients", tag = "clients",
    params(RankedParams, StretchParams),
    responses((status = 200, description = "Clients", content((ClientsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(by: May<Read>, sees: Sees, State(site): State<Site>, query: Query) -> Result<Response> {
    let (how, of, (clients, next)) = ranked((&site, &sees, &by.caller), By::Client, query).await?;
    let body = ClientsBody { of, clients, next };
    Ok(how.list(&body, table("clients"), body.next.as_deref()))
}

/// One client, over all hosts.
///
/// Of a name that was merged, the client whose name it is. Who is confined to groups of hosts is told of those hosts alone: whoever was
/// on none of them is not there.
#[utoipa::path(
    get, path = "/api/v1/clients/{id}", operation_id = "getClient", tag = "clients",
    params(("id" = i64, Path, description = "The client's id."), StretchParams),
    responses((status = 200, description = "The client", body = HolderDetailBody)),
)]
pub async fn show(
    _: May<Read>,
    sees: Sees,
    State(site): State<Site>,
    Id(id): Id<ClientId>,
    query: Query,
) -> Result<Json<HolderDetailBody>> {
    let id = store::aliases::main_of(&site.db, id).await?;
    let name = store::names::client(&site.db, id).await?.ok_or(Error::NotFound("client"))?;
    sees.holder(&site, (By::Client, id.0), "client").await?;
    one((&site, &sees), By::Client, (id.0, name), query).await
}
