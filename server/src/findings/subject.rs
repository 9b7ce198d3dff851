//! What is known of a host, as rules ask for it.

use std::collections::BTreeMap;

use super::leak::Suspect;
use crate::model::counter::Share;
use crate::model::limit::Limit;

/// Days that rules about events and about being full look back.
pub const DAYS: i64 = 30;

/// A host as rules see it.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// `Windows Server 2022 Standard`.
    pub os: &'a str,
    /// `10.0.20348.2322`, or only the build.
    pub os_build: &'a str,
    pub is_domain_controller: bool,
    /// Of the SMB server: by their names in the registry, or by those of `Get-SmbServerConfiguration`.
    pub settings: &'a BTreeMap<String, String>,
    pub limit: Limit,
    /// Sessions that 95 % of the hours of the last week did not exceed; none if that is not known.
    pub p95_sessions: Option<u32>,
    pub shares: &'a [Share],
    /// Clients that leak sessions here.
    pub suspects: Vec<Suspect<String>>,
    pub recent: Recent,
}

/// What happened within the last [`DAYS`] days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recent {
    /// Events of the SMB server's family by their codes.
    pub events: BTreeMap<u32, u64>,
    pub capacity_events: u64,
    /// Of those: when the host had less than half of its sessions taken.
    pub capacity_events_far_from_full: u64,
    /// How long it was full.
    pub full_ms: i64,
    /// Whether its events are read at all: an agent that reads none tells nothing by that.
    pub reads_events: bool,
}

impl Subject<'_> {
    /// Windows 10 or 11.
    pub(super) fn is_client_edition(&self) -> bool {
        ["Windows 10", "Windows 11"].iter().any(|name| self.os.starts_with(name))
    }

    pub(super) fn is_server_edition(&self) -> bool {
        self.os.starts_with("Windows Server") || self.os.starts_with("Windows Storage Server")
    }

    fn is_windows(&self) -> bool {
        self.os.starts_with("Windows")
    }

    /// The build of Windows, such as 20348.
    pub(super) fn build(&self) -> Option<u32> {
        if !self.is_windows() {
            return None;
        }
        let numbers: Vec<&str> = self.os_build.split('.').collect();
        let build = if numbers.len() >= 3 { numbers.get(2)? } else { numbers.first()? };
        build.parse().ok()
    }

    /// A setting by any of its names, with the name that it has here.
    pub(super) fn setting(&self, names: &[&str]) -> Option<(&str, &str)> {
        if !self.is_windows() {
            return None;
        }
        self.settings
            .iter()
            .find(|(name, _)| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name)))
            .map(|(name, value)| (name.as_str(), value.trim()))
    }

    /// A number, with the name that it has here. The registry keeps −1 as 4,294,967,295.
    pub(super) fn number(&self, names: &[&str]) -> Option<(&str, i64)> {
        let (name, value) = self.setting(names)?;
        Some((name, value.parse().ok()?))
    }

    /// On or off, with the name that it has here.
    pub(super) fn flag(&self, names: &[&str]) -> Option<(&str, bool)> {
        let (name, value) = self.setting(names)?;
        match value {
            "1" => Some((name, true)),
            "0" => Some((name, false)),
            word if word.eq_ignore_ascii_case("true") => Some((name, true)),
            word if word.eq_ignore_ascii_case("false") => Some((name, false)),
            _ => None,
        }
    }

    /// Whether SMB1 is on; none if nobody says. Since Windows 10 1709 and Windows Server 1709 it is not installed by default.
    pub(super) fn speaks_smb1(&self) -> Option<bool> {
        const WITHOUT: u32 = 16_299;
        match self.flag(&["EnableSMB1Protocol", "SMB1"]) {
            Some((_, is_on)) => Some(is_on),
            None => self.build().filter(|build| *build >= WITHOUT).map(|_| false),
        }
    }

    pub(super) fn events(&self, code: u32) -> u64 {
        self.recent.events.get(&code).copied().unwrap_or_default()
    }
}
