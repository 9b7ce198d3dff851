//! As Linux tells it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use highwater_wire::{HostFacts, counter};

use super::usage::{Memory, Processors};
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

pub(super) fn memory() -> Option<Memory> {
    memory_in(&fs::read_to_string("/proc/meminfo").ok()?)
}

fn memory_in(meminfo: &str) -> Option<Memory> {
    let bytes = |key: &str| {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(key))?;
        line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
    };
    Some(Memory { total: bytes("MemTotal:")?, available: bytes("MemAvailable:")? })
}

pub(super) fn processors() -> Option<Processors> {
    processors_in(&fs::read_to_string("/proc/stat").ok()?)
}

/// user nice system idle iowait irq softirq steal; what guests take is part of user.
fn processors_in(stat: &str) -> Option<Processors> {
    let ticks: Vec<u64> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map_while(|t| t.parse().ok()).collect();
    let (idle, all) = (ticks.get(3..5)?.iter().sum(), ticks.iter().take(8).sum::<u64>());
    Some(Processors { busy: all.checked_sub(idle)?, idle })
}

/// The state of each connection whose own end is this port.
pub(super) fn connections(port: u16) -> Option<Vec<&'static str>> {
    let v4 = fs::read_to_string("/proc/net/tcp").ok()?;
    // Absent where IPv6 is switched off.
    let v6 = fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    Some(connections_in(&v4, port).chain(connections_in(&v6, port)).collect())
}

/// `  12: 0100007F:01BD 0A00000A:D5A3 01 …`: the own end, the other, and the state (include/net/tcp_states.h).
fn connections_in(table: &str, port: u16) -> impl Iterator<Item = &'static str> + '_ {
    table.lines().skip(1).filter_map(move |line| {
        let mut fields = line.split_whitespace().skip(1);
        let (own, state) = (fields.next()?, fields.nth(1)?);
        let own_port = own.rsplit_once(':').and_then(|(_, hex)| u16::from_str_radix(hex, 16).ok())?;
        (own_port == port).then_some(state).and_then(state_name)
    })
}

/// None for what is no connection: closed, or listening.
fn state_name(hex: &str) -> Option<&'static str> {
    match u8::from_str_radix(hex, 16).ok()? {
        1 => Some(counter::TCP_ESTABLISHED),
        // The last one is a connection request that is not taken yet.
        2 | 3 | 12 => Some(counter::TCP_OPENING),
        4 | 5 | 9 | 11 => Some(counter::TCP_CLOSING),
        6 => Some(counter::TCP_TIME_WAIT),
        8 => Some(counter::TCP_CLOSE_WAIT),
        _ => None,
    }
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
    fn memory_and_processor_time_are_read_out_of_the_kernels_texts() {
        let memory = memory_in("MemTotal:        8024404 kB\nMemFree:  12 kB\nMemAvailable:    5000000 kB\n").unwrap();
        assert_eq!((memory.total, memory.available), (8_024_404 << 10, 5_000_000 << 10));
        assert!(memory_in("MemTotal: 1 kB\n").is_none());
        let stat = "cpu  100 5 50 800 20 1 4 0 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(processors_in(stat), Some(Processors { busy: 160, idle: 820 }));
        assert_eq!(processors_in("intr 7"), None);
    }

    #[test]
    fn connections_of_the_port_are_told_by_state() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue\n\
            0: 00000000:01BD 00000000:0000 0A 00000000:00000000\n\
            1: 0700000A:01BD 0900000A:D5A3 01 00000000:00000000\n\
            2: 0700000A:01BD 0900000A:D5A4 08 00000000:00000000\n\
            3: 0700000A:D5A3 0900000A:01BD 01 00000000:00000000\n\
            4: 0700000A:01BD 0900000A:D5A5 06 00000000:00000000\n\
            5: broken\n";
        let states: Vec<_> = connections_in(table, 445).collect();
        assert_eq!(states, [counter::TCP_ESTABLISHED, counter::TCP_CLOSE_WAIT, counter::TCP_TIME_WAIT]);
    }

    #[test]
    fn the_system_says_its_name_in_words() {
        let release = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(release_value(release, "PRETTY_NAME").as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(release_value("PRETTY_NAME=\n", "PRETTY_NAME"), None);
    }
}
