use std::collections::BTreeMap;

use proptest::prelude::*;

use super::course::{Course, KINDS};
use super::reconcile::{Change, End, reconcile};
use super::replay::{Standing, go_on, replay};
use super::*;
use crate::model::IncidentId;
use crate::model::time::MINUTE_MS;

fn all_on() -> InForce {
    InForce {
        full: Some(Levels::first(Kind::Full)),
        near: Some(Levels::first(Kind::Near)),
        capacity: Some(Levels::first(Kind::Capacity)),
        flood: Some(Levels::first(Kind::Flood)),
    }
}

/// A look after so many minutes at so many percent, of a host that is looked at every minute.
fn look(minute: i64, percent: u32) -> Seen {
    let saturation = Some(f64::from(percent) / 100.0);
    let look = Look { sessions: percent, clients: percent / 2, saturation, holds_ms: 2 * MINUTE_MS };
    Seen { at: minute * MINUTE_MS, what: Sight::Look(look) }
}

fn event(minute: i64) -> Seen {
    Seen { at: minute * MINUTE_MS, what: Sight::Capacity }
}

/// Looks minute by minute.
fn looks(from: i64, percents: &[u32]) -> Vec<Seen> {
    percents.iter().zip(from..).map(|(percent, minute)| look(minute, *percent)).collect()
}

/// What turns, in minutes.
fn turned(seen: &[Seen]) -> Vec<(Kind, i64, &'static str)> {
    let (_, turns) = replay(&all_on(), None, &[], seen, 0);
    let word = |what| match what {
        Turned::Opened { .. } => "opened",
        Turned::Again => "again",
        Turned::Joined => "joined",
        Turned::Cleared { .. } => "cleared",
        Turned::Outgrown => "outgrown",
    };
    turns.iter().map(|turn| (turn.kind, turn.at / MINUTE_MS, word(turn.what))).collect()
}

#[test]
fn two_looks_in_a_row_open_it_and_a_quarter_of_an_hour_of_room_closes_it() {
    let seen = [looks(0, &[50, 95, 50, 95, 96]), looks(5, &[60; 18])].concat();
    assert_eq!(turned(&seen), [(Kind::Full, 4, "opened"), (Kind::Full, 20, "cleared")]);
    let (_, turns) = replay(&all_on(), None, &[], &seen, 0);
    assert_eq!(turns[0].what, Turned::Opened { from_at: 3 * MINUTE_MS });
    assert_eq!(turns[1].what, Turned::Cleared { until_at: 5 * MINUTE_MS });
}

#[test]
fn what_comes_and_goes_is_one_incident() {
    let seen = looks(0, &[95, 95, 70, 70, 95, 85, 95, 70, 95]);
    assert_eq!(
        turned(&seen),
        [(Kind::Full, 1, "opened"), (Kind::Full, 4, "again"), (Kind::Full, 8, "again")],
        "85 % is not well, so that 95 % after it is not anew"
    );
}

#[test]
fn a_hole_opens_and_closes_nothing() {
    assert_eq!(turned(&[look(0, 95), look(5, 95)]), []);
    let seen = [looks(0, &[95, 95]), looks(2, &[50; 5]), vec![look(300, 50)]].concat();
    assert_eq!(turned(&seen), [(Kind::Full, 1, "opened")], "five minutes of room, then hours of nothing");
    let seen = [seen, looks(301, &[50; 15])].concat();
    assert_eq!(turned(&seen)[1], (Kind::Full, 315, "cleared"), "a quarter of an hour without a hole");
    let (course, _) = replay(&all_on(), None, &[], &seen, 0);
    assert_eq!(course.unknown_since(316 * MINUTE_MS), None);
    assert_eq!(course.unknown_since(330 * MINUTE_MS), Some(317 * MINUTE_MS));
}

