//! As Windows tells it.

use highwater_win32::registry::{self, Value};
use highwater_win32::system;
use highwater_win32::tcp::{self, State};
use highwater_wire::{HostFacts, counter};

use super::usage::{Memory, Processors};
use super::{edition, hashed_id, routed};

const CURRENT_VERSION: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";

pub(super) fn of_this_host() -> HostFacts {
    let names = system::names().ok();
    let name = |of: fn(&system::Names) -> &String| names.as_ref().map(of).cloned().unwrap_or_default();
    let version = system::version();
    let product = text(CURRENT_VERSION, "ProductName").unwrap_or_default();
    let (host, fqdn) = (name(|n| &n.host), name(|n| &n.full));
    HostFacts {
        name: host,
        // Without a domain it is only the name again.
        fqdn: Some(fqdn).filter(|fqdn| fqdn.contains('.')).unwrap_or_default(),
        domain: name(|n| &n.domain),
        is_domain_controller: version.is_domain_controller,
        // The cluster's own part of the registry, which is there while its service runs.
        cluster: text("Cluster", "ClusterName").unwrap_or_default(),
        addresses: routed().filter(|ip| !ip.is_loopback() && !ip.is_unspecified()).map(|ip| ip.to_string()).collect(),
        os: edition::name(&product, version.build),
        os_build: build(version),
        time_zone: jiff::tz::TimeZone::system().iana_name().unwrap_or_default().to_owned(),
        ..HostFacts::default()
    }
}

/// `10.0.20348.2322`: the last number is the monthly update's.
fn build(version: system::Version) -> String {
    let update = match registry::value(CURRENT_VERSION, "UBR") {
        Ok(Some(Value::Number(update))) => format!(".{update}"),
        _ => String::new(),
    };
    format!("{}.{}.{}{update}", version.major, version.minor, version.build)
}

/// Of the installation: a renamed computer is the same. So is a copy of its disk, which the server then finds to be in conflict.
pub(super) fn machine_id() -> Option<String> {
    let installation = text(r"SOFTWARE\Microsoft\Cryptography", "MachineGuid").filter(|id| !id.is_empty())?;
    Some(hashed_id(&installation))
}

pub(super) fn hardware_id() -> Option<String> {
    let uuid = super::smbios::uuid(&system::firmware().ok()?)?;
    Some(hashed_id(&hex::encode(uuid)))
}

pub(super) fn boot_id() -> String {
    let path = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters";
    match registry::value(path, "BootId") {
        Ok(Some(Value::Number(number))) => format!("boot {number}"),
        _ => String::new(),
    }
}

pub(super) fn memory() -> Option<Memory> {
    let memory = system::memory().ok()?;
    Some(Memory { total: memory.total_bytes, available: memory.available_bytes })
}

pub(super) fn processors() -> Option<Processors> {
    let processors = system::processors().ok()?;
    let millis = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Some(Processors { busy: millis(processors.busy), idle: millis(processors.idle) })
}

/// The state of each connection whose own end is this port.
pub(super) fn connections(port: u16) -> Option<Vec<&'static str>> {
    let name = |state| match state {
        State::Established => counter::TCP_ESTABLISHED,
        State::Opening => counter::TCP_OPENING,
        State::CloseWait => counter::TCP_CLOSE_WAIT,
        State::TimeWait => counter::TCP_TIME_WAIT,
        State::Closing => counter::TCP_CLOSING,
    };
    Some(tcp::connections(port).ok()?.into_iter().map(|connection| name(connection.state)).collect())
}

fn text(path: &str, name: &str) -> Option<String> {
    match registry::value(path, name) {
        Ok(Some(Value::Text(text))) => Some(text),
        _ => None,
    }
}
