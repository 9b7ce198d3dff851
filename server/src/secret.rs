//! The only maker of secrets: keys of agents and of programs, enrolment tokens, one-time links, web sessions, second
//! factors.
//!
//! The store keeps SHA-256 of a secret, never the secret. That is enough, and no slow hash is needed, because every
//! secret made here has 256 random bits, or 140 where people have to type it; passwords, which people choose, are
//! another matter (argon2 in `web::auth`). What has to be used again is sealed.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::TryRng as _;
use rand::rngs::{SysError, SysRng};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Prefix of an enrolment token, as the wire has it.
pub const TOKEN_PREFIX: &str = "hwe_";
/// Prefix of a key by which a program asks the API.
pub const API_KEY_PREFIX: &str = "hwk_";
/// Prefix of a one-time link's secret.
pub const LINK_PREFIX: &str = "hwl_";
/// Prefix of the key of pseudonyms.
pub const PSEUDONYM_PREFIX: &str = "hwp_";
/// Prefix of a webhook's signing secret, as its specification has it.
pub const WEBHOOK_PREFIX: &str = "whsec_";
/// Prefix of a web session's token.
pub const SESSION_PREFIX: &str = "hws_";
/// Prefix of what stands for a right password until the code is there, too.
pub const STEP_PREFIX: &str = "hwc_";
/// Prefix of what a browser holds while somebody signs in elsewhere.
pub const RETURN_PREFIX: &str = "hwr_";

/// A new secret: `prefix` and 256 bits from the operating system in base64url (43 characters).
///
/// # Errors
/// The operating system gives no randomness: nothing that needs a secret may go on.
pub fn fresh(prefix: &str) -> Result<String, SysError> {
    let mut bits = [0_u8; 32];
    SysRng.try_fill_bytes(&mut bits)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bits)))
}

/// Random bytes from the operating system.
///
/// # Errors
/// As for [`fresh`].
pub fn bytes<const N: usize>() -> Result<[u8; N], SysError> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}

/// A new signing secret of a webhook: 256 bits in base64, as receivers' libraries read it.
///
/// # Errors
/// As for [`fresh`].
pub fn webhook() -> Result<String, SysError> {
    let mut bits = [0_u8; 32];
    SysRng.try_fill_bytes(&mut bits)?;
    Ok(format!("{WEBHOOK_PREFIX}{}", STANDARD.encode(bits)))
}

/// Another secret that follows from this one: whoever learns it, or one for another purpose, does not learn this one. 43 characters of
/// base64url.
#[must_use]
pub fn derived(secret: &str, purpose: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(purpose.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// What the store keeps of a secret, and finds it by.
#[must_use]
pub fn sha256(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The first characters of a secret, by which a person can tell it from others: prefix and 6 characters (36 of 256 bits).
#[must_use]
pub fn hint(secret: &str) -> String {
    secret.chars().take(10).collect()
}

/// Whether two secrets are the same, in a time that tells nothing but their lengths.
#[must_use]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_its_prefix_and_256_bits_and_is_never_made_twice() {
        let (one, other) = (fresh("hwa_").unwrap(), fresh("hwa_").unwrap());
        assert_eq!(one.len(), 4 + 43);
        assert!(one.starts_with("hwa_"));
        assert_ne!(one, other);
        assert_eq!(hint(&one).len(), 10);
    }

    #[test]
    fn a_webhooks_secret_is_one_that_messages_can_be_signed_with() {
        let (one, other) = (webhook().unwrap(), webhook().unwrap());
        assert_eq!(crate::model::webhook::secret_bytes(&one).map(|bytes| bytes.len()), Some(32));
        assert_ne!(one, other);
    }

    #[test]
    fn a_derived_secret_is_the_same_for_a_purpose_and_another_for_another() {
        let one = derived("hwr_x", "nonce 1");
        assert_eq!((one.len(), derived("hwr_x", "nonce 1")), (43, one.clone()));
        assert_ne!(derived("hwr_x", "nonce 2"), one);
        assert_ne!(derived("hwr_y", "nonce 1"), one);
    }

    #[test]
    fn secrets_are_compared_as_a_whole() {
        assert!(is_same(b"abc", b"abc"));
        assert!(!is_same(b"abc", b"abd"));
        assert!(!is_same(b"abc", b"ab"));
    }
}
