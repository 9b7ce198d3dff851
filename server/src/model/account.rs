//! People who sign in: accounts, what lets them in, and the browsers in which they are.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use super::id::AccountId;
use super::role::Role;
use super::sight::Sight;
use super::time::{DAY_MS, HOUR_MS};
use super::typed;

/// Longest name of an account, in characters.
pub const LONGEST_NAME: usize = 64;
/// How long a one-time link works: long enough for a person at a terminal, short enough for a terminal's history.
pub const LINK_MS: i64 = 24 * HOUR_MS;
/// How long a browser may show the wall without anybody signing in again.
pub const SCREEN_MS: i64 = 90 * DAY_MS;

/// A person who signs in to the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    pub role: Role,
    pub source: AccountSource,
    /// As it was set. Of an administrator it does not hold: see [`Self::sees`].
    pub sight: Sight,
    pub created_at: i64,
    /// Since when nobody may sign in to it.
    pub disabled_at: Option<i64>,
    /// The last time somebody signed in; none if nobody ever did.
    pub signed_in_at: Option<i64>,
}

/// Who says that somebody is who he says he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountSource {
    /// A password that is kept here.
    Local,
    /// A sign-in service that speaks OpenID Connect.
    Oidc,
    /// A directory.
    Ldap,
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

/// A signed-in browser, as a request finds it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSession {
    pub account: Account,
    pub csrf_token: String,
    pub created_at: i64,
    pub seen_at: i64,
    /// It shows the wall and nothing else.
    pub is_screen: bool,
}

/// A browser that is to be signed in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NewWebSession<'a> {
    pub sha256: [u8; 32],
    pub account: AccountId,
    pub csrf_token: &'a str,
    pub is_screen: bool,
    pub address: &'a str,
    /// What kind of browser it says it is; empty if nobody can tell.
    pub browser: &'a str,
}

/// A signed-in browser, as its person recognises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionInShort {
    pub sha256: [u8; 32],
    pub created_at: i64,
    /// To the minute.
    pub seen_at: i64,
    pub is_screen: bool,
    pub address: String,
    pub browser: String,
}

/// How long browsers stay signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// A session that was not used for this long is over.
    pub idle_ms: i64,
    /// A session that is this old is over, used or not.
    pub absolute_ms: i64,
}

/// Instants at or before which a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oldest {
    pub seen_at: i64,
    pub created_at: i64,
    /// Of screens, which are not used by anybody.
    pub screen_created_at: i64,
}

impl Account {
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// Which hosts its person sees. An administrator is never confined, also one whom a directory made one: he could
    /// lift it.
    #[must_use]
    pub fn sees(&self) -> Sight {
        if self.role == Role::Administrator { Sight::All } else { self.sight.clone() }
    }
}

impl AccountSource {
    pub const ALL: [Self; 3] = [Self::Local, Self::Oidc, Self::Ldap];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Oidc => "oidc",
            Self::Ldap => "ldap",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.word() == word)
    }
}

/// Without what its forms prove themselves by.
impl fmt::Debug for NewWebSession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { account, is_screen, address, browser, .. } = self;
        f.debug_struct("NewWebSession")
            .field("account", account)
            .field("is_screen", is_screen)
            .field("address", address)
            .field("browser", browser)
            .finish_non_exhaustive()
    }
}

/// Without what its forms prove themselves by.
impl fmt::Debug for WebSession {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { account, created_at, seen_at, is_screen, .. } = self;
        f.debug_struct("WebSession")
            .field("account", account)
            .field("created_at", created_at)
            .field("seen_at", seen_at)
            .field("is_screen", is_screen)
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

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle_ms: 12 * HOUR_MS, absolute_ms: 7 * DAY_MS }
    }
}

impl SessionLimits {
    #[must_use]
    pub fn oldest(self, now_at: i64) -> Oldest {
        Oldest {
            seen_at: now_at - self.idle_ms,
            created_at: now_at - self.absolute_ms,
            screen_created_at: now_at - SCREEN_MS,
        }
    }
}

impl Oldest {
    #[must_use]
    pub fn is_over(&self, session: &WebSession) -> bool {
        if session.is_screen {
            session.created_at <= self.screen_created_at
        } else {
            session.seen_at <= self.seen_at || session.created_at <= self.created_at
        }
    }
}

/// Whether a character of a name from elsewhere is seen where it is shown, and turns nothing around it: who can choose his
/// name there could pass for another one here.
#[must_use]
pub fn is_seen(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Joiners stay: scripts of India and Persia need them.
    let is_nothing = matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
    );
    !(c.is_control() || turns || is_nothing)
}

/// A name as names of accounts are compared. Those are one that differ only in case, in how a character is put together or how wide
/// it is, in blanks beside blanks, or in what is not seen; names of letters that merely look alike are several. A name of which
/// nothing would be left stays as it is.
#[must_use]
pub fn folded(name: &str) -> String {
    let seen = name.nfkc().filter(|c| c.is_whitespace() || !is_passed_over(*c));
    // By capitals: some letters are one in these only, such as the two small sigmas of Greek.
    let even: String = seen.flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect();
    let folded = even.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() { name.to_owned() } else { folded }
}

