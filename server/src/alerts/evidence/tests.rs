use super::made::*;
use super::of as evidence_of;
use crate::model::alias::Aliases;
use crate::model::change::{Change, What};
use crate::model::class::Class;
use crate::model::episode::Moment;
use crate::model::event::EventClass;
use crate::model::evidence::{Evidence, Hole, IdleSessions, Mostly, Stretch};
use crate::model::eyes::UserName;
use crate::model::gap::Gap;
use crate::model::incident::Kind;
use crate::model::limit::Limit;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, hour_start};

/// The scanner, the desktops, somebody, and eight others with one session each.
fn kiosk() -> Vec<Of> {
    let mut all = vec![
        Of { opens: Some(0), idle_secs: Some(7_200), ..of(1, 5) },
        Of { opens: Some(0), idle_secs: Some(2_460), ..of(2, 2) },
        Of { opens: Some(19), ..of(2, 2) },
        Of { idle_secs: Some(1_000), ..of(3, 1) },
        of(3, 2),
    ];
    all.extend((4..12).map(|client| of(client, 1)));
    all
}

fn at(minutes: i64) -> i64 {
    FROM_AT + minutes * MINUTE_MS
}

#[test]
fn the_peak_says_who_held_what() {
    let mut episode = classed(episode(&kiosk()), Class::Printer, &[1]);
    // Client 9 is another name of 2.
    episode.names.aliases = Aliases::of([(9, 2)]);
    let evidence = evidence_of(&episode);
    let peak = evidence.peak.unwrap();
    assert_eq!((peak.sessions, peak.clients, peak.opens), (20, 10, Some(60)));
    assert_eq!((peak.idle, peak.zero_open, peak.idle_zero_open), (Some(8), Some(7), Some(7)));
    assert_eq!((peak.idle_with_opens(), peak.active()), (Some(1), Some(12)));
    let held: Vec<_> = evidence.holders.iter().map(|h| (h.name.as_str(), h.sessions)).collect();
    assert_eq!(held[..4], [("C1", 5), ("C2", 5), ("C3", 3), ("C10", 1)], "as many: by name");
    let desktops = &evidence.holders[1];
    assert_eq!((desktops.other_names.as_slice(), desktops.users_count), (&["C9".to_owned()][..], 2));
    assert_eq!(desktops.users, ["u2", "u9"].map(UserName::new), "who has most comes first");
    assert_eq!((evidence.holders[0].class, desktops.class), (Some(Class::Printer), None));
    assert_eq!((desktops.opens, desktops.longest_idle_secs), (Some(40), Some(2_460)));
    assert_eq!((evidence.rest.clients, evidence.rest.sessions), (0, 0));
    assert_eq!(evidence.host.name, "FS02");
    assert_eq!(Limit::from(evidence.host.limit), LIMIT);
}

#[test]
fn whoever_is_not_listed_is_summed() {
    let many: Vec<Of> = (1..=30).map(|client| of(client, if client < 21 { 2 } else { 1 })).collect();
    let evidence = evidence_of(&episode(&many));
    assert_eq!((evidence.holders.len(), evidence.users.len(), evidence.more_users), (20, 20, 10));
    let rest = evidence.rest;
    assert_eq!((rest.clients, rest.sessions, rest.most_sessions, rest.opens), (10, 10, 1, Some(20)));
}

#[test]
fn what_the_source_does_not_know_is_none_and_not_zero() {
    let samba = Of { idle_secs: None, ..of(1, 4) };
    let none = Of { idle_secs: None, opens: None, age_secs: None, ..of(2, 1) };
    let evidence = evidence_of(&episode(&[samba, none]));
    let peak = evidence.peak.unwrap();
    assert_eq!((peak.idle, peak.zero_open, peak.idle_zero_open, peak.active()), (None, Some(0), None, None));
    assert_eq!((evidence.holders[1].opens, evidence.holders[1].oldest_secs), (None, None));
    assert!(evidence.idle.is_empty(), "nobody knows who is idle");
}

#[test]
fn idle_sessions_come_by_the_name_that_the_host_knows_those_without_files_first() {
    let mut episode = episode(&kiosk());
    episode.names.aliases = Aliases::of([(1, 3)]);
    let evidence = evidence_of(&episode);
    let idle = evidence.idle.iter().map(|i| (i.name.as_str(), i.zero_open.sessions, i.with_opens.sessions));
    assert_eq!(idle.collect::<Vec<_>>(), [("C1", 5, 0), ("C2", 2, 0), ("C3", 0, 1)]);
    let wanted = IdleSessions { sessions: 5, shortest_secs: 7_200, longest_secs: 7_200 };
    assert_eq!(evidence.idle[0].zero_open, wanted);
    assert_eq!(evidence.idle[2].opens, 2);
}

