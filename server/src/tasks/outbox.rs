//! What waits for destinations of one kind: claimed, handed over, so many at once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use metrics::gauge;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::model::audit::{Action, Deed, SubjectKind, Trail};
use crate::model::delivery::EndpointKind;
use crate::model::standing::OffWhy;
use crate::store::deliveries::{self, Asked, Claimed};
use crate::store::{self, Db, Tx, audit};

/// Under way at once.
const SEATS: u32 = 32;
/// For one destination.
const SEATS_OF_ONE: u32 = 4;
const REST: Duration = Duration::from_secs(1);
/// For what is under way when the server stops.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// Hands deliveries of one kind over.
pub trait Courier: Send + Sync + 'static {
    const KIND: EndpointKind;
    /// Longer than any attempt takes.
    const LEASE_MS: i64;

    fn db(&self) -> &Db;

    /// Tries once, and settles the delivery.
    ///
    /// # Errors
    /// The database's. The delivery is tried again when its lease ends.
    fn deliver(&self, claimed: &Claimed, now_at: i64) -> impl Future<Output = store::Result<()>> + Send;
}

/// Writes down that a destination, by its id and name, was switched off by itself. Last in its transaction.
pub(super) async fn note_off(
    tx: &mut Tx,
    kind: EndpointKind,
    (id, name): (i64, &str),
    why: OffWhy,
    at: i64,
) -> store::Result<()> {
    let (action, noun) = match kind {
        EndpointKind::Webhook => (Action::WebhookSwitched, SubjectKind::Webhook),
        EndpointKind::Ticket => (Action::ConnectorSwitched, SubjectKind::Connector),
    };
    let deed = Deed::on(action, (noun, id, name)).change("to", "on", "off").after("why", why.word());
    audit::record(tx, &Trail::program("highwater", at), &deed).await.map(drop)
}

/// What waits, between the ticks of its task.
#[derive(Debug)]
pub struct Outbox<C> {
    courier: Arc<C>,
    /// Ends what is under way.
    end: CancellationToken,
    seats: Arc<Semaphore>,
    freed: Arc<Notify>,
}

impl<C: Courier> Outbox<C> {
    #[must_use]
    pub fn of(courier: C) -> Self {
        let seats = Arc::new(Semaphore::new(SEATS as usize));
        Self { courier: Arc::new(courier), end: CancellationToken::new(), seats, freed: Arc::default() }
    }

    pub(super) fn courier(&self) -> &C {
        &self.courier
    }

    /// Begins to send some of what is due, and does not wait for it. Answers how many that are.
    ///
    /// # Errors
    /// The database's. What was claimed is due again when the lease ends.
    pub async fn tick(&self, now_at: i64) -> store::Result<usize> {
        // Looking costs no write, claiming does.
        let outlook = deliveries::outlook(self.courier.db(), C::KIND, now_at).await?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge of some thousands")]
        gauge!("highwater_deliveries_waiting", "kind" => C::KIND.word()).set(outlook.waiting as f64);
        let seats = u32::try_from(self.seats.available_permits()).unwrap_or(SEATS);
        if seats == 0 || outlook.next_due_at.is_none_or(|due_at| due_at > now_at) {
            return Ok(0);
        }
        let asked =
            Asked { kind: C::KIND, now_at, leased_until: now_at + C::LEASE_MS, most: seats, most_of_one: SEATS_OF_ONE };
        let claimed = deliveries::claim(self.courier.db(), &asked).await?;
        let begun = claimed.len();
        for one in claimed {
            // One for each, since nobody else takes seats.
            let Ok(seat) = Arc::clone(&self.seats).acquire_owned().await else { break };
            self.begin(one, now_at, seat);
        }
        Ok(begun)
    }

    fn begin(&self, claimed: Claimed, now_at: i64, seat: OwnedSemaphorePermit) {
        let (courier, end, freed) = (Arc::clone(&self.courier), self.end.clone(), Arc::clone(&self.freed));
        tokio::spawn(async move {
            if let Some(Err(error)) = end.run_until_cancelled(courier.deliver(&claimed, now_at)).await {
                let delivery = claimed.id.0;
                error!(delivery, %error, "a delivery could not be settled; it is sent again when its lease ends");
            }
            drop(seat);
            freed.notify_one();
        });
    }

    /// How long to rest until the next tick. While something is under way, a place may become free for more: then it waits for that itself,
    /// but no longer than a moment.
    pub(super) async fn rest(&self) -> Duration {
        if self.seats.available_permits() == SEATS as usize {
            return REST;
        }
        // Whether something ended or time did: the tick will see.
        let _ = tokio::time::timeout(REST / 4, self.freed.notified()).await;
        Duration::ZERO
    }

    /// Waits until nothing is under way.
    pub async fn done(&self) {
        // Never closed: the error cannot be.
        let _ = self.seats.acquire_many(SEATS).await;
    }

    /// Waits a moment for what is under way, and ends what takes longer: that is sent again, by whoever is there when the lease ends.
    pub async fn end(&self) {
        let _ = tokio::time::timeout(LAST_MOMENT, self.done()).await;
        self.end.cancel();
        self.done().await;
    }
}
