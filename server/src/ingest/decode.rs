//! Bytes → wire → a [`Batch`] within all limits. Pure.
//!
//! Clocks. Agent and server each may have a clock that is years off, and both come right again some day. So that nothing
//! stored is harmed and nobody has to help:
//! * a batch whose `sent_at` is more than [`MAX_SKEW_MS`] from the server's clock is refused as a whole ([`Refusal::ClockOff`]):
//!   one of the two clocks is wrong now. The agent keeps its records, and the batch passes once the clock is right;
//! * a record that was observed while the agent's clock was wrong stays wrong. If it lies more than [`MAX_SKEW_MS`] in the
//!   future, or (a snapshot) further back than [`MAX_SNAPSHOT_AGE_MS`], it is refused alone ([`Refusal::Refused`]): the agent
//!   drops it, says so with a gap, and goes on. Records of the past within that are history that is brought in late;
//! * instants of a gap are brought into the possible range instead, since the word that something was lost must always pass.
//!
//! Text. Everything that an agent repeats may come from a hostile SMB client. Text is kept as it is, with one exception: U+0000
//! becomes U+FFFD, since PostgreSQL holds no U+0000. Escapes of lone surrogates are not text; JSON with them is malformed.

use std::io::Read as _;

use highwater_wire as wire;

use super::check::{Checker, excess, grouped};
use super::{Batch, Refusal};

/// Most that the clocks of agent and server may differ, and a record may lie in the future.
pub const MAX_SKEW_MS: i64 = 10 * 60 * 1_000;
/// Furthest back that a snapshot is taken as history: as long as the history of holders is kept.
pub const MAX_SNAPSHOT_AGE_MS: i64 = 400 * 24 * 3_600 * 1_000;

/// Largest window that a body's frame may ask for: 8 MiB, what RFC 8878 wants every decoder to support. zstd's own default
/// would let each request take 128 MiB.
const WINDOW_LOG_MAX: u32 = 23;
/// Longest reason repeated from the JSON reader.
const MAX_REASON_CHARS: usize = 300;

/// How a body is packed, out of `Content-Encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Plain,
    Zstd,
}

/// # Errors
/// [`Refusal`], with what is wrong and what to do about it; never `SequenceHole` or `TryLater`.
pub fn decode(body: &[u8], encoding: Encoding, now_at: i64) -> Result<Batch, Refusal> {
    if body.len() > wire::MAX_ENCODED_BYTES {
        return Err(too_large("bytes as sent", body.len(), wire::MAX_ENCODED_BYTES));
    }
    match encoding {
        Encoding::Plain => parse(body, now_at),
        Encoding::Zstd => {
            let most = wire::MAX_DECODED_BYTES;
            let longer = || Refusal::TooLarge { why: format!("it unpacks to more than {} bytes", grouped(most)) };
            parse(&unpack(body, most)?.ok_or_else(longer)?, now_at)
        }
    }
}

/// As [`decode`], if the body has no more than `most` bytes unpacked; none if it has: a few bytes can unpack to many, and take their time.
pub fn decode_short(body: &[u8], encoding: Encoding, now_at: i64, most: usize) -> Option<Result<Batch, Refusal>> {
    match encoding {
        Encoding::Plain => (body.len() <= most).then(|| parse(body, now_at)),
        Encoding::Zstd => match unpack(body, most) {
            Ok(json) => json.map(|json| parse(&json, now_at)),
            Err(refusal) => Some(Err(refusal)),
        },
    }
}

/// Unpacks all frames of the body one after the other, passes over skippable ones, and stops at the limit: none beyond it.
fn unpack(body: &[u8], most: usize) -> Result<Option<Vec<u8>>, Refusal> {
    let broken = |_| malformed("it is not a zstd stream");
    let mut unpacker = zstd::stream::read::Decoder::with_buffer(body).map_err(broken)?;
    unpacker.window_log_max(WINDOW_LOG_MAX).map_err(broken)?;
    // JSON of sessions shrinks tenfold or so; whatever is larger grows as it is read, not by what a header claims.
    let mut decoded = Vec::with_capacity((body.len() * 8).min(most));
    let limit = u64::try_from(most).unwrap_or(u64::MAX) + 1;
    unpacker.take(limit).read_to_end(&mut decoded).map_err(broken)?;
    Ok((decoded.len() <= most).then_some(decoded))
}

fn parse(json: &[u8], now_at: i64) -> Result<Batch, Refusal> {
    let batch: wire::Batch = serde_json::from_slice(json).map_err(|error| unreadable(&error.to_string()))?;
    if batch.records.len() > wire::MAX_RECORDS {
        // How many more is not counted.
        return Err(Refusal::TooLarge { why: format!("it has more than {} records", grouped(wire::MAX_RECORDS)) });
    }
    let epoch = epoch(&batch.epoch)?;
    let last_seq = u64::try_from(batch.records.len()).ok().and_then(|n| batch.first_seq.checked_add(n));
    if batch.first_seq == 0 || last_seq.is_none_or(|seq| i64::try_from(seq).is_err()) {
        return Err(malformed("first_seq starts at 1 and, with the records, stays below 2^63"));
    }
    let skew_ms = batch.sent_at.saturating_sub(now_at);
    if skew_ms.unsigned_abs() > MAX_SKEW_MS.unsigned_abs() {
        return Err(Refusal::ClockOff { skew_ms });
    }
    let checker = Checker { now_at };
    let records = batch.records.into_iter().zip(batch.first_seq..);
    let records = records
        .map(|(record, seq)| checker.record(record).map_err(|why| Refusal::Refused { seq, why }))
        .collect::<Result<_, _>>()?;
    Ok(Batch {
        epoch,
        first_seq: batch.first_seq,
        boot_id: checker.short(batch.boot_id),
        agent_version: checker.short(batch.agent_version),
        queued_records: batch.queued_records,
        clock_skew_ms: skew_ms,
        records,
        decoded_bytes: json.len(),
    })
}

fn epoch(stated: &str) -> Result<String, Refusal> {
    let is_epoch = stated.len() == 32 && stated.bytes().all(|b| b.is_ascii_hexdigit());
    is_epoch.then(|| stated.to_ascii_lowercase()).ok_or_else(|| malformed("epoch is not 32 hexadecimal digits"))
}

fn malformed(why: &str) -> Refusal {
    Refusal::Malformed { why: why.chars().take(MAX_REASON_CHARS).collect() }
}

fn unreadable(error: &str) -> Refusal {
    if error.contains("hex escape") {
        return malformed(&format!("an escape in it is cut or a lone surrogate, which is not text ({error})"));
    }
    malformed(error)
}

fn too_large(what: &str, found: usize, most: usize) -> Refusal {
    Refusal::TooLarge { why: excess("it", what, found, most) }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