fn stretches(evidence: &Evidence) -> Vec<(i64, i64)> {
    let minutes = |at: i64| (at - FROM_AT) / MINUTE_MS;
    evidence.at_limit.stretches.iter().map(|s| (minutes(s.from_at), minutes(s.to_at))).collect()
}

#[test]
fn stretches_at_the_limit_end_with_what_was_seen_and_holes_are_said() {
    let mut episode = episode(&kiosk());
    // Full before it began, which is another episode's; then three minutes, one below, and full until nothing is seen for a while.
    let full = |n: i64, sessions| (at(n), sessions);
    let seen =
        [full(-3, 20), full(0, 19), full(1, 20), full(2, 21), full(3, 19), full(4, 20), full(12, 20), full(16, 15)];
    episode.moments = seen.iter().flat_map(|(at, sessions)| minutes(*at, &[(*sessions, 3)])).collect();
    let gap = |from: i64, to: i64, reason: &str, lost_records| Gap {
        from_at: at(from),
        to_at: at(to),
        reason: reason.to_owned(),
        lost_records,
        detail: String::new(),
    };
    episode.gaps = vec![gap(7, 9, "agent_stopped", Some(3)), gap(40, 50, "spool_full", Some(9))];
    let evidence = evidence_of(&episode);
    assert_eq!(stretches(&evidence), [(1, 3), (4, 6), (12, 14)], "a snapshot holds for two minutes");
    assert_eq!((evidence.at_limit.count, evidence.at_limit.total_ms), (3, 6 * MINUTE_MS));
    let hole = |from: i64, to: i64, reason: Option<&str>| Hole {
        from_at: at(from),
        to_at: at(to),
        reason: reason.map(str::to_owned),
    };
    assert_eq!(evidence.holes.longest, [hole(6, 12, Some("agent_stopped")), hole(14, 16, None)]);
    assert_eq!((evidence.holes.count, evidence.holes.total_ms), (2, 8 * MINUTE_MS));
    assert_eq!(evidence.holes.lost_records, 3, "another hole's are not this one's");
    assert_eq!(evidence.at_limit.coarse_from_at, None);
}

#[test]
fn what_was_not_looked_at_is_known_to_five_minutes() {
    let mut episode = episode(&kiosk());
    let hour = hour_start(FROM_AT);
    // 09:30 to 09:50, of which the first ten minutes were looked at; from 09:45 on nothing was observed.
    episode.moments = minutes(FROM_AT, &[(20, 3); 9]);
    episode.looked.cut_at = Some(at(9));
    episode.usage = vec![usage(hour, |cell| match cell {
        6..=7 => Some(20),
        8 => Some(23),
        _ => None,
    })];
    let evidence = evidence_of(&episode);
    assert_eq!(stretches(&evidence), [(0, 14)], "09:31 to 09:45");
    assert_eq!(evidence.at_limit.coarse_from_at, Some(at(9)));
    assert_eq!(evidence.looked.cut_at, Some(at(9)));
    assert_eq!(evidence.holes.longest, [Hole { from_at: at(14), to_at: UNTIL_AT, reason: None }]);
    assert_eq!(episode.peak_at(), Some(at(9)), "the cell from 09:40 on has the most sessions");
    episode.looked.cut_at = None;
    assert_eq!(episode.peak_at(), Some(FROM_AT), "the first of equal ones");
}

#[test]
fn the_peak_is_that_of_the_episode_and_of_nothing_else() {
    let mut episode = episode(&[]);
    episode.moments =
        [minutes(at(-5), &[(90, 1)]), minutes(at(2), &[(18, 1), (20, 1), (20, 1)]), minutes(at(30), &[(70, 1)])]
            .concat();
    assert_eq!(episode.peak_at(), Some(at(3)));
    episode.moments = minutes(at(-1), &[(14, 1)]);
    assert_eq!(episode.peak_at(), Some(at(-1)), "it held true when it began");
    episode.moments = minutes(at(-4), &[(14, 1)]);
    assert_eq!(episode.peak_at(), None);
    let evidence = evidence_of(&episode);
    assert_eq!(evidence.holes.longest, [Hole { from_at: FROM_AT, to_at: UNTIL_AT, reason: None }]);
}

#[test]
fn an_event_comes_with_what_was_seen_right_after_it() {
    let mut episode = episode(&kiosk());
    episode.events = vec![event(2_022, EventClass::Capacity, at(1)), event(2_003, EventClass::Foreign, at(3))];
    let burst =
        |minutes_after: i64, of| Moment { burst_of: Some(of), ..minutes(at(minutes_after), &[(20, 4)]).remove(0) };
    episode.moments = vec![burst(1, 2_022), burst(2, 2_022), Moment { taken_at: at(3) + DAY_MS, ..burst(3, 2_022) }];
    let evidence = evidence_of(&episode);
    let told: Vec<_> = evidence.events.iter().map(|e| (e.code, e.class, e.burst.len())).collect();
    assert_eq!(told, [(2_022, Some(EventClass::Capacity), 2), (2_003, Some(EventClass::Foreign), 0)]);
    assert_eq!((evidence.events[0].burst[1].taken_at, evidence.events[0].burst[1].sessions), (at(2), 20));
}

