//! One host that is followed.

use super::{InForce, Judge, Told};
use crate::alerts::course::{Course, KINDS};
use crate::alerts::reconcile::{Change, End, reconcile};
use crate::alerts::replay::{Standing, go_on, replay};
use crate::alerts::{self, Look, Seen, Sight, Turn, silence};
use crate::model::event::{EventClass, FLOOD_CODES};
use crate::model::incident::{Incident, Kind};
use crate::model::limit::Limit;
use crate::model::snapshot::LookOf;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, hour_start};
use crate::model::{HostId, IncidentId};
use crate::store::courses::Course as Kept;
use crate::store::events::EventFilter;
use crate::store::incidents::{Ended, NewIncident};
use crate::store::{self, Db, Tx, courses, events, hosts, incidents};

/// What is older opens nothing: it is history that came late, or was imported.
const OLDEST_MS: i64 = DAY_MS;
/// A host that has been calm for so long is followed no more.
const CALM_MS: i64 = 30 * MINUTE_MS;
/// Events of one host that are looked at.
const MOST_EVENTS: u32 = 5_000;

/// A host's incidents that go on, or did when what came in was.
struct Known {
    name: String,
    group: String,
    standing: Vec<Standing>,
}

impl Judge {
    /// Judges a host by what was seen of it, in one transaction with where it stands then.
    pub(super) async fn host(&self, in_force: &InForce, kept: &Kept, told: &mut Told) -> store::Result<()> {
        let now_at = in_force.now_at;
        let oldest_at = now_at - OLDEST_MS;
        let Some(host) = hosts::find(&self.db, kept.host).await? else { return Ok(()) };
        let known = Known {
            standing: standing(&self.db, kept.host, oldest_at).await?,
            name: host.name,
            group: host.group_name,
        };
        let levels = alerts::InForce::of(&in_force.rules, &known.group);
        let baseline = self.baseline(kept.host, now_at).await?;
        let from_at = kept.from_at.unwrap_or(now_at).max(oldest_at);
        let mut was: Option<Course> = serde_json::from_str(&kept.course).ok();
        let until_at = kept.until_at.filter(|until_at| *until_at >= oldest_at);
        let hour_at = until_at.map_or(i64::MAX, hour_start);
        let mut seen = seen(&self.db, kept.host, from_at.min(hour_at)).await?;
        let before = |at: i64| move |one: &&Seen| (hour_start(at)..=at).contains(&one.at);
        // As much lies before as was followed: nothing came late, and it goes on from there.
        let is_in_time = until_at.is_some_and(|at| {
            from_at >= hour_start(at) && seen.iter().filter(before(at)).count() == kept.seen as usize
        });
        let turns: Vec<Turn>;
        let course = if let (Some(mut course), Some(until_at), true) = (was.take(), until_at, is_in_time) {
            let new: Vec<Seen> = seen.iter().copied().filter(|one| one.at > until_at).collect();
            turns = go_on(&mut course, &levels, Some(&baseline), &known.standing, &new);
            course
        } else {
            // An hour more, so that what lasts is there from its beginning.
            let start_at = (hour_start(from_at.min(until_at.unwrap_or(from_at))) - HOUR_MS).max(oldest_at);
            seen = self::seen(&self.db, kept.host, start_at).await?;
            let (course, all) = replay(&levels, Some(&baseline), &known.standing, &seen, start_at);
            turns = all;
            course
        };
        let until_at = seen.iter().map(|one| one.at).max().unwrap_or(now_at);
        let count = u32::try_from(seen.iter().filter(before(until_at)).count()).unwrap_or(u32::MAX);
        let changes: Vec<(Kind, Change)> = KINDS
            .into_iter()
            .flat_map(|kind| {
                reconcile(kind, &turns, &known.standing, course.is_open(kind)).into_iter().map(move |c| (kind, c))
            })
            .collect();
        let text = serde_json::to_string(&course).map_err(|e| sqlx::Error::Encode(e.into()))?;
        let mut tx = self.db.begin().await?;
        if !courses::save(&mut tx, kept, (until_at, count), &text).await? {
            // Another process was quicker.
            return tx.rollback().await;
        }
        let done = apply(&mut tx, in_force, kept.host, &known, changes).await?;
        if course.is_calm() && is_quiet(&seen, &levels, until_at) {
            courses::let_go(&mut tx, kept).await?;
        } else {
            courses::forget(&mut tx, kept.host, oldest_at - HOUR_MS).await?;
        }
        tx.commit().await?;
        told.opened += done.0;
        told.closed += done.1;
        if done.0 + done.1 > 0 {
            tracing::debug!(host = known.name, opened = done.0, closed = done.1, "a host was judged");
        }
        Ok(())
    }
}

