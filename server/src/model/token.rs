use super::id::TokenId;

/// What an enrolment token allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// For people: where it is meant to be used.
    pub label: String,
    pub secret_sha256: [u8; 32],
    /// The first characters of the secret.
    pub hint: String,
    /// Hosts that enrol with it join this group; empty for none.
    pub group_name: String,
    pub approve: Approve,
    pub max_uses: Option<u64>,
    pub expires_at: Option<i64>,
    /// Address ranges in CIDR form; empty allows any.
    pub ranges: Vec<String>,
}

/// Who lets an agent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approve {
    /// At once.
    Auto,
    /// A rule that an administrator keeps, at once; a person, where none holds.
    Rule,
    /// A person, one by one.
    Hand,
}

/// A stored token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub label: String,
    pub hint: String,
    pub group_name: String,
    pub approve: Approve,
    pub max_uses: Option<u64>,
    pub uses: u64,
    pub expires_at: Option<i64>,
    pub ranges: Vec<String>,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

impl Approve {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Rule, Self::Hand];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Rule => "rule",
            Self::Hand => "hand",
        }
    }

    /// Reads [`word`](Self::word); an unheard-of word asks a person.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|approve| approve.word() == word).unwrap_or(Self::Hand)
    }
}

impl Token {
    /// Whether it still lets agents enrol.
    #[must_use]
    pub fn is_usable(&self, now_at: i64) -> bool {
        self.revoked_at.is_none()
            && self.expires_at.is_none_or(|at| now_at < at)
            && self.max_uses.is_none_or(|most| self.uses < most)
    }
}
