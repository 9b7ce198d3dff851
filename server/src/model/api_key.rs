//! Keys by which programs ask the API.

use super::account::Account;
use super::id::{AccountId, ApiKeyId};
use super::role::Role;
use super::sight::Sight;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Ask for what the pages of the fleet show.
    Read,
    /// Take care of incidents, and ask.
    WriteIncidents,
    /// All that there is: also agents, tokens and webhooks.
    Admin,
}

/// A key to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// For people; it stands in the timeline of what the key does.
    pub label: String,
    pub secret_sha256: [u8; 32],
    /// The first characters of the secret.
    pub hint: String,
    pub scopes: Vec<Scope>,
    /// All if it may all.
    pub sight: Sight,
    /// Names of users, or pseudonyms: see [`Self::is_told_names`].
    pub sees_names: bool,
    pub expires_at: Option<i64>,
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub label: String,
    pub hint: String,
    pub scopes: Vec<Scope>,
    /// As it was made: see [`Self::sees`].
    pub sight: Sight,
    /// As it was made: see [`Self::is_told_names`].
    pub sees_names: bool,
    pub created_at: i64,
    /// The account's name, as it was then.
    pub created_by: String,
    /// That account, as long as it is there. What becomes of it changes nothing of the key: see [`Maker`].
    pub maker: Option<AccountId>,
    pub expires_at: Option<i64>,
    /// To the minute; none if it never was.
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Good,
    Expired,
    Revoked,
}

/// What has become of who made a key. Only an administrator who may sign in could make it now; in whichever other hands it is, it goes
/// on, since programs hang on it: whether that is wanted a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    Administrator,
    /// He has another role now.
    Demoted,
    Disabled,
    /// There is no such account any more.
    Gone,
}

impl Maker {
    pub const ALL: [Self; 4] = [Self::Administrator, Self::Demoted, Self::Disabled, Self::Gone];

    /// Of this key, with all accounts as they are.
    #[must_use]
    pub fn of(key: &ApiKey, accounts: &[Account]) -> Self {
        match accounts.iter().find(|account| Some(account.id) == key.maker) {
            None => Self::Gone,
            Some(account) if account.is_disabled() => Self::Disabled,
            Some(account) if account.role == Role::Administrator => Self::Administrator,
            Some(_) => Self::Demoted,
        }
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Demoted => "demoted",
            Self::Disabled => "disabled",
            Self::Gone => "gone",
        }
    }

    /// Whether he could make the key today.
    #[must_use]
    pub fn may(self) -> bool {
        self == Self::Administrator
    }
}

impl Scope {
    pub const ALL: [Self; 3] = [Self::Read, Self::WriteIncidents, Self::Admin];

    /// The word in the store, in forms and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::WriteIncidents => "write:incidents",
            Self::Admin => "admin",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// The least role of a person who may do what asks for this.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Read => Role::Viewer,
            Self::WriteIncidents => Role::Operator,
            Self::Admin => Role::Administrator,
        }
    }

    /// Whether who has this may do what asks for the other one.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self == other || self == Self::Admin || other == Self::Read
    }
}

impl NewApiKey {
    /// As [`ApiKey::is_told_names`].
    #[must_use]
    pub fn is_told_names(&self) -> bool {
        told_names(self.sees_names, &self.scopes)
    }
}

impl ApiKey {
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|has| has.includes(scope))
    }

    /// Which hosts it is told of. One that may all is never confined.
    #[must_use]
    pub fn sees(&self) -> Sight {
        if self.may(Scope::Admin) { Sight::All } else { self.sight.clone() }
    }

    /// Whether it is told names of users, and no pseudonyms. One that may all always is.
    #[must_use]
    pub fn is_told_names(&self) -> bool {
        told_names(self.sees_names, &self.scopes)
    }

    #[must_use]
    pub fn standing(&self, now_at: i64) -> Standing {
        if self.revoked_at.is_some() {
            Standing::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now_at) {
            Standing::Expired
        } else {
            Standing::Good
        }
    }

    /// How it signs what it does. The hint is of the secret, so that no label passes for somebody else.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{} ({})", self.label, self.hint)
    }
}

