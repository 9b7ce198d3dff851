//! The key as it lies in the file. On Windows DPAPI seals it for this computer: whoever copies the file alone has nothing. Elsewhere
//! the file's mode is what protects it.

use serde::{Deserialize, Deserializer, Serializer};

/// Before a sealed key; one without it is read as it is.
const PREFIX: &str = "dpapi:";
#[cfg(windows)]
const PURPOSE: &[u8] = b"highwater agent key 1";

pub(super) fn write<S: Serializer>(key: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let sealed = seal(key).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&sealed)
}

pub(super) fn write_option<S: Serializer>(key: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => write(key, serializer),
        None => serializer.serialize_none(),
    }
}

pub(super) fn read_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let stored: Option<String> = Option::deserialize(deserializer)?;
    match stored.as_deref().map(|stored| stored.strip_prefix(PREFIX)) {
        Some(Some(sealed)) => open(sealed).map(Some).map_err(serde::de::Error::custom),
        Some(None) | None => Ok(stored),
    }
}

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let stored = String::deserialize(deserializer)?;
    match stored.strip_prefix(PREFIX) {
        None => Ok(stored),
        Some(sealed) => open(sealed).map_err(serde::de::Error::custom),
    }
}

#[cfg(windows)]
fn seal(key: &str) -> Result<String, String> {
    let sealed = highwater_win32::secret::seal(key.as_bytes(), PURPOSE);
    sealed
        .map(|sealed| format!("{PREFIX}{}", hex::encode(sealed)))
        .map_err(|e| format!("the key cannot be sealed: {e}"))
}

#[cfg(windows)]
fn open(sealed: &str) -> Result<String, String> {
    let sealed = hex::decode(sealed).map_err(|e| format!("the sealed key is damaged: {e}"))?;
    let key = highwater_win32::secret::open(&sealed, PURPOSE);
    let key = key.map_err(|e| format!("the key was sealed on another computer, or is damaged: {e}"))?;
    String::from_utf8(key).map_err(|e| format!("the sealed key is damaged: {e}"))
}

#[cfg(not(windows))]
fn seal(key: &str) -> Result<String, String> {
    Ok(key.to_owned())
}

#[cfg(not(windows))]
fn open(_: &str) -> Result<String, String> {
    Err("the key was sealed on a Windows computer".to_owned())
}