#[test]
fn changes_of_the_host_and_of_its_limit_come_in_order() {
    let mut episode = episode(&kiosk());
    let hour = hour_start(FROM_AT) - 2 * HOUR_MS;
    let setting = Change {
        seen_at: at(-30),
        after_at: at(-90),
        what: What::Setting("AutoDisconnectTimeout".to_owned()),
        before: None,
        after: Some("15".to_owned()),
    };
    episode.changes = vec![setting, started(at(-60))];
    let mut before = usage(hour, |_| Some(10));
    before.cells[3..].iter_mut().filter_map(|cell| cell.peak.as_mut()).for_each(|peak| peak.limit.sessions = Some(50));
    episode.usage = vec![before, usage(hour + HOUR_MS, |_| Some(10))];
    let evidence = evidence_of(&episode);
    let told: Vec<_> = evidence
        .changes
        .iter()
        .map(|c| (c.what.as_deref().unwrap(), c.name.as_str(), c.before.as_deref(), c.after.as_deref()))
        .collect();
    let wanted = [
        ("limit", "", Some("20"), Some("50")),
        ("limit", "", Some("50"), Some("20")),
        ("start", "", None, None),
        ("setting", "AutoDisconnectTimeout", None, Some("15")),
    ];
    assert_eq!(told, wanted, "the names of boots are left out");
}

#[test]
fn the_week_before_is_the_same_span_and_none_if_nothing_was_observed() {
    let mut episode = episode(&kiosk());
    let hour = hour_start(FROM_AT) - 7 * DAY_MS;
    episode.usage = vec![usage(hour, |cell| (cell >= 6).then_some(10 + u32::try_from(cell).unwrap()))];
    let week = evidence_of(&episode).week_before.unwrap();
    assert_eq!(
        (week.peak_sessions, week.full_ms),
        (19, 0),
        "the cells from 09:30 and until 09:47: the last is the tenth"
    );
    assert_eq!(week.from_at, hour + 30 * MINUTE_MS);
    episode.usage = vec![usage(hour, |cell| (cell < 6).then_some(20))];
    assert_eq!(evidence_of(&episode).week_before, None);
}

#[test]
fn earlier_ones_are_counted_with_the_hour_in_which_most_began() {
    let mut episode = episode(&kiosk());
    let earlier = |days: i64, hours: i64| FROM_AT - days * DAY_MS + hours * HOUR_MS;
    // Two on Tuesdays at 9, one the day before, one at night.
    episode.earlier = vec![earlier(21, 0), earlier(14, 0), earlier(8, 0), earlier(3, 15)];
    let told = evidence_of(&episode).earlier;
    assert_eq!((told.count, told.days, told.last_at), (4, 30, Some(earlier(3, 15))));
    assert_eq!(told.mostly, Some(Mostly { weekday: 1, hour: 9, count: 2, at: earlier(14, 0) }));
    episode.host = None;
    assert_eq!(evidence_of(&episode).earlier.mostly, None, "nobody knows what its clock showed");
    episode.earlier.clear();
    assert_eq!(evidence_of(&episode).earlier.count, 0);
}

#[test]
fn an_incident_of_the_fleet_has_no_host_and_no_holes() {
    let mut episode = episode(&[]);
    episode.incident.host = None;
    episode.incident.kind = Kind::Pipeline;
    (episode.snapshots.at_peak, episode.host, episode.moments) = (None, None, Vec::new());
    let evidence = evidence_of(&episode);
    assert_eq!((evidence.host.id, evidence.peak, evidence.holes.count), (None, None, 0));
    assert!(evidence.causes.is_empty() && evidence.holders.is_empty());
}

#[test]
fn what_is_kept_is_what_was_made() {
    let mut episode = classed(episode(&kiosk()), Class::Printer, &[1]);
    episode.findings = vec![leak_finding("C1")];
    episode.events = vec![event(2_022, EventClass::Capacity, at(1))];
    let evidence = evidence_of(&episode);
    assert!(!evidence.causes.is_empty());
    assert_eq!(Evidence::of_text(&evidence.to_text()), Some(evidence));
}

#[test]
fn a_hole_in_one_snapshot_s_time_is_none() {
    let mut episode = episode(&kiosk());
    episode.moments = minutes(FROM_AT, &[(20, 3); 17]);
    let evidence = evidence_of(&episode);
    assert_eq!((evidence.holes.count, evidence.holes.total_ms), (0, 0));
    assert_eq!(evidence.at_limit.stretches, [Stretch { from_at: FROM_AT, to_at: UNTIL_AT }]);
}
