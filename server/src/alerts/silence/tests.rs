use super::*;
use crate::model::alert::Rule;
use crate::model::time::MINUTE_MS;
use crate::model::{AlertRuleId, SilenceId};

fn rules() -> Rules {
    let rule = |kind| Rule {
        id: AlertRuleId(1),
        kind,
        group_name: String::new(),
        is_on: true,
        levels: Levels::first(kind),
        updated_at: 0,
        updated_by: String::new(),
    };
    Rules(Kind::ALL.map(rule).to_vec())
}

fn heard(host: i64, minutes_ago: i64, silent_since: Option<i64>) -> Heard<'static> {
    Heard { host: HostId(host), group_name: "", at: NOW_AT - minutes_ago * MINUTE_MS, sampling_secs: 60, silent_since }
}

const NOW_AT: i64 = 1_000 * MINUTE_MS;

#[test]
fn a_host_that_says_nothing_for_ten_minutes_is_silent_until_it_is_heard() {
    let hosts =
        [heard(1, 0, None), heard(2, 13, None), heard(3, 11, None), heard(4, 1, None), heard(5, 0, Some(NOW_AT - 90))];
    let (pipeline, words) = listen(&rules(), &hosts, None, 0, NOW_AT);
    assert_eq!(pipeline, Pipeline::Stays);
    let (from_at, until_at) = (NOW_AT - 13 * MINUTE_MS, NOW_AT);
    assert_eq!(words, [Word::FallsSilent { host: HostId(2), from_at }, Word::IsHeard { host: HostId(5), until_at }]);
    assert_eq!(listen(&rules(), &hosts[..3], None, NOW_AT - MINUTE_MS, NOW_AT).1, [], "this server was away itself");
}

#[test]
fn when_most_are_silent_the_cause_is_not_on_them() {
    let hosts: Vec<Heard<'_>> = (0..10).map(|n| heard(n, if n < 6 { 20 } else { 0 }, None)).collect();
    let (pipeline, words) = listen(&rules(), &hosts, None, 0, NOW_AT);
    assert_eq!((pipeline, words.len()), (Pipeline::FallsSilent { from_at: NOW_AT - 20 * MINUTE_MS }, 0));
    let (pipeline, words) = listen(&rules(), &hosts, Some(NOW_AT - MINUTE_MS), 0, NOW_AT);
    assert_eq!((pipeline, words.len()), (Pipeline::Stays, 0));
    let back: Vec<Heard<'_>> = (0..10).map(|n| heard(n, if n < 2 { 20 } else { 0 }, None)).collect();
    let (pipeline, words) = listen(&rules(), &back, Some(NOW_AT - MINUTE_MS), 0, NOW_AT);
    assert_eq!(
        (pipeline, words.len()),
        (Pipeline::IsHeard { until_at: NOW_AT }, 2),
        "the last two are silent by themselves"
    );
    let two: Vec<Heard<'_>> = (0..2).map(|n| heard(n, 20, None)).collect();
    assert_eq!(listen(&rules(), &two, None, 0, NOW_AT).0, Pipeline::Stays, "two hosts are no pipeline");
}

fn silence(from_at: i64, until_at: i64) -> Silence {
    Silence {
        id: SilenceId(1),
        is_maintenance: true,
        host: None,
        host_name: String::new(),
        group_name: String::new(),
        kind: None,
        from_at,
        until_at,
        is_weekly: false,
        time_zone: "Europe/Paris".to_owned(),
        reason: String::new(),
        created_by: String::new(),
        created_at: 0,
    }
}

#[test]
fn a_silence_is_for_whom_it_was_made() {
    let of = |host, group: &str, kind| Silence { host, group_name: group.to_owned(), kind, ..silence(10, 20) };
    let holds = |silence: Silence, host: Option<(HostId, &str)>| in_force(&[silence], host, Kind::Full, 15).is_some();
    let (one, two) = (Some((HostId(1), "Paris")), Some((HostId(2), "")));
    assert!(holds(of(None, "", None), one) && holds(of(None, "", None), None));
    assert!(holds(of(None, "Paris", None), one) && !holds(of(None, "Paris", None), two));
    assert!(!holds(of(None, "Paris", None), None));
    assert!(holds(of(Some(HostId(2)), "", None), two) && !holds(of(Some(HostId(2)), "", None), one));
    assert!(!holds(of(None, "", Some(Kind::Near)), one) && holds(of(None, "", Some(Kind::Full)), one));
    assert!(in_force(&[silence(10, 20)], one, Kind::Full, 20).is_none());
}

