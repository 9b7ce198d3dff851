//! Checks on the way to the server, from the name to the answer.

use std::net::SocketAddr;
use std::time::Duration;

use highwater_wire::AgentState;
use tokio::net::{TcpStream, lookup_host};

use super::{Finding, fail, pass, warn};
use crate::clock::Clock;
use crate::ship::{Client, Probe, PushError};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The server refuses batches of a clock that is much further off; below this nothing is visible on a chart.
const SKEW_MS: i64 = 60_000;

/// Each step needs the one before it: the first that fails is the last.
pub(super) async fn reach(client: &Client, key: Option<&str>, clock: &Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (host, port) = client.host_and_port();
    let addresses: Vec<SocketAddr> = match lookup_host((host.trim_matches(['[', ']']), port)).await {
        Ok(addresses) => addresses.collect(),
        Err(e) => {
            let fix = "correct the server's name, or the name servers in /etc/resolv.conf";
            findings.push(fail("dns", format!("{host} has no address: {e}"), fix));
            return findings;
        }
    };
    let shown: Vec<_> = addresses.iter().map(|a| a.ip().to_string()).collect();
    findings.push(pass("dns", format!("{host} is {}", shown.join(", "))));
    findings.push(tcp(&addresses, port).await);
    if findings.iter().any(Finding::is_failure) {
        return findings;
    }
    match client.probe(key).await {
        Ok(probe) => {
            let leaf =
                probe.leaf.map_or_else(String::new, |leaf| format!("; the server's certificate is sha256 {leaf}"));
            findings.push(pass("tls", format!("verified{leaf}")));
            findings.push(skew(&probe, clock.now_at()));
            findings.push(state(probe));
        }
        Err(error) => {
            let fix = "give the server's CA file with --ca, or its fingerprint with --pin; see that the name in --server is in its certificate";
            findings.push(fail("tls", error.to_string(), fix));
        }
    }
    findings
}

async fn tcp(addresses: &[SocketAddr], port: u16) -> Finding {
    let mut why = "there is no address to try".to_owned();
    for address in addresses {
        match tokio::time::timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return pass("tcp", format!("{address} answers")),
            Ok(Err(e)) => why = format!("{address}: {e}"),
            Err(_) => why = format!("{address}: no answer within {} s", CONNECT_LIMIT.as_secs()),
        }
    }
    fail("tcp", why, format!("see that the server runs, and that no firewall keeps port {port} from this host"))
}

fn skew(probe: &Probe, now_at: i64) -> Finding {
    let Some(server_at) = probe.server_at else {
        return warn("clock", "the server did not say what time it is");
    };
    let skew = now_at - server_at;
    let what = format!(
        "{:.1} s {} the server's",
        skew.unsigned_abs() as f64 / 1_000.0,
        if skew < 0 { "behind" } else { "ahead of" }
    );
    if skew.abs() > SKEW_MS {
        fail("clock", what, "let both computers take the time from the network (chrony, systemd-timesyncd)")
    } else {
        pass("clock", what)
    }
}

fn state(probe: Probe) -> Finding {
    match probe.status {
        None => warn("server", "answers; what it thinks of this host is known once it is enrolled"),
        Some(Ok(status)) => match status.state {
            AgentState::Approved => pass("server", format!("takes the records of host {}", status.host_id)),
            AgentState::Pending => {
                fail("server", "this host waits to be approved", "approve it under Settings, Agents")
            }
            AgentState::Conflict => fail(
                "server",
                "another agent says it is the same machine",
                "decide under Settings, Agents, which one it is",
            ),
            AgentState::Revoked => {
                fail("server", "this agent was revoked", "remove identity.json from the data directory to enrol again")
            }
            AgentState::Banned => {
                fail("server", "this host was banned", "an administrator must lift that under Settings, Agents")
            }
        },
        Some(Err(error @ PushError::KeyUnknown { .. })) => {
            fail("server", error.to_string(), "remove identity.json from the data directory to enrol again")
        }
        // 429 and 503: of quotas, of too many requests, of a server that is busy. The detail says which.
        Some(Err(error @ PushError::TryLater { .. })) => {
            let what = format!("{error} (nothing is lost: the spool keeps the records, and they are sent then)");
            warn("server", what)
        }
        Some(Err(error)) => fail("server", error.to_string(), "see the server's log"),
    }
}
