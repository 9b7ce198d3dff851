//! A rule in words.

use crate::locale::{Locale, Message};
use crate::model::alert::Rule;
use crate::model::incident::Kind;

/// How many rules there are.
pub(super) fn sentence(locale: &Locale, rules: &[Rule]) -> Message {
    let off = rules.iter().filter(|rule| !rule.is_on).count();
    let id = if off == 0 { "alerts-lead" } else { "alerts-lead-off" };
    locale.say(id).with("rules", rules.len()).with("off", off)
}

/// When it opens and when it closes.
pub(super) fn tells(locale: &Locale, rule: &Rule) -> String {
    if !rule.is_on {
        return locale.say("alerts-off").into();
    }
    let word = rule.kind.word();
    let (opens, closes) = match rule.kind {
        Kind::Full | Kind::Near => (opens_at_a_level(locale, rule), closes_below(locale, rule)),
        Kind::Capacity | Kind::Flood => (locale.say_of("alerts-opens", word), closes_when_quiet(locale, rule)),
        Kind::Silent | Kind::Pipeline if rule.levels.open_ms == 0 => {
            (locale.say_of("alerts-opens-at-once", word), locale.say_of("alerts-closes", word))
        }
        Kind::Share | Kind::Silent | Kind::Pipeline | Kind::Leak => {
            (locale.say_of("alerts-opens", word), locale.say_of("alerts-closes", word))
        }
    };
    locale
        .say("alerts-both")
        .with_ready("opens", filled(opens, locale, rule))
        .with_ready("closes", filled(closes, locale, rule))
        .into()
}

fn opens_at_a_level(locale: &Locale, rule: &Rule) -> Message {
    let id = if rule.levels.open_ms > 0 { "alerts-opens-lasting" } else { "alerts-opens-level" };
    locale.say(id).with("looks", rule.levels.open_looks)
}

fn closes_below(locale: &Locale, rule: &Rule) -> Message {
    locale.say(if rule.levels.close_ms > 0 { "alerts-closes-level" } else { "alerts-closes-level-at-once" })
}

fn closes_when_quiet(locale: &Locale, rule: &Rule) -> Message {
    locale.say(if rule.levels.close_ms > 0 { "alerts-closes-quiet" } else { "alerts-closes-quiet-at-once" })
}

fn filled(message: Message, locale: &Locale, rule: &Rule) -> String {
    let levels = rule.levels;
    message
        .with("open_at", locale.percent(levels.open_at))
        .with("open", locale.duration(levels.open_ms))
        .with("close_at", locale.percent(levels.close_at))
        .with("close", locale.duration(levels.close_ms))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alert::{Levels, Rules};

    fn told(kind: Kind, levels: Levels, is_on: bool) -> String {
        let rule = Rule { is_on, levels, ..super::super::base(&Rules::default(), kind, "") };
        tells(&Locale::machine(), &rule).replace('\u{a0}', " ")
    }

    #[test]
    fn every_rule_is_told_as_sentences() {
        for (kind, words) in [
            (
                Kind::Full,
                "Opens when 90 % of the limit is reached in 2 readings in a row. Closes once it has been at 75 % or below for 15 min.",
            ),
            (
                Kind::Near,
                "Opens when 80 % of the limit is reached in 2 readings in a row, for at least 10 min. Closes once it has been at 70 % or below for 15 min.",
            ),
            (Kind::Share, "Opens when a share is at 100 % of its own limit. Closes as soon as it is at 90 % or below."),
            (Kind::Silent, "Opens when a reading has been overdue for 10 min. Closes when the host is heard again."),
        ] {
            assert_eq!(told(kind, Levels::first(kind), true), words);
        }
        for kind in Kind::ALL {
            let said = told(kind, Levels { open_ms: 0, close_ms: 0, open_looks: 1, ..Levels::first(kind) }, true);
            assert!(said.starts_with("Opens ") && said.contains(". Closes ") && said.ends_with('.'), "{said}");
            assert!(!said.contains('{') && !said.contains(" 0 "), "{said}");
        }
        assert_eq!(told(Kind::Full, Levels::first(Kind::Full), false), "Switched off: it opens nothing.");
    }
}
