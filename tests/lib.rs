#![cfg(test)]
//! The product on real parts. One binary: one link step. `tests/run` starts what it needs.

mod agent_api;
mod api;
mod browser;
mod compact;
mod compared;
mod crash;
mod delivery;
mod demo;
mod enrol;
pub mod harness;
mod ingest_faults;
mod ingest_order;
mod layering;
mod pages;
mod program;
mod samba;
mod schema;
mod sign_in;
mod store_accounts;
mod store_agents;
mod store_chunks;
mod store_cursors;
mod store_events;
mod store_fleet;
mod store_frames;
mod store_gaps;
mod store_holders;
mod store_hosts;
mod store_names;
mod store_open;
mod store_parts;
mod store_retention;
mod store_tokens;
mod store_usage;
mod store_work;
