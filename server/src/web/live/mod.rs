//! Pages that are open learn that what they show has changed. Promises:
//!
//! 1. **Open pages do not multiply questions**: one look at the store every [`TICK`] serves them all, whichever process stored what
//!    is new; a page that has changed is rendered once for everybody who looks at the same address in the same way
//!    ([`Renderings`]). What a page costs by itself is the look at its session when it fetches.
//! 2. **Who may not look is told nothing**: each fetch is checked as any request, and a stream ends soon after its session,
//!    or after its person came to see other hosts ([`SESSIONS_EVERY`]).
//! 3. **Bounded**: streams in all and of an account, messages a stream, renderings that are kept.
//! 4. **Nobody waits for it**: streams end at once when the server stops.

mod renderings;
mod seats;
mod share;
mod stream;
mod topic;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

pub use self::renderings::Renderings;
use self::seats::Seats;
pub use self::seats::{MOST, MOST_OF_ACCOUNT};
pub(super) use self::share::{PARTS, share};
pub use self::stream::GAP;
pub(super) use self::stream::{PATH, index};
use self::topic::Topic;
use crate::clock::Clock;
use crate::model::account::SessionLimits;
use crate::model::time::{MINUTE_MS, SECOND_MS};
use crate::model::{HostId, IncidentId};
use crate::store::{self, Db};

/// How often the store is looked at while somebody listens.
pub const TICK: Duration = Duration::from_secs(2);
/// How often it is asked which sessions are still there and what their people see, in ticks.
pub const SESSIONS_EVERY: u64 = 5;
/// What was stored at an instant may be seen this much later: another process's clock, a commit that took its time.
const LATE_MS: i64 = 15 * SECOND_MS;

/// Who listens to what. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Live(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The number of the newest change of each topic that somebody listens to.
    topics: Mutex<HashMap<Topic, watch::Sender<u64>>>,
    /// Numbers are never used again, also when a topic is left and taken up later.
    last_number: AtomicU64,
    seats: Seats,
    renderings: Renderings,
    came: Notify,
    stop: CancellationToken,
}

impl Live {
    /// How often a shared page was rendered.
    #[must_use]
    pub fn rendered(&self) -> u64 {
        self.0.renderings.count()
    }

