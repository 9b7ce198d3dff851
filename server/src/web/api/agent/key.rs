//! The key by which an agent goes on. The agent makes it and saves it, offers its hash here with its old key, and uses it; the first use makes
//! it its key. Whatever breaks off in between, one of the two keys that it has is right.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use highwater_wire::{AgentStatus, KeyOffer, problem_type};

use super::door::Asking;
use super::{body, in_turn, malformed, not_accepted, status, store_failed};
use crate::ingest;
use crate::store::agents::Keyholder;
use crate::store::{agents, is_duplicate};
use crate::web::auth::{Of, Origin};
use crate::web::error::{Refusal, one_line};
use crate::web::{Listener, Site};

/// An offer is a hundred bytes.
const OFFER_BYTES: usize = 4 << 10;

/// `POST /agent/v1/key`
pub async fn offer(
    State(site): State<Site>,
    (origin, listener): (Origin, Option<Extension<Listener>>),
    headers: HeaderMap,
    body: Body,
) -> Result<Json<AgentStatus>, Refusal> {
    let asking = Asking { headers: &headers, address: origin.address, now_at: site.clock.now_at() };
    let keyholder = site.agents.pusher(&site, asking).await?;
    let body = body::read(body, &headers, OFFER_BYTES, site.agents.terms.body_time).await?;
    in_turn(&site, &keyholder, asking.now_at)?;
    let offer: KeyOffer = serde_json::from_slice(&body)
        .map_err(|e| malformed(format!("The offer is not the JSON that is expected: {}.", one_line(&e))))?;
    let mut key_sha256 = [0; 32];
    hex::decode_to_slice(&offer.key_sha256, &mut key_sha256)
        .map_err(|_| malformed("key_sha256 must be 64 hexadecimal digits.".to_owned()))?;
    // A key that comes again after it was used is the right one already.
    if key_sha256 != keyholder.key_sha256 {
        let is_asked = site.agents.orders.is_asked(&site.db, keyholder.agent, asking.now_at).await;
        if !is_asked.map_err(|e| store_failed(&e))? {
            return Err(not_asked());
        }
        if !take(&site, &keyholder, &key_sha256).await? {
            site.agents.forget(&keyholder);
            // Says what the key stands for now.
            site.agents.pusher(&site, asking).await?;
            let later = ingest::Refusal::TryLater { after: Duration::from_secs(1) };
            return Err(not_accepted(later, site.db.store_id()));
        }
        site.strangers.learn(Of::Agent, &key_sha256).await;
    }
    Ok(status(&site, &keyholder, listener).await)
}

/// Keeps the offered key. False if the one that offers it stands for another agent since it was found, or for none: it is believed for long.
async fn take(site: &Site, keyholder: &Keyholder, key_sha256: &[u8; 32]) -> Result<bool, Refusal> {
    let mut tx = site.db.begin().await.map_err(|e| store_failed(&e))?;
    let approved = agents::approved(&mut tx, &[*keyholder]).await.map_err(|e| store_failed(&e))?;
    if !approved.contains(keyholder) {
        return Ok(false);
    }
    match agents::offer_key(&mut tx, keyholder.agent, key_sha256).await {
        Err(error) if is_duplicate(&error) => return Err(not_asked()),
        taken => taken.map_err(|e| store_failed(&e))?,
    };
    tx.commit().await.map_err(|e| store_failed(&e))?;
    Ok(true)
}

/// Whoever stole a key must not be able to change it before its owner is asked to.
fn not_asked() -> Refusal {
    let detail = "Nobody asked this agent for another key. It goes on with the one that it has.";
    Refusal::new(StatusCode::CONFLICT, problem_type::KEY_NOT_ASKED, "No other key is asked for", detail)
}
