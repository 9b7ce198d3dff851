//! The commands of an incident, with comments in the reader's language.

use crate::alerts::commands::{self, Form, Note, Nothing};
use crate::locale::Locale;
use crate::model::evidence::{Evidence, IdleSessions};
use crate::model::time::SECOND_MS;

/// What frees the sessions that were idle.
///
/// # Errors
/// Says why there is nothing: see [`nothing`].
pub fn free(evidence: &Evidence, locale: &Locale, form: Form) -> Result<String, Nothing> {
    commands::free(evidence).map(|script| script.text(form, |note| said(note, evidence, locale)))
}

/// What records what the SMB server of the host does; none for one that is no Windows.
#[must_use]
pub fn trace(evidence: &Evidence, locale: &Locale, form: Form) -> Option<String> {
    commands::trace(evidence).map(|script| script.text(form, |note| said(note, evidence, locale)))
}

/// Why there is nothing to free.
#[must_use]
pub fn nothing(why: Nothing, locale: &Locale) -> String {
    locale.say_of("evidence-nothing", why.word()).into()
}

fn said(note: &Note, evidence: &Evidence, locale: &Locale) -> String {
    let said = match note {
        Note::Freeing { host, incident, at } => {
            let said = locale
                .say("evidence-note-freeing")
                .with_ready("host", host.clone())
                .with("incident", incident.to_string());
            // A file is read on another day, and perhaps in another zone.
            said.with("at", locale.full(*at)).with("zone", locale.zone.name())
        }
        Note::ByHand => locale.say("evidence-note-by-hand"),
        Note::Idle { place, client, sessions } => {
            let said =
                locale.say("evidence-note-idle").with("place", place.to_string()).with_ready("client", client.clone());
            said.with("sessions", sessions.sessions).with("span", span(*sessions, locale))
        }
        Note::MayLose => locale.say("evidence-note-may-lose"),
        Note::WithOpens { place, client, sessions, opens } => {
            let said = locale
                .say("evidence-note-with-opens")
                .with("place", place.to_string())
                .with_ready("client", client.clone());
            let said = said.with("sessions", sessions.sessions).with("opens", opens);
            said.with("span", span(*sessions, locale))
        }
        Note::LeftOut { sessions, signs } if signs.is_empty() => {
            locale.say("evidence-note-no-name").with("sessions", sessions)
        }
        Note::LeftOut { sessions, signs } => {
            locale.say("evidence-note-left-out").with("sessions", sessions).with("signs", signs)
        }
        Note::More { clients } => locale.say("evidence-note-more").with("clients", clients),
        Note::Recording { host, secs } => {
            let said = locale.say("evidence-note-recording").with_ready("host", host.clone()).with("secs", secs);
            said.with("incident", evidence.incident.map_or(0, |id| id.0).to_string())
        }
        Note::Size { mebibytes } => locale.say("evidence-note-size").with("mebibytes", mebibytes),
        Note::Privacy => locale.say("evidence-note-privacy"),
    };
    said.into()
}

/// `2 h to 13 h`, or one of them if both are the same.
fn span(sessions: IdleSessions, locale: &Locale) -> String {
    let (shortest, longest) =
        (locale.duration(sessions.shortest_secs * SECOND_MS), locale.duration(sessions.longest_secs * SECOND_MS));
    if shortest == longest {
        return longest;
    }
    locale.say("evidence-note-span").with("shortest", shortest).with("longest", longest).into()
}
