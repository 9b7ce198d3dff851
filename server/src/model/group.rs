//! Groups of hosts. A host is in one group at most, decided in this order: by hand, by the first rule that matches, by the token
//! that it enrolled with.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::pattern::{Folded, Pattern};
use super::{GroupRuleId, HostId, typed};

/// Rules at most: each host is compared with each.
pub const MOST_RULES: usize = 200;
/// Characters of a group's name and of a pattern at most.
pub const LONGEST: usize = 100;

/// What of a host a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The name or the full name, by a pattern.
    Name,
    /// Any of the addresses, by a range.
    Subnet,
    /// The domain, or one above it.
    Domain,
    /// The operating system, by its beginning or a pattern.
    Os,
}

/// What decided about a host's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    Hand,
    Rule,
    Token,
}

/// A rule as it can be kept: it was read from what a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    pub group_name: String,
    pub kind: Kind,
    pub pattern: String,
}

/// A rule that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: GroupRuleId,
    pub group_name: String,
    pub kind: Kind,
    pub pattern: String,
    pub made_at: i64,
    /// The account's name.
    pub made_by: String,
}

/// Why a rule or a name cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("Write the name of a group, with {LONGEST} characters at most.")]
    Group,
    #[error("Choose what of a host the rule looks at: its name, its addresses, its domain or its system.")]
    Kind,
    #[error("Write what to look for, with {LONGEST} characters at most.")]
    Pattern,
    #[error("{0:?} is no range of addresses. Write a range like 10.20.0.0/16 or 2001:db8::/32.")]
    Subnet(String),
}

/// A host with what decides about its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: HostId,
    pub name: String,
    pub fqdn: String,
    pub domain: String,
    pub addresses: Vec<String>,
    pub os: String,
    /// What the token said; empty for none.
    pub token_group: String,
    /// What was set by hand.
    pub by_hand: Option<String>,
    pub is: Placed,
}

impl Member {
    /// A host that enrols: nothing but its name is known yet.
    #[must_use]
    pub fn named(name: &str, token_group: &str) -> Self {
        let text = String::new;
        Self {
            id: HostId(0),
            name: name.to_owned(),
            fqdn: text(),
            domain: text(),
            addresses: Vec::new(),
            os: text(),
            token_group: token_group.to_owned(),
            by_hand: None,
            is: Placed::default(),
        }
    }

    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.is.origin(self.by_hand.is_some())
    }
}

/// Which group a host is in; empty for none. And by which rule, if a rule decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Placed {
    pub group_name: String,
    pub rule: Option<GroupRuleId>,
}

/// When and by whose account a group was set by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    pub at: i64,
    pub by: String,
}

/// Rules in order, ready to be asked about many hosts.
#[derive(Debug, Default)]
pub struct Rules(Vec<(Placed, Test)>);

/// One rule's question to a host.
#[derive(Debug)]
pub enum Test {
    Name(Pattern),
    Subnet(IpNet),
    /// In lower case.
    Domain(String),
    Os(Pattern),
}

/// A host as it is compared.
#[derive(Debug)]
pub struct Known {
    names: [Folded; 2],
    addresses: Vec<IpAddr>,
    /// Its own, and that of its full name; in lower case.
    domains: [String; 2],
    os: Folded,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Name, Self::Subnet, Self::Domain, Self::Os];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Subnet => "subnet",
            Self::Domain => "domain",
            Self::Os => "os",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl Placed {
    fn origin(&self, is_by_hand: bool) -> Option<Origin> {
        Origin::of(is_by_hand, self.rule, &self.group_name)
    }
}

impl Origin {
    /// What decided, if the host is in a group.
    #[must_use]
    pub fn of(is_by_hand: bool, rule: Option<GroupRuleId>, group_name: &str) -> Option<Self> {
        match rule {
            _ if is_by_hand => Some(Self::Hand),
            Some(_) => Some(Self::Rule),
            None if !group_name.is_empty() => Some(Self::Token),
            None => None,
        }
    }

    /// The word in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Rule => "rule",
            Self::Token => "token",
        }
    }
}

/// A group's name as a person typed it.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub fn read_name(typed: &str) -> Result<String, Mistake> {
    line(typed).ok_or(Mistake::Group)
}

