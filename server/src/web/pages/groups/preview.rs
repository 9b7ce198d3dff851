use crate::model::group::{Known, Member, NewRule, Origin};
use crate::store::{self, Db};
use crate::web::error::Result;

/// Hosts that the page names.
pub(super) const ROWS: usize = 50;

/// What a rule would do if it were kept now: as the last one.
#[derive(Debug)]
pub(super) struct Preview {
    pub(super) rule: NewRule,
    /// How many hosts it matches, and how many of them would be in another group than now.
    pub(super) matching: usize,
    pub(super) moving: usize,
    /// All that it matches: a page names the first [`ROWS`].
    pub(super) rows: Vec<(Member, Then)>,
}

/// What becomes of a host that the rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    Moves,
    /// The rule decides, and it is in that group already.
    IsThere,
    /// It was put into its group by hand.
    StaysByHand,
    /// A rule that comes first matches too.
    StaysByRule,
}

impl Then {
    fn of(host: &Member, rule: &NewRule) -> Self {
        match host.origin() {
            Some(Origin::Hand) => Self::StaysByHand,
            Some(Origin::Rule) => Self::StaysByRule,
            Some(Origin::Token) if host.is.group_name == rule.group_name => Self::IsThere,
            Some(Origin::Token) | None => Self::Moves,
        }
    }

    /// The end of its message's id.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Moves => "moves",
            Self::IsThere => "is-there",
            Self::StaysByHand => "by-hand",
            Self::StaysByRule => "by-rule",
        }
    }
}

impl Preview {
    pub(super) async fn of(db: &Db, rule: NewRule) -> Result<Self> {
        let members = store::groups::members(db).await?;
        Ok(Self::among(members, rule))
    }

    fn among(members: Vec<Member>, rule: NewRule) -> Self {
        let test = rule.test();
        let is_matched = |host: &Member| test.as_ref().is_some_and(|test| test.holds(&Known::of(host)));
        let mut rows: Vec<(Member, Then)> = members
            .into_iter()
            .filter(is_matched)
            .map(|host| {
                let then = Then::of(&host, &rule);
                (host, then)
            })
            .collect();
        let (matching, moving) = (rows.len(), rows.iter().filter(|(_, then)| *then == Then::Moves).count());
        // Those that would move first; the order within stays.
        rows.sort_by_key(|(_, then)| *then != Then::Moves);
        Self { rule, matching, moving, rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GroupRuleId;
    use crate::model::group::Placed;

    #[test]
    fn a_preview_tells_what_moves_from_what_the_hand_and_earlier_rules_keep() {
        let host = |name: &str, group: &str, rule: Option<i64>, by_hand: Option<&str>| Member {
            by_hand: by_hand.map(str::to_owned),
            is: Placed { group_name: group.to_owned(), rule: rule.map(GroupRuleId) },
            ..Member::named(name, group)
        };
        let members = vec![
            host("FS1", "Hand", None, Some("Hand")),
            host("FS2", "Rule", Some(1), None),
            host("FS3", "Paris", None, None),
            host("FS4", "Token", None, None),
            host("FS5", "", None, None),
            host("PC1", "", None, None),
        ];
        let preview = Preview::among(members, NewRule::read("Paris", "name", "fs*").unwrap());
        let told: Vec<_> = preview.rows.iter().map(|(host, then)| (host.name.as_str(), *then)).collect();
        let expected = [
            ("FS4", Then::Moves),
            ("FS5", Then::Moves),
            ("FS1", Then::StaysByHand),
            ("FS2", Then::StaysByRule),
            ("FS3", Then::IsThere),
        ];
        assert_eq!((told, preview.matching, preview.moving), (expected.to_vec(), 5, 2));
    }
}
