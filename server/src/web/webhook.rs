//! What pages and the API do alike with webhooks, and the words for what they refuse.

use super::Site;
use super::error::{Error, Result};
use crate::locale::Message;
use crate::model::delivery::{Endpoint, EndpointKind, NewDelivery};
use crate::model::destination::{LONGEST_URL, Reach, Refusal};
use crate::model::webhook::{EventType, LONGEST_NAME, MOST_GROUPS, Mistake, ROTATION_MS, Webhook, purpose};
use crate::model::{DeliveryId, WebhookId, payload};
use crate::secret;
use crate::store::{self, Tx, deliveries, webhooks};

/// A webhook as one of the destinations.
pub(super) fn endpoint(id: WebhookId) -> Endpoint {
    Endpoint { kind: EndpointKind::Webhook, id: id.0 }
}

/// A new secret, sealed in the store. The one before signs beside it for [`ROTATION_MS`].
pub(super) async fn add_secret(site: &Site, tx: &mut Tx, id: WebhookId, now_at: i64) -> Result<String> {
    let secret = secret::webhook().map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    let sealed = site.outgoing.keys.seal(&purpose(id), &secret).map_err(|e| Error::Internal(e.to_string()))?;
    webhooks::add_secret(tx, id, &sealed, now_at, now_at + ROTATION_MS).await?;
    Ok(secret)
}

/// One message by which somebody sees whether messages arrive. It is tried once, also if the webhook is off.
pub(super) async fn send_test(tx: &mut Tx, webhook: &Webhook, now_at: i64) -> store::Result<DeliveryId> {
    let body = payload::test(webhook.id, &webhook.name, now_at);
    let (endpoint, event_type) = (endpoint(webhook.id), EventType::Test.word());
    deliveries::enqueue(tx, &NewDelivery { endpoint, incident: None, event_type, body: &body }, now_at).await
}

/// Why a webhook cannot be kept.
pub(super) fn mistake_words(mistake: &Mistake) -> Message {
    match mistake {
        Mistake::Name => Message::for_anybody("hooks-wrong-name").with("most", LONGEST_NAME),
        Mistake::Url(refusal) => refusal_words(refusal),
        Mistake::NoEventType => Message::for_anybody("hooks-no-type"),
        Mistake::EventType(word) => Message::for_anybody("hooks-wrong-type").with("word", word),
        Mistake::Groups => Message::for_anybody("hooks-wrong-groups").with("most", MOST_GROUPS),
    }
}

/// Why nothing is sent to an address.
pub(super) fn refusal_words(refusal: &Refusal) -> Message {
    match refusal {
        Refusal::Address => Message::for_anybody("hooks-wrong-address").with("most", LONGEST_URL),
        Refusal::Credentials => Message::for_anybody("hooks-credentials"),
        Refusal::Own => Message::for_anybody("hooks-own"),
        Refusal::Localhost => Message::for_anybody("hooks-localhost"),
        Refusal::Reach { address, reach } => {
            let id = match reach {
                Reach::Unspecified => "hooks-reach-unspecified",
                Reach::Loopback => "hooks-reach-loopback",
                Reach::LinkLocal => "hooks-reach-link-local",
                Reach::Metadata => "hooks-reach-metadata",
                Reach::Multicast => "hooks-reach-multicast",
                Reach::Reserved => "hooks-reach-reserved",
                Reach::Translated => "hooks-reach-translated",
            };
            Message::for_anybody(id).with("address", address.to_string())
        }
    }
}
