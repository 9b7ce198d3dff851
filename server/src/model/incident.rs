//! Incidents: stretches in which something was wrong with a host, and what people did about it.

use super::id::{AccountId, HostId, IncidentId};

/// What an incident is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The host is at its limit, or nearly so.
    Full,
    /// The host is well on its way there.
    Near,
    /// An event of the server says that something ran out, while the host has room as far as is known.
    Capacity,
    /// A share is at its own limit.
    Share,
    /// Nothing is heard of a host.
    Silent,
    /// Nothing is heard of most hosts at once: the cause is not on them.
    Pipeline,
    /// A client opens sessions and does not end them.
    Leak,
    /// Sessions or clients grow far faster than this host ever saw.
    Flood,
}

/// How far people and the host have come with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    Open,
    /// Somebody has taken it on.
    Acknowledged,
    /// It is over: by itself, or because somebody said so.
    Resolved,
}

/// One episode of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    pub id: IncidentId,
    /// None if it is about the fleet.
    pub host: Option<HostId>,
    /// Empty if it is about the fleet.
    pub host_name: String,
    /// The host's group as it is now.
    pub group_name: String,
    pub kind: Kind,
    pub state: State,
    /// When it began, which may be before anybody knew.
    pub from_at: i64,
    /// When what was observed was enough to open it.
    pub opened_at: i64,
    /// The end of what it is about; none while it goes on. It is known only once it has stayed away for a while.
    pub until_at: Option<i64>,
    /// When it was resolved; none until then.
    pub resolved_at: Option<i64>,
    /// Since when nothing is observed that would say whether it goes on; none while something is, and at the end.
    pub unknown_since: Option<i64>,
    /// How often the open level was reached anew within it.
    pub stretches: u32,
    /// Who takes care of it; none if nobody has said so.
    pub owner: Option<AccountId>,
    /// That account's name; empty for none.
    pub owner_name: String,
    /// It opened while it was silenced, and still is: nobody is told.
    pub is_silenced: bool,
    /// What it is about beside the host: the share, the client; empty for none.
    pub subject: String,
    /// Grows with every change.
    pub version: u64,
    /// When it changed last.
    pub updated_at: i64,
}

/// Something that happened to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub at: i64,
    pub what: What,
    /// The account's name, or the name of whoever wrote through the API or a ticket; empty if the program did it.
    pub by: String,
    /// A comment, a reason, a ticket's address; empty for none.
    pub text: String,
}

/// What can happen to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    Opened,
    /// The host reached the level again before it had been well for long enough.
    Again,
    /// Something that counts as well happened within it: an event.
    Joined,
    Acknowledged,
    Assigned,
    Commented,
    Linked,
    Unlinked,
    Silenced,
    /// It ended by itself.
    Cleared,
    /// Somebody said that it is over.
    Resolved,
    /// Somebody said that it is not, or data that came late did.
    Reopened,
}

/// A record of another system about an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub id: i64,
    /// As that system names it: `INC0041207`.
    pub name: String,
    /// Empty if it has none.
    pub url: String,
    pub linked_at: i64,
    pub linked_by: String,
}

/// Characters of a comment at most.
pub const LONGEST_COMMENT: usize = 4_000;
/// Characters of a ticket's name at most.
pub const LONGEST_TICKET: usize = 100;
/// Characters of a ticket's address at most.
pub const LONGEST_URL: usize = 1_000;
/// Comments and other entries of one incident at most: programs write some too.
pub const MOST_ENTRIES: u64 = 2_000;

impl Kind {
    pub const ALL: [Self; 8] =
        [Self::Full, Self::Near, Self::Capacity, Self::Share, Self::Silent, Self::Pipeline, Self::Leak, Self::Flood];

    /// The word in the store, in URLs and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Near => "near",
            Self::Capacity => "capacity",
            Self::Share => "share",
            Self::Silent => "silent",
            Self::Pipeline => "pipeline",
            Self::Leak => "leak",
            Self::Flood => "flood",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether people cannot work because of it.
    #[must_use]
    pub fn is_grave(self) -> bool {
        matches!(self, Self::Full | Self::Capacity | Self::Share | Self::Pipeline)
    }
}

impl State {
    pub const ALL: [Self; 3] = [Self::Open, Self::Acknowledged, Self::Resolved];

    /// The word in the store, in URLs and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl What {
    pub const ALL: [Self; 12] = [
        Self::Opened,
        Self::Again,
        Self::Joined,
        Self::Acknowledged,
        Self::Assigned,
        Self::Commented,
        Self::Linked,
        Self::Unlinked,
        Self::Silenced,
        Self::Cleared,
        Self::Resolved,
        Self::Reopened,
    ];

    /// The word in the store and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Again => "again",
            Self::Joined => "joined",
            Self::Acknowledged => "acknowledged",
            Self::Assigned => "assigned",
            Self::Commented => "commented",
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
            Self::Silenced => "silenced",
            Self::Cleared => "cleared",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.word() == word)
    }
}

impl Incident {
    /// How long it lasted, or has lasted at `now_at`, in milliseconds.
    #[must_use]
    pub fn length_ms(&self, now_at: i64) -> i64 {
        (self.until_at.unwrap_or(now_at) - self.from_at).max(0)
    }

    /// Whether what it is about goes on, as far as anybody knows.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.until_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        assert!(Kind::ALL.into_iter().all(|kind| Kind::from_word(kind.word()) == Some(kind)));
        assert!(State::ALL.into_iter().all(|state| State::from_word(state.word()) == Some(state)));
        assert!(What::ALL.into_iter().all(|what| What::from_word(what.word()) == Some(what)));
        assert_eq!((Kind::from_word("Full"), State::from_word(""), What::from_word("x")), (None, None, None));
    }
}
