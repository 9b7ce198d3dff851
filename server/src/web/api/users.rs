//! Whose accounts hold the sessions: SMB users. Ranking and single one are those of [`clients`](super::clients).

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use super::Instant;
use super::clients::body::{HolderDetailBody, UsersBody};
use super::clients::{COLUMNS, one, ranked};
use super::id::Id;
use super::list::Table;
use super::query::{Query, Result};
use crate::model::UserId;
use crate::store;
use crate::store::rank::By;
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::error::Error;

/// Users by what they hold, the greatest first.
#[utoipa::path(
    get, path = "/api/v1/users", operation_id = "listUsers", tag = "users",
    params(
        ("host" = Option<i64>, Query, description = "Only what was held on the host with this id."),
        ("group" = Option<String>, Query, description = "Only what was held on hosts of this group."),
        ("class" = Option<String>, Query, description = "Only those whom the rules put into this class."),
        ("from" = Option<Instant>, Query, description = "Seven days before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
        ("by" = Option<String>, Query, description = "By which figure they are ranked."),
        ("q" = Option<String>, Query, description = "Only those with this text in their name, without regard to case."),
        ("limit" = Option<u32>, Query, description = "How many at most; 100 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Users", content((UsersBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Read>, State(site): State<Site>, query: Query) -> Result<Response> {
    let (how, of, (users, next)) = ranked(&site, By::User, query).await?;
    let body = UsersBody { of, users, next };
    Ok(how.list(&body, Table { rows: "users", columns: COLUMNS }, body.next.as_deref()))
}

/// One user, over all hosts.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", operation_id = "getUser", tag = "users",
    params(
        ("id" = i64, Path, description = "The user's id."),
        ("from" = Option<Instant>, Query, description = "Seven days before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
    ),
    responses((status = 200, description = "The user", body = HolderDetailBody)),
)]
pub async fn show(
    _: May<Read>,
    State(site): State<Site>,
    Id(id): Id<UserId>,
    query: Query,
) -> Result<Json<HolderDetailBody>> {
    let name = store::names::user(&site.db, id).await?.ok_or(Error::NotFound("user"))?;
    one(&site, By::User, (id.0, name), query).await
}
