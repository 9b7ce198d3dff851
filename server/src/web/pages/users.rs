//! Users: whose accounts hold the sessions. Ranking and single page are those of [`holders`].

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::holders::{self, Asked, Kind};
use crate::model::UserId;
use crate::store;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;

/// `GET /users?range&by&q&host&group&class&page&format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    holders::index(&site, Kind::User, (by, viewer), asked, &headers).await
}

/// `GET /users/{id}?range&from&to&format&chart&table`
pub async fn show(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    (Path(id), Query(asked)): (Path<UserId>, Query<Asked>),
    headers: HeaderMap,
) -> Result<Response> {
    let name = store::names::user(&site.db, id).await?.ok_or(Error::NotFound("user"))?;
    let name = name.seen_by(&site.sight.of_person(&by));
    holders::show(&site, (Kind::User, id.0, name), (by, viewer), (&asked, &headers)).await
}
