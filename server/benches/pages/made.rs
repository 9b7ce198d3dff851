//! A fleet of 10,000 hosts with its history, written as the records that are derived from snapshots: to make the snapshots
//! themselves would take days. What no page and no figure reads is not made. The tests of the pages use it too.

use std::ops::Range;

use anyhow::Context as _;
use highwater::history::matrix::{Cell, Saturation};
use highwater::history::{fleet as codec, merge};
use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::class::{Class, Subject};
use highwater::model::counter::{Counter, Kind, Reading};
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::holder::{FleetHolder, Held, Holders};
use highwater::model::host::{Heard, Now};
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::snapshot::Totals;
use highwater::model::time::{CELL_MS, CELLS_PER_HOUR, DAY_MS, HOUR_MS, hour_start};
use highwater::model::usage::{Peak, Usage, UsageHour};
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::fleet::Length;
use highwater::store::{Db, Tx, agents, aliases, classes, counters, fleet, holders, hosts, names, usage};

pub(crate) const HOSTS: usize = 10_000;
/// Of the benchmark.
pub(crate) const DAYS: i64 = 90;
/// Clients that are seen in an hour somewhere; so many users too.
pub(crate) const CLIENTS: usize = 100_000;
/// Scanners and the like, which are on every fifth host.
const WANDERERS: usize = 30;
/// Clients of one host in an hour.
const CLIENTS_OF_HOST: i64 = 120;
/// Clients of which two names were put together.
const MERGED: usize = 1_000;
/// Different records that are made of each length; more are copies of them.
const VARIANTS: usize = 4;
const WEEK_MS: i64 = 7 * DAY_MS;
/// The limit of every host.
const LIMIT: u32 = 300;

/// Small random numbers, the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n.max(1)
    }

    fn ms(&mut self, most_secs: usize) -> i64 {
        i64::try_from(self.below(most_secs)).unwrap_or(0) * 1_000
    }
}

#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) hosts: Vec<HostId>,
}

/// How far back what is made reaches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Of hours of the fleet's holders.
    pub(crate) hours: i64,
    /// Of days and weeks; their trends go back twice as far.
    pub(crate) days: i64,
    /// Of the heat map's coarsest steps.
    pub(crate) matrix_days: i64,
}

impl Extent {
    /// What every range of every page reads.
    pub(crate) const WHOLE: Self = Self { hours: 15 * 24, days: DAYS, matrix_days: 365 };
}

/// Writes everything.
pub(crate) async fn write(db: &Db, now_at: i64, extent: Extent) -> anyhow::Result<Made> {
    let mut dice = Dice(1);
    let hosts = write_hosts(db, now_at, &mut dice).await?;
    let (clients, users) = write_names(db, now_at).await?;
    write_classes_and_merges(db, now_at, &clients).await?;
    write_fleet_holders(db, (now_at, extent), &hosts, &mut dice).await?;
    write_matrix(db, (now_at, extent), &hosts, &mut dice).await?;
    write_usage(db, now_at, &hosts, &mut dice).await?;
    write_one_host(db, (now_at, extent), hosts[0], (&clients, &users), &mut dice).await?;
    write_counters(db, (now_at, extent), hosts[0], &mut dice).await?;
    Ok(Made { hosts })
}

async fn write_hosts(db: &Db, now_at: i64, dice: &mut Dice) -> anyhow::Result<Vec<HostId>> {
    let mut tx = db.begin().await?;
    let mut all = Vec::with_capacity(HOSTS);
    let created_at = now_at - 2 * DAYS * DAY_MS;
    for number in 0..HOSTS {
        let (name, group) = (format!("FS-{number:05}"), format!("site {:02}", number % 40));
        let host = agents::host_of_identity(&mut tx, &name, &name, &group, created_at).await?;
        agents::insert(&mut tx, &agent(host, number), created_at).await?;
        let sessions = u32::try_from(150 + dice.below(140))?;
        hosts::save_states(&mut tx, &[(host, &heard(now_at), Some(&now(now_at - 20_000, sessions)))]).await?;
        all.push(host);
    }
    tx.commit().await?;
    Ok(all)
}

