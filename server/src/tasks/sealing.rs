//! Seals everything in the store again with the key that seals now, some at a time. It can be cut off anywhere and done again; several may do
//! it at once, and servers may go on meanwhile: what somebody else put there in between is left alone, and looked at once more.

use std::collections::BTreeMap;

use crate::model::sealing::Spot;
use crate::sealed::{Keys, SealError, key_of};
use crate::store::{self, Db, sealed};

/// Secrets in one transaction: none that comes in waits for long.
const PART: usize = 20;
/// How often it looks again for what somebody sealed with an older key meanwhile.
const ROUNDS: usize = 5;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sealing {
    /// Sealed again.
    pub again: usize,
    /// Those that were sealed with this key already.
    pub already: usize,
    /// Those that cannot be opened, and why.
    pub lost: Vec<(Spot, SealError)>,
}

/// Seals again what another key sealed than the one that seals now.
///
/// # Errors
/// The database's. What was sealed before stays so.
pub async fn seal_again(db: &Db, keys: &Keys) -> store::Result<Sealing> {
    let mut done = Sealing::default();
    for round in 0..ROUNDS {
        let (already, old): (Vec<_>, Vec<_>) =
            sealed::list(db).await?.into_iter().partition(|(_, bytes)| keys.is_current(bytes));
        if round == 0 {
            done.already = already.len();
        }
        done.lost.clear();
        let mut replaced = 0;
        for part in old.chunks(PART) {
            replaced += seal_part(db, keys, part, &mut done.lost).await?;
        }
        done.again += replaced;
        if old.len() == done.lost.len() {
            break;
        }
    }
    Ok(done)
}

async fn seal_part(
    db: &Db,
    keys: &Keys,
    part: &[(Spot, Vec<u8>)],
    lost: &mut Vec<(Spot, SealError)>,
) -> store::Result<usize> {
    let mut replaced = 0;
    let mut tx = db.begin().await?;
    for (spot, bytes) in part {
        let purpose = spot.purpose();
        match keys.open(&purpose, bytes).and_then(|secret| keys.seal(&purpose, &secret)) {
            Ok(new) => replaced += usize::from(sealed::replace(&mut tx, spot, bytes, &new).await?),
            Err(error) => lost.push((spot.clone(), error)),
        }
    }
    tx.commit().await?;
    Ok(replaced)
}

/// How many secrets each key sealed, by what names it.
///
/// # Errors
/// The database's.
pub async fn by_key(db: &Db) -> store::Result<BTreeMap<String, usize>> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (_, bytes) in sealed::list(db).await? {
        *counts.entry(key_of(&bytes).unwrap_or_default()).or_default() += 1;
    }
    Ok(counts)
}
