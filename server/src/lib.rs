//! The Highwater server.
//!
//! | module | what it is for | may import |
//! |---|---|---|
//! | [`model`] | nouns, ids, instants; no I/O | nothing of ours |
//! | [`history`] | the codec of history records, pure | model |
//! | [`store`] | every SQL statement, on both databases | model, history |

#![recursion_limit = "256"]

pub mod model;
pub mod store;
