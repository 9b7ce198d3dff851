//! The shapes of `smbstatus --json`, as far as they are needed. Unknown fields are passed over, and the paths of open files
//! are never kept. Numbers are sometimes written as strings and names may hold anything, so both are read leniently.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) version: Option<Name>,
    /// Absent when the program was not allowed to look.
    #[serde(default)]
    pub(super) sessions: Option<Values<SessionEntry>>,
    #[serde(default)]
    pub(super) tcons: Option<Values<TreeConnect>>,
    #[serde(default)]
    pub(super) open_files: Option<Values<File>>,
    /// What 4.17 called the open files before its release.
    #[serde(default)]
    pub(super) locked_files: Option<Values<File>>,
}

#[derive(Deserialize)]
pub(super) struct SessionEntry {
    pub(super) session_id: Id,
    #[serde(default)]
    pub(super) server_id: ServerId,
    #[serde(default)]
    pub(super) uid: Id,
    #[serde(default)]
    pub(super) username: Option<Name>,
    #[serde(default)]
    pub(super) remote_machine: Option<Name>,
    #[serde(default)]
    pub(super) hostname: Option<Name>,
    /// Newer versions only.
    #[serde(default)]
    pub(super) auth_time: Option<Name>,
}

#[derive(Deserialize)]
pub(super) struct TreeConnect {
    #[serde(default)]
    pub(super) service: Option<Name>,
    #[serde(default)]
    pub(super) session_id: Id,
    #[serde(default)]
    pub(super) connected_at: Option<Name>,
}

#[derive(Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) opens: Option<Values<Open>>,
}

#[derive(Deserialize)]
pub(super) struct Open {
    #[serde(default)]
    pub(super) server_id: ServerId,
    #[serde(default)]
    pub(super) uid: Id,
}

/// Which process serves, and on which node of a cluster. `unique_id` is left out on purpose: a process number is unique
/// within one answer, and not every version writes it everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
pub(super) struct ServerId {
    #[serde(default)]
    pub(super) pid: Id,
    #[serde(default)]
    pub(super) vnn: Id,
}

/// The values of an object whose keys do not matter.
pub(super) struct Values<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Values<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ValuesVisitor(PhantomData))
    }
}

struct ValuesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ValuesVisitor<T> {
    type Value = Values<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values<T>, A::Error> {
        let mut values = Vec::new();
        while map.next_key::<Name>()?.is_some() {
            values.push(map.next_value()?);
        }
        Ok(Values(values))
    }
}

/// A number, whether written as one or as a string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number or a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        Ok(Id(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
        Ok(Id(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
        Ok(Id(number.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Id, E> {
        Ok(Id::default())
    }
}

/// Text that somebody else chose: half of a surrogate pair or bytes that are no UTF-8 become U+FFFD instead of an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Name(pub(super) String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Name, E> {
        Ok(Name(String::from_utf8_lossy(bytes).into_owned()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Name, E> {
        Ok(Name(text.to_owned()))
    }
}
