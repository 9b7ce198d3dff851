//! What to call the client of a Samba session.

use std::net::IpAddr;

use highwater_wire::MAX_NAME_BYTES;

/// The client's plain address out of `ipv4:192.0.2.7:49152` or `ipv6:2001:db8::7:49152`, else the name it gave itself.
pub(super) fn client_name(hostname: &str, remote_machine: &str) -> String {
    if let Some(address) = socket_address(hostname) {
        return address;
    }
    let name = if remote_machine.trim().is_empty() { hostname } else { remote_machine };
    cut(name.trim_start_matches('\\'), MAX_NAME_BYTES).to_owned()
}

fn socket_address(text: &str) -> Option<String> {
    let rest = text.strip_prefix("ipv4:").or_else(|| text.strip_prefix("ipv6:"))?;
    let (host, port) = rest.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    // A link-local address may carry its zone (`fe80::1%eth0`), which is this host's business, not the client's name.
    let plain = host.split_once('%').map_or(host, |(address, _)| address);
    let address: IpAddr = plain.parse().ok()?;
    Some(address.to_canonical().to_string())
}

/// The longest beginning of `text` that fits into `max` bytes and ends between two characters.
pub(super) fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_family_and_its_port() {
        for (hostname, plain) in [
            ("ipv4:127.0.0.1:48650", "127.0.0.1"),
            ("ipv6:::1:445", "::1"),
            ("ipv6:2001:db8::1c:2d:49152", "2001:db8::1c:2d"),
            ("ipv6:[2001:db8::7]:49152", "2001:db8::7"),
            ("ipv6:fe80::1%eth0:49152", "fe80::1"),
            ("ipv6:::ffff:192.0.2.7:49152", "192.0.2.7"),
        ] {
            assert_eq!(client_name(hostname, "PC-7"), plain, "{hostname}");
        }
    }

    #[test]
    fn without_an_address_the_machine_names_itself() {
        for hostname in ["", "unix:/run/x", "ipv4:999.1.1.1:445", "ipv4:127.0.0.1", "ipv6:zz:1", "ipv4:1.2.3.4:99999"] {
            assert_eq!(client_name(hostname, r"\\PC-7"), "PC-7", "{hostname}");
        }
        assert_eq!(client_name("localhost", ""), "localhost");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let name = client_name("", &"é".repeat(2_000));
        assert!(name.len() <= MAX_NAME_BYTES && name.chars().all(|c| c == 'é'));
        assert_eq!(cut("aé", 2), "a");
    }
}
