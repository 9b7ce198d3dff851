//! What was derived: how it is stored, and what in turn follows from it.

use crate::history::due;
use crate::history::matrix::Cell;
use crate::model::HostId;
use crate::model::fleet::{FleetUsage, Step};
use crate::model::holder::Holders;
use crate::model::time::{DAY_MS, day_start, week_start};
use crate::model::unit::Unit;
use crate::model::usage::{Usage, UsageHour};
use crate::store::fleet::Length;
use crate::store::{self, Tx, chunks, fleet, frames, holders, records, usage};

pub(super) enum Derived {
    /// No snapshot says anything about the hour.
    Nothing,
    /// No snapshot says anything about the hour any more.
    Gone,
    HostHour {
        chunk: Vec<u8>,
        usage: Box<UsageHour>,
        holders: Holders,
        /// The hour is not over: it is due again then although nothing touched it.
        grows_until: Option<i64>,
    },
    HostDay {
        cells: Vec<Usage>,
        holders: Holders,
    },
    Fleet {
        length: Length,
        start_at: i64,
        by_client: Vec<u8>,
        by_user: Vec<u8>,
        steps: Vec<StepCells>,
    },
}

/// All hosts in one step.
pub(super) struct StepCells {
    pub(super) step: Step,
    pub(super) usage: FleetUsage,
    pub(super) cells: Vec<(HostId, Cell)>,
}

/// Stores what was derived of these units, in ascending order.
pub(super) async fn save(tx: &mut Tx, done: &[(Unit, &Derived)]) -> store::Result<()> {
    let (mut all_chunks, mut all_usage, mut all_holders) = (Vec::new(), Vec::new(), Vec::new());
    for (unit, derived) in done {
        match (derived, *unit) {
            (Derived::HostHour { chunk, usage, holders, .. }, Unit::HostHour { hour_at, host }) => {
                all_chunks.push((host, hour_at, chunk.as_slice()));
                all_usage.push(&**usage);
                all_holders.push((host, hour_at, holders));
            }
            (derived, unit) => derived.save(tx, unit).await?,
        }
    }
    chunks::save(tx, &all_chunks).await?;
    usage::save_hours(tx, &all_usage).await?;
    holders::save_hours(tx, &all_holders).await?;
    for (host, hour_at, _) in all_chunks {
        // The chunk holds them all: had one come since, this would not be current.
        frames::remove_hour(tx, host, hour_at).await?;
    }
    Ok(())
}

impl Derived {
    async fn save(&self, tx: &mut Tx, unit: Unit) -> store::Result<()> {
        match (self, unit) {
            (Self::Gone, Unit::HostHour { hour_at, host }) => records::remove_hour(tx, host, hour_at).await?,
            (Self::HostDay { cells, holders }, Unit::HostDay { day_at, host }) => {
                usage::save_day(tx, host, day_at, cells).await?;
                holders::save_day(tx, host, day_at, holders).await?;
            }
            (Self::Fleet { length, start_at, by_client, by_user, steps }, _) => {
                fleet::save_holders(tx, (*length, *start_at), by_client, by_user).await?;
                for StepCells { step, usage, cells } in steps {
                    fleet::save_step(tx, *step, usage, cells).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What is derived from this, and when that is due.
    pub(super) fn touches(&self, unit: Unit, now_at: i64, hosts: usize) -> Vec<(Unit, i64)> {
        const WEEK_MS: i64 = 7 * DAY_MS;
        match (self, unit) {
            (Self::Nothing, _) => Vec::new(),
            (Self::Gone, Unit::HostHour { hour_at, host }) => follow(hour_at, host, (now_at, hosts)).into(),
            (Self::HostHour { grows_until, .. }, Unit::HostHour { hour_at, host }) => {
                let mut all = Vec::from(follow(hour_at, host, (now_at, hosts)));
                if let Some(grows_until) = grows_until {
                    let again_at = due::host_hour(host, hour_at, now_at, hosts);
                    all.push((unit, again_at.max(*grows_until)));
                }
                all
            }
            (_, Unit::FleetHour { hour_at }) => {
                let day_at = day_start(hour_at);
                vec![(Unit::FleetDay { day_at }, due::fleet_long(day_at, DAY_MS, now_at))]
            }
            (_, Unit::FleetDay { day_at }) => {
                let week_at = week_start(day_at);
                vec![(Unit::FleetWeek { week_at }, due::fleet_long(week_at, WEEK_MS, now_at))]
            }
            _ => Vec::new(),
        }
    }
}

/// What follows from an hour of a host.
fn follow(hour_at: i64, host: HostId, (now_at, hosts): (i64, usize)) -> [(Unit, i64); 2] {
    let day_at = day_start(hour_at);
    [
        (Unit::HostDay { day_at, host }, due::host_day(host, day_at, now_at)),
        (Unit::FleetHour { hour_at }, due::fleet_hour(now_at, hosts)),
    ]
}
