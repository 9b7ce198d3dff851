//! How names of users are kept, and the key of their pseudonyms: one for all processes on a store, which keeps it sealed.

use std::error::Error;

use super::StartError;
use crate::config::{self, Config};
use crate::model::pseudonym::UserNames;
use crate::model::sealing::PSEUDONYMS;
use crate::sealed::Keys;
use crate::secret;
use crate::store::Db;
use crate::store::sealed::{self, PseudonymKey};

/// How the settings say that names of users are kept.
pub(super) async fn user_names(config: &Config, db: &Db, keys: &Keys) -> Result<UserNames, StartError> {
    Ok(match config.user_names {
        config::UserNames::Shown => UserNames::Shown,
        config::UserNames::Off => UserNames::Off,
        config::UserNames::Pseudonyms => UserNames::Pseudonyms(pseudonym_key(db, keys).await?),
    })
}

/// The key of pseudonyms, which is made if there is none, and sealed if it is not.
///
/// # Errors
/// The database's, there is no randomness, or it was sealed with a key that is not here.
pub(crate) async fn pseudonym_key(db: &Db, keys: &Keys) -> Result<Vec<u8>, StartError> {
    let fresh = secret::fresh(secret::PSEUDONYM_PREFIX).map_err(wrong)?;
    let fresh = keys.seal(PSEUDONYMS, &fresh).map_err(wrong)?;
    match sealed::pseudonym_key(db, &fresh).await.map_err(wrong)? {
        PseudonymKey::Sealed(bytes) => Ok(keys.open(PSEUDONYMS, &bytes).map_err(wrong)?.into_bytes()),
        PseudonymKey::Clear(key) => {
            let sealed = keys.seal(PSEUDONYMS, &key).map_err(wrong)?;
            let mut tx = db.begin().await.map_err(wrong)?;
            // If it is another one by now, another process has sealed it.
            sealed::seal_pseudonym_key(&mut tx, &key, &sealed).await.map_err(wrong)?;
            tx.commit().await.map_err(wrong)?;
            Ok(key.into_bytes())
        }
    }
}

fn wrong(error: impl Into<Box<dyn Error + Send + Sync>>) -> StartError {
    StartError::Pseudonyms(error.into())
}
