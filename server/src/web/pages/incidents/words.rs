//! An incident in words.

use crate::locale::Locale;
use crate::model::incident::{Entry, Incident, Kind, State, What};

/// How many there are of what.
pub(super) fn sentence(locale: &Locale, counts: &[(Kind, u64)]) -> String {
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    if all == 0 {
        return locale.say("inc-none").into();
    }
    let of = |(kind, count): &(Kind, u64)| locale.say_of("inc-count", kind.word()).with("count", count);
    let each: Vec<String> = counts.iter().map(|one| of(one).into()).collect();
    locale.say("inc-some").with("count", all).with("each", each.join(", ")).into()
}

/// One in a sentence.
#[must_use]
pub fn summary(locale: &Locale, one: &Incident, now_at: i64) -> String {
    let kind = one.kind.word();
    let said = if one.goes_on() { locale.say_of("inc-now", kind) } else { locale.say_of("inc-was", kind) };
    said.with("host", &one.host_name)
        .with("subject", &one.subject)
        .with("from", locale.stamp(one.from_at, now_at))
        .with("until", locale.stamp(one.until_at.unwrap_or(now_at), now_at))
        .with("span", locale.duration(one.length_ms(now_at)))
        .into()
}

/// The level by which its mark is drawn.
pub(super) fn pill(one: &Incident) -> &'static str {
    match (one.state, one.kind.is_grave()) {
        (State::Resolved, _) => "calm",
        (_, true) => "full",
        (_, false) => "watch",
    }
}

/// What happened, as a part of a sentence.
pub(super) fn told(locale: &Locale, entry: &Entry) -> String {
    let word = match (entry.what, entry.text.is_empty()) {
        (What::Assigned, true) => "unassigned",
        (What::Cleared, false) => "outgrown",
        (what, _) => what.word(),
    };
    let text = if entry.what == What::Commented { "" } else { entry.text.as_str() };
    let said = if entry.by.is_empty() { locale.say_of("inc-told", word) } else { locale.say_of("inc-told-by", word) };
    said.with("by", &entry.by).with("text", text).into()
}
