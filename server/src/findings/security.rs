//! Who may do what without having to say who they are.

use super::{Hit, Restart, Rule, hit, hits, off};
use crate::model::finding::{Fact, Severity};

/// Windows Server 2025: from here on the baseline asks for signing.
const BASELINE_ASKS: u32 = 26_100;

pub(super) const SIGNING: Rule = Rule {
    id: "CFG-14",
    severity: Severity::Medium,
    title: "Signing is not required where it should be",
    why: "Domain controllers require signed messages by default, and the security baseline of Microsoft asks it of every server from Windows \
          Server 2025 on: nobody between client and server can change a message. This says nothing about capacity.",
    remedy: "Require it, once you know that no client is too old to sign.",
    command: "Set-SmbServerConfiguration -RequireSecuritySignature $true",
    restart: Restart::No,
    risk: "It takes some processor time. Very old clients cannot connect any more.",
    source: "Microsoft: \"Overview of Server Message Block signing\"",
    check: |subject| {
        let (name, is_on) = subject.flag(&["RequireSecuritySignature"])?;
        let should = subject.is_domain_controller
            || (subject.is_server_edition() && subject.build().is_some_and(|build| build >= BASELINE_ASKS));
        // Asked by a baseline, not by Windows itself.
        let severity = (!subject.is_domain_controller).then_some(Severity::Low);
        (should && !is_on).then(|| Hit { detail: off(name).into(), severity })
    },
};

pub(super) const NULL_SESSIONS: Rule = Rule {
    id: "CFG-17",
    severity: Severity::Medium,
    title: "Some shares or pipes take whoever comes",
    why: "Anonymous sessions count like any other. A list of shares or pipes that they may use is a relic on anything but a domain \
          controller.",
    remedy: "Empty the list, unless a device needs it.",
    command: "Set-SmbServerConfiguration -NullSessionShares '' -NullSessionPipes ''",
    restart: Restart::Service,
    risk: "An old device that comes anonymously can no longer reach its share.",
    source: "Event 1025 of Microsoft-Windows-SMBServer",
    check: |subject| {
        if subject.is_domain_controller {
            return None;
        }
        let lists = ["NullSessionShares", "NullSessionPipes"]
            .iter()
            .filter_map(|name| subject.setting(&[name]))
            .filter(|(_, list)| !list.trim_matches([',', ' ']).is_empty());
        hits(lists.map(|(name, list)| Fact::List { name: name.to_owned(), list: list.to_owned() }))
    },
};

pub(super) const SESSION_INFO: Rule = Rule {
    id: "CFG-20",
    severity: Severity::Medium,
    title: "Everybody in the domain can list this host's sessions",
    why: "The access list of NetSessionEnum grants \"Authenticated Users\": any account can see who works where, which is how attackers \
          look for administrators.",
    remedy: "Take that entry out of the list, as Windows does by default in newer versions.",
    command: "",
    restart: Restart::Service,
    risk: "A monitoring tool that lists sessions from afar with a plain account can no longer do so. (Highwater's agent asks locally.)",
    source: "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\DefaultSecurity, value SrvsvcSessionInfo",
    check: |subject| {
        let (_, descriptor) = subject.setting(&["DefaultSecurity\\SrvsvcSessionInfo"])?;
        grants_everybody(descriptor).then(|| hit(Fact::Everybody {}))
    },
};

/// Whether a self-relative security descriptor in hexadecimal digits has an entry that allows Authenticated Users (MS-DTYP, 2.4.6).
fn grants_everybody(hex_digits: &str) -> bool {
    let Ok(bytes) = hex::decode(hex_digits.trim()) else { return false };
    entries(&bytes).is_some_and(|entries| {
        entries.into_iter().any(|entry| {
            // ACCESS_ALLOWED_ACE: type, flags, size, mask, SID.
            const AUTHENTICATED_USERS: [u8; 12] = [1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0];
            entry.first() == Some(&0) && entry.get(8..20) == Some(&AUTHENTICATED_USERS)
        })
    })
}

/// The entries of the discretionary list; none if there is no such list, or it is damaged.
fn entries(descriptor: &[u8]) -> Option<Vec<&[u8]>> {
    let number = |at: usize, len: usize| {
        let bytes = descriptor.get(at..at.checked_add(len)?)?;
        Some(bytes.iter().rev().fold(0_usize, |n, byte| n << 8 | usize::from(*byte)))
    };
    let list = number(16, 4).filter(|offset| *offset > 0)?;
    let count = number(list.checked_add(4)?, 2)?;
    let mut at = list.checked_add(8)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let size = number(at.checked_add(2)?, 2).filter(|size| *size >= 8)?;
        found.push(descriptor.get(at..at.checked_add(size)?)?);
        at = at.checked_add(size)?;
    }
    Some(found)
}

/// For tests: such a descriptor with one entry of this type for this SID.
#[cfg(test)]
pub(super) fn descriptor(kind: u8, sid: [u8; 12]) -> String {
    let mut bytes = vec![1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0];
    bytes.extend([2, 0, 28, 0, 1, 0, 0, 0]);
    bytes.extend([kind, 0, 20, 0, 1, 0, 0, 0]);
    bytes.extend(sid);
    hex::encode(bytes)
}
