//! Signatures of the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`, as `v1,` and base64. Pure.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::model::webhook::secret_bytes;

/// The headers, as the specification names them.
pub const ID_HEADER: &str = "webhook-id";
/// In seconds since 1970: of the attempt, not of the event.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// What a message is signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads a secret as people see it: `whsec_…`. None if it is none.
    #[must_use]
    pub fn read(secret: &str) -> Option<Self> {
        secret_bytes(secret).map(Self)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The signatures of a message by every key, the newest first, as the header has them: receivers take the first that they can check.
#[must_use]
pub fn signatures(keys: &[SigningKey], id: &str, timestamp_secs: i64, body: &str) -> String {
    let all: Vec<String> = keys.iter().map(|key| signature(key, id, timestamp_secs, body)).collect();
    all.join(" ")
}

fn signature(key: &SigningKey, id: &str, timestamp_secs: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else { unreachable!("HMAC takes keys of any length") };
    mac.update(format!("{id}.{timestamp_secs}.").as_bytes());
    mac.update(body.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Secret, id, timestamp, body, signature. The first is the specification's own; all were computed by its reference library for Python
    /// (standardwebhooks 1.1.0), and the others by openssl too.
    const VECTORS: [(&str, &str, i64, &str, &str); 3] = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
            "msg_0198c0ffee",
            1_772_445_600,
            "{\"type\":\"incident.opened\",\"data\":{\"host\":\"FS02 – Été\"}}",
            "v1,egxc41M5w4bEMwTr0y560LX6r4sPsmfNnMDsuF22gRo=",
        ),
        (
            "whsec_aGlnaHdhdGVyIHNpZ25zIGl0cyBtZXNzYWdlcyAwMzI=",
            "msg_1",
            0,
            "",
            "v1,OiaSk6IHaS/pyBkn++/y2yODHOiXJo1daygN+vpvxIw=",
        ),
    ];

    #[test]
    fn a_message_is_signed_as_the_reference_library_signs_it() {
        for (secret, id, timestamp, body, expected) in VECTORS {
            let key = SigningKey::read(secret).unwrap();
            assert_eq!(signatures(&[key], id, timestamp, body), expected, "{id}");
        }
    }

    #[test]
    fn while_a_secret_is_changed_both_sign() {
        let keys = [VECTORS[2].0, VECTORS[0].0].map(|secret| SigningKey::read(secret).unwrap());
        let (_, id, timestamp, body, old) = VECTORS[0];
        let both = signatures(&keys, id, timestamp, body);
        let [new, same] = both.split(' ').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(same, old);
        assert!(new.starts_with("v1,") && new != old, "{both}");
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", SigningKey::read(VECTORS[0].0).unwrap()), "(hidden)");
        assert_eq!(SigningKey::read("whsec_c2hvcnQ="), None);
    }
}
