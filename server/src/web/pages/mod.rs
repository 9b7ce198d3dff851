//! Pages: one file per noun, each the template's fields and the handlers.

pub mod agents;
pub mod alerts;
pub mod classes;
pub mod clients;
pub mod deliveries;
pub mod diagnosis;
pub mod events;
pub mod findings;
pub mod fleet;
pub mod groups;
pub mod holders;
pub mod hosts;
pub mod incidents;
pub mod keys;
pub mod package;
mod picture;
pub mod problems;
pub mod search;
pub mod sign_in;
pub mod silences;
pub mod tickets;
pub mod tokens;
pub mod users;
pub mod views;
pub mod webhooks;
pub mod welcome;
mod zoom;
