//! What is written down of coming and going.

use super::{of_nobody, of_origin, of_time};
use crate::model::AccountId;
use crate::model::account::LinkPurpose;
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, Actor, Deed, LONGEST_NAME, Outcome, Subject, SubjectKind};
use crate::model::time::HOUR_MS;
use crate::store::{Tx, audit};
use crate::web::Site;
use crate::web::auth::Origin;
use crate::web::error::Result;

/// Somebody signs in. `how`: `password`, `link`, …
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

/// Somebody uses a one-time link, and by it signs in.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn enter_by_link(
    tx: &mut Tx,
    site: &Site,
    origin: Origin,
    (id, name): (AccountId, &str),
    purpose: LinkPurpose,
) -> Result<()> {
    let trail = of_origin(site, origin, Actor::person(id, name));
    let deed = |action| Deed::new(action, Subject::account(id, name));
    audit::record(tx, &trail, &deed(Action::LinkUsed).after("purpose", purpose.word())).await?;
    match purpose {
        LinkPurpose::FirstAccount => {
            audit::record(tx, &trail, &deed(Action::AccountCreated).after("role", "administrator")).await?;
        }
        LinkPurpose::Password => {
            audit::record(tx, &trail, &deed(Action::PasswordSet)).await?;
        }
        LinkPurpose::SignIn => {}
    }
    enter(tx, site, origin, (id, name), "link").await
}

/// A name and a password that are none of ours.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn failed(site: &Site, origin: Origin, typed: &str) -> Result<()> {
    let trail = of_origin(site, origin, Actor::nobody());
    of_nobody(site, &trail, of_typed(Action::SignInFailed, typed), None).await
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

/// The name as it was typed, which may be anybody's.
fn of_typed(action: Action, typed: &str) -> Deed {
    let typed: String = typed.chars().take(LONGEST_NAME).collect();
    Deed::new(action, Subject::new(SubjectKind::Account, None, "")).with(Outcome::Refused).after("typed", typed)
}
