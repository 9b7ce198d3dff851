//! Records of the fleet as a whole.

use highwater::history::matrix::{self, Cell, Saturation};
use highwater::model::HostId;
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::holder::{Held, Holders};
use highwater::model::time::{CELL_MS, CELLS_PER_DAY, CELLS_PER_HOUR, DAY_MS, HOUR_MS, day_start};
use highwater::model::usage::{Usage, UsageHour};
use highwater::model::{ClientId, UserId};
use highwater::store::fleet::{self, Length};
use highwater::store::{holders, hosts, usage};

use crate::harness::store::{T0, both};

fn holders_of(client: i64) -> Holders {
    let held = Held { session_ms: client * 1_000, peak_sessions: 1, ..Held::default() };
    Holders { by_client: vec![(ClientId(client), held)], by_user: vec![(UserId(client), held)] }
}

#[tokio::test]
async fn the_fleets_holders_are_kept_by_length_and_start_and_replaced() {
    both(async |db| {
        let save = async |length, start_at, body: u8| {
            db.write(async |tx| fleet::save_holders(tx, (length, start_at), &[body], &[body + 1]).await).await;
        };
        save(Length::Hour, T0, 1).await;
        save(Length::Hour, T0, 2).await;
        save(Length::Hour, T0 + HOUR_MS, 3).await;
        save(Length::Day, day_start(T0), 4).await;
        save(Length::Week, day_start(T0), 5).await;
        let hours = fleet::holders(db, Length::Hour, T0..T0 + 2 * HOUR_MS).await.unwrap();
        assert_eq!(hours, [(T0, vec![2], vec![3]), (T0 + HOUR_MS, vec![3], vec![4])]);
        assert_eq!(fleet::holders(db, Length::Hour, T0..T0 + HOUR_MS).await.unwrap().len(), 1);
        let day = day_start(T0)..day_start(T0) + DAY_MS;
        assert_eq!(fleet::holders(db, Length::Day, day.clone()).await.unwrap(), [(day.start, vec![4], vec![5])]);
        assert_eq!(fleet::holders(db, Length::Week, day.clone()).await.unwrap(), [(day.start, vec![5], vec![6])]);
    })
    .await;
}

#[tokio::test]
async fn a_step_of_the_matrix_comes_back_with_what_the_fleet_was() {
    both(async |db| {
        let of = |step: Step, start_at, at_limit, max_saturation| FleetUsage {
            start_at,
            step_ms: step.length_ms(),
            hosts: 9,
            observed: 7,
            silent: 2,
            at_limit,
            above_80: 3,
            unlimited: 2,
            unknown: 1,
            peak_sessions: 1 << 40,
            max_saturation,
            p95_saturation: Some(0.95),
            median_saturation: None,
        };
        let cells = vec![(HostId(3), Cell { saturation: Saturation::of(0.5), full_secs: 7, ..Cell::default() })];
        let all = [
            (Step::FiveMinutes, of(Step::FiveMinutes, T0, 1, Some(1.5))),
            (Step::FiveMinutes, of(Step::FiveMinutes, T0 + CELL_MS, 2, None)),
            (Step::Hour, of(Step::Hour, T0, 3, None)),
            (Step::SixHours, of(Step::SixHours, day_start(T0), 4, None)),
        ];
        for (step, usage) in &all {
            db.write(async |tx| fleet::save_step(tx, *step, &FleetUsage { at_limit: 99, ..*usage }, &[]).await).await;
            db.write(async |tx| fleet::save_step(tx, *step, usage, &cells).await).await;
        }
        let five = fleet::usage(db, Step::FiveMinutes, T0..T0 + HOUR_MS).await.unwrap();
        assert_eq!(five, [all[0].1, all[1].1]);
        assert_eq!(fleet::usage(db, Step::FiveMinutes, T0..T0 + CELL_MS).await.unwrap(), [all[0].1]);
        assert_eq!(fleet::usage(db, Step::FiveMinutes, T0 + 1..T0 + HOUR_MS).await.unwrap(), [all[1].1]);
        assert_eq!(fleet::usage(db, Step::Hour, T0..T0 + HOUR_MS).await.unwrap(), [all[2].1]);
        let quarter = day_start(T0)..T0;
        assert_eq!(fleet::usage(db, Step::SixHours, quarter.clone()).await.unwrap(), [all[3].1]);
        let records = fleet::matrix(db, Step::Hour, T0..T0 + HOUR_MS).await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!((records[0].0, matrix::decode(&records[0].1).unwrap()), (T0, cells));
    })
    .await;
}