/// What is not seen, and what only says how the characters beside it are to look (`Default_Ignorable_Code_Point` of Unicode), the
/// joiners of [`is_seen`] among it; the empty pattern of Braille is a blank that Unicode calls none.
fn is_passed_over(c: char) -> bool {
    let says_how = matches!(
        c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    says_how || !is_seen(c)
}

/// A name that an account may have, as it was typed; none if it may not.
#[must_use]
pub fn name(typed: &str) -> Option<&str> {
    typed::line(typed, LONGEST_NAME).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(created_at: i64, seen_at: i64, is_screen: bool) -> WebSession {
        let account = Account {
            id: AccountId(1),
            name: "ann".into(),
            role: Role::Viewer,
            source: AccountSource::Local,
            sight: Sight::All,
            created_at: 0,
            disabled_at: None,
            signed_in_at: None,
        };
        WebSession { account, csrf_token: String::new(), created_at, seen_at, is_screen }
    }

    #[test]
    fn a_session_is_over_when_it_is_idle_or_old_and_a_screen_when_it_is_old() {
        let now_at = 400 * DAY_MS;
        let oldest = SessionLimits { idle_ms: HOUR_MS, absolute_ms: DAY_MS }.oldest(now_at);
        let is_over =
            |age_ms, idle_ms, is_screen| oldest.is_over(&session(now_at - age_ms, now_at - idle_ms, is_screen));
        assert!(!is_over(DAY_MS - 1, HOUR_MS - 1, false));
        assert!(is_over(DAY_MS, 0, false) && is_over(HOUR_MS, HOUR_MS, false));
        assert!(!is_over(SCREEN_MS - 1, SCREEN_MS - 1, true) && is_over(SCREEN_MS, 0, true));
    }

    #[test]
    fn an_administrator_is_never_confined_and_the_others_are_as_it_was_set() {
        let sight = Sight::of(["Paris"]).unwrap();
        let account = Account { sight: sight.clone(), ..session(0, 0, false).account };
        for role in Role::ALL {
            let wanted = if role == Role::Administrator { Sight::All } else { sight.clone() };
            assert_eq!(Account { role, ..account.clone() }.sees(), wanted, "{role:?}");
        }
    }

    #[test]
    fn every_word_is_read_back() {
        assert!(AccountSource::ALL.into_iter().all(|source| AccountSource::from_word(source.word()) == Some(source)));
        assert!(LinkPurpose::ALL.into_iter().all(|purpose| LinkPurpose::from_word(purpose.word()) == Some(purpose)));
        assert_eq!(AccountSource::from_word("Local"), None);
    }

    #[test]
    fn what_is_not_seen_of_a_name_is_told_from_what_is() {
        assert!("Ann Dupont-é 山田 (2)\u{200d}".chars().all(is_seen));
        for unseen in ['\0', '\n', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{ad}'] {
            assert!(!is_seen(unseen), "{unseen:?}");
        }
    }

    #[test]
    fn names_that_nobody_tells_apart_are_one() {
        for same in [
            "Ann Martin",
            "ANN   martin",
            " ann\u{a0}martin ",
            "an\u{ad}n\u{200b} mar\u{200d}tin",
            "\u{feff}ann martin\u{fe0f}",
            "\u{ff41}nn martin",
            "ann martin\u{e0041}",
        ] {
            assert_eq!(folded(same), "ann martin", "{same:?}");
        }
        for (one, other) in
            [("Andr\u{e9}", "ANDRE\u{301}"), ("ΝΊΚΟΣ", "νίκος"), ("Straße", "STRASSE"), ("\u{212a}im", "kim")]
        {
            assert_eq!(folded(one), folded(other), "{one:?}");
        }
        for other in ["annmartin", "ann martin (2)", "ann-martin", "änn martin", "\u{430}nn martin"] {
            assert_ne!(folded(other), "ann martin", "{other:?}");
        }
        assert!(!folded("\ncodes of 7").starts_with('\n'), "the codes of an account are counted under that");
        for nothing in ["", "\u{200b}", "\u{3164}"] {
            assert_eq!(folded(nothing), nothing);
        }
        for name in ["İstanbul", "ﬁnn", "a\u{345}b", "Ǆ", "\u{fdfa}"] {
            assert_eq!(folded(&folded(name)), folded(name), "{name:?}");
        }
    }

    #[test]
    fn a_name_is_a_line_of_some_length() {
        assert_eq!(name(" a.martin "), Some("a.martin"));
        assert_eq!(name("<script>"), Some("<script>"), "pages write it as text");
        for no in ["", "  ", "a\nb", "a\u{1b}[2J", &"x".repeat(LONGEST_NAME + 1)] {
            assert_eq!(name(no), None, "{no:?}");
        }
    }
}
