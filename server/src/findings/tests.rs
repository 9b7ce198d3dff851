//! For each rule a host on which it holds, and one on which it does not though it comes near.

use std::collections::BTreeMap;

use super::leak::Suspect;
use super::security::descriptor;
use super::subject::Recent;
use super::{ADVICE, RULES, Subject, judge, rule};
use crate::locale::{Locale, NBSP};
use crate::model::counter::Share;
use crate::model::finding::{Found, Severity};
use crate::model::limit::{Limit, LimitSource};
use crate::web::finding::detail;

/// A host that nothing is wrong with, and what of it is another way.
#[derive(Clone)]
struct Host {
    os: &'static str,
    build: &'static str,
    is_domain_controller: bool,
    settings: BTreeMap<String, String>,
    limit: Option<u32>,
    p95: Option<u32>,
    shares: Vec<Share>,
    suspects: Vec<Suspect<String>>,
    recent: Recent,
}

fn server() -> Host {
    Host {
        os: "Windows Server 2022 Standard",
        build: "10.0.20348.2322",
        is_domain_controller: false,
        settings: BTreeMap::new(),
        limit: None,
        p95: Some(300),
        shares: Vec::new(),
        suspects: Vec::new(),
        recent: Recent { reads_events: true, ..Recent::default() },
    }
}

fn kiosk() -> Host {
    Host { os: "Windows 11 Pro", build: "26100", limit: Some(20), p95: Some(3), ..server() }
}

fn with(mut host: Host, settings: &[(&str, &str)]) -> Host {
    host.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    host
}

fn events(mut host: Host, code: u32, count: u64) -> Host {
    host.recent.events.insert(code, count);
    host
}

fn share(uses: u32, most_uses: Option<u32>) -> Share {
    Share { name: "Scans".to_owned(), uses, most_uses, is_unlimited: most_uses.is_none() }
}

fn found(host: &Host) -> Vec<(&'static str, Severity, String)> {
    let subject = Subject {
        os: host.os,
        os_build: host.build,
        is_domain_controller: host.is_domain_controller,
        settings: &host.settings,
        limit: Limit { sessions: host.limit, unlimited: host.limit.is_none(), source: LimitSource::Api },
        p95_sessions: host.p95,
        shares: &host.shares,
        suspects: host.suspects.clone(),
        recent: host.recent.clone(),
    };
    let said =
        |found: Found| (found.rule, found.severity, detail(&found.detail, &Locale::machine()).replace(NBSP, " "));
    judge(&subject).into_iter().map(said).collect()
}

/// The rule holds on the first and on none of the others, where no other rule holds either.
fn holds(id: &str, detail: &str, on: &Host, not_on: &[Host]) {
    let on = found(on);
    let of_rule: Vec<_> = on.iter().filter(|(rule, ..)| *rule == id).collect();
    assert!(matches!(&of_rule[..], [(_, _, found)] if found == detail), "{id}: {on:?}");
    for host in not_on {
        let found = found(host);
        assert!(found.iter().all(|(rule, ..)| *rule != id), "{id}: {found:?}");
    }
}

#[test]
fn nothing_is_wrong_with_a_host_of_which_nothing_is_known() {
    assert_eq!(found(&server()), []);
    assert_eq!(found(&kiosk()), []);
    let samba = Host { os: "Debian GNU/Linux 12", build: "6.1.0", ..server() };
    assert_eq!(found(&with(samba, &[("Users", "0"), ("SMB1", "1"), ("EnableLeasing", "0")])), [], "of Windows only");
}

#[test]
fn limits() {
    let busy = Host { p95: Some(12), ..kiosk() };
    let detail = "Windows 11 Pro: in the busiest hours of the last week 12 of 20 sessions";
    let (calm, unknown) = (Host { p95: Some(11), ..kiosk() }, Host { p95: None, ..kiosk() });
    let small_server = Host { limit: Some(20), p95: Some(20), ..server() };
    holds("CFG-01", detail, &busy, &[calm, unknown, small_server]);

    let capped = with(server(), &[("Users", "150")]);
    let (no_cap, client) = (with(server(), &[("users", "4294967295")]), with(kiosk(), &[("Users", "20")]));
    holds("CFG-02", "Users = 150", &capped, &[no_cap, client, with(server(), &[("Users", "many")])]);
    assert_eq!(found(&with(server(), &[("Users", "0")]))[0].1, Severity::High, "nobody knows what 0 does");

    let near = Host { shares: vec![share(8, Some(10)), share(300, None), share(1, Some(10))], ..server() };
    let far = Host { shares: vec![share(7, Some(10)), share(300, None)], ..server() };
    holds("CFG-16", "Scans 8 of 10", &near, &[far]);

    let few = with(server(), &[("MaxSessionPerConnection", "64")]);
    holds("CFG-19", "MaxSessionPerConnection = 64", &few, &[with(server(), &[("MaxSessionPerConnection", "16384")])]);
}

