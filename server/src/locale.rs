//! How Highwater speaks to people: a language, and with it how numbers, durations and instants are written in the viewer's
//! zone. Pure. The words are in `server/locales/<language>/<page>.ftl`, in the syntax of Fluent (projectfluent.org), one file a
//! page.
//!
//! Machines are spoken to in [`Locale::machine`]: English, UTC.

mod bidi;
mod bundles;
mod date;
mod lang;
mod message;
mod number;
mod zone;

pub use bidi::turns;
pub use lang::Lang;
pub use message::{Argument, Message};
pub use number::NBSP;
pub use zone::{Zone, iso};

/// A viewer's language and zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    pub lang: Lang,
    pub zone: Zone,
    /// Programs read values as they are.
    is_for_programs: bool,
}

impl Locale {
    #[must_use]
    pub fn new(lang: Lang, zone: Zone) -> Self {
        Self { lang, zone, is_for_programs: false }
    }

    /// For files, logs and the API.
    #[must_use]
    pub fn machine() -> Self {
        Self { lang: Lang::English, zone: Zone::utc(), is_for_programs: true }
    }

    /// A message by its id. A test holds every id in the sources against the files of every language.
    #[must_use]
    pub fn say(&self, id: &'static str) -> Message {
        Message::to(self, id.into())
    }

    /// A message whose id has a part that is known only at run time: `severity` and `high` give `severity-high`.
    #[must_use]
    pub fn say_of(&self, noun: &'static str, word: &str) -> Message {
        Message::to(self, format!("{noun}-{word}").into())
    }

    /// Parts of a sentence that are told one after the other: `a; b; c`.
    #[must_use]
    pub fn joined(&self, parts: Vec<String>) -> String {
        let next = |before: String, next: String| {
            self.say("findings-joint-long").with_ready("before", before).with_ready("next", next).into()
        };
        parts.into_iter().reduce(next).unwrap_or_default()
    }

    /// What the program says in English where it stands (a rule, an event's meaning), in the viewer's language: the message
    /// `<noun>-<word>` if the language has one.
    #[must_use]
    pub fn or(&self, noun: &'static str, word: &str, english: &str) -> String {
        match self.lang {
            Lang::English => english.to_owned(),
            Lang::French => self.say_of(noun, &word.to_lowercase()).if_known().unwrap_or_else(|| english.to_owned()),
        }
    }
}
