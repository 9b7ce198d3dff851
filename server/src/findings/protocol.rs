//! Which protocol is spoken, and what was tuned of it.

use super::subject::DAYS;
use super::{Restart, Rule, hit, hits, off, on, set};
use crate::model::finding::{Fact, Severity};

/// Values that only SMB1 knows.
const OF_SMB1: [&str; 6] =
    ["MaxWorkItems", "MaxMpxCt", "MaxMpxCount", "MaxRawWorkItems", "MinFreeConnections", "MaxFreeConnections"];

pub(super) const SMB1_TUNING: Rule = Rule {
    id: "CFG-05",
    severity: Severity::Info,
    title: "Settings of SMB1 are tuned while SMB1 is off",
    why: "MaxWorkItems, MaxMpxCt and their like belong to the old protocol. SMB 2 and 3 have credits instead: these values neither raise \
          nor lower how many clients can connect, whatever formula they were set by.",
    remedy: "Remove them when there is time, so that nobody believes in them.",
    command: "Remove-ItemProperty -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters -Name \
              MaxWorkItems, MaxMpxCt, MaxRawWorkItems, MinFreeConnections, MaxFreeConnections -ErrorAction SilentlyContinue",
    restart: Restart::Service,
    risk: "None: they have no effect.",
    source: "Set-SmbServerConfiguration (\"SMB1\" in the help of each); SERVER_INFO_1533",
    check: |subject| {
        if subject.speaks_smb1() != Some(false) {
            return None;
        }
        let tuned = OF_SMB1.iter().filter_map(|name| subject.setting(&[name]));
        hits(tuned.map(|(name, value)| set(name, value)))
    },
};

pub(super) const WORK_ITEMS: Rule = Rule {
    id: "CFG-06",
    severity: Severity::Low,
    title: "SMB1 has too few work items for its clients",
    why: "Each request of an SMB1 client takes a work item. With fewer than four clients' worth of them, a few busy clients starve \
          the others (event 2021).",
    remedy: "Better turn SMB1 off. Otherwise set MaxWorkItems to at least four times MaxMpxCt.",
    command: "Set-SmbServerConfiguration -MaxWorkItems 4096 -MaxMpxCount 50",
    restart: Restart::Service,
    risk: "Each work item takes memory of the nonpaged pool.",
    source: "Microsoft KB317249 (the factor of four is a rule of thumb)",
    check: |subject| {
        let (_, items) = subject.number(&["MaxWorkItems"])?;
        let (_, commands) = subject.number(&["MaxMpxCt", "MaxMpxCount"])?;
        let is_short = subject.speaks_smb1() == Some(true) && items < commands.saturating_mul(4);
        is_short.then(|| hit(Fact::WorkItems { items, requests: commands }))
    },
};

pub(super) const SMB1_ON: Rule = Rule {
    id: "CFG-07",
    severity: Severity::High,
    title: "SMB1 is on",
    why: "The old protocol has no protection against tampering worth the name, and limits of its own. Old scanners and NAS boxes may \
          still need it.",
    remedy: "Find out who speaks it (event 3000), then turn it off.",
    command: "# For some weeks, to see who speaks it:\nSet-SmbServerConfiguration -AuditSmb1Access $true\n\
              # Then:\nSet-SmbServerConfiguration -EnableSMB1Protocol $false",
    restart: Restart::Computer,
    risk: "Devices that speak nothing else can no longer reach their share.",
    source: "Microsoft: \"SMBv1 is not installed by default in Windows\"",
    check: |subject| {
        let (name, is_on) = subject.flag(&["EnableSMB1Protocol", "SMB1"])?;
        is_on.then(|| hit(on(name)))
    },
};

pub(super) const SMB2_OFF: Rule = Rule {
    id: "CFG-08",
    severity: Severity::Critical,
    title: "SMB 2 and 3 are off",
    why: "Clients then speak SMB1, if at all: no signing worth the name, no encryption, and the limits of the old protocol.",
    remedy: "Turn them on.",
    command: "Set-SmbServerConfiguration -EnableSMB2Protocol $true",
    restart: Restart::Service,
    risk: "Restarting the service drops every session of the host.",
    source: "Event 1024 of Microsoft-Windows-SMBServer; Microsoft: \"Detect, enable and disable SMBv1, SMBv2 and SMBv3\"",
    check: |subject| match subject.flag(&["EnableSMB2Protocol", "SMB2"]) {
        Some((name, false)) => Some(hit(off(name))),
        Some((_, true)) => None,
        None => (subject.events(1_024) > 0).then(|| hit(Fact::Told { code: 1_024 })),
    },
};

