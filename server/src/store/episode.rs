//! What history has of an incident's episode, gathered from wherever it is kept. Bounded: whoever asks waits for it.

use std::collections::BTreeSet;

use super::events::EventFilter;
use super::findings::FindingFilter;
use super::incidents::IncidentFilter;
use super::rank::By;
use super::{Db, Result, aliases, changes, classes, events, findings, frames, gaps, hosts, incidents, names, usage};
use crate::model::change::{self, Version};
use crate::model::episode::{
    BEFORE_MS, Episode, LEAD_MS, Looked, Material, Moment, Names, Snapshots, TAIL_MS, holds_until,
};
use crate::model::event::{Event, EventClass};
use crate::model::evidence::Evidence;
use crate::model::finding::Finding;
use crate::model::host::Facts;
use crate::model::incident::Incident;
use crate::model::snapshot::Snapshot;
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS, MINUTE_MS, hour_start};
use crate::model::usage::{Usage, UsageHour};
use crate::model::{ClientId, HostId, UserId};

/// Sessions, and snapshots, that are looked at one by one.
const MOST_SESSIONS: u64 = 1_000_000;
const MOST_SNAPSHOTS: u64 = 20_000;
/// How much of the host's past is compared with.
const PAST_MS: i64 = 15 * DAY_MS;
/// An episode may last for months: usage is kept for so long at the most.
const LONGEST_MS: i64 = 400 * DAY_MS;
/// Of so much of it a bundle has the usage of every five minutes.
const LONGEST_TABLE_MS: i64 = 31 * DAY_MS;
/// Beside the instant that is asked for, a snapshot may lie so far.
const NEAR_MS: i64 = 10 * MINUTE_MS;
/// A snapshot before it began that is older says nothing.
const LAST_MS: i64 = 7 * DAY_MS;
/// How far back earlier incidents are counted.
const EARLIER_MS: i64 = 30 * DAY_MS;
const MOST_EARLIER: u32 = 1_000;
/// Events of a class that says something, and of one that hardly does.
const MOST_EVENTS: u32 = 100;
const MOST_QUIET: u32 = 20;
const MOST_FINDINGS: u32 = 50;
/// Snapshots on each side of the peak that go into a bundle, and sessions of all of them.
const LOOKS: usize = 5;
const MOST_IN_LOOKS: usize = 200_000;
const AROUND_MS: i64 = 30 * MINUTE_MS;

/// Gathers what there is of an incident at `now_at`.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn gather(db: &Db, incident: &Incident, now_at: i64) -> Result<Episode> {
    let mut episode = empty(incident, now_at);
    episode.earlier = earlier(db, incident).await?;
    let Some(host) = incident.host else { return Ok(episode) };
    let (from_at, until_at) = (episode.from_at(), episode.until_at().min(episode.from_at() + LONGEST_MS));
    let range = (from_at - BEFORE_MS, until_at + TAIL_MS);
    episode.usage = usage::of_host(db, host, from_at - PAST_MS, range.1, now_at).await?;
    episode.names.aliases = aliases::all(db).await?;
    look(db, host, range, &mut episode).await?;
    episode.snapshots = snapshots(db, host, &episode).await?;
    name(db, &episode.snapshots, &mut episode.names).await?;
    episode.gaps = gaps::of_host(db, host, from_at, until_at).await?;
    (episode.events, episode.more_events) = told(db, host, from_at - LEAD_MS, until_at + MINUTE_MS).await?;
    let versions = changes::of_host(db, host, from_at - DAY_MS, until_at + 1).await?;
    let recent = change::changes(&versions).into_iter().filter(|change| change.seen_at >= from_at - DAY_MS);
    episode.changes = recent.collect();
    episode.host = facts(db, host, versions, from_at).await?;
    episode.findings = held_then(db, host, from_at, until_at).await?;
    Ok(episode)
}

fn empty(incident: &Incident, now_at: i64) -> Episode {
    Episode {
        incident: incident.clone(),
        now_at,
        host: None,
        moments: Vec::new(),
        looked: Looked::default(),
        snapshots: Snapshots::default(),
        names: Names::default(),
        usage: Vec::new(),
        gaps: Vec::new(),
        events: Vec::new(),
        more_events: 0,
        changes: Vec::new(),
        findings: Vec::new(),
        earlier: Vec::new(),
    }
}