async fn standing(db: &Db, host: HostId, since_at: i64) -> store::Result<Vec<Standing>> {
    let all: Vec<(Incident, bool)> = incidents::standing(db, Some(host), since_at).await?;
    Ok(all.iter().map(|(incident, by_itself)| Standing::of(incident, *by_itself)).collect())
}

/// What was seen of a host from an instant on, in order.
async fn seen(db: &Db, host: HostId, from_at: i64) -> store::Result<Vec<Seen>> {
    let looks = courses::looks(db, host, from_at).await?;
    let mut seen: Vec<Seen> = looks.into_iter().map(look).collect();
    let filter = EventFilter {
        host: Some(host),
        classes: vec![EventClass::Capacity, EventClass::Abuse],
        from_at: Some(from_at),
        most: MOST_EVENTS,
        ..EventFilter::default()
    };
    for event in events::list(db, &filter).await? {
        let what = match (FLOOD_CODES.contains(&event.code), event.class) {
            (true, _) => Sight::Flood,
            (false, EventClass::Capacity) => Sight::Capacity,
            (false, _) => continue,
        };
        seen.push(Seen { at: event.recorded_at, what });
    }
    seen.sort_by_key(Seen::order);
    seen.dedup();
    Ok(seen)
}

fn look(of: LookOf) -> Seen {
    let limit = Limit { sessions: of.limit_sessions, unlimited: of.is_unlimited, ..Limit::UNKNOWN };
    let saturation = if of.is_unlimited { Some(0.0) } else { limit.saturation(of.sessions) };
    let holds_ms = i64::from(of.sampling_secs) * 2 * SECOND_MS;
    let look = Look { sessions: of.sessions, clients: of.clients, saturation, holds_ms };
    Seen { at: of.taken_at, what: Sight::Look(look) }
}

/// Whether nothing of the last half hour was worth following.
fn is_quiet(seen: &[Seen], levels: &alerts::InForce, until_at: i64) -> bool {
    let lowest = [levels.full, levels.near].iter().flatten().map(|l| l.open_at).fold(f64::INFINITY, f64::min);
    let lately = seen.iter().filter(|one| one.at > until_at - CALM_MS);
    let is_there = seen.first().is_some_and(|one| one.at <= until_at - CALM_MS);
    is_there
        && lately.into_iter().all(|one| match one.what {
            Sight::Look(look) => look.saturation.is_none_or(|saturation| saturation < lowest),
            Sight::Capacity | Sight::Flood => false,
        })
}

/// Answers how many opened and closed.
async fn apply(
    tx: &mut Tx,
    in_force: &InForce,
    host: HostId,
    known: &Known,
    changes: Vec<(Kind, Change)>,
) -> store::Result<(u64, u64)> {
    let now_at = in_force.now_at;
    let (mut opened, mut closed, mut full) = (0, 0, None);
    full =
        full.or(known.standing.iter().find(|one| one.kind == Kind::Full && one.until_at.is_none()).map(|one| one.id));
    for (_, change) in changes {
        match change {
            Change::Open { kind, from_at, opened_at, end, again, joined } => {
                let is_silenced =
                    silence::in_force(&in_force.silences, Some((host, &known.group)), kind, now_at).is_some();
                let new = NewIncident { host: Some(host), kind, subject: "", from_at, opened_at, is_silenced };
                let Some(id) = incidents::insert(tx, &new, now_at).await? else { continue };
                opened += 1;
                if kind == Kind::Full {
                    full = Some(id);
                }
                incidents::within(tx, id, &again, &joined, now_at).await?;
                if let Some(end) = end {
                    clear(tx, id, end, full, now_at).await?;
                    closed += 1;
                }
            }
            Change::Earlier { id, from_at, opened_at } => {
                incidents::earlier(tx, id, from_at, opened_at, now_at).await?;
            }
            Change::Within { id, again, joined } => {
                incidents::within(tx, id, &again, &joined, now_at).await?;
            }
            Change::Clear { id, end } => {
                clear(tx, id, end, full, now_at).await?;
                closed += 1;
            }
            Change::EndsAt { id, end } => incidents::ends_at(tx, id, ended(end), now_at).await?,
            Change::GoesOn { id } => incidents::goes_on(tx, id, now_at).await?,
        }
    }
    Ok((opened, closed))
}

async fn clear(tx: &mut Tx, id: IncidentId, end: End, full: Option<IncidentId>, now_at: i64) -> store::Result<()> {
    let outgrown_by = full.filter(|_| end.is_outgrown);
    incidents::clear(tx, id, ended(end), outgrown_by, now_at).await
}

fn ended(end: End) -> Ended {
    Ended { until_at: end.until_at, cleared_at: end.cleared_at }
}
