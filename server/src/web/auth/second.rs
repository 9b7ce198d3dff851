//! The second factor at the door: who has one comes in with a right password and a right code, and with neither alone.
//! Promises:
//!
//! 1. What a right password gives is no session: it opens nothing, for some minutes and some codes.
//! 2. No code is taken twice; those that work once open also when the key of what is sealed is lost.

use axum_extra::extract::cookie::{Cookie, CookieJar};

use super::totp::{self, Seed};
use super::{Origin, start_session};
use crate::model::time::MINUTE_MS;
use crate::model::{AccountId, sealing};
use crate::secret;
use crate::store::second_factors::{self, Factor};
use crate::store::{Tx, accounts};
use crate::web::Site;
use crate::web::error::{Error, Result};

/// How long a right password waits for its code.
const STEP_LASTS_MS: i64 = 5 * MINUTE_MS;

/// Where somebody is whose password or link was right.
#[derive(Debug)]
pub enum Entry {
    /// Inside: the session's cookie.
    In(Cookie<'static>),
    /// Asked for a code, which is to come with this secret.
    Asked(String),
}

/// Lets somebody in whose password or link was right, or asks for a code first.
///
/// # Errors
/// The account is disabled, the store refuses, or there is no randomness.
pub async fn enter(tx: &mut Tx, account: AccountId, browser: (Origin, &CookieJar), now_at: i64) -> Result<Entry> {
    if !second_factors::is_on(tx, account).await? {
        return Ok(Entry::In(start_session(tx, account, browser, now_at).await?));
    }
    let step = secret::fresh(secret::STEP_PREFIX).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    second_factors::insert_step(tx, &secret::sha256(&step), account, now_at + STEP_LASTS_MS).await?;
    Ok(Entry::Asked(step))
}

/// What somebody had beside his password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Code,
    /// One of those that work once.
    RecoveryCode,
}

impl Taken {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// Takes a code of the account. None if it is not right, or was taken before.
///
/// # Errors
/// The store refuses, or what makes the codes cannot be opened.
pub async fn take(tx: &mut Tx, site: &Site, account: AccountId, typed: &str, now_at: i64) -> Result<Option<Taken>> {
    if second_factors::use_code(tx, account, &totp::code_sha256(typed)).await? {
        tracing::info!(account = account.0, "a recovery code was used");
        return Ok(Some(Taken::RecoveryCode));
    }
    let Some(factor) = second_factors::find(&site.db, account).await? else { return Ok(None) };
    let Some(step) = open(site, account, &factor)?.step_of(typed, now_at) else { return Ok(None) };
    Ok(second_factors::use_step(tx, account, step).await?.then_some(Taken::Code))
}

/// What makes the account's codes.
///
/// # Errors
/// It cannot be opened: the key is another one.
pub fn open(site: &Site, account: AccountId, factor: &Factor) -> Result<Seed> {
    let opened = site.outgoing.keys.open(&sealing::second_factor(account), &factor.sealed);
    let opened = opened.map_err(|error| Error::Internal(format!("a second factor cannot be opened: {error}")))?;
    Seed::from_hex(&opened).ok_or_else(|| Error::Internal("a second factor is of another version".to_owned()))
}

/// The same, sealed.
///
/// # Errors
/// There is no randomness.
pub fn seal(site: &Site, account: AccountId, seed: &Seed) -> Result<Vec<u8>> {
    let sealed = site.outgoing.keys.seal(&sealing::second_factor(account), &seed.to_hex());
    sealed.map_err(|error| Error::Internal(error.to_string()))
}

/// Whether a password is the account's own. Without one of its own none is.
///
/// # Errors
/// The store refuses, or too many wait for a turn.
pub async fn is_own_password(site: &Site, gate: &super::Gate, account: AccountId, typed: String) -> Result<bool> {
    let hash = accounts::password_hash(&site.db, account).await?;
    gate.passwords.is_right(typed, Some(hash).filter(|hash| !hash.is_empty())).await
}
