//! What follows from the clock, and from what is known of all hosts: silence, shares, leaks; and what is not known any more.

use std::collections::{HashMap, HashSet};

use super::{InForce, Judge, Told};
use crate::alerts::course::Course;
use crate::alerts::silence::{self, Heard, Pipeline, Word, listen};
use crate::model::HostId;
use crate::model::alert::Levels;
use crate::model::finding::{Detail, Fact};
use crate::model::host::HostInShort;
use crate::model::incident::{Incident, Kind};
use crate::store::findings::FindingFilter;
use crate::store::incidents::{Ended, NewIncident};
use crate::store::{self, agents, courses, findings, hosts, incidents, shares};

/// The rule of findings by which a client is suspected of leaking sessions.
const LEAK_RULE: &str = "CLI-01";
/// Hosts with a leak that are looked at.
const MOST_LEAKS: u32 = 10_000;

/// A host as far as it matters here.
struct Place<'a> {
    host: &'a HostInShort,
    /// Its agent may send.
    is_watched: bool,
}

impl Judge {
    /// Looks at everything that no single look tells.
    pub(super) async fn fleet(&self, in_force: &InForce, told: &mut Told) -> store::Result<()> {
        let all = hosts::in_short(&self.db).await?;
        let watched: HashSet<HostId> = agents::watched_hosts(&self.db).await?.into_iter().collect();
        let places: HashMap<HostId, Place<'_>> =
            all.iter().map(|host| (host.id, Place { host, is_watched: watched.contains(&host.id) })).collect();
        self.silent(in_force, &places, told).await?;
        self.leaks(in_force, &places, told).await?;
        self.shares(in_force, &places, told).await?;
        self.unknown(in_force).await?;
        self.silences(in_force).await
    }

