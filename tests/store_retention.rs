//! What is old goes, kind by kind, and nothing else.

use highwater::model::SilenceId;
use highwater::model::alert::Silence;
use highwater::model::event::NewEvent;
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::gap::Gap;
use highwater::model::holder::Holders;
use highwater::model::incident;
use highwater::model::retention::{Kind, Retention};
use highwater::model::time::{CELLS_PER_DAY, CELLS_PER_HOUR, DAY_MS, HOUR_MS, day_start};
use highwater::model::usage::{Usage, UsageHour};
use highwater::store::fleet::Length;
use highwater::store::frames::NewFrame;
use highwater::store::incidents::{self, Deed, Ended, NewIncident};
use highwater::store::parts::Whole;
use highwater::store::rank::By;
use highwater::store::{alerts, chunks, erasure, events, fleet, frames, gaps, holders, names, parts, retention, usage};
use highwater::tasks::retention::Removal;

use crate::harness::holdings::event;
use crate::harness::store::{Store, T0, both};

const DAYS: i64 = 6;

fn day(n: i64) -> i64 {
    day_start(T0) + n * DAY_MS
}

/// One record of every kind at the start of each day, of two hosts.
async fn days(db: &Store) {
    for name in ["FS01", "FS02"] {
        let host = db.host(name).await;
        db.write(async |tx| {
            for at in (0..DAYS).map(day) {
                let hour = UsageHour { host, hour_at: at, cells: [Usage::default(); CELLS_PER_HOUR] };
                chunks::save(tx, &[(host, at, &[1; 5_000])]).await?;
                usage::save_hours(tx, &[&hour]).await?;
                usage::save_day(tx, host, at, &vec![Usage::default(); CELLS_PER_DAY]).await?;
                holders::save_hours(tx, &[(host, at, &Holders::default())]).await?;
                holders::save_day(tx, host, at, &Holders::default()).await?;
                for length in [Length::Hour, Length::Day, Length::Week] {
                    fleet::save_holders(tx, (length, at), &[], &[]).await?;
                }
                for step in Step::ALL {
                    let usage = FleetUsage { start_at: at, step_ms: step.length_ms(), ..FleetUsage::default() };
                    fleet::save_step(tx, step, &usage, &[]).await?;
                }
                let gap = Gap {
                    from_at: at,
                    to_at: at,
                    reason: "test".to_owned(),
                    lost_records: None,
                    detail: String::new(),
                };
                gaps::insert(tx, host, &gap, at).await?;
                let record: NewEvent = event("srv", 2017, at, u64::try_from(at).unwrap());
                events::insert(tx, host, &[record], at).await?;
            }
            Ok(())
        })
        .await;
    }
}

/// How many days of each kind are left: snapshots, hours, days, events.
async fn left(db: &Store) -> [usize; 4] {
    let all = day(0)..day(DAYS);
    let mut chunks_left = 0;
    for at in (0..DAYS).map(day) {
        chunks_left += chunks::of_fleet(db, at, None, 9).await.unwrap().len() / 2;
    }
    let hours = usage::hours_of_fleet(db, all.start, all.end).await.unwrap().len() / 2;
    let mut holders_left = 0;
    for at in (0..DAYS).map(day) {
        holders_left += holders::hour_of_fleet(db, at, None, 9).await.unwrap().len() / 2;
    }
    let fives = fleet::usage(db, Step::FiveMinutes, all.clone()).await.unwrap().len();
    let fleet_hours = fleet::holders(db, Length::Hour, all.clone()).await.unwrap().len();
    let days = fleet::usage(db, Step::Hour, all.clone()).await.unwrap().len();
    for (step, length) in [(Step::Hour, Length::Day), (Step::SixHours, Length::Week)] {
        assert_eq!(fleet::matrix(db, step, all.clone()).await.unwrap().len(), days);
        assert_eq!(fleet::holders(db, length, all.clone()).await.unwrap().len(), days);
    }
    assert_eq!((hours, hours, hours), (holders_left, fives, fleet_hours), "hours go together");
    let gaps_left = gaps::of_host(db, highwater::model::HostId(1), all.start, all.end).await.unwrap().len();
    [chunks_left, hours, days, gaps_left]
}

