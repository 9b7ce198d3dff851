//! What is done with the bytes of each target, by where they come from. Used by the fuzzer and by `tests/fuzz_corpus.rs`.

mod agents;
mod people;
mod records;
mod sinks;

pub use agents::{answer, batch, batch_zstd, event, evtx, order, policy, smbstatus, spool, table};
pub use people::{address, destination, headers, pattern, ticket};
pub use records::{chunk, counters, fleet, frame, holders, matrix, usage, usage_day};
pub use sinks::{powershell, sealed, sheet};

/// A target: its name (that of its corpus) and what is done.
pub type Target = (&'static str, fn(&[u8]));

pub const ALL: [Target; 26] = [
    ("batch", batch),
    ("batch_zstd", batch_zstd),
    ("order", order),
    ("policy", policy),
    ("answer", answer),
    ("event", event),
    ("evtx", evtx),
    ("table", table),
    ("smbstatus", smbstatus),
    ("spool", spool),
    ("frame", frame),
    ("chunk", chunk),
    ("holders", holders),
    ("usage", usage),
    ("usage_day", usage_day),
    ("fleet", fleet),
    ("matrix", matrix),
    ("counters", counters),
    ("pattern", pattern),
    ("destination", destination),
    ("address", address),
    ("headers", headers),
    ("ticket", ticket),
    ("powershell", powershell),
    ("sheet", sheet),
    ("sealed", sealed),
];
