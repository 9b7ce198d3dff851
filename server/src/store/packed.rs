//! Many small rows as one text. Each row, and each column of it, that a driver hands over costs microseconds; a page that reads
//! some of every host should not.
//!
//! SQL packs a number as `number,` (nothing before the comma if it is null) and a text as `characters:text`; rows follow each other
//! ([`super::hosts::in_short`] has the statement beside its reader).

use super::Result;
use super::values::corrupt;

/// Reads what was packed, from the front on.
#[derive(Debug)]
pub(super) struct Packed<'a> {
    rest: &'a str,
}

impl<'a> Packed<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// None for null.
    pub(super) fn number(&mut self) -> Result<Option<i64>> {
        let (number, rest) = self.rest.split_once(',').ok_or_else(|| corrupt("a packed number does not end"))?;
        self.rest = rest;
        if number.is_empty() {
            return Ok(None);
        }
        number.parse().map(Some).map_err(|_| corrupt(format!("{number:?} is no packed number")))
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        let (count, rest) = self.rest.split_once(':').ok_or_else(|| corrupt("a packed text does not begin"))?;
        let count: usize = count.parse().map_err(|_| corrupt(format!("{count:?} is no length of a packed text")))?;
        let end = match rest.char_indices().nth(count) {
            Some((end, _)) => end,
            None if rest.chars().count() == count => rest.len(),
            None => return Err(corrupt("a packed text is shorter than it says")),
        };
        let (text, rest) = rest.split_at(end);
        self.rest = rest;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_come_back_whatever_is_in_them() {
        let mut packed = Packed::new("-7,,3:é,:0:9:12,3:4567,5,");
        assert_eq!((packed.number().unwrap(), packed.number().unwrap()), (Some(-7), None));
        assert_eq!((packed.text().unwrap(), packed.text().unwrap(), packed.text().unwrap()), ("é,:", "", "12,3:4567"));
        assert!(!packed.is_empty());
        assert!(packed.text().is_err());
        let mut packed = Packed::new(",5,");
        assert_eq!((packed.number().unwrap(), packed.number().unwrap()), (None, Some(5)));
        assert!(packed.is_empty());
        for wrong in ["", "7", "x,"] {
            assert!(Packed::new(wrong).number().is_err(), "{wrong}");
        }
        for wrong in ["", "3:ab", "x:ab", ":ab"] {
            assert!(Packed::new(wrong).text().is_err(), "{wrong}");
        }
    }
}
