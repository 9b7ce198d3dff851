//! Rules that let agents in at once, for tokens that are approved by rule. What a machine says of itself when it enrols (its name, its
//! domain) is its own word; its address is the connection's. So a rule without a range believes whoever has the token.

use std::net::IpAddr;

use super::ApprovalRuleId;
use super::group::{self, Kind, Known, Member, Test};

/// Rules at most: each enrolment is compared with each.
pub const MOST_RULES: usize = 100;

/// A rule as it can be kept. All that it states has to hold; what is empty is not asked. It states something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// For the name, with `*` and `?`.
    pub name: String,
    /// The domain, or one above it.
    pub domain: String,
    /// A range of addresses.
    pub subnet: String,
}

/// A rule that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: ApprovalRuleId,
    pub states: NewRule,
    pub made_at: i64,
    /// The account's name.
    pub made_by: String,
}

/// Why a rule cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("A rule has to state something: a name, a domain or a range of addresses.")]
    Nothing,
    #[error(transparent)]
    Part(#[from] group::Mistake),
}

/// A machine that asks to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newcomer<'a> {
    pub name: &'a str,
    pub domain: &'a str,
    pub os: &'a str,
    /// Of the connection.
    pub address: IpAddr,
}

impl NewRule {
    /// Reads a rule as a person typed it.
    ///
    /// # Errors
    /// Says what to write instead.
    pub fn read(name: &str, domain: &str, subnet: &str) -> Result<Self, Mistake> {
        let part = |kind, typed: &str| match typed.trim() {
            "" => Ok(String::new()),
            typed => group::read_pattern(kind, typed),
        };
        let rule = Self {
            name: part(Kind::Name, name)?,
            domain: part(Kind::Domain, domain)?,
            subnet: part(Kind::Subnet, subnet)?,
        };
        if rule.parts().next().is_none() { Err(Mistake::Nothing) } else { Ok(rule) }
    }

    /// What it states.
    pub fn parts(&self) -> impl Iterator<Item = (Kind, &str)> {
        let all = [(Kind::Name, &self.name), (Kind::Domain, &self.domain), (Kind::Subnet, &self.subnet)];
        all.into_iter().filter(|(_, states)| !states.is_empty()).map(|(kind, states)| (kind, states.as_str()))
    }

    /// Whether it asks for nothing that a machine might not have.
    #[must_use]
    pub fn lets_everybody_in(&self) -> bool {
        let holds_for_all = |(kind, states): (Kind, &str)| match kind {
            Kind::Name => states.contains('*') && states.chars().all(|c| matches!(c, '*' | '?')),
            Kind::Subnet => states.parse::<ipnet::IpNet>().is_ok_and(|range| range.prefix_len() == 0),
            Kind::Domain | Kind::Os => false,
        };
        self.parts().next().is_some() && self.parts().all(holds_for_all)
    }

    /// Whether all that it states is the machine's own word.
    #[must_use]
    pub fn believes(&self) -> bool {
        self.subnet.is_empty()
    }

    /// One that states nothing, or what cannot be read, lets nobody in.
    #[must_use]
    pub fn lets_in(&self, newcomer: Newcomer<'_>) -> bool {
        let known = Known::of(&Member {
            domain: newcomer.domain.to_owned(),
            addresses: vec![newcomer.address.to_canonical().to_string()],
            os: newcomer.os.to_owned(),
            ..Member::named(newcomer.name, "")
        });
        let holds = |(kind, states): (Kind, &str)| Test::of(kind, states).is_some_and(|test| test.holds(&known));
        self.parts().next().is_some() && self.parts().all(holds)
    }
}

/// The first rule that lets a machine in.
#[must_use]
pub fn first<'a>(rules: &'a [Rule], newcomer: Newcomer<'_>) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.states.lets_in(newcomer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, domain: &str, subnet: &str) -> NewRule {
        NewRule::read(name, domain, subnet).unwrap()
    }

    fn newcomer(address: &str) -> Newcomer<'static> {
        let address = address.parse().unwrap();
        Newcomer { name: "FS-PAR-01", domain: "paris.corp.example", os: "Windows Server 2025", address }
    }

    #[test]
    fn all_that_a_rule_states_has_to_hold() {
        let in_paris = newcomer("10.20.3.4");
        for (rule, lets_in) in [
            (read("fs-par-*", "", ""), true),
            (read("fs-lyo-*", "", ""), false),
            (read("", "corp.example", ""), true),
            (read("", "other.example", ""), false),
            (read("", "", "10.20.0.0/16"), true),
            (read("", "", "10.21.0.0/16"), false),
            (read("fs-*", "corp.example", "10.20.3.4"), true),
            (read("fs-*", "corp.example", "10.21.0.0/16"), false),
        ] {
            assert_eq!(rule.lets_in(in_paris), lets_in, "{rule:?}");
        }
        assert!(read("", "", "10.20.0.0/16").lets_in(newcomer("::ffff:10.20.3.4")), "a socket that speaks both");
    }

    #[test]
    fn a_rule_that_asks_for_nothing_lets_everybody_in() {
        for rule in [read("*", "", ""), read("?*", "", ""), read("", "", "0.0.0.0/0"), read("*", "", "::/0")] {
            assert!(rule.lets_everybody_in(), "{rule:?}");
        }
        let others = [("fs*", "", ""), ("??", "", ""), ("*", "corp.example", ""), ("*", "", "10.0.0.0/8")];
        for (name, domain, subnet) in others {
            assert!(!read(name, domain, subnet).lets_everybody_in(), "{name} {domain} {subnet}");
        }
    }

    #[test]
    fn a_rule_states_something_and_says_what_is_wrong_with_it() {
        assert_eq!(NewRule::read(" ", "", ""), Err(Mistake::Nothing));
        let mistake = NewRule::read("", "", "paris").unwrap_err();
        assert!(mistake.to_string().contains("no range of addresses"), "{mistake}");
        let nothing = NewRule { name: String::new(), domain: String::new(), subnet: String::new() };
        assert!(!nothing.lets_in(newcomer("10.20.3.4")));
        assert!(read("*", "", "").believes() && !read("*", "", "10.0.0.0/8").believes());
    }

    #[test]
    fn the_first_rule_that_holds_is_named() {
        let rule = |id, states| Rule { id: ApprovalRuleId(id), states, made_at: 0, made_by: "ann".into() };
        let rules = [rule(1, read("web-*", "", "")), rule(2, read("fs-*", "", "")), rule(3, read("*", "", ""))];
        assert_eq!(first(&rules, newcomer("10.0.0.1")).map(|rule| rule.id), Some(ApprovalRuleId(2)));
        assert_eq!(first(&rules[..1], newcomer("10.0.0.1")), None);
    }
}