pub(super) const CREDITS_MIN: Rule = Rule {
    id: "CFG-09",
    severity: Severity::Info,
    title: "A minimum of credits is set, which Windows ignores",
    why: "Since Windows 10 and Windows Server 2016, Smb2CreditsMin does nothing.",
    remedy: "Remove it when there is time.",
    command: "Remove-ItemProperty -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters -Name Smb2CreditsMin",
    restart: Restart::No,
    risk: "None: it has no effect.",
    source: "Microsoft: \"Performance tuning for SMB file servers\"",
    check: |subject| {
        let (name, least) = subject.setting(&["Smb2CreditsMin"])?;
        subject.build().is_some_and(|build| build >= 14_393).then(|| hit(set(name, least)))
    },
};

pub(super) const CREDITS_MAX: Rule = Rule {
    id: "CFG-10",
    severity: Severity::Medium,
    title: "Clients get few credits",
    why: "Credits are how many requests a client may have under way. With few of them fast clients wait for each answer, and work \
          takes longer than the network needs.",
    remedy: "Take it back to 8,192, the default of Windows Server.",
    command: "Set-SmbServerConfiguration -Smb2CreditsMax 8192",
    restart: Restart::Service,
    risk: "Restarting the service drops every session of the host.",
    source: "Microsoft: \"Performance tuning for SMB file servers\" (512 is our bound)",
    check: |subject| {
        let (name, most) = subject.number(&["Smb2CreditsMax"])?;
        (subject.is_server_edition() && (0..512).contains(&most)).then(|| hit(set(name, most)))
    },
};

pub(super) const THREADS: Rule = Rule {
    id: "CFG-11",
    severity: Severity::Info,
    title: "A number of threads is set, which Windows ignores",
    why: "MaxThreadsPerQueue belongs to older versions. MaxThreadsPerNumaNode has taken its place; raising that helps only if the queues \
          \"SMB2 NonBlocking\" are long for a while.",
    remedy: "Remove it when there is time.",
    command: "Remove-ItemProperty -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters -Name MaxThreadsPerQueue",
    restart: Restart::No,
    risk: "None: it has no effect.",
    source: "Microsoft: \"Performance tuning for SMB file servers\"",
    check: |subject| {
        let (name, threads) = subject.setting(&["MaxThreadsPerQueue"])?;
        Some(hit(set(name, threads)))
    },
};

pub(super) const IRP_STACK: Rule = Rule {
    id: "CFG-12",
    severity: Severity::Medium,
    title: "IRPStackSize is too small for the drivers of this host",
    why: "Virus scanners, encryption and backup put filter drivers between the server and the disk; each takes a place in a request's \
          stack. With too few places the share cannot be opened (event 2011).",
    remedy: "Set IRPStackSize to 20; if event 2011 comes again, three more.",
    command: "Set-SmbServerConfiguration -IrpStackSize 20",
    restart: Restart::Service,
    risk: "Each request takes a little more memory. Restarting the service drops every session of the host.",
    source: "Microsoft KB106167, KB198386; event 2011",
    check: |subject| match (subject.number(&["IRPStackSize"]), subject.events(2_011)) {
        (Some((name, size)), _) if size < 11 => Some(hit(set(name, size))),
        (_, 0) => None,
        (_, count) => Some(hit(Fact::Events { code: 2_011, count, days: DAYS })),
    },
};

pub(super) const LEASING: Rule = Rule {
    id: "CFG-15",
    severity: Severity::Medium,
    title: "Leases are off",
    why: "With leases clients keep what they read, and keep files open on their own behalf. Without them there is more traffic, and \
          files are opened and closed more often.",
    remedy: "Turn them on, unless an application forbids it.",
    command: "Set-SmbServerConfiguration -EnableLeasing $true",
    restart: Restart::Service,
    risk: "Some database applications ask for it to be off. Restarting the service drops every session of the host.",
    source: "Event 1026 of Microsoft-Windows-SMBServer",
    check: |subject| {
        let not_enabled = subject.flag(&["EnableLeasing"]).filter(|(_, is_on)| !is_on);
        let disabled = subject.flag(&["DisableLeasing"]).filter(|(_, is_on)| *is_on);
        match (not_enabled, disabled) {
            (Some((name, _)), _) => Some(hit(off(name))),
            (_, Some((name, _))) => Some(hit(on(name))),
            _ => None,
        }
    },
};
