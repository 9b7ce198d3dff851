//! Since when something is known.

use highwater::history::frame;
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::holder::Holders;
use highwater::model::retention::Kind;
use highwater::model::time::{CELL_MS, CELLS_PER_DAY, DAY_MS, HOUR_MS, MINUTE_MS, day_start};
use highwater::model::usage::Usage;
use highwater::store::frames::NewFrame;
use highwater::store::{beginning, chunks, fleet, frames, holders, usage};

use crate::harness::store::{T0, both, snapshot};

#[tokio::test]
async fn the_first_day_of_a_host_is_its_own_and_not_the_first_of_all() {
    both(async |db| {
        let (one, other, third) = (db.host("FS01").await, db.host("FS02").await, db.host("FS03").await);
        assert_eq!(beginning::day(db, one, T0).await.unwrap(), None);
        let today = day_start(T0);
        let cells = vec![Usage::default(); CELLS_PER_DAY];
        db.write(async |tx| {
            for (host, days_ago) in [(one, 300), (one, 299), (other, 7), (other, 2)] {
                usage::save_day(tx, host, today - days_ago * DAY_MS, &cells).await?;
            }
            Ok(())
        })
        .await;
        let first = async |host, before_at| beginning::day(db, host, before_at).await.unwrap();
        assert_eq!(first(one, T0).await, Some(today - 300 * DAY_MS));
        assert_eq!(first(other, T0).await, Some(today - 7 * DAY_MS));
        assert_eq!(first(other, today - 7 * DAY_MS + 1).await, Some(today - 7 * DAY_MS), "it begins before that");
        assert_eq!(first(other, today - 7 * DAY_MS).await, None);
        assert_eq!((first(third, T0).await, first(one, 0).await), (None, None));
    })
    .await;
}

#[tokio::test]
async fn the_first_snapshots_are_those_of_a_chunk_or_a_frame() {
    both(async |db| {
        let (one, other) = (db.host("FS01").await, db.host("FS02").await);
        let first = async |host| beginning::snapshots(db, host).await.unwrap();
        assert_eq!(first(one).await, None);
        let taken_at = T0 + 7 * MINUTE_MS;
        let body = frame::encode(&snapshot(taken_at, &[]), None);
        db.write(async |tx| frames::insert(tx, &NewFrame { host: one, taken_at, body }).await).await;
        assert_eq!((first(one).await, first(other).await), (Some(T0), None));
        let hours = [(one, T0 - 9 * HOUR_MS, &[1_u8][..]), (one, T0 - HOUR_MS, &[1]), (other, T0, &[1])];
        db.write(async |tx| chunks::save(tx, &hours).await).await;
        assert_eq!((first(one).await, first(other).await), (Some(T0 - 9 * HOUR_MS), Some(T0)));
    })
    .await;
}

#[tokio::test]
async fn the_fleet_is_watched_since_its_first_step_and_steps_have_beginnings_of_their_own() {
    both(async |db| {
        assert_eq!((beginning::fleet(db).await.unwrap(), beginning::holders(db).await.unwrap()), (None, None));
        let host = db.host("FS01").await;
        let hour_at = T0 - 5 * HOUR_MS;
        db.write(async |tx| holders::save_hours(tx, &[(host, hour_at, &Holders::default())]).await).await;
        assert_eq!(beginning::holders(db).await.unwrap(), Some(hour_at));
        let save = async |step: Step, start_at| {
            let usage = FleetUsage { start_at, step_ms: step.length_ms(), ..FleetUsage::default() };
            db.write(async |tx| fleet::save_step(tx, step, &usage, &[]).await).await;
        };
        let day = day_start(T0);
        save(Step::FiveMinutes, T0 - CELL_MS).await;
        assert_eq!(beginning::fleet(db).await.unwrap(), Some(T0 - CELL_MS), "the first minutes of all");
        save(Step::SixHours, day - 90 * DAY_MS).await;
        save(Step::Hour, day - 90 * DAY_MS + 4 * HOUR_MS).await;
        assert_eq!(beginning::fleet(db).await.unwrap(), Some(day - 90 * DAY_MS + 4 * HOUR_MS));
        assert_eq!(beginning::step(db, Step::FiveMinutes).await.unwrap(), Some(T0 - CELL_MS));
        assert_eq!(beginning::step(db, Step::SixHours).await.unwrap(), Some(day - 90 * DAY_MS));
    })
    .await;
}

#[tokio::test]
async fn the_oldest_record_of_a_kind_is_that_of_any_host() {
    both(async |db| {
        let oldest = async |kind| beginning::oldest(db, kind).await.unwrap();
        for kind in Kind::ALL {
            assert_eq!(oldest(kind).await, None, "{kind:?}");
        }
        let (one, other) = (db.host("FS01").await, db.host("FS02").await);
        let today = day_start(T0);
        let cells = vec![Usage::default(); CELLS_PER_DAY];
        db.write(async |tx| {
            chunks::save(tx, &[(one, T0, &[1_u8][..]), (other, T0 - 3 * HOUR_MS, &[1])]).await?;
            usage::save_day(tx, one, today, &cells).await?;
            usage::save_day(tx, other, today - 2 * DAY_MS, &cells).await
        })
        .await;
        assert_eq!(oldest(Kind::Snapshots).await, Some(T0 - 3 * HOUR_MS));
        assert_eq!(oldest(Kind::Days).await, Some(today - 2 * DAY_MS));
        assert_eq!((oldest(Kind::Hours).await, oldest(Kind::Events).await), (None, None));
    })
    .await;
}
