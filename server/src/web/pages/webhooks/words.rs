//! Why a webhook cannot be kept, and why one is off, in the reader's language.

use crate::locale::{Locale, Message};
use crate::model::destination::{LONGEST_URL, Reach, Refusal};
use crate::model::standing::{Off, OffWhy};
use crate::model::webhook::{EventType, LONGEST_NAME, MOST_GROUPS, Mistake};

pub(super) fn mistake_words(mistake: &Mistake) -> Message {
    match mistake {
        Mistake::Name => Message::for_anybody("hooks-wrong-name").with("most", LONGEST_NAME),
        Mistake::Url(refusal) => refusal_words(refusal),
        Mistake::NoEventType => Message::for_anybody("hooks-no-type"),
        Mistake::EventType(word) => Message::for_anybody("hooks-wrong-type").with("word", word),
        Mistake::Groups => Message::for_anybody("hooks-wrong-groups").with("most", MOST_GROUPS),
    }
}

pub(in crate::web::pages) fn refusal_words(refusal: &Refusal) -> Message {
    match refusal {
        Refusal::Address => Message::for_anybody("hooks-wrong-address").with("most", LONGEST_URL),
        Refusal::Credentials => Message::for_anybody("hooks-credentials"),
        Refusal::Own => Message::for_anybody("hooks-own"),
        Refusal::Localhost => Message::for_anybody("hooks-localhost"),
        Refusal::Reach { address, reach } => {
            let id = match reach {
                Reach::Unspecified => "hooks-reach-unspecified",
                Reach::Loopback => "hooks-reach-loopback",
                Reach::LinkLocal => "hooks-reach-link-local",
                Reach::Metadata => "hooks-reach-metadata",
                Reach::Multicast => "hooks-reach-multicast",
                Reach::Reserved => "hooks-reach-reserved",
                Reach::Translated => "hooks-reach-translated",
            };
            Message::for_anybody(id).with("address", address.to_string())
        }
    }
}

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
