//! One message, with what is filled in.

use std::borrow::Cow;
use std::fmt;

use fluent_bundle::{FluentArgs, FluentValue};

use super::{Lang, Locale, bidi, bundles};

/// A message on its way to a page: [`Display`](fmt::Display) says it. Templates escape it like any text.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    lang: Lang,
    /// Whether people read it: see [`bidi`].
    isolates: bool,
    id: Cow<'static, str>,
    values: Vec<(&'static str, Value)>,
}

impl Message {
    pub(super) fn to(locale: &Locale, id: Cow<'static, str>) -> Self {
        Self { lang: locale.lang, isolates: !locale.is_for_programs, id, values: Vec::new() }
    }

    /// In English until it meets a reader: see [`in_words_of`](Self::in_words_of).
    #[must_use]
    pub fn for_anybody(id: &'static str) -> Self {
        Self::to(&Locale::machine(), id.into())
    }

    /// Words that exist in one language only, such as those of a parser.
    #[must_use]
    pub fn verbatim(words: impl Into<String>) -> Self {
        Self::for_anybody("verbatim").with("words", words.into())
    }

    /// The same message for this reader.
    #[must_use]
    pub fn in_words_of(&self, locale: &Locale) -> String {
        self.said(locale.lang, !locale.is_for_programs).unwrap_or_else(|| self.to_string())
    }

    /// Fills in `$name`. Whole numbers choose the plural and are written with separators.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Argument) -> Self {
        self.values.push((name, value.value()));
        self
    }

    /// Fills in what is ready for where the message will stand.
    #[must_use]
    pub fn with_ready(mut self, name: &'static str, text: String) -> Self {
        self.values.push((name, Value::Ready(text)));
        self
    }

    /// The message in its language; none if the language lacks it.
    pub(super) fn if_known(&self) -> Option<String> {
        self.said(self.lang, self.isolates)
    }

    fn said(&self, lang: Lang, isolates: bool) -> Option<String> {
        let bundle = bundles::of(lang);
        let pattern = bundle.get_message(&self.id)?.value()?;
        let args: FluentArgs<'_> = self.values.iter().map(|(name, value)| (*name, value.to_fluent(isolates))).collect();
        // What is missing is written as its name; a test finds it.
        Some(bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned())
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.if_known().or_else(|| self.said(Lang::English, self.isolates));
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
    Ready(String),
    Number(f64),
}

impl Value {
    fn to_fluent(&self, isolates: bool) -> FluentValue<'_> {
        match self {
            Self::Text(text) if isolates => FluentValue::from(bidi::isolated(text)),
            Self::Text(text) | Self::Ready(text) => FluentValue::from(text.as_str()),
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

impl Argument for f64 {
    fn value(&self) -> Value {
        Value::Number(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;

    #[test]
    fn a_message_that_is_not_there_is_its_id_and_never_a_panic() {
        let french = Locale::new(Lang::French, Zone::utc());
        assert_eq!(Message::to(&french, "no-such-message".into()).to_string(), "no-such-message");
    }

    #[test]
    fn a_name_turns_no_sentence_around_that_people_read_and_programs_are_told_it_as_it_is() {
        let english = Locale::new(Lang::English, Zone::utc());
        let said = |locale: &Locale| locale.say("times-in").with("zone", "FS\u{202e}א").to_string();
        assert_eq!(said(&english), "Times in \u{2068}FS\u{fffd}א\u{2069}");
        assert_eq!(said(&Locale::machine()), "Times in FS\u{202e}א");
        let anybody = Message::for_anybody("times-in").with("zone", "א");
        assert_eq!(anybody.to_string(), "Times in א");
        assert_eq!(anybody.in_words_of(&english), "Times in \u{2068}א\u{2069}");
    }
}