fn agent(host: HostId, number: usize) -> NewAgent {
    let mut key_sha256 = [0; 32];
    key_sha256[..8].copy_from_slice(&(number as u64).to_le_bytes());
    NewAgent {
        host,
        state: AgentState::Approved,
        key_sha256,
        attempt_sha256: key_sha256,
        machine_id: format!("machine {number}"),
        name: format!("FS-{number:05}"),
        os: "Windows Server 2022".to_owned(),
        version: "0.1.0".to_owned(),
        address: "10.1.2.3".to_owned(),
        token: None,
        domain: String::new(),
        rule: None,
    }
}

fn heard(seen_at: i64) -> Heard {
    let agent_version = "0.1.0".to_owned();
    Heard { seen_at, agent_version, boot_id: String::new(), queued_records: 0, clock_skew_ms: 0 }
}

fn limit() -> Limit {
    Limit { sessions: Some(LIMIT), unlimited: false, source: LimitSource::Api }
}

fn now(taken_at: i64, sessions: u32) -> Now {
    let totals =
        Totals { sessions, clients: 120, opens: Some(900), idle_sessions: Some(40), zero_open_sessions: Some(60) };
    let source = "win32-502".to_owned();
    Now { taken_at, source, sampling_secs: 60, partial: false, totals, limit: limit() }
}

async fn write_names(db: &Db, now_at: i64) -> anyhow::Result<(Vec<ClientId>, Vec<UserId>)> {
    let mut tx = db.begin().await?;
    let pcs: Vec<String> = (0..CLIENTS).map(|n| format!("PC-{n:06}.corp.example")).collect();
    let people: Vec<String> = (0..CLIENTS).map(|n| format!("CORP\\user{n:06}")).collect();
    let pcs: Vec<&str> = pcs.iter().map(String::as_str).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let mut clients: Vec<ClientId> = names::intern_clients(&mut tx, &pcs, now_at).await?.into_values().collect();
    let mut users: Vec<UserId> = names::intern_users(&mut tx, &people, now_at).await?.into_values().collect();
    tx.commit().await?;
    clients.sort_unstable();
    users.sort_unstable();
    Ok((clients, users))
}

