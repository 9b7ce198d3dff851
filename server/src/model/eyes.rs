//! Who sees names of users, and what others see in their place. Promises:
//!
//! 1. **What the store gives out of users' names and of records of events is shut**: a [`UserName`], a [`RecordText`]. Only [`Eyes`] take the text
//!    out; a place that does not say whose eyes they are does not compile.
//! 2. **Who does not see names sees pseudonyms**, those that ingest would keep: one user can be told from another, on every page alike, but not
//!    named. A name that is such a pseudonym already stays.
//! 3. **A record of an event has no pseudonyms**: nobody can tell which words in it are somebody's name. Who does not see names does not see it.
//! 4. **Nothing of it gets into a log by accident**: neither names nor the key are told by `Debug`.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::pseudonym::{is_pseudonym, pseudonym};

/// What somebody sees in the place of a user's name.
#[derive(Clone, PartialEq, Eq)]
pub enum Eyes {
    /// The name.
    Names,
    /// Its pseudonym under this key.
    Pseudonyms(Arc<[u8]>),
}

impl fmt::Debug for Eyes {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Names => "Names",
            Self::Pseudonyms(_) => "Pseudonyms",
        })
    }
}

impl Eyes {
    #[must_use]
    pub fn see_names(&self) -> bool {
        matches!(self, Self::Names)
    }

    /// What they see of a user of this name. Nobody's name (the empty one) says nothing and stays.
    #[must_use]
    pub fn user(&self, name: String) -> String {
        match self {
            Self::Pseudonyms(key) if !name.is_empty() && !is_pseudonym(&name) => pseudonym(key, &name),
            Self::Names | Self::Pseudonyms(_) => name,
        }
    }

    /// What they see of many.
    #[must_use]
    pub fn users<Id: Eq + Hash>(&self, names: HashMap<Id, UserName>) -> HashMap<Id, String> {
        names.into_iter().map(|(id, name)| (id, self.user(name.0))).collect()
    }
}

/// A user's name as it is kept; the empty one is nobody's. In JSON of the store it is a plain text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserName(String);

static NOBODY: UserName = UserName(String::new());

impl UserName {
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    #[must_use]
    pub fn nobody() -> &'static Self {
        &NOBODY
    }

    #[must_use]
    pub fn is_nobodys(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn seen_by(&self, eyes: &Eyes) -> String {
        eyes.user(self.0.clone())
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "UserName()" } else { "UserName(hidden)" })
    }
}

/// What a host wrote into the record of an event, in which anybody's name may stand.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RecordText(String);

impl RecordText {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// None if they may not see it.
    #[must_use]
    pub fn seen_by(&self, eyes: &Eyes) -> Option<&str> {
        eyes.see_names().then_some(self.0.as_str())
    }
}

impl fmt::Debug for RecordText {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("RecordText(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = r"CORP\ann";

    fn hidden() -> Eyes {
        Eyes::Pseudonyms(Arc::from(&b"key"[..]))
    }

    #[test]
    fn who_does_not_see_names_sees_what_ingest_would_keep_and_nothing_is_hidden_twice() {
        let ann = UserName::new(ANN);
        assert_eq!(ann.seen_by(&Eyes::Names), ANN);
        let seen = ann.seen_by(&hidden());
        assert_eq!(seen, pseudonym(b"key", ANN));
        assert_eq!(UserName::new(seen.clone()).seen_by(&hidden()), seen);
        assert_eq!(UserName::nobody().seen_by(&hidden()), "");
        assert_eq!(hidden().users(HashMap::from([(7, ann)]))[&7], seen);
    }

    #[test]
    fn a_record_is_seen_whole_or_not_at_all() {
        let record = RecordText::new("<Event/>");
        assert_eq!((record.seen_by(&Eyes::Names), record.seen_by(&hidden())), (Some("<Event/>"), None));
    }

    #[test]
    fn nothing_is_told_by_accident() {
        let said = format!("{:?} {:?} {:?}", UserName::new(ANN), RecordText::new(ANN), hidden());
        assert!(!said.contains("ann") && !said.contains("107"), "{said}");
    }

    #[test]
    fn a_name_is_a_plain_text_in_what_is_kept() {
        let text = serde_json::to_string(&UserName::new(ANN)).unwrap();
        assert_eq!(text, r#""CORP\\ann""#);
        assert_eq!(serde_json::from_str::<UserName>(&text).unwrap(), UserName::new(ANN));
    }
}