#[tokio::test]
async fn each_kind_goes_at_its_time_and_the_rest_stays() {
    both(async |db| {
        days(db).await;
        assert_eq!(left(db).await, [6, 6, 6, 6]);
        let remove =
            async |kind, before_at| db.write(async |tx| retention::remove(tx, kind, before_at, 1_000).await).await;
        assert_eq!(remove(Kind::Snapshots, day(0)).await, 0);
        // An hour that has not ended before the instant stays.
        assert_eq!(remove(Kind::Snapshots, day(2) + HOUR_MS / 2).await, 4);
        assert_eq!(left(db).await, [4, 6, 6, 6]);
        assert!(remove(Kind::Hours, day(3)).await > 0);
        assert_eq!(left(db).await, [4, 3, 6, 6]);
        assert!(remove(Kind::Days, day(4)).await > 0);
        assert_eq!(left(db).await, [4, 3, 2, 6]);
        assert_eq!(remove(Kind::Events, day(5)).await, 2 * 5 * 2, "events and gaps of both hosts");
        assert_eq!(left(db).await, [4, 3, 2, 1]);
        retention::give_back(db, 100).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_task_removes_a_little_at_a_time_until_all_is_gone() {
    both(async |db| {
        days(db).await;
        let keep = Retention { snapshots_days: 1, hours_days: 2, days_days: 3, events_days: 4 };
        let removal = Removal { db: (**db).clone(), keep };
        // A day later than the settings say: what agents may still bring in belongs to what is there.
        while removal.tick(day(DAYS)).await.unwrap() > 0 {}
        assert_eq!(left(db).await, [2, 3, 4, 5]);
        assert_eq!(removal.tick(day(DAYS)).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn names_go_a_week_after_the_last_record_that_may_hold_them() {
    both(async |db| {
        db.write(async |tx| names::intern_clients(tx, &["gone"], day(0)).await).await;
        db.write(async |tx| names::intern_clients(tx, &["here"], day(1)).await).await;
        let keep = Retention { snapshots_days: 1, hours_days: 2, days_days: 3, events_days: 4 };
        let removal = Removal { db: (**db).clone(), keep };
        assert_eq!(removal.tick(day(3 + 1 + 7)).await.unwrap(), 0);
        assert_eq!(removal.tick(day(3 + 1 + 7) + 1).await.unwrap(), 1);
        assert!(erasure::named(db, By::Client, "gone").await.unwrap().is_empty());
        assert_eq!(erasure::named(db, By::Client, "here").await.unwrap().len(), 1);
        let revision = db.write(async |tx| erasure::names_revision(tx).await).await;
        assert_eq!(revision.as_deref(), Some("1"), "whoever remembers the name is told");
    })
    .await;
}

#[tokio::test]
async fn incidents_go_once_they_are_over_and_resolved_for_long() {
    both(async |db| {
        let host = db.host("FS01").await;
        let open = async |kind, at: i64| {
            let new =
                NewIncident { host: Some(host), kind, subject: "", from_at: at, opened_at: at, is_silenced: false };
            let id = db.write(async |tx| incidents::insert(tx, &new, at).await).await.unwrap();
            let deed = Deed { by: "ann", now_at: at, seen_version: None };
            db.write(async |tx| incidents::link(tx, id, deed, ("INC1", "")).await).await;
            id
        };
        let end = async |id, at: i64| {
            let end = Ended { until_at: at, cleared_at: at };
            db.write(async |tx| incidents::clear(tx, id, end, None, at).await).await;
        };
        let (old, young, long) = (
            open(incident::Kind::Full, day(0)).await,
            open(incident::Kind::Near, day(0)).await,
            open(incident::Kind::Leak, day(0)).await,
        );
        end(old, day(1)).await;
        end(young, day(4)).await;
        assert_eq!(db.write(async |tx| retention::remove(tx, Kind::Events, day(3), 9).await).await, 1);
        let left: Vec<bool> = [
            incidents::find(db, old).await.unwrap().is_some(),
            incidents::find(db, young).await.unwrap().is_some(),
            incidents::find(db, long).await.unwrap().is_some(),
        ]
        .to_vec();
        assert_eq!(left, [false, true, true]);
        assert!(
            incidents::entries(db, old).await.unwrap().is_empty()
                && incidents::tickets(db, old).await.unwrap().is_empty()
        );
        assert_eq!(incidents::tickets(db, young).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_never_put_together_goes_too() {
    both(async |db| {
        let (host, other) = (db.host("FS01").await, db.host("FS02").await);
        for of in [host, other] {
            for n in [0, 4] {
                let frame = NewFrame { host: of, taken_at: day(n), body: vec![0; 9] };
                let whole = Whole { host: of, epoch: "of-a-spool", taken_at: day(n) };
                db.write(async |tx| {
                    frames::insert(tx, &frame).await?;
                    parts::keep(tx, whole, 0, b"{}").await
                })
                .await;
            }
        }
        let remove = async |kind, before_at| db.write(async |tx| retention::remove(tx, kind, before_at, 9).await).await;
        assert_eq!(remove(Kind::Snapshots, day(3)).await, 2, "a part of each host");
        assert_eq!(remove(Kind::Hours, day(0)).await, 0);
        assert_eq!(remove(Kind::Hours, day(3)).await, 2, "a frame of each host, though nobody can read it");
        assert_eq!((remove(Kind::Snapshots, day(3)).await, remove(Kind::Hours, day(3)).await), (0, 0));
        let left = db.write(async |tx| erasure::parts(tx).await).await;
        assert_eq!(left.len(), 2);
        assert_eq!(frames::instants(db, host, 0, day(9)).await.unwrap(), [day(4)]);
    })
    .await;
}

#[tokio::test]
async fn a_silence_goes_long_after_its_end_and_one_that_comes_again_stays() {
    both(async |db| {
        for (is_weekly, until_at) in [(false, day(1)), (false, day(4)), (true, day(1))] {
            let silence = Silence {
                id: SilenceId(0),
                is_maintenance: false,
                host: None,
                host_name: String::new(),
                group_name: String::new(),
                kind: None,
                from_at: day(0),
                until_at,
                is_weekly,
                time_zone: "UTC".to_owned(),
                reason: "moving".to_owned(),
                created_by: "ann".to_owned(),
                created_at: day(0),
            };
            db.write(async |tx| alerts::insert_silence(tx, &silence).await).await;
        }
        assert_eq!(db.write(async |tx| retention::remove(tx, Kind::Events, day(3), 9).await).await, 1);
        assert_eq!(alerts::silences(db, day(2)).await.unwrap().len(), 2);
    })
    .await;
}
