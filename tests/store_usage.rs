use highwater::history::frame;
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{HOUR_MS, MINUTE_MS, hour_start};
use highwater::model::unit::{Level, Unit};
use highwater::model::usage::UsageHour;
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::{frames, usage, work};
use highwater::tasks::compact::Compact;

use crate::harness::store::{Store, T0, both, snapshot};

/// As many sessions as the minute says, of one client.
fn minute(n: i64) -> Snapshot {
    let held: Vec<_> = (0..=n % 25).map(|user| (ClientId(1), UserId(user), 2)).collect();
    snapshot(T0 + n * MINUTE_MS, &held)
}

/// Stores the frames of these minutes, as an accept does: each hour of them is touched.
async fn observe(db: &Store, host: HostId, minutes: impl IntoIterator<Item = i64>) {
    let snapshots: Vec<_> = minutes.into_iter().map(minute).collect();
    db.write(async |tx| {
        for snapshot in &snapshots {
            frames::insert(tx, &NewFrame { host, taken_at: snapshot.taken_at, body: frame::encode(snapshot, None) })
                .await?;
            let hour_at = hour_start(snapshot.taken_at);
            work::touch(tx, &[(Unit::HostHour { hour_at, host }, T0)]).await?;
        }
        Ok(())
    })
    .await;
}

/// Rolls up everything that is due, as the task does.
async fn roll_up(db: &Store, now_at: i64) {
    let compact = Compact::new((**db).clone());
    while compact.tick(now_at).await.unwrap().units > 0 {}
}

fn snapshots(hours: &[UsageHour]) -> Vec<(i64, u32)> {
    hours.iter().map(|hour| ((hour.hour_at - T0) / HOUR_MS, hour.total().snapshots)).collect()
}

#[tokio::test]
async fn an_hour_says_the_same_before_and_after_it_is_rolled_up() {
    both(async |db| {
        let host = db.host("FS01").await;
        observe(db, host, 0..130).await;
        let now_at = T0 + 130 * MINUTE_MS;
        let live = usage::of_host(db, host, T0, now_at, now_at).await.unwrap();
        assert_eq!(snapshots(&live), [(0, 60), (1, 60), (2, 10)]);
        assert_eq!(live[1].total().covered_ms, HOUR_MS, "the last snapshot of an hour holds into the next");
        assert_eq!(live[2].total().covered_ms, 10 * MINUTE_MS, "the future is not covered");
        assert_eq!(usage::of_fleet(db, T0, now_at).await.unwrap(), [], "nothing is rolled up");

        roll_up(db, now_at).await;
        assert_eq!(work::waiting(db, Level::HostHour).await.unwrap().0, 1, "only the hour under way waits, for more");
        assert_eq!(usage::of_host(db, host, T0, now_at, now_at).await.unwrap(), live);
        assert_eq!(usage::of_fleet(db, T0, now_at).await.unwrap(), live);
    })
    .await;
}

#[tokio::test]
async fn an_hour_touched_since_is_computed_anew_and_the_others_are_read() {
    both(async |db| {
        let host = db.host("FS01").await;
        observe(db, host, 0..70).await;
        let now_at = T0 + 2 * HOUR_MS;
        roll_up(db, now_at).await;
        observe(db, host, [80, 81]).await;
        let hours = usage::of_host(db, host, T0, now_at, now_at).await.unwrap();
        assert_eq!(snapshots(&hours), [(0, 60), (1, 12)]);
        let behind = usage::of_fleet(db, T0, now_at).await.unwrap();
        assert_eq!(snapshots(&behind), [(0, 60), (1, 10)]);
    })
    .await;
}

#[tokio::test]
async fn frames_that_nobody_said_were_touched_count_all_the_same() {
    both(async |db| {
        let host = db.host("FS01").await;
        let body = frame::encode(&minute(5), None);
        db.write(async |tx| {
            frames::insert(tx, &NewFrame { host, taken_at: minute(5).taken_at, body: body.clone() }).await
        })
        .await;
        let hours = usage::of_host(db, host, T0, T0 + HOUR_MS, T0 + HOUR_MS).await.unwrap();
        assert_eq!(snapshots(&hours), [(0, 1)]);
    })
    .await;
}

#[tokio::test]
async fn hours_are_those_that_the_range_touches_of_that_host_alone() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        observe(db, host, [0, 60, 120, 180]).await;
        observe(db, neighbour, [60, 61]).await;
        let now_at = T0 + 4 * HOUR_MS;
        for rolled_up in [false, true] {
            if rolled_up {
                roll_up(db, now_at).await;
            }
            for (from, to, expected) in [
                (60, 180, vec![1, 2]),
                (61, 62, vec![1]),
                (119, 121, vec![1, 2]),
                (0, 240, vec![0, 1, 2, 3]),
                (240, 300, vec![]),
                (70, 70, vec![]),
            ] {
                let (from_at, to_at) = (T0 + from * MINUTE_MS, T0 + to * MINUTE_MS);
                let hours = usage::of_host(db, host, from_at, to_at, now_at).await.unwrap();
                let found: Vec<_> = snapshots(&hours).into_iter().map(|(hour, _)| hour).collect();
                assert_eq!(found, expected, "{from}..{to}, rolled up: {rolled_up}");
            }
        }
        let fleet = usage::of_fleet(db, T0 + 61 * MINUTE_MS, T0 + 121 * MINUTE_MS).await.unwrap();
        let order: Vec<_> = fleet.iter().map(|hour| (hour.hour_at, hour.host)).collect();
        assert_eq!(order, [(T0 + HOUR_MS, host), (T0 + HOUR_MS, neighbour), (T0 + 2 * HOUR_MS, host)]);
    })
    .await;
}

#[tokio::test]
async fn the_columns_of_an_hour_say_what_its_cells_say() {
    both(async |db| {
        let host = db.host("FS01").await;
        observe(db, host, 0..60).await;
        roll_up(db, T0 + HOUR_MS).await;
        let cells = usage::of_fleet(db, T0, T0 + HOUR_MS).await.unwrap();
        let columns = usage::hours_of_fleet(db, T0, T0 + HOUR_MS).await.unwrap();
        let expected: Vec<_> = cells.iter().map(|hour| (hour.host, hour.hour_at, hour.total())).collect();
        assert_eq!(columns, expected);
        let (_, _, full) = columns[0];
        assert_eq!((full.peak.unwrap().sessions, full.peak.unwrap().limit.sessions), (25, Some(20)));
        assert_eq!(full.max_saturation, Some(1.25));
    })
    .await;
}
