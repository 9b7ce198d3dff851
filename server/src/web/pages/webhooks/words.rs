//! What a webhook tells, and why one is off, in the reader's language.

use crate::locale::{Locale, Message};
use crate::model::standing::{Off, OffWhy};
use crate::model::webhook::EventType;

/// What a type of event tells.
pub(super) fn event_words(locale: &Locale, event: EventType) -> Message {
    // Identifiers of messages have no dots.
    locale.say_of("hooks-event", &event.word().replace('.', "-"))
}

pub(in crate::web::pages) fn off_words(locale: &Locale, off: &Off) -> Message {
    match off.why {
        OffWhy::Hand if off.by.is_empty() => locale.say("hooks-off"),
        OffWhy::Hand => locale.say("hooks-off-by").with("name", &off.by),
        OffWhy::Gone => locale.say("hooks-off-gone"),
        OffWhy::Failing => locale.say("hooks-off-failing"),
    }
}
