//! Sends what waits for webhooks. Promises:
//!
//! 1. **At least once**: what was claimed and not settled, since the process was killed in between, is sent again by whoever is there when the
//!    lease ends, with the same id, by which receivers know it.
//! 2. **Nobody waits for the slow**: so many are under way at once, and few of them for one destination. One that fails rests, and what waits
//!    for it rests with it.
//! 3. **A webhook that does not work is switched off**, at once if it answers 410, otherwise after days; the other webhooks are told.
//! 4. **The log is bounded**: what was settled is removed after some days, and so are secrets that sign no more.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::outbox::{self, Courier};
use super::supervise;
use crate::clock::Clock;
use crate::delivery::http::Http;
use crate::delivery::sign::SigningKey;
use crate::delivery::webhook::{self, Message, Verdict};
use crate::model::delivery::{Attempt, EndpointKind, Settled, Why};
use crate::model::standing::OffWhy;
use crate::model::time::{DAY_MS, MINUTE_MS};
pub use crate::model::webhook::purpose;
use crate::model::webhook::{EventType, Webhook};
use crate::model::{WebhookId, payload};
use crate::sealed::Keys;
use crate::store::deliveries::{self, Claimed};
use crate::store::{self, Db, Tx, webhooks};

/// Longer than any attempt takes.
const LEASE_MS: i64 = MINUTE_MS;
/// Incidents that are told of in one go.
const RELAYED: u32 = 200;
/// How often a commit that met another process's is tried again at once.
const TRIES: usize = 4;
/// Deliveries removed in one transaction.
const MOST_REMOVED: u32 = 200;
const REMOVAL_REST: Duration = Duration::from_secs(600);
const REMOVAL_BREATH: Duration = Duration::from_millis(100);

/// Where people see to webhooks.
pub const PAGE: &str = "/settings/webhooks";

/// What sending needs.
#[derive(Debug)]
pub struct Sending {
    pub http: Http,
    /// What opens the secrets.
    pub keys: Arc<Keys>,
    /// Of this server, without a slash at the end: messages say where to look.
    pub public_url: String,
    /// Days after which what was settled is removed.
    pub kept_days: u32,
}

/// Sends what is due until `stop`, and removes what is old.
pub async fn run(db: Db, clock: Clock, sending: Sending, stop: CancellationToken) {
    let outbox = Arc::new(Outbox::new(db, sending));
    let (sender, remover, now) = (Arc::clone(&outbox), Arc::clone(&outbox), clock.clone());
    let send = supervise("delivery", stop.clone(), move || {
        let (outbox, now_at) = (Arc::clone(&sender), clock.now_at());
        async move {
            outbox.relay(now_at).await?;
            outbox.tick(now_at).await?;
            Ok::<_, sqlx::Error>(outbox.rest().await)
        }
    });
    let remove = supervise("removal of deliveries", stop, move || {
        let (outbox, now_at) = (Arc::clone(&remover), now.now_at());
        async move {
            let removed = outbox.remove_old(now_at).await?;
            Ok::<_, sqlx::Error>(if removed > 0 { REMOVAL_BREATH } else { REMOVAL_REST })
        }
    });
    tokio::join!(send, remove);
    outbox.end().await;
}

/// What waits for webhooks, between the ticks.
pub type Outbox = outbox::Outbox<Webhooks>;

/// Tells webhooks.
#[derive(Debug)]
pub struct Webhooks {
    db: Db,
    sending: Sending,
}

impl Outbox {
    #[must_use]
    pub fn new(db: Db, sending: Sending) -> Self {
        debug_assert!(
            sending.http.limits().whole() < Duration::from_millis(LEASE_MS.unsigned_abs()),
            "leases are long enough"
        );
        Self::of(Webhooks { db, sending })
    }

