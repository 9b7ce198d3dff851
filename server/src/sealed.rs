//! Secrets that the server itself has to use again, sealed for the database: signing secrets of webhooks, passwords of ticket systems, the
//! key of pseudonyms, and for a day the answers in which a program was told a secret. Whoever reads the database alone, or a backup of it,
//! has none of them.
//!
//! The key lies in a file of its own, `secrets.key` in the data directory unless the settings say otherwise, which is made at the first start.
//! It has a key on each line, and `#` before remarks. The first line seals; all of them open. Several servers on one database need the
//! same file. To change the key, a new line comes on top (`hwm_` and 256 bits in base64url), everything is sealed again with it, and then the
//! old ones go: `highwater secrets rotate` does that. Where machines have files of their own, put the new line at the end of each first, then
//! on top of each, and run `highwater secrets rotate --resume`. Promises, for as long as it takes and however many processes there are:
//!
//! 1. **A file that changes is read again before the next secret is sealed or opened**: nobody seals with a key that was taken out of it.
//! 2. **A file that cannot be read changes nothing**: the keys that were there go on, and the log says so.
//! 3. **A file is replaced whole**, durably and by one at a time, for its owner only.
//!
//! Sealed bytes are: the version (1), 4 bytes that name the key, a nonce of 12 bytes, and AES-256-GCM's text and tag. What they are for
//! ("webhook 7") is sealed with them, so that they are worth nothing in another place.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::{fmt, io};

use tracing::{error, info};

use self::keyring::{Ring, id_of};
use crate::secret;
use crate::stamp::Stamp;

mod file;
mod keyring;

pub use file::{add, retire};

/// Before a key.
const PREFIX: &str = "hwm_";

/// The keys of a server.
pub struct Keys {
    /// Where they come from, for people.
    place: String,
    /// Read again when it changes; none if they come from elsewhere.
    file: Option<PathBuf>,
    held: RwLock<Held>,
}

struct Held {
    ring: Arc<Ring>,
    stamp: Option<Stamp>,
}

/// What is wrong with the keys, with where they are and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{place}: the keys of secrets cannot be read or made: {error}")]
    File { place: String, error: io::Error },
    #[error("{place}: line {line} is no key: each is {PREFIX} and 43 characters. Restore the file from a backup")]
    Line { place: String, line: usize },
    #[error(
        "{0}: there is no key in it. Restore it from a backup; without it, no secret in the database can be used again"
    )]
    Empty(String),
    #[error("{0}: somebody else changes the keys right now; do it again when that has ended")]
    Busy(String),
    #[error("the operating system gives no randomness: {0}")]
    Random(#[from] rand::rngs::SysError),
}

/// Why a secret cannot be sealed or opened, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error(
        "the secret was sealed with the key {id}, which is not in {place}. Put the key file there of the server that sealed it, or add its \
         key as a line"
    )]
    UnknownKey { id: String, place: String },
    #[error("the sealed secret is damaged, or belongs elsewhere. Enter the secret anew")]
    Damaged,
    #[error("the secret was sealed by a later version of this program")]
    Version,
    #[error("the secret cannot be sealed: the operating system gives no randomness")]
    Random,
    #[error("the secret is too long to be sealed")]
    TooLong,
}

/// A new key, as a line of the file.
///
/// # Errors
/// There is no randomness.
pub fn fresh() -> Result<String, KeyError> {
    Ok(secret::fresh(PREFIX)?)
}

/// Names the key that sealed these bytes; none if they are not sealed.
#[must_use]
pub fn key_of(sealed: &[u8]) -> Option<String> {
    id_of(sealed).map(hex::encode)
}

impl Keys {
    /// Reads the key file; makes it, for the owner only, if there is none.
    ///
    /// # Errors
    /// Says what to do.
    pub fn load_or_make(path: &Path) -> Result<Self, KeyError> {
        file::make_if_missing(path)?;
        Self::load(path)
    }

    /// Reads the key file.
    ///
    /// # Errors
    /// Says what to do; also if there is none.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let place = path.display().to_string();
        // Before the file is read: whatever changes meanwhile is another stamp.
        let stamp = Stamp::of(path);
        let ring = Arc::new(Ring::read(&file::read(path)?, &place)?);
        file::warn_if_others_read(path);
        Ok(Self { place, file: Some(path.to_owned()), held: RwLock::new(Held { ring, stamp }) })
    }

    /// Reads keys as the file has them. `place`: where they come from, for people.
    ///
    /// # Errors
    /// Says what to do.
    pub fn read(text: &str, place: &str) -> Result<Self, KeyError> {
        let ring = Arc::new(Ring::read(text, place)?);
        Ok(Self { place: place.to_owned(), file: None, held: RwLock::new(Held { ring, stamp: None }) })
    }

    /// Seals a secret. `purpose` is needed to open it again.
    ///
    /// # Errors
    /// There is no randomness, or the secret has gigabytes.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<Vec<u8>, SealError> {
        self.ring().seal(purpose, secret)
    }

    /// Opens what was sealed for this purpose.
    ///
    /// # Errors
    /// Says what to do.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<String, SealError> {
        self.ring().open(purpose, sealed, &self.place)
    }

    /// Names the key that seals.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(self.ring().current_id())
    }

    /// Names all keys, the one that seals first.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.ring().ids().map(hex::encode).collect()
    }

    /// Whether the key that seals now sealed these bytes.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        id_of(sealed) == Some(self.ring().current_id())
    }

    /// The keys as they are now.
    fn ring(&self) -> Arc<Ring> {
        let stamp = self.file.as_deref().and_then(Stamp::of);
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        // A file that is not there, or cannot be seen, is none that changed.
        if stamp.is_none() || stamp == held.stamp {
            return Arc::clone(&held.ring);
        }
        drop(held);
        self.read_again()
    }

    fn read_again(&self) -> Arc<Ring> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.file else { return Arc::clone(&held.ring) };
        let stamp = Stamp::of(path);
        if stamp.is_some() && stamp != held.stamp {
            match file::read(path).and_then(|text| Ring::read(&text, &self.place)) {
                Ok(ring) => {
                    held.ring = Arc::new(ring);
                    info!(
                        place = self.place,
                        key = hex::encode(held.ring.current_id()),
                        "the keys of secrets were read again"
                    );
                }
                Err(error) => {
                    error!(%error, "the file with the keys of secrets changed, and the keys stay as they were")
                }
            }
            // Said once for each change.
            held.stamp = stamp;
        }
        Arc::clone(&held.ring)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Keys").field("ids", &self.ids()).field("place", &self.place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
