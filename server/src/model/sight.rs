//! Which hosts somebody sees: all, or those of some groups. Promises:
//!
//! 1. **No groups is no hosts**: only [`Sight::All`] is all, whatever is read from where.
//! 2. **A host in no group is seen by nobody who is confined.**
//! 3. **Bounded**: what is typed or set has so many groups, each with a name that a group may have; several sights together
//!    have those of each.

use std::collections::BTreeSet;

use super::group;
use super::host::{Host, HostInShort, HostNow};

/// Groups that somebody is confined to at most.
pub const MOST_GROUPS: usize = 50;

/// Which hosts somebody sees.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Sight {
    /// As a filter: nothing is left out.
    #[default]
    All,
    /// Those of these groups alone; none at all if there is no group.
    Groups(BTreeSet<String>),
}

/// Why groups cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("Name at least one group.")]
    None,
    #[error("Name {MOST_GROUPS} groups at most.")]
    TooMany,
    /// Where groups are typed a comma stands between two.
    #[error("Write the name of each group with {} characters at most, and no comma in it.", group::LONGEST)]
    Name,
}

/// A host with the group that it is in.
pub trait InGroup {
    /// Empty if it is in none.
    fn group_name(&self) -> &str;
}

impl Sight {
    /// Reads the groups that a person typed, one a line or with commas between them; nothing is all hosts.
    ///
    /// # Errors
    /// Says what to write instead.
    pub fn typed(text: &str) -> Result<Self, Mistake> {
        if text.trim().is_empty() {
            return Ok(Self::All);
        }
        Self::of(text.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty()))
    }

    /// Confines to groups of these names.
    ///
    /// # Errors
    /// As for [`Self::typed`]; also where there is none.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Mistake> {
        let read = |name: &str| group::read_name(name).ok().filter(|name| !name.contains(','));
        let groups =
            names.into_iter().map(|name| read(name).ok_or(Mistake::Name)).collect::<Result<BTreeSet<_>, _>>()?;
        match groups.len() {
            0 => Err(Mistake::None),
            1..=MOST_GROUPS => Ok(Self::Groups(groups)),
            _ => Err(Mistake::TooMany),
        }
    }

    /// What is seen of either.
    #[must_use]
    pub fn with(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Groups(mut groups), Self::Groups(more)) => {
                groups.extend(more.iter().cloned());
                Self::Groups(groups)
            }
            _ => Self::All,
        }
    }

    /// Whether no host is seen, whatever hosts there are.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Groups(groups) if groups.is_empty())
    }

    #[must_use]
    pub fn is_confined(&self) -> bool {
        *self != Self::All
    }

    /// Whether hosts of this group are seen; empty: those in none.
    #[must_use]
    pub fn sees_group(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Groups(groups) => !name.is_empty() && groups.contains(name),
        }
    }

    #[must_use]
    pub fn sees(&self, host: &impl InGroup) -> bool {
        self.sees_group(host.group_name())
    }

    /// Those of these hosts that are seen, in their order.
    #[must_use]
    pub fn of_hosts<H: InGroup>(&self, mut hosts: Vec<H>) -> Vec<H> {
        hosts.retain(|host| self.sees(host));
        hosts
    }

    /// The groups in order; none for all hosts.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        let groups = match self {
            Self::All => None,
            Self::Groups(groups) => Some(groups),
        };
        groups.into_iter().flatten().map(String::as_str)
    }

    /// As [`Self::typed`] reads them; empty for all hosts.
    #[must_use]
    pub fn lines(&self) -> String {
        self.joined("\n")
    }

    /// In one line: `Lyon, Paris`; `–` for none at all, empty for all hosts.
    #[must_use]
    pub fn words(&self) -> String {
        if self.is_nothing() { "–".to_owned() } else { self.joined(", ") }
    }

    fn joined(&self, between: &str) -> String {
        self.groups().collect::<Vec<_>>().join(between)
    }
}

impl InGroup for Host {
    fn group_name(&self) -> &str {
        &self.group_name
    }
}

impl InGroup for HostNow {
    fn group_name(&self) -> &str {
        &self.group_name
    }
}

impl InGroup for HostInShort {
    fn group_name(&self) -> &str {
        &self.group_name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(id: i64, group_name: &str) -> HostInShort {
        let (name, group_name) = (format!("FS{id}"), group_name.to_owned());
        HostInShort { id: crate::model::HostId(id), name, group_name, seen_at: None, now: None }
    }

    #[test]
    fn who_is_confined_sees_the_hosts_of_his_groups_and_none_that_is_in_no_group() {
        let hosts = || vec![host(1, "Paris"), host(2, ""), host(3, "paris"), host(4, "Lyon"), host(5, "Paris 2")];
        let seen = |sight: &Sight| sight.of_hosts(hosts()).iter().map(|host| host.id.0).collect::<Vec<_>>();
        assert_eq!(seen(&Sight::typed("Paris, Lyon").unwrap()), [1, 4]);
        assert_eq!(seen(&Sight::All), [1, 2, 3, 4, 5]);
        assert_eq!(seen(&Sight::Groups(BTreeSet::new())), [] as [i64; 0], "no groups is no hosts");
        let nameless = Sight::Groups(BTreeSet::from([String::new()]));
        assert!(!nameless.sees_group("") && nameless.is_confined());
    }

    #[test]
    fn what_is_typed_is_read_and_written_as_it_is_read() {
        assert_eq!(Sight::typed(" \r\n "), Ok(Sight::All));
        let sight = Sight::typed(" Paris\r\nLyon,Paris ,\n").unwrap();
        assert_eq!((sight.lines().as_str(), sight.words().as_str()), ("Lyon\nParis", "Lyon, Paris"));
        assert_eq!(Sight::typed(&sight.lines()), Ok(sight));
        assert_eq!((Sight::All.lines().as_str(), Sight::All.groups().count()), ("", 0));
    }

    #[test]
    fn several_together_are_what_each_sees_and_nothing_is_told_apart_from_all() {
        let (paris, lyon) = (Sight::of(["Paris"]).unwrap(), Sight::of(["Lyon", "Paris"]).unwrap());
        let nothing = || Sight::Groups(BTreeSet::new());
        assert_eq!(paris.clone().with(&lyon), lyon);
        assert_eq!(nothing().with(&paris), paris);
        assert_eq!(nothing().with(&nothing()), nothing());
        assert_eq!((paris.clone().with(&Sight::All), Sight::All.with(&paris)), (Sight::All, Sight::All));
        assert!(nothing().is_nothing() && !Sight::All.is_nothing() && !paris.is_nothing());
        assert_eq!((nothing().words().as_str(), Sight::All.words().as_str()), ("–", ""));
    }

    #[test]
    fn what_cannot_be_groups_is_never_all_hosts() {
        assert_eq!(Sight::typed(" , \n,"), Err(Mistake::None));
        assert_eq!(Sight::of([] as [&str; 0]), Err(Mistake::None));
        assert_eq!(Sight::typed("a\tb"), Err(Mistake::Name));
        assert_eq!(Sight::typed(&"x".repeat(group::LONGEST + 1)), Err(Mistake::Name));
        for name in ["", " ", "a, b"] {
            assert_eq!(Sight::of([name]), Err(Mistake::Name), "{name:?}");
        }
        let many = |count: usize| (0..count).map(|i| format!("g{i}")).collect::<Vec<_>>().join("\n");
        assert!(Sight::typed(&many(MOST_GROUPS)).is_ok());
        assert_eq!(Sight::typed(&many(MOST_GROUPS + 1)), Err(Mistake::TooMany));
    }
}
