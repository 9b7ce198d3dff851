//! Browsers that show the wall, with nobody before them.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::sign_in::FORGET_PAGES;
use crate::model::audit::{Action, Deed, Subject};
use crate::store;
use crate::web::Site;
use crate::web::auth::{self, Nothing, Origin};
use crate::web::error::Result;

/// `POST /screens`: this browser shows the wall and nothing else from now on, and its person is signed out.
pub async fn keep(
    State(site): State<Site>,
    (origin, jar): (Origin, CookieJar),
    form: auth::Form<Nothing>,
) -> Result<Response> {
    let account = &form.by.account;
    let mut tx = site.db.begin().await?;
    let cookie = auth::keep_screen(&mut tx, account.id, (origin, &jar), site.clock.now_at()).await?;
    let deed = Deed::new(Action::ScreenKept, Subject::account(account.id, &account.name));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(account = account.id.0, address = %origin.address, "a browser was kept as a screen");
    Ok((jar.add(cookie), [FORGET_PAGES], Redirect::to("/?wall=1")).into_response())
}
