//! What an account may do.

/// Each may do all that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Reads what the pages show.
    Viewer,
    /// Also takes care of incidents and silences, and keeps views.
    Operator,
    /// All, the settings too.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Administrator];

    /// The word in the store, in forms and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_and_roles_are_in_order() {
        assert!(Role::ALL.into_iter().all(|role| Role::from_word(role.word()) == Some(role)));
        assert_eq!(Role::from_word("root"), None);
        assert!(Role::ALL.is_sorted() && Role::Viewer < Role::Operator && Role::Operator < Role::Administrator);
    }
}
