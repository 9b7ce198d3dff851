//! A silence in words.

use crate::locale::{Locale, Message, Zone};
use crate::model::alert::Silence;
use crate::web::layout::Page;
use crate::web::markup::Markup;

/// How many are in force, and how many are coming. Whoever is confined to groups of hosts does not see those of all hosts: to
/// him it cannot be said that nothing is silenced.
pub(super) fn sentence(locale: &Locale, (now, coming): (usize, usize), is_confined: bool) -> Message {
    let id = match (now, coming) {
        (0, 0) if is_confined => "silences-lead-some-none",
        (0, _) if is_confined => "silences-lead-some-coming",
        (0, 0) => "silences-lead-none",
        (0, _) => "silences-lead-coming",
        _ => "silences-lead",
    };
    locale.say(id).with("now", now).with("coming", coming)
}

/// For whom it is.
pub(super) fn whom(locale: &Locale, silence: &Silence) -> Message {
    match (silence.host, silence.group_name.as_str()) {
        (Some(_), _) => locale.say("silences-whom-host").with("host", &silence.host_name),
        (None, "") => locale.say("silences-whom-all"),
        (None, group) => locale.say("silences-whom-group").with("group", group),
    }
}

/// Which incidents.
pub(super) fn kind_words(locale: &Locale, silence: &Silence) -> Message {
    match silence.kind {
        Some(kind) => locale.say_of("inc-kind", kind.word()),
        None => locale.say("silences-any-kind"),
    }
}

/// The times of one that comes every week, by the clock that it follows.
pub(super) fn weekly(locale: &Locale, silence: &Silence) -> Message {
    let zone = Zone::named(&silence.time_zone);
    let day = |at| locale.lang.weekday(zone.wall(at));
    locale
        .say("silences-weekly")
        .with("from_day", day(silence.from_at))
        .with("from", zone.clock(silence.from_at))
        .with("until_day", day(silence.until_at))
        .with("until", zone.clock(silence.until_at))
        .with("zone", &silence.time_zone)
}

/// One that is in force, for the pages of those that it is for.
pub(in crate::web::pages) fn in_force_words(page: &Page, silence: &Silence) -> Markup {
    let until_at = silence.stretch(page.now_at).map_or(silence.until_at, |stretch| stretch.until_at);
    page.markup("silences-in-force")
        .with_html("until", page.when(until_at))
        .with("kind", kind_words(&page.locale, silence))
        .with("by", &silence.created_by)
        .with("reason", &silence.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts() {
        for (now, coming, words) in [
            (0, 0, "No silence is active."),
            (0, 2, "Nothing is silenced now; 2 silences are coming."),
            (1, 0, "1 silence is in force; none is coming."),
            (2, 1, "2 silences are in force; 1 is coming."),
        ] {
            assert_eq!(sentence(&Locale::machine(), (now, coming), false).to_string(), words);
        }
        let confined = |now, coming| sentence(&Locale::machine(), (now, coming), true).to_string();
        assert_eq!(confined(0, 0), "No silence is active for your groups or their hosts alone.");
        assert!(confined(0, 2).ends_with("; 2 silences are coming.") && confined(2, 0).starts_with("2 silences are"));
    }
}
