use crate::alerts::evidence::made::*;
use crate::alerts::evidence::of as evidence_of;
use crate::model::class::Class;
use crate::model::episode::Episode;
use crate::model::event::EventClass;
use crate::model::evidence::{Cause, Point, Suspected};
use crate::model::snapshot::Snapshot;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, hour_start};

fn cause(episode: &Episode, what: Suspected) -> Option<Cause> {
    evidence_of(episode).causes.into_iter().find(|cause| cause.what == Some(what))
}

/// Eight others, each with one session that is in use.
fn others(sessions: i64) -> Vec<Of> {
    (100..100 + sessions).map(|client| of(client, 1)).collect()
}

fn with_others(mut held: Vec<Of>, others_of: i64) -> Vec<Of> {
    held.extend(others(others_of));
    held
}

fn before(held: &[Of]) -> Option<Snapshot> {
    Some(snapshot(FROM_AT - HOUR_MS, held))
}

/// It began at night.
fn at_night(mut episode: Episode) -> Episode {
    // 02:31 in Paris.
    episode.incident.from_at = FROM_AT - 7 * HOUR_MS;
    episode
}

#[test]
fn backups_that_came_at_night_and_hold_half_are_likely_and_say_why() {
    let held = with_others(vec![of(1, 7), of(2, 4)], 9);
    let mut episode = at_night(classed(episode(&held), Class::Backup, &[1, 2]));
    episode.snapshots.hour_before = before(&with_others(vec![of(1, 1)], 9));
    episode.earlier = [1, 2, 3].map(|days| episode.from_at() - days * DAY_MS).to_vec();
    let found = cause(&episode, Suspected::Backup).unwrap();
    let wanted = [
        Point::Held { clients: 2, sessions: 11, all: 20 },
        Point::Grew { sessions: 10, all: 10 },
        Point::Used { sessions: 11, of: 11 },
        Point::Night { hour: 2 },
        Point::SameHour { hour: 2, times: 3, of: 3 },
    ];
    assert_eq!(found.points_for, wanted);
    assert!(found.points_against.is_empty() && found.is_likely(), "{found:?}");
}

#[test]
fn backups_that_hold_little_are_no_cause_and_those_that_were_there_before_hardly_one() {
    let little = classed(episode(&with_others(vec![of(1, 4)], 16)), Class::Backup, &[1]);
    assert_eq!(cause(&little, Suspected::Backup), None, "a fifth");
    let of_none = episode(&with_others(vec![of(1, 11)], 9));
    assert_eq!(cause(&of_none, Suspected::Backup), None, "no rule says that it is one");
    let mut old = classed(episode(&with_others(vec![of(1, 5)], 15)), Class::Backup, &[1]);
    old.snapshots.hour_before = before(&with_others(vec![of(1, 5)], 2));
    let found = cause(&old, Suspected::Backup).unwrap();
    assert_eq!(found.points_against, [Point::Before { sessions: 5 }, Point::Day { hour: 9 }]);
    assert!(!found.is_likely(), "{found:?}");
    let mut unknown = old;
    (unknown.snapshots.hour_before, unknown.host) = (None, None);
    let found = cause(&unknown, Suspected::Backup).unwrap();
    assert!(found.points_against.is_empty(), "nothing is known of before, nor of its clock: {found:?}");
}

#[test]
fn users_have_a_class_too_if_their_client_has_none() {
    let mut episode = episode(&with_others(vec![of(1, 6)], 14));
    episode.names.user_classes.insert(1, Class::Backup);
    assert!(cause(&episode, Suspected::Backup).is_some());
    let printer = classed(episode, Class::Printer, &[1]);
    assert!(cause(&printer, Suspected::Backup).is_none() && cause(&printer, Suspected::Print).is_some());
}

fn forgotten(client: i64, sessions: u32) -> Of {
    Of { opens: Some(0), idle_secs: Some(7_200), age_secs: Some(50_000), ..of(client, sessions) }
}

#[test]
fn forgotten_sessions_that_were_there_the_day_before_and_stay_are_a_leak() {
    let mut episode = episode(&with_others(vec![forgotten(1, 5)], 15));
    episode.findings = vec![leak_finding("C1")];
    episode.snapshots.day_before = Some(snapshot(FROM_AT - DAY_MS, &[forgotten(1, 3)]));
    episode.snapshots.after = Some(snapshot(UNTIL_AT + 15 * MINUTE_MS, &[forgotten(1, 5)]));
    let found = cause(&episode, Suspected::Leak).unwrap();
    let client = || "C1".to_owned();
    let wanted = [
        Point::Forgotten { client: client(), forgotten: 5, sessions: 5, oldest_hours: 13 },
        Point::Suspect { client: client() },
        Point::Grows { client: client(), before: 3, sessions: 5 },
        Point::Stayed { client: client(), sessions: 5, of: 5 },
    ];
    assert_eq!(found.points_for, wanted);
    assert!(found.points_against.is_empty() && found.is_likely());
}

