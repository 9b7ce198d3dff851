//! Passwords of local accounts: argon2id, off the async threads, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::{OnceCell, Semaphore};

use super::guess;
use super::known::KnownPasswords;
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
    /// What no new password may be; none if there is no list.
    known: Option<KnownPasswords>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), decoy: Arc::default(), known: None }
    }
}

impl Passwords {
    /// `known`: the list of passwords that nobody may choose any more, if there is one.
    #[must_use]
    pub fn new(known: Option<KnownPasswords>) -> Self {
        Self { known, ..Self::default() }
    }

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

    /// Why a new password may not be taken; none if it may. `around`: what else who guesses it would think of, such as the
    /// account's name.
    ///
    /// # Errors
    /// Too many wait for a turn.
    pub async fn refusal_of_new(&self, (password, again): (&str, &str), around: [&str; 2]) -> Result<Option<Message>> {
        if let Err(why) = check_typed(password, again) {
            return Ok(Some(why));
        }
        let (typed, around) = (password.to_owned(), around.map(str::to_owned));
        if self.on_a_turn(move || guess::is_found_early(&typed, &around)).await? {
            return Ok(Some(Message::for_anybody("account-password-guessed")));
        }
        // Without a turn: a disk that hangs must not keep those out who only sign in.
        match &self.known {
            Some(list) => Ok(refusal_by(list, password).await),
            None => Ok(None),
        }
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

/// Why a list of known passwords lets a new one not be taken; none if it does. One that cannot be asked lets none.
async fn refusal_by(list: &KnownPasswords, password: &str) -> Option<Message> {
    match list.has(password).await {
        Ok(is_known) => is_known.then(|| Message::for_anybody("account-password-known")),
        Err(error) => {
            let (setting, file) = (KnownPasswords::KEY, list.path().display());
            tracing::error!(setting, %file, %error, "the list of known passwords cannot be asked: no new password is taken");
            Some(Message::for_anybody("account-password-unasked").with("key", KnownPasswords::KEY))
        }
    }
}

/// Whether a hash has today's algorithm and costs. If not, it is to be made anew when its password is known.
#[must_use]
pub fn is_of_today(hash: &str) -> bool {
    let today = Argon2::default();
    let costs = today.params();
    let (memory, rounds, lanes) = (costs.m_cost(), costs.t_cost(), costs.p_cost());
    hash.starts_with(&format!("$argon2id$v=19$m={memory},t={rounds},p={lanes}$"))
}

/// What is seen at once of a new password, typed twice.
fn check_typed(password: &str, again: &str) -> std::result::Result<(), Message> {
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
        assert!(is_of_today(&hash), "else it would be made anew at every sign-in");
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
        assert!(check_typed("elevenchars", "elevenchars").is_err());
        assert!(check_typed("twelve chars", "twelve chars").is_ok());
        assert!(check_typed("zwölf zeichen", "zwölf zeichen").is_ok());
        assert!(check_typed("twelve chars", "twelve chars ").is_err());
        assert!(check_typed(&"x".repeat(1_025), &"x".repeat(1_025)).is_err());
    }

    #[tokio::test]
    async fn a_new_password_is_none_that_is_guessed_early_by_who_knows_the_name() {
        let refuses = async |password: &str, name: &str| {
            let refusal = Passwords::default().refusal_of_new((password, password), [name, "https://localhost"]).await;
            refusal.unwrap().is_some()
        };
        assert!(refuses("password1234", "").await && refuses("too short", "").await);
        assert!(refuses("xavierquillon1", "Xavier.Quillon").await && !refuses("xavierquillon1", "ann").await);
        assert!(!refuses("correct horse battery", "ann").await);
    }

    #[test]
    fn a_hash_of_other_costs_or_of_another_algorithm_is_not_of_today() {
        let tail = "c2l4dGVlbiBvZiBzYWx0IQ$QcqzV+yI7pYD4NnquiMDNKt3g7YfSIG2wZGJL4SJX3E";
        for head in ["argon2id$v=19$m=8,t=1,p=1", "argon2i$v=19$m=19456,t=2,p=1", "argon2id$v=16$m=19456,t=2,p=1"] {
            assert!(!is_of_today(&format!("${head}${tail}")), "{head}");
        }
        assert!(is_of_today(&format!("$argon2id$v=19$m=19456,t=2,p=1${tail}")));
        assert!(!is_of_today(""));
    }
}
