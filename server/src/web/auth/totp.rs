//! Codes that change every half minute (RFC 6238), as every authenticator app makes them: SHA-1, six digits. And codes
//! that work once.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;

use crate::model::time::SECOND_MS;
use crate::secret;

const STEP_MS: i64 = 30 * SECOND_MS;
const DIGITS: usize = 6;
/// Steps around the one of now whose codes are right: clocks differ, and people take a while to type.
const AROUND: i64 = 1;
/// Codes that work once, which are made together.
pub const ONCE: usize = 10;
/// Letters of such a code, of five bits each: 112 bits at least, as a hash without a salt keeps them.
const ONCE_LETTERS: usize = 28;

const BASE32: [u8; 32] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What makes the codes: as many bits as the hash has.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 20]);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(hidden)")
    }
}

impl Seed {
    /// # Errors
    /// The operating system gives no randomness.
    pub fn fresh() -> Result<Self, rand::rngs::SysError> {
        secret::bytes().map(Self)
    }

    /// To be sealed.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        Some(Self(hex::decode(text).ok()?.try_into().ok()?))
    }

    /// As people type it into an app that has no camera, in groups of four.
    #[must_use]
    pub fn typed(&self) -> String {
        grouped(&base32(&self.0), ' ')
    }

    /// The address that apps read out of a QR code. `name`: the account's.
    #[must_use]
    pub fn uri(&self, name: &str) -> String {
        let (name, secret) = (utf8_percent_encode(name, NON_ALPHANUMERIC), base32(&self.0));
        let how = format!("issuer=Highwater&algorithm=SHA1&digits={DIGITS}&period={}", STEP_MS / SECOND_MS);
        format!("otpauth://totp/Highwater:{name}?secret={secret}&{how}")
    }

    /// The step of time whose code was typed; none if it is no code of now.
    #[must_use]
    pub fn step_of(&self, typed: &str, now_at: i64) -> Option<i64> {
        let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let now = now_at.div_euclid(STEP_MS);
        (now - AROUND..=now + AROUND).find(|step| secret::is_same(self.code(*step).as_bytes(), typed.as_bytes()))
    }

    /// The code of now.
    #[must_use]
    pub fn code_at(&self, now_at: i64) -> String {
        self.code(now_at.div_euclid(STEP_MS))
    }

    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let bytes = tag.as_ref();
        // The last four bits of the hash say where the four bytes begin that count.
        let from = usize::from(bytes[bytes.len() - 1] & 0x0f);
        let number = u32::from_be_bytes([bytes[from] & 0x7f, bytes[from + 1], bytes[from + 2], bytes[from + 3]]);
        format!("{:0DIGITS$}", number % 1_000_000)
    }
}

/// Whether it could be a code that changes. Of those there are so few that many tries find one.
#[must_use]
pub fn is_guessable(typed: &str) -> bool {
    typed.chars().filter(|c| !c.is_whitespace()).count() == DIGITS
}

/// New codes that work once, as people keep them: 140 random bits each, so that nobody finds one by its hash.
///
/// # Errors
/// The operating system gives no randomness.
pub fn codes() -> Result<Vec<String>, rand::rngs::SysError> {
    (0..ONCE).map(|_| secret::bytes::<20>().map(|bytes| grouped(&base32(&bytes)[..ONCE_LETTERS], '-'))).collect()
}

/// What is kept of a code that works once, in whatever groups it was typed.
#[must_use]
pub fn code_sha256(typed: &str) -> [u8; 32] {
    let bare: String = typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    secret::sha256(&bare)
}

/// By RFC 4648. Of whole groups of five bytes: there is nothing to pad.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5);
    let (mut held, mut bits) = (0_usize, 0_u32);
    for byte in bytes {
        held = (held << 8) | usize::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(held >> bits) & 31]));
        }
        held &= (1 << bits) - 1;
    }
    text
}

fn grouped(text: &str, between: char) -> String {
    let mut groups = String::with_capacity(text.len() * 5 / 4);
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at.is_multiple_of(4) {
            groups.push(between);
        }
        groups.push(c);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The one of RFC 6238.
    fn known() -> Seed {
        Seed(*b"12345678901234567890")
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // The last six of the eight digits of its appendix B.
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(known().code_at(secs * 1_000), code, "{secs}");
        }
    }

    #[test]
    fn a_code_is_right_in_its_step_and_the_two_beside_it_and_says_which_it_is() {
        let (seed, now_at) = (known(), 1_111_111_109_000);
        let step = now_at / STEP_MS;
        assert_eq!(seed.step_of("081804", now_at), Some(step));
        assert_eq!(seed.step_of(" 081 804 ", now_at + STEP_MS), Some(step));
        assert_eq!(seed.step_of("081804", now_at - STEP_MS), Some(step));
        for at in [now_at + 2 * STEP_MS, now_at - 2 * STEP_MS] {
            assert_eq!(seed.step_of("081804", at), None);
        }
        for no_code in ["", "81804", "081805", "0818040", "０８１８０４"] {
            assert_eq!(seed.step_of(no_code, now_at), None, "{no_code:?}");
        }
    }

    #[test]
    fn what_makes_the_codes_is_kept_typed_and_read_by_apps() {
        let seed = known();
        assert_eq!(Seed::from_hex(&seed.to_hex()).as_ref(), Some(&seed));
        assert_eq!(Seed::from_hex("00"), None);
        assert_eq!(seed.typed(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let uri = seed.uri("é&\"=x");
        assert!(uri.starts_with("otpauth://totp/Highwater:%C3%A9%26%22%3Dx?secret=GEZDGNBVGY3TQOJQ"), "{uri}");
        assert!(!format!("{seed:?}").contains("12345"));
    }

    #[test]
    fn codes_that_work_once_differ_and_are_the_same_in_whatever_way_they_are_typed() {
        let codes = codes().unwrap();
        let kept: std::collections::HashSet<[u8; 32]> = codes.iter().map(|code| code_sha256(code)).collect();
        assert_eq!((codes.len(), kept.len()), (ONCE, ONCE));
        assert_eq!(codes[0].len(), 34, "{}", codes[0]);
        let typed = format!(" {} ", codes[0].to_lowercase().replace('-', " "));
        assert_eq!(code_sha256(&typed), code_sha256(&codes[0]));
        assert!(is_guessable(" 081 804 ") && !codes.iter().any(|code| is_guessable(code)));
    }
}
