//! From what history has of an episode to the evidence of its incident. Pure.
//!
//! | file | what it is for |
//! |---|---|
//! | `holding` | who held the sessions at the peak, and which of them were idle |
//! | `stretches` | when the host was full, and when nobody knows |
//! | `around` | events, changes and rules of that time; the week before; earlier incidents |
//! | [`causes`] | what may have caused it, with what speaks for it and against it |

mod around;
pub mod causes;
mod holding;
mod stretches;

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;

use crate::model::change::What;
use crate::model::episode::{Episode, Moment};
use crate::model::evidence::{Evidence, Figures, HostThen, LookedThen, VERSION};

/// What an episode's history says, in one piece.
#[must_use]
pub fn of(episode: &Episode) -> Evidence {
    let incident = &episode.incident;
    let figures = |snapshot| Figures::from(&Moment::of(snapshot, &episode.names.aliases));
    let mut evidence = Evidence {
        version: VERSION,
        computed_at: episode.now_at,
        incident: Some(incident.id),
        kind: Some(incident.kind),
        subject: incident.subject.clone(),
        opened_at: incident.opened_at,
        from_at: incident.from_at,
        until_at: incident.until_at,
        host: host(episode),
        peak: episode.snapshots.at_peak.as_ref().map(figures),
        before: episode.snapshots.last_before.as_ref().map(figures),
        at_limit: stretches::at_limit(episode),
        holes: stretches::holes(episode),
        events: around::events(episode),
        more_events: episode.more_events,
        changes: around::changes(episode),
        findings: around::findings(episode),
        week_before: around::week_before(episode),
        earlier: around::earlier(episode),
        looked: looked(episode),
        ..Evidence::default()
    };
    holding::fill(&mut evidence, episode);
    evidence.causes = causes::of(&causes::Subject::of(episode, &evidence));
    evidence
}

fn host(episode: &Episode) -> HostThen {
    let facts = episode.host.clone().unwrap_or_default();
    let snapshots = &episode.snapshots;
    let seen = snapshots.at_peak.as_ref().or(snapshots.last_before.as_ref());
    // A host that has not told of itself yet has the name that its agent came with.
    let name = if facts.name.is_empty() { episode.incident.host_name.clone() } else { facts.name };
    HostThen {
        id: episode.incident.host,
        name,
        os: facts.os,
        os_build: facts.os_build,
        domain: facts.domain,
        cluster: facts.cluster,
        time_zone: facts.time_zone,
        group_name: episode.incident.group_name.clone(),
        agent_version: facts.agent_version,
        source: seen.map(|snapshot| snapshot.source.clone()).unwrap_or_default(),
        limit: seen.map(|snapshot| snapshot.limit.into()).unwrap_or_default(),
    }
}

fn looked(episode: &Episode) -> LookedThen {
    let looked = episode.looked;
    // What lies after the end is not missed.
    let cut_at = looked.cut_at.map(|at| at.max(episode.from_at())).filter(|at| *at < episode.until_at());
    LookedThen { snapshots: looked.snapshots, sessions: looked.sessions, cut_at }
}

/// When the host was started again last, within some time before it was full.
fn restarted_at(episode: &Episode, since_at: i64) -> Option<i64> {
    let starts = episode.changes.iter().filter(|change| change.what == What::Start);
    let within = starts.map(|change| change.seen_at).filter(|at| (since_at..=episode.until_at()).contains(at));
    within.max()
}