#[test]
fn idle_sessions() {
    let never = with(server(), &[("autodisconnect", "4294967295")]);
    let usual = [("AutoDisconnectTimeout", "15"), ("AutoDisconnectTimeout", "60")].map(|s| with(server(), &[s]));
    holds("CFG-03", "autodisconnect = 4294967295", &never, &usual);
    holds("CFG-03", "AutoDisconnectTimeout = -1", &with(server(), &[("AutoDisconnectTimeout", "-1")]), &[]);
    let newest =
        with(server(), &[("AutoDisconnectTimeoutInMinutesV1", "15"), ("AutoDisconnectTimeoutInSecondsV2", "7200")]);
    let calm = with(newest.clone(), &[("AutoDisconnectTimeoutInSecondsV2", "900"), ("autodisconnect", "9999")]);
    holds("CFG-03", "AutoDisconnectTimeoutInSecondsV2 = 7200", &newest, &[calm]);

    let tiny = with(server(), &[("AutoDisconnectTimeout", "0")]);
    holds("CFG-04", "AutoDisconnectTimeout = 0", &tiny, &[with(server(), &[("autodisconnect", "5")]), never]);
    let off = with(server(), &[("EnableForcedLogoff", "False")]);
    holds("CFG-13", "EnableForcedLogoff is off", &off, &[with(server(), &[("enableforcedlogoff", "1")])]);
}

#[test]
fn the_old_protocol() {
    let tuned = [("MaxWorkItems", "8192"), ("MaxMpxCt", "50")];
    let of_smb1 = with(server(), &[("SMB1", "1"), tuned[0], tuned[1]]);
    // Before Windows 10 1709 nobody knows what no value means.
    let old = with(Host { build: "10.0.14393", ..server() }, &tuned);
    holds("CFG-05", "MaxWorkItems = 8192, MaxMpxCt = 50", &with(server(), &tuned), &[of_smb1.clone(), old]);
    let starving = with(of_smb1.clone(), &[("MaxWorkItems", "199")]);
    let detail = "199 work items for 50 requests of each client";
    holds("CFG-06", detail, &starving, &[of_smb1, with(server(), &[("MaxWorkItems", "1"), ("MaxMpxCt", "50")])]);
    let on = with(server(), &[("EnableSMB1Protocol", "true")]);
    holds("CFG-07", "EnableSMB1Protocol is on", &on, &[with(server(), &[("SMB1", "0")])]);
    let off = with(server(), &[("Smb2", "0")]);
    // What is set now counts more than what an event said weeks ago.
    let mended = events(with(server(), &[("EnableSMB2Protocol", "true")]), 1_024, 1);
    holds("CFG-08", "Smb2 is off", &off, &[mended]);
    holds("CFG-08", "event 1024 says so", &events(server(), 1_024, 2), &[]);
    assert_eq!(found(&off)[0].1, Severity::Critical);
}

#[test]
fn tuning() {
    let least = [("Smb2CreditsMin", "512")];
    let (new, old) = (with(server(), &least), with(Host { build: "10.0.9600", ..server() }, &least));
    holds("CFG-09", "Smb2CreditsMin = 512", &new, &[old]);
    let few = [("Smb2CreditsMax", "128")];
    let enough = with(server(), &[("Smb2CreditsMax", "512")]);
    holds("CFG-10", "Smb2CreditsMax = 128", &with(server(), &few), &[enough, with(kiosk(), &few)]);
    let threads = with(server(), &[("MaxThreadsPerQueue", "64")]);
    holds("CFG-11", "MaxThreadsPerQueue = 64", &threads, &[with(server(), &[("MaxThreadsPerNumaNode", "64")])]);
    let shallow = with(server(), &[("IRPStackSize", "10")]);
    holds("CFG-12", "IRPStackSize = 10", &shallow, &[with(server(), &[("IrpStackSize", "11")])]);
    holds("CFG-12", "event 2011, 3 times in 30 days", &events(server(), 2_011, 3), &[]);
    let disabled = with(server(), &[("DisableLeasing", "1")]);
    holds("CFG-15", "DisableLeasing is on", &disabled, &[with(server(), &[("DisableLeasing", "0")])]);
    holds("CFG-15", "EnableLeasing is off", &with(server(), &[("EnableLeasing", "false")]), &[]);
}

