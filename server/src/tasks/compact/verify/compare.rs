//! Records beside what they should be.

use super::Wrong;
use crate::history::rollup::{self, HourOfSnapshots};
use crate::history::{chunk, fleet as fleet_codec, holders as holders_codec, matrix, usage as usage_codec};
use crate::model::fleet::FleetUsage;
use crate::model::usage::Usage;
use crate::store::records::{OfFleet, OfHost};
use crate::tasks::compact::derived::{Derived, StepCells};

const USAGE: &str = "the usage";
const HOLDERS: &str = "the holders";

/// A record of the fleet, and the matrix and the figures of each of its steps.
pub(super) struct StoredFleet {
    pub(super) holders: Option<OfFleet>,
    pub(super) steps: Vec<(Option<Vec<u8>>, Option<FleetUsage>)>,
}

/// What is wrong with a host's hour. `sum`: the columns beside the cells; `has_chunk`: retention has left the chunk.
pub(super) fn wrong_hour(
    records: &OfHost,
    hour_at: i64,
    sum: Option<&Usage>,
    now_at: i64,
    has_chunk: bool,
) -> Option<Wrong> {
    let Some(bytes) = &records.chunk else {
        if has_chunk {
            return Some(Wrong::Lost("its snapshots are missing".to_owned()));
        }
        let is_usage = records.cells.as_ref().is_none_or(|cells| usage_codec::decode(cells).is_ok());
        return unreadable(is_usage, records.holders.as_deref());
    };
    let chunk = match chunk::decode(bytes) {
        Ok(chunk) => chunk,
        Err(error) => return Some(Wrong::Lost(format!("its snapshots cannot be read: {error}"))),
    };
    let of = HourOfSnapshots { hour_at, before: chunk.carried.as_ref(), within: &chunk.within, now_at };
    if of.settled_at() > now_at {
        return None;
    }
    if chunk::encode(hour_at, chunk.carried.as_ref(), &chunk.within).is_ok_and(|again| again != *bytes) {
        return Some(Wrong::Outdated("the form of its snapshots"));
    }
    let (usage, holders) = rollup::hour(records.host, of);
    if records.cells.as_ref().is_none_or(|cells| *cells != usage_codec::encode(&usage.cells))
        || sum != Some(&usage.total())
    {
        return Some(Wrong::Outdated(USAGE));
    }
    let is_good = records.holders.as_ref().is_some_and(|stored| *stored == holders_codec::encode(&holders));
    (!is_good).then_some(Wrong::Outdated(HOLDERS))
}

/// What is wrong with a host's day.
pub(super) fn wrong_day(records: &OfHost, expected: Option<&Derived>) -> Option<Wrong> {
    let Some(Derived::HostDay { cells, holders }) = expected else {
        let is_usage = records.cells.as_ref().is_none_or(|cells| usage_codec::decode_day(cells).is_ok());
        return unreadable(is_usage, records.holders.as_deref());
    };
    if records.cells.as_ref().is_none_or(|stored| *stored != usage_codec::encode_day(cells)) {
        return Some(Wrong::Outdated(USAGE));
    }
    let is_good = records.holders.as_ref().is_some_and(|stored| *stored == holders_codec::encode(holders));
    (!is_good).then_some(Wrong::Outdated(HOLDERS))
}

fn unreadable(is_usage: bool, holders: Option<&[u8]>) -> Option<Wrong> {
    if !is_usage {
        return Some(Wrong::Unreadable(USAGE));
    }
    let is_good = holders.is_none_or(|stored| holders_codec::decode(stored).is_ok());
    (!is_good).then_some(Wrong::Unreadable(HOLDERS))
}

/// What is wrong with an hour, a day or a week of the fleet.
pub(super) fn wrong_fleet(stored: &StoredFleet, expected: Option<&Derived>) -> Option<Wrong> {
    let Some(Derived::Fleet { by_client, by_user, steps, .. }) = expected else {
        let holders = stored.holders.as_ref();
        let is_good = holders.is_none_or(|s| [&s.by_client, &s.by_user].iter().all(|b| fleet_codec::decode(b).is_ok()));
        return (!is_good).then_some(Wrong::Unreadable(HOLDERS));
    };
    let nobody = fleet_codec::encode(&[]);
    match &stored.holders {
        // Nothing is known of this time: nobody put it together.
        None if *by_client == nobody && *by_user == nobody && steps.iter().all(|s| s.cells.is_empty()) => return None,
        Some(holders) if holders.by_client == *by_client && holders.by_user == *by_user => {}
        _ => return Some(Wrong::Outdated(HOLDERS)),
    }
    let is_same = |(step, (body, usage)): (&StepCells, &(Option<Vec<u8>>, Option<FleetUsage>))| {
        body.as_ref().is_some_and(|body| *body == matrix::encode(&step.cells)) && usage.as_ref() == Some(&step.usage)
    };
    let is_good = steps.iter().zip(&stored.steps).all(is_same);
    (!is_good).then_some(Wrong::Outdated("the matrix"))
}
