use serde::Serialize;

/// What caps a host's sessions at an instant, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// Most sessions; none when there is no limit or nobody knows it.
    pub sessions: Option<u32>,
    pub unlimited: bool,
    pub source: LimitSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSource {
    Api,
    Share,
    AssumedEdition,
    AdminOverride,
    SambaConf,
    Unknown,
}

impl Limit {
    pub const UNKNOWN: Self = Self { sessions: None, unlimited: false, source: LimitSource::Unknown };

    /// Sessions ÷ limit, or none without a known limit. Above 1 when there are more sessions than the limit allows.
    #[must_use]
    pub fn saturation(&self, sessions: u32) -> Option<f64> {
        match self.sessions {
            Some(limit) if limit > 0 && !self.unlimited => Some(f64::from(sessions) / f64::from(limit)),
            _ => None,
        }
    }

    /// Whether one more session would be refused.
    #[must_use]
    pub fn is_full(&self, sessions: u32) -> bool {
        self.saturation(sessions).is_some_and(|s| s >= 1.0)
    }
}

impl LimitSource {
    pub const ALL: [Self; 6] =
        [Self::Api, Self::Share, Self::AssumedEdition, Self::AdminOverride, Self::SambaConf, Self::Unknown];

    /// The word that the store keeps.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Share => "share",
            Self::AssumedEdition => "assumed_edition",
            Self::AdminOverride => "admin_override",
            Self::SambaConf => "samba_conf",
            Self::Unknown => "unknown",
        }
    }

    /// Reads [`word`](Self::word); an unheard-of word is unknown.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|s| s.word() == word).unwrap_or(Self::Unknown)
    }
}
