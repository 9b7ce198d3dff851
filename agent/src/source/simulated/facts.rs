//! What simulated hosts say about themselves.

use std::collections::BTreeMap;

use highwater_wire::HostFacts;

use super::crowd::DAY;
use super::hash::{chance, index, mix};
use super::host::Host;
use super::role::Role;

const SERVERS: [(&str, &str); 4] = [
    ("Windows Server 2022 Standard", "20348"),
    ("Windows Server 2019 Standard", "17763"),
    ("Windows Server 2025 Datacenter", "26100"),
    ("Windows Server 2016 Standard", "14393"),
];

impl Host<'_> {
    /// Facts as the host's agent would observe them at an instant. Some hosts change a setting once.
    #[must_use]
    pub fn facts_at(&self, at: i64) -> HostFacts {
        let profile = self.profile;
        let (os, os_build) = self.system();
        let name = profile.name.clone();
        let number = profile.number;
        let third = number / 250 + 1;
        HostFacts {
            observed_at: at,
            fqdn: format!("{}.corp.example", name.to_lowercase()),
            name,
            domain: "corp.example".to_owned(),
            cluster: String::new(),
            is_domain_controller: false,
            addresses: vec![format!("10.{}.{}.{}", profile.site.net, third % 250, number % 250 + 2)],
            os: os.to_owned(),
            os_build: os_build.to_owned(),
            time_zone: profile.site.time_zone.to_owned(),
            boot_id: self.boot_id(at),
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: self.settings_at(at).into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        }
    }

    /// When the host's settings changed, if they did.
    fn settings_changed_at(&self) -> Option<i64> {
        let changes =
            !matches!(self.profile.role, Role::Samba | Role::Busy) && chance(mix(self.profile.key, 0x5E7), 200);
        changes.then(|| self.fleet.anchor_at - (2 + i64::from(index(mix(self.profile.key, 0x5E8), 9))) * DAY)
    }

    /// Whether the host's facts are others than at an earlier instant.
    #[must_use]
    pub fn facts_changed(&self, since: i64, at: i64) -> bool {
        self.settings_changed_at().is_some_and(|change| (since + 1..=at).contains(&change))
            || self.boot_id(since) != self.boot_id(at)
    }

    fn system(&self) -> (&'static str, &'static str) {
        match self.profile.role {
            Role::Kiosk | Role::Wave => ("Windows 11 Pro", "26100"),
            Role::Samba => ("Debian GNU/Linux 12 (bookworm)", "6.1.0-28-amd64"),
            _ => SERVERS[index(mix(self.profile.key, 0x05), 4) as usize],
        }
    }

    fn settings_at(&self, at: i64) -> BTreeMap<&'static str, String> {
        let key = self.profile.key;
        let text = |on: bool| on.to_string();
        if self.profile.role == Role::Samba {
            let values = [("samba version", "4.17.12-Debian"), ("max smbd processes", "200"), ("deadtime", "10080")];
            return values.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        }
        let changed = self.settings_changed_at().is_some_and(|changed_at| at >= changed_at);
        let minutes = if changed { 60 } else { 15 };
        let mut settings = BTreeMap::from([
            ("EnableSMB1Protocol", text(self.speaks_smb1())),
            ("EnableSMB2Protocol", text(true)),
            ("RequireSecuritySignature", text(chance(mix(key, 0x516), 400))),
            ("EnableForcedLogoff", text(true)),
            ("EnableLeasing", text(!chance(mix(key, 0x1EA), 60))),
            ("MaxSessionPerConnection", "16384".to_owned()),
            ("MaxChannelPerSession", "32".to_owned()),
            ("Smb2CreditsMax", "8192".to_owned()),
            ("IrpStackSize", "15".to_owned()),
        ]);
        if self.system().1 == "26100" {
            settings.insert("AutoDisconnectTimeoutInMinutesV1", minutes.to_string());
            settings.insert("AutoDisconnectTimeoutInSecondsV2", (minutes * 60).to_string());
        } else {
            settings.insert("AutoDisconnectTimeout", minutes.to_string());
        }
        if let (Role::Limited | Role::Growing, Some(most)) = (self.profile.role, self.profile.limit.sessions) {
            settings.insert("Users", most.to_string());
        }
        if chance(mix(key, 0x3A5), 250) {
            settings.insert("MaxWorkItems", "8192".to_owned());
            settings.insert("MaxMpxCount", "50".to_owned());
        }
        settings
    }

    /// The old protocol is on where something old still needs it.
    pub(super) fn speaks_smb1(&self) -> bool {
        self.profile.role == Role::Scans || chance(mix(self.profile.key, 0x5B1), 90)
    }
}
