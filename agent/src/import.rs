//! History from before the agent: event logs (`.evtx`) and the tables of the manual procedure (`.csv`), sent under this host's key.
//!
//! What is read goes through a spool of its own, beside the one of the running agent, and by the same courier: it is delivered as
//! surely as everything else, and what the server has already it keeps once. Memory stays bounded, whatever the size of a file: a
//! few hundred records are read, stored and acknowledged before the next ones.

mod evtx;
mod files;
mod owner;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use highwater_wire::{Record, Snapshot};
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use files::find;
pub use owner::Owner;
pub use table::dates::Order;

use crate::clock::Clock;
use crate::ship::{Client, Courier, Pace, Pacing, Ring, Standing};
use crate::source::windows::Epochs;
use crate::spool::{self, RealDisk, Shared, Spool, SpoolError};

/// Records that travel together, …
const PART: usize = 500;
/// … and the sessions of their snapshots: a row of a table may stand for a hundred thousand.
const PART_SESSIONS: usize = 100_000;
/// So many troubles of one file are told word by word.
const TROUBLES: usize = 20;

/// How to read what the files do not say themselves.
#[derive(Debug, Clone)]
pub struct Options {
    pub owner: Owner,
    /// How often this host's logs began again.
    pub epochs: Epochs,
    /// How tables write dates; none: as far as a table's own dates tell.
    pub dates: Option<Order>,
    /// The zone of the times in tables.
    pub zone: TimeZone,
    /// When a table without times was made; none: when the file was last changed.
    pub made_at: Option<i64>,
    /// Snapshots that are older are passed over: the server keeps none of that age, and would refuse each.
    pub oldest_at: i64,
}

/// What one file held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records or rows that were read.
    pub read: u64,
    /// Of those, what Highwater keeps.
    pub events: u64,
    pub snapshots: u64,
    /// Snapshots that are too old.
    pub too_old: u64,
    /// Of computers that are not this host: name and how many.
    pub of_others: std::collections::BTreeMap<String, u64>,
    /// What could not be read: the first ones in words, and how many in all.
    pub troubles: Vec<String>,
    pub troubles_in_all: u64,
    /// How the file was understood, where it did not say so itself.
    pub notes: Vec<String>,
}

impl Tally {
    fn trouble(&mut self, what: String) {
        self.troubles_in_all += 1;
        if self.troubles.len() < TROUBLES {
            self.troubles.push(what);
        }
    }
}

/// Told while files are read, from the thread that reads.
pub trait Progress: Send + Sync {
    /// So many more bytes were read.
    fn read(&self, bytes: u64);
    fn file_done(&self, path: &Path, tally: &Result<Tally, FileError>);
}

/// Why a file as a whole could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("it is no event log (.evtx): {0}")]
    NoEventLog(String),
    #[error("it is none of the known tables: {0}")]
    UnknownTable(String),
    #[error(
        "its dates could be day first or month first (the first one is {0:?}): say which with --dates day-first or --dates month-first"
    )]
    AmbiguousDates(String),
    #[error("its table is larger than {} MiB: split it", table::MAX_BYTES >> 20)]
    TooLarge,
    #[error("reading was given up, because nothing can be sent")]
    Stopped,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("stopped; import the same files again: what has arrived is kept once")]
    Stopped,
}

/// Where a reader leaves its records. Blocks while the ones before are on their way.
struct Outlet<'a> {
    part: Vec<Record>,
    /// Of the snapshots in `part`.
    sessions: usize,
    parts: Option<&'a mpsc::Sender<Vec<Record>>>,
    progress: &'a dyn Progress,
    tally: Tally,
}

impl Outlet<'_> {
    fn put(&mut self, record: Record) -> Result<(), FileError> {
        if let Record::Snapshot(snapshot) = &record {
            self.sessions += snapshot.sessions.len();
        }
        self.part.push(record);
        if self.part.len() >= PART || self.sessions >= PART_SESSIONS { self.flush() } else { Ok(()) }
    }

    fn put_snapshot(&mut self, snapshot: Snapshot, options: &Options) -> Result<(), FileError> {
        if snapshot.taken_at < options.oldest_at {
            self.tally.too_old += 1;
            return Ok(());
        }
        self.tally.snapshots += 1;
        self.put(Record::Snapshot(snapshot))
    }

    fn flush(&mut self) -> Result<(), FileError> {
        let part = std::mem::take(&mut self.part);
        self.sessions = 0;
        match self.parts {
            Some(parts) if !part.is_empty() => parts.blocking_send(part).map_err(|_| FileError::Stopped),
            _ => Ok(()),
        }
    }
}

