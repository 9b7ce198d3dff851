//! What putting hours together adds to what their hosts have stored.
//!
//! A frame says only what differs from the one before it in its spool. Of snapshots that come late, or from two spools in turns, each can be small and
//! the chunk of them all large. So what an hour grows by counts against its host's quota when that turns out.

use std::collections::BTreeMap;

use super::derived::Derived;
use crate::model::HostId;
use crate::model::intake::Amount;
use crate::model::unit::Unit;
use crate::store::intake::{self, Sent};
use crate::store::{self, Tx, records};

/// Hours with less in them are not looked at, so that others cost nothing: 200 sessions that are looked at every minute take 15 KiB. All hours of 35
/// days come to 55 MB with it, once.
const CHUNK_BYTES: usize = 64 << 10;
const HOLDERS: usize = 4_096;

/// Hours, each with the bytes that it took before.
pub(super) struct Growth(Vec<(HostId, i64, u64)>);

impl Growth {
    /// Before what was derived is stored.
    pub(super) async fn begin(tx: &mut Tx, done: &[(Unit, &Derived)]) -> store::Result<Self> {
        let mut hours = Vec::new();
        for (unit, derived) in done {
            if let (Derived::HostHour { chunk, holders, .. }, Unit::HostHour { hour_at, host }) = (derived, *unit)
                && (chunk.len() >= CHUNK_BYTES || holders.by_client.len() + holders.by_user.len() >= HOLDERS)
            {
                hours.push((host, hour_at, records::bytes_of_hour(tx, host, hour_at).await?));
            }
        }
        Ok(Self(hours))
    }

    /// After it was stored. Last of all in the transaction, as where batches are stored: so that the two do not wait for each other.
    pub(super) async fn charge(self, tx: &mut Tx, now_at: i64) -> store::Result<()> {
        let mut grown: BTreeMap<HostId, u64> = BTreeMap::new();
        for (host, hour_at, before) in self.0 {
            let more = records::bytes_of_hour(tx, host, hour_at).await?.saturating_sub(before);
            if more > 0 {
                *grown.entry(host).or_default() += more;
            }
        }
        let sent = |(host, stored)| Sent { host, amount: Amount { stored, ..Amount::default() }, boot_id: "" };
        let sent: Vec<Sent<'_>> = grown.into_iter().map(sent).collect();
        if sent.is_empty() { Ok(()) } else { intake::add(tx, &sent, now_at).await }
    }
}
