//! Keys in order: the first seals, all of them open.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng as _;
use rand::rngs::SysRng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

use super::{KeyError, PREFIX, SealError};

const VERSION: u8 = 1;
const ID_BYTES: usize = 4;
/// Version and key.
const HEAD_BYTES: usize = 1 + ID_BYTES;

pub(super) type Id = [u8; ID_BYTES];

pub(super) struct Ring {
    /// Seals.
    current: Key,
    older: Vec<Key>,
}

struct Key {
    id: Id,
    key: LessSafeKey,
}

/// Names the key that sealed these bytes.
pub(super) fn id_of(sealed: &[u8]) -> Option<Id> {
    sealed.get(1..HEAD_BYTES)?.try_into().ok()
}

impl Ring {
    pub(super) fn read(text: &str, place: &str) -> Result<Self, KeyError> {
        let mut keys = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            if is_key(text) {
                let key = Key::read(text.trim());
                keys.push(key.ok_or_else(|| KeyError::Line { place: place.to_owned(), line })?);
            }
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or_else(|| KeyError::Empty(place.to_owned()))?;
        Ok(Self { current, older: keys.collect() })
    }

    pub(super) fn seal(&self, purpose: &str, secret: &str) -> Result<Vec<u8>, SealError> {
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

    pub(super) fn open(&self, purpose: &str, sealed: &[u8], place: &str) -> Result<String, SealError> {
        let (head, rest) = sealed.split_at_checked(HEAD_BYTES).ok_or(SealError::Damaged)?;
        if head[0] != VERSION {
            return Err(SealError::Version);
        }
        let id = &head[1..];
        let key = self.all().find(|key| key.id == id);
        let key = key.ok_or_else(|| SealError::UnknownKey { id: hex::encode(id), place: place.to_owned() })?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Damaged)?;
        let with = Aad::from([head, purpose.as_bytes()].concat());
        let mut text = text.to_vec();
        let secret = key.key.open_in_place(nonce, with, &mut text).map_err(|_| SealError::Damaged)?;
        String::from_utf8(secret.to_vec()).map_err(|_| SealError::Damaged)
    }

    pub(super) fn current_id(&self) -> Id {
        self.current.id
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.all().map(|key| key.id)
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

/// Whether a line of the file is one of a key, and not a remark.
pub(super) fn is_key(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
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
