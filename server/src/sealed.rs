//! Secrets that the server itself has to use again, sealed for the database: signing secrets of webhooks, passwords of ticket systems, and for
//! a day the answers in which a program was told a secret. Whoever reads the database alone, or a backup of it, has none of them.
//!
//! The key lies in a file of its own, `secrets.key` in the data directory unless the settings say otherwise, which is made at the first start.
//! It has a key on each line, and `#` before remarks. The first line seals; all of them open. To change the key, put a new line on top
//! (`hwm_` and 256 bits in base64url) and keep the old ones until nothing that they sealed is left. Several servers on one database need the
//! same file.
//!
//! Sealed bytes are: the version (1), 4 bytes that name the key, a nonce of 12 bytes, and AES-256-GCM's text and tag. What they are for
//! ("webhook 7") is sealed with them, so that they are worth nothing in another place.

use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use rand::rngs::SysRng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};
use tracing::warn;

use crate::secret;

/// Before a key.
const PREFIX: &str = "hwm_";
const VERSION: u8 = 1;
const ID_BYTES: usize = 4;
/// Version and key.
const HEAD_BYTES: usize = 1 + ID_BYTES;

/// The keys of a server.
pub struct Keys {
    /// Seals.
    current: Key,
    older: Vec<Key>,
    /// Where they come from, for people.
    place: String,
}

struct Key {
    id: [u8; ID_BYTES],
    key: LessSafeKey,
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

impl Keys {
    /// Reads the key file; makes it, for the owner only, if there is none.
    ///
    /// # Errors
    /// Says what to do.
    pub fn load_or_make(path: &Path) -> Result<Self, KeyError> {
        let place = path.display().to_string();
        let wrong = |error| KeyError::File { place: place.clone(), error };
        match fs::read_to_string(path) {
            Ok(text) => {
                warn_if_others_read(path);
                Self::read(&text, &place)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = format!(
                    "# Opens the secrets in Highwater's database. Back it up, apart from the database.\n{}\n",
                    fresh()?
                );
                match make(path, &text) {
                    Ok(()) => Self::read(&text, &place),
                    // Another process was first.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        Self::read(&fs::read_to_string(path).map_err(wrong)?, &place)
                    }
                    Err(error) => Err(wrong(error)),
                }
            }
            Err(error) => Err(wrong(error)),
        }
    }

    /// Reads keys as the file has them. `place`: where they come from, for people.
    ///
    /// # Errors
    /// Says what to do.
    pub fn read(text: &str, place: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with('#') {
                keys.push(Key::read(text).ok_or_else(|| KeyError::Line { place: place.to_owned(), line })?);
            }
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or_else(|| KeyError::Empty(place.to_owned()))?;
        Ok(Self { current, older: keys.collect(), place: place.to_owned() })
    }

    /// Seals a secret. `purpose` is needed to open it again.
    ///
    /// # Errors
    /// There is no randomness, or the secret has gigabytes.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        SysRng.try_fill_bytes(&mut nonce).map_err(|_| SealError::Random)?;
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&self.current.id);
        let with = Aad::from([&sealed, purpose.as_bytes()].concat());
        let mut text = secret.as_bytes().to_vec();
        let once = Nonce::assume_unique_for_key(nonce);
        self.current.key.seal_in_place_append_tag(once, with, &mut text).map_err(|_| SealError::TooLong)?;
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut text);
        Ok(sealed)
    }

    /// Opens what was sealed for this purpose.
    ///
    /// # Errors
    /// Says what to do.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<String, SealError> {
        let (head, rest) = sealed.split_at_checked(HEAD_BYTES).ok_or(SealError::Damaged)?;
        if head[0] != VERSION {
            return Err(SealError::Version);
        }
        let id = &head[1..];
        let key = self.all().find(|key| key.id == id);
        let key = key.ok_or_else(|| SealError::UnknownKey { id: hex::encode(id), place: self.place.clone() })?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Damaged)?;
        let with = Aad::from([head, purpose.as_bytes()].concat());
        let mut text = text.to_vec();
        let secret = key.key.open_in_place(nonce, with, &mut text).map_err(|_| SealError::Damaged)?;
        String::from_utf8(secret.to_vec()).map_err(|_| SealError::Damaged)
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

