//! What ties an entry of the audit log to the one before it: a hash over all that it says. Whoever changes, removes or
//! moves a row would have to make every later hash anew, and to reach the copies of them that were forwarded.
//!
//! Each field goes in with its length before it, so that none runs into the next. What the changes say goes in as a
//! salted hash of its own: a name can be taken out of them, and the chain still holds.

use sha2::{Digest as _, Sha256};

/// What is written first. Another form of the fields is another format.
const FORMAT: &[u8] = b"highwater audit 1";
/// The hash before the first entry.
pub const BEGINNING: [u8; 32] = [0; 32];
/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;

/// What the chain holds of an entry: its words as they are stored, also those of a later version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub seq: i64,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: Option<i64>,
    pub actor_name: String,
    pub address: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<i64>,
    pub subject_name: String,
    pub outcome: String,
    /// [`changes_sha256`].
    pub changes_sha256: [u8; 32],
}

/// The hash of an entry that follows one with this hash.
#[must_use]
pub fn link(previous: &[u8; 32], record: &Record) -> [u8; 32] {
    let (seq, at) = (record.seq.to_be_bytes(), record.at.to_be_bytes());
    let (actor_id, subject_id) = (number(record.actor_id), number(record.subject_id));
    hash(&[
        FORMAT,
        previous,
        &seq,
        &at,
        record.actor_kind.as_bytes(),
        &actor_id,
        record.actor_name.as_bytes(),
        record.address.as_bytes(),
        record.action.as_bytes(),
        record.subject_kind.as_bytes(),
        &subject_id,
        record.subject_name.as_bytes(),
        record.outcome.as_bytes(),
        &record.changes_sha256,
    ])
}

/// What stands in the chain for the changes: nobody who has this alone can find out what they said.
#[must_use]
pub fn changes_sha256(salt: &[u8], changes: &str) -> [u8; 32] {
    hash(&[salt, changes.as_bytes()])
}

/// Names something that is written down once in a while only, however often it is done.
#[must_use]
pub fn mark(parts: &[&str]) -> [u8; 32] {
    hash(&parts.iter().map(|part| part.as_bytes()).collect::<Vec<_>>())
}

/// None as no byte, which no number is.
fn number(id: Option<i64>) -> Vec<u8> {
    id.map(|id| id.to_be_bytes().to_vec()).unwrap_or_default()
}

fn hash(fields: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let text = str::to_owned;
        Record {
            seq: 7,
            at: 1_000,
            actor_kind: text("person"),
            actor_id: Some(1),
            actor_name: text("ann"),
            address: text("10.0.0.1"),
            action: text("token.created"),
            subject_kind: text("token"),
            subject_id: None,
            subject_name: text("Paris"),
            outcome: text("done"),
            changes_sha256: changes_sha256(b"salt", "{}"),
        }
    }

    #[test]
    fn every_field_is_in_the_hash_and_none_runs_into_the_next() {
        let first = link(&BEGINNING, &record());
        let changed: [fn(&mut Record); 13] = [
            |r| r.seq += 1,
            |r| r.at += 1,
            |r| r.actor_kind.push('x'),
            |r| r.actor_id = None,
            |r| r.actor_name.push('1'),
            |r| r.address.push('1'),
            |r| r.action.push('x'),
            |r| r.subject_kind.push('x'),
            |r| r.subject_id = Some(0),
            |r| r.subject_name.push('x'),
            |r| r.outcome.push('x'),
            |r| r.changes_sha256[31] ^= 1,
            // The same letters, of another field.
            |r| (r.actor_name, r.address) = ("an".to_owned(), "n10.0.0.1".to_owned()),
        ];
        for change in changed {
            let mut other = record();
            change(&mut other);
            assert_ne!(link(&BEGINNING, &other), first, "{other:?}");
        }
        assert_ne!(link(&first, &record()), first);
        assert_ne!(changes_sha256(b"sal", "t{}"), changes_sha256(b"salt", "{}"));
    }

    #[test]
    fn the_form_is_the_one_that_stores_hold() {
        // Another one would break the chain of every store.
        let of_known = hex::encode(link(&BEGINNING, &record()));
        assert_eq!(of_known, "c3868aa5c41b64dd32fbf870b7e97bdd987aec4fabbbf22099c2813799f744c5");
    }
}
