use std::collections::{HashMap, HashSet};

use highwater_wire::{Limit, LimitSource, Session, Snapshot};

use super::crowd::{DAY, HOUR, MIN, SEC};
use super::*;

/// 2026-11-17 00:00 UTC, a Tuesday.
const TUESDAY: i64 = 1_794_873_600_000;

fn fleet() -> Fleet {
    Fleet::new(7, 30)
}

fn of_role(fleet: &Fleet, role: Role) -> Host<'_> {
    fleet.iter().find(|host| host.role() == role).unwrap_or_else(|| panic!("no {role:?}"))
}

fn peak(host: &Host, from: i64, to: i64) -> u32 {
    (0..=(to - from) / (5 * MIN)).map(|i| host.count_at(from + i * 5 * MIN)).max().unwrap()
}

/// Sessions by who holds them and when they began, to the second.
fn by_start(snapshot: &Snapshot) -> HashMap<(&str, &str), Vec<i64>> {
    let mut starts: HashMap<(&str, &str), Vec<i64>> = HashMap::new();
    for session in &snapshot.sessions {
        let start = snapshot.taken_at - i64::from(session.age_secs.unwrap()) * SEC;
        starts.entry((&session.client, &session.user)).or_default().push(start);
    }
    starts
}

/// How many sessions of `later` were already in `earlier`, and how many of them are old enough to have been.
fn shared(earlier: &Snapshot, later: &Snapshot) -> (usize, usize) {
    let mut known = by_start(earlier);
    let (mut found, mut old) = (0, 0);
    for session in &later.sessions {
        let start = later.taken_at - i64::from(session.age_secs.unwrap()) * SEC;
        if start > earlier.taken_at - 2 * SEC {
            continue;
        }
        old += 1;
        // Nearest first: one client may open several within two seconds.
        let Some(starts) = known.get_mut(&(session.client.as_str(), session.user.as_str())) else { continue };
        let nearest = (0..starts.len()).min_by_key(|i| starts[*i].abs_diff(start));
        if let Some(at) = nearest.filter(|i| starts[*i].abs_diff(start) <= 1_000) {
            starts.swap_remove(at);
            found += 1;
        }
    }
    (found, old)
}

#[test]
fn the_same_question_has_the_same_answer() {
    let (one, other) = (fleet(), fleet());
    for number in 0..one.hosts() {
        let at = TUESDAY + i64::from(number) * 37 * MIN;
        assert_eq!(one.host(number).snapshot_at(at, 60), other.host(number).snapshot_at(at, 60));
        assert_eq!(one.host(number).facts_at(at), other.host(number).facts_at(at));
        assert_eq!(one.host(number).count_at(at) as usize, one.host(number).snapshot_at(at, 60).sessions.len());
        assert_eq!(
            one.host(number).events_between(at, at + 3 * DAY),
            other.host(number).events_between(at, at + 3 * DAY)
        );
    }
    assert_ne!(fleet().host(1).snapshot_at(TUESDAY, 60), Fleet::new(8, 30).host(1).snapshot_at(TUESDAY, 60));
}

#[test]
fn hosts_are_told_apart_by_name_and_machine() {
    let fleet = Fleet::new(7, 2_000);
    let names: HashSet<_> = fleet.iter().map(|host| host.name().to_owned()).collect();
    let machines: HashSet<_> = fleet.iter().map(|host| host.machine_id()).collect();
    assert_eq!((names.len(), machines.len()), (2_000, 2_000));
    assert!(machines.iter().all(|id| id.len() == 64));
    let roles: HashSet<_> = fleet.iter().take(9).map(|host| host.role()).collect();
    assert_eq!(roles.len(), 8, "the first nine hosts show every kind: {roles:?}");
}

#[test]
fn a_session_begins_once_whenever_it_is_looked_at() {
    let fleet = fleet();
    for host in fleet.iter() {
        for hour in [2, 9, 12, 13, 17, 23] {
            let at = TUESDAY + hour * HOUR + 17 * SEC + 250;
            let (earlier, later) = (host.snapshot_at(at, 60), host.snapshot_at(at + MIN, 60));
            let (found, old) = shared(&earlier, &later);
            assert_eq!(found, old, "{} at {hour}: a session older than a minute was there a minute ago", host.name());
        }
    }
}