#[test]
fn who_may_come() {
    let unsigned = [("RequireSecuritySignature", "0")];
    let controller = Host { is_domain_controller: true, ..server() };
    let newest = Host { os: "Windows Server 2025 Standard", build: "10.0.26100.1", ..server() };
    let not = [
        with(server(), &unsigned),
        with(kiosk(), &unsigned),
        with(controller.clone(), &[("RequireSecuritySignature", "1")]),
    ];
    holds("CFG-14", "RequireSecuritySignature is off", &with(controller.clone(), &unsigned), &not);
    holds("CFG-14", "RequireSecuritySignature is off", &with(newest, &unsigned), &[]);

    let open = [("NullSessionShares", "scans,fax"), ("NullSessionPipes", "")];
    let not = [with(controller, &open), with(server(), &[("NullSessionPipes", ","), ("NullSessionShares", " ")])];
    holds("CFG-17", "NullSessionShares: scans,fax", &with(server(), &open), &not);

    let everybody = descriptor(0, [1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0]);
    let not: Vec<Host> = [
        descriptor(1, [1, 1, 0, 0, 0, 0, 0, 5, 11, 0, 0, 0]),
        descriptor(0, [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]),
        everybody[..everybody.len() - 8].to_owned(),
        "no descriptor".to_owned(),
        String::new(),
    ]
    .iter()
    .map(|list| with(server(), &[("DefaultSecurity\\SrvsvcSessionInfo", list)]))
    .collect();
    let on = with(server(), &[("DefaultSecurity\\SrvsvcSessionInfo", &everybody)]);
    holds("CFG-20", "Authenticated Users (S-1-5-11) are in the list", &on, &not);
}

#[test]
fn clients_that_leak() {
    let suspect = |oldest_hours: i64, day_before| Suspect {
        client: "SCAN-3F".to_owned(),
        sessions: 41,
        forgotten: 40,
        oldest_ms: oldest_hours * 3_600_000,
        day_before,
    };
    let leaking = Host { suspects: vec![suspect(80, Some(33)), suspect(14, None)], ..server() };
    let detail = "SCAN-3F holds 41 sessions, 33 the day before, 40 without open files, the oldest for 3 d; \
                  SCAN-3F holds 41 sessions, 40 without open files, the oldest for 14 h";
    holds("CLI-01", detail, &leaking, &[server()]);
}

#[test]
fn what_events_say_and_do_not() {
    holds("CFG-18", "event 2506, 2 times in 30 days", &events(server(), 2_506, 2), &[events(server(), 2_505, 9)]);
    let recent = |full_ms, capacity, far, reads_events| Host {
        recent: Recent {
            full_ms,
            capacity_events: capacity,
            capacity_events_far_from_full: far,
            reads_events,
            ..Recent::default()
        },
        ..kiosk()
    };
    let detail = "full for 90 minutes in 30 days, no capacity event";
    let not = [recent(5_400_000, 1, 0, true), recent(59_000, 0, 0, true), recent(5_400_000, 0, 0, false)];
    holds("EVT-01", detail, &recent(5_400_000, 0, 0, true), &not);
    let detail = "3 of 4 capacity events in 30 days came while less than half of the sessions were taken";
    holds("EVT-02", detail, &recent(0, 4, 3, true), &[recent(0, 4, 0, true)]);
}

#[test]
fn every_rule_says_all_that_a_person_needs_and_is_found_by_its_id() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    for number in 1..=20 {
        assert!(rule(&format!("CFG-{number:02}")).is_some(), "{number}");
    }
    for one in RULES {
        assert!(std::ptr::eq(rule(one.id).unwrap(), one));
        for text in [one.title, one.why, one.remedy, one.source] {
            assert!(!text.is_empty() && !text.contains("  "), "{}: {text:?}", one.id);
        }
        assert!(!one.title.ends_with('.') && one.why.ends_with('.') && one.remedy.ends_with('.'), "{}", one.id);
    }
    assert!(ADVICE.iter().all(|advice| advice.rule.is_empty() || rule(advice.rule).is_some()));
    assert!(rule("CFG-99").is_none());
}
