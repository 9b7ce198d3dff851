//! Signed texts (JSON Web Signature, compact form), as far as ID tokens need them. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey,
};
use serde::Deserialize;

use super::keys::{Key, Material};
use crate::identity::{Proof, Refusal, Why};

/// Algorithms that are trusted: the signer has a key that nobody else has. Neither `none` nor those of a shared secret (HS) are among them,
/// which could be made with what the provider publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alg {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

impl Alg {
    const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.word() == word)
    }

    /// Whether such a key signs by this algorithm.
    pub(super) fn goes_with(self, key: &Material) -> bool {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                matches!(key, Material::Rsa(_))
            }
            Self::Es256 => matches!(key, Material::P256(_)),
            Self::Es384 => matches!(key, Material::P384(_)),
            Self::EdDsa => matches!(key, Material::Ed25519(_)),
        }
    }

    fn is_signed(self, key: &Material, message: &[u8], signature: &[u8]) -> bool {
        let verified = match (self, key) {
            (Self::Rs256, Material::Rsa(key)) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            (Self::Rs384, Material::Rsa(key)) => key.verify(&RSA_PKCS1_2048_8192_SHA384, message, signature),
            (Self::Rs512, Material::Rsa(key)) => key.verify(&RSA_PKCS1_2048_8192_SHA512, message, signature),
            (Self::Ps256, Material::Rsa(key)) => key.verify(&RSA_PSS_2048_8192_SHA256, message, signature),
            (Self::Ps384, Material::Rsa(key)) => key.verify(&RSA_PSS_2048_8192_SHA384, message, signature),
            (Self::Ps512, Material::Rsa(key)) => key.verify(&RSA_PSS_2048_8192_SHA512, message, signature),
            (Self::Es256, Material::P256(key)) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature)
            }
            (Self::Es384, Material::P384(key)) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, key).verify(message, signature)
            }
            (Self::EdDsa, Material::Ed25519(key)) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            _ => return false,
        };
        verified.is_ok()
    }
}

/// What is believed once its signature is checked, and not before.
pub(super) struct Signed<'a> {
    head: Head,
    /// What is signed: head and payload as they were sent.
    message: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Keys and certificates in it, or addresses of some, are not looked at: who signs chooses them.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