/// What a rule looks for, as a person typed it, in the one way in which it is kept.
///
/// # Errors
/// Says what to write instead.
pub fn read_pattern(kind: Kind, typed: &str) -> Result<String, Mistake> {
    let pattern = line(typed).ok_or(Mistake::Pattern)?;
    Ok(match kind {
        Kind::Subnet => subnet(&pattern).ok_or(Mistake::Subnet(pattern))?.to_string(),
        Kind::Domain => {
            let domain = pattern.trim_matches(|c: char| c == '.' || c.is_whitespace());
            Some(domain.to_owned()).filter(|domain| !domain.is_empty()).ok_or(Mistake::Pattern)?
        }
        Kind::Name | Kind::Os => pattern,
    })
}

fn line(typed: &str) -> Option<String> {
    typed::line(typed, LONGEST).filter(|typed| !typed.is_empty()).map(str::to_owned)
}

impl NewRule {
    /// Reads a rule as a person typed it.
    ///
    /// # Errors
    /// Says what to write instead.
    pub fn read(group: &str, kind: &str, pattern: &str) -> Result<Self, Mistake> {
        let group_name = read_name(group)?;
        let kind = Kind::from_word(kind).ok_or(Mistake::Kind)?;
        Ok(Self { group_name, kind, pattern: read_pattern(kind, pattern)? })
    }

    /// Its question; none if it was not [`read`](Self::read) and makes no sense.
    #[must_use]
    pub fn test(&self) -> Option<Test> {
        Test::of(self.kind, &self.pattern)
    }
}

/// A range, or a single address as a range of one.
fn subnet(text: &str) -> Option<IpNet> {
    let range = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    Some(canonical(range).trunc())
}

/// A range of IPv4 addresses that is written as one of IPv6 (`::ffff:10.0.0.0/104`), as what it is: addresses are compared so too.
#[must_use]
pub(super) fn canonical(range: IpNet) -> IpNet {
    const BEFORE: u8 = 96;
    let IpNet::V6(wide) = range else { return range };
    let short = wide.prefix_len().checked_sub(BEFORE).zip(wide.addr().to_ipv4_mapped());
    short.and_then(|(prefix, address)| Ipv4Net::new(address, prefix).ok()).map_or(range, IpNet::V4)
}

impl Test {
    /// None if what it looks for was not read and makes no sense.
    #[must_use]
    pub fn of(kind: Kind, pattern: &str) -> Option<Self> {
        Some(match kind {
            Kind::Name => Self::Name(Pattern::of(pattern)),
            Kind::Subnet => Self::Subnet(subnet(pattern)?),
            Kind::Domain => Self::Domain(pattern.to_lowercase()),
            Kind::Os => Self::Os(Pattern::of_beginning(pattern)),
        })
    }

    #[must_use]
    pub fn holds(&self, host: &Known) -> bool {
        match self {
            Self::Name(pattern) => host.names.iter().any(|name| pattern.matches(name)),
            Self::Subnet(range) => host.addresses.iter().any(|address| range.contains(address)),
            Self::Domain(domain) => host.domains.iter().any(|of_host| is_in(of_host, domain)),
            Self::Os(pattern) => pattern.matches(&host.os),
        }
    }
}

/// Whether a domain is the other one, or below it.
fn is_in(domain: &str, other: &str) -> bool {
    let above = domain.strip_suffix(other);
    above.is_some_and(|below| below.is_empty() || below.ends_with('.'))
}

impl Known {
    #[must_use]
    pub fn of(host: &Member) -> Self {
        let domain_of_name = host.fqdn.split_once('.').map_or("", |(_, domain)| domain);
        let read = |address: &String| address.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        Self {
            names: [Folded::of(&host.name), Folded::of(&host.fqdn)],
            addresses: host.addresses.iter().filter_map(read).collect(),
            domains: [&host.domain, domain_of_name].map(|domain| domain.trim_end_matches('.').to_lowercase()),
            os: Folded::of(&host.os),
        }
    }
}

impl Rules {
    /// One that cannot be read matches nothing.
    #[must_use]
    pub fn of(rules: &[Rule]) -> Self {
        let ready = |rule: &Rule| {
            let placed = Placed { group_name: rule.group_name.clone(), rule: Some(rule.id) };
            Some((placed, Test::of(rule.kind, &rule.pattern)?))
        };
        Self(rules.iter().filter_map(ready).collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the host belongs.
    #[must_use]
    pub fn place(&self, host: &Member) -> Placed {
        if let Some(group_name) = &host.by_hand {
            return Placed { group_name: group_name.clone(), rule: None };
        }
        let of_token = || Placed { group_name: host.token_group.clone(), rule: None };
        if self.is_empty() {
            return of_token();
        }
        let known = Known::of(host);
        let first = self.0.iter().find(|(_, test)| test.holds(&known));
        first.map_or_else(of_token, |(placed, _)| placed.clone())
    }
}

#[cfg(test)]
mod tests;
