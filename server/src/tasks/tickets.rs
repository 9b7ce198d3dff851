//! Keeps a ticket for each incident in each ticket system that wants one. Promises:
//!
//! 1. **One ticket**: before a record is made, that it is going to be is committed; whoever comes after a process that ended, or an answer
//!    that was lost, looks for it by our key, and as long as the other system may not find yet what it has, waits and looks again; unless
//!    it was surely not made, or that system makes no second one of our key. Two systems cannot be asked (mail, chat): mail carries the
//!    same id again, a chat may say a thing twice.
//! 2. **States go both ways**: what happens to the incident is written to its ticket in order; what people do with the ticket is read, and
//!    done to the incident in the connector's name, which is not told back.
//! 3. **What people closed stays closed**: a record that cannot be opened again gets a successor with the same key.
//! 4. **Nobody waits for the slow**, nothing is lost: as for webhooks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

mod keep;
mod look;
mod system;

use super::outbox::{self, Courier};
use super::supervise;
use crate::clock::Clock;
use crate::delivery::http::Http;
use crate::delivery::ticket::Failure;
use crate::delivery::webhook::{self, Verdict};
use crate::model::connector::{Card, Connector, Note, TEST};
use crate::model::delivery::{Attempt, EndpointKind, Settled, Why};
use crate::model::evidence::Evidence;
use crate::model::incident::{Incident, What};
use crate::model::standing::OffWhy;
use crate::model::time::MINUTE_MS;
use crate::model::{ConnectorId, IncidentId};
use crate::sealed::Keys;
use crate::store::deliveries::{self, Claimed};
use crate::store::{self, Db, Tx, connectors, incidents};

/// Longer than all calls of an attempt take.
const LEASE_MS: i64 = 5 * MINUTE_MS;
/// Between two looks at what people did with tickets.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often a commit that met another process's is tried again at once.
const TRIES: usize = 4;

/// What keeping tickets needs.
#[derive(Debug)]
pub struct Ticketing {
    pub http: Http,
    /// What opens the secrets.
    pub keys: Arc<Keys>,
    /// Of this server, without a slash at the end: tickets say where to look.
    pub public_url: String,
    pub words: Arc<dyn Words>,
}

/// How an incident is told in a language, `en` or `fr`.
pub trait Words: fmt::Debug + Send + Sync {
    /// A new record of the incident.
    fn card(&self, about: &About<'_>, language: &str) -> Card;

    /// What happened to it.
    fn note(&self, about: &About<'_>, entry: &Told, language: &str) -> Note;

    /// That a new record follows the closed one of this name.
    fn follows(&self, name: &str, language: &str) -> String;
}

/// An incident as it is told.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    pub incident: &'a Incident,
    pub evidence: &'a Evidence,
    pub key: &'a str,
    /// Its page.
    pub url: &'a str,
}

/// What happened to an incident, as the delivery has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub what: What,
    /// Empty for the program.
    pub by: String,
    pub text: String,
}

/// What an attempt did.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// In words, for the log.
    Done(String),
    /// There may be a record that is not found yet: at this instant it would be.
    Wait(i64),
}

/// What waits for ticket systems, between the ticks.
pub type Outbox = outbox::Outbox<Tickets>;

/// Keeps tickets.
#[derive(Debug)]
pub struct Tickets {
    db: Db,
    ticketing: Ticketing,
}

/// Keeps tickets until `stop`.
pub async fn run(db: Db, clock: Clock, ticketing: Ticketing, stop: CancellationToken) {
    let outbox = Arc::new(Outbox::new(db, ticketing));
    let (sender, looker, now) = (Arc::clone(&outbox), Arc::clone(&outbox), clock.clone());
    let send = supervise("tickets", stop.clone(), move || {
        let (outbox, now_at) = (Arc::clone(&sender), clock.now_at());
        async move {
            outbox.tick(now_at).await?;
            Ok::<_, sqlx::Error>(outbox.rest().await)
        }
    });
    let look = supervise("looking at tickets", stop, move || {
        let (outbox, now_at) = (Arc::clone(&looker), now.now_at());
        async move { outbox.look(now_at).await.map(|_| LOOK_EVERY) }
    });
    tokio::join!(send, look);
    outbox.end().await;
}

impl Outbox {
    #[must_use]
    pub fn new(db: Db, ticketing: Ticketing) -> Self {
        Self::of(Tickets { db, ticketing })
    }

    /// Reads what people did with tickets, of those that were not looked at for a while, and does it to the incidents. Answers how many
    /// incidents changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn look(&self, now_at: i64) -> store::Result<usize> {
        self.courier().look_at_all(now_at).await
    }
}

impl Courier for Tickets {
    const KIND: EndpointKind = EndpointKind::Ticket;
    const LEASE_MS: i64 = LEASE_MS;

    fn db(&self) -> &Db {
        &self.db
    }

    async fn deliver(&self, claimed: &Claimed, now_at: i64) -> store::Result<()> {
        let id = ConnectorId(claimed.endpoint.id);
        let is_test = claimed.event_type == TEST;
        let connector = match connectors::find(&self.db, id).await? {
            Some(connector) if connector.takes(&claimed.event_type) => connector,
            Some(_) => return self.give_up(claimed, Why::Off, now_at).await,
            None => return self.give_up(claimed, Why::Missing, now_at).await,
        };
        let began = Instant::now();
        let outcome = if is_test {
            self.probe(&connector).await?
        } else {
            let incident = match claimed.incident {
                Some(incident) => incidents::find(&self.db, incident).await?,
                None => None,
            };
            let (Some(incident), Some(told)) = (incident, Told::read(&claimed.body)) else {
                return self.give_up(claimed, Why::Missing, now_at).await;
            };
            self.keep(&connector, &incident, &told, (&claimed.message_id, now_at)).await?
        };
        let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.conclude(claimed, &connector, &outcome, (now_at, took_ms)).await
    }
}

