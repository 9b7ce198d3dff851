//! Clients: who holds the sessions. Ranking and single page are those of [`holders`].

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::holders::{self, Asked, Kind};
use crate::locale::Message;
use crate::model::ClientId;
use crate::model::audit::{Action, Deed, Subject};
use crate::store;
use crate::store::aliases::{self, Merged};
use crate::store::rank::By;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::{self, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;
use crate::web::sight::Sees;

#[derive(Debug, Deserialize)]
pub struct Merge {
    other: ClientId,
    /// What the page was asked for: `?…`.
    #[serde(default)]
    back: String,
}

#[derive(Debug, Deserialize)]
pub struct Separate {
    #[serde(default)]
    back: String,
}

/// `GET /clients?range&by&q&host&group&class&page&format`
pub async fn index(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    holders::index(&site, Kind::Client, (by, sees, viewer), asked, &headers).await
}

/// `GET /clients/{id}?range&from&to&q&format&chart&table`: of a name that was merged, leads to the client whose name it is.
pub async fn show(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    (Path(id), Query(asked), RawQuery(raw)): (Path<ClientId>, Query<Asked>, RawQuery),
    headers: HeaderMap,
) -> Result<Response> {
    let main = aliases::main_of(&site.db, id).await?;
    sees.holder(&site, (By::Client, main.0), "client").await?;
    if main != id {
        let raw = raw.map(|raw| format!("?{raw}")).unwrap_or_default();
        return Ok(Redirect::to(&format!("/clients/{main}{raw}")).into_response());
    }
    let name = store::names::client(&site.db, id).await?.ok_or(Error::NotFound("client"))?;
    holders::show(&site, (Kind::Client, id.0, name), (by, sees, viewer), (&asked, &headers)).await
}

/// `POST /clients/{id}/names`: another name is read as this client from now on.
pub async fn merge(State(site): State<Site>, Path(id): Path<ClientId>, form: auth::Form<Merge>) -> Result<Redirect> {
    let (Merge { other, back }, by) = (form.fields, &form.by.account);
    let mut tx = site.db.begin().await?;
    match aliases::merge(&mut tx, id, other, &by.name, site.clock.now_at()).await? {
        Merged::Done => {}
        Merged::Already => {
            return Err(Error::Conflict(Message::for_anybody("names-already")));
        }
        Merged::Unknown => return Err(Error::NotFound("client")),
        Merged::Taken(main) => {
            let main = store::names::client(&site.db, main).await?.unwrap_or_default();
            return Err(Error::Conflict(Message::for_anybody("names-taken").with("main", main)));
        }
    }
    let deed = Deed::new(Action::NameMerged, Subject::client(id)).after("other_id", other);
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(client = id.0, other = other.0, account = by.id.0, "two names of a client were merged");
    Ok(back_to(id, &back))
}

/// `POST /clients/{id}/names/{alias}/separate`: the name is a client of its own again.
pub async fn separate(
    State(site): State<Site>,
    Path((id, alias)): Path<(ClientId, ClientId)>,
    form: auth::Form<Separate>,
) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    if !aliases::separate(&mut tx, alias).await? {
        return Err(Error::Conflict(Message::for_anybody("names-apart")));
    }
    let deed = Deed::new(Action::NameSeparated, Subject::client(id)).after("other_id", alias);
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(client = id.0, alias = alias.0, account = form.by.account.id.0, "a name was separated again");
    Ok(back_to(id, &form.fields.back))
}

/// To the names of the client, asked for as before.
fn back_to(id: ClientId, asked: &str) -> Redirect {
    let page = format!("/clients/{id}{asked}");
    Redirect::to(&format!("{}#names", auth::safe_next(&page)))
}
