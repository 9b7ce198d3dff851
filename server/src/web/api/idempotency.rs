//! Requests that come again, by draft-ietf-httpapi-idempotency-key-header: a program names what it wants done once, and sends it under that
//! name until it has an answer. What is kept, and why it cannot be done twice, is said in the store.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderName;
use axum::http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::query::Result;
use crate::locale::Message;
use crate::web::auth::CallerId;
use crate::web::error::{Error, Fault};

pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Marks an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest name.
const LONGEST: usize = 255;

/// A request that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Of the caller and the name.
    pub request_sha256: [u8; 32],
    /// Of what is asked for.
    pub fingerprint: [u8; 32],
}

impl Named {
    /// Reads the header; none without it.
    pub fn of(parts: &Parts, caller: CallerId, body: &[u8]) -> Result<Option<Self>> {
        let mut given = parts.headers.get_all(KEY).iter();
        let Some(name) = given.next() else { return Ok(None) };
        let name = name.to_str().ok().map(str::trim).map(|name| {
            // By the draft it is a string in quotation marks; many send it without.
            name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(name)
        });
        let is_good =
            |name: &&str| (1..=LONGEST).contains(&name.len()) && name.bytes().all(|b| (0x20..0x7f).contains(&b));
        let name = name.filter(is_good).filter(|_| given.next().is_none()).ok_or_else(|| {
            let said =
                format!("The header Idempotency-Key has to be one text of 1 to {LONGEST} printable ASCII characters.");
            Error::BadRequest(Message::verbatim(said))
        })?;
        let caller = match caller {
            CallerId::Person(id) => format!("account:{id}"),
            CallerId::Program(id) => format!("key:{id}"),
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Some(Self {
            request_sha256: hash(&[caller.as_bytes(), name.as_bytes()]),
            fingerprint: hash(&[parts.method.as_str().as_bytes(), path.as_bytes(), body]),
        }))
    }
}

/// Of several texts, none of which runs into the next.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Named requests that this process works on. Those of another process on the same database wait for each other in the store.
#[derive(Debug, Default)]
pub struct UnderWay(Mutex<HashSet<[u8; 32]>>);

/// The turn of a named request; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn<'a> {
    all: &'a UnderWay,
    named: Option<[u8; 32]>,
}

impl UnderWay {
    /// # Errors
    /// The same one is under way.
    pub fn begin(&self, named: Option<Named>) -> Result<Turn<'_>> {
        let named = named.map(|named| named.request_sha256);
        let is_new = named.is_none_or(|named| self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(named));
        if is_new { Ok(Turn { all: self, named }) } else { Err(Fault::InProgress.error().into()) }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(named) = self.named {
            self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&named);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::model::{AccountId, ApiKeyId};

    fn named(key: &str, path: &str, caller: CallerId, body: &str) -> Result<Option<Named>> {
        let parts = Request::post(path).header(KEY, key).body(()).unwrap().into_parts().0;
        Named::of(&parts, caller, body.as_bytes())
    }

    #[test]
    fn a_name_is_of_its_caller_and_what_is_asked_for_is_told_apart() {
        let (one, other) = (CallerId::Program(ApiKeyId(1)), CallerId::Person(AccountId(1)));
        let of = |key, path, caller, body| named(key, path, caller, body).unwrap().unwrap();
        let first = of("a", "/x", one, "{}");
        assert_eq!(of("\"a\"", "/x", one, "{}"), first, "with or without quotation marks");
        assert_ne!(of("a", "/x", other, "{}").request_sha256, first.request_sha256);
        for another in [of("a", "/y", one, "{}"), of("a", "/x", one, "{ }")] {
            assert_eq!(another.request_sha256, first.request_sha256);
            assert_ne!(another.fingerprint, first.fingerprint);
        }
        for bad in ["", "\"\"", "é", &"x".repeat(256)] {
            assert_eq!(named(bad, "/x", one, "").unwrap_err().0.status(), 400, "{bad}");
        }
    }

    #[test]
    fn the_same_cannot_be_under_way_twice() {
        let all = UnderWay::default();
        let it = named("a", "/x", CallerId::Person(AccountId(1)), "").unwrap();
        let turn = all.begin(it).unwrap();
        assert_eq!(all.begin(it).unwrap_err().0.status(), 409);
        assert!(all.begin(None).is_ok() && all.begin(None).is_ok());
        drop(turn);
        assert!(all.begin(it).is_ok());
    }
}