#[test]
fn an_unknown_limit_is_as_good_as_a_hole_and_none_is_room() {
    let of = |minute, saturation| {
        let look = Look { sessions: 500, clients: 1, saturation, holds_ms: 2 * MINUTE_MS };
        Seen { at: minute * MINUTE_MS, what: Sight::Look(look) }
    };
    let unknown: Vec<Seen> = (2..60).map(|minute| of(minute, None)).collect();
    assert_eq!(turned(&[looks(0, &[95, 95]), unknown].concat()), [(Kind::Full, 1, "opened")]);
    let unlimited: Vec<Seen> = (2..60).map(|minute| of(minute, Some(0.0))).collect();
    assert_eq!(turned(&[looks(0, &[95, 95]), unlimited].concat()).last(), Some(&(Kind::Full, 17, "cleared")));
}

#[test]
fn near_for_ten_minutes_is_told_and_becomes_full() {
    let seen = [looks(0, &[82; 12]), looks(12, &[95, 95])].concat();
    assert_eq!(turned(&seen), [(Kind::Near, 10, "opened"), (Kind::Full, 13, "opened"), (Kind::Near, 13, "outgrown")]);
}

#[test]
fn an_event_opens_at_once_what_is_full_else_capacity_and_joins_what_is_open() {
    assert_eq!(turned(&[look(0, 95), event(0)]), [(Kind::Full, 0, "opened")]);
    assert_eq!(turned(&[look(0, 30), event(0)]), [(Kind::Capacity, 0, "opened")]);
    assert_eq!(turned(&[event(0)]), [(Kind::Capacity, 0, "opened")]);
    let seen = [looks(0, &[95, 95]), looks(2, &[50; 10]), vec![event(11)], looks(12, &[50; 16])].concat();
    assert_eq!(
        turned(&seen),
        [(Kind::Full, 1, "opened"), (Kind::Full, 11, "joined"), (Kind::Full, 26, "cleared")],
        "an event within it: a quarter of an hour from there"
    );
    let seen = [vec![look(0, 30), event(0)], looks(1, &[30; 8]), vec![event(8)], looks(9, &[30; 16])].concat();
    assert_eq!(
        turned(&seen),
        [(Kind::Capacity, 0, "opened"), (Kind::Capacity, 8, "joined"), (Kind::Capacity, 23, "cleared")]
    );
}

#[test]
fn a_rise_that_was_never_seen_is_a_flood() {
    let baseline = flood::Baseline { sessions: 20, clients: 20, hours: 500 };
    let seen = [looks(0, &[10, 12]), looks(2, &[90]), looks(3, &[20; 18])].concat();
    // Far below any limit: only growth counts.
    let scaled: Vec<Seen> = seen
        .iter()
        .map(|one| match one.what {
            Sight::Look(look) => Seen { what: Sight::Look(Look { saturation: Some(0.1), ..look }), ..*one },
            _ => *one,
        })
        .collect();
    let (_, turns) = replay(&all_on(), Some(&baseline), &[], &scaled, 0);
    assert_eq!(turns.len(), 2, "{turns:?}");
    assert_eq!(turns[0], Turn { kind: Kind::Flood, at: 2 * MINUTE_MS, what: Turned::Opened { from_at: 0 } });
    assert!(matches!(turns[1], Turn { kind: Kind::Flood, what: Turned::Cleared { .. }, .. }), "{turns:?}");
    assert_eq!(replay(&all_on(), None, &[], &scaled, 0).1, [], "nothing is known of its past");
}

#[test]
fn a_course_that_is_kept_goes_on_as_if_it_had_never_stopped() {
    let seen = [looks(0, &[95, 95, 70, 95]), looks(4, &[60; 20]), vec![event(24)], looks(25, &[60; 3])].concat();
    let whole = replay(&all_on(), None, &[], &seen, 0);
    for cut in 1..seen.len() {
        let (course, mut turns) = replay(&all_on(), None, &[], &seen[..cut], 0);
        let kept = serde_json::to_string(&course).unwrap();
        let mut course: Course = serde_json::from_str(&kept).unwrap();
        turns.extend(go_on(&mut course, &all_on(), None, &[], &seen[cut..]));
        assert_eq!((&course, &turns), (&whole.0, &whole.1), "cut before {cut}");
    }
}

/// Incidents as the store keeps them.
#[derive(Debug, Default)]
struct Kept(Vec<Standing>);

