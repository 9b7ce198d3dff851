use highwater::store::parts::{self, Whole};

use crate::harness::store::{T0, both};

#[tokio::test]
async fn parts_are_taken_out_once_in_order_whatever_order_they_came_in() {
    both(async |db| {
        let host = db.host("FS01").await;
        let whole = Whole { host, epoch: "a", taken_at: T0 };
        let other = Whole { epoch: "b", ..whole };
        db.write(async |tx| {
            parts::keep(tx, whole, 2, b"third").await?;
            parts::keep(tx, whole, 0, b"first").await?;
            parts::keep(tx, other, 0, b"of another spool").await?;
            parts::keep(tx, whole, 1, b"second").await?;
            parts::keep(tx, whole, 1, b"repeated").await
        })
        .await;
        let taken = db.write(async |tx| parts::take(tx, whole).await).await;
        let expected: [(u32, &[u8]); 3] = [(0, b"first"), (1, b"second"), (2, b"third")];
        assert!(taken.iter().map(|(index, body)| (*index, body.as_slice())).eq(expected));
        assert!(db.write(async |tx| parts::take(tx, whole).await).await.is_empty());
        assert_eq!(db.write(async |tx| parts::take(tx, other).await).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn parts_whose_rest_will_never_come_are_dropped_and_counted_by_snapshot() {
    both(async |db| {
        let host = db.host("FS01").await;
        let neighbour = db.host("FS02").await;
        let at = |host, taken_at| Whole { host, epoch: "a", taken_at };
        db.write(async |tx| {
            for (host, taken_at, index) in
                [(host, T0, 0), (host, T0, 1), (host, T0 + 1, 0), (host, T0 + 2, 0), (neighbour, T0, 0)]
            {
                parts::keep(tx, at(host, taken_at), index, b"x").await?;
            }
            Ok(())
        })
        .await;
        assert_eq!(db.write(async |tx| parts::drop_older(tx, at(host, T0 + 2)).await).await, 2);
        assert_eq!(db.write(async |tx| parts::drop_older(tx, at(host, T0 + 2)).await).await, 0);
        assert_eq!(db.write(async |tx| parts::take(tx, at(host, T0 + 2)).await).await.len(), 1);
        assert_eq!(db.write(async |tx| parts::take(tx, at(neighbour, T0)).await).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_waits_of_one_host_is_bounded_whatever_its_spools_are_called() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        let of = |host, epoch| Whole { host, epoch, taken_at: T0 };
        db.write(async |tx| {
            for epoch in ["a", "b", "c"] {
                parts::keep(tx, of(host, epoch), 0, &[7; 100]).await?;
            }
            parts::keep(tx, of(neighbour, "a"), 0, &[7; 1_000]).await
        })
        .await;
        assert!(!db.write(async |tx| parts::bound(tx, host, 300).await).await);
        assert_eq!(db.write(async |tx| parts::take(tx, of(host, "a")).await).await.len(), 1);
        assert!(db.write(async |tx| parts::bound(tx, host, 199).await).await);
        assert!(db.write(async |tx| parts::take(tx, of(host, "b")).await).await.is_empty());
        assert_eq!(db.write(async |tx| parts::take(tx, of(neighbour, "a")).await).await.len(), 1);
    })
    .await;
}
