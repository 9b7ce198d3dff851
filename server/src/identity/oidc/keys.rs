//! The keys that a provider publishes (JSON Web Key Set). Pure. What cannot be read among them is passed over: it is for others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::RsaPublicKeyComponents;
use serde::Deserialize;
use serde_json::Value;

use super::jws::Alg;

/// More are not looked at.
const MOST_KEYS: usize = 100;

/// Keys that can check signatures.
#[derive(Debug, Clone)]
pub(super) struct Keys(Vec<Key>);

#[derive(Debug, Clone)]
pub(super) struct Key {
    id: Option<String>,
    /// The only algorithm that it is for, if it says so.
    alg: Option<String>,
    pub(super) material: Material,
}

/// Public halves, as ring takes them.
#[derive(Debug, Clone)]
pub(super) enum Material {
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// Uncompressed points.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
pub(super) struct Published {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    pub(super) fn of_published(published: Published) -> Self {
        Self::of(published.keys)
    }

    pub(super) fn of(published: Vec<Value>) -> Self {
        Self(published.into_iter().take(MOST_KEYS).filter_map(key).collect())
    }

    /// The one of this name that signs by this algorithm. Without a name it is known which one only if there is one.
    pub(super) fn fitting(&self, id: Option<&str>, alg: Alg) -> Option<&Key> {
        let is_named = |key: &&Key| id.is_none_or(|id| key.id.as_deref() == Some(id));
        let mut fitting = self.0.iter().filter(|key| key.fits(alg)).filter(is_named);
        let first = fitting.next()?;
        (id.is_some() || fitting.next().is_none()).then_some(first)
    }

    /// How many sign by one of these.
    pub(super) fn count(&self, algorithms: &[Alg]) -> usize {
        self.0.iter().filter(|key| algorithms.iter().any(|alg| key.fits(*alg))).count()
    }
}

impl Key {
    fn fits(&self, alg: Alg) -> bool {
        alg.goes_with(&self.material) && self.alg.as_deref().is_none_or(|only| only == alg.word())
    }
}

/// None if it is of no kind that we know, or not for signatures.
fn key(published: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(published).ok()?;
    let is_for_signatures = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
        && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !is_for_signatures {
        return None;
    }
    let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            // Some write a zero before them.
            let number = |text: Option<&String>| {
                let bytes = decoded(text)?;
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                Some(bytes[zeros..].to_vec())
            };
            Material::Rsa(RsaPublicKeyComponents { n: number(jwk.n.as_ref())?, e: number(jwk.e.as_ref())? })
        }
        ("EC", Some("P-256")) => Material::P256(point(&jwk, 32)?),
        ("EC", Some("P-384")) => Material::P384(point(&jwk, 48)?),
        ("OKP", Some("Ed25519")) => Material::Ed25519(decoded(jwk.x.as_ref()).filter(|x| x.len() == 32)?),
        _ => return None,
    };
    Some(Key { id: jwk.kid, alg: jwk.alg, material })
}

/// A point of a curve whose coordinates have so many bytes.
fn point(jwk: &Jwk, bytes: usize) -> Option<Vec<u8>> {
    let (x, y) = (decoded(jwk.x.as_ref())?, decoded(jwk.y.as_ref())?);
    (x.len() == bytes && y.len() == bytes).then(|| [&[4][..], &x, &y].concat())
}

fn decoded(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rsa(more: &Value) -> Value {
        let mut key = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0, 0, 9, 9]), "e": "AQAB"});
        for (name, value) in more.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn a_key_is_found_by_its_name_and_what_it_is_for() {
        let keys = Keys::of(vec![
            json!("no key"),
            json!({"kty": "oct", "k": "AAAA", "kid": "shared"}),
            rsa(&json!({"kid": "sealing", "use": "enc"})),
            rsa(&json!({"kid": "signing only", "key_ops": ["sign"]})),
            rsa(&json!({"kid": "a", "use": "sig", "alg": "RS256"})),
            rsa(&json!({"kid": "b"})),
        ]);
        assert_eq!(keys.0.len(), 2);
        assert!(keys.fitting(Some("a"), Alg::Rs256).is_some() && keys.fitting(Some("a"), Alg::Ps256).is_none());
        assert!(keys.fitting(Some("b"), Alg::Ps256).is_some() && keys.fitting(Some("b"), Alg::Es256).is_none());
        for id in ["sealing", "shared", "signing only", "c"] {
            assert!(keys.fitting(Some(id), Alg::Rs256).is_none(), "{id}");
        }
        assert!(keys.fitting(None, Alg::Rs256).is_none(), "it could be either");
        assert!(keys.fitting(None, Alg::Rs384).is_some(), "it can only be one");
        assert_eq!((keys.count(&[Alg::Rs256, Alg::Es256]), keys.count(&[Alg::Es256])), (2, 0));
    }

    #[test]
    fn numbers_have_no_zeros_before_them_and_points_are_whole() {
        let Material::Rsa(key) = key(rsa(&json!({}))).unwrap().material else { panic!("it is RSA") };
        assert_eq!((key.n.as_slice(), key.e.as_slice()), (&[9, 9][..], &[1, 0, 1][..]));
        let short = json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"});
        assert!(super::key(short).is_none());
    }

    #[test]
    fn more_keys_than_anybody_has_are_not_looked_at() {
        let many = (0..1_000).map(|id| rsa(&json!({"kid": id.to_string()}))).collect();
        assert_eq!(Keys::of(many).0.len(), MOST_KEYS);
    }
}