impl Kept {
    fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            let of = |id: IncidentId, all: &mut Vec<Standing>| all.iter().position(|one| one.id == id).unwrap();
            match change {
                Change::Open { kind, from_at, opened_at, end, .. } => {
                    let id = IncidentId(i64::try_from(self.0.len()).unwrap() + 1);
                    let until_at = end.map(|end| end.until_at);
                    let (is_unresolved, ended_by_itself) = (end.is_none(), end.is_some());
                    self.0.push(Standing { id, kind, from_at, opened_at, until_at, is_unresolved, ended_by_itself });
                }
                Change::Earlier { id, from_at, opened_at } => {
                    let place = of(id, &mut self.0);
                    (self.0[place].from_at, self.0[place].opened_at) = (from_at, opened_at);
                }
                Change::Clear { id, end } | Change::EndsAt { id, end } => {
                    let place = of(id, &mut self.0);
                    self.0[place].until_at = Some(end.until_at);
                    (self.0[place].is_unresolved, self.0[place].ended_by_itself) = (false, true);
                }
                Change::GoesOn { id } => {
                    let place = of(id, &mut self.0);
                    self.0[place].until_at = None;
                    self.0[place].is_unresolved = true;
                }
                Change::Within { .. } => {}
            }
        }
    }

    fn judge(&mut self, seen: &[Seen]) {
        let (course, turns) = replay(&all_on(), None, &self.0, seen, i64::MIN);
        for kind in KINDS {
            self.apply(reconcile(kind, &turns, &self.0, course.is_open(kind)));
        }
    }

    /// Never two of a kind at once.
    fn check(&self) {
        let mut open: BTreeMap<Kind, usize> = BTreeMap::new();
        for one in self.0.iter().filter(|one| one.is_unresolved || one.until_at.is_none()) {
            *open.entry(one.kind).or_default() += 1;
        }
        assert!(open.values().all(|count| *count == 1), "{:?}", self.0);
        for (n, a) in self.0.iter().enumerate() {
            for b in &self.0[n + 1..] {
                let is_apart = a.kind != b.kind
                    || a.until_at.is_some_and(|end| end <= b.opened_at)
                    || b.until_at.is_some_and(|end| end <= a.opened_at);
                assert!(is_apart, "{a:?} {b:?}");
            }
        }
    }
}

fn any_seen() -> impl Strategy<Value = Vec<Seen>> {
    let percent = prop_oneof![3 => 90_u32..110, 2 => 76_u32..90, 3 => 0_u32..76];
    // Long runs of the same, as hosts are.
    let runs = prop::collection::vec((percent, 1_usize..25, prop::bool::weighted(0.1)), 1..12);
    (runs, prop::collection::vec(0_i64..200, 0..4)).prop_map(|(runs, events)| {
        let (mut seen, mut minute) = (Vec::new(), 0);
        for (percent, length, is_hole) in runs {
            for _ in 0..length {
                if !is_hole {
                    seen.push(look(minute, percent));
                }
                minute += 1;
            }
        }
        seen.extend(events.into_iter().filter(|at| *at < minute).map(event));
        seen.sort_by_key(Seen::order);
        seen
    })
}

