//! What tests share.

pub(crate) mod store;
