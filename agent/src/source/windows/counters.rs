//! What the SMB server and the system count, and the shares: a few local calls every few minutes. What one call does not tell is
//! left out; the others are told all the same.

use std::collections::BTreeMap;
use std::io;

use highwater_win32::counters::{self, Instance};
use highwater_win32::server::{self, Statistics};
use highwater_win32::shares;
use highwater_wire::{Counters, Share, counter};

use crate::facts::usage::Usage;

const SMB_PORT: u16 = 445;

/// The low byte of a share's type that says it shares files (`STYPE_DISKTREE`, lmshare.h); the others are printers, devices, and `IPC$`.
const KIND: u32 = 0xff;
const FILES: u32 = 0;

/// One performance counter: its English path, what it is here, and how the values of its instances become one.
type Path = (&'static str, &'static str, Of);

#[derive(Debug, Clone, Copy)]
enum Of {
    Sum,
    Greatest,
}

/// Those of `\\SMB Server Shares` and `\\SMB Server Sessions` are left alone: they cost a busy server too much (domain: Microsoft's own
/// advice).
const PATHS: [Path; 16] = [
    (r"\Server\Files Open", counter::FILES_OPEN, Of::Sum),
    (r"\Server\Files Opened Total", counter::FILES_OPENED, Of::Sum),
    (r"\Server\Sessions Timed Out", counter::SESSIONS_TIMED_OUT, Of::Sum),
    (r"\Server\Sessions Errored Out", counter::SESSIONS_ERRORED_OUT, Of::Sum),
    (r"\Server\Sessions Logged Off", counter::SESSIONS_LOGGED_OFF, Of::Sum),
    (r"\Server\Sessions Forced Off", counter::SESSIONS_FORCED_OFF, Of::Sum),
    (r"\Server\Work Item Shortages", counter::WORK_ITEM_SHORTAGES, Of::Sum),
    (r"\Server\Blocking Requests Rejected", counter::BLOCKING_REQUESTS_REJECTED, Of::Sum),
    (r"\Server\Pool Nonpaged Failures", counter::NONPAGED_POOL_FAILURES, Of::Sum),
    (r"\Server\Pool Paged Failures", counter::PAGED_POOL_FAILURES, Of::Sum),
    (r"\Server\Bytes Received/sec", counter::RECEIVED_BYTES, Of::Sum),
    (r"\Server\Bytes Transmitted/sec", counter::SENT_BYTES, Of::Sum),
    (r"\Server Work Queues(*)\Queue Length", counter::QUEUE_LENGTH, Of::Greatest),
    (r"\Server Work Queues(*)\Active Threads", counter::ACTIVE_THREADS, Of::Sum),
    (r"\Memory\Pool Nonpaged Bytes", counter::NONPAGED_POOL_BYTES, Of::Sum),
    (r"\Memory\Pool Paged Bytes", counter::PAGED_POOL_BYTES, Of::Sum),
];

/// Keeps what is needed from one reading to the next.
#[derive(Debug, Default)]
pub(super) struct Counting {
    usage: Usage,
    performance: Option<counters::Counters>,
    /// What could not be read, and was told in the log.
    told: BTreeMap<&'static str, String>,
}

impl Counting {
    pub(super) fn read(&mut self, now_at: i64) -> Counters {
        let mut values = self.usage.read(SMB_PORT);
        let performance = self.performance();
        values.extend(self.known("performance counters", performance).unwrap_or_default());
        // Last: of what both tell, these cost less and have been there for longer.
        let counted = self.known("statistics of the SMB server", server::statistics());
        values.extend(counted.iter().flat_map(of_statistics).map(|(name, value)| (name.to_owned(), value.into())));
        let shares = self.known("shares", shares::list());
        Counters {
            read_at: now_at,
            since_at: counted.map(|counted| i64::from(counted.started_secs) * 1_000),
            values,
            shares: shares.map(|listed| listed.entries.into_iter().filter_map(share).collect()),
        }
    }

    fn performance(&mut self) -> io::Result<BTreeMap<String, i64>> {
        if self.performance.is_none() {
            let (opened, refusals) = counters::Counters::open(&PATHS.map(|(path, ..)| path))?;
            for (path, why) in PATHS.iter().zip(refusals).filter_map(|((path, ..), why)| Some((path, why?))) {
                tracing::debug!(path, %why, "this performance counter cannot be read");
            }
            self.performance = Some(opened);
        }
        let Some(counters) = &mut self.performance else { return Ok(BTreeMap::new()) };
        match counters.read() {
            Ok(read) => Ok(PATHS.iter().zip(read).filter_map(one_value).collect()),
            Err(error) => {
                // Counters that were loaded anew need a new query.
                self.performance = None;
                Err(error)
            }
        }
    }

    /// Says once why something cannot be read, until it can be again.
    fn known<T>(&mut self, what: &'static str, read: io::Result<T>) -> Option<T> {
        match read {
            Ok(value) => {
                self.told.remove(what);
                Some(value)
            }
            Err(error) => {
                let why = error.to_string();
                if self.told.get(what) != Some(&why) {
                    tracing::warn!(what, %error, "Windows does not tell this; the rest is told all the same");
                    self.told.insert(what, why);
                }
                None
            }
        }
    }
}

fn one_value(((_, name, of), instances): (&Path, Vec<Instance>)) -> Option<(String, i64)> {
    // Queues have an instance that adds up the others.
    let mut single =
        instances.iter().filter(|instance| instance.name != "_Total").map(|instance| instance.raw).peekable();
    single.peek()?;
    let value = match of {
        Of::Sum => single.fold(0, i64::saturating_add),
        Of::Greatest => single.max()?,
    };
    Some(((*name).to_owned(), value))
}

fn of_statistics(counted: &Statistics) -> [(&'static str, u32); 8] {
    [
        (counter::SESSIONS_TIMED_OUT, counted.timed_out),
        (counter::SESSIONS_ERRORED_OUT, counted.errored_out),
        (counter::PASSWORD_ERRORS, counted.password_errors),
        (counter::PERMISSION_ERRORS, counted.permission_errors),
        (counter::SYSTEM_ERRORS, counted.system_errors),
        (counter::FILES_OPENED, counted.opens),
        (counter::REQUEST_BUFFERS_SHORT, counted.request_buffers_short),
        (counter::BIG_BUFFERS_SHORT, counted.big_buffers_short),
    ]
}

/// None for printers, devices and `IPC$`, which every session uses.
fn share(told: shares::Share) -> Option<Share> {
    (told.kind & KIND == FILES).then(|| Share {
        name: told.name,
        uses: told.uses,
        most_uses: told.most_uses,
        unlimited: told.most_uses.is_none(),
    })
}