    /// Turns what happened to incidents into deliveries, as long as some of it was not told. Answers how many those are.
    ///
    /// # Errors
    /// The database's. What was told before it stays so.
    pub async fn relay(&self, now_at: i64) -> store::Result<usize> {
        let Webhooks { db, sending } = self.courier();
        let url = sending.public_url.as_str();
        let mut told = 0;
        for incident in deliveries::untold(db, RELAYED).await? {
            let mut tx = db.begin().await?;
            told += deliveries::tell_incident(&mut tx, incident, |of, entry| payload::incident(of, entry, url), now_at)
                .await?;
            tx.commit().await?;
        }
        Ok(told)
    }

    /// Removes some of what was settled long ago. Answers how many deliveries.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_old(&self, now_at: i64) -> store::Result<u64> {
        let Webhooks { db, sending } = self.courier();
        let before_at = now_at - i64::from(sending.kept_days) * DAY_MS;
        let mut tx = db.begin().await?;
        let removed = deliveries::remove(&mut tx, before_at, MOST_REMOVED).await?;
        webhooks::remove_retired(&mut tx, now_at).await?;
        tx.commit().await?;
        if removed > 0 {
            info!(removed, before_at, "old deliveries were removed");
            counter!("highwater_retention_removed_total", "kind" => "deliveries").increment(removed);
        }
        Ok(removed)
    }
}

impl Courier for Webhooks {
    const KIND: EndpointKind = EndpointKind::Webhook;
    const LEASE_MS: i64 = LEASE_MS;

    fn db(&self) -> &Db {
        &self.db
    }

    async fn deliver(&self, claimed: &Claimed, now_at: i64) -> store::Result<()> {
        self.send(claimed, now_at).await
    }
}

/// What an attempt led to.
struct Outcome {
    attempt: Attempt,
    /// None if the receiver was not asked.
    verdict: Option<Verdict>,
    settled: Settled,
}

impl Webhooks {
    async fn send(&self, claimed: &Claimed, now_at: i64) -> store::Result<()> {
        let id = WebhookId(claimed.endpoint.id);
        let is_once = EventType::from_word(&claimed.event_type).is_some_and(EventType::is_once);
        let webhook = match webhooks::find(&self.db, id).await? {
            Some(webhook) if webhook.takes(&claimed.event_type) => webhook,
            Some(_) => return self.give_up(claimed, Why::Off, now_at).await,
            None => return self.give_up(claimed, Why::Missing, now_at).await,
        };
        let outcome = self.attempt(claimed, &webhook, is_once, now_at).await?;
        let mut tries = 1;
        let off = loop {
            match self.conclude(claimed, &webhook, &outcome, is_once).await {
                Err(error) if store::is_transient(&error) && tries < TRIES => tries += 1,
                concluded => break concluded?,
            }
        };
        let (delivery, attempt) = (claimed.id.0, &outcome.attempt);
        let (status, error) = (attempt.status, attempt.error.as_str());
        debug!(delivery, webhook = id.0, status, error, took_ms = attempt.took_ms, settled = ?outcome.settled, "a webhook was told");
        if let Some(why) = off {
            let why = why.word();
            warn!(webhook = id.0, name = ?webhook.name, why, status, error, "a webhook does not work and was switched off");
        }
        Ok(())
    }

    async fn attempt(
        &self,
        claimed: &Claimed,
        webhook: &Webhook,
        is_once: bool,
        now_at: i64,
    ) -> store::Result<Outcome> {
        let random = rand::random();
        let keys = match self.signing_keys(webhook.id, now_at).await? {
            Ok(keys) => keys,
            Err(error) => {
                // Not the receiver's fault: whoever puts the key right need not see to the webhook too.
                warn!(webhook = webhook.id.0, error, "nothing is sent to a webhook whose messages cannot be signed");
                let attempt = Attempt { at: now_at, took_ms: 0, status: None, error, answer: String::new() };
                let failed = Verdict::Failed { asked_ms: None };
                let settled = webhook::settle(failed, claimed.attempts, is_once, now_at, random);
                return Ok(Outcome { attempt, verdict: None, settled });
            }
        };
        let message = Message { url: &webhook.url, id: &claimed.message_id, body: &claimed.body, keys: &keys };
        let (attempt, verdict) = webhook::attempt(&self.sending.http, &message, now_at).await;
        let settled = webhook::settle(verdict, claimed.attempts, is_once, attempt.ended_at(), random);
        let word = if verdict == Verdict::Delivered { "delivered" } else { "failed" };
        counter!("highwater_delivery_attempts_total", "kind" => "webhook", "outcome" => word).increment(1);
        Ok(Outcome { attempt, verdict: Some(verdict), settled })
    }