#[test]
fn few_young_or_used_sessions_are_no_leak_and_what_shrinks_and_goes_speaks_against_it() {
    for near in [
        forgotten(1, 2),
        Of { age_secs: Some(43_000), ..forgotten(1, 5) },
        Of { opens: Some(1), ..forgotten(1, 5) },
        Of { idle_secs: Some(3_500), ..forgotten(1, 5) },
        Of { age_secs: None, ..forgotten(1, 5) },
    ] {
        assert_eq!(cause(&episode(&with_others(vec![near], 15)), Suspected::Leak), None, "{near:?}");
    }
    let mut shrinks = episode(&with_others(vec![forgotten(1, 5), of(1, 6)], 9));
    shrinks.snapshots.day_before = Some(snapshot(FROM_AT - DAY_MS, &[forgotten(1, 12)]));
    shrinks.snapshots.after = Some(snapshot(UNTIL_AT + 15 * MINUTE_MS, &[forgotten(1, 2)]));
    let found = cause(&shrinks, Suspected::Leak).unwrap();
    let client = || "C1".to_owned();
    let wanted = [
        Point::Shrinks { client: client(), before: 12, sessions: 11 },
        Point::Went { client: client(), sessions: 2, of: 11 },
        Point::Used { sessions: 6, of: 11 },
    ];
    assert_eq!(found.points_against, wanted);
    assert!(!found.is_likely());
}

#[test]
fn a_client_that_only_a_rule_suspects_is_a_suspect_if_it_is_there() {
    let mut episode = episode(&with_others(vec![of(1, 2)], 18));
    episode.findings = vec![leak_finding("C1")];
    let found = cause(&episode, Suspected::Leak).unwrap();
    assert_eq!(found.points_for, [Point::Suspect { client: "C1".to_owned() }]);
    assert_eq!(found.points_against, [Point::Used { sessions: 2, of: 2 }]);
    episode.findings = vec![leak_finding("C99")];
    assert_eq!(cause(&episode, Suspected::Leak), None, "it held nothing here");
}

/// Two weeks of a host that never grew by more than 20 sessions in ten minutes, and a peak of 200.
fn calm_host(rise: u32) -> Episode {
    let mut episode = episode(&with_others(Vec::new(), 20));
    let hour = hour_start(FROM_AT);
    let past = (2..200).map(|n| usage(hour - n * HOUR_MS, |cell| Some(if cell == 3 { 30 } else { 10 })));
    episode.usage = past.collect();
    episode.usage.reverse();
    episode.moments = minutes(FROM_AT, &[(10, 5), (10, 5), (10 + rise, 5), (10 + rise, 5)]);
    episode
}

#[test]
fn far_more_sessions_than_ever_within_minutes_are_a_flood() {
    let mut flood = calm_host(90);
    flood.events = vec![event(2_026, EventClass::Abuse, FROM_AT), event(2_025, EventClass::Foreign, FROM_AT)];
    let found = cause(&flood, Suspected::Flood).unwrap();
    let wanted = [Point::FloodEvents { events: 1 }, Point::MoreSessions { more: 90, ever: 20 }];
    assert_eq!(found.points_for, wanted);
    assert!(found.is_likely() && found.points_against.is_empty(), "{found:?}");
    flood.changes = vec![started(FROM_AT - 10 * MINUTE_MS)];
    let found = cause(&flood, Suspected::Flood).unwrap();
    assert_eq!(found.points_against, [Point::Restarted { at: FROM_AT - 10 * MINUTE_MS }], "everybody connects again");
}

#[test]
fn growth_that_was_seen_before_is_no_flood_nor_is_anything_of_a_host_that_nobody_knows() {
    assert_eq!(cause(&calm_host(60), Suspected::Flood), None, "three times is not more than three times");
    let mut young = calm_host(90);
    young.usage.drain(..120);
    assert_eq!(cause(&young, Suspected::Flood), None, "less than half a week is known of it");
    let mut earlier = calm_host(90);
    earlier.moments = minutes(FROM_AT - 40 * MINUTE_MS, &[(10, 5), (100, 5)]);
    assert_eq!(cause(&earlier, Suspected::Flood), None, "that was before");
}

