//! What findings and their rules say to people and, in English, to programs.

use crate::findings::{self, Rule};
use crate::locale::{Locale, Message};
use crate::model::finding::{Detail, Fact, Finding, Severity};
use crate::model::time::HOUR_MS;

/// The class that gives a severity its colour.
#[must_use]
pub fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "full",
        Severity::Medium => "watch",
        Severity::Low => "calm",
        Severity::Info => "quiet",
    }
}

/// A finding's rule in words; of a rule that this version does not know, its id.
#[must_use]
pub fn title(finding: &Finding, locale: &Locale) -> String {
    findings::rule(&finding.rule).map_or_else(|| finding.rule.clone(), |rule| rule_title(rule, locale))
}

#[must_use]
pub fn rule_title(rule: &Rule, locale: &Locale) -> String {
    locale.or("rule-title", rule.id, rule.title)
}

/// What was found.
#[must_use]
pub fn detail(detail: &Detail, locale: &Locale) -> String {
    let facts = match detail {
        Detail::Facts(facts) => facts,
        Detail::Words(words) => return words.clone(),
    };
    let joined = facts.iter().fold(None, |before: Option<String>, fact| {
        let said = fact_said(fact, locale).to_string();
        Some(match before {
            None => said,
            Some(before) => joint(fact, locale).with("before", before).with("next", said).into(),
        })
    });
    joined.unwrap_or_default()
}

/// What stands between a fact and the one before it.
fn joint(fact: &Fact, locale: &Locale) -> Message {
    match fact {
        // They have commas themselves.
        Fact::List { .. } | Fact::Leak { .. } => locale.say("findings-joint-long"),
        _ => locale.say("findings-joint"),
    }
}

fn fact_said(fact: &Fact, locale: &Locale) -> Message {
    let said = locale.say_of("detail", fact.word());
    // Codes of events are names, not quantities: they have no separators.
    match fact {
        Fact::Set { name, value } => said.with("name", name).with("value", value),
        Fact::On { name } | Fact::Off { name } => said.with("name", name),
        Fact::List { name, list } => said.with("name", name).with("list", list),
        Fact::Busy { os, sessions, limit } => said.with("os", os).with("sessions", sessions).with("limit", limit),
        Fact::Share { name, uses, limit } => said.with("name", name).with("uses", uses).with("limit", limit),
        Fact::WorkItems { items, requests } => said.with("items", items).with("requests", requests),
        Fact::Everybody {} => said,
        Fact::Events { code, count, days } => {
            said.with("code", code.to_string()).with("count", count).with("days", days)
        }
        Fact::Told { code } => said.with("code", code.to_string()),
        Fact::Full { minutes, days } => said.with("minutes", minutes).with("days", days),
        Fact::Room { events, all, days } => said.with("events", events).with("all", all).with("days", days),
        Fact::Leak { client, sessions, day_before, forgotten, oldest_hours } => {
            let oldest = locale.duration(oldest_hours.saturating_mul(HOUR_MS));
            let said = said.with("client", client).with("sessions", sessions).with("forgotten", forgotten);
            day_before.iter().fold(said, |said, before| said.with("before", before)).with("oldest", oldest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, NBSP, Zone};

    fn said(facts: Vec<Fact>) -> [String; 2] {
        let detail_of = Detail::Facts(facts);
        Lang::ALL.map(|lang| detail(&detail_of, &Locale::new(lang, Zone::utc())).replace(NBSP, " "))
    }

    fn set(name: &str, value: &str) -> Fact {
        Fact::Set { name: name.to_owned(), value: value.to_owned() }
    }

    fn leak(day_before: Option<u64>, oldest_hours: i64) -> Fact {
        Fact::Leak { client: "SCAN-3F".to_owned(), sessions: 41, day_before, forgotten: 40, oldest_hours }
    }

    #[test]
    fn facts_are_said_in_both_languages_one_after_the_other() {
        let tuned = vec![set("MaxWorkItems", "8192"), set("MaxMpxCt", "50")];
        assert_eq!(said(tuned)[0], "MaxWorkItems = 8192, MaxMpxCt = 50");
        let events = vec![Fact::Events { code: 2_506, count: 1_200, days: 30 }];
        assert_eq!(
            said(events),
            ["event 2506, 1,200 times in 30 days", "événement 2506, 1\u{202f}200 fois en 30 jours"]
        );
        assert_eq!(
            said(vec![leak(Some(33), 72), leak(None, 14)]),
            [
                "SCAN-3F holds 41 sessions, 33 the day before, 40 without open files, the oldest for 3 d; \
                 SCAN-3F holds 41 sessions, 40 without open files, the oldest for 14 h",
                "SCAN-3F détient 41 sessions, 33 la veille, 40 sans fichier ouvert, la plus ancienne depuis 3 j ; \
                 SCAN-3F détient 41 sessions, 40 sans fichier ouvert, la plus ancienne depuis 14 h",
            ]
        );
        assert_eq!(said(Vec::new()), ["", ""]);
    }

    #[test]
    fn words_of_another_version_are_shown_as_they_are() {
        let french = Locale::new(Lang::French, Zone::utc());
        assert_eq!(detail(&Detail::Words("SMB1 is on".to_owned()), &french), "SMB1 is on");
    }
}
