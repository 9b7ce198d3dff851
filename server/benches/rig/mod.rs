//! What the comparisons share: processes that are started, measured and ended.

pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod server;