#[test]
fn idle_grows_with_the_clock_until_something_is_done() {
    let fleet = fleet();
    let host = of_role(&fleet, Role::FileServer);
    let mut still = 0;
    for minute in 0..30 {
        let at = TUESDAY + 10 * HOUR + minute * MIN;
        let active = |snapshot: &Snapshot| -> HashMap<(String, String, i64), i64> {
            let key = |s: &Session| {
                (s.client.clone(), s.user.clone(), snapshot.taken_at / SEC - i64::from(s.age_secs.unwrap()))
            };
            let active = |s: &Session| snapshot.taken_at - i64::from(s.idle_secs.unwrap()) * SEC;
            snapshot.sessions.iter().map(|s| (key(s), active(s))).collect()
        };
        let (earlier, later) = (host.snapshot_at(at, 60), host.snapshot_at(at + MIN, 60));
        assert!(later.sessions.iter().all(|s| s.idle_secs <= s.age_secs));
        let later = active(&later);
        for (key, was) in active(&earlier) {
            let Some(is) = later.get(&key) else { continue };
            assert!(is - was >= 0 || was - is <= 1_000, "{key:?} was active at {was} and then at {is}");
            assert!(is - was <= 1_000 || *is > at, "{key:?}: what it did between lies between");
            still += usize::from((is - was).abs() <= 1_000);
        }
    }
    assert!(still > 1_000, "most sessions do nothing within a minute: {still}");
}

#[test]
fn working_days_have_a_rhythm_with_a_dip_at_lunch() {
    let fleet = fleet();
    let host = of_role(&fleet, Role::FileServer);
    let noon_at = |day: i64, minutes: i64| {
        let now = host.moment(TUESDAY + day * DAY + 12 * HOUR);
        i64::from(host.count_at(now.began_at + minutes * MIN))
    };
    let (night, morning, lunch) = (noon_at(0, 6 * 60), noon_at(0, 11 * 60), noon_at(0, 12 * 60 + 50));
    let (afternoon, saturday) = (noon_at(0, 15 * 60), noon_at(4, 11 * 60));
    assert!(morning > 3 * night, "{morning} in the morning, {night} before it");
    assert!(lunch < morning * 85 / 100 && lunch < afternoon * 85 / 100, "{morning}, {lunch}, {afternoon}");
    assert!(saturday * 3 < morning, "{saturday} on Saturday, {morning} on Tuesday");
    let friday: i64 = (0..6).map(|week| noon_at(3 + 7 * week, 15 * 60)).sum();
    let wednesday: i64 = (0..6).map(|week| noon_at(1 + 7 * week, 15 * 60)).sum();
    assert!(friday < wednesday, "{friday} on Fridays, {wednesday} on Wednesdays");
}

#[test]
fn a_few_clients_hold_many_sessions_and_most_hold_one_or_two() {
    let fleet = fleet();
    let host = of_role(&fleet, Role::FileServer);
    let snapshot = host.snapshot_at(host.moment(TUESDAY).began_at + 11 * HOUR, 60);
    let mut held: HashMap<&str, u32> = HashMap::new();
    for session in &snapshot.sessions {
        *held.entry(&session.client).or_default() += 1;
    }
    let mut counts: Vec<u32> = held.values().copied().collect();
    counts.sort_unstable();
    let total: u32 = counts.iter().sum();
    let top: u32 = counts.iter().rev().take(5).sum();
    assert!(counts.len() > 40, "{} clients", counts.len());
    assert!(counts[counts.len() / 2] <= 2, "the median client holds {}", counts[counts.len() / 2]);
    assert!(top * 100 / total >= 25, "the first five of {} hold {top} of {total}", counts.len());
    assert!(*counts.last().unwrap() >= 15, "a terminal server holds {:?}", counts.last());
}

