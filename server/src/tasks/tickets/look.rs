//! What people did with tickets, done to their incidents.

use tracing::{debug, info};

use super::Tickets;
use crate::model::connector::{Connector, Held, LOOK_AGAIN_MS, TicketState};
use crate::model::incident::State;
use crate::model::time::DAY_MS;
use crate::store::incidents::{Deed, Done};
use crate::store::{self, connectors, incidents, tickets};

/// Tickets of one connector that are looked at in one go.
const MOST: u32 = 50;
/// What ended before this is not looked at any more.
const FOLLOWED_MS: i64 = 7 * DAY_MS;

impl Tickets {
    pub(super) async fn look_at_all(&self, now_at: i64) -> store::Result<usize> {
        let mut changed = 0;
        for connector in connectors::list(&self.db).await? {
            // One that fails is tried by what waits for it.
            if connector.is_on() && connector.system.answers() && connector.failing.is_none() {
                changed += self.look_at_those_of(&connector, now_at).await?;
            }
        }
        Ok(changed)
    }

    async fn look_at_those_of(&self, connector: &Connector, now_at: i64) -> store::Result<usize> {
        let before_at = now_at - LOOK_AGAIN_MS;
        let due = tickets::to_look_at(&self.db, connector.id, before_at, now_at - FOLLOWED_MS, MOST).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let system = match self.system(connector).await? {
            Ok(system) => system,
            Err(failure) => {
                debug!(connector = connector.id.0, error = failure.said, "tickets cannot be looked at");
                return Ok(0);
            }
        };
        let mut changed = 0;
        for held in due {
            let read = system.read(held.remote_id.as_deref().unwrap_or_default()).await;
            let now = match read {
                Ok(Some(remote)) => Held {
                    remote_id: Some(remote.id),
                    name: remote.name,
                    url: remote.url,
                    state: remote.state,
                    looked_at: now_at,
                    ..held.clone()
                },
                // What was deleted says nothing; the next entry makes another one.
                Ok(None) => Held { looked_at: now_at, ..held.clone() },
                Err(failure) => {
                    info!(connector = connector.id.0, error = failure.said, "a ticket could not be looked at");
                    return Ok(changed);
                }
            };
            changed += usize::from(self.take_over(connector, &held, &now, now_at).await?);
        }
        Ok(changed)
    }

    /// Does to the incident what was done to its ticket. Answers whether that changed it.
    async fn take_over(&self, connector: &Connector, held: &Held, now: &Held, now_at: i64) -> store::Result<bool> {
        let state = now.state;
        let mark = connector.mark();
        let deed = Deed { by: &mark, now_at, seen_version: None };
        let mut tx = self.db.begin().await?;
        if !tickets::look(&mut tx, held, state, now_at).await? {
            return Ok(false);
        }
        // Made a moment ago, it may have had no number of its own then.
        if (&now.remote_id, &now.name, &now.url) != (&held.remote_id, &held.name, &held.url) {
            incidents::link(&mut tx, held.incident, deed, (&now.name, &now.url)).await?;
            tickets::save(&mut tx, now).await?;
        }
        let incident = incidents::find_in(&mut tx, held.incident).await?;
        let Some(incident) = incident.filter(|_| state != held.state) else {
            tx.commit().await?;
            return Ok(false);
        };
        let done = match (state, incident.state) {
            (TicketState::InProgress, State::Open) => incidents::acknowledge(&mut tx, incident.id, deed, None).await?,
            (TicketState::Resolved | TicketState::Closed, State::Open | State::Acknowledged) => {
                incidents::resolve(&mut tx, incident.id, deed, &held.name).await?
            }
            (TicketState::Open | TicketState::InProgress, State::Resolved) if held.state.is_over() => {
                incidents::reopen(&mut tx, incident.id, deed, &held.name).await?
            }
            _ => Done::Yes(incident.version),
        };
        tx.commit().await?;
        Ok(matches!(done, Done::Yes(version) if version != incident.version))
    }
}
