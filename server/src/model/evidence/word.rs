//! Words that stand for something, as JSON keeps them here: `{"full":true}`, so that erasing a name that is such a word changes nothing.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::point::Suspected;
use crate::model::class::Class;
use crate::model::event::EventClass;
use crate::model::finding::Severity;
use crate::model::incident::Kind;
use crate::model::limit::LimitSource;

/// What has a word of its own.
pub trait Word: Sized {
    fn to_word(&self) -> &str;
    /// None for a word of another version.
    fn of_word(word: &str) -> Option<Self>;
}

macro_rules! words {
    ($($kind:ty)*) => {
        $(impl Word for $kind {
            fn to_word(&self) -> &str {
                self.word()
            }

            fn of_word(word: &str) -> Option<Self> {
                Self::from_word(word)
            }
        })*
    };
}

words! { Kind EventClass Severity Class Suspected }

impl Word for LimitSource {
    fn to_word(&self) -> &str {
        self.word()
    }

    fn of_word(word: &str) -> Option<Self> {
        Some(Self::from_word(word)).filter(|source| *source != Self::Unknown)
    }
}

impl Word for String {
    fn to_word(&self) -> &str {
        self
    }

    fn of_word(word: &str) -> Option<Self> {
        Some(word.to_owned())
    }
}

/// For `#[serde(with)]` on an `Option` of a [`Word`].
pub(super) mod as_key {
    use serde::Serializer;

    use super::{BTreeMap, Deserialize as _, Deserializer, IgnoredAny, Word};

    pub(in crate::model::evidence) fn serialize<W: Word, S: Serializer>(
        word: &Option<W>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match word {
            Some(word) => serializer.collect_map([(word.to_word(), true)]),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::model::evidence) fn deserialize<'de, W: Word, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<W>, D::Error> {
        let words: Option<BTreeMap<String, IgnoredAny>> = Option::deserialize(deserializer)?;
        Ok(words.into_iter().flatten().find_map(|(word, _)| W::of_word(&word)))
    }
}

/// For `#[serde(deserialize_with)]`: of a list what this version knows.
pub(super) fn known<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let all: Vec<serde_json::Value> = Vec::deserialize(deserializer)?;
    Ok(all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect())
}
