use highwater::model::gap::Gap;
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
