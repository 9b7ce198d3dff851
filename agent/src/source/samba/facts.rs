//! What is true of a Samba host for longer than an instant.

use std::collections::BTreeMap;

use highwater_wire::{HostFacts, Limit, LimitSource};

/// Read with `testparm`; the first one is the limit.
pub(super) const PARAMETERS: [&str; 4] = ["max smbd processes", "deadtime", "max open files", "server min protocol"];

/// The limit out of `max smbd processes`. Each connection has a process of its own, so this is what stops the next session.
pub(super) fn limit_from(max_processes: Option<&str>) -> Limit {
    let (sessions, unlimited, source) = match max_processes.and_then(|text| text.parse::<u64>().ok()) {
        Some(0) => (None, true, LimitSource::SambaConf),
        Some(most) => (Some(most), false, LimitSource::SambaConf),
        None => (None, false, LimitSource::Unknown),
    };
    Limit { sessions, unlimited, source }
}

/// The first of `smb ports`, which clients use.
pub(super) fn port_from(ports: Option<&str>) -> Option<u16> {
    ports?.split([' ', ',']).find(|port| !port.is_empty())?.parse().ok()
}

/// Facts without the instant of observation, so that equal facts are equal.
pub(super) fn host_facts(samba_version: &str, parameters: &[(&str, Option<String>)]) -> HostFacts {
    let mut settings: BTreeMap<String, String> =
        parameters.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))).collect();
    settings.insert("samba version".to_owned(), samba_version.to_owned());
    HostFacts { settings, ..crate::facts::of_this_host() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_most_is_unlimited_and_an_unreadable_most_is_unknown() {
        let unlimited = limit_from(Some("0"));
        assert!(unlimited.unlimited && unlimited.sessions.is_none() && unlimited.source == LimitSource::SambaConf);
        assert_eq!(limit_from(Some("40")).sessions, Some(40));
        for unreadable in [None, Some(""), Some("many"), Some("-1")] {
            let limit = limit_from(unreadable);
            assert_eq!((limit.sessions, limit.unlimited, limit.source), (None, false, LimitSource::Unknown));
        }
    }

    #[test]
    fn the_first_port_is_the_one_that_clients_use() {
        assert_eq!(port_from(Some("445 139")), Some(445));
        assert_eq!(port_from(Some("1445, 139")), Some(1445));
        assert_eq!([port_from(None), port_from(Some("")), port_from(Some("microsoft-ds"))], [None; 3]);
    }

    #[test]
    fn a_parameter_that_could_not_be_read_is_absent_from_the_settings() {
        let facts = host_facts("4.17.12", &[("deadtime", None), ("max smbd processes", Some("40".to_owned()))]);
        let settings: Vec<_> = facts.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(settings, ["max smbd processes=40", "samba version=4.17.12"]);
    }
}
