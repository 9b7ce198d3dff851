//! Events as a short list: what happens again and again is one line.

use crate::locale::Locale;
use crate::model::event::Event;
use crate::web::pages::events::meaning::known_title;

/// An event of one kind on one host, as often as it came.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Told {
    pub(in crate::web::pages) newest: Event,
    pub(in crate::web::pages) count: usize,
    pub(in crate::web::pages) first_at: i64,
}

/// Newest first, `most` lines of them.
pub(super) fn told<'a>(events: impl Iterator<Item = &'a Event>, most: usize) -> Vec<Told> {
    let mut lines: Vec<Told> = Vec::new();
    for event in events {
        let is_same = |t: &&mut Told| {
            (t.newest.host, t.newest.code, &t.newest.provider) == (event.host, event.code, &event.provider)
        };
        match lines.iter_mut().find(is_same) {
            Some(line) => {
                line.count += 1;
                line.first_at = line.first_at.min(event.recorded_at);
            }
            None => lines.push(Told { newest: event.clone(), count: 1, first_at: event.recorded_at }),
        }
    }
    lines.truncate(most);
    lines
}

impl Told {
    /// What it means, in a few words.
    pub(in crate::web::pages) fn meaning(&self, locale: &Locale) -> String {
        let Event { provider, code, .. } = &self.newest;
        known_title(locale, provider, *code).unwrap_or_else(|| format!("{provider} {code}"))
    }
}
