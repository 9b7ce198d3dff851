//! Users: whose accounts hold the sessions. Ranking and single page are those of [`holders`].

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::holders::{self, Asked, Kind};
use crate::model::UserId;
use crate::store;
use crate::store::rank::By;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;
use crate::web::sight::Sees;

/// `GET /users?range&by&q&host&group&class&page&format`
pub async fn index(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    holders::index(&site, Kind::User, (by, sees, viewer), asked, &headers).await
}

/// `GET /users/{id}?range&from&to&format&chart&table`
pub async fn show(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    (Path(id), Query(asked)): (Path<UserId>, Query<Asked>),
    headers: HeaderMap,
) -> Result<Response> {
    let name = store::names::user(&site.db, id).await?.ok_or(Error::NotFound("user"))?;
    sees.holder(&site, (By::User, id.0), "user").await?;
    let name = name.seen_by(&site.eyes.of_person(&by));
    holders::show(&site, (Kind::User, id.0, name), (by, sees, viewer), (&asked, &headers)).await
}
