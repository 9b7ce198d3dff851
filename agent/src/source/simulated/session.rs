//! What a session does while it stays: when it was last active, and what it has open.

use super::crowd::{Manner, SEC, Stay};
use super::hash::{below, chance, mix};

/// A session at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    pub(super) age_secs: u32,
    pub(super) idle_secs: u32,
    pub(super) opens: u32,
}

/// Between two signs of life the last one stays where it was, so idle grows with the clock. Opens change with a sign of life,
/// and fall to none when a session is left alone.
pub(super) fn life(stay: &Stay, manner: Manner, at: i64) -> Life {
    let age_secs = secs(at - stay.start_at);
    match manner {
        Manner::Forgotten => Life { age_secs, idle_secs: secs(at - stay.start_at - 2 * SEC), opens: 0 },
        Manner::Working => Life { age_secs, idle_secs: 0, opens: 1 + opens(mix(stay.key, 1), 8) },
        Manner::Interactive => interactive(stay, at, age_secs),
    }
}

fn interactive(stay: &Stay, at: i64, age_secs: u32) -> Life {
    let key = stay.key;
    // How often somebody does something: every minute or two for some, every half hour for others.
    let lazy = below(mix(key, 1), 1_000);
    let every_ms = 70 * SEC + lazy * lazy / 1_000 * lazy * 2;
    // A quarter of the sessions are left alone at some point, and most of those with nothing open.
    let left_alone = chance(mix(key, 2), 260) && stay.end_at != i64::MAX;
    let last_at = if left_alone {
        let length = (stay.end_at - stay.start_at).min(1 << 30);
        at.min(stay.start_at + length / 8 + below(mix(key, 3), length * 3 / 4))
    } else {
        at
    };
    let turn = (last_at - stay.start_at) / every_ms;
    let sign = |turn: i64| stay.start_at + turn * every_ms + below(mix(key, turn.cast_unsigned() ^ 0xAC71), every_ms);
    let (turn, active_at) = match sign(turn) {
        sign_at if sign_at <= last_at => (turn + 1, sign_at),
        _ if turn > 0 => (turn, sign(turn - 1)),
        _ => (0, stay.start_at),
    };
    let nothing_open = left_alone && last_at < at && !chance(mix(key, 4), 250);
    let usual = opens(mix(key, 5), 6);
    let now_and_then = opens(mix(key, turn.cast_unsigned() ^ 0x09E5), 3);
    Life { age_secs, idle_secs: secs(at - active_at), opens: if nothing_open { 0 } else { usual + now_and_then } }
}

/// Mostly few, seldom many.
fn opens(hash: u64, usual: u32) -> u32 {
    let few = super::hash::index(hash, usual + 1);
    if hash & 0x3F == 0 { few + super::hash::index(mix(hash, 9), usual * 12) } else { few }
}

fn secs(ms: i64) -> u32 {
    u32::try_from(ms.max(0) / SEC).unwrap_or(u32::MAX)
}