#[tokio::test]
async fn hours_and_days_of_hosts_are_kept_by_host() {
    both(async |db| {
        let (one, other) = (db.host("FS01").await, db.host("FS02").await);
        let day_at = day_start(T0);
        let mut cells = vec![Usage::default(); CELLS_PER_DAY];
        cells[7] = Usage { snapshots: 5, covered_ms: 300_000, ..Usage::default() };
        let hour = |host, hour_at| UsageHour { host, hour_at, cells: [cells[7]; CELLS_PER_HOUR] };
        db.write(async |tx| {
            holders::save_hours(tx, &[(one, T0, &holders_of(1))]).await?;
            holders::save_hours(tx, &[(one, T0 + HOUR_MS, &holders_of(2))]).await?;
            holders::save_hours(tx, &[(other, T0, &holders_of(3))]).await?;
            holders::save_day(tx, one, day_at, &holders_of(4)).await?;
            usage::save_hours(tx, &[&hour(one, T0)]).await?;
            usage::save_hours(tx, &[&hour(other, T0)]).await?;
            usage::save_day(tx, one, day_at, &cells).await
        })
        .await;
        let hours = holders::hours_of_host(db, one, T0, T0 + 2 * HOUR_MS).await.unwrap();
        assert_eq!(hours, [(T0, holders_of(1)), (T0 + HOUR_MS, holders_of(2))]);
        let fleet = holders::hour_of_fleet(db, T0, None, 9).await.unwrap();
        assert_eq!(fleet, [(one, holders_of(1)), (other, holders_of(3))]);
        assert_eq!(holders::hour_of_fleet(db, T0, Some(one), 9).await.unwrap(), [(other, holders_of(3))]);
        assert_eq!(usage::rolled_up(db, one, T0, T0 + HOUR_MS).await.unwrap(), [hour(one, T0)]);
        assert_eq!(hosts::created(db).await.unwrap(), [T0, T0]);
    })
    .await;
}

#[tokio::test]
async fn hours_of_many_hosts_are_kept_at_once_and_replaced() {
    both(async |db| {
        let mut hosts = Vec::new();
        for n in 0..45 {
            hosts.push(db.host(&format!("FS{n:02}")).await);
        }
        let hour = |host: HostId, add: u32| {
            let cell =
                Usage { snapshots: add + u32::try_from(host.0).unwrap(), covered_ms: 300_000, ..Usage::default() };
            UsageHour { host, hour_at: T0, cells: [cell; CELLS_PER_HOUR] }
        };
        for add in [1, 100] {
            let usage: Vec<_> = hosts.iter().map(|host| hour(*host, add)).collect();
            let holders: Vec<_> = hosts.iter().map(|host| holders_of(host.0 + i64::from(add))).collect();
            db.write(async |tx| {
                usage::save_hours(tx, &usage.iter().collect::<Vec<_>>()).await?;
                let of_hosts: Vec<_> = hosts.iter().zip(&holders).map(|(host, holders)| (*host, T0, holders)).collect();
                holders::save_hours(tx, &of_hosts).await
            })
            .await;
            assert_eq!(usage::of_fleet(db, T0, T0 + HOUR_MS).await.unwrap(), usage);
            let expected: Vec<_> = hosts.iter().copied().zip(holders).collect();
            assert_eq!(holders::hour_of_fleet(db, T0, None, 99).await.unwrap(), expected);
        }
    })
    .await;
}
