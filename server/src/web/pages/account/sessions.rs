//! The browsers in which one is signed in.

use axum::extract::State;
use axum::response::Redirect;

use super::PATH;
use crate::model::account::Account;
use crate::model::audit::{Action, Deed, Subject};
use crate::store;
use crate::web::Site;
use crate::web::address::Path;
use crate::web::auth::{self, Nothing};
use crate::web::error::{Error, Result};

/// `POST /account/sessions/{session}/end`
pub async fn end(State(site): State<Site>, Path(session): Path<String>, form: auth::Form<Nothing>) -> Result<Redirect> {
    let sha256: Option<[u8; 32]> = hex::decode(session).ok().and_then(|bytes| bytes.try_into().ok());
    let sha256 = sha256.ok_or(Error::NotFound("session"))?;
    let mut tx = site.db.begin().await?;
    if !store::accounts::delete_session_of(&mut tx, form.by.account.id, &sha256).await? {
        return Err(Error::NotFound("session"));
    }
    store::audit::record(&mut tx, &form.trail, &ended(&form.by.account, 1)).await?;
    tx.commit().await?;
    tracing::info!(account = form.by.account.id.0, "a browser was signed out from elsewhere");
    Ok(Redirect::to(PATH))
}

/// `POST /account/sessions/end-others`
pub async fn end_others(State(site): State<Site>, form: auth::Form<Nothing>) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    let by = &form.by;
    let count = store::accounts::delete_other_sessions(&mut tx, by.account.id, &by.session_sha256).await?;
    store::audit::record(&mut tx, &form.trail, &ended(&by.account, count)).await?;
    tx.commit().await?;
    tracing::info!(account = by.account.id.0, ended = count, "all other browsers were signed out");
    Ok(Redirect::to(PATH))
}

/// How many browsers of the account were signed out.
pub(in crate::web::pages) fn ended(of: &Account, count: u64) -> Deed {
    Deed::new(Action::SessionsEnded, Subject::account(of.id, &of.name)).after("sessions", count)
}
