//! An incident in the words of a ticket: its title, and what happened to it since.

use super::plain::plain;
use super::sentence::sentence;
use crate::locale::Locale;
use crate::model::connector::{Card, Labels, Note};
use crate::model::evidence::Evidence;
use crate::model::incident::{Incident, What};

/// Characters of a title at most: what every ticket system takes.
const LONGEST_TITLE: usize = 160;

/// What a ticket is called. It does not change: people look for it.
#[must_use]
fn title(incident: &Incident, locale: &Locale) -> String {
    let kind = locale.say_of("inc-kind", incident.kind.word()).to_string();
    let title = if incident.host.is_none() {
        locale.say("tickets-title-fleet").with("kind", kind)
    } else if incident.subject.is_empty() {
        locale.say("tickets-title").with("host", &incident.host_name).with("kind", kind)
    } else {
        locale
            .say("tickets-title-subject")
            .with("host", &incident.host_name)
            .with("kind", kind)
            .with("subject", &incident.subject)
    };
    let title = title.to_string();
    title.chars().filter(|c| !c.is_control()).take(LONGEST_TITLE).collect()
}

/// What a new ticket says. `key`: the incident's, in every ticket system; `url`: of its page.
#[must_use]
pub fn card(incident: &Incident, evidence: &Evidence, (key, url): (&str, &str), locale: &Locale) -> Card {
    Card {
        key: key.to_owned(),
        title: title(incident, locale),
        text: plain(evidence, locale, url),
        is_grave: incident.kind.is_grave(),
        host: incident.host_name.clone(),
        url: url.to_owned(),
        labels: Labels {
            host: locale.say("tickets-label-host").to_string(),
            page: locale.say("tickets-label-page").to_string(),
        },
    }
}

/// That a new ticket follows the closed one of this name.
#[must_use]
pub fn follows(name: &str, locale: &Locale) -> String {
    locale.say("tickets-follows").with("name", name).to_string()
}

/// What happened: `by` is empty for the program, `text` for nothing.
#[must_use]
pub fn note(evidence: &Evidence, (what, by, text): (What, &str, &str), locale: &Locale) -> Note {
    let by = if by.is_empty() { "Highwater" } else { by };
    let said = |id: &'static str| locale.say(id).with("by", by).with("text", text).to_string();
    let told = match what {
        What::Opened => said("tickets-note-opened"),
        What::Again => said("tickets-note-again"),
        What::Joined => said("tickets-note-joined"),
        What::Acknowledged => said("tickets-note-acknowledged"),
        What::Assigned if text.is_empty() => said("tickets-note-unassigned"),
        What::Assigned => said("tickets-note-assigned"),
        What::Commented => said("tickets-note-commented"),
        What::Linked | What::Unlinked => said("tickets-note-linked"),
        What::Silenced => said("tickets-note-silenced"),
        What::Cleared => said("tickets-note-cleared"),
        What::Resolved if text.is_empty() => said("tickets-note-resolved"),
        What::Resolved => said("tickets-note-resolved-with"),
        What::Reopened => said("tickets-note-reopened"),
    };
    let (heading, text) = match what {
        What::Cleared | What::Resolved => {
            (locale.say("tickets-resolved").to_string(), format!("{told}\n\n{}", sentence(evidence, locale)))
        }
        What::Again | What::Reopened => (locale.say("tickets-reopened").to_string(), told),
        _ => (String::new(), told),
    };
    Note { heading, text }
}
