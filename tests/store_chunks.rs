//! Chunks, and reading snapshots while they move from frames into chunks.

use highwater::history::{chunk, frame};
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{HOUR_MS, MINUTE_MS};
use highwater::model::unit::{Level, Unit};
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::{chunks, frames, work};
use highwater::tasks::compact::Compact;

use crate::harness::store::{Store, T0, both, snapshot};

/// A snapshot of forty sessions, of which one changes each minute: deltas are shorter than key frames.
fn minute(n: i64) -> Snapshot {
    let held: Vec<_> = (0..40).map(|c| (ClientId(c), UserId(c % 7), u32::from(c == n.rem_euclid(40)))).collect();
    let mut snapshot = snapshot(T0 + n * MINUTE_MS, &held);
    snapshot.sessions.iter_mut().for_each(|s| s.active_at = None);
    snapshot
}

/// Stores frames, each a delta against the one before where there is one in its hour, and touches their hours.
async fn observe(db: &Store, host: HostId, minutes: &[i64]) {
    let all: Vec<_> = minutes.iter().map(|n| minute(*n)).collect();
    db.write(async |tx| {
        for (i, snapshot) in all.iter().enumerate() {
            let base = i.checked_sub(1).map(|before| &all[before]);
            frames::insert(tx, &NewFrame { host, taken_at: snapshot.taken_at, body: frame::encode(snapshot, base) })
                .await?;
            let hour_at = snapshot.taken_at / HOUR_MS * HOUR_MS;
            work::touch(tx, &[(Unit::HostHour { hour_at, host }, T0)]).await?;
        }
        Ok(())
    })
    .await;
}

async fn compact(db: &Store) {
    let compact = Compact::new((**db).clone());
    while compact.tick(T0 + 24 * HOUR_MS).await.unwrap().units > 0 {}
}

