//! What tests share.

pub mod holdings;
pub mod person;
pub mod server;
pub mod store;