#[test]
fn idle_desktops_that_hold_half_are_likely() {
    let desks: Vec<Of> = (1..=11).map(|client| Of { idle_secs: Some(3_000), ..of(client, 1) }).collect();
    let vdi = classed(episode(&with_others(desks, 9)), Class::Vdi, &(1..=11).collect::<Vec<_>>());
    let found = cause(&vdi, Suspected::Vdi).unwrap();
    let wanted = [
        Point::Held { clients: 11, sessions: 11, all: 20 },
        Point::Idle { sessions: 11, of: 11 },
        Point::Day { hour: 9 },
    ];
    assert_eq!((found.points_for.as_slice(), found.is_likely()), (&wanted[..], true));
    let few = classed(episode(&with_others(vec![of(1, 4)], 16)), Class::Vdi, &[1]);
    assert_eq!(cause(&few, Suspected::Vdi), None, "a fifth");
    let night = cause(&at_night(vdi), Suspected::Vdi).unwrap();
    assert_eq!(night.points_against, [Point::Night { hour: 2 }]);
}

#[test]
fn printers_that_keep_their_sessions_are_a_cause_and_a_few_are_not() {
    let idle = Of { idle_secs: Some(7_200), opens: Some(0), ..of(1, 5) };
    let print = classed(episode(&with_others(vec![idle], 15)), Class::Printer, &[1]);
    let found = cause(&print, Suspected::Print).unwrap();
    assert_eq!(
        found.points_for,
        [Point::Held { clients: 1, sessions: 5, all: 20 }, Point::Idle { sessions: 5, of: 5 }]
    );
    let few = classed(episode(&with_others(vec![Of { sessions: 4, ..idle }], 16)), Class::Printer, &[1]);
    assert_eq!(cause(&few, Suspected::Print), None);
}

/// So many clients that came within the last minutes.
fn fresh(clients: i64) -> Vec<Of> {
    (1..=clients).map(|client| Of { age_secs: Some(300), ..of(client, 1) }).collect()
}

#[test]
fn many_who_came_within_minutes_in_the_morning_are_a_logon_storm() {
    let mut storm = episode(&with_others(fresh(12), 8));
    let hour = hour_start(FROM_AT) - 7 * DAY_MS;
    storm.usage = vec![usage(hour, |_| Some(17))];
    let found = cause(&storm, Suspected::LogonStorm).unwrap();
    let wanted = [
        Point::Started { sessions: 12, clients: 12, all: 20, minutes: 15 },
        Point::Morning { hour: 9 },
        Point::WeekBefore { sessions: 17 },
    ];
    assert_eq!((found.points_for.as_slice(), found.is_likely()), (&wanted[..], true));
}

#[test]
fn few_who_came_or_one_who_came_often_are_no_storm() {
    for near in [
        with_others(fresh(9), 9),
        with_others(fresh(10), 11),
        with_others(vec![Of { age_secs: Some(300), ..of(1, 12) }], 8),
        with_others(fresh(12).into_iter().map(|of| Of { age_secs: Some(901), ..of }).collect(), 8),
        with_others(fresh(12).into_iter().map(|of| Of { age_secs: None, ..of }).collect(), 8),
    ] {
        assert_eq!(cause(&episode(&near), Suspected::LogonStorm), None, "{near:?}");
    }
    let mut mostly_one = fresh(6);
    mostly_one.push(Of { age_secs: Some(60), ..of(7, 8) });
    let found = cause(&episode(&with_others(mostly_one, 6)), Suspected::LogonStorm).unwrap();
    assert_eq!(found.points_against, [Point::OneClient { client: "C7".to_owned(), sessions: 8, of: 14 }]);
    assert!(!found.is_likely());
}

#[test]
fn the_likeliest_cause_comes_first_and_without_a_ground_there_is_none() {
    let held = with_others(vec![forgotten(1, 12), of(2, 6)], 2);
    let found = evidence_of(&classed(classed(episode(&held), Class::Printer, &[1]), Class::Backup, &[2])).causes;
    let weights: Vec<_> = found.iter().map(|cause| (cause.what.unwrap(), cause.weight)).collect();
    assert_eq!(weights, [(Suspected::Print, 4), (Suspected::Leak, 3), (Suspected::Backup, 2)]);
    assert!(evidence_of(&episode(&others(20))).causes.is_empty());
    assert!(evidence_of(&episode(&[])).causes.is_empty());
}
