//! Records of single hosts: days where they say what their hours do, else hours; and a ranking of one host or of some.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use rustc_hash::FxBuildHasher;

use super::pick::pick;
use super::{Acc, By, Ranked, Ranking, Scope, Who, Whole, add_stretch};
use crate::history::holders as codec;
use crate::model::HostId;
use crate::model::holder::{Held, Holders};
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::store::fleet::Length;
use crate::store::tiers::{Records, cover, days, hours};
use crate::store::values::corrupt;
use crate::store::{Db, Result, live};

/// What one holder, or each of all holders, held on a host in some stretch.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) instants: Range<i64>,
    pub(super) entries: Vec<(i64, Held)>,
}

/// What was held on one host in the scope. Hours that are not rolled up are computed from their snapshots if `is_live`.
pub(super) async fn parts(db: &Db, by: By, host: HostId, scope: Scope<'_>, is_live: bool) -> Result<Vec<Part>> {
    let instants = scope.from_at..scope.to_at;
    // The scope's end stands for now: what the last snapshot says beyond it is not counted.
    let observed_until = |hour: &live::Hour| match hour.last_taken_at {
        _ if instants.end >= hour.hour_at + HOUR_MS => instants.end,
        Some(taken_at) => taken_at.max(instants.end),
        None => instants.end,
    };
    let live =
        if is_live { live::hours(db, host, instants.clone(), observed_until).await? } else { Default::default() };
    let mut parts = Vec::new();
    for (hour_at, (_, holders)) in &live {
        parts.push(Part { instants: *hour_at..hour_at + HOUR_MS, entries: of(by, holders) });
    }
    let stale: BTreeSet<i64> = live.keys().map(|hour_at| hour_at.div_euclid(DAY_MS) * DAY_MS / HOUR_MS).collect();
    let days = days(db, host, scope.hours(), Records::Holders).await?;
    let days: Vec<_> = days.into_iter().filter(|(day_at, _)| !stale.contains(&(day_at / HOUR_MS))).collect();
    let starts: BTreeSet<i64> = days.iter().map(|(day_at, _)| day_at / HOUR_MS).collect();
    let mut whole_days = BTreeSet::new();
    for stretch in cover(scope.hours(), &starts, &BTreeSet::new()) {
        if stretch.length == Length::Hour {
            for (hour_at, body) in hours(db, host, stretch.hours, Records::Holders).await? {
                if !live.contains_key(&hour_at) {
                    parts.push(part(by, host, hour_at..hour_at + HOUR_MS, &body)?);
                }
            }
        } else {
            whole_days.extend(stretch.hours.map(|hour| hour * HOUR_MS));
        }
    }
    for (day_at, body) in days.iter().filter(|(day_at, _)| whole_days.contains(day_at)) {
        parts.push(part(by, host, *day_at..day_at + DAY_MS, body)?);
    }
    parts.sort_unstable_by_key(|part| part.instants.start);
    Ok(parts)
}

/// As [`parts`], rolled-up hours only and each by itself.
pub(super) async fn hourly(db: &Db, by: By, host: HostId, hours_of: Range<i64>) -> Result<Vec<Part>> {
    let records = hours(db, host, hours_of, Records::Holders).await?;
    records.into_iter().map(|(hour_at, body)| part(by, host, hour_at..hour_at + HOUR_MS, &body)).collect()
}

fn part(by: By, host: HostId, instants: Range<i64>, body: &[u8]) -> Result<Part> {
    let entries = match by {
        By::Client => codec::clients(body).map(|all| all.into_iter().map(|(id, held)| (id.0, held)).collect()),
        By::User => codec::users(body).map(|all| all.into_iter().map(|(id, held)| (id.0, held)).collect()),
    };
    match entries {
        Ok(entries) => Ok(Part { instants, entries }),
        Err(e) => Err(corrupt(format!("the holders of host {host} from {} on cannot be read: {e}", instants.start))),
    }
}

fn of(by: By, holders: &Holders) -> Vec<(i64, Held)> {
    match by {
        By::Client => holders.by_client.iter().map(|(id, held)| (id.0, *held)).collect(),
        By::User => holders.by_user.iter().map(|(id, held)| (id.0, *held)).collect(),
    }
}

/// Who held anything on any of the hosts in the scope, under whatever name.
pub(super) async fn held_on(db: &Db, by: By, (hosts, scope): (&[HostId], Scope<'_>)) -> Result<BTreeSet<i64>> {
    let mut ids = BTreeSet::new();
    for host in hosts {
        for part in parts(db, by, *host, scope, hosts.len() == 1).await? {
            ids.extend(part.entries.iter().map(|(id, _)| *id));
        }
    }
    Ok(ids)
}

pub(super) async fn top(
    db: &Db,
    who: Who<'_>,
    (hosts, scope): (&[HostId], Scope<'_>),
    ranking: &Ranking,
) -> Result<Ranked> {
    let mut holders: HashMap<i64, Acc, FxBuildHasher> = HashMap::default();
    for host in hosts {
        let here = [*host];
        for part in parts(db, who.by, *host, scope, hosts.len() == 1).await? {
            add_stretch(&mut holders, who.aliases, part.entries.iter().map(|(id, held)| (*id, held, &here[..])));
        }
    }
    let mut figures: Vec<(i64, i64)> =
        holders.iter().map(|(id, acc)| (ranking.measure.of(&acc.of.held, acc.hosts.len()), *id)).collect();
    figures.sort_unstable_by_key(|(_, id)| *id);
    let whole = Whole::of(holders.values().map(|acc| acc.of.held.session_ms));
    let picked = pick(db, who, figures, ranking).await?;
    Ok(whole.answer(&picked, &mut holders))
}