/// A tenth of the clients is of a class by a rule, and a thousand clients have a second name.
async fn write_classes_and_merges(db: &Db, now_at: i64, clients: &[ClientId]) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    classes::insert(&mut tx, (Class::Backup, Subject::Client, "pc-#####7"), "bench", now_at).await?;
    for pair in clients[..2 * MERGED].chunks(2) {
        aliases::merge(&mut tx, pair[0], pair[1], "bench", now_at).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Hours, and days and weeks of twice the days: what rankings and their trends read.
async fn write_fleet_holders(
    db: &Db,
    (now_at, extent): (i64, Extent),
    hosts: &[HostId],
    dice: &mut Dice,
) -> anyhow::Result<()> {
    let day_at = now_at.div_euclid(DAY_MS) * DAY_MS;
    let monday_at = (day_at - 4 * DAY_MS).div_euclid(WEEK_MS) * WEEK_MS + 4 * DAY_MS;
    let first_at = day_at - 2 * extent.days * DAY_MS;
    let hour_at = hour_start(now_at);
    for (length, ms, range) in [
        (Length::Hour, HOUR_MS, hour_at - extent.hours * HOUR_MS..hour_at),
        (Length::Day, DAY_MS, first_at..day_at),
        (Length::Week, WEEK_MS, monday_at - (2 * extent.days / 7) * WEEK_MS..monday_at),
    ] {
        let variants: Vec<Vec<u8>> = (0..VARIANTS).map(|_| fleet_holders(hosts, ms, range.start, dice)).collect();
        let mut tx = db.begin().await?;
        for start_at in range.step_by(usize::try_from(ms)?) {
            let (clients, users) = (&variants[dice.below(VARIANTS)], &variants[dice.below(VARIANTS)]);
            fleet::save_holders(&mut tx, (length, start_at), clients, users).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn fleet_holders(hosts: &[HostId], ms: i64, start_at: i64, dice: &mut Dice) -> Vec<u8> {
    let secs = usize::try_from(ms / 1_000).unwrap_or(3_600);
    let entry = |number: usize| {
        // Most are on one or two hosts, and there all the time.
        let places = if number < WANDERERS { hosts.len() / 5 } else { 1 + dice.below(3) / 2 + dice.below(40) / 39 * 6 };
        let mut on: Vec<HostId> = (0..places).map(|i| hosts[(number * 7 + i * 613) % hosts.len()]).collect();
        on.sort_unstable();
        on.dedup();
        let sessions = u32::try_from(1 + dice.below(3) + if number < WANDERERS { places } else { 0 }).unwrap_or(1);
        let session_ms = i64::from(sessions) * (ms - if dice.below(3) == 0 { dice.ms(secs) } else { 0 });
        let held = Held {
            session_ms,
            peak_sessions: sessions,
            peak_at: start_at + dice.ms(secs),
            peak_opens: sessions * u32::try_from(dice.below(30)).unwrap_or(0),
            idle_ms: if dice.below(2) == 0 { session_ms / 2_000 * 1_000 } else { 0 },
            zero_open_ms: if dice.below(4) == 0 { session_ms } else { 0 },
            full_ms: if dice.below(50) == 0 { dice.ms(secs) } else { 0 },
            first_seen_at: start_at,
            last_seen_at: start_at + ms - 60_000,
        };
        FleetHolder { id: i64::try_from(number).unwrap_or(0) + 1, held, hosts: on }
    };
    codec::encode(&(0..CLIENTS).map(entry).collect::<Vec<_>>())
}

/// Steps of five minutes of two days at most, of hours of eight, of six hours as far as it reaches.
async fn write_matrix(
    db: &Db,
    (now_at, extent): (i64, Extent),
    hosts: &[HostId],
    dice: &mut Dice,
) -> anyhow::Result<()> {
    let day_at = now_at.div_euclid(DAY_MS) * DAY_MS;
    let mut levels: Vec<i64> = hosts.iter().map(|_| 40 + i64::try_from(dice.below(140)).unwrap_or(0)).collect();
    for (step, range) in [
        (Step::SixHours, day_at - extent.matrix_days * DAY_MS..day_at),
        (Step::Hour, hour_start(now_at) - extent.matrix_days.min(8) * DAY_MS..hour_start(now_at)),
        (Step::FiveMinutes, hour_start(now_at) - extent.matrix_days.min(2) * DAY_MS..now_at - CELL_MS),
    ] {
        let mut tx = db.begin().await?;
        for start_at in range.step_by(usize::try_from(step.length_ms())?) {
            write_step(&mut tx, (step, start_at), (hosts, &mut levels), dice).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn write_step(
    tx: &mut Tx,
    (step, start_at): (Step, i64),
    (hosts, levels): (&[HostId], &mut [i64]),
    dice: &mut Dice,
) -> anyhow::Result<()> {
    let secs = usize::try_from(step.length_ms() / 1_000)?;
    let mut cells = Vec::with_capacity(hosts.len());
    for (host, level) in hosts.iter().zip(levels) {
        *level = (*level + i64::try_from(dice.below(9))? - 4).clamp(10, 200);
        // A few hosts are silent in each step.
        if dice.below(200) > 0 {
            let share = f64::from(i32::try_from(*level)?) / 200.0;
            let sessions = u32::try_from(*level * i64::from(LIMIT) / 200)?;
            cells.push((
                *host,
                Cell {
                    saturation: Saturation::of(share),
                    mean: Saturation::of(share * 0.8),
                    full_secs: if *level >= 200 { u32::try_from(dice.below(secs))? } else { 0 },
                    peak_sessions: Some(sessions),
                    peak_after_secs: u32::try_from(dice.below(secs))?,
                },
            ));
        }
    }
    let usages: Vec<Usage> = cells.iter().map(|(_, cell)| cell_usage(cell, start_at)).collect();
    let known = hosts.len();
    let of: FleetUsage = merge::fleet_usage((start_at, step.length_ms()), usages.iter(), known);
    fleet::save_step(tx, step, &of, &cells).await?;
    Ok(())
}

fn cell_usage(cell: &Cell, start_at: i64) -> Usage {
    let peak = cell.peak_sessions.map(|sessions| Peak { sessions, at: start_at, limit: limit() });
    let max_saturation = peak.and_then(|p| p.limit.saturation(p.sessions));
    Usage { snapshots: 5, covered_ms: CELL_MS, peak, max_saturation, ..Usage::default() }
}

/// Every host's hours of the last day, which sparklines read.
async fn write_usage(db: &Db, now_at: i64, hosts: &[HostId], dice: &mut Dice) -> anyhow::Result<()> {
    let hour_at = hour_start(now_at);
    for start_at in (hour_at - DAY_MS..hour_at).step_by(usize::try_from(HOUR_MS)?) {
        let mut tx = db.begin().await?;
        for some in hosts.chunks(500) {
            let hours: Vec<UsageHour> = some.iter().map(|host| usage_hour(*host, start_at, dice)).collect();
            usage::save_hours(&mut tx, &hours.iter().collect::<Vec<_>>()).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn usage_hour(host: HostId, hour_at: i64, dice: &mut Dice) -> UsageHour {
    let mut cells = [Usage::default(); CELLS_PER_HOUR];
    for (cell, at) in cells.iter_mut().zip((hour_at..).step_by(300_000)) {
        let sessions = u32::try_from(150 + dice.below(150)).unwrap_or(0);
        *cell = Usage {
            snapshots: 5,
            covered_ms: CELL_MS,
            session_ms: i64::from(sessions) * CELL_MS,
            peak: Some(Peak { sessions, at, limit: limit() }),
            max_saturation: limit().saturation(sessions),
            max_opens: Some(900),
            max_clients: 120,
            ..Usage::default()
        };
    }
    UsageHour { host, hour_at, cells }
}

/// One host's hours of two days, and its days.
async fn write_one_host(
    db: &Db,
    (now_at, extent): (i64, Extent),
    host: HostId,
    (clients, users): (&[ClientId], &[UserId]),
    dice: &mut Dice,
) -> anyhow::Result<()> {
    let (hour_at, day_at) = (hour_start(now_at), now_at.div_euclid(DAY_MS) * DAY_MS);
    let of = |range: Range<i64>, ms: i64, dice: &mut Dice| -> Vec<(i64, Holders)> {
        range
            .step_by(usize::try_from(ms).unwrap_or(1))
            .map(|at| (at, holders_of((clients, users), (at, ms), dice)))
            .collect()
    };
    let mut tx = db.begin().await?;
    for (at, all) in of(hour_at - 2 * DAY_MS..hour_at, HOUR_MS, dice) {
        holders::save_hours(&mut tx, &[(host, at, &all)]).await?;
    }
    for (at, all) in of(day_at - extent.days * DAY_MS..day_at, DAY_MS, dice) {
        holders::save_day(&mut tx, host, at, &all).await?;
        let hours: Vec<UsageHour> = (0..24).map(|hour| usage_hour(host, at + hour * HOUR_MS, dice)).collect();
        usage::save_day(&mut tx, host, at, &merge::day(at, &hours)).await?;
    }
    tx.commit().await.context("the records of one host")
}

/// A reading every five minutes, of every counter.
async fn write_counters(db: &Db, (now_at, extent): (i64, Extent), host: HostId, dice: &mut Dice) -> anyhow::Result<()> {
    let first_at = now_at - extent.days * DAY_MS;
    let mut counted = vec![0_i64; Counter::all().count()];
    for day_at in (first_at..now_at).step_by(usize::try_from(DAY_MS)?) {
        let mut reading = |read_at: i64| {
            let values = Counter::all().zip(&mut counted).map(|(counter, sum)| {
                let drawn = i64::try_from(dice.below(1_000)).unwrap_or(0);
                *sum += drawn;
                (counter, if counter.kind() == Kind::Count { *sum } else { drawn })
            });
            Reading { read_at, since_at: Some(first_at), values: values.collect() }
        };
        let day: Vec<Reading> = (0..288).map(|n| reading(day_at + n * CELL_MS)).collect();
        let mut tx = db.begin().await?;
        counters::save(&mut tx, host, day).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn holders_of((clients, users): (&[ClientId], &[UserId]), (at, ms): (i64, i64), dice: &mut Dice) -> Holders {
    let first = dice.below(clients.len() / 2);
    let held = |dice: &mut Dice| Held {
        session_ms: ms - dice.ms(600),
        peak_sessions: 1 + u32::try_from(dice.below(3)).unwrap_or(0),
        peak_at: at + dice.ms(600),
        peak_opens: u32::try_from(dice.below(30)).unwrap_or(0),
        idle_ms: dice.ms(600),
        zero_open_ms: dice.ms(600),
        full_ms: 0,
        first_seen_at: at,
        last_seen_at: at + ms - 60_000,
    };
    let count = usize::try_from(CLIENTS_OF_HOST).unwrap_or(0) * if ms == DAY_MS { 3 } else { 1 };
    let all: Vec<Held> = (0..count).map(|_| held(dice)).collect();
    Holders {
        by_client: clients[first..].iter().copied().zip(all.iter().copied()).collect(),
        by_user: users[first..].iter().copied().zip(all).collect(),
    }
}
