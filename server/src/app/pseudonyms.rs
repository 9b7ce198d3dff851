//! How names of users are kept, and who sees them.

use std::error::Error;

use super::StartError;
use super::identity::role;
use crate::config::{self, Config, RoleWord};
use crate::model::pseudonym::UserNames;
use crate::sealed::Keys;
use crate::store::Db;
use crate::web::auth::{self, NameSight};

/// As the settings say. The key of pseudonyms is made only if they are wanted.
pub(super) async fn user_names(config: &Config, db: &Db, keys: &Keys) -> Result<(UserNames, NameSight), StartError> {
    let are_kept = config.user_names == config::UserNames::Pseudonyms;
    let are_shown = config.names_from_role != RoleWord::Viewer;
    let key = if are_kept || are_shown { Some(pseudonym_key(db, keys).await?) } else { None };
    let eyes = NameSight::new(role(config.names_from_role), key.as_deref());
    let kept = match (config.user_names, key) {
        (config::UserNames::Shown, _) => UserNames::Shown,
        (config::UserNames::Pseudonyms, Some(key)) => UserNames::Pseudonyms(key),
        // Without a key nobody could be told from a guess: rather no name at all.
        (config::UserNames::Off, _) | (config::UserNames::Pseudonyms, None) => UserNames::Off,
    };
    Ok((kept, eyes))
}

/// The key of pseudonyms, which is made if there is none, and sealed if it is not.
///
/// # Errors
/// The database's, there is no randomness, or it was sealed with a key that is not here.
pub(crate) async fn pseudonym_key(db: &Db, keys: &Keys) -> Result<Vec<u8>, StartError> {
    auth::pseudonym_key(db, keys).await.map_err(wrong)
}

fn wrong(error: Box<dyn Error + Send + Sync>) -> StartError {
    StartError::Pseudonyms(error)
}
