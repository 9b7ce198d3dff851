//! Joins what writes tickets with what has the words for them, and what shows them with what would send them.

use std::collections::BTreeMap;

use crate::delivery::http::Http;
use crate::delivery::ticket::{self, Settings};
use crate::locale::{Lang, Locale, Zone};
use crate::model::connector::{Card, Note, Preview, System};
use crate::tasks::tickets::{About, Told, Words};
use crate::web::{Previews, incident};

/// The words of tickets, in their connector's language. Instants are in UTC: whoever reads a ticket may be anywhere.
#[derive(Debug, Clone, Copy)]
pub struct TicketWords;

/// What would be sent.
#[derive(Debug)]
pub(super) struct TicketPreview {
    pub(super) http: Http,
}

fn locale(language: &str) -> Locale {
    Locale::new(Lang::from_tag(language).unwrap_or(Lang::English), Zone::utc())
}

impl Words for TicketWords {
    fn card(&self, about: &About<'_>, language: &str) -> Card {
        incident::ticket_card(about.incident, about.evidence, (about.key, about.url), &locale(language))
    }

    fn note(&self, about: &About<'_>, entry: &Told, language: &str) -> Note {
        incident::ticket_note(about.evidence, (entry.what, &entry.by, &entry.text), &locale(language))
    }

    fn follows(&self, name: &str, language: &str) -> String {
        incident::ticket_follows(name, &locale(language))
    }
}

impl Previews for TicketPreview {
    fn of(&self, system: System, settings: &BTreeMap<String, String>, card: &Card) -> Preview {
        ticket::connect(&self.http, Settings::new(system, settings, &BTreeMap::new())).preview(card)
    }
}