#[test]
fn the_backup_is_one_client_with_many_busy_sessions_at_night_only() {
    let fleet = fleet();
    let host = of_role(&fleet, Role::FileServer);
    let backup = |hour: i64| -> Vec<Session> {
        let sessions = host.snapshot_at(host.moment(TUESDAY + 12 * HOUR).began_at + hour * HOUR, 60).sessions;
        sessions.into_iter().filter(|s| s.user == "svc-backup").collect()
    };
    for hour in [23, 24, 25] {
        let night = backup(hour);
        assert!(night.len() >= 30, "{} at {hour}", night.len());
        assert!(night.iter().all(|s| s.client == night[0].client && s.idle_secs == Some(0) && s.opens > Some(0)));
    }
    assert!(backup(12).is_empty() && backup(20).is_empty());
}

#[test]
fn a_leak_only_grows_and_drops_at_the_restart() {
    let fleet = fleet();
    let host = of_role(&fleet, Role::Scans);
    let leaked = |at: i64| -> Vec<Session> {
        host.snapshot_at(at, 60).sessions.into_iter().filter(|s| s.user == "svc-scan").collect()
    };
    let counts: Vec<usize> = (0..12 * 24).map(|hour| leaked(TUESDAY + hour * HOUR).len()).collect();
    let drops = counts.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!((1..=2).contains(&drops), "{drops} restarts in twelve days");
    assert!(counts.iter().max() > Some(&180), "{:?}", counts.iter().max());
    let fullest = (0..12 * 24).max_by_key(|hour| counts[usize::try_from(*hour).unwrap()]).unwrap();
    for session in leaked(TUESDAY + fullest * HOUR) {
        assert_eq!(session.opens, Some(0));
        assert!(session.age_secs.unwrap() - session.idle_secs.unwrap() <= 2, "{session:?}");
    }
}

#[test]
fn a_kiosk_is_full_at_half_past_nine_and_never_beyond_its_limit() {
    let fleet = Fleet::new(7, 120);
    let mut full_days = 0;
    let mut working_days = 0;
    for host in fleet.iter().filter(|host| host.role() == Role::Kiosk) {
        assert_eq!(host.limit(), Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api });
        assert_eq!(host.facts_at(TUESDAY).os, "Windows 11 Pro");
        for day in 0..7 {
            let began_at = host.moment(TUESDAY + day * DAY + 12 * HOUR).began_at;
            assert!(peak(&host, began_at, began_at + DAY) <= 20, "{} on day {day}", host.name());
            if ![4, 5].contains(&day) {
                working_days += 1;
                full_days += u32::from(host.count_at(began_at + 9 * HOUR + 32 * MIN) == 20);
            } else {
                assert!(peak(&host, began_at, began_at + DAY) < 18, "no shopping spree at the weekend");
            }
        }
    }
    assert!(working_days > 50 && full_days * 10 >= working_days * 8, "full on {full_days} of {working_days} days");
}

#[test]
fn no_host_is_ever_beyond_its_limit() {
    let fleet = Fleet::new(11, 80);
    for host in fleet.iter() {
        let Some(limit) = host.limit().sessions else { continue };
        let peak = peak(&host, TUESDAY, TUESDAY + 7 * DAY);
        assert!(u64::from(peak) <= limit, "{} reached {peak} of {limit}", host.name());
    }
}

#[test]
fn who_is_refused_says_so_in_the_event_log() {
    let fleet = fleet();
    let host = of_role(&fleet, Role::Kiosk);
    let began_at = host.moment(TUESDAY).began_at;
    let events = host.events_between(began_at, began_at + DAY);
    let refusals: Vec<_> = events.iter().filter(|event| event.code == 2022).collect();
    assert!(!refusals.is_empty(), "{events:?}");
    for event in refusals {
        assert_eq!((event.provider.as_str(), event.channel.as_str(), event.level), ("Srv", "System", 3));
        assert_eq!(host.count_at(event.recorded_at - 5 * SEC), 20, "it was full then");
        assert!(event.decoded.count >= Some(1) && event.decoded.window_secs == Some(60));
        assert!(event.decoded.final_status == Some(0xC000_009A) && !event.decoded.binary_mismatch);
    }
}

