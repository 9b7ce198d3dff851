//! What stands for a user's name where names are not to be seen.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How names of users are kept.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum UserNames {
    /// As they come.
    #[default]
    Shown,
    /// As [`pseudonym`] of this key: one user can be told from another, but not named.
    Pseudonyms(Vec<u8>),
    /// Not at all: as if nobody had said a name.
    Off,
}

/// Without the key.
impl fmt::Debug for UserNames {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Shown => "Shown",
            Self::Pseudonyms(_) => "Pseudonyms",
            Self::Off => "Off",
        })
    }
}

const PREFIX: &str = "user-";
/// 60 bits: among a million users two have the same with a chance of one in two million.
const LETTERS: usize = 12;
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Says nothing of the name to whoever has not got the key.
#[must_use]
pub fn pseudonym(key: &[u8], name: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    mac.update(name.as_bytes());
    let digest = mac.finalize().into_bytes();
    let letters = digest.iter().take(LETTERS).map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    PREFIX.chars().chain(letters).collect()
}

/// Whether the name looks like what [`pseudonym`] makes, so that nobody makes one of it again.
#[must_use]
pub fn is_pseudonym(name: &str) -> bool {
    let Some(letters) = name.strip_prefix(PREFIX) else { return false };
    // Erasing puts a number behind one that is taken; anything else there may be a name.
    let (letters, number) = letters.split_once(" (").unwrap_or((letters, "1)"));
    let number = number.strip_suffix(')').unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    is_number && letters.len() == LETTERS && letters.bytes().all(|letter| ALPHABET.contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_always_the_same_and_hangs_on_name_and_key() {
        let one = pseudonym(b"key", r"CORP\ann");
        assert_eq!(one, pseudonym(b"key", r"CORP\ann"));
        assert!(is_pseudonym(&one) && is_pseudonym(&format!("{one} (2)")), "{one}");
        for other in [pseudonym(b"key", r"CORP\bob"), pseudonym(b"other", r"CORP\ann"), pseudonym(b"", "")] {
            assert_ne!(one, other);
        }
        for no in ["", "user-", "user-abc", "user-ABCDEFGHIJKL", "ann", "user-abcdefghijkmm"] {
            assert!(!is_pseudonym(no), "{no}");
        }
        for behind in [" (zoe)", " ()", " (2", " (2) zoe", "(2)"] {
            assert!(!is_pseudonym(&format!("{one}{behind}")), "{behind}");
        }
    }
}
