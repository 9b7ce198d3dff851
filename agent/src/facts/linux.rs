//! As Linux tells it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use highwater_wire::HostFacts;

use super::{hashed_id, routed};

/// See [`super::of_this_host`].
pub(super) fn of_this_host() -> HostFacts {
    let told = line("/proc/sys/kernel/hostname");
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    let name = first_label(&told).to_owned();
    let fqdn = if told.contains('.') { told } else { fqdn_in(&hosts, &name).unwrap_or_default() };
    let domain = fqdn.split_once('.').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    HostFacts {
        name,
        fqdn,
        domain,
        addresses: addresses(),
        os: release_value(&release, "PRETTY_NAME").unwrap_or_else(|| "Linux".to_owned()),
        os_build: line("/proc/sys/kernel/osrelease"),
        time_zone: jiff::tz::TimeZone::system().iana_name().unwrap_or_default().to_owned(),
        ..HostFacts::default()
    }
}

pub(super) fn machine_id() -> Option<String> {
    let id = [line("/etc/machine-id"), line("/var/lib/dbus/machine-id")].into_iter().find(|id| !id.is_empty())?;
    Some(hashed_id(&id))
}

/// Linux tells it to root only, and Samba hosts are not what is cloned: none.
pub(super) fn hardware_id() -> Option<String> {
    None
}

pub(super) fn boot_id() -> String {
    line("/proc/sys/kernel/random/boot_id")
}

/// Addresses by which others reach this computer, the one of the default route first.
fn addresses() -> Vec<String> {
    let mut all: Vec<IpAddr> = routed()
        .chain(local_v4(&fs::read_to_string("/proc/net/fib_trie").unwrap_or_default()))
        .chain(local_v6(&fs::read_to_string("/proc/net/if_inet6").unwrap_or_default()))
        .filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
        .collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|ip| seen.insert(*ip));
    all.iter().map(ToString::to_string).collect()
}

/// Local addresses out of the kernel's routing trie: each stands on the line before `/32 host LOCAL`.
fn local_v4(trie: &str) -> Vec<IpAddr> {
    let lines: Vec<_> = trie.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[1].trim() == "/32 host LOCAL")
        .filter_map(|pair| pair[0].trim().trim_start_matches("|-- ").parse::<Ipv4Addr>().ok())
        .map(IpAddr::V4)
        .collect()
}

/// Addresses with more than link scope out of `/proc/net/if_inet6`.
fn local_v6(table: &str) -> Vec<IpAddr> {
    let of_line = |line: &str| {
        let mut fields = line.split_whitespace();
        let (digits, scope) = (fields.next()?, fields.nth(2)?);
        let bits = u128::from_str_radix(digits, 16).ok()?;
        (scope == "00").then(|| IpAddr::V6(Ipv6Addr::from_bits(bits)))
    };
    table.lines().filter_map(of_line).collect()
}

/// The full name of this host, if `/etc/hosts` has one beside its short name.
fn fqdn_in(hosts: &str, name: &str) -> Option<String> {
    let of_line = |line: &str| {
        let mut names = line.split('#').next()?.split_whitespace().skip(1);
        let mine = names.clone().any(|n| n.eq_ignore_ascii_case(name));
        names.find(|n| mine && n.contains('.') && first_label(n).eq_ignore_ascii_case(name)).map(str::to_owned)
    };
    hosts.lines().find_map(of_line)
}

fn release_value(release: &str, key: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
}

fn line(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn first_label(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_name_is_found_beside_the_short_one() {
        let hosts = "127.0.0.1 localhost\n# 10.0.0.9 fs01.wrong fs01\n10.0.0.7 fs01.corp.example fs01\n";
        assert_eq!(fqdn_in(hosts, "FS01").as_deref(), Some("fs01.corp.example"));
        assert_eq!(fqdn_in(hosts, "fs02"), None);
    }

    #[test]
    fn local_addresses_are_read_out_of_the_kernels_tables() {
        let trie = "  +-- 10.0.0.0/24 2 0 2\n     |-- 10.0.0.7\n        /32 host LOCAL\n     |-- 10.0.0.255\n        /32 link BROADCAST\n";
        assert_eq!(local_v4(trie), ["10.0.0.7".parse::<IpAddr>().unwrap()]);
        let table =
            "fe8000000000000002163efffe000001 02 40 20 80 eth0\n20010db8000000000000000000000007 02 40 00 80 eth0\n";
        assert_eq!(local_v6(table), ["2001:db8::7".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn the_system_says_its_name_in_words() {
        let release = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(release_value(release, "PRETTY_NAME").as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(release_value("PRETTY_NAME=\n", "PRETTY_NAME"), None);
    }
}
