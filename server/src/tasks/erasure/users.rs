//! Which users' names stand in the store.

use std::collections::BTreeSet;

use serde_json::Value;

use super::PAGE;
use crate::model::evidence::Evidence;
use crate::model::eyes::Eyes;
use crate::model::pseudonym::is_pseudonym;
use crate::store::erasure::{self, Told};
use crate::store::rank::By;
use crate::store::{self, Db};

/// A shorter one is found in no text.
const SHORTEST: usize = 2;

/// Names that are no pseudonyms, each with its id, or with 0: evidence is kept for longer than sessions, and parts of snapshots wait for others, so that
/// both may name users who have no row.
pub(super) async fn all(db: &Db) -> store::Result<Vec<(i64, String)>> {
    let (mut names, mut after) = (Vec::new(), i64::MIN);
    loop {
        let page = erasure::names(db, By::User, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        names.extend(page.into_iter().filter(|(_, name)| is_named(name)));
    }
    let mut others = in_evidence(db).await?;
    others.extend(in_parts(db).await?);
    for (_, name) in &names {
        others.remove(name);
    }
    names.extend(others.into_iter().filter(|name| name.len() >= SHORTEST).map(|name| (0, name)));
    Ok(names)
}

fn is_named(name: &str) -> bool {
    !name.is_empty() && !is_pseudonym(name)
}

async fn in_evidence(db: &Db) -> store::Result<BTreeSet<String>> {
    let (mut names, mut after) = (BTreeSet::new(), i64::MIN);
    loop {
        let page = erasure::told(db, Told::Evidence, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(names) };
        after = *last;
        for evidence in page.iter().filter_map(|(_, json)| Evidence::of_text(json)) {
            let of_holders = evidence.holders.iter().flat_map(|holder| &holder.users);
            let all = of_holders.chain(evidence.users.iter().map(|user| &user.name));
            names.extend(all.map(|name| name.seen_by(&Eyes::Names)).filter(|name| is_named(name)));
        }
    }
}

async fn in_parts(db: &Db) -> store::Result<BTreeSet<String>> {
    // They are read where they are written. Nothing is.
    let mut tx = db.begin().await?;
    let parts = erasure::parts(&mut tx).await?;
    drop(tx);
    let bodies = parts.iter().filter_map(|part| serde_json::from_slice::<Value>(&part.body).ok());
    let mut names = BTreeSet::new();
    for body in bodies {
        let sessions = body["sessions"].as_array().into_iter().flatten();
        names.extend(
            sessions.filter_map(|session| session["user"].as_str()).filter(|name| is_named(name)).map(str::to_owned),
        );
    }
    Ok(names)
}
