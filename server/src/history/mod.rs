//! The codecs of the history records, and what snapshots add up to. Pure. Promises:
//!
//! 1. **Exact**: what was encoded is what is decoded.
//! 2. **Total**: any bytes are decoded or refused with a reason; no panic, memory bounded by the limits named here.
//! 3. **Versioned**: every record starts with one byte that names its format.
//! 4. **Order does not matter**: sums and maxima only, so that late data and repeated rebuilds end in the same bytes.

mod bytes;
pub mod chunk;
mod columns;
pub mod counters;
mod delta;
pub mod due;
pub mod fleet;
pub mod frame;
pub mod holders;
pub mod matrix;
pub mod merge;
pub mod minutes;
mod pick;
pub mod pin;
pub mod rollup;
mod section;
pub mod stretch;
pub mod usage;

pub use bytes::DecodeError;

/// Most sessions a snapshot can have: what the parts of one snapshot may carry together.
pub const MAX_SESSIONS: usize = 1_000_000;

#[cfg(test)]
mod codec_tests;
#[cfg(test)]
mod rollup_tests;
