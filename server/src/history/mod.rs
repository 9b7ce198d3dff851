//! The codecs of the history records, and what snapshots add up to. Pure. Promises:
//!
//! 1. **Exact**: what was encoded is what is decoded.
//! 2. **Total**: any bytes are decoded or refused with a reason; no panic, memory bounded by the limits named here.
//! 3. **Versioned**: every record starts with one byte that names its format.
//! 4. **Order does not matter**: sums and maxima only, so that late data and repeated rebuilds end in the same bytes.

pub mod frame;
pub mod holders;
pub mod rollup;
pub mod usage;
