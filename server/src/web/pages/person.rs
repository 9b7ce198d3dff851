//! All that is kept of one client or user, for who has to tell a person what is known of him.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{Stream, StreamExt as _, unfold};

use crate::model::audit::Actor;
use crate::model::{ClientId, UserId};
use crate::store;
use crate::store::rank::By;
use crate::web::address::Path;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::person::{Whom, Zip, begin};
use crate::web::{Site, audit, bundle};

/// `GET /clients/{id}/everything`
pub async fn client(
    by: SignedIn,
    State(site): State<Site>,
    Path(id): Path<ClientId>,
    request: Request,
) -> Result<Response> {
    let name = store::names::client(&site.db, id).await?.ok_or(Error::NotFound("client"))?;
    answer((&site, &by), Whom { by: By::Client, name }, &format!("client-{id}"), request).await
}

/// `GET /users/{id}/everything`
pub async fn user(
    by: SignedIn,
    State(site): State<Site>,
    Path(id): Path<UserId>,
    request: Request,
) -> Result<Response> {
    let name = store::names::user(&site.db, id).await?.ok_or(Error::NotFound("user"))?;
    let name = name.seen_by(&site.eyes.of_person(&by));
    answer((&site, &by), Whom { by: By::User, name }, &format!("user-{id}"), request).await
}

/// The empty name is nobody's.
async fn answer((site, by): (&Site, &SignedIn), whom: Whom, name: &str, request: Request) -> Result<Response> {
    if whom.name.is_empty() {
        return Err(Error::NotFound("file"));
    }
    let (parts, _) = request.into_parts();
    let trail = audit::trail(site, &parts, Actor::person(by.account.id, &by.account.name));
    let zip = begin(&site.db, &trail, whom).await?;
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"highwater-{name}.zip\""));
    let disposition = disposition.map_err(|e| Error::Internal(format!("{name}: {e}")))?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(bundle::MEDIA_TYPE)),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(pieces(zip))).into_response())
}

/// Ends with an error if not all could be told: then the browser knows that it has not all. It may be asked again after its end, as
/// what compresses answers does.
fn pieces(zip: Zip) -> impl Stream<Item = std::result::Result<Bytes, axum::BoxError>> {
    let pieces = unfold(Some(zip), |zip| async move {
        let mut zip = zip?;
        if let Some(piece) = zip.pieces.recv().await {
            return Some((Ok(piece), Some(zip)));
        }
        let error: axum::BoxError = match zip.done.await {
            Ok(Ok(_)) => return None,
            Ok(Err(error)) => error,
            Err(error) => error.into(),
        };
        tracing::error!(%error, "what is kept of somebody could not be told to the end");
        Some((Err(error), None))
    });
    pieces.fuse()
}
