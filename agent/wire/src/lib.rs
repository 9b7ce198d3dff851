//! What an agent and the server say to each other, version 1.
//!
//! These shapes are a promise to agents that are already installed: a field is added, never renamed or removed, and a reader
//! ignores what it does not know. `golden/v1` holds one file per shape that was ever shipped; a test reads each of them and
//! writes it again.
//!
//! Conventions, for every shape here:
//! * instants are milliseconds since 1970-01-01T00:00:00Z (`…_at`), durations carry their unit (`…_secs`);
//! * a value that the source does not know is absent or null. It is never 0 in place of unknown;
//! * the host is never named in a body: it comes from the agent's key.
//!
//! | call | request | answer |
//! |---|---|---|
//! | `POST` [`ENROL_PATH`] | [`EnrolRequest`] | 201 [`Enrolled`] |
//! | `POST` [`BATCHES_PATH`] | [`Batch`], JSON, `Content-Encoding: zstd` | 200 [`Ack`], 409 [`Problem`] with `expected_seq` |
//! | `GET` [`SETTINGS_PATH`] | | 200 [`AgentStatus`] |
//! | `POST` [`KEY_PATH`] | [`KeyOffer`] | 200 [`AgentStatus`] |
//!
//! Every refusal is a [`Problem`] (RFC 9457).

mod batch;
mod bounded;
mod counters;
mod enrol;
mod event;
mod problem;
mod record;
mod snapshot;

pub use batch::{Ack, AgentSettings, Batch};
pub use counters::{Counters, Share, counter};
pub use enrol::{AgentState, AgentStatus, EnrolRequest, Enrolled, KeyOffer};
pub use event::{Decoded, Event};
pub use problem::{Problem, problem_type};
pub use record::{Gap, GapReason, HostFacts, Record};
pub use snapshot::{Limit, LimitSource, Part, Session, Snapshot};

/// Where an agent asks for an identity.
pub const ENROL_PATH: &str = "/agent/v1/enrol";
/// Where an agent pushes its batches.
pub const BATCHES_PATH: &str = "/agent/v1/batches";
/// Where an agent reads its state and settings without pushing.
pub const SETTINGS_PATH: &str = "/agent/v1/settings";
/// Where an agent offers the key by which it goes on.
pub const KEY_PATH: &str = "/agent/v1/key";

/// As the number that is expected: other records are stored under the numbers of this spool, which is a copy then. It goes on under a new
/// epoch with all that was not acknowledged to it. An agent that does not know this finds a number that it never gave, which comes to the same
/// but for what it kept from before its start.
pub const NEW_EPOCH_SEQ: u64 = 1 << 62;

/// Prefix of an agent's key, so that a leaked one is recognised by scanners and by people.
pub const KEY_PREFIX: &str = "hwa_";
/// Prefix of an enrolment token.
pub const TOKEN_PREFIX: &str = "hwe_";

/// Longest body of a batch as sent (after compression), in bytes.
pub const MAX_ENCODED_BYTES: usize = 1 << 20;
/// Longest body of a batch after decompression, in bytes. A bomb meets this limit, not the memory.
pub const MAX_DECODED_BYTES: usize = 20 << 20;
/// Most records in one batch.
pub const MAX_RECORDS: usize = 4_096;
/// Most sessions in one part of a snapshot; a larger snapshot is split.
pub const MAX_PART_SESSIONS: usize = 10_000;
/// Most parts of one snapshot.
pub const MAX_PARTS: u32 = 100;
/// Most named values of one reading of counters.
pub const MAX_COUNTERS: usize = 256;
/// Most shares of one reading of counters.
pub const MAX_SHARES: usize = 1_000;
/// Longest client or user name, in bytes of UTF-8. NetBIOS has 15, DNS 253, a down-level user name 256 characters.
pub const MAX_NAME_BYTES: usize = 1_024;
/// Longest raw XML of one event, in bytes.
pub const MAX_XML_BYTES: usize = 8 << 10;
/// Longest rendered message of one event, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 8 << 10;
