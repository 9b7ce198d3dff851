//! Turns Win32 calls into std idioms: plain structs out, `io::Error` for failures, no handle or buffer that outlives a call.
//!
//! This is the only crate of Highwater that may hold `unsafe`, and it is empty on every other system. The calls themselves
//! (sessions, shares, counters, event log, registry, DPAPI) come with the Windows agent; until then no Windows build of the
//! agent is offered.
#![cfg(windows)]
