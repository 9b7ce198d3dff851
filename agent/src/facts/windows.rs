//! As Windows tells it.

use highwater_win32::registry::{self, Value};
use highwater_win32::system;
use highwater_wire::HostFacts;

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

fn text(path: &str, name: &str) -> Option<String> {
    match registry::value(path, name) {
        Ok(Some(Value::Text(text))) => Some(text),
        _ => None,
    }
}
