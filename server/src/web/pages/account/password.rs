//! Another password for one's own account. It takes the one until now, and a code of the second factor if there is one: a browser
//! that was left open is not enough, nor is who saw the password typed.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::{PATH, Refusal, count_try, is_local, take_code, tries_of};
use crate::locale::Message;
use crate::model::audit::{Action, Deed, Outcome, Subject};
use crate::store::{self, second_factors};
use crate::web::auth::{self, Gate, Origin, SignedIn, second};
use crate::web::error::Result;
use crate::web::layout::Viewer;
use crate::web::{Site, audit};

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    old: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    /// Of the second factor, if the account has one.
    #[serde(default)]
    code: String,
}

/// Without the passwords: they must not be printed by accident.
impl std::fmt::Debug for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chosen").finish_non_exhaustive()
    }
}

/// `POST /account/password`: all other browsers are signed out, and this one has a new session.
pub async fn change(
    State(site): State<Site>,
    Extension(gate): Extension<Gate>,
    (viewer, origin, jar): (Viewer, Origin, CookieJar),
    form: auth::Form<Chosen>,
) -> Result<Response> {
    let (by, Chosen { old, password, again, code }) = (form.by, form.fields);
    is_local(&by)?;
    let (now_at, tries) = (site.clock.now_at(), tries_of(&by));
    count_try(&gate, origin, &tries, now_at)?;
    let mut deed = Deed::new(Action::PasswordSet, Subject::account(by.account.id, &by.account.name));
    if !second::is_own_password(&site, &gate, by.account.id, old).await? {
        audit::alone(&site, &form.trail, &deed.with(Outcome::Refused)).await?;
        return refused(&site, viewer, &by, &Message::for_anybody("own-password-wrong")).await;
    }
    gate.throttle.forgive(&tries, origin.address);
    // Before the code, which is used up by being right.
    let around = [by.account.name.as_str(), &site.public.server_url];
    if let Some(why) = gate.passwords.refusal_of_new((&password, &again), around).await? {
        return refused(&site, viewer, &by, &why).await;
    }
    let hash = gate.passwords.hash(password).await?;
    let mut tx = site.db.begin().await?;
    if second_factors::is_on(&mut tx, by.account.id).await? {
        let typed = (by.account.id, code.as_str());
        let Some(taken) = take_code(&mut tx, (&site, &gate, origin), typed, now_at).await? else {
            drop(tx);
            audit::alone(&site, &form.trail, &deed.with(Outcome::Refused)).await?;
            return refused(&site, viewer, &by, &Message::for_anybody("account-code-wrong")).await;
        };
        deed = deed.after("how", taken.word());
    }
    store::accounts::set_password(&mut tx, by.account.id, &hash).await?;
    let cookie = auth::renew_session(&mut tx, by.account.id, (origin, &jar), now_at).await?;
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(account = by.account.id.0, address = %origin.address, "a password was changed");
    Ok((jar.add(cookie), Redirect::to(PATH)).into_response())
}

async fn refused(site: &Site, viewer: Viewer, by: &SignedIn, why: &Message) -> Result<Response> {
    let viewer = viewer.on(PATH.to_owned());
    let refusal = Refusal { password: Some(why.in_words_of(&viewer.locale)), ..Refusal::default() };
    let page = super::page(site, &viewer, by, refusal).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
