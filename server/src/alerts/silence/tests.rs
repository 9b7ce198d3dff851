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
