//! Names of receivers, looked up and judged. Whoever controls a name can let it lead elsewhere at any time: so the addresses that are
//! judged here are the ones that are connected to, and no others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::model::destination::{Policy, Refusal};

/// Asks the operating system.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// Answers of another resolver, without those addresses that must not be connected to. For one port: our own doors are known by it.
pub(super) struct Judged {
    pub(super) names: Arc<dyn Resolve>,
    pub(super) policy: Arc<Policy>,
    pub(super) port: u16,
}

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, policy, port) = (self.names.resolve(name), Arc::clone(&self.policy), self.port);
        Box::pin(async move {
            let allowed = judge(found.await?, &policy, port)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Those that may be connected to. Refused if there were some, and none of them may.
fn judge(found: Addrs, policy: &Policy, port: u16) -> Result<Vec<SocketAddr>, Refusal> {
    let (mut allowed, mut refused) = (Vec::new(), None);
    for ip in found.map(|found| found.ip()) {
        match policy.address(ip, port) {
            Ok(()) => allowed.push(SocketAddr::new(ip, port)),
            Err(refusal) => refused = Some(refusal),
        }
    }
    match refused {
        Some(refusal) if allowed.is_empty() => Err(refusal),
        _ => Ok(allowed),
    }
}

/// Whether an address is one of this machine: what the machine sends there, it sends from that address. Nothing is sent to find out.
#[must_use]
pub fn is_ours(ip: IpAddr) -> bool {
    /// The port for what is thrown away.
    const DISCARD: u16 = 9;
    let any: IpAddr = if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let from = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((ip, DISCARD))?;
        socket.local_addr()
    });
    from.is_ok_and(|from| from.ip() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(addresses: &[&str]) -> Addrs {
        let all: Vec<SocketAddr> = addresses.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
        Box::new(all.into_iter())
    }

    #[test]
    fn of_what_a_name_leads_to_only_what_is_allowed_is_connected_to() {
        let policy = Policy::default();
        let mixed = judge(found(&["127.0.0.1", "10.0.0.5", "::1", "fd12::5"]), &policy, 8_080);
        assert_eq!(mixed, Ok(vec!["10.0.0.5:8080".parse().unwrap(), "[fd12::5]:8080".parse().unwrap()]));
        assert!(matches!(judge(found(&["127.0.0.1", "::ffff:7f00:1"]), &policy, 80), Err(Refusal::Reach { .. })));
        assert_eq!(judge(found(&[]), &policy, 80), Ok(Vec::new()), "a name that leads nowhere is not refused");
    }

    #[test]
    fn this_machine_knows_its_own_addresses() {
        assert!(is_ours("127.0.0.1".parse().unwrap()));
        assert!(!is_ours("192.0.2.1".parse().unwrap()), "nobody's: for documents only");
        assert!(!is_ours("203.0.113.9".parse().unwrap()));
    }
}