#[test]
fn the_event_log_shows_the_whole_family_and_foreign_records() {
    let fleet = fleet();
    let mut seen: HashMap<(String, u32), usize> = HashMap::new();
    for host in fleet.iter() {
        let events = host.events_between(TUESDAY - 20 * DAY, TUESDAY + 10 * DAY);
        let ids: HashSet<_> = events.iter().map(|event| (event.channel.clone(), event.record_id)).collect();
        assert_eq!(ids.len(), events.len(), "record numbers of {} repeat", host.name());
        assert!(events.windows(2).all(|pair| pair[0].recorded_at <= pair[1].recorded_at));
        for event in events {
            let table = event.decoded.table.as_deref();
            assert!(event.code != 2009 || table == Some("session"), "{event:?}");
            assert!(event.code != 1020 || event.decoded.client.is_some(), "{event:?}");
            assert!(!event.provider.contains("Firewall") || event.decoded.is_empty(), "{event:?}");
            *seen.entry((event.provider.clone(), event.code)).or_default() += 1;
        }
    }
    for code in [2022, 2021, 2009, 2020] {
        assert!(seen.contains_key(&("Srv".to_owned(), code)), "{code}: {seen:?}");
    }
    assert_eq!(seen[&("Srv".to_owned(), 2003)], 1);
    assert!(seen.contains_key(&("Microsoft-Windows-SMBServer".to_owned(), 1020)));
    assert!(seen.iter().any(|((provider, code), _)| provider.contains("Firewall") && *code == 2003));
}

#[test]
fn a_stretch_of_events_is_its_parts_together() {
    let fleet = fleet();
    let host = of_role(&fleet, Role::Kiosk);
    let whole = host.events_between(TUESDAY, TUESDAY + 4 * DAY);
    let parts: Vec<_> =
        (0..4 * 24).flat_map(|h| host.events_between(TUESDAY + h * HOUR, TUESDAY + (h + 1) * HOUR)).collect();
    assert_eq!(whole, parts);
}

#[test]
fn limits_are_of_every_kind() {
    let fleet = fleet();
    let limit = |role| of_role(&fleet, role).limit();
    let unlimited = limit(Role::FileServer);
    assert!(unlimited.unlimited && unlimited.sessions.is_none() && unlimited.source == LimitSource::Api);
    assert_eq!(limit(Role::Limited).sessions, Some(150));
    let unknown = limit(Role::UnknownLimit);
    assert!(!unknown.unlimited && unknown.sessions.is_none() && unknown.source == LimitSource::Unknown);
    assert_eq!(limit(Role::Samba).source, LimitSource::SambaConf);
}

#[test]
fn samba_tells_no_idle_time() {
    let fleet = fleet();
    let snapshot = of_role(&fleet, Role::Samba).snapshot_at(TUESDAY + 10 * HOUR, 60);
    assert!(!snapshot.sessions.is_empty() && snapshot.sessions.iter().all(|s| s.idle_secs.is_none()));
}

#[test]
fn a_growing_host_grows_from_week_to_week() {
    let fleet = Fleet::around(7, 10, TUESDAY);
    let host = of_role(&fleet, Role::Growing);
    let peaks: Vec<u32> =
        (-4..=4).map(|week| peak(&host, TUESDAY + week * 7 * DAY, TUESDAY + (week * 7 + 1) * DAY)).collect();
    assert!(peaks[8] > peaks[4] + 10 && peaks[4] > peaks[0] + 10, "{peaks:?}");
}

#[test]
fn names_look_like_people_computers_and_services() {
    let fleet = fleet();
    let users: HashSet<String> = fleet
        .iter()
        .flat_map(|host| [11, 23].map(|hour| host.snapshot_at(TUESDAY + hour * HOUR, 60).sessions))
        .flatten()
        .map(|session| session.user)
        .collect();
    for user in ["svc-scan", "svc-backup", "svc-sql", ""] {
        assert!(users.contains(user), "{user:?} is missing");
    }
    assert!(users.iter().any(|user| user.ends_with('$')));
    assert!(users.len() > 200, "{}", users.len());
}

