//! Passwords of local accounts: argon2id, off the async threads, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::{OnceCell, Semaphore};

use crate::locale::Message;
use crate::web::error::{Error, Result};

/// One hash takes 19 MiB and some 20 ms of a core: this many at once bound both, whoever asks.
const AT_ONCE: usize = 2;
/// Who has waited this long for a turn is told to come back.
const WAIT: Duration = Duration::from_secs(5);

/// Shortest password that is taken, in characters.
pub const SHORTEST: usize = 12;
/// Longest, in bytes: argon2 would take more, but nobody types it.
const LONGEST: usize = 1_024;

/// Hashes and checks passwords. Clones share the bound.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Checked in place of the hash of an account that does not exist, so that time does not tell which names do.
    decoy: Arc<OnceCell<String>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), decoy: Arc::default() }
    }
}

impl Passwords {
    /// The hash to store, with its salt and costs in the PHC form.
    ///
    /// # Errors
    /// Too many wait for a turn, or there is no randomness.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.on_a_turn(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|e| Error::Internal(format!("a password could not be hashed: {e}")))
        })
        .await?
    }

    /// Whether the password is the one of the hash. Without a hash it takes as long and says no.
    ///
    /// # Errors
    /// Too many wait for a turn.
    pub async fn is_right(&self, password: String, hash: Option<String>) -> Result<bool> {
        let exists = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => self.decoy.get_or_try_init(|| self.hash("nobody has this one".to_owned())).await?.clone(),
        };
        let is_same = self
            .on_a_turn(move || {
                PasswordHash::new(&hash)
                    .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(exists && is_same)
    }

    async fn on_a_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(WAIT, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| Error::TooMany { retry_after_secs: WAIT.as_secs() })?
            .map_err(|e| Error::Internal(e.to_string()))?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(|e| Error::Internal(format!("the password check was cut off: {e}")))
    }
}

/// Whether a new password may be taken; if not, why.
///
/// # Errors
/// The sentence for the form.
pub fn check_new(password: &str, again: &str) -> std::result::Result<(), Message> {
    if password.chars().count() < SHORTEST {
        Err(Message::for_anybody("account-password-short").with("least", SHORTEST))
    } else if password.len() > LONGEST {
        Err(Message::for_anybody("account-password-long").with("most", LONGEST))
    } else if password != again {
        Err(Message::for_anybody("account-passwords-differ"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_kept_as_argon2id_and_only_the_same_one_opens() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.is_right("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.is_right("correct horse batterz".into(), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn without_an_account_nothing_is_right_not_even_the_decoy() {
        let passwords = Passwords::default();
        assert!(!passwords.is_right("nobody has this one".into(), None).await.unwrap());
        assert!(!passwords.is_right(String::new(), Some("not a hash".into())).await.unwrap());
    }

    #[test]
    fn a_new_password_is_twelve_characters_or_more_and_typed_twice() {
        assert!(check_new("elevenchars", "elevenchars").is_err());
        assert!(check_new("twelve chars", "twelve chars").is_ok());
        assert!(check_new("zwölf zeichen", "zwölf zeichen").is_ok());
        assert!(check_new("twelve chars", "twelve chars ").is_err());
        assert!(check_new(&"x".repeat(1_025), &"x".repeat(1_025)).is_err());
    }
}
