//! One-time links: how the first administrator, a person without a password, and the demo's visitor come in.

use crate::clock::Clock;
use crate::model::AccountId;
use crate::model::account::{Account, LINK_MS, LinkPurpose, SessionLimits};
use crate::model::audit::{Action, Deed, Subject, SubjectKind, Trail};
use crate::secret;
use crate::store::{Db, accounts, audit, idempotency, sign_ins};

/// The path of a link that makes the first administrator; none once there is an account. `trail`: of whoever wants it.
///
/// # Errors
/// The store or the operating system's randomness fails.
pub async fn first_account(db: &Db, trail: &Trail) -> anyhow::Result<Option<String>> {
    if accounts::count(db).await? > 0 {
        return Ok(None);
    }
    make(db, trail, LinkPurpose::FirstAccount, None).await.map(Some)
}

/// The path of a link that sets a new password for an account.
///
/// # Errors
/// As [`first_account`].
pub async fn new_password(db: &Db, trail: &Trail, account: &Account) -> anyhow::Result<String> {
    make(db, trail, LinkPurpose::Password, Some((account.id, &account.name))).await
}

/// The path of a link that signs in to an account.
///
/// # Errors
/// As [`first_account`].
pub async fn sign_in(db: &Db, trail: &Trail, account: (AccountId, &str)) -> anyhow::Result<String> {
    make(db, trail, LinkPurpose::SignIn, Some(account)).await
}

/// Deletes sessions of browsers and links that no longer open anything, sign-ins that nobody came back from, and answers that nobody asks
/// for again.
///
/// # Errors
/// The store fails.
pub async fn forget_expired(db: &Db, clock: &Clock, sessions: SessionLimits) -> sqlx::Result<()> {
    let now_at = clock.now_at();
    let mut tx = db.begin().await?;
    accounts::delete_expired(&mut tx, sessions.oldest(now_at)).await?;
    sign_ins::forget(&mut tx, now_at).await?;
    idempotency::forget(&mut tx, now_at).await?;
    tx.commit().await
}

async fn make(
    db: &Db,
    trail: &Trail,
    purpose: LinkPurpose,
    account: Option<(AccountId, &str)>,
) -> anyhow::Result<String> {
    let secret = secret::fresh(secret::LINK_PREFIX)?;
    let subject =
        account.map_or_else(|| Subject::new(SubjectKind::Account, None, ""), |(id, name)| Subject::account(id, name));
    let id = account.map(|(id, _)| id);
    let mut tx = db.begin().await?;
    accounts::insert_link(&mut tx, &secret::sha256(&secret), purpose, id, trail.at + LINK_MS).await?;
    let deed = Deed::new(Action::LinkMade, subject).after("purpose", purpose.word());
    audit::record(&mut tx, trail, &deed).await?;
    tx.commit().await?;
    Ok(format!("/welcome/{secret}"))
}
