//! One message, with what is filled in.

use std::borrow::Cow;
use std::fmt;

use fluent_bundle::{FluentArgs, FluentValue};

use super::{Lang, Locale, bundles};

/// A message on its way to a page: [`Display`](fmt::Display) says it. Templates escape it like any text.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    lang: Lang,
    id: Cow<'static, str>,
    values: Vec<(&'static str, Value)>,
}

impl Message {
    pub(super) fn new(lang: Lang, id: Cow<'static, str>) -> Self {
        Self { lang, id, values: Vec::new() }
    }

    /// In English until it meets a reader: see [`in_words_of`](Self::in_words_of).
    #[must_use]
    pub fn for_anybody(id: &'static str) -> Self {
        Self::new(Lang::English, id.into())
    }

    /// Words that exist in one language only, such as those of a parser.
    #[must_use]
    pub fn verbatim(words: impl Into<String>) -> Self {
        Self::new(Lang::English, "verbatim".into()).with("words", words.into())
    }

    /// The same message for this reader.
    #[must_use]
    pub fn in_words_of(&self, locale: &Locale) -> String {
        self.in_language(locale.lang).unwrap_or_else(|| self.to_string())
    }

    /// Fills in `$name`. Whole numbers choose the plural and are written with separators.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Argument) -> Self {
        self.values.push((name, value.value()));
        self
    }

    /// The message in its language; none if the language lacks it.
    pub(super) fn if_known(&self) -> Option<String> {
        self.in_language(self.lang)
    }

    fn in_language(&self, lang: Lang) -> Option<String> {
        let bundle = bundles::of(lang);
        let pattern = bundle.get_message(&self.id)?.value()?;
        let args: FluentArgs<'_> = self.values.iter().map(|(name, value)| (*name, value.to_fluent())).collect();
        // What is missing is written as its name; a test finds it.
        Some(bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.if_known().or_else(|| self.in_language(Lang::English));
        f.write_str(said.as_deref().unwrap_or(&self.id))
    }
}

impl From<Message> for String {
    fn from(message: Message) -> Self {
        message.to_string()
    }
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    Number(f64),
}

impl Value {
    fn to_fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Text(text) => FluentValue::from(text.as_str()),
            Self::Number(number) => FluentValue::from(*number),
        }
    }
}

/// What can be filled in.
pub trait Argument {
    fn value(&self) -> Value;
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> Value {
        (**self).value()
    }
}

impl Argument for Value {
    fn value(&self) -> Value {
        self.clone()
    }
}

impl Argument for str {
    fn value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl Argument for String {
    fn value(&self) -> Value {
        self.as_str().value()
    }
}

impl Argument for Cow<'_, str> {
    fn value(&self) -> Value {
        (**self).value()
    }
}

impl Argument for Message {
    fn value(&self) -> Value {
        self.to_string().value()
    }
}

macro_rules! numbers {
    ($($kind:ty)*) => {
        $(impl Argument for $kind {
            fn value(&self) -> Value {
                Value::Number(f64::from(*self))
            }
        })*
    };
}

macro_rules! great_numbers {
    ($($kind:ty)*) => {
        $(impl Argument for $kind {
            #[expect(clippy::cast_precision_loss, reason = "no count on a page is above 2^53")]
            fn value(&self) -> Value {
                Value::Number(*self as f64)
            }
        })*
    };
}

numbers! { u8 u16 u32 i32 }
great_numbers! { u64 usize i64 }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_not_there_is_its_id_and_never_a_panic() {
        assert_eq!(Message::new(Lang::French, "no-such-message".into()).to_string(), "no-such-message");
    }
}
