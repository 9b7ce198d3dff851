//! What caps sessions.

use super::{Hit, Restart, Rule, Subject, hit, hits, set};
use crate::model::counter::Share;
use crate::model::finding::{Fact, Severity};

/// What Windows 10 and 11 allow in every edition.
const CLIENT_CAP: u32 = 20;
const UNSET: i64 = 0xFFFF_FFFF;

pub(super) const CLIENT_EDITION: Rule = Rule {
    id: "CFG-01",
    severity: Severity::High,
    title: "A client edition of Windows serves more than it is made for",
    why: "Windows 10 and 11 take 20 sessions at a time, whatever the edition. No setting raises that, and the licence does not allow \
          more. One client can hold several of the 20.",
    remedy: "Move the share to Windows Server, a NAS or Samba. Until then close sessions that nobody uses: those without open files \
             first.",
    command: "Get-SmbSession | Where-Object NumOpens -eq 0 | Sort-Object SecondsIdle -Descending",
    restart: Restart::No,
    risk: "None by looking. A session that is closed while its client is about to write is opened again by the client.",
    source: "NetServerGetInfo, level 102 (sv102_users), which is what `net config server` prints as \"Maximum Logged On Users\"",
    check: |subject| {
        let (limit, p95) = (subject.limit.sessions?, subject.p95_sessions?);
        let is_busy = u64::from(p95) * 10 >= u64::from(limit) * 6;
        (subject.is_client_edition() && limit == CLIENT_CAP && !subject.limit.unlimited && is_busy)
            .then(|| hit(Fact::Busy { os: subject.os.to_owned(), sessions: p95, limit }))
    },
};

pub(super) const USERS_SET: Rule = Rule {
    id: "CFG-02",
    severity: Severity::Medium,
    title: "Somebody set a limit of sessions in the registry",
    why: "The value Users caps how many sessions the server takes. Without it Windows Server takes 16,777,216. That 0 means \"no \
          limit\" is often written and documented nowhere: the value may be refused (event 2506) or let nobody in.",
    remedy: "Remove the value, unless somebody wants this limit.",
    command: "Remove-ItemProperty -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters -Name Users",
    restart: Restart::Service,
    risk: "Restarting the service drops every session of the host.",
    source: "SERVER_INFO_1107 and SV_USERS_PARMNUM in lmserver.h",
    check: users_set,
};

fn users_set(subject: &Subject<'_>) -> Option<Hit> {
    let (name, users) = subject.number(&["Users"])?;
    if !subject.is_server_edition() || users >= UNSET {
        return None;
    }
    let severity = (users == 0).then_some(Severity::High);
    Some(Hit { severity, ..hit(set(name, users)) })
}

pub(super) const SHARE_LIMIT: Rule = Rule {
    id: "CFG-16",
    severity: Severity::Medium,
    title: "A share is near its own limit",
    why: "A share can have a limit of its own. Whoever comes beyond it gets the same error 71 as at the limit of the host, while the \
          host has room.",
    remedy: "Raise the limit of the share, or take it away (0).",
    command: "Set-SmbShare -Name SHARE -ConcurrentUserLimit 0",
    restart: Restart::No,
    risk: "Somebody may have set the limit for a licence.",
    source: "NetShareEnum, level 502 (shi502_max_uses, shi502_current_uses)",
    check: |subject| {
        let near = |share: &Share| {
            let limit = share.most_uses.filter(|most| u64::from(share.uses) * 10 >= u64::from(*most) * 8)?;
            Some(Fact::Share { name: share.name.clone(), uses: share.uses, limit })
        };
        hits(subject.shares.iter().filter_map(near))
    },
};

pub(super) const SESSIONS_PER_CONNECTION: Rule = Rule {
    id: "CFG-19",
    severity: Severity::Low,
    title: "A connection may carry fewer sessions than usual",
    why: "Remote Desktop servers and proxies put the sessions of many people on one connection. Beyond this number the next one is refused, \
          while the host has room.",
    remedy: "Take it back to 16,384.",
    command: "Set-SmbServerConfiguration -MaxSessionPerConnection 16384",
    restart: Restart::No,
    risk: "None known.",
    source: "Set-SmbServerConfiguration, -MaxSessionPerConnection",
    check: |subject| {
        let (name, most) = subject.number(&["MaxSessionPerConnection"])?;
        (0..16_384).contains(&most).then(|| hit(set(name, most)))
    },
};