    /// What a webhook's messages are signed with, or why they cannot be.
    async fn signing_keys(&self, id: WebhookId, now_at: i64) -> store::Result<Result<Vec<SigningKey>, String>> {
        let secrets = webhooks::secrets(&self.db, id, now_at).await?;
        if secrets.is_empty() {
            return Ok(Err("the webhook has no secret to sign with: make a new one".to_owned()));
        }
        let open = |sealed: &[u8]| {
            let secret = self.sending.keys.open(&purpose(id), sealed).map_err(|error| error.to_string())?;
            SigningKey::read(&secret).ok_or_else(|| "the webhook's secret is none: make a new one".to_owned())
        };
        Ok(secrets.iter().map(|secret| open(&secret.sealed)).collect())
    }

    async fn give_up(&self, claimed: &Claimed, why: Why, now_at: i64) -> store::Result<()> {
        let mut tx = self.db.begin().await?;
        deliveries::settle(&mut tx, claimed, Settled::Dead(why), None, now_at).await?;
        tx.commit().await
    }

    /// Writes down what came of it. Answers why the webhook was switched off, if it was.
    async fn conclude(
        &self,
        claimed: &Claimed,
        webhook: &Webhook,
        outcome: &Outcome,
        is_once: bool,
    ) -> store::Result<Option<OffWhy>> {
        let ended_at = outcome.attempt.ended_at();
        let mut tx = self.db.begin().await?;
        // The webhook first, as whoever switches it off has it: then no two wait for each other.
        let off = match outcome.verdict {
            Some(verdict) if !is_once => judge(&mut tx, claimed, verdict, ended_at).await?,
            _ => None,
        };
        deliveries::settle(&mut tx, claimed, outcome.settled, Some(&outcome.attempt), ended_at).await?;
        let mut is_news = false;
        if let Some(why) = off {
            is_news = webhooks::switch_off(&mut tx, webhook.id, why, "", ended_at).await?;
            if is_news {
                let page = format!("{}{PAGE}", self.sending.public_url);
                let body = payload::webhook_disabled(webhook.id, &webhook.name, why, ended_at, &page);
                deliveries::announce(&mut tx, EventType::WebhookDisabled, webhook.id, &body, ended_at).await?;
                let (id, name) = (webhook.id.0, webhook.name.as_str());
                outbox::note_off(&mut tx, EndpointKind::Webhook, (id, name), why, ended_at).await?;
            }
        }
        tx.commit().await?;
        Ok(off.filter(|_| is_news))
    }
}

/// Remembers how it stands with the webhook. Answers why to switch it off, if that is to be.
async fn judge(tx: &mut Tx, claimed: &Claimed, verdict: Verdict, ended_at: i64) -> store::Result<Option<OffWhy>> {
    let id = WebhookId(claimed.endpoint.id);
    let asked_ms = match verdict {
        Verdict::Delivered => {
            webhooks::works(tx, id).await?;
            return Ok(None);
        }
        Verdict::Gone => {
            webhooks::fails(tx, id, ended_at).await?;
            return Ok(Some(OffWhy::Gone));
        }
        Verdict::Failed { asked_ms } => asked_ms,
    };
    let Some(failing) = webhooks::fails(tx, id, ended_at).await? else { return Ok(None) };
    if failing.is_lasting(claimed.attempts, ended_at) {
        return Ok(Some(OffWhy::Failing));
    }
    let until_at = ended_at.saturating_add(webhook::rest_ms(failing.failures, asked_ms));
    deliveries::hold_back(tx, claimed.endpoint, until_at).await?;
    Ok(None)
}
