//! What is true of this computer, whatever its SMB server is.

pub mod edition;
#[cfg(not(windows))]
mod linux;
pub mod smbios;
pub mod usage;
#[cfg(windows)]
mod windows;

use std::net::{IpAddr, UdpSocket};

use highwater_wire::HostFacts;
use sha2::{Digest, Sha256};

#[cfg(not(windows))]
use linux as told;
#[cfg(windows)]
use windows as told;

/// Name, addresses, operating system and zone, as far as they can be told. `observed_at` and `settings` are the source's.
#[must_use]
pub fn of_this_host() -> HostFacts {
    let agent_version = env!("CARGO_PKG_VERSION").to_owned();
    HostFacts { boot_id: boot_id(), agent_version, ..told::of_this_host() }
}

/// A stable name of this installation that tells nothing else: the system's own id must not leave the computer as it is.
#[must_use]
pub fn machine_id() -> Option<String> {
    told::machine_id()
}

/// Names this computer itself, not what is installed on it: the copy of a virtual machine has another one. None if it is not told.
#[must_use]
pub fn hardware_id() -> Option<String> {
    told::hardware_id()
}

/// Names the current boot; empty if unknown.
#[must_use]
pub fn boot_id() -> String {
    told::boot_id()
}

fn hashed_id(id: &str) -> String {
    hex::encode(Sha256::new().chain_update("highwater machine id 1\n").chain_update(id).finalize())
}

/// The own addresses on the way to documentation addresses: nothing is sent, the system only looks up the route.
fn routed() -> impl Iterator<Item = IpAddr> {
    let own = |(to, from): (&str, &str)| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        socket.local_addr().ok().map(|at| at.ip())
    };
    [("192.0.2.1:9", "0.0.0.0:0"), ("[2001:db8::1]:9", "[::]:0")].into_iter().filter_map(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_id_does_not_leave_the_computer_as_it_is() {
        let id = "0123456789abcdef0123456789abcdef";
        let told = hashed_id(id);
        assert_eq!(told.len(), 64);
        assert!(!told.contains(id));
        assert_eq!(told, hashed_id(id));
    }
}
