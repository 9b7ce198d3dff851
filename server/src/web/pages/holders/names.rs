//! The names of one client: what was merged, what may be, and how it is done and undone.

use std::collections::HashMap;

use crate::locale::{Locale, Message};
use crate::model::ClientId;
use crate::model::alias::Alias;
use crate::model::eyes::Eyes;
use crate::model::holder::Held;
use crate::store::alike::{Alike, Reason, alike};
use crate::store::rank::{By, One};
use crate::store::{self, Db, aliases, search};

/// Names that a search shows.
const FOUND: usize = 20;
/// Longer than any name.
const MAX_CHARS: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Names {
    /// What was held under the name that the page has.
    pub(super) own: Held,
    pub(super) others: Vec<Other>,
    pub(super) alike: Vec<Alike>,
    /// What was looked for, and which clients have it in their name.
    pub(super) wanted: String,
    pub(super) found: Vec<(i64, String)>,
    pub(super) more: bool,
}

#[derive(Debug)]
pub(super) struct Other {
    pub(super) alias: Alias,
    pub(super) held: Held,
}

impl Names {
    /// Who is confined to some hosts merges nothing: other clients than this one are not named to him.
    pub(super) async fn of(
        db: &Db,
        client: ClientId,
        one: &One,
        (wanted, is_confined): (&str, bool),
    ) -> store::Result<Self> {
        let mut held: HashMap<i64, Held> = one.names.iter().copied().collect();
        let mut of = |id: i64| held.remove(&id).unwrap_or_default();
        let others = aliases::of_client(db, client).await?;
        let mut names = Self {
            own: of(client.0),
            others: others.into_iter().map(|alias| Other { held: of(alias.id.0), alias }).collect(),
            alike: if is_confined { Vec::new() } else { alike(db, client).await? },
            wanted: wanted.trim().chars().take(MAX_CHARS).collect(),
            ..Self::default()
        };
        if !names.wanted.is_empty() && !is_confined {
            let merged = aliases::all(db).await?;
            names.found = search::names(db, By::Client, &names.wanted, 2 * FOUND, &Eyes::Names).await?;
            names.found.retain(|(id, _)| *id != client.0 && merged.main(*id) == *id);
            names.more = names.found.len() > FOUND;
            names.found.truncate(FOUND);
        }
        Ok(names)
    }

    /// The other names in one line.
    pub(super) fn listed(&self) -> String {
        self.others.iter().map(|other| other.alias.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Why a name is offered, in words.
pub(super) fn reason_words(locale: &Locale, reason: &Reason) -> Message {
    match reason {
        Reason::Case => locale.say("names-reason-case"),
        Reason::Address => locale.say("names-reason-address"),
        Reason::FirstPart => locale.say("names-reason-part"),
        Reason::Host(host) => locale.say("names-reason-host").with("host", host),
    }
}
