use serde::{Deserialize, Serialize};

/// All sessions of a host at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub taken_at: i64,
    /// What listed the sessions: `samba`, `net_session_502`, `simulated`, …
    pub source: String,
    /// Seconds until the next snapshot is due: beyond twice this, silence is a gap.
    pub sampling_secs: u32,
    pub limit: Limit,
    /// A later page of the enumeration failed: there may be more sessions than these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Present when the snapshot was too large for one record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Record id of the event that made the agent look at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst_of: Option<u64>,
    pub sessions: Vec<Session>,
}

/// Which part of a snapshot this record carries. Parts of one snapshot share `taken_at` and follow each other in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 0.
    pub index: u32,
    /// How many parts there are.
    pub of: u32,
}

/// One SMB session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The client computer as the host names it: an address or a name, without backslashes.
    pub client: String,
    /// The SMB user; empty for an anonymous session.
    #[serde(default)]
    pub user: String,
    /// Open files and pipes of this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<u32>,
    /// Seconds since the session was set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_secs: Option<u32>,
    /// Seconds since the session last did something. Samba does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_secs: Option<u32>,
}

/// What caps the number of sessions of this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Most sessions; absent when there is no limit or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u64>,
    /// There is no limit (16,777,216 on Windows Server counts as none).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlimited: bool,
    pub source: LimitSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSource {
    /// The operating system said so (`NetServerGetInfo`, level 102).
    Api,
    /// The most restrictive share.
    Share,
    /// Known of this edition of Windows, but not read from it.
    AssumedEdition,
    /// An administrator stated it in the agent's settings.
    AdminOverride,
    /// Samba's configuration.
    SambaConf,
    /// Nobody knows, or an agent newer than this reader says something else.
    #[serde(other)]
    Unknown,
}
