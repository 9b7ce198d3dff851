//! What kind of client or user somebody is, by rules that people edit. The first rule that matches decides.
//!
//! A pattern of a name is text in which `*` stands for anything, `?` for one character and `#` for one digit, without regard to
//! case. Without a dot it is compared with the first part of a client's name (`dc01` of `dc01.corp.example`), without a backslash
//! or `@` with a user's name alone (`svc_sql` of `CORP\svc_sql`); else with the whole. An address is compared as a whole.

use std::net::IpAddr;

use ipnet::IpNet;

use super::group::canonical;
use super::id::ClassRuleId;
use super::pattern::{folded, is_like};

/// Longest pattern, in characters.
pub const LONGEST_PATTERN: usize = 200;

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    Backup,
    /// Printer or scanner.
    Printer,
    Vdi,
    DomainController,
    /// An account under which a program runs.
    Application,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Subject {
    /// A client's name.
    #[default]
    Client,
    /// A client's address, if that is what it is known by.
    Address,
    /// A user's name.
    User,
}

/// A rule as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: ClassRuleId,
    pub class: Class,
    pub subject: Subject,
    pub pattern: String,
    pub created_at: i64,
    /// The name of the account that made it; empty for those that come with the program.
    pub created_by: String,
}

/// Why a pattern cannot be one, in words for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("Write a pattern: a name, with * for anything, ? for one character and # for one digit.")]
    Empty,
    #[error("The pattern matches every name: write at least one letter or digit.")]
    Everything,
    #[error("A pattern may have {LONGEST_PATTERN} characters at most, and no line breaks.")]
    NotALine,
    #[error("{0:?} is no range of addresses. Write one like 10.20.9.0/24 or 2001:db8::/32, or a single address.")]
    Range(String),
}

impl Class {
    pub const ALL: [Self; 5] = [Self::Backup, Self::Printer, Self::Vdi, Self::DomainController, Self::Application];

    /// The word in the store, in URLs and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Printer => "printer",
            Self::Vdi => "vdi",
            Self::DomainController => "domain-controller",
            Self::Application => "application-account",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

impl Subject {
    pub const ALL: [Self; 3] = [Self::Client, Self::Address, Self::User];

    /// The word in the store and in forms.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Address => "address",
            Self::User => "user",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.word() == word)
    }
}

/// What one rule is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    subject: Subject,
    matches: Matches,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Matches {
    Name { glob: Vec<char>, is_whole: bool },
    Range(IpNet),
}

impl Pattern {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// Says what to write instead.
    pub fn parse(subject: Subject, text: &str) -> Result<Self, PatternError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.chars().count() > LONGEST_PATTERN || text.chars().any(char::is_control) {
            return Err(PatternError::NotALine);
        }
        if subject == Subject::Address {
            return Ok(Self { subject, matches: Matches::Range(range(text)?) });
        }
        if text.chars().all(|c| matches!(c, '*' | '?')) {
            return Err(PatternError::Everything);
        }
        let parts = if subject == Subject::Client { &['.'][..] } else { &['\\', '@'][..] };
        let glob = folded(text);
        Ok(Self { subject, matches: Matches::Name { glob, is_whole: text.contains(parts) } })
    }

    /// The text that is kept: without spaces around it, ranges in their short form.
    #[must_use]
    pub fn text(&self, typed: &str) -> String {
        match &self.matches {
            Matches::Name { .. } => typed.trim().to_owned(),
            Matches::Range(range) => range.to_string(),
        }
    }

    #[must_use]
    pub fn is_of_users(&self) -> bool {
        self.subject == Subject::User
    }

    #[must_use]
    pub fn matches(&self, name: &Name) -> bool {
        match &self.matches {
            Matches::Range(range) => name.address.is_some_and(|address| range.contains(&address)),
            Matches::Name { glob, is_whole: true } => is_like(glob, &name.whole),
            Matches::Name { glob, is_whole: false } => is_like(glob, &name.whole[name.part.clone()]),
        }
    }
}

/// A name made ready for comparing it with many patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// In lower case.
    whole: Vec<char>,
    /// Of it, what stands for it without its domain.
    part: std::ops::Range<usize>,
    address: Option<IpAddr>,
}

impl Name {
    #[must_use]
    pub fn of_client(name: &str) -> Self {
        let (whole, address) = (folded(name), address_of(name));
        let first = whole.iter().position(|c| *c == '.').filter(|_| address.is_none());
        Self { part: 0..first.unwrap_or(whole.len()), whole, address }
    }

    #[must_use]
    pub fn of_user(name: &str) -> Self {
        let whole = folded(name);
        let start = whole.iter().rposition(|c| *c == '\\').map_or(0, |slash| slash + 1);
        let end = whole.iter().skip(start).position(|c| *c == '@').map_or(whole.len(), |at| start + at);
        Self { part: start..end, whole, address: None }
    }
}

/// Rules in order, ready to be compared with names.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<(Class, Pattern)>,
}

impl Rules {
    /// A rule that cannot be read matches nothing.
    #[must_use]
    pub fn of(rules: &[Rule]) -> Self {
        let read = |rule: &Rule| Pattern::parse(rule.subject, &rule.pattern).ok().map(|p| (rule.class, p));
        // A place for each, so that places are those of the list.
        let never =
            || Pattern { subject: Subject::Client, matches: Matches::Name { glob: Vec::new(), is_whole: true } };
        Self { rules: rules.iter().map(|rule| read(rule).unwrap_or_else(|| (rule.class, never()))).collect() }
    }

    /// The place of the first rule that matches this client.
    #[must_use]
    pub fn of_client(&self, name: &str) -> Option<usize> {
        self.first(&Name::of_client(name), false)
    }

    /// As [`of_client`](Self::of_client), for a user.
    #[must_use]
    pub fn of_user(&self, name: &str) -> Option<usize> {
        self.first(&Name::of_user(name), true)
    }

    fn first(&self, name: &Name, of_users: bool) -> Option<usize> {
        // Nobody's name is empty, and says nothing.
        let is_it = |(_, p): &(Class, Pattern)| p.is_of_users() == of_users && p.matches(name);
        (!name.whole.is_empty()).then(|| self.rules.iter().position(is_it)).flatten()
    }

    #[must_use]
    pub fn class(&self, place: usize) -> Option<Class> {
        self.rules.get(place).map(|(class, _)| *class)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// The address that a client's name is, if it is one: IPv6 with or without brackets and zone, an IPv4 one inside it as itself.
#[must_use]
pub fn address_of(name: &str) -> Option<IpAddr> {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn range(text: &str) -> Result<IpNet, PatternError> {
    let read = text.parse::<IpNet>().ok().or_else(|| address_of(text).map(IpNet::from));
    read.map(|range| canonical(range).trunc()).ok_or_else(|| PatternError::Range(text.to_owned()))
}

#[cfg(test)]
mod tests;
