//! Whose accounts hold the sessions: SMB users.

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::holders::body::{HolderDetailBody, UsersBody};
use super::holders::{RankedParams, StretchParams, one, ranked, table};
use super::id::Id;
use super::query::{Query, Result};
use crate::model::UserId;
use crate::store;
use crate::store::rank::By;
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::error::Error;
use crate::web::sight::Sees;

/// Users by what they hold, the greatest first.
///
/// Who is confined to groups of hosts is told of what was held on those hosts alone.
#[utoipa::path(
    get, path = "/api/v1/users", operation_id = "listUsers", tag = "users",
    params(RankedParams, StretchParams),
    responses((status = 200, description = "Users", content((UsersBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(by: May<Read>, sees: Sees, State(site): State<Site>, query: Query) -> Result<Response> {
    let (how, of, (users, next)) = ranked((&site, &sees, &by.caller), By::User, query).await?;
    let body = UsersBody { of, users, next };
    Ok(how.list(&body, table("users"), body.next.as_deref()))
}

/// One user, over all hosts.
///
/// Who is confined to groups of hosts is told of those hosts alone: whoever was on none of them is not there.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", operation_id = "getUser", tag = "users",
    params(("id" = i64, Path, description = "The user's id."), StretchParams),
    responses((status = 200, description = "The user", body = HolderDetailBody)),
)]
pub async fn show(
    by: May<Read>,
    sees: Sees,
    State(site): State<Site>,
    Id(id): Id<UserId>,
    query: Query,
) -> Result<Json<HolderDetailBody>> {
    let name = store::names::user(&site.db, id).await?.ok_or(Error::NotFound("user"))?;
    sees.holder(&site, (By::User, id.0), "user").await?;
    let name = name.seen_by(&site.eyes.of_caller(&by.caller));
    one((&site, &sees), By::User, (id.0, name), query).await
}
