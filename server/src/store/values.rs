//! Between the values of the model and those that both databases can hold.

use std::borrow::Cow;
use std::fmt::Display;

use super::Result;
use crate::model::sight::Sight;

/// A stored value that this program cannot read.
pub(super) fn corrupt(why: impl Display) -> sqlx::Error {
    sqlx::Error::Decode(why.to_string().into())
}

/// Text as both databases can hold it: PostgreSQL refuses U+0000, so neither gets one.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// As it stands within a pattern of `like … escape '\'`, in either database ([`text`]).
pub(super) fn like_escaped(wanted: &str) -> String {
    text(wanted).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A stored number as the smaller type that the model has for it.
pub(super) fn narrow<T: TryFrom<i64>>(column: &str, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| corrupt(format!("{column} is {value}, which is out of range")))
}

pub(super) fn narrow_option<T: TryFrom<i64>>(column: &str, value: Option<i64>) -> Result<Option<T>> {
    value.map(|value| narrow(column, value)).transpose()
}

/// A stored word as what it stands for.
pub(super) fn word<T>(column: &str, word: &str, from_word: impl FnOnce(&str) -> Option<T>) -> Result<T> {
    from_word(word).ok_or_else(|| corrupt(format!("{column} is {word:?}, which is not a word of this version")))
}

/// Stored names of groups as what somebody sees of the hosts. A list without names stays one: that is none of them.
pub(super) fn sight(column: &str, json: Option<&str>) -> Result<Sight> {
    let Some(json) = json else { return Ok(Sight::All) };
    let groups = serde_json::from_str(json).map_err(|error| corrupt(format!("{column}: {error}")))?;
    Ok(Sight::Groups(groups))
}

/// As [`sight`] reads it.
pub(super) fn sight_as_json(sight: &Sight) -> Result<Option<String>> {
    let Sight::Groups(groups) = sight else { return Ok(None) };
    serde_json::to_string(groups).map(Some).map_err(|error| sqlx::Error::Encode(error.into()))
}

pub(super) fn sha256(column: &str, bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|bytes: Vec<u8>| corrupt(format!("{column} has {} bytes instead of 32", bytes.len())))
}

/// A short list as one comma-separated text. Items that hold a comma would come back as two.
pub(super) fn join(items: &[String]) -> String {
    text(&items.join(",")).into_owned()
}

pub(super) fn split(text: &str) -> Vec<String> {
    text.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// An update of one row that has to be there.
pub(super) fn one_row(rows_affected: u64) -> Result<()> {
    if rows_affected == 0 { Err(sqlx::Error::RowNotFound) } else { Ok(()) }
}