fn told_names(as_made: bool, scopes: &[Scope]) -> bool {
    as_made || scopes.contains(&Scope::Admin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::AccountSource;

    fn key(scopes: &[Scope]) -> ApiKey {
        ApiKey {
            id: ApiKeyId(1),
            label: "ServiceNow".into(),
            hint: "hwk_abc123".into(),
            scopes: scopes.to_vec(),
            sight: Sight::All,
            sees_names: true,
            created_at: 0,
            created_by: "ann".into(),
            maker: Some(AccountId(7)),
            expires_at: Some(10),
            used_at: None,
            revoked_at: None,
        }
    }

    #[test]
    fn who_may_write_may_read_and_only_an_administrator_may_all() {
        let may = |scopes: &[Scope]| Scope::ALL.map(|scope| key(scopes).may(scope));
        assert_eq!(may(&[]), [false, false, false]);
        assert_eq!(may(&[Scope::Read]), [true, false, false]);
        assert_eq!(may(&[Scope::WriteIncidents]), [true, true, false]);
        assert_eq!(may(&[Scope::Admin]), [true, true, true]);
    }

    #[test]
    fn a_key_sees_what_it_was_made_for_and_one_that_may_all_sees_all() {
        let sight = Sight::of(["Paris"]).unwrap();
        let sees = |scope| ApiKey { sight: sight.clone(), ..key(&[scope]) }.sees();
        assert_eq!(Scope::ALL.map(sees), [sight.clone(), sight.clone(), Sight::All]);
    }

    #[test]
    fn a_key_is_told_names_if_it_was_made_so_or_may_all() {
        let told = |sees_names| Scope::ALL.map(|scope| ApiKey { sees_names, ..key(&[scope]) }.is_told_names());
        assert_eq!((told(true), told(false)), ([true; 3], [false, false, true]));
    }

    #[test]
    fn a_person_may_what_a_key_of_the_same_rank_may() {
        for (scope, role) in Scope::ALL.into_iter().zip(Role::ALL) {
            assert_eq!(Scope::ALL.map(|other| scope.includes(other)), Scope::ALL.map(|other| role >= other.role()));
        }
    }

    #[test]
    fn a_key_ends_at_its_instant_or_when_somebody_says_so() {
        let good = key(&[Scope::Read]);
        assert_eq!((good.standing(9), good.standing(10)), (Standing::Good, Standing::Expired));
        assert_eq!(ApiKey { revoked_at: Some(3), ..good.clone() }.standing(20), Standing::Revoked);
        assert_eq!(ApiKey { expires_at: None, ..good }.standing(i64::MAX), Standing::Good);
    }

    #[test]
    fn only_an_administrator_who_may_sign_in_could_make_a_key_today() {
        let account = |id, role, disabled_at| Account {
            id: AccountId(id),
            name: "ann".into(),
            role,
            source: AccountSource::Local,
            sight: Sight::All,
            created_at: 0,
            disabled_at,
            signed_in_at: None,
        };
        let of = |account| Maker::of(&key(&[Scope::Read]), &[account]);
        assert_eq!(of(account(7, Role::Administrator, None)), Maker::Administrator);
        assert_eq!(of(account(7, Role::Operator, None)), Maker::Demoted);
        assert_eq!(of(account(7, Role::Administrator, Some(1))), Maker::Disabled);
        assert_eq!(of(account(8, Role::Administrator, None)), Maker::Gone, "another one of the same name");
        let from_before = ApiKey { maker: None, ..key(&[Scope::Read]) };
        assert_eq!(Maker::of(&from_before, &[account(7, Role::Administrator, None)]), Maker::Gone);
        assert_eq!(Maker::ALL.map(Maker::may), [true, false, false, false]);
    }

    #[test]
    fn every_word_is_read_back() {
        assert!(Scope::ALL.into_iter().all(|scope| Scope::from_word(scope.word()) == Some(scope)));
        assert_eq!(Scope::from_word("write"), None);
    }
}