#[tokio::test]
async fn a_chunk_is_kept_replaced_and_found_by_host_and_hour() {
    both(async |db| {
        let (one, other) = (db.host("FS01").await, db.host("FS02").await);
        let body = |n: u8| vec![n; 3];
        db.write(async |tx| {
            chunks::save(tx, &[(one, T0, &body(1))]).await?;
            chunks::save(tx, &[(one, T0, &body(2))]).await?;
            chunks::save(tx, &[(other, T0, &body(3))]).await?;
            chunks::save(tx, &[(other, T0 + HOUR_MS, &body(4))]).await
        })
        .await;
        assert_eq!(chunks::find(db, one, T0).await.unwrap(), Some(body(2)));
        assert_eq!(chunks::find(db, one, T0 + HOUR_MS).await.unwrap(), None);
        assert_eq!(chunks::of_fleet(db, T0, None, 9).await.unwrap(), [(one, body(2)), (other, body(3))]);
        assert_eq!(chunks::of_fleet(db, T0, None, 1).await.unwrap(), [(one, body(2))]);
        assert_eq!(chunks::of_fleet(db, T0, Some(one), 9).await.unwrap(), [(other, body(3))]);
        assert_eq!(chunks::of_fleet(db, T0, Some(other), 9).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn compacted_snapshots_are_read_back_as_they_were_and_their_frames_are_gone() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        observe(db, host, &(0..130).collect::<Vec<_>>()).await;
        observe(db, neighbour, &[5]).await;
        let all: Vec<_> = (0..130).map(minute).collect();
        for compacted in [false, true] {
            if compacted {
                compact(db).await;
                let removed = db.write(async |tx| frames::remove_hour(tx, host, T0).await).await;
                assert_eq!(removed, 0, "compaction removed the frames");
                assert_eq!(chunk::instants(&chunks::find(db, host, T0).await.unwrap().unwrap()).unwrap().len(), 60);
            }
            assert_eq!(frames::range(db, host, T0, T0 + 3 * HOUR_MS).await.unwrap(), all);
            let (before, within) = frames::hour(db, host, T0 + HOUR_MS).await.unwrap();
            assert_eq!((before.as_ref(), within.as_slice()), (Some(&all[59]), &all[60..120]));
            for n in [0, 59, 60, 129] {
                let found = frames::at(db, host, all[n].taken_at + 59_999).await.unwrap();
                assert_eq!(found.as_ref(), Some(&all[n]), "minute {n}");
            }
            assert_eq!(frames::at(db, host, T0 + 900 * HOUR_MS).await.unwrap().as_ref(), all.last(), "long ago");
            assert_eq!(frames::at(db, host, T0 - 1).await.unwrap(), None);
            let instants = frames::instants(db, host, T0 + MINUTE_MS, T0 + 62 * MINUTE_MS).await.unwrap();
            assert_eq!(instants, all[1..62].iter().map(|s| s.taken_at).collect::<Vec<_>>());
        }
    })
    .await;
}

#[tokio::test]
async fn late_frames_may_be_based_on_what_is_in_the_chunk_and_join_it() {
    both(async |db| {
        let host = db.host("FS01").await;
        observe(db, host, &[0, 1, 5]).await;
        compact(db).await;
        let late = minute(3);
        let body = frame::encode(&late, Some(&minute(1)));
        assert_eq!(frame::base_at(&body).unwrap(), Some(minute(1).taken_at), "a delta");
        // Another snapshot of an instant that the chunk has: what was first stays.
        let other = Snapshot { sessions: Vec::new(), ..minute(5) };
        db.write(async |tx| {
            frames::insert(tx, &NewFrame { host, taken_at: late.taken_at, body: body.clone() }).await?;
            frames::insert(tx, &NewFrame { host, taken_at: other.taken_at, body: frame::encode(&other, None) }).await?;
            work::touch(tx, &[(Unit::HostHour { hour_at: T0, host }, T0)]).await
        })
        .await;
        for _ in 0..2 {
            let expected: Vec<_> = [0, 1, 3, 5].map(minute).to_vec();
            assert_eq!(frames::range(db, host, T0, T0 + HOUR_MS).await.unwrap(), expected);
            assert_eq!(frames::at(db, host, late.taken_at).await.unwrap(), Some(late.clone()));
            compact(db).await;
        }
        assert_eq!(work::waiting(db, Level::HostHour).await.unwrap().0, 0);
    })
    .await;
}

#[tokio::test]
async fn a_damaged_chunk_or_frame_is_left_as_it_is_and_harms_no_other_hour() {
    both(async |db| {
        let host = db.host("FS01").await;
        observe(db, host, &[0, 1, 61]).await;
        db.write(async |tx| chunks::save(tx, &[(host, T0, b"\xff no chunk")]).await).await;
        let error = frames::at(db, host, T0).await.unwrap_err();
        assert!(error.to_string().contains("chunk of host"), "{error}");
        let compact = Compact::new((**db).clone());
        compact.tick(T0 + 24 * HOUR_MS).await.unwrap();
        assert_eq!(chunks::find(db, host, T0).await.unwrap().as_deref(), Some(&b"\xff no chunk"[..]));
        assert_eq!(work::waiting(db, Level::HostHour).await.unwrap().0, 1, "it waits for a repair");
        assert_eq!(frames::range(db, host, T0 + HOUR_MS, T0 + 2 * HOUR_MS).await.unwrap(), [minute(61)]);
        // Repaired: the frames were still there.
        db.write(async |tx| chunks::save(tx, &[(host, T0, &chunk::encode(T0, None, &[]).unwrap())]).await).await;
        while compact.tick(T0 + 48 * HOUR_MS).await.unwrap().units > 0 {}
        assert_eq!(frames::range(db, host, T0, T0 + HOUR_MS).await.unwrap(), [minute(0), minute(1)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_neither_misses_nor_doubles_a_snapshot_while_hours_are_compacted() {
    both(async |db| {
        let host = db.host("FS01").await;
        let (reader, reading) = ((**db).clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true)));
        let goes_on = std::sync::Arc::clone(&reading);
        observe(db, host, &(0..40).collect::<Vec<_>>()).await;
        let looks = tokio::spawn(async move {
            let mut looks = 0;
            while goes_on.load(std::sync::atomic::Ordering::SeqCst) {
                let all = frames::range(&reader, host, T0, T0 + HOUR_MS).await.unwrap();
                assert!(all.len() >= 40, "{}", all.len());
                assert!(all.iter().map(|s| s.taken_at).eq((0..).map(|n| T0 + n * MINUTE_MS).take(all.len())));
                assert_eq!(frames::at(&reader, host, T0 + 39 * MINUTE_MS).await.unwrap(), Some(minute(39)));
                looks += 1;
            }
            looks
        });
        for n in 40..60 {
            observe(db, host, &[n]).await;
            compact(db).await;
        }
        reading.store(false, std::sync::atomic::Ordering::SeqCst);
        assert!(looks.await.unwrap() > 0);
    })
    .await;
}

#[tokio::test]
async fn many_frames_are_kept_at_once_and_those_that_are_there_stay() {
    both(async |db| {
        let mut frames = Vec::new();
        for n in 0..45 {
            let snapshot = minute(n);
            let host = db.host(&format!("FS{n:02}")).await;
            frames.push(NewFrame { host, taken_at: snapshot.taken_at, body: frame::encode(&snapshot, None) });
        }
        let named: Vec<_> = frames.iter().map(|frame| (frame.host, frame.taken_at)).collect();
        assert!(frames::hosts_that_have(db, &named).await.unwrap().is_empty());
        assert_eq!(db.write(async |tx| frames::insert_all(tx, &frames[..40]).await).await, 40);
        let have = frames::hosts_that_have(db, &named).await.unwrap();
        assert!(named.iter().enumerate().all(|(n, (host, _))| have.contains(host) == (n < 40)), "{have:?}");
        for frame in &mut frames {
            frame.body = b"later".to_vec();
        }
        assert_eq!(db.write(async |tx| frames::insert_all(tx, &frames).await).await, 5, "the others were there");
        for (n, frame) in frames.iter().enumerate() {
            let found = frames::at(db, frame.host, frame.taken_at).await;
            if n < 40 {
                assert_eq!(found.unwrap(), Some(minute(i64::try_from(n).unwrap())));
            } else {
                assert!(found.is_err(), "{found:?}");
            }
        }
        assert_eq!(db.write(async |tx| frames::insert_all(tx, &[]).await).await, 0);
    })
    .await;
}
