//! When idle sessions end.

use super::{Hit, Restart, Rule, Subject, hit, off, set};
use crate::model::finding::{Fact, Severity};

const MINUTES: [&str; 3] = ["AutoDisconnectTimeout", "autodisconnect", "AutoDisconnectTimeoutInMinutesV1"];
const SECONDS: [&str; 1] = ["AutoDisconnectTimeoutInSecondsV2"];
const MINUTES_15: &str = "Set-SmbServerConfiguration -AutoDisconnectTimeout 15\n\
    # On Windows Server 2025:\nSet-SmbServerConfiguration -AutoDisconnectTimeoutInMinutesV1 15 -AutoDisconnectTimeoutInSecondsV2 900";
const NEVER: i64 = 0xFFFF_FFFF;

/// The timeout as it is set, and in seconds; negative for never.
fn timeout(subject: &Subject<'_>) -> Option<(Fact, i64)> {
    let of = |(name, value): (&str, i64), unit: i64| {
        let secs = if (0..NEVER).contains(&value) { value.saturating_mul(unit) } else { -1 };
        (set(name, value), secs)
    };
    // Of a system that has both, the one in seconds is for SMB 2 and 3.
    match subject.number(&SECONDS) {
        Some(seconds) => Some(of(seconds, 1)),
        None => subject.number(&MINUTES).map(|minutes| of(minutes, 60)),
    }
}

pub(super) const AUTODISCONNECT_OFF: Rule = Rule {
    id: "CFG-03",
    severity: Severity::Medium,
    title: "Idle sessions are kept for very long",
    why: "A session that nobody uses counts against the limit until its client ends it or this timeout does. Sessions with open files \
          stay in any case. Before Windows Server 2025 no document says whether it counts for SMB 2 and 3 too: see on the page of \
          the host whether idle sessions go.",
    remedy: "Set it to 15 minutes, which is the default.",
    command: MINUTES_15,
    restart: Restart::No,
    risk: "Clients connect again by themselves. An old application that keeps a drive for hours without touching it may complain once.",
    source: "Microsoft: \"Microsoft network server: Amount of idle time required before suspending session\"",
    check: |subject| {
        let (set, secs) = timeout(subject)?;
        (!(0..=3_600).contains(&secs)).then(|| hit(set))
    },
};

pub(super) const AUTODISCONNECT_TINY: Rule = Rule {
    id: "CFG-04",
    severity: Severity::Low,
    title: "Idle sessions are ended after less than five minutes",
    why: "Clients come back with the next click: each time a session is set up anew, with a new sign-in. Many clients at once make \
          a storm of it.",
    remedy: "Set it to 15 minutes, which is the default.",
    command: MINUTES_15,
    restart: Restart::No,
    risk: "Idle sessions stay a little longer and count against the limit meanwhile.",
    source: "Microsoft: \"Microsoft network server: Amount of idle time required before suspending session\"",
    check: |subject| {
        let (set, secs) = timeout(subject)?;
        (0..300).contains(&secs).then(|| hit(set))
    },
};

pub(super) const FORCED_LOGOFF: Rule = Rule {
    id: "CFG-13",
    severity: Severity::Info,
    title: "Sessions stay when logon hours end",
    why: "EnableForcedLogoff ends sessions of accounts whose logon hours are over, and only that. It is no clean-up of idle sessions, as \
          is often written: without logon hours it does nothing, on or off.",
    remedy: "Nothing, unless accounts have logon hours.",
    command: "Set-SmbServerConfiguration -EnableForcedLogoff $true",
    restart: Restart::No,
    risk: "Open files of people whose hours end are closed.",
    source: "Microsoft: \"Microsoft network server: Disconnect clients when logon hours expire\"",
    check: forced_logoff,
};

fn forced_logoff(subject: &Subject<'_>) -> Option<Hit> {
    let (name, is_on) = subject.flag(&["EnableForcedLogoff"])?;
    (!is_on).then(|| hit(off(name)))
}