#[test]
fn what_comes_every_week_comes_by_the_clock_on_the_wall() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    // Saturdays from 23:00 to 02:00 in Paris, from September on.
    let weekly = Silence { is_weekly: true, ..silence(at("2026-09-05T21:00:00Z"), at("2026-09-06T00:00:00Z")) };
    for (instant, is_within) in [
        ("2026-09-05T21:00:00Z", true),
        ("2026-09-12T23:59:00Z", true),
        ("2026-09-13T00:00:00Z", false),
        ("2026-09-12T20:59:00Z", false),
        ("2026-08-29T22:00:00Z", false),
        // Winter: an hour later by UTC.
        ("2026-11-28T22:00:00Z", true),
        ("2026-11-28T21:30:00Z", false),
        ("2026-11-29T00:59:00Z", true),
    ] {
        assert_eq!(weekly.covers(at(instant)), is_within, "{instant}");
    }
}

#[test]
fn the_stretch_that_is_in_force_is_told_and_else_the_next_one() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let stretch = |from: &str, until: &str| Some(Stretch { from_at: at(from), until_at: at(until) });
    let weekly = Silence { is_weekly: true, ..silence(at("2026-09-05T21:00:00Z"), at("2026-09-06T00:00:00Z")) };
    for (instant, from, until) in [
        ("2026-08-01T00:00:00Z", "2026-09-05T21:00:00Z", "2026-09-06T00:00:00Z"),
        ("2026-09-05T22:00:00Z", "2026-09-05T21:00:00Z", "2026-09-06T00:00:00Z"),
        ("2026-09-06T00:00:00Z", "2026-09-12T21:00:00Z", "2026-09-13T00:00:00Z"),
        // The night in which the clock is put back, a week after which it is an hour later by UTC.
        ("2026-10-24T22:30:00Z", "2026-10-24T21:00:00Z", "2026-10-25T00:00:00Z"),
        ("2026-10-25T03:00:00Z", "2026-10-31T22:00:00Z", "2026-11-01T01:00:00Z"),
    ] {
        assert_eq!(weekly.stretch(at(instant)), stretch(from, until), "{instant}");
    }
    let once = silence(10, 20);
    assert_eq!(once.stretch(5), Some(Stretch { from_at: 10, until_at: 20 }));
    assert_eq!((once.stretch(20), silence(20, 10).stretch(5)), (None, None));
    let never = Silence { is_weekly: true, ..silence(at("2026-09-05T21:00:00Z"), at("2026-09-12T21:00:00Z")) };
    assert_eq!(never.stretch(at("2026-09-06T00:00:00Z")), None, "a whole week is no time of a week");
}

#[test]
fn what_falls_into_an_hour_that_is_skipped_comes_after_it() {
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    // Sundays from 02:10 to 02:40 in Paris; on 29 March 2026 it is 03:00 right after 01:59.
    let weekly = Silence { is_weekly: true, ..silence(at("2026-03-01T01:10:00Z"), at("2026-03-01T01:40:00Z")) };
    assert!(weekly.covers(at("2026-03-29T01:20:00Z")) && !weekly.covers(at("2026-03-29T00:20:00Z")));
    let next = weekly.stretch(at("2026-03-29T02:00:00Z")).unwrap();
    assert_eq!((next.from_at, next.until_at), (at("2026-04-05T00:10:00Z"), at("2026-04-05T00:40:00Z")));
}

#[test]
fn most_hosts_silent_ends_also_when_its_rule_was_switched_off_meanwhile() {
    let mut rules = rules();
    rules.0.iter_mut().filter(|rule| rule.kind == Kind::Pipeline).for_each(|rule| rule.is_on = false);
    let all = |minutes: i64| (1..=4).map(|host| heard(host, minutes, None)).collect::<Vec<_>>();
    let of = |minutes: i64, since| listen(&rules, &all(minutes), since, 0, NOW_AT).0;
    assert_eq!((of(60, None), of(60, Some(1))), (Pipeline::Stays, Pipeline::Stays));
    assert_eq!(of(1, Some(1)), Pipeline::IsHeard { until_at: NOW_AT - MINUTE_MS });
}
