//! What tests share.

pub mod agent;
pub mod audit;
pub mod browser;
pub mod caller;
pub mod deliveries;
pub mod desks;
pub mod elsewhere;
pub mod event_log;
pub mod french;
pub mod history;
pub mod holdings;
pub mod hostile;
pub mod large_fleet;
pub mod mail;
pub mod oracle;
pub mod outbox;
pub mod person;
pub mod receiver;
pub mod samba;
pub mod server;
pub mod small_fleet;
pub mod store;
pub mod syslog;
pub mod ticketing;
pub mod wait;
pub mod wine;