/// Looks at the snapshots hour by hour, as far as the bounds allow.
async fn look(db: &Db, host: HostId, (from_at, to_at): (i64, i64), episode: &mut Episode) -> Result<()> {
    let mut looked = Looked::default();
    let mut hour_at = hour_start(from_at);
    while hour_at < to_at {
        let end_at = hour_at + HOUR_MS;
        let (snapshots, sessions) = at_most(&episode.usage, hour_at);
        if looked.sessions + sessions > MOST_SESSIONS || looked.snapshots + snapshots > MOST_SNAPSHOTS {
            looked.cut_at = Some(hour_at.max(from_at));
            break;
        }
        // A host may have been silent for months.
        let (start_at, stop_at) = if snapshots > 0 { (hour_at.max(from_at), end_at.min(to_at)) } else { (0, 0) };
        for snapshot in frames::range(db, host, start_at, stop_at).await? {
            looked.snapshots += 1;
            looked.sessions += snapshot.sessions.len() as u64;
            episode.moments.push(Moment::of(&snapshot, &episode.names.aliases));
        }
        hour_at = end_at;
    }
    episode.looked = looked;
    Ok(())
}

/// How many snapshots an hour has, and how many sessions are in them at most.
fn at_most(usage: &[UsageHour], hour_at: i64) -> (u64, u64) {
    let Ok(place) = usage.binary_search_by_key(&hour_at, |hour| hour.hour_at) else { return (0, 0) };
    usage[place].cells.iter().fold((0, 0), |(snapshots, sessions), cell| {
        let most = cell.peak.map_or(0, |peak| peak.sessions);
        (snapshots + u64::from(cell.snapshots), sessions + u64::from(cell.snapshots) * u64::from(most))
    })
}

async fn snapshots(db: &Db, host: HostId, episode: &Episode) -> Result<Snapshots> {
    let (from_at, until_at) = (episode.from_at(), episode.until_at());
    let at_peak = match episode.peak_at() {
        Some(at) => near(db, host, at).await?,
        None => None,
    };
    let after_at = until_at + TAIL_MS;
    let is_over = episode.incident.until_at.is_some() && after_at <= episode.now_at;
    let last_before = frames::at(db, host, from_at - 1).await?;
    Ok(Snapshots {
        at_peak,
        last_before: last_before.filter(|snapshot| from_at - snapshot.taken_at <= LAST_MS),
        hour_before: near(db, host, from_at - BEFORE_MS).await?,
        day_before: near(db, host, from_at - DAY_MS).await?,
        after: if is_over { near(db, host, after_at).await? } else { None },
    })
}

/// The newest snapshot at or before an instant, unless it says nothing about it any more.
async fn near(db: &Db, host: HostId, at: i64) -> Result<Option<Snapshot>> {
    let found = frames::at(db, host, at).await?;
    let is_near = |s: &Snapshot| holds_until(s.taken_at, s.sampling_secs).max(s.taken_at + NEAR_MS) >= at;
    Ok(found.filter(is_near))
}

/// Adds names and classes of all who are in the snapshots.
async fn name(db: &Db, snapshots: &Snapshots, names: &mut Names) -> Result<()> {
    let Snapshots { at_peak, last_before: _, hour_before, day_before, after } = snapshots;
    let all: Vec<&Snapshot> = [at_peak, hour_before, day_before, after].into_iter().flatten().collect();
    name_all(db, &all, names).await
}

async fn name_all(db: &Db, snapshots: &[&Snapshot], names: &mut Names) -> Result<()> {
    let sessions = || snapshots.iter().flat_map(|snapshot| &snapshot.sessions);
    let mains: BTreeSet<i64> = sessions().map(|s| names.main(s.client).0).collect();
    let users: BTreeSet<i64> = sessions().map(|s| s.user.0).collect();
    let every: BTreeSet<i64> = mains.iter().flat_map(|main| names.aliases.names(*main)).collect();
    let (mains, users): (Vec<i64>, Vec<i64>) = (mains.into_iter().collect(), users.into_iter().collect());
    let clients: Vec<ClientId> = every.into_iter().map(ClientId).collect();
    names.clients = names::clients(db, &clients).await?;
    names.users = names::users(db, &users.iter().copied().map(UserId).collect::<Vec<_>>()).await?;
    names.client_classes = classes::of(db, By::Client, &mains).await?;
    names.user_classes = classes::of(db, By::User, &users).await?;
    Ok(())
}

