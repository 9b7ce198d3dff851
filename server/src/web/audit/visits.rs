//! What is written down of coming and going.

use super::{of_half_known, of_nobody, of_origin, of_time};
use crate::model::AccountId;
use crate::model::account::{Account, LinkPurpose};
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, Actor, Deed, LONGEST_NAME, Outcome, Subject, SubjectKind};
use crate::model::role::Role;
use crate::model::time::HOUR_MS;
use crate::store::{self, Tx, audit};
use crate::web::Site;
use crate::web::auth::Origin;
use crate::web::auth::second::Entry;
use crate::web::error::Result;

/// Somebody signs in. `how`: `password`, `link`, `code`, `oidc`, …
///
/// # Errors
/// The database's.
pub(in crate::web) async fn enter(
    tx: &mut Tx,
    site: &Site,
    origin: Origin,
    (id, name): (AccountId, &str),
    how: &str,
) -> Result<()> {
    let trail = of_origin(site, origin, Actor::person(id, name));
    let deed = Deed::new(Action::SignIn, Subject::account(id, name)).after("how", how);
    audit::record(tx, &trail, &deed).await?;
    Ok(())
}

/// Somebody's password or link was right: he signs in, or is asked for a code first, by which he then does.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn let_in(
    tx: &mut Tx,
    site: &Site,
    origin: Origin,
    who: (AccountId, &str),
    (entry, how): (&Entry, &str),
) -> Result<()> {
    match entry {
        Entry::In(_) => enter(tx, site, origin, who, how).await,
        Entry::Asked(_) => Ok(()),
    }
}

/// Somebody uses a one-time link, and by it signs in, unless he is asked for a code first.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn use_link(
    tx: &mut Tx,
    site: &Site,
    origin: Origin,
    (id, name): (AccountId, &str),
    (purpose, entry): (LinkPurpose, &Entry),
) -> Result<()> {
    let trail = of_origin(site, origin, Actor::person(id, name));
    let deed = |action| Deed::new(action, Subject::account(id, name));
    audit::record(tx, &trail, &deed(Action::LinkUsed).after("purpose", purpose.word())).await?;
    match purpose {
        LinkPurpose::FirstAccount => {
            let made = deed(Action::AccountCreated).after("role", Role::Administrator.word());
            audit::record(tx, &trail, &made).await?;
        }
        LinkPurpose::Password => {
            audit::record(tx, &trail, &deed(Action::PasswordSet)).await?;
        }
        LinkPurpose::SignIn => {}
    }
    let_in(tx, site, origin, (id, name), (entry, "link")).await
}

/// Somebody for whom a directory vouches has an account: what is new of it by the directory's word.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn vouched(
    tx: &mut Tx,
    site: &Site,
    origin: Origin,
    (before, now): (Option<&Account>, &Account),
) -> store::Result<()> {
    let trail = of_origin(site, origin, Actor::person(now.id, &now.name));
    let deed = |action| Deed::new(action, Subject::account(now.id, &now.name)).after("source", now.source.word());
    let Some(before) = before else {
        let made = deed(Action::AccountCreated).after("role", now.role.word()).after("groups", now.sight.words());
        return audit::record(tx, &trail, &made).await.map(drop);
    };
    if before.name != now.name {
        let renamed = deed(Action::AccountRenamed).change("name", &before.name, &now.name);
        audit::record(tx, &trail, &renamed).await?;
    }
    if before.role != now.role {
        let changed = deed(Action::AccountRoleChanged).change("role", before.role.word(), now.role.word());
        audit::record(tx, &trail, &changed).await?;
    }
    if before.sight != now.sight {
        let changed = deed(Action::AccountConfined).change("groups", before.sight.words(), now.sight.words());
        audit::record(tx, &trail, &changed).await?;
    }
    Ok(())
}

/// A name and a password that are nobody's, or what a provider says of somebody, with which he is not let in. `why`: a word of
/// [`Why`](crate::identity::Why). Where nobody is named, once for an address, a reason and an hour: anybody can come back
/// from a provider as often as he likes, and is not to use up what is written down of nobody.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn failed(site: &Site, origin: Origin, typed: &str, (how, why): (&str, &str)) -> Result<()> {
    let trail = of_origin(site, origin, Actor::nobody());
    let deed = of_typed(Action::SignInFailed, typed).after("how", how).after("why", why);
    let mark = mark(&["sign-in failed", how, why, &trail.address, &of_time(trail.at, HOUR_MS)]);
    of_nobody(site, &trail, deed, typed.is_empty().then_some(&mark)).await
}

/// Somebody who is who he says he is, and whose account is disabled.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn shut_out(
    site: &Site,
    origin: Origin,
    (id, name): (AccountId, &str),
    how: &str,
) -> Result<()> {
    let trail = of_origin(site, origin, Actor::nobody());
    let deed = Deed::new(Action::SignInFailed, Subject::account(id, name)).with(Outcome::Refused);
    of_half_known(site, &trail, deed.after("how", how).after("why", "disabled")).await
}

/// Too many tries: once for an address and an hour.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn throttled(site: &Site, origin: Origin, typed: &str) -> Result<()> {
    let trail = of_origin(site, origin, Actor::nobody());
    let mark = mark(&["throttled", &trail.address, &of_time(trail.at, HOUR_MS)]);
    of_nobody(site, &trail, of_typed(Action::SignInThrottled, typed), Some(&mark)).await
}

/// After a right password a code that is none of the account's.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn code_failed(site: &Site, origin: Origin, who: (AccountId, &str)) -> Result<()> {
    let trail = of_origin(site, origin, Actor::nobody());
    of_half_known(site, &trail, of_code(Action::SignInFailed, who)).await
}

/// Too many codes: once for an account, an address and an hour.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn codes_throttled(site: &Site, origin: Origin, who: (AccountId, &str)) -> Result<()> {
    let trail = of_origin(site, origin, Actor::nobody());
    let (id, hour) = (who.0.to_string(), of_time(trail.at, HOUR_MS));
    let mark = mark(&["codes throttled", &id, &trail.address, &hour]);
    of_nobody(site, &trail, of_code(Action::SignInThrottled, who), Some(&mark)).await
}

fn of_code(action: Action, (id, name): (AccountId, &str)) -> Deed {
    Deed::new(action, Subject::account(id, name)).with(Outcome::Refused).after("how", "code")
}

/// The name as it was typed, which may be anybody's; nothing if nobody asked for one.
fn of_typed(action: Action, typed: &str) -> Deed {
    let deed = Deed::new(action, Subject::new(SubjectKind::Account, None, "")).with(Outcome::Refused);
    let typed: String = typed.chars().take(LONGEST_NAME).collect();
    if typed.is_empty() { deed } else { deed.after("typed", typed) }
}
