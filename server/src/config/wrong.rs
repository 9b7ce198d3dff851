//! What is wrong with the settings, for the one who wrote them.

use std::fmt;

/// One thing that is wrong: where, which key, what, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The file, or the environment variable.
    pub place: String,
    pub key: String,
    pub what: String,
    pub allowed: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}: {}. {}", self.place, self.key, self.what, self.allowed)
    }
}

/// Everything that is wrong, one to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Wrong>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.iter().map(Wrong::to_string).collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for ConfigError {}
