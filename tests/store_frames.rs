use highwater::history::frame;
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{HOUR_MS, LATEST_AT, MINUTE_MS};
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::{self, NewFrame};

use crate::harness::store::{Store, T0, both, snapshot};

async fn insert(db: &Store, host: HostId, snapshot: &Snapshot, base: Option<&Snapshot>) -> bool {
    let body = frame::encode(snapshot, base);
    db.write(async |tx| frames::insert(tx, &NewFrame { host, taken_at: snapshot.taken_at, body: body.clone() }).await)
        .await
}

/// A snapshot of many sessions, of which each minute a few change: so that deltas are shorter than key frames.
fn minute(n: u32) -> Snapshot {
    let held: Vec<_> =
        (0..40).map(|client| (ClientId(client), UserId(client % 7), u32::from(client == i64::from(n) % 40))).collect();
    let mut snapshot = snapshot(T0 + i64::from(n) * MINUTE_MS, &held);
    snapshot.sessions.iter_mut().for_each(|s| s.active_at = None);
    snapshot
}

/// Three hours with a key frame at each hour and a chain of deltas after it.
async fn three_hours(db: &Store, host: HostId) -> Vec<Snapshot> {
    let all: Vec<_> = (0..180).map(minute).collect();
    for (n, snapshot) in all.iter().enumerate() {
        let base = (n % 60 != 0).then(|| &all[n - 1]);
        let body = frame::encode(snapshot, base);
        assert_eq!(frame::base_at(&body).unwrap(), base.map(|b| b.taken_at), "deltas are shorter here");
        assert!(
            db.write(async |tx| frames::insert(
                tx,
                &NewFrame { host, taken_at: snapshot.taken_at, body: body.clone() }
            )
            .await)
                .await
        );
    }
    all
}

#[tokio::test]
async fn the_newest_snapshot_at_an_instant_is_found_across_hours_and_deltas() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        let all = three_hours(db, host).await;
        assert_eq!(frames::at(db, host, T0 - 1).await.unwrap(), None);
        for n in [0, 1, 59, 60, 61, 119, 179] {
            assert_eq!(frames::at(db, host, all[n].taken_at).await.unwrap().as_ref(), Some(&all[n]), "minute {n}");
            let just_before_next = all[n].taken_at + MINUTE_MS - 1;
            assert_eq!(frames::at(db, host, just_before_next).await.unwrap().as_ref(), Some(&all[n]));
        }
        assert_eq!(frames::at(db, host, T0 + 100 * HOUR_MS).await.unwrap().as_ref(), all.last(), "long ago");
        assert_eq!(frames::at(db, host, i64::MAX).await.unwrap().as_ref(), all.last());
        assert_eq!(frames::at(db, host, -1).await.unwrap(), None);
        assert_eq!(frames::at(db, neighbour, i64::MAX).await.unwrap(), None, "a neighbour's frames are not ours");
    })
    .await;
}

#[tokio::test]
async fn a_range_has_every_snapshot_in_order_wherever_it_starts() {
    both(async |db| {
        let host = db.host("FS01").await;
        let all = three_hours(db, host).await;
        for (from, to) in [(0, 180), (0, 1), (59, 61), (30, 45), (61, 179), (7, 7)] {
            let (from_at, to_at) = (T0 + from * MINUTE_MS, T0 + to * MINUTE_MS);
            let expected: Vec<_> = all.iter().filter(|s| (from_at..to_at).contains(&s.taken_at)).cloned().collect();
            assert_eq!(frames::range(db, host, from_at, to_at).await.unwrap(), expected, "{from}..{to}");
            let instants: Vec<_> = expected.iter().map(|s| s.taken_at).collect();
            assert_eq!(frames::instants(db, host, from_at, to_at).await.unwrap(), instants);
        }
        assert_eq!(frames::range(db, host, i64::MIN, i64::MAX).await.unwrap().len(), 180);
        assert_eq!(frames::instants(db, host, 0, i64::MAX).await.unwrap().len(), 180);
        assert!(frames::range(db, host, T0 + HOUR_MS, T0).await.unwrap().is_empty(), "an empty range");
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_that_comes_again_changes_nothing() {
    both(async |db| {
        let host = db.host("FS01").await;
        assert!(insert(db, host, &minute(0), None).await);
        let other = Snapshot { sessions: Vec::new(), ..minute(0) };
        assert!(!insert(db, host, &other, None).await);
        assert_eq!(frames::at(db, host, T0).await.unwrap(), Some(minute(0)));
    })
    .await;
}

#[tokio::test]
async fn late_snapshots_based_on_an_earlier_one_fit_in() {
    both(async |db| {
        let host = db.host("FS01").await;
        // All deltas on the key frame, and the last one comes before the one in between.
        insert(db, host, &minute(0), None).await;
        insert(db, host, &minute(9), Some(&minute(0))).await;
        insert(db, host, &minute(4), Some(&minute(0))).await;
        let read = frames::range(db, host, T0, T0 + HOUR_MS).await.unwrap();
        assert_eq!(read, [minute(0), minute(4), minute(9)]);
        assert_eq!(frames::at(db, host, T0 + 8 * MINUTE_MS).await.unwrap(), Some(minute(4)));
    })
    .await;
}

#[tokio::test]
async fn a_missing_base_is_said_and_harms_only_what_is_based_on_it() {
    both(async |db| {
        let host = db.host("FS01").await;
        insert(db, host, &minute(1), Some(&minute(0))).await;
        insert(db, host, &minute(2), None).await;
        for error in [
            frames::at(db, host, minute(1).taken_at).await.unwrap_err(),
            frames::range(db, host, T0, T0 + HOUR_MS).await.unwrap_err(),
        ] {
            assert!(matches!(error, sqlx::Error::Decode(_)), "{error:?}");
            assert!(error.to_string().contains(&format!("host {host} at {T0}")), "{error}");
        }
        assert_eq!(frames::at(db, host, minute(2).taken_at).await.unwrap(), Some(minute(2)));
        let after = frames::range(db, host, minute(2).taken_at, T0 + HOUR_MS).await.unwrap();
        assert_eq!(after, [minute(2)], "the damaged frame is not needed and not read");
    })
    .await;
}

#[tokio::test]
async fn damaged_bytes_are_an_error_and_no_snapshot() {
    both(async |db| {
        let host = db.host("FS01").await;
        db.write(async |tx| {
            frames::insert(tx, &NewFrame { host, taken_at: T0, body: b"\xff not a frame".to_vec() }).await
        })
        .await;
        let error = frames::at(db, host, T0).await.unwrap_err();
        assert!(matches!(error, sqlx::Error::Decode(_)), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn an_instant_that_does_not_fit_the_key_is_refused() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mut tx = db.begin().await.unwrap();
        assert!(frames::insert(&mut tx, &NewFrame { host, taken_at: LATEST_AT, body: b"x".to_vec() }).await.is_err());
        assert!(frames::insert(&mut tx, &NewFrame { host, taken_at: -1, body: b"x".to_vec() }).await.is_err());
        assert!(
            frames::insert(&mut tx, &NewFrame { host, taken_at: LATEST_AT - 1, body: b"x".to_vec() }).await.unwrap()
        );
    })
    .await;
}
