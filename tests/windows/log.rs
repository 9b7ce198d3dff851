//! The event log under the service: a bookmark whose record is gone.

use std::collections::BTreeSet;

use highwater::model::HostId;
use highwater::store::events::{self, EventFilter};
use highwater::store::gaps;

use super::central::{Central, hex};
use crate::harness::wait::{eventually, same};
use crate::harness::wine::{Wine, check};

/// A line of the event log's answers: a record of 27 November 2026, of that hour.
pub(super) fn record(id: u64, hour: u64) -> String {
    let xml = format!(
        "<Event><System><Provider Name='Srv'/><EventID>2022</EventID><Level>3</Level><TimeCreated SystemTime='2026-11-27T{hour:02}:00:{:02}Z'/>\
         <EventRecordID>{id}</EventRecordID><Channel>System</Channel><Computer>FS01</Computer></System></Event>",
        id % 60
    );
    format!("event {id} {} {} -\n", hex("Srv"), hex(&xml))
}

/// While the service is stopped, the log writes over what was read last; the next time, somebody clears it.
pub(super) async fn what_a_log_lost_is_told_and_the_rest_is_read(wine: &Wine, central: &Central) {
    let db = central.db().await;
    let mut wanted = BTreeSet::new();
    // A subscription and its bookmark for each channel: nothing more after an attempt that failed.
    let open = wine.left("wevtapi");
    let said = |log: &str| log.matches("the last record that was read is gone").count();
    for (records, hour, reason) in
        [(10..=12, 8, None), (40..=42, 9, Some("log_wrapped")), (1..=2, 10, Some("log_cleared"))]
    {
        check(&wine.run(&["net", "stop", "HighwaterAgent"]).await);
        assert_eq!(wine.left("netapi32"), "0", "every buffer was given back");
        let before = said(&wine.log());
        let lines: String = records.clone().map(|id| record(id, hour)).collect();
        wine.answers("wevtapi", &format!("log {} 100\n{lines}", records.start()));
        check(&wine.run(&["net", "start", "HighwaterAgent"]).await);
        wanted.extend(records);
        eventually("every record there is arrives, once, and what is lost is told", async || {
            let all = events::list(&db, &EventFilter { most: 100, ..EventFilter::default() }).await.unwrap();
            let mut seen: Vec<_> = all.iter().filter(|e| e.provider == "Srv").map(|e| e.record_id).collect();
            seen.sort_unstable();
            same(&seen, &wanted.iter().copied().collect())?;
            let gaps = gaps::of_host(&db, HostId(1), 0, 1 << 42).await.unwrap();
            let told = reason.is_none_or(|reason| gaps.iter().any(|gap| gap.reason == reason));
            if told { Ok(()) } else { Err(format!("{gaps:?}")) }
        })
        .await;
        eventually("only what every reader of a log has stays open", async || same(&wine.left("wevtapi"), &open)).await;
        assert_eq!(said(&wine.log()) > before, reason.is_some(), "{}", wine.log());
    }
    db.close().await;
}
