//! JSON: for agents, and for programs that integrate.

pub mod agent;
