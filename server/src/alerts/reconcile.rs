//! From the turns of a host's course, and the incidents that exist, to what changes about incidents.

use super::replay::Standing;
use super::{Turn, Turned};
use crate::model::IncidentId;
use crate::model::incident::Kind;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There is a new incident; it may be over already.
    Open { kind: Kind, from_at: i64, opened_at: i64, end: Option<End>, again: Vec<i64>, joined: Vec<i64> },
    /// It began earlier than was known.
    Earlier { id: IncidentId, from_at: i64, opened_at: i64 },
    /// The level was reached again within it, at these instants; events that belong to it came at those.
    Within { id: IncidentId, again: Vec<i64>, joined: Vec<i64> },
    /// It is over.
    Clear { id: IncidentId, end: End },
    /// It is not over, as was thought.
    GoesOn { id: IncidentId },
    /// It was over at another time than was thought.
    EndsAt { id: IncidentId, end: End },
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The last instant of what it is about.
    pub until_at: i64,
    /// When that was sure.
    pub cleared_at: i64,
    /// A graver incident goes on in its place.
    pub is_outgrown: bool,
}

/// A stretch of the course in which one kind was open.
#[derive(Debug, Clone, Default)]
struct Episode {
    /// When it opened; none if it was open before what was looked at.
    opened: Option<(i64, i64)>,
    end: Option<End>,
    again: Vec<i64>,
    joined: Vec<i64>,
}

/// What follows from the turns of a stretch for one kind. `standing`: every incident of the host that touches the stretch, or is not
/// resolved. `is_open`: whether the course left it open.
#[must_use]
pub fn reconcile(kind: Kind, turns: &[Turn], standing: &[Standing], is_open: bool) -> Vec<Change> {
    let mut own: Vec<&Standing> = standing.iter().filter(|incident| incident.kind == kind).collect();
    own.sort_by_key(|incident| incident.opened_at);
    let all = own.clone();
    let mut changes = Vec::new();
    for episode in episodes(kind, turns, is_open) {
        let touched = take(&mut own, &episode);
        match touched.split_last() {
            // Several that turn out to be one stay what they were told as: the last one goes on, or ends, for all.
            Some((last, earlier)) => existing(earlier.first().unwrap_or(last), last, episode, &mut changes),
            None => match all.iter().find(|incident| incident.held(&episode)) {
                // It was told as a part of a longer one.
                Some(incident) => existing(incident, incident, episode, &mut changes),
                None => changes.extend(new(kind, episode)),
            },
        }
    }
    changes
}

fn episodes(kind: Kind, turns: &[Turn], is_open: bool) -> Vec<Episode> {
    let (mut all, mut current) = (Vec::new(), None::<Episode>);
    for turn in turns.iter().filter(|turn| turn.kind == kind) {
        match turn.what {
            Turned::Opened { from_at } => {
                current = Some(Episode { opened: Some((from_at, turn.at)), ..Episode::default() });
            }
            Turned::Again => current.get_or_insert_default().again.push(turn.at),
            Turned::Joined => current.get_or_insert_default().joined.push(turn.at),
            Turned::Cleared { until_at } => {
                let mut episode = current.take().unwrap_or_default();
                episode.end = Some(End { until_at, cleared_at: turn.at, is_outgrown: false });
                all.push(episode);
            }
            Turned::Outgrown => {
                let mut episode = current.take().unwrap_or_default();
                episode.end = Some(End { until_at: turn.at, cleared_at: turn.at, is_outgrown: true });
                all.push(episode);
            }
        }
    }
    // One that goes on without a turn may be another than was thought, too.
    all.extend(current.or_else(|| is_open.then(Episode::default)));
    all
}

/// The incidents that the episode is, in order; no other one's then.
fn take<'a>(own: &mut Vec<&'a Standing>, episode: &Episode) -> Vec<&'a Standing> {
    let begins_at = episode.opened.map_or(i64::MIN, |(from_at, _)| from_at);
    let ends_at = episode.end.map_or(i64::MAX, |end| end.until_at);
    let touches = |incident: &&Standing| {
        // What nobody has said is over takes in what comes next, too: two at once would be one too many.
        let until_at = if incident.is_unresolved { i64::MAX } else { incident.until_at.unwrap_or(i64::MAX) };
        incident.from_at <= ends_at && until_at >= begins_at
    };
    let (touched, others) = own.iter().copied().partition(touches);
    *own = others;
    touched
}

impl Standing {
    /// Whether the episode began within the incident, as that was told.
    fn held(&self, episode: &Episode) -> bool {
        let began = episode.opened.map(|(from_at, _)| from_at);
        began.zip(self.until_at).is_some_and(|(began, until_at)| (self.from_at..=until_at).contains(&began))
    }
}

fn existing(first: &Standing, incident: &Standing, episode: Episode, changes: &mut Vec<Change>) {
    if let Some((from_at, opened_at)) = episode.opened.filter(|(from_at, _)| *from_at < first.from_at) {
        changes.push(Change::Earlier { id: first.id, from_at, opened_at: opened_at.min(first.opened_at) });
    }
    let id = incident.id;
    let mut again = episode.again;
    // An incident that was over, but never resolved, or one that was taken up again.
    if let Some((_, opened_at)) = episode.opened
        && incident.until_at.is_some_and(|until_at| until_at < opened_at)
    {
        again.insert(0, opened_at);
    }
    if !again.is_empty() || !episode.joined.is_empty() {
        changes.push(Change::Within { id, again, joined: episode.joined });
    }
    match (incident.until_at, episode.end) {
        (None, Some(end)) => changes.push(Change::Clear { id, end }),
        (Some(until_at), Some(end)) if end.until_at > until_at => changes.push(Change::EndsAt { id, end }),
        (Some(_), None) => changes.push(Change::GoesOn { id }),
        (Some(_), Some(_)) | (None, None) => {}
    }
}

fn new(kind: Kind, episode: Episode) -> Option<Change> {
    let (from_at, opened_at) = episode.opened?;
    let Episode { end, again, joined, .. } = episode;
    Some(Change::Open { kind, from_at, opened_at, end, again, joined })
}