impl Key {
    fn read(text: &str) -> Option<Self> {
        let bits: [u8; 32] = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?.try_into().ok()?;
        let digest = Sha256::new().chain_update(b"highwater key id 1").chain_update(bits).finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        Some(Self { id, key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bits).ok()?) })
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let ids: Vec<String> = self.all().map(|key| hex::encode(key.id)).collect();
        f.debug_struct("Keys").field("ids", &ids).field("place", &self.place).finish()
    }
}

fn fresh() -> Result<String, KeyError> {
    Ok(secret::fresh(PREFIX)?)
}

/// Whole or not at all, since another process may look for it; and durable before anything is sealed with it, since a key that a power cut
/// takes away takes the secrets with it.
fn make(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // For its owner only, from the beginning.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(unix)]
fn warn_if_others_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map(|is| is.permissions().mode()).unwrap_or(0);
    if mode & 0o077 != 0 {
        warn!(path = %path.display(), "others than its owner may read the keys of secrets: chmod 600");
    }
}

#[cfg(not(unix))]
fn warn_if_others_read(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secrets: &[&str]) -> Keys {
        Keys::read(&secrets.join("\n"), "secrets.key").unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_for_its_purpose_only() {
        let keys = keys(&[&fresh().unwrap()]);
        let sealed = keys.seal("webhook 7", "whsec_été").unwrap();
        assert_eq!(keys.open("webhook 7", &sealed).as_deref(), Ok("whsec_été"));
        assert_eq!(keys.open("webhook 8", &sealed), Err(SealError::Damaged));
        assert_ne!(keys.seal("webhook 7", "whsec_été").unwrap(), sealed, "never the same bytes");
        assert!(!sealed.windows(5).any(|part| part == b"whsec"));
    }

    #[test]
    fn bytes_that_were_changed_or_cut_anywhere_are_not_opened() {
        let keys = keys(&[&fresh().unwrap()]);
        let sealed = keys.seal("p", "secret").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open("p", &changed).is_err(), "{at}");
            assert!(keys.open("p", &sealed[..at]).is_err(), "{at}");
        }
        let later: Vec<u8> = std::iter::once(2).chain(sealed[1..].iter().copied()).collect();
        assert_eq!(keys.open("p", &later), Err(SealError::Version));
    }

    #[test]
    fn a_key_is_changed_by_a_line_on_top_and_another_servers_key_is_named() {
        let (old, new) = (fresh().unwrap(), fresh().unwrap());
        let sealed = keys(&[&old]).seal("p", "secret").unwrap();
        let both = keys(&["# changed in March", &new, "", &old]);
        assert_eq!(both.open("p", &sealed).as_deref(), Ok("secret"));
        let newer = both.seal("p", "secret").unwrap();
        assert_eq!(keys(&[&new]).open("p", &newer).as_deref(), Ok("secret"));
        let error = keys(&[&new]).open("p", &sealed).unwrap_err();
        let id = hex::encode(&sealed[1..HEAD_BYTES]);
        assert_eq!(error, SealError::UnknownKey { id: id.clone(), place: "secrets.key".to_owned() });
        assert!(error.to_string().contains(&id) && error.to_string().contains("secrets.key"), "{error}");
    }

    #[test]
    fn the_key_file_is_made_once_for_its_owner_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        let sealed = Keys::load_or_make(&path).unwrap().seal("p", "secret").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(Keys::load_or_make(&path).unwrap().open("p", &sealed).as_deref(), Ok("secret"));

        fs::write(&path, "# nothing\n").unwrap();
        assert!(matches!(Keys::load_or_make(&path), Err(KeyError::Empty(_))), "an emptied file is not filled anew");
        fs::write(&path, "hwm_short\n").unwrap();
        let said = Keys::load_or_make(&path).unwrap_err().to_string();
        assert!(said.contains("secrets.key: line 1") && !said.contains("hwm_short"), "{said}");
        let missing = folder.path().join("no/secrets.key");
        assert!(matches!(Keys::load_or_make(&missing), Err(KeyError::File { .. })));
    }

    #[test]
    fn keys_are_not_shown() {
        let secret = fresh().unwrap();
        assert!(!format!("{:?}", keys(&[&secret])).contains(&secret[4..]));
    }
}
