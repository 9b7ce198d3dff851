//! The history is put together to the same bytes, whatever comes in between: late snapshots, other processes, SIGKILL.

use std::process::{Command, Stdio};
use std::time::Duration;

use highwater::history::frame;
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, hour_start};
use highwater::model::unit::Unit;
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::{Tx, frames, usage, work};
use highwater::tasks::compact::Compact;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::harness::history::{are_twins, arrivals, finish, hosts, now_at, store_all, verify};
use crate::harness::server::program;
use crate::harness::store::{Store, T0, both, both_at_once, snapshot};

/// The other one gets everything at once and is left in peace.
async fn is_what_an_undisturbed_twin_is(store: &Store, arrivals: &[(HostId, Snapshot)]) {
    let twin = match store.kind() {
        "sqlite" => Store::sqlite().await,
        _ => Store::postgres().await,
    };
    hosts(&twin).await;
    store_all(&twin, arrivals).await;
    finish(&twin).await;
    are_twins(store, &twin).await;
    twin.close().await;
}

#[tokio::test]
async fn any_order_of_arrival_ends_in_the_same_bytes() {
    both(async |store| {
        hosts(store).await;
        let mut rng = SmallRng::seed_from_u64(7);
        let in_order = arrivals(&mut rng);
        let mut shuffled = in_order.clone();
        shuffled.shuffle(&mut rng);
        let mut rest = shuffled.as_slice();
        while !rest.is_empty() {
            let (some, others) = rest.split_at(rng.random_range(1..=rest.len().min(200)));
            store_all(store, some).await;
            // Now and then twice: what is there already stays.
            store_all(store, &some[..some.len() / 3]).await;
            if rng.random_bool(0.7) {
                finish(store).await;
            }
            rest = others;
        }
        finish(store).await;
        is_what_an_undisturbed_twin_is(store, &in_order).await;
    })
    .await;
}

/// A snapshot holds true through the next hour, which has none of its own, into the one after; also a late one, when the hours are put
/// together in another order.
#[tokio::test]
async fn what_holds_true_through_an_hour_without_snapshots_reaches_the_one_after() {
    both(async |store| {
        hosts(store).await;
        let host = HostId(1);
        let taken = |minute: i64, client| {
            let mut taken = snapshot(T0 + minute * MINUTE_MS, &[(ClientId(client), UserId(1), 1)]);
            taken.sampling_secs = 3_600;
            (host, taken)
        };
        let (early, late) = (taken(50, 1), taken(60 + 50, 2));
        store_all(store, std::slice::from_ref(&early)).await;
        touch(store, 2).await;
        finish(store).await;
        let (in_between, middle_at) = (2, T0 + 2 * HOUR_MS + 10 * MINUTE_MS);
        assert_eq!(frames::at(store, host, middle_at).await.unwrap().unwrap().taken_at, early.1.taken_at);

        store
            .write(async |tx: &mut Tx| {
                let body = frame::encode(&late.1, None);
                frames::insert(tx, &NewFrame { host, taken_at: late.1.taken_at, body }).await
            })
            .await;
        touch(store, 3).await;
        finish(store).await;
        let found = frames::at(store, host, middle_at).await.unwrap().unwrap();
        assert_eq!(found.taken_at, late.1.taken_at, "also before the hour in between is put together again");
        touch(store, 1).await;
        touch(store, in_between).await;
        finish(store).await;
        assert_eq!(
            usage::rolled_up(store, host, T0, T0 + DAY_MS).await.unwrap().len(),
            4,
            "it holds into the fourth hour"
        );
        let twin = if store.kind() == "sqlite" { Store::sqlite().await } else { Store::postgres().await };
        hosts(&twin).await;
        store_all(&twin, &[early, late]).await;
        touch(&twin, 3).await;
        finish(&twin).await;
        are_twins(store, &twin).await;
        twin.close().await;
    })
    .await;
}

async fn touch(store: &Store, hour: i64) {
    let unit = Unit::HostHour { hour_at: T0 + hour * HOUR_MS, host: HostId(1) };
    store.write(async |tx: &mut Tx| work::touch(tx, &[(unit, T0)]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_share_the_work_and_end_in_the_same_bytes() {
    both(async |store| {
        hosts(store).await;
        let all = arrivals(&mut SmallRng::seed_from_u64(8));
        store_all(store, &all).await;
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let db = highwater::store::Db::open(store.address()).await.unwrap();
            workers.spawn(async move {
                let units = Compact::new(db.clone()).finish(now_at(), false).await.unwrap();
                db.close().await;
                units
            });
        }
        let host_hours = frames_hours(&all);
        let units: usize = workers.join_all().await.into_iter().sum();
        // Whoever comes later may find days or weeks touched once more, but no hour of a host is done by two.
        assert!(units >= host_hours, "{units} of at least {host_hours}");
        finish(store).await;
        is_what_an_undisturbed_twin_is(store, &all).await;
    })
    .await;
}

fn frames_hours(all: &[(HostId, Snapshot)]) -> usize {
    let hours: std::collections::BTreeSet<_> = all.iter().map(|(host, s)| (*host, hour_start(s.taken_at))).collect();
    hours.len()
}

#[test]
fn killed_at_a_hundred_points_it_ends_in_the_same_bytes() {
    both_at_once(&[()], async |store: &Store, ()| {
        hosts(store).await;
        let mut rng = SmallRng::seed_from_u64(9);
        let in_order = arrivals(&mut rng);
        let mut shuffled = in_order.clone();
        shuffled.shuffle(&mut rng);
        let folder = tempfile::tempdir().unwrap();
        let kills = if store.kind() == "sqlite" { 100 } else { 25 };
        let mut died_at_work = 0;
        for some in shuffled.chunks(shuffled.len().div_ceil(kills)) {
            store_all(store, some).await;
            let mut child = Command::new(program("highwater"))
                .args(["compact", "--take-over"])
                .env("HIGHWATER_DATABASE", store.address())
                .env("HIGHWATER_DATA_DIR", folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // From its start, over its first reads, to somewhere within its commits.
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..120))).await;
            died_at_work += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(died_at_work > kills / 3, "only {died_at_work} of {kills} were killed before they had ended");
        finish(store).await;
        let found = verify(store).await;
        assert!(found.units > 100 && found.waiting == 0 && found.wrong.is_empty(), "{found:?}");
        is_what_an_undisturbed_twin_is(store, &in_order).await;
    });
}
