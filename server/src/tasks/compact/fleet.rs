//! The fleet's hours, days and weeks.

use std::collections::BTreeMap;

use super::Now;
use super::derived::{Derived, StepCells};
use crate::history::matrix::Cell;
use crate::history::merge::{self, FleetHolders};
use crate::history::minutes::Minutes;
use crate::history::{chunk, due, fleet as codec};
use crate::model::HostId;
use crate::model::fleet::Step;
use crate::model::holder::FleetHolder;
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::model::usage::{Usage, UsageHour};
use crate::store::fleet::Length;
use crate::store::{self, Db, chunks, fleet, holders, hosts, usage};

/// Hosts read at once.
const PAGE: u32 = 256;
const FIVE_MINUTES: usize = 300_000;

/// The hosts' hours → who held sessions anywhere, and a cell of each host in each five minutes and in the hour.
pub(super) async fn hour(db: &Db, hour_at: i64, now: Now) -> store::Result<Derived> {
    let (by_client, by_user) = holders_of_hour(db, hour_at, now.at).await?;
    let usages = usage::of_fleet(db, hour_at, hour_at + HOUR_MS).await?;
    let created = hosts::created(db).await?;
    // What has hardly begun is left out: most hosts would look silent in it.
    let shown_until = now.at - due::longest_wait_ms(now.hosts);
    let mut steps = Vec::new();
    for (cell, start_at) in (hour_at..hour_at + HOUR_MS).step_by(FIVE_MINUTES).enumerate() {
        if start_at < shown_until {
            let of = |hour: &UsageHour| (hour.host, hour.cells[cell]);
            steps.push(step(Step::FiveMinutes, start_at, usages.iter().map(of).collect(), &created));
        }
    }
    if hour_at < shown_until {
        let of = |hour: &UsageHour| (hour.host, hour.total());
        steps.push(step(Step::Hour, hour_at, usages.iter().map(of).collect(), &created));
    }
    Ok(derived(Length::Hour, hour_at, by_client, by_user, steps))
}

/// The fleet's hours → its day, and four steps of six hours.
pub(super) async fn day(db: &Db, day_at: i64) -> store::Result<Derived> {
    let (by_client, by_user) = merged(db, Length::Hour, day_at, day_at + DAY_MS).await?;
    let created = hosts::created(db).await?;
    let mut steps = Vec::new();
    for quarter in 0..4 {
        let start_at = day_at + quarter * Step::SixHours.length_ms();
        let mut sums: BTreeMap<HostId, Usage> = BTreeMap::new();
        let end_at = start_at + Step::SixHours.length_ms();
        for (host, _, usage) in usage::hours_of_fleet(db, start_at, end_at).await? {
            sums.entry(host).or_default().merge(&usage);
        }
        if !sums.is_empty() {
            steps.push(step(Step::SixHours, start_at, sums.into_iter().collect(), &created));
        }
    }
    Ok(derived(Length::Day, day_at, by_client, by_user, steps))
}

/// The fleet's days → its week.
pub(super) async fn week(db: &Db, week_at: i64) -> store::Result<Derived> {
    let (by_client, by_user) = merged(db, Length::Day, week_at, week_at + 7 * DAY_MS).await?;
    Ok(derived(Length::Week, week_at, by_client, by_user, Vec::new()))
}

fn derived(
    length: Length,
    start_at: i64,
    by_client: Vec<FleetHolder>,
    by_user: Vec<FleetHolder>,
    steps: Vec<StepCells>,
) -> Derived {
    let (by_client, by_user) = (codec::encode(&by_client), codec::encode(&by_user));
    Derived::Fleet { length, start_at, by_client, by_user, steps }
}

fn step(step: Step, start_at: i64, usages: Vec<(HostId, Usage)>, created: &[i64]) -> StepCells {
    let length_ms = step.length_ms();
    let known = created.partition_point(|at| *at < start_at + length_ms);
    let usage = merge::fleet_usage((start_at, length_ms), usages.iter().map(|(_, usage)| usage), known);
    let cells = usages.iter().map(|(host, usage)| (*host, Cell::of(usage, start_at)));
    StepCells { step, usage, cells: cells.filter(|(_, cell)| !cell.is_silent()).collect() }
}

/// By client and by user.
type Both = (Vec<FleetHolder>, Vec<FleetHolder>);

async fn holders_of_hour(db: &Db, hour_at: i64, now_at: i64) -> store::Result<Both> {
    let (mut clients, mut users) = (FleetHolders::default(), FleetHolders::default());
    let mut after = None;
    loop {
        let page = holders::hour_of_fleet(db, hour_at, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (host, holders) in page {
            clients.add_host(host, holders.by_client.into_iter().map(|(id, held)| (id.0, held)));
            users.add_host(host, holders.by_user.into_iter().map(|(id, held)| (id.0, held)));
        }
    }
    let mut client_minutes = Minutes::new(hour_at, clients.on_several_hosts());
    let mut user_minutes = Minutes::new(hour_at, users.on_several_hosts());
    after = None;
    while !(client_minutes.is_empty() && user_minutes.is_empty()) {
        let page = chunks::of_fleet(db, hour_at, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (host, body) in page {
            let presence = chunk::presence(&body).map_err(|e| {
                sqlx::Error::Decode(
                    format!("the chunk of host {host} in the hour from {hour_at} cannot be read: {e}").into(),
                )
            })?;
            client_minutes.add(&presence, now_at, |stay| stay.client.0);
            user_minutes.add(&presence, now_at, |stay| stay.user.0);
        }
    }
    Ok((clients.finish(Some(&client_minutes)), users.finish(Some(&user_minutes))))
}

async fn merged(db: &Db, of: Length, from_at: i64, to_at: i64) -> store::Result<Both> {
    let (mut clients, mut users) = (FleetHolders::default(), FleetHolders::default());
    let damaged =
        |at: i64| move |e| sqlx::Error::Decode(format!("the fleet's holders from {at} cannot be read: {e}").into());
    for (at, by_client, by_user) in fleet::holders(db, of, from_at..to_at).await? {
        clients.add_fleet(codec::decode(&by_client).map_err(damaged(at))?);
        users.add_fleet(codec::decode(&by_user).map_err(damaged(at))?);
    }
    Ok((clients.finish(None), users.finish(None)))
}