/// The beginnings and ends of all, by kind, in order of time.
fn spans(kept: &Kept) -> Vec<(Kind, i64, Option<i64>)> {
    let mut all: Vec<_> = kept.0.iter().map(|one| (one.kind, one.from_at, one.until_at)).collect();
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn there_are_never_two_at_once_and_looking_again_changes_nothing(seen in any_seen(), step in 1_usize..40) {
        let mut kept = Kept::default();
        for end in (1..=seen.len()).step_by(step).chain([seen.len()]) {
            kept.judge(&seen[..end]);
            kept.check();
        }
        let before = spans(&kept);
        kept.judge(&seen);
        prop_assert_eq!(&before, &spans(&kept));
        let mut at_once = Kept::default();
        at_once.judge(&seen);
        prop_assert_eq!(spans(&at_once), before);
    }

    /// Whatever arrives late, in the end it is as if all had come in time. (Looks that are missing leave holes, which open nothing.)
    #[test]
    fn what_comes_late_finds_its_place(seen in any_seen(), late in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut early = seen.clone();
        let mut held_back = Vec::new();
        for place in late {
            if early.len() > 1 {
                held_back.push(early.remove(place.index(early.len())));
            }
        }
        let mut kept = Kept::default();
        kept.judge(&early);
        kept.check();
        for one in held_back {
            early.push(one);
            kept.judge(&early);
            kept.check();
        }
        let mut in_time = Kept::default();
        in_time.judge(&seen);
        // What a late look takes back was told already and stays; nothing that happened is missing.
        for (kind, from_at, until_at) in spans(&in_time) {
            // (Two that were told apart before a late look showed them to be one stay two.)
            let mut of_kind = kept.0.iter().filter(|one| one.kind == kind && until_at.is_none_or(|end| one.from_at <= end));
            let begins = of_kind.clone().any(|one| one.from_at <= from_at);
            let ends = of_kind.any(|one| one.until_at.is_none_or(|is| until_at.is_some_and(|end| is >= end)));
            prop_assert!(begins && ends, "{kind:?} from {from_at} to {until_at:?}: {:?}", kept.0);
        }
    }

    #[test]
    fn nothing_ends_by_what_is_missing(seen in any_seen(), holes in prop::collection::vec(0_i64..100_000, 1..5)) {
        let (mut course, _) = replay(&all_on(), None, &[], &seen, 0);
        let was_open = KINDS.map(|kind| course.is_open(kind));
        // Events come, looks do not.
        let last = seen.last().map_or(0, |one| one.at / MINUTE_MS);
        let turns = go_on(&mut course, &all_on(), None, &[], &holes.iter().map(|more| event(last + 3 + more)).collect::<Vec<_>>());
        prop_assert!(turns.iter().all(|turn| !matches!(turn.what, Turned::Outgrown)));
        let until = |turn: &Turn| match turn.what { Turned::Cleared { .. } => Some(turn.at), _ => None };
        // Only what was well for long enough before the hole may end.
        prop_assert!(turns.iter().filter_map(until).all(|at| at <= (last + 2) * MINUTE_MS), "{turns:?}");
        for (kind, was) in KINDS.into_iter().zip(was_open) {
            let ended = turns.iter().any(|turn| turn.kind == kind && matches!(turn.what, Turned::Cleared { .. }));
            prop_assert!(!was || ended || course.is_open(kind));
        }
    }
}

#[test]
fn what_somebody_resolved_while_it_goes_on_does_not_open_again_before_it_is_over() {
    let mut kept = Kept::default();
    let mut seen = looks(0, &[95; 10]);
    kept.judge(&seen);
    assert_eq!(kept.0.len(), 1);
    kept.0[0].is_unresolved = false;
    seen.extend(looks(10, &[95; 20]));
    kept.judge(&seen);
    assert_eq!((kept.0.len(), kept.0[0].until_at), (1, None));
    seen.extend(looks(30, &[50; 17]));
    kept.judge(&seen);
    assert_eq!(kept.0[0].until_at, Some(30 * MINUTE_MS));
    seen.extend(looks(47, &[95; 2]));
    kept.judge(&seen);
    assert_eq!(kept.0.len(), 2);
}

#[test]
fn an_end_that_a_late_look_shows_to_be_none_is_taken_back() {
    let mut kept = Kept::default();
    let mut seen = [looks(0, &[95, 95]), looks(2, &[50; 7]), looks(10, &[50; 12])].concat();
    // Minute 9 is missing, but a look holds for two.
    kept.judge(&seen);
    assert_eq!(kept.0[0].until_at, Some(2 * MINUTE_MS));
    seen.push(look(9, 95));
    kept.judge(&seen);
    assert_eq!((kept.0.len(), kept.0[0].until_at), (1, None));
    let id = kept.0[0].id;
    seen.extend(looks(22, &[50; 10]));
    let (course, turns) = replay(&all_on(), None, &kept.0, &seen, i64::MIN);
    let changes = reconcile(Kind::Full, &turns, &kept.0, course.is_open(Kind::Full));
    let end = End { until_at: 10 * MINUTE_MS, cleared_at: 25 * MINUTE_MS, is_outgrown: false };
    assert!(changes.contains(&Change::Clear { id, end }), "{changes:?}");
}