/// Reads files and hands their records on; `parts` is none if they are only to be counted. Blocks.
pub fn read(files: &[PathBuf], options: &Options, parts: Option<&mpsc::Sender<Vec<Record>>>, progress: &dyn Progress) {
    for path in files {
        let mut outlet = Outlet { part: Vec::new(), sessions: 0, parts, progress, tally: Tally::default() };
        let done = match files::kind(path) {
            files::Kind::EventLog => evtx::read(path, options, &mut outlet),
            files::Kind::Table => table::read(path, options, &mut outlet),
        }
        .and_then(|()| outlet.flush());
        let is_stopped = matches!(done, Err(FileError::Stopped));
        progress.file_done(path, &done.map(|()| outlet.tally));
        if is_stopped {
            return;
        }
    }
}

/// To whom, and by way of which directory, records are sent.
pub struct Way {
    pub client: Client,
    /// This host's key.
    pub key: String,
    /// For the spool; removed at the end.
    pub dir: PathBuf,
    pub clock: Clock,
    pub pacing: Pacing,
}

/// Without the key.
impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { client, dir, pacing, .. } = self;
        f.debug_struct("Way").field("client", client).field("dir", dir).field("pacing", pacing).finish_non_exhaustive()
    }
}

/// Sends every part that comes, until none comes any more and all are acknowledged. Waits as long as the server is away.
///
/// # Errors
/// The directory cannot be used, or `stop` was cancelled.
pub async fn send(
    way: Way,
    mut parts: mpsc::Receiver<Vec<Record>>,
    mut rng: StdRng,
    stop: CancellationToken,
) -> Result<u64, ImportError> {
    let dir = way.dir.clone();
    let mut fork = || StdRng::from_seed(rng.random());
    let spool = open(&way, fork()).await?;
    let (standing, mut seen) = watch::channel(Standing::default());
    let (appended, appended_seen) = watch::channel(0);
    let courier = Courier {
        client: way.client,
        ring: Ring::borrowed(&way.key),
        spool: spool.clone(),
        clock: way.clock,
        boot_id: String::new(),
        standing,
        appended: appended_seen,
    };
    let ending = stop.child_token();
    let shipping = courier.run(Pace::new(way.pacing, fork()), ending.clone());
    let feeding = async {
        let mut count = 0;
        let fed = async {
            while let Some(part) = parts.recv().await {
                count += part.len() as u64;
                spool.with(move |spool| spool.append(part)).await?;
                let mut all = 0;
                appended.send_modify(|appended| {
                    *appended += 1;
                    all = *appended;
                });
                // Nothing piles up: the next part is stored when this one is acknowledged.
                let _ = seen.wait_for(|standing| standing.drained_at >= Some(all)).await;
            }
            Ok(())
        };
        let fed: Option<Result<(), SpoolError>> = stop.run_until_cancelled(fed).await;
        ending.cancel();
        fed.ok_or(ImportError::Stopped)??;
        Ok::<u64, ImportError>(count)
    };
    let (sent, ()) = tokio::join!(feeding, Box::pin(shipping));
    let sent = sent?;
    drop(spool);
    if let Err(error) = std::fs::remove_dir_all(&dir) {
        tracing::warn!(dir = %dir.display(), %error, "the directory of this import stays behind; it may be deleted");
    }
    Ok(sent)
}

async fn open(way: &Way, rng: StdRng) -> Result<Shared, SpoolError> {
    let options = spool::Options { keep_bytes: 0, keep_ms: 0, ..spool::Options::new(way.dir.clone()) };
    let clock = way.clock.clone();
    let open = move || Spool::open(options, Arc::new(RealDisk), clock, rng);
    match tokio::task::spawn_blocking(open).await {
        Ok(opened) => Ok(Shared::new(opened?)),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
