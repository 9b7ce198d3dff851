//! Who sees names of users: a setting says from which role on. Promises:
//!
//! 1. Whoever administers sees them: an administrator's account, and a key that may all. The audit log, patterns of rules and what is sent to
//!    others could not be read without.
//! 2. A key of another scope sees them if it was made so, whatever the setting says: keys are made by administrators.
//! 3. A screen reads as a viewer, whosever it is.
//! 4. The key of pseudonyms is made when somebody needs it first, and is one for all processes on a store, which keeps it sealed.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{Caller, SignedIn};
use crate::model::eyes::Eyes;
use crate::model::role::Role;
use crate::model::sealing::PSEUDONYMS;
use crate::sealed::Keys;
use crate::secret;
use crate::store::Db;
use crate::store::sealed::{self, PseudonymKey};
use crate::web::error::{Error, Result};

/// The only maker of [`Eyes`] for those who ask.
#[derive(Clone)]
pub struct NameSight {
    from_role: Role,
    /// The key of the pseudonyms that others see, once somebody needed it. Clones share it.
    key: Arc<OnceLock<Arc<[u8]>>>,
}

/// Without the key.
impl fmt::Debug for NameSight {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("NameSight").field("from_role", &self.from_role).finish_non_exhaustive()
    }
}

impl NameSight {
    /// `key`: of pseudonyms. Without it everybody who signs in has to see names.
    #[must_use]
    pub fn new(from_role: Role, key: Option<&[u8]>) -> Self {
        let sight = Self { from_role, key: Arc::default() };
        if let Some(key) = key {
            sight.key.get_or_init(|| key.into());
        }
        sight
    }

    /// Gets ready for who does not see names. To be asked before [`of_caller`](Self::of_caller) of a program.
    ///
    /// # Errors
    /// As for [`pseudonym_key`].
    pub async fn prepare(&self, db: &Db, keys: &Keys) -> Result<()> {
        if self.key.get().is_none() {
            let key = pseudonym_key(db, keys).await;
            let key = key.map_err(|error| Error::Internal(format!("the key of pseudonyms: {error}")))?;
            self.key.get_or_init(|| key.into());
        }
        Ok(())
    }

    /// The least role that sees names.
    #[must_use]
    pub fn from_role(&self) -> Role {
        self.from_role
    }

    #[must_use]
    pub fn of_person(&self, by: &SignedIn) -> Eyes {
        self.of(self.person_sees(by))
    }

    #[must_use]
    pub fn of_caller(&self, by: &Caller) -> Eyes {
        self.of(self.are_open(by))
    }

    /// Whether who asks sees names. Makes no eyes, and so needs no key.
    #[must_use]
    pub fn are_open(&self, by: &Caller) -> bool {
        match by {
            Caller::Person(by) => self.person_sees(by),
            Caller::Program(key) => key.is_told_names(),
        }
    }

    fn person_sees(&self, by: &SignedIn) -> bool {
        self.sees_names(if by.is_screen { Role::Viewer } else { by.account.role })
    }

    #[must_use]
    pub fn sees_names(&self, role: Role) -> bool {
        role >= self.from_role
    }

    fn of(&self, sees_names: bool) -> Eyes {
        if sees_names {
            return Eyes::Names;
        }
        // Never without a key: one that nobody else has hides as well.
        Eyes::Pseudonyms(Arc::clone(self.key.get_or_init(|| Arc::from(rand::random::<[u8; 32]>()))))
    }
}

/// The key of pseudonyms, which is made if there is none, and sealed if it is not.
///
/// # Errors
/// The database's, there is no randomness, or it was sealed with a key that is not here.
pub async fn pseudonym_key(db: &Db, keys: &Keys) -> std::result::Result<Vec<u8>, Box<dyn StdError + Send + Sync>> {
    let fresh = secret::fresh(secret::PSEUDONYM_PREFIX)?;
    let fresh = keys.seal(PSEUDONYMS, &fresh)?;
    match sealed::pseudonym_key(db, &fresh).await? {
        PseudonymKey::Sealed(bytes) => Ok(keys.open(PSEUDONYMS, &bytes)?.into_bytes()),
        PseudonymKey::Clear(key) => {
            let sealed = keys.seal(PSEUDONYMS, &key)?;
            let mut tx = db.begin().await?;
            // If it is another one by now, another process has sealed it.
            sealed::seal_pseudonym_key(&mut tx, &key, &sealed).await?;
            tx.commit().await?;
            Ok(key.into_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_says_from_which_role_on_names_are_seen_and_the_key_is_not_told() {
        let seen = |from_role| Role::ALL.map(|role| NameSight::new(from_role, None).sees_names(role));
        assert_eq!(seen(Role::Viewer), [true, true, true]);
        assert_eq!(seen(Role::Operator), [false, true, true]);
        assert_eq!(seen(Role::Administrator), [false, false, true]);
        let sight = NameSight::new(Role::Operator, Some(b"a key"));
        assert_eq!((sight.of(true), sight.of(false)), (Eyes::Names, Eyes::Pseudonyms(Arc::from(&b"a key"[..]))));
        assert!(!format!("{sight:?}").contains("key"));
        assert_ne!(NameSight::new(Role::Operator, None).of(false), NameSight::new(Role::Operator, None).of(false));
    }
}