impl Tickets {
    async fn give_up(&self, claimed: &Claimed, why: Why, now_at: i64) -> store::Result<()> {
        let mut tx = self.db.begin().await?;
        deliveries::settle(&mut tx, claimed, Settled::Dead(why), None, now_at).await?;
        tx.commit().await
    }

    /// Writes down what came of an attempt, and how it stands with the connector.
    async fn conclude(
        &self,
        claimed: &Claimed,
        connector: &Connector,
        outcome: &Result<Step, Failure>,
        (at, took_ms): (i64, i64),
    ) -> store::Result<()> {
        let mut tries = 1;
        loop {
            match self.try_conclude(claimed, connector, outcome, (at, took_ms)).await {
                Err(error) if store::is_transient(&error) && tries < TRIES => tries += 1,
                concluded => break concluded?,
            }
        }
        let (delivery, connector) = (claimed.id.0, connector.id.0);
        match outcome {
            Ok(Step::Done(said)) => debug!(delivery, connector, said, took_ms, "a ticket system was told"),
            Ok(Step::Wait(until_at)) => {
                debug!(delivery, connector, until_at, took_ms, "a ticket may be there and is not found yet")
            }
            Err(failure) => {
                info!(delivery, connector, error = failure.said, took_ms, "a ticket system could not be told")
            }
        }
        let word = match outcome {
            Ok(Step::Done(_)) => "delivered",
            Ok(Step::Wait(_)) => "waiting",
            Err(_) => "failed",
        };
        counter!("highwater_delivery_attempts_total", "kind" => "ticket", "outcome" => word).increment(1);
        Ok(())
    }

    async fn try_conclude(
        &self,
        claimed: &Claimed,
        connector: &Connector,
        outcome: &Result<Step, Failure>,
        (at, took_ms): (i64, i64),
    ) -> store::Result<()> {
        let ended_at = at.saturating_add(took_ms);
        let mut attempt = Attempt { at, took_ms, status: None, error: String::new(), answer: String::new() };
        let mut tx = self.db.begin().await?;
        let mut is_off = false;
        let settled = match outcome {
            Ok(Step::Done(said)) => {
                connectors::works(&mut tx, connector.id).await?;
                attempt.answer.clone_from(said);
                Settled::Delivered
            }
            // A look that succeeds says nothing of whether tickets can be made.
            Ok(Step::Wait(until_at)) => {
                "it may be there already, and is not found yet".clone_into(&mut attempt.error);
                Settled::Wait(*until_at)
            }
            Err(failure) => {
                attempt.status = failure.status;
                attempt.error.clone_from(&failure.said);
                let (settled, off) = fail(&mut tx, claimed, connector, failure, ended_at).await?;
                is_off = off;
                settled
            }
        };
        deliveries::settle(&mut tx, claimed, settled, Some(&attempt), ended_at).await?;
        let (id, name) = (connector.id.0, connector.name.as_str());
        if is_off {
            outbox::note_off(&mut tx, EndpointKind::Ticket, (id, name), OffWhy::Failing, ended_at).await?;
        }
        tx.commit().await?;
        if is_off {
            warn!(connector = id, ?name, "a ticket system does not work and was switched off");
        }
        Ok(())
    }
}

/// Remembers that the connector failed, and rests it or switches it off. Answers what becomes of the delivery, and whether it was switched off
/// now.
async fn fail(
    tx: &mut Tx,
    claimed: &Claimed,
    connector: &Connector,
    failure: &Failure,
    ended_at: i64,
) -> store::Result<(Settled, bool)> {
    let asked_ms = failure.retry_after.as_deref().and_then(|text| webhook::asked_ms(text, ended_at));
    let is_once = claimed.event_type == TEST;
    let settled = webhook::settle(Verdict::Failed { asked_ms }, claimed.attempts, is_once, ended_at, rand::random());
    if is_once {
        return Ok((settled, false));
    }
    let Some(failing) = connectors::fails(tx, connector.id, ended_at).await? else { return Ok((settled, false)) };
    if failing.is_lasting(claimed.attempts, ended_at) {
        return Ok((settled, connectors::switch_off(tx, connector.id, OffWhy::Failing, "", ended_at).await?));
    }
    let until_at = ended_at.saturating_add(webhook::rest_ms(failing.failures, asked_ms));
    deliveries::hold_back(tx, claimed.endpoint, until_at).await?;
    Ok((settled, false))
}

impl Told {
    /// Out of the body of a delivery; none if it is none of ours.
    fn read(body: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(body).ok()?;
        let entry = &body["data"]["entry"];
        let text = |member: &str| entry[member].as_str().unwrap_or_default().to_owned();
        Some(Self { what: What::from_word(entry["what"].as_str()?)?, by: text("by"), text: text("text") })
    }
}

/// The address of an incident's page.
fn page(public_url: &str, incident: IncidentId) -> String {
    format!("{public_url}/incidents/{incident}")
}
