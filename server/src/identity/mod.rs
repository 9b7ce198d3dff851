//! Who people are by word of their company's directory: a provider of OpenID Connect, or a directory that speaks LDAP. This room speaks
//! the protocols and knows neither pages nor tables: it answers with a [`Person`] or a [`Refusal`]. Promises:
//!
//! 1. **Nobody by half**: a person has an issuer and a subject that stay when names change, and a role. Who lacks one is refused.
//! 2. **No secret gets out**: passwords, codes and tokens stand in no log, no error and no `Debug`.
//! 3. **Bounded**: every step has its time, and what anybody may answer has its size. Redirects and referrals are not followed.
//! 4. **A refusal is told twice**: as a word, which stands for the sentence that the person reads, and as a line for the log, which says
//!    what to look at.

pub mod ldap;
pub mod oidc;
mod refusal;

pub use refusal::{Demand, Proof, Refusal, Why};

use std::collections::BTreeSet;

use crate::model::account::{AccountSource, is_seen};
use crate::model::role::Role;
use crate::model::sight::Sight;

/// Characters of a name at most.
const LONGEST_NAME: usize = 64;

/// Where people are known beside the accounts of this server.
#[derive(Debug, Default)]
pub struct Identity {
    pub oidc: Option<oidc::Oidc>,
    pub ldap: Option<ldap::Ldap>,
}

/// Somebody whom a directory vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub issuer: String,
    /// Never another one for the same person there, and never the same for another.
    pub subject: String,
    /// For people; it may change.
    pub name: String,
    pub role: Role,
    /// Which hosts his groups see; none if administrators say it.
    pub sight: Option<Sight>,
}

/// What groups may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles {
    pub by_group: Vec<(String, Role)>,
    /// Of who is in none of them; none: he is not let in.
    pub everybody: Option<Role>,
}

impl Roles {
    /// The greatest role of who is in these groups.
    fn greatest(&self, is_member: impl Fn(&str) -> bool) -> Option<Role> {
        let of_groups = self.by_group.iter().filter(|(group, _)| is_member(group)).map(|(_, role)| *role);
        of_groups.chain(self.everybody).max()
    }
}

/// Which hosts groups see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sights {
    pub by_group: Vec<(String, Sight)>,
    /// Of who is in none of them.
    pub everybody: Sight,
}

impl Sights {
    /// All that who is in these groups sees by any of them.
    fn together(&self, is_member: impl Fn(&str) -> bool) -> Sight {
        let mut of_groups =
            self.by_group.iter().filter(|(group, _)| is_member(group)).map(|(_, sight)| sight).peekable();
        if of_groups.peek().is_none() {
            return self.everybody.clone();
        }
        of_groups.fold(Sight::Groups(BTreeSet::new()), Sight::with)
    }
}

/// One thing that was looked at, for the self-diagnosis.
#[derive(Debug)]
pub struct Check {
    pub what: &'static str,
    /// What was found, or what to do.
    pub found: Result<String, String>,
}

impl Identity {
    /// Whether groups there say which hosts people of this source see, at each sign-in.
    #[must_use]
    pub fn says_sight(&self, source: AccountSource) -> bool {
        match source {
            AccountSource::Local => false,
            AccountSource::Oidc => self.oidc.as_ref().is_some_and(oidc::Oidc::says_sight),
            AccountSource::Ldap => self.ldap.as_ref().is_some_and(ldap::Ldap::says_sight),
        }
    }

    /// Looks at all that sign-in needs from elsewhere.
    pub async fn check(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Some(oidc) = &self.oidc {
            checks.extend(oidc.check().await);
        }
        if let Some(ldap) = &self.ldap {
            checks.extend(ldap.check().await);
        }
        checks
    }
}

/// The first of these that can be shown as a name, without what would not be seen, and cut.
fn shown_name<'a>(candidates: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = candidates.into_iter().map(|name| {
        let seen = name.chars().filter(|c| is_seen(*c)).collect::<String>();
        seen.trim().chars().take(LONGEST_NAME).collect::<String>()
    });
    names.find(|name| !name.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_roles_the_greatest_holds_and_without_one_there_is_none() {
        let by_group = vec![("it".to_owned(), Role::Viewer), ("admins".to_owned(), Role::Administrator)];
        let roles = Roles { by_group, everybody: None };
        assert_eq!(roles.greatest(|_| true), Some(Role::Administrator));
        assert_eq!(roles.greatest(|group| group == "it"), Some(Role::Viewer));
        assert_eq!(roles.greatest(|_| false), None);
        let open = Roles { everybody: Some(Role::Operator), ..roles };
        assert_eq!(open.greatest(|group| group == "it"), Some(Role::Operator));
    }

    #[test]
    fn of_several_groups_all_that_one_of_them_sees_is_seen_and_who_is_in_none_sees_what_everybody_does() {
        let of = |names: &[&str]| Sight::Groups(names.iter().map(|name| (*name).to_owned()).collect());
        let by_group =
            [("paris", of(&["Paris"])), ("south", of(&["Lyon", "Nice"])), ("it", Sight::All), ("out", of(&[]))];
        let by_group = by_group.map(|(group, sight)| (group.to_owned(), sight)).to_vec();
        let sights = Sights { by_group, everybody: of(&["Lobby"]) };
        let seen = |groups: &[&str]| sights.together(|group| groups.contains(&group));
        assert_eq!(seen(&["paris"]), of(&["Paris"]), "and not what everybody else sees");
        assert_eq!(seen(&["paris", "south", "out"]), of(&["Paris", "Lyon", "Nice"]));
        assert_eq!(seen(&["paris", "it"]), Sight::All);
        assert_eq!(seen(&["out"]), of(&[]), "and not all");
        assert_eq!((seen(&[]), Sights::default().together(|_| true)), (of(&["Lobby"]), Sight::All));
    }

    #[test]
    fn a_name_is_the_first_that_can_be_seen_and_not_long() {
        assert_eq!(shown_name(["", "\u{7}\n ", " Ann\r\nMartin ", "other"]), "AnnMartin");
        assert_eq!(shown_name(["x".repeat(100).as_str()]).len(), 64);
        assert_eq!(shown_name([""]), "");
        assert_eq!(
            shown_name(["\u{200b}\u{feff}", "ro\u{200b}ot\u{202e}"]),
            "root",
            "so that it has a number behind it"
        );
    }
}
