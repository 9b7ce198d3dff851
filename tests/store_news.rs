use highwater::model::host::Heard;
use highwater::store::{hosts, news};

use crate::harness::store::{T0, both};

#[tokio::test]
async fn what_was_heard_since_an_instant_is_told_with_when() {
    both(async |db| {
        let [one, two, three] = [db.host("FS01").await, db.host("FS02").await, db.host("FS03").await];
        let heard = |seen_at| Heard { seen_at, ..Heard::default() };
        let (early, late) = (heard(T0), heard(T0 + 1_000));
        db.write(async |tx| hosts::save_states(tx, &[(one, &early, None), (two, &late, None)]).await).await;
        assert_eq!(news::heard_since(db, T0 + 1).await.unwrap(), [(two, T0 + 1_000)]);
        let mut all = news::heard_since(db, T0).await.unwrap();
        all.sort_unstable();
        assert_eq!(all, [(one, T0), (two, T0 + 1_000)], "{three} was never heard");
        assert_eq!(news::heard_since(db, T0 + 1_001).await.unwrap(), []);
    })
    .await;
}