/// Events of a host in order, and how many there are beside them: of each class so many, so that those that say nothing of sessions do not
/// take the others' places.
async fn told(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<(Vec<Event>, u64)> {
    let (mut found, mut all) = (Vec::new(), 0);
    for (class, count) in events::counts(db, Some(host), from_at, to_at).await? {
        let says_little = matches!(class, EventClass::Noise | EventClass::Foreign);
        let most = if says_little { MOST_QUIET } else { MOST_EVENTS };
        let (classes, from_at, to_at) = (vec![class], Some(from_at), Some(to_at));
        let filter = EventFilter { host: Some(host), classes, from_at, to_at, most, ..EventFilter::default() };
        found.extend(events::list(db, &filter).await?);
        all += count;
    }
    found.sort_by_key(|event| (event.recorded_at, event.id));
    let more = all.saturating_sub(found.len() as u64);
    Ok((found, more))
}

/// What the host said of itself last before it began, else first after; of one whose words are not kept what it says now.
async fn facts(db: &Db, host: HostId, versions: Vec<Version>, from_at: i64) -> Result<Option<Facts>> {
    let then = versions.iter().rposition(|version| version.facts.observed_at <= from_at).unwrap_or(0);
    if let Some(version) = versions.into_iter().nth(then) {
        return Ok(Some(version.facts));
    }
    let now = hosts::find(db, host).await?;
    Ok(now.map(|now| Facts {
        name: now.name,
        fqdn: now.fqdn,
        domain: now.domain,
        cluster: now.cluster,
        is_domain_controller: now.is_domain_controller,
        addresses: now.addresses,
        os: now.os,
        os_build: now.os_build,
        time_zone: now.time_zone,
        settings: now.settings,
        ..Facts::default()
    }))
}

/// The findings of a host that held at some time of the episode: those that still do first.
async fn held_then(db: &Db, host: HostId, from_at: i64, until_at: i64) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for gone in [false, true] {
        let filter = FindingFilter { host: Some(host), gone, most: MOST_FINDINGS, ..FindingFilter::default() };
        let of = findings::list(db, &filter).await?.into_iter();
        found.extend(of.filter(|f| f.since_at <= until_at && f.gone_at.is_none_or(|gone_at| gone_at > from_at)));
    }
    Ok(found)
}

/// When earlier incidents of the same kind of the same host began, in order.
async fn earlier(db: &Db, incident: &Incident) -> Result<Vec<i64>> {
    let since_at = incident.from_at - EARLIER_MS;
    let filter = IncidentFilter {
        host: incident.host,
        kind: Some(incident.kind),
        from_at: Some(since_at),
        to_at: Some(incident.from_at),
        most: MOST_EARLIER,
        ..IncidentFilter::default()
    };
    let found = incidents::list(db, &filter).await?.into_iter();
    let others = found.filter(|other| other.id != incident.id && other.from_at >= since_at);
    let mut began: Vec<i64> = others.map(|other| other.from_at).collect();
    began.sort_unstable();
    Ok(began)
}

/// What there still is for the bundle of an incident.
///
/// # Errors
/// As for [`gather`].
pub async fn material(db: &Db, evidence: &Evidence, now_at: i64) -> Result<Material> {
    let Some(host) = evidence.host.id else { return Ok(Material::default()) };
    let from_at = evidence.from_at;
    let until_at = evidence.told_until_at().min(from_at + LONGEST_MS);
    let range = from_at - BEFORE_MS..(until_at + BEFORE_MS).min(from_at + LONGEST_TABLE_MS);
    let hours = usage::of_host(db, host, range.start, range.end, now_at).await?;
    let mut material = Material { cells: cells(&hours, &range), ..Material::default() };
    material.cut_at = Some(range.end).filter(|end_at| *end_at < until_at);
    if let Some(peak) = evidence.peak {
        material.looks = around(db, host, peak.taken_at, peak.sessions).await?;
    }
    material.names.aliases = aliases::all(db).await?;
    name_all(db, &material.looks.iter().collect::<Vec<_>>(), &mut material.names).await?;
    material.events = told(db, host, from_at - LEAD_MS, until_at + MINUTE_MS).await?.0;
    let versions = changes::of_host(db, host, from_at - DAY_MS, until_at + 1).await?;
    material.host = facts(db, host, versions, from_at).await?;
    Ok(material)
}

fn cells(hours: &[UsageHour], range: &std::ops::Range<i64>) -> Vec<(i64, Usage)> {
    let all = hours.iter().flat_map(|hour| {
        let hour_at = hour.hour_at;
        (0..).zip(&hour.cells).map(move |(n, cell)| (hour_at + n * CELL_MS, *cell))
    });
    all.filter(|(at, _)| range.contains(at)).collect()
}

/// The snapshots next to the peak, in order.
async fn around(db: &Db, host: HostId, peak_at: i64, sessions: u32) -> Result<Vec<Snapshot>> {
    let instants = frames::instants(db, host, peak_at - AROUND_MS, peak_at + AROUND_MS).await?;
    let Ok(place) = instants.binary_search(&peak_at) else { return Ok(Vec::new()) };
    let each = LOOKS.min(MOST_IN_LOOKS / (sessions.max(1) as usize) / 2);
    let mut looks = Vec::new();
    for at in &instants[place.saturating_sub(each)..(place + each + 1).min(instants.len())] {
        looks.extend(frames::at(db, host, *at).await?.filter(|snapshot| snapshot.taken_at == *at));
    }
    Ok(looks)
}