impl<'a> Signed<'a> {
    /// Takes it apart.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn read(text: &'a str) -> Result<Self, Refusal> {
        let wrong = |what: &str| Refusal::new(Why::Proof(Proof::Form), format!("the ID token {what}"));
        let (message, signature) = text.rsplit_once('.').ok_or_else(|| wrong("has no signature"))?;
        let (head, payload) = message.split_once('.').ok_or_else(|| wrong("has no payload"))?;
        if payload.contains('.') {
            return Err(wrong("is encrypted, or no token: let the provider sign it only"));
        }
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| wrong("is not in base64url"));
        let head: Head = serde_json::from_slice(&decoded(head)?).map_err(|_| wrong("has no head that can be read"))?;
        if head.crit.is_some() {
            return Err(wrong("needs extensions (crit), none of which are known"));
        }
        Ok(Self { head, message, payload: decoded(payload)?, signature: decoded(signature)? })
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        self.head.kid.as_deref()
    }

    /// By which it says that it is signed, if that is one of these.
    ///
    /// # Errors
    /// It is not.
    pub(super) fn algorithm(&self, allowed: &[Alg]) -> Result<Alg, Refusal> {
        let alg = Alg::from_word(&self.head.alg).filter(|alg| allowed.contains(alg));
        alg.ok_or_else(|| {
            let named: String = self.head.alg.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
            let allowed: Vec<&str> = allowed.iter().map(|alg| alg.word()).collect();
            let detail = format!("the ID token is signed by {named:?}; the provider names {}", allowed.join(", "));
            Refusal::new(Why::Proof(Proof::Algorithm), detail)
        })
    }

    /// The payload, if this key signed it.
    ///
    /// # Errors
    /// It did not.
    pub(super) fn verified(&self, alg: Alg, key: &Key) -> Result<Vec<u8>, Refusal> {
        if alg.is_signed(&key.material, self.message.as_bytes(), &self.signature) {
            Ok(self.payload.clone())
        } else {
            Err(Refusal::new(Why::Proof(Proof::Signature), "the signature of the ID token is wrong"))
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair, KeyPair as _,
    };
    use serde_json::json;

    use super::super::keys::Keys;
    use super::*;

    fn encoded(bytes: impl AsRef<[u8]>) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A token of this head and what signs it.
    fn token(head: &serde_json::Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let message = format!("{}.{}", encoded(head.to_string()), encoded(r#"{"sub":"ann"}"#));
        let signature = sign(message.as_bytes());
        format!("{message}.{}", encoded(signature))
    }

    /// The public key, and what signs with the private one.
    fn elliptic(alg: &'static EcdsaSigningAlgorithm) -> (Vec<u8>, impl Fn(&[u8]) -> Vec<u8>) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap();
        let public = pair.public_key().as_ref().to_vec();
        (public, move |message: &[u8]| pair.sign(&random, message).unwrap().as_ref().to_vec())
    }

    fn keys(jwk: serde_json::Value) -> Keys {
        Keys::of(vec![jwk])
    }

    fn verify(text: &str, keys: &Keys, allowed: &[Alg]) -> Result<Vec<u8>, Why> {
        let signed = Signed::read(text).map_err(|refusal| refusal.why)?;
        let alg = signed.algorithm(allowed).map_err(|refusal| refusal.why)?;
        let key = keys.fitting(signed.key_id(), alg).ok_or(Why::Proof(Proof::Key))?;
        signed.verified(alg, key).map_err(|refusal| refusal.why)
    }

    #[test]
    fn elliptic_signatures_are_checked_and_a_changed_letter_is_seen() {
        for (alg, signing, curve) in [
            (Alg::Es256, &ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            (Alg::Es384, &ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
        ] {
            let (public, sign) = elliptic(signing);
            let (x, y) = public[1..].split_at((public.len() - 1) / 2);
            let keys = keys(json!({"kty": "EC", "crv": curve, "kid": "1", "x": encoded(x), "y": encoded(y)}));
            let good = token(&json!({"alg": alg.word(), "kid": "1"}), &sign);
            assert_eq!(verify(&good, &keys, &Alg::ALL).as_deref(), Ok(&br#"{"sub":"ann"}"#[..]));
            let (head, rest) = good.split_once('.').unwrap();
            let (_, signature) = rest.split_once('.').unwrap();
            let forged = format!("{head}.{}.{signature}", encoded(r#"{"sub":"bob"}"#));
            assert_eq!(verify(&forged, &keys, &Alg::ALL), Err(Why::Proof(Proof::Signature)));
            let by_another = token(&json!({"alg": alg.word(), "kid": "1"}), elliptic(signing).1);
            assert_eq!(verify(&by_another, &keys, &Alg::ALL), Err(Why::Proof(Proof::Signature)));
            let unknown = token(&json!({"alg": alg.word(), "kid": "2"}), &sign);
            assert_eq!(verify(&unknown, &keys, &Alg::ALL), Err(Why::Proof(Proof::Key)));
            assert_eq!(verify(&good, &keys, &[Alg::Rs256]), Err(Why::Proof(Proof::Algorithm)), "it was not named");
        }
    }

    #[test]
    fn edwards_signatures_are_checked() {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let keys = keys(json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key())}));
        let good = token(&json!({"alg": "EdDSA"}), |message| pair.sign(message).as_ref().to_vec());
        assert!(verify(&good, &keys, &Alg::ALL).is_ok());
        let forged = token(&json!({"alg": "EdDSA"}), |_| vec![0; 64]);
        assert_eq!(verify(&forged, &keys, &Alg::ALL), Err(Why::Proof(Proof::Signature)));
    }

    #[test]
    fn a_token_without_a_signature_or_with_a_shared_secret_is_no_token() {
        let (public, _) = elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let keys =
            keys(json!({"kty": "EC", "crv": "P-256", "x": encoded(&public[1..33]), "y": encoded(&public[33..])}));
        for alg in ["none", "None", "", "HS256", "RS1", "ES512", "es256"] {
            let forged = token(&json!({"alg": alg}), |_| Vec::new());
            assert_eq!(verify(&forged, &keys, &Alg::ALL), Err(Why::Proof(Proof::Algorithm)), "{alg}");
        }
        // A key of another kind is not asked.
        let crossed = token(&json!({"alg": "RS256"}), |_| vec![0; 256]);
        assert_eq!(verify(&crossed, &keys, &Alg::ALL), Err(Why::Proof(Proof::Key)));
    }

    #[test]
    fn what_is_no_token_is_refused_whatever_it_is() {
        let head = encoded(r#"{"alg":"ES256"}"#);
        let critical = encoded(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#);
        for text in [
            "",
            ".",
            "..",
            "a.b.c",
            &format!("{head}.e30"),
            &format!("{head}.e30.*"),
            &format!("{head}.e30=.AA"),
            &format!("{head}.e30.AA.AA.AA"),
            &format!("{critical}.e30.AA"),
            &format!("{}.e30.AA", encoded("[]")),
        ] {
            let refused = Signed::read(text).err().map(|refusal| refusal.why);
            assert_eq!(refused, Some(Why::Proof(Proof::Form)), "{text}");
        }
    }
}
