use std::fmt;

use super::id::AccountId;

/// A person who signs in to the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    /// `administrator`, until there are more.
    pub role: String,
    pub created_at: i64,
}

/// What a one-time link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Makes the first administrator.
    FirstAccount,
    /// Sets a new password for its account.
    Password,
    /// Signs in to its account (the demo's visitor).
    SignIn,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub purpose: LinkPurpose,
    pub account: Option<AccountId>,
    pub expires_at: i64,
}

/// A signed-in browser.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSession {
    pub account: Account,
    pub csrf_token: String,
    pub created_at: i64,
    pub seen_at: i64,
}

/// Without what its forms prove themselves by.
impl fmt::Debug for WebSession {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { account, created_at, seen_at, .. } = self;
        f.debug_struct("WebSession")
            .field("account", account)
            .field("created_at", created_at)
            .field("seen_at", seen_at)
            .finish_non_exhaustive()
    }
}

impl LinkPurpose {
    pub const ALL: [Self; 3] = [Self::FirstAccount, Self::Password, Self::SignIn];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::FirstAccount => "first_account",
            Self::Password => "password",
            Self::SignIn => "sign_in",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.word() == word)
    }
}
