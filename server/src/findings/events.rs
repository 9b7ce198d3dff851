//! What events say, and what they do not.

use super::subject::DAYS;
use super::{Restart, Rule, hit};
use crate::model::finding::{Fact, Severity};
use crate::model::time::MINUTE_MS;

pub(super) const INVALID_VALUE: Rule = Rule {
    id: "CFG-18",
    severity: Severity::Medium,
    title: "Windows ignored a setting of the SMB server",
    why: "Event 2506 says that a value in the registry is not valid and was ignored: somebody believes in a setting that is not in \
          force.",
    remedy: "Look at the event: it names the value. Correct it or remove it.",
    command: "Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = 'Server'; Id = 2506 } -MaxEvents 5",
    restart: Restart::Service,
    risk: "Restarting the service drops every session of the host.",
    source: "Event 2506 (netevent.h: EVENT_SRV_INVALID_REGISTRY_VALUE)",
    check: |subject| {
        let count = subject.events(2_506);
        (count > 0).then(|| hit(Fact::Events { code: 2_506, count, days: DAYS }))
    },
};

pub(super) const FULL_WITHOUT_EVENT: Rule = Rule {
    id: "EVT-01",
    severity: Severity::Info,
    title: "The host was full and its log says nothing",
    why: "No event of Windows says that the sessions have run out: clients get error 71, the server's log stays silent. Whoever waits \
          for event 2003 waits in vain.",
    remedy: "Go by the counted sessions, as Highwater does.",
    command: "",
    restart: Restart::No,
    risk: "",
    source: "netevent.h: 2003 is EVENT_SRV_CANT_CREATE_PROCESS, a failure at the start of an old driver",
    check: |subject| {
        let recent = &subject.recent;
        let is_silent = recent.reads_events && recent.capacity_events == 0;
        (is_silent && recent.full_ms >= MINUTE_MS)
            .then(|| hit(Fact::Full { minutes: recent.full_ms / MINUTE_MS, days: DAYS }))
    },
};

pub(super) const EVENT_WITHOUT_FULL: Rule = Rule {
    id: "EVT-02",
    severity: Severity::Low,
    title: "Capacity events came while the host had room",
    why: "The server ran out of something that is not sessions: work items, connection objects, a table of one connection or memory. \
          More sessions, or a higher limit, would not help.",
    remedy: "Look at what the event names. Of 2021 and 2022 SMB1 is usually the reason; of 2009 one client with too many open files or \
             searches.",
    command: "Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = 'Srv', 'Server'; Id = 2001, 2009, 2017, 2018, 2021, \
              2022, 2023, 2024, 2027 } -MaxEvents 20",
    restart: Restart::No,
    risk: "",
    source: "netevent.h; Microsoft KB317249 (2021, 2022), KB165815 (2009)",
    check: |subject| {
        let (far, all) = (subject.recent.capacity_events_far_from_full, subject.recent.capacity_events);
        (far > 0).then(|| hit(Fact::Room { events: far, all, days: DAYS }))
    },
};
