//! From a name and a password, or from somebody whom a directory vouches for, to a session.

use axum_extra::extract::cookie::CookieJar;

use crate::identity::{Person, Refusal, Why};
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource};
use crate::store;
use crate::web::Site;
use crate::web::audit::visits;
use crate::web::auth::second::{self, Entry};
use crate::web::auth::{self, Gate, Origin};
use crate::web::error::{Error, Result};

/// Why there is no session.
pub(super) enum Stopped {
    Refused(Refusal),
    /// He is who he says he is, and may not sign in to this account.
    Disabled(Account),
    /// That is our own trouble.
    Failed(Error),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for Stopped {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Signs in by name and password. A local account of this name, or of one that nobody tells from it, is the one that is meant: its
/// password goes nowhere else.
pub(super) async fn by_password(
    site: &Site,
    gate: &Gate,
    (name, password): (&str, String),
    browser: (Origin, &CookieJar),
) -> Result<(AccountId, Entry), Stopped> {
    let local = store::accounts::find_local(&site.db, name).await?;
    match (local, &site.identity.ldap) {
        (Some(local), _) => by_own_password(site, gate, (local, password), browser).await,
        (None, Some(ldap)) => {
            let person = ldap.sign_in(name, &password).await?;
            let account = vouched(site, browser.0, AccountSource::Ldap, &person).await?;
            let mut tx = site.db.begin().await?;
            // Without our second factor: that is the directory's own affair.
            let cookie = auth::start_session(&mut tx, account.id, browser, site.clock.now_at()).await?;
            visits::enter(&mut tx, site, browser.0, (account.id, &account.name), "ldap").await?;
            tx.commit().await?;
            Ok((account.id, Entry::In(cookie)))
        }
        (None, None) => {
            gate.passwords.is_right(password, None).await?;
            Err(wrong("there is no local account of this name"))
        }
    }
}

/// Signs in to an account whose password is kept here, or asks for its second factor.
async fn by_own_password(
    site: &Site,
    gate: &Gate,
    ((account, hash), password): ((Account, String), String),
    browser: (Origin, &CookieJar),
) -> Result<(AccountId, Entry), Stopped> {
    let typed_again = (!hash.is_empty() && !auth::is_of_today(&hash)).then(|| password.clone());
    // One without a password is checked as long as any other.
    if !gate.passwords.is_right(password, Some(hash.clone()).filter(|hash| !hash.is_empty())).await? {
        return Err(wrong("the local account of this name has another password, or none yet"));
    }
    if account.is_disabled() {
        return Err(Stopped::Disabled(account));
    }
    // Made with other costs than today's: now that the password is known it is made anew. Not within the transaction, for which
    // everybody else who writes waits.
    let today = match typed_again {
        // That it cannot be made anew now keeps nobody out.
        Some(password) => gate.passwords.hash(password).await.unwrap_or_else(|_| hash.clone()),
        None => hash.clone(),
    };
    let mut tx = site.db.begin().await?;
    if !store::accounts::renew_hash(&mut tx, account.id, (&hash, &today)).await? {
        return Err(wrong("the local account of this name was given another password at this moment"));
    }
    let entry = second::enter(&mut tx, account.id, browser, site.clock.now_at()).await?;
    visits::let_in(&mut tx, site, browser.0, (account.id, &account.name), (&entry, "password")).await?;
    tx.commit().await?;
    Ok((account.id, entry))
}

/// The account of somebody whom a directory vouches for, made at his first sign-in, with the name, the role and, if the settings say it, the sight that he has
/// there now.
pub(super) async fn vouched(
    site: &Site,
    origin: Origin,
    source: AccountSource,
    person: &Person,
) -> Result<Account, Stopped> {
    let account = match upsert(site, origin, source, person).await {
        // Somebody took the name at this very moment: it has another one at the second try.
        Err(error) if store::is_duplicate(&error) => upsert(site, origin, source, person).await?,
        upserted => upserted?,
    };
    if account.is_disabled() { Err(Stopped::Disabled(account)) } else { Ok(account) }
}

async fn upsert(site: &Site, origin: Origin, source: AccountSource, person: &Person) -> store::Result<Account> {
    let Person { issuer, subject, name, role, sight } = person;
    let now_at = site.clock.now_at();
    let mut tx = site.db.begin().await?;
    let before = match store::accounts::find_external(&mut tx, source, issuer, subject).await? {
        // Who comes at the same time by the same word finds what this one leaves.
        Some(found) => store::accounts::hold(&mut tx, found.id).await?,
        None => None,
    };
    let account = store::accounts::upsert_external(&mut tx, source, issuer, subject, name, *role, now_at).await?;
    let account = match sight {
        Some(sight) => store::accounts::renew_sight(&mut tx, account, sight).await?,
        None => account,
    };
    visits::vouched(&mut tx, site, origin, (before.as_ref(), &account)).await?;
    tx.commit().await?;
    Ok(account)
}

fn wrong(detail: &str) -> Stopped {
    Stopped::Refused(Refusal { why: Why::Credentials, detail: detail.to_owned() })
}
