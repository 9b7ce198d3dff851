//! Checks on this computer.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use super::{Finding, fail, pass, warn};
use crate::agent;
use crate::clock::Clock;
use crate::config::Settings;
use crate::identity::{Identity, IdentityError};
use crate::source::Source;
use crate::spool;

/// Longer than any source takes that works.
const LOOK_LIMIT: Duration = Duration::from_secs(60);

pub(super) fn data_dir(dir: &Path) -> Finding {
    let probe = dir.join(".doctor");
    let shown = dir.display();
    match std::fs::write(&probe, b"") {
        Ok(()) => {
            let _ = std::fs::remove_file(&probe);
            pass("data", format!("{shown} can be written"))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {
            warn("data", format!("{shown} is not there yet; the agent makes it when it runs"))
        }
        Err(e) => fail(
            "data",
            format!("{shown} cannot be written: {e}"),
            "run the agent as the owner of this directory, or name another with --data-dir",
        ),
    }
}

pub(super) async fn source(source: Result<Box<dyn Source>, String>, clock: &Clock) -> Finding {
    let mut source = match source {
        Ok(source) => source,
        Err(error) => return fail("source", error, "correct --source"),
    };
    match tokio::time::timeout(LOOK_LIMIT, source.observe(clock.now_at(), 60)).await {
        Err(_) => {
            fail("source", "it does not answer within a minute", "see whether the SMB server itself still answers")
        }
        Ok(Err(error)) => fail(
            "source",
            error.0,
            "see that the SMB server runs, and that the agent has the right to ask it (root for Samba)",
        ),
        Ok(Ok(report)) => match report.snapshots.last() {
            None => pass("source", format!("{} works, and has nothing to show now", source.name())),
            Some(last) => {
                let limit =
                    last.limit.sessions.map_or_else(|| "no known limit".to_owned(), |l| format!("a limit of {l}"));
                pass("source", format!("{} shows {} sessions and {limit}", source.name(), last.sessions.len()))
            }
        },
    }
}

pub(super) fn identity(settings: &Settings, identity: &Result<Option<Identity>, IdentityError>) -> Finding {
    match identity {
        Err(error) => fail("enrolment", error.to_string(), "see the text before this"),
        Ok(Some(Identity { enrolled: Some(m), server, .. })) => {
            let since = stamp(m.enrolled_at);
            if server == &settings.server {
                pass("enrolment", format!("host {} since {since}", m.host_id))
            } else {
                warn(
                    "enrolment",
                    format!("host {} since {since}, at {server}; now the server is {}", m.host_id, settings.server),
                )
            }
        }
        Ok(_) => match agent::introduction(settings) {
            Ok(introduction) => warn("enrolment", format!("not enrolled yet; will ask as {:?}", introduction.name)),
            Err(error) => fail("enrolment", error.to_string(), "give --token-file, or write it in the settings file"),
        },
    }
}

pub(super) fn spool(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let dir = agent::spool_dir(settings);
    let found = match spool::inspect(&dir) {
        Ok(found) => found,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return vec![warn("spool", "there is none yet; nothing was observed")];
        }
        Err(e) => {
            let fix = "run this as the user of the agent";
            return vec![fail("spool", format!("{} cannot be read: {e}", dir.display()), fix)];
        }
    };
    let kib = found.bytes.div_ceil(1_024);
    let what = format!("{} records wait, {kib} KiB in {} segments", found.waiting_records, found.segments);
    let state = if found.damaged_records > 0 {
        warn("spool", format!("{what}; {} records are damaged: see to the disk", found.damaged_records))
    } else {
        pass("spool", what)
    };
    let now_at = clock.now_at();
    let push = match found.acked_at {
        None => warn("last push", "the server has not acknowledged anything yet"),
        Some(at) if now_at - at > 3_600_000 && found.waiting_records > 0 => {
            warn("last push", format!("{}, more than an hour ago, although records wait", stamp(at)))
        }
        Some(at) => pass("last push", stamp(at)),
    };
    vec![state, push]
}

fn stamp(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |t| format!("{t:.0}"))
}
