use highwater::model::gap::{EVENTS_LEFT_OUT, Gap};
use highwater::store::gaps;

use crate::harness::store::{T0, both};

fn gap(from_at: i64, to_at: i64, lost_records: Option<u64>) -> Gap {
    Gap { from_at, to_at, reason: "spool_full".to_owned(), lost_records, detail: "64 MiB".to_owned() }
}

#[tokio::test]
async fn gaps_that_touch_the_range_are_read_in_order() {
    both(async |db| {
        let host = db.host("FS01").await;
        let neighbour = db.host("FS02").await;
        let later = gap(T0 + 500, T0 + 900, Some(u64::MAX));
        let earlier = gap(T0, T0 + 100, None);
        db.write(async |tx| {
            gaps::insert(tx, host, &later, T0 + 1_000).await?;
            gaps::insert(tx, host, &earlier, T0 + 1_000).await?;
            // Told again, and then once more in another way.
            gaps::insert(tx, host, &later, T0 + 2_000).await?;
            gaps::insert(tx, host, &earlier, T0 + 2_000).await?;
            gaps::insert(tx, host, &gap(T0 + 500, T0 + 900, Some(1)), T0 + 2_000).await?;
            gaps::insert(tx, neighbour, &gap(T0, T0 + 1, None), T0).await
        })
        .await;
        let read = |from_at, to_at| gaps::of_host(db, host, from_at, to_at);
        let other = gap(T0 + 500, T0 + 900, Some(1));
        assert_eq!(read(T0, T0 + 1_000).await.unwrap(), [earlier.clone(), later.clone(), other.clone()]);
        assert_eq!(read(T0 + 100, T0 + 500).await.unwrap(), [earlier], "the end of a range is not in it");
        assert_eq!(read(T0 + 600, T0 + 700).await.unwrap(), [later, other], "a gap may span the range");
        assert!(read(T0 + 901, T0 + 1_000).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_the_server_left_out_in_an_hour_is_one_gap() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        let left_out = |from_at: i64, to_at: i64, lost: u64| Gap {
            reason: EVENTS_LEFT_OUT.to_owned(),
            detail: "Events.".to_owned(),
            ..gap(from_at, to_at, Some(lost))
        };
        db.write(async |tx| {
            gaps::insert(tx, host, &gap(T0, T0 + 5, Some(9)), T0 + 5).await?;
            for (to_at, lost) in [(10, 2), (20, 3), (15, 1)] {
                gaps::extend(tx, host, &left_out(T0, T0 + to_at, lost), T0 + to_at).await?;
            }
            gaps::extend(tx, host, &left_out(T0 + 100, T0 + 101, 7), T0 + 101).await?;
            gaps::extend(tx, neighbour, &left_out(T0, T0 + 1, 4), T0 + 1).await
        })
        .await;
        let read = async |host| gaps::of_host(db, host, T0, T0 + 1_000).await.unwrap();
        let expected = [gap(T0, T0 + 5, Some(9)), left_out(T0, T0 + 20, 6), left_out(T0 + 100, T0 + 101, 7)];
        assert_eq!(read(host).await, expected, "others stay as they are");
        assert_eq!(read(neighbour).await, [left_out(T0, T0 + 1, 4)]);
        assert!(expected[0].is_of_snapshots() && !expected[1].is_of_snapshots());
    })
    .await;
}
