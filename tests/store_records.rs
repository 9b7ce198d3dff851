use highwater::history::{fleet, holders, matrix, usage};
use highwater::model::HostId;
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::holder::Holders;
use highwater::model::time::{DAY_MS, HOUR_MS, day_start};
use highwater::model::usage::{Usage, UsageHour};
use highwater::store::fleet::Length;
use highwater::store::records::OfHost;
use highwater::store::{self, chunks, records};

use crate::harness::store::{Store, T0, both};

fn nobody() -> Vec<u8> {
    holders::encode(&Holders::default())
}

async fn save_hours(db: &Store, hosts: impl Iterator<Item = i64>) {
    let hosts: Vec<HostId> = hosts.map(HostId).collect();
    db.write(async |tx| {
        for host in hosts {
            chunks::save(tx, &[(host, T0, &[1, 2, 3])]).await?;
            store::usage::save_hours(tx, &[&UsageHour { host, hour_at: T0, cells: [Usage::default(); 12] }]).await?;
            store::holders::save_hours(tx, &[(host, T0, &Holders::default())]).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn hours_of_hosts_come_in_pages_with_what_they_lack() {
    both(async |db| {
        assert_eq!(records::span(db).await.unwrap(), None);
        save_hours(db, 1..=5).await;
        db.write(async |tx| chunks::save(tx, &[(HostId(6), T0, &[9])]).await).await;
        db.write(async |tx| chunks::save(tx, &[(HostId(1), T0 + HOUR_MS, &[9])]).await).await;
        let cells = Some(usage::encode(&[Usage::default(); 12]));
        let whole = |host| OfHost { host, chunk: Some(vec![1, 2, 3]), cells: cells.clone(), holders: Some(nobody()) };
        let page = records::of_hour(db, T0, None, 4).await.unwrap();
        assert_eq!(page, [1, 2, 3, 4].map(|n| whole(HostId(n))));
        let page = records::of_hour(db, T0, Some(HostId(4)), 4).await.unwrap();
        let lacking = OfHost { host: HostId(6), chunk: Some(vec![9]), cells: None, holders: None };
        assert_eq!(page, [whole(HostId(5)), lacking]);
        assert!(records::of_hour(db, T0, Some(HostId(6)), 4).await.unwrap().is_empty());
        assert_eq!(records::span(db).await.unwrap(), Some(T0..T0 + 2 * HOUR_MS));

        let sums = store::usage::sums_of_hour(db, T0, HostId(2), HostId(3)).await.unwrap();
        assert_eq!(sums.len(), 2);
        assert_eq!(sums[&HostId(2)], Usage::default());

        let holders = 3 * nobody().len() as u64;
        let bytes = async |host, hour_at| db.write(async |tx| records::bytes_of_hour(tx, host, hour_at).await).await;
        assert_eq!((bytes(HostId(2), T0).await, bytes(HostId(6), T0).await), (3 + holders, 1));
        assert_eq!((bytes(HostId(1), T0 + HOUR_MS).await, bytes(HostId(9), T0).await), (1, 0));

        db.write(async |tx| records::remove_hour(tx, HostId(2), T0).await).await;
        let page = records::of_hour(db, T0, None, 3).await.unwrap();
        assert_eq!(page, [1, 3, 4].map(|n| whole(HostId(n))), "all three, of this host only");
    })
    .await;
}

#[tokio::test]
async fn days_of_hosts_likewise_and_they_count_for_the_span() {
    both(async |db| {
        // A host whose number is large beside the hours of a day.
        let (host, day_at) = (HostId(1_900_000), day_start(T0));
        let cells = vec![Usage::default(); 288];
        db.write(async |tx| store::usage::save_day(tx, host, day_at, &cells).await).await;
        db.write(async |tx| store::holders::save_day(tx, HostId(7), day_at + DAY_MS, &Holders::default()).await).await;
        let of = async |at| records::of_day(db, at, None, 9).await.unwrap();
        let cells = Some(usage::encode_day(&cells));
        assert_eq!(of(day_at).await, [OfHost { host, chunk: None, cells, holders: None }]);
        let days = store::holders::days_of_host(db, HostId(7), day_at, day_at + 3 * DAY_MS).await.unwrap();
        assert_eq!(days, [(day_at + DAY_MS, Holders::default())]);
        let not_whole =
            store::holders::days_of_host(db, HostId(7), day_at + DAY_MS + HOUR_MS, day_at + 3 * DAY_MS).await;
        assert!(not_whole.unwrap().is_empty());
        let holders = Some(nobody());
        assert_eq!(of(day_at + DAY_MS).await, [OfHost { host: HostId(7), chunk: None, cells: None, holders }]);
        assert!(records::of_day(db, day_at, Some(host), 9).await.unwrap().is_empty());
        assert_eq!(records::span(db).await.unwrap(), Some(day_at..day_at + 2 * DAY_MS));
    })
    .await;
}

#[tokio::test]
async fn records_of_the_fleet_are_found_by_where_they_start() {
    both(async |db| {
        let (by_client, by_user) = (fleet::encode(&[]), vec![7, 7]);
        db.write(async |tx| store::fleet::save_holders(tx, (Length::Day, day_start(T0)), &by_client, &by_user).await)
            .await;
        let found = records::of_fleet(db, Length::Day, day_start(T0)).await.unwrap().unwrap();
        assert_eq!((found.by_client, found.by_user), (by_client, by_user));
        assert_eq!(records::of_fleet(db, Length::Hour, day_start(T0)).await.unwrap(), None);

        let usage = FleetUsage { start_at: T0, step_ms: HOUR_MS, ..FleetUsage::default() };
        db.write(async |tx| store::fleet::save_step(tx, Step::Hour, &usage, &[]).await).await;
        assert_eq!(records::of_step(db, Step::Hour, T0).await.unwrap(), Some(matrix::encode(&[])));
        assert_eq!(records::of_step(db, Step::FiveMinutes, T0).await.unwrap(), None);
    })
    .await;
}