    async fn silent(
        &self,
        in_force: &InForce,
        places: &HashMap<HostId, Place<'_>>,
        told: &mut Told,
    ) -> store::Result<()> {
        let silent = by_host(incidents::going_on(&self.db, Kind::Silent).await?);
        let pipeline = incidents::going_on(&self.db, Kind::Pipeline).await?.into_iter().next();
        let heard: Vec<Heard<'_>> = places
            .values()
            .filter(|place| place.is_watched || silent.contains_key(&place.host.id))
            .filter_map(|place| heard(place.host, &silent))
            .collect();
        let since = pipeline.as_ref().filter(|incident| incident.goes_on()).map(|incident| incident.from_at);
        let (of_fleet, words) = listen(&in_force.rules, &heard, since, self.up_since, in_force.now_at);
        match (of_fleet, pipeline) {
            (Pipeline::FallsSilent { from_at }, _) => {
                self.open(in_force, (None, Kind::Pipeline), ("", from_at), told).await?
            }
            (Pipeline::IsHeard { until_at }, Some(incident)) => self.end(in_force, &incident, until_at, told).await?,
            _ => {}
        }
        for word in words {
            match word {
                Word::FallsSilent { host, from_at } => {
                    let place = places.get(&host).map(|place| place.host);
                    self.open(in_force, (place, Kind::Silent), ("", from_at), told).await?;
                }
                Word::IsHeard { host, until_at } => {
                    if let Some(incident) = silent.get(&host) {
                        self.end(in_force, incident, until_at, told).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Opens and ends with the finding.
    async fn leaks(
        &self,
        in_force: &InForce,
        places: &HashMap<HostId, Place<'_>>,
        told: &mut Told,
    ) -> store::Result<()> {
        let filter = FindingFilter { rule: Some(LEAK_RULE.to_owned()), most: MOST_LEAKS, ..FindingFilter::default() };
        let found = findings::list(&self.db, &filter).await?;
        let mut standing = by_host(incidents::going_on(&self.db, Kind::Leak).await?);
        for finding in &found {
            if let Some(incident) = standing.remove(&finding.host) {
                self.goes_on(in_force, &incident).await?;
            } else if let Some(place) = places.get(&finding.host) {
                let client = leaking(&finding.detail).unwrap_or_default();
                self.open(in_force, (Some(place.host), Kind::Leak), (client, finding.since_at), told).await?;
            }
        }
        for incident in standing.values() {
            self.end(in_force, incident, in_force.now_at, told).await?;
        }
        Ok(())
    }

    async fn shares(
        &self,
        in_force: &InForce,
        places: &HashMap<HostId, Place<'_>>,
        told: &mut Told,
    ) -> store::Result<()> {
        let mut standing = by_host(incidents::going_on(&self.db, Kind::Share).await?);
        for (host, read_at, list) in shares::limited(&self.db).await? {
            let Some(place) = places.get(&host) else { continue };
            // A rule that was switched off lets what is open end by its first levels.
            let rule = in_force.rules.of(Kind::Share, &place.host.group_name);
            let levels = rule.map_or_else(|| Levels::first(Kind::Share), |rule| rule.levels);
            let share_of = |uses: u32, most: u32| f64::from(uses) / f64::from(most.max(1));
            let fullest = list
                .iter()
                .filter_map(|share| Some((share.name.as_str(), share_of(share.uses, share.most_uses?))))
                .max_by(|(_, a), (_, b)| a.total_cmp(b));
            let most = fullest.map_or(0.0, |(_, most)| most);
            match (standing.remove(&host), fullest) {
                (Some(incident), _) if most <= levels.close_at => {
                    self.end(in_force, &incident, read_at, told).await?;
                }
                (Some(incident), _) => self.goes_on(in_force, &incident).await?,
                (None, Some((name, most))) if most >= levels.open_at => {
                    self.open(in_force, (Some(place.host), Kind::Share), (name, read_at), told).await?;
                }
                (None, _) => {}
            }
        }
        // The host has no limited share any more.
        for incident in standing.values() {
            self.end(in_force, incident, in_force.now_at, told).await?;
        }
        Ok(())
    }

    /// Says of what is followed look by look since when nothing is seen.
    async fn unknown(&self, in_force: &InForce) -> store::Result<()> {
        for kind in crate::alerts::course::KINDS {
            for incident in incidents::going_on(&self.db, kind).await? {
                let Some(host) = incident.host.filter(|_| incident.goes_on()) else { continue };
                let course = courses::of_host(&self.db, host).await?;
                let course: Option<Course> = course.and_then(|kept| serde_json::from_str(&kept.course).ok());
                let since = course.and_then(|course| course.unknown_since(in_force.now_at));
                if since != incident.unknown_since {
                    let mut tx = self.db.begin().await?;
                    incidents::unknown(&mut tx, incident.id, since, in_force.now_at).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(())
    }

    /// Whoever was silenced and is no more is told of now.
    async fn silences(&self, in_force: &InForce) -> store::Result<()> {
        let filter = store::incidents::IncidentFilter { is_unresolved: true, most: 10_000, ..Default::default() };
        for incident in incidents::list(&self.db, &filter).await?.into_iter().filter(|incident| incident.is_silenced) {
            let host = incident.host.map(|host| (host, incident.group_name.as_str()));
            if silence::in_force(&in_force.silences, host, incident.kind, in_force.now_at).is_none() {
                let mut tx = self.db.begin().await?;
                incidents::silence(&mut tx, incident.id, false, in_force.now_at).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    async fn open(
        &self,
        in_force: &InForce,
        (host, kind): (Option<&HostInShort>, Kind),
        (subject, from_at): (&str, i64),
        told: &mut Told,
    ) -> store::Result<()> {
        if in_force.rules.of(kind, host.map_or("", |host| &host.group_name)).is_none() {
            return Ok(());
        }
        let whose = host.map(|host| (host.id, host.group_name.as_str()));
        let is_silenced = silence::in_force(&in_force.silences, whose, kind, in_force.now_at).is_some();
        let opened_at = in_force.now_at;
        let new = NewIncident { host: host.map(|host| host.id), kind, subject, from_at, opened_at, is_silenced };
        let mut tx = self.db.begin().await?;
        told.opened += u64::from(incidents::insert(&mut tx, &new, in_force.now_at).await?.is_some());
        tx.commit().await
    }

    async fn end(&self, in_force: &InForce, incident: &Incident, until_at: i64, told: &mut Told) -> store::Result<()> {
        if !incident.goes_on() {
            return Ok(());
        }
        let ended = Ended { until_at: until_at.max(incident.from_at), cleared_at: in_force.now_at };
        let mut tx = self.db.begin().await?;
        incidents::clear(&mut tx, incident.id, ended, None, in_force.now_at).await?;
        tx.commit().await?;
        told.closed += 1;
        Ok(())
    }

    /// One that somebody reopened, or never resolved, and that holds again.
    async fn goes_on(&self, in_force: &InForce, incident: &Incident) -> store::Result<()> {
        if incident.goes_on() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        incidents::goes_on(&mut tx, incident.id, in_force.now_at).await?;
        tx.commit().await
    }
}

fn by_host(all: Vec<Incident>) -> HashMap<HostId, Incident> {
    all.into_iter().filter_map(|incident| Some((incident.host?, incident))).collect()
}

fn heard<'a>(host: &'a HostInShort, silent: &HashMap<HostId, Incident>) -> Option<Heard<'a>> {
    let now = host.now;
    let at = now.map(|now| now.taken_at).or(host.seen_at)?;
    let silent_since = silent.get(&host.id).filter(|incident| incident.goes_on()).map(|incident| incident.from_at);
    let sampling_secs = now.map_or(60, |now| now.sampling_secs);
    Some(Heard { host: host.id, group_name: &host.group_name, at, sampling_secs, silent_since })
}

/// The client that a finding names first.
fn leaking(detail: &Detail) -> Option<&str> {
    let Detail::Facts(facts) = detail else { return None };
    facts.iter().find_map(|fact| match fact {
        Fact::Leak { client, .. } => Some(client.as_str()),
        _ => None,
    })
}
