//! There is room again: what is removed inside SQLite's file counts at once, and goes back to the disk.

use highwater::clock::Clock;
use highwater::model::retention::{Kind, Retention};
use highwater::model::time::{DAY_MS, MINUTE_MS};
use highwater::store::parts::{self, Whole};
use highwater::store::{retention, size};
use highwater::tasks::retention::{Removal, run};
use highwater::web::room::{Bounds, Room};
use tokio_util::sync::CancellationToken;

use crate::harness::store::{Store, T0, both};
use crate::harness::wait::eventually;

const MIB: u64 = 1 << 20;
/// Nothing of what [`fill`] keeps is due by it at [`T0`].
const KEEP: Retention = Retention { snapshots_days: 35, hours_days: 400, days_days: 400, events_days: 1_095 };

/// Nearly 4 MiB that no database makes smaller.
async fn fill(store: &Store) {
    let host = store.host("FS01").await;
    store
        .write(async |tx| {
            for n in 0..40 {
                let body: Vec<u8> = (0..100_000).map(|_| rand::random()).collect();
                parts::keep(tx, Whole { host, epoch: "a", taken_at: T0 + n }, 0, &body).await?;
            }
            Ok(())
        })
        .await;
}

async fn empty(store: &Store) {
    let removed = store.write(async |tx| retention::remove(tx, Kind::Snapshots, T0 + 2 * DAY_MS, 1_000).await).await;
    assert_eq!(removed, 40);
}

#[tokio::test]
async fn below_the_floor_it_opens_again_by_what_is_removed_inside_the_file() {
    both(async |store| {
        let is_sqlite = store.kind() == "sqlite";
        let bounds = Bounds { free_bytes: 3 * MIB, database_bytes: None };
        // A disk to which nothing is given back.
        let room = Room::with_disk(bounds, store, |_| Ok(Some(MIB)));
        fill(store).await;
        let found = room.look(store, T0).await;
        assert_eq!((found.is_full, found.free_bytes.is_some()), (is_sqlite, is_sqlite), "{found:?}");
        empty(store).await;
        let found = room.look(store, T0 + MINUTE_MS).await;
        assert!(!found.is_full, "the disk is as it was, and there is room: {found:?}");
        // It is used up again by what comes in.
        fill(store).await;
        assert_eq!(room.look(store, T0 + 2 * MINUTE_MS).await.is_full, is_sqlite);
    })
    .await;
}

#[tokio::test]
async fn above_the_databases_bound_it_opens_again_when_less_is_taken() {
    both(async |store| {
        let most = size::bytes(store).await.unwrap() + 3 * MIB;
        let room = Room::new(Bounds { free_bytes: 0, database_bytes: Some(most) }, store);
        assert!(!room.look(store, T0).await.is_full);
        fill(store).await;
        assert!(room.look(store, T0 + MINUTE_MS).await.is_full);
        empty(store).await;
        if store.kind() == "postgres" {
            // It keeps rows that somebody may still see: for it that is also whoever just comes in, to whatever database.
            eventually("what was removed is given back", async || {
                store.execute("vacuum full snapshot_parts").await;
                let bytes = size::bytes(store).await.unwrap();
                if bytes <= most { Ok(()) } else { Err(format!("{bytes} of {most}")) }
            })
            .await;
        }
        let found = room.look(store, T0 + 2 * MINUTE_MS).await;
        assert!(!found.is_full, "{found:?} of {most}");
    })
    .await;
}

#[tokio::test]
async fn free_pages_go_back_to_the_disk_when_nothing_is_removed_too() {
    both(async |store| {
        let is_sqlite = store.kind() == "sqlite";
        let removal = Removal { db: (**store).clone(), keep: KEEP };
        let both_sizes = async || (size::bytes(store).await.unwrap(), size::free_inside(store).await.unwrap());
        fill(store).await;
        empty(store).await;
        let (taken, inside) = both_sizes().await;
        assert_eq!(inside > 3 * MIB, is_sqlite, "{inside}");
        assert_eq!(removal.tick(T0).await.unwrap(), 0, "nothing is due");
        assert_eq!(removal.give_back().await.unwrap() > 0, is_sqlite);
        if is_sqlite {
            assert!(both_sizes().await.0 <= taken, "what is taken is the same");
        }
        assert_eq!((both_sizes().await.1, removal.give_back().await.unwrap()), (0, 0));

        fill(store).await;
        empty(store).await;
        let stop = CancellationToken::new();
        let task = tokio::spawn(run((**store).clone(), Clock::manual(T0), KEEP, stop.clone()));
        eventually("the task gives them back", async || match both_sizes().await.1 {
            0 => Ok(()),
            bytes => Err(format!("{bytes} bytes are free inside")),
        })
        .await;
        stop.cancel();
        task.await.unwrap();
    })
    .await;
}
