//! What events mean, in the viewer's language. The English stands in the family's tables.

use crate::locale::Locale;
use crate::model::event::{Event, EventClass};
use crate::model::event_family;

/// What one event of the family means.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) meaning: String,
    /// What to do about it.
    pub(super) advice: String,
}

/// None if the event is not one of the family.
#[must_use]
pub(super) fn meaning(locale: &Locale, provider: &str, code: u32) -> Option<Meaning> {
    let (word, known) = event_family::word(provider, code).zip(event_family::describe(provider, code))?;
    Some(Meaning {
        meaning: locale.or("meaning-text", &word, known.meaning),
        advice: locale.or("meaning-advice", &word, known.advice),
    })
}

/// What happened, in a few words; none if the event is not one of the family.
#[must_use]
pub(in crate::web) fn known_title(locale: &Locale, provider: &str, code: u32) -> Option<String> {
    let (word, known) = event_family::word(provider, code).zip(event_family::describe(provider, code))?;
    Some(locale.or("meaning-title", &word, known.title))
}

/// What happened; of a foreign event only what it is not.
#[must_use]
pub(super) fn title(locale: &Locale, event: &Event) -> String {
    let none = if event.class == EventClass::Foreign { "events-foreign" } else { "events-not-described" };
    known_title(locale, &event.provider, event.code).unwrap_or_else(|| locale.say(none).into())
}
