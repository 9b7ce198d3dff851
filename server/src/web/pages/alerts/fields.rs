//! What people type about a rule.

use serde::Deserialize;

use crate::locale::Message;
use crate::model::alert::{HIGHEST_PERCENT, LONGEST_CLOSE_MS, LONGEST_OPEN_MS, Levels, MOST_LOOKS, Rule};
use crate::model::group::LONGEST;
use crate::model::incident::Kind;
use crate::model::time::MINUTE_MS;
use crate::model::typed;

/// As they were typed: a form that is not taken stays filled in. What a kind does not ask is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    pub(super) kind: String,
    pub(super) group: String,
    /// Not empty: the name of the group is typed.
    pub(super) new: String,
    /// `1`, or empty.
    pub(super) on: String,
    /// Percent.
    pub(super) open_at: String,
    pub(super) looks: String,
    pub(super) open_minutes: String,
    /// Percent.
    pub(super) close_at: String,
    pub(super) close_minutes: String,
}

impl Fields {
    /// With a rule in them. `group`: its name, and whether it is to be typed.
    pub(super) fn of(rule: &Rule, (group, is_new): (&str, bool)) -> Self {
        let levels = rule.levels;
        let yes = |is_so: bool| if is_so { "1".to_owned() } else { String::new() };
        Self {
            kind: rule.kind.word().to_owned(),
            group: group.to_owned(),
            new: yes(is_new),
            on: yes(rule.is_on || is_new),
            open_at: percent(levels.open_at).to_string(),
            looks: levels.open_looks.to_string(),
            open_minutes: (levels.open_ms / MINUTE_MS).to_string(),
            close_at: percent(levels.close_at).to_string(),
            close_minutes: (levels.close_ms / MINUTE_MS).to_string(),
        }
    }

    pub(super) fn is_on(&self) -> bool {
        !self.on.is_empty()
    }

    /// The group that the rule is for; empty for all hosts.
    ///
    /// # Errors
    /// Says what to write instead.
    pub(super) fn group(&self, kind: Kind) -> Result<String, Message> {
        let wrong = || Message::for_anybody("alerts-wrong-group").with("longest", LONGEST);
        let group = typed::line(&self.group, LONGEST).ok_or_else(wrong)?;
        match (kind.is_of_hosts(), group.is_empty()) {
            (false, false) => Err(Message::for_anybody("alerts-no-group")),
            (true, true) if !self.new.is_empty() => Err(wrong()),
            _ => Ok(group.to_owned()),
        }
    }

    /// The levels. What the kind does not ask stays as it is in `base`.
    ///
    /// # Errors
    /// Names the field and says what is allowed.
    pub(super) fn levels(&self, kind: Kind, base: &Levels) -> Result<Levels, Message> {
        let mut levels = *base;
        if kind.has_share() {
            let percents = (1, HIGHEST_PERCENT);
            levels.open_at = f64::from(number("alerts-wrong-open-at", &self.open_at, percents)?) / 100.0;
            levels.close_at = f64::from(number("alerts-wrong-close-at", &self.close_at, percents)?) / 100.0;
        }
        if kind.has_looks() {
            levels.open_looks = number("alerts-wrong-looks", &self.looks, (1, MOST_LOOKS))?;
        }
        if kind.has_open_time() {
            levels.open_ms = minutes("alerts-wrong-open-minutes", &self.open_minutes, LONGEST_OPEN_MS)?;
        }
        if kind.has_close_time() {
            levels.close_ms = minutes("alerts-wrong-close-minutes", &self.close_minutes, LONGEST_CLOSE_MS)?;
        }
        // Each is within its bounds: what can still be wrong is how two of them stand to each other.
        levels.check(kind).map_err(|_| Message::for_anybody("alerts-wrong-order"))?;
        Ok(levels)
    }
}

/// A share of a limit in whole percent.
pub(super) fn percent(share: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float that does not fit saturates")]
    let percent = (share * 100.0).round() as u32;
    percent
}

fn minutes(refusal: &'static str, text: &str, longest_ms: i64) -> Result<i64, Message> {
    let most = u32::try_from(longest_ms / MINUTE_MS).unwrap_or(u32::MAX);
    Ok(i64::from(number(refusal, text, (0, most))?) * MINUTE_MS)
}

fn number(refusal: &'static str, text: &str, (least, most): (u32, u32)) -> Result<u32, Message> {
    // People write the unit as well.
    let digits = text.trim().trim_end_matches(['%', '\u{a0}', '\u{202f}', ' ']);
    let read = digits.parse().ok().filter(|number| (least..=most).contains(number));
    read.ok_or_else(|| Message::for_anybody(refusal).with("text", text.trim()).with("least", least).with("most", most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, change: impl FnOnce(&mut Fields)) -> Result<Levels, String> {
        let levels = Levels::first(kind);
        let rule = super::super::base(&crate::model::alert::Rules::default(), kind, "");
        let mut fields = Fields::of(&rule, ("", false));
        change(&mut fields);
        fields.levels(kind, &levels).map_err(String::from)
    }

    #[test]
    fn a_form_left_as_it_is_keeps_the_rule_as_it_is() {
        for kind in Kind::ALL {
            assert_eq!(of(kind, |_| ()), Ok(Levels::first(kind)));
        }
    }

    #[test]
    fn what_cannot_be_is_named_with_what_may_be() {
        for (kind, change, says) in [
            (
                Kind::Full,
                (|f| f.open_at = "0".into()) as fn(&mut Fields),
                "“Opens at” is “0”; write whole percent from 1 to 150.",
            ),
            (Kind::Full, |f| f.open_at = "151 %".into(), "“Opens at” is “151 %”"),
            (Kind::Share, |f| f.close_at = "half".into(), "“Closes at” is “half”"),
            (Kind::Near, |f| f.close_at = "80".into(), "“Closes at” has to be lower than “Opens at”."),
            (Kind::Full, |f| f.looks = "21".into(), "from 1 to 20."),
            (Kind::Silent, |f| f.open_minutes = "-1".into(), "from 0 to 60."),
            (Kind::Flood, |f| f.close_minutes = "1441".into(), "from 0 to 1,440."),
        ] {
            let said = of(kind, change).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
        assert_eq!(of(Kind::Silent, |f| f.open_at = "what it does not ask".into()), Ok(Levels::first(Kind::Silent)));
        assert!((of(Kind::Full, |f| f.open_at = " 95 % ".into()).unwrap().open_at - 0.95).abs() < 1e-9);
    }

    #[test]
    fn a_new_rule_of_a_group_has_its_name_and_what_is_about_the_fleet_has_none() {
        let group = |kind, group: &str, new: &str| {
            let fields = Fields { group: group.into(), new: new.into(), ..Fields::default() };
            fields.group(kind).ok()
        };
        assert_eq!(group(Kind::Full, " Paris ", "1").as_deref(), Some("Paris"));
        assert_eq!(group(Kind::Full, "", "").as_deref(), Some(""));
        for (kind, name) in [(Kind::Full, " "), (Kind::Full, "a\u{1b}b"), (Kind::Pipeline, "Paris")] {
            assert_eq!(group(kind, name, "1"), None, "{name:?}");
        }
    }
}
