//! `highwater doctor audit`.

use std::path::Path;

use super::{open, say, say_aside};
use crate::config::Config;
use crate::store::audit::{Verified, verify};

/// How often it is said how far it is, in entries.
const TOLD_EVERY: u64 = 100_000;

/// Compares each entry with the one before it, and fails at the first that is wrong.
pub(super) async fn look(file: Option<&Path>) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let db = open(&config).await?;
    let tell = |entries: u64| {
        if entries.is_multiple_of(TOLD_EVERY) {
            say_aside(format_args!("{entries} entries were looked at"));
        }
    };
    let found = verify(&db, tell).await?;
    db.close().await;
    match found {
        Verified::Good { entries: 0, .. } => say("PASS audit: there is no entry"),
        Verified::Good { first, last, entries, redacted } => say(format_args!(
            "PASS audit: {entries} entries, {first} to {last}, are as they were written; a name was taken out of {redacted} of them"
        )),
        Verified::Wrong { seq, why } => {
            say(format_args!("FAIL audit: entry {seq}: {why}"))?;
            anyhow::bail!(
                "the audit log is not as it was written from entry {seq} on. Keep a copy of the database, and compare it with a backup or \
                 with what was forwarded"
            )
        }
    }
}