#[tokio::test]
async fn a_silent_host_tells_a_gap_when_it_is_back() {
    let fleet = Arc::new(fleet());
    let host = of_role(&fleet, Role::OftenSilent);
    let minute = (0..8 * 24 * 60).find(|minute| host.is_silent(TUESDAY + minute * MIN)).unwrap();
    let (from_at, to_at) = host.silence_around(TUESDAY + minute * MIN).unwrap();
    assert!(to_at - from_at >= 50 * MIN);
    let mut source = Simulated::new(Arc::clone(&fleet), host.number());
    let before = source.observe(from_at - MIN, 60).await.unwrap();
    assert!(before.facts.is_some() && before.gaps.is_empty() && before.snapshots.len() == 1);
    assert_eq!(source.observe(from_at + MIN, 60).await.unwrap(), Report::default());
    let after = source.observe(to_at + MIN, 60).await.unwrap();
    assert_eq!((after.gaps[0].from_at, after.gaps[0].to_at, after.gaps.len()), (from_at, to_at, 1));
    assert_eq!(after.snapshots.len(), 1);
    assert!(source.observe(to_at + 2 * MIN, 60).await.unwrap().gaps.is_empty(), "told once");
}

#[tokio::test]
async fn the_demo_kiosk_fills_while_one_watches() {
    let now_at = TUESDAY + 15 * HOUR + 7 * MIN;
    let fleet = Arc::new(Fleet::demo(now_at));
    let host = fleet.host(0);
    assert_eq!((host.name(), host.limit().sessions), ("KIOSK-01", Some(20)));
    let after = |secs: i64| host.count_at(now_at + secs * SEC);
    assert_eq!((after(0), after(60), after(180), after(400)), (14, 16, 20, 20));
    assert_eq!(after(600), 14, "it eases");
    assert_eq!(after(14 * 60 + 180), 20, "and comes back");
    assert_eq!(host.count_at(now_at - HOUR), 14);
    assert!(peak(&host, now_at - 7 * DAY, now_at + DAY) <= 20);
    assert!(peak(&host, now_at - 7 * DAY, now_at - DAY) == 20, "it has a history");

    let mut source = Simulated::new(Arc::clone(&fleet), 0);
    let mut told = Vec::new();
    for step in 0..60 {
        let report = source.observe(now_at + step * 5 * SEC, 5).await.unwrap();
        assert_eq!(report.facts.is_some(), step == 0, "facts are told once");
        told.extend(report.events);
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(host.count_at(told[0].recorded_at), 20);
    assert!(fleet.iter().any(|host| host.is_silent(now_at)), "one host is silent at first");
    assert!(!fleet.iter().any(|host| host.is_silent(now_at + 5 * MIN)), "and comes back");
}

#[test]
fn a_busy_fleet_has_its_number_and_five_percent_change_every_minute() {
    let fleet = Fleet::busy(1, 5, 200);
    let mut kept = 0;
    for host in fleet.iter() {
        for minute in 0..10 {
            let at = TUESDAY + minute * MIN;
            let (earlier, later) = (host.snapshot_at(at, 60), host.snapshot_at(at + MIN, 60));
            assert_eq!(later.sessions.len(), 200);
            kept += shared(&earlier, &later).0;
        }
    }
    let changed_permille = 1_000 - kept * 1_000 / (5 * 10 * 200);
    assert!((40..65).contains(&changed_permille), "{changed_permille} ‰");
}

#[test]
fn a_change_of_clocks_moves_no_session() {
    let fleet = fleet();
    // 2026-10-25 01:00 UTC: clocks in Paris go back while the backup runs.
    let change = "2026-10-25T01:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for host in fleet.iter().filter(|host| host.facts_at(0).time_zone.starts_with("Europe")) {
        for minutes in -240..180 {
            let at = change + minutes * MIN;
            let (found, old) = shared(&host.snapshot_at(at, 60), &host.snapshot_at(at + MIN, 60));
            assert_eq!(found, old, "{} {minutes} minutes after the change", host.name());
        }
    }
}