    /// Streams that are open.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.0.seats.taken()
    }

    /// Ends every stream, now and from now on.
    pub fn stop(&self) {
        self.0.stop.cancel();
    }

    /// Looks at the store for all who listen, until [`stop`](Self::stop).
    pub async fn run(self, db: Db, clock: Clock, sessions: SessionLimits) {
        let mut watch = Watch { sessions, ..Watch::default() };
        loop {
            let next = async {
                tokio::time::sleep(TICK).await;
                while self.listeners() == 0 {
                    self.0.came.notified().await;
                }
            };
            if self.0.stop.run_until_cancelled(next).await.is_none() {
                return;
            }
            match watch.tick(&self, &db, clock.now_at()).await {
                Ok(()) => watch.has_failed = false,
                // Once, not every two seconds.
                Err(error) if !watch.has_failed => {
                    tracing::warn!(%error, "the store does not say what is new for open pages");
                    watch.has_failed = true;
                }
                Err(_) => {}
            }
        }
    }

    fn listen(&self, topic: Topic) -> Listening {
        let changes = {
            let mut topics = self.topics();
            topics.entry(topic).or_insert_with(|| watch::Sender::new(self.next_number())).subscribe()
        };
        self.0.came.notify_one();
        Listening { live: self.clone(), topic, changes }
    }

    /// The number of the topic's newest change. None if nobody listens: then nobody looks either.
    fn number_of(&self, topic: Topic) -> Option<u64> {
        self.topics().get(&topic).map(|sender| *sender.borrow())
    }

    fn tell(&self, has_changed: impl Fn(Topic) -> bool) {
        for (_, sender) in self.topics().iter().filter(|(topic, _)| has_changed(**topic)) {
            sender.send_replace(self.next_number());
        }
    }

    fn next_number(&self) -> u64 {
        self.0.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn topics(&self) -> std::sync::MutexGuard<'_, HashMap<Topic, watch::Sender<u64>>> {
        self.0.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those who listen to a topic.
#[derive(Debug)]
struct Listening {
    live: Live,
    topic: Topic,
    changes: watch::Receiver<u64>,
}

impl Drop for Listening {
    /// With the last one the topic goes, and its number: nobody looks what changes until the next one comes, so that one must
    /// not be given what was rendered before. Topics that are asked for once do not pile up either.
    fn drop(&mut self) {
        let mut topics = self.live.topics();
        // This one is still counted.
        if topics.get(&self.topic).is_some_and(|sender| sender.receiver_count() <= 1) {
            topics.remove(&self.topic);
        }
    }
}

/// What was seen of the store so far.
#[derive(Debug, Default)]
struct Watch {
    /// When each host was heard last; those of which nothing came lately are left out.
    heard: HashMap<HostId, i64>,
    /// None while nobody listens to events.
    newest_event: Option<i64>,
    /// Those that changed lately, with their versions.
    incidents: HashMap<IncidentId, i64>,
    newest_at: i64,
    minute: i64,
    ticks: u64,
    sessions: SessionLimits,
    has_failed: bool,
}

impl Watch {
    async fn tick(&mut self, live: &Live, db: &Db, now_at: i64) -> store::Result<()> {
        // After a pause nobody was told anything: everybody has a fresh page.
        let since_at = self.newest_at.max(now_at - MINUTE_MS) - LATE_MS;
        let heard = store::news::heard_since(db, since_at).await?;
        let is_new = |(host, at): &&(HostId, i64)| self.heard.get(host).is_none_or(|before| before < at);
        let news: HashMap<HostId, i64> = heard.iter().filter(is_new).copied().collect();
        self.newest_at = heard.iter().map(|(_, at)| *at).max().unwrap_or(0).min(now_at).max(self.newest_at);
        self.heard = heard.into_iter().collect();
        // What is told in relation to now changes with the minute, and what is added up later is seen then.
        let minute = now_at.div_euclid(MINUTE_MS);
        let is_other_minute = std::mem::replace(&mut self.minute, minute) != minute;
        let has_event = self.looks_for_events(live, db).await?;
        let incidents = self.incidents_changed(live, db, since_at).await?;
        live.tell(|topic| match topic {
            _ if is_other_minute => true,
            Topic::Fleet => !news.is_empty() || !incidents.is_empty(),
            Topic::Host(host) => news.contains_key(&host),
            Topic::Events => has_event,
            Topic::Incidents => !incidents.is_empty(),
            Topic::Incident(incident) => incidents.contains(&incident),
            Topic::Derived => false,
        });
        self.ticks += 1;
        if self.ticks.is_multiple_of(SESSIONS_EVERY) {
            let there = store::accounts::sessions_since(db, self.sessions.oldest(now_at)).await?;
            live.0.seats.end_others(&there);
        }
        Ok(())
    }

    /// Whether an event came since the last look; asked only while somebody listens to it.
    async fn looks_for_events(&mut self, live: &Live, db: &Db) -> store::Result<bool> {
        if live.number_of(Topic::Events).is_none() {
            self.newest_event = None;
            return Ok(false);
        }
        let newest = store::news::newest_event(db).await?;
        let before = self.newest_event.replace(newest);
        Ok(before.is_some_and(|before| before != newest))
    }

    /// Incidents that have another version than at the last look. What changed while nobody listened is told of once more than needed.
    async fn incidents_changed(&mut self, live: &Live, db: &Db, since_at: i64) -> store::Result<HashSet<IncidentId>> {
        let is_wanted = |topic: &Topic| matches!(topic, Topic::Fleet | Topic::Incidents | Topic::Incident(_));
        if !live.topics().keys().any(is_wanted) {
            self.incidents.clear();
            return Ok(HashSet::new());
        }
        let found: HashMap<IncidentId, i64> = store::news::incidents_since(db, since_at).await?.into_iter().collect();
        let is_new = |(id, version): &(&IncidentId, &i64)| self.incidents.get(id) != Some(version);
        let changed = found.iter().filter(is_new).map(|(id, _)| *id).collect();
        self.incidents = found;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_listens_to_a_topic_is_told_of_it_alone_and_numbers_never_come_again() {
        let live = Live::default();
        let (mut fleet, host) = (live.listen(Topic::Fleet), live.listen(Topic::Host(HostId(7))));
        let first = live.number_of(Topic::Fleet);
        live.tell(|topic| topic == Topic::Fleet);
        assert!(fleet.changes.has_changed().unwrap() && !host.changes.has_changed().unwrap());
        let second = *fleet.changes.borrow_and_update();
        assert!(Some(second) > first);
        let other = live.listen(Topic::Fleet);
        drop(fleet);
        assert_eq!(live.number_of(Topic::Fleet), Some(second), "another one still listens");
        drop(other);
        assert_eq!(live.number_of(Topic::Fleet), None);
        // Nothing was told in between, and nobody looked whether there was anything to tell.
        let _again = live.listen(Topic::Fleet);
        assert!(live.number_of(Topic::Fleet) > Some(second));
    }

    #[test]
    fn topics_that_nobody_listens_to_any_more_are_forgotten() {
        let live = Live::default();
        for host in 0..10_000 {
            live.listen(Topic::Host(HostId(host)));
        }
        assert!(live.topics().is_empty());
    }
}
