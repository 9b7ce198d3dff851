//! `import`: history from before the agent, out of files.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{FAILED, Flags, SETTINGS, fail, log_to_stderr, stop_on_signal};
use crate::agent;
use crate::clock::Clock;
use crate::config::Settings;
use crate::facts;
use crate::identity::Identity;
use crate::import::{self, FileError, ImportError, Options, Order, Owner, Progress, Tally, Way};
use crate::ship::Pacing;
use crate::source::windows::Epochs;

/// Parts that wait to be sent.
const MOST_WAITING: usize = 2;
const DAY_MS: i64 = 24 * 3_600 * 1_000;

#[derive(Debug, Args)]
pub(super) struct ImportFlags {
    /// Event logs (.evtx), tables (.csv), or folders with them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Read and count, but send nothing
    #[arg(long)]
    dry_run: bool,
    /// A name that this host had before: records of other computers are passed over (may be repeated)
    #[arg(long, value_name = "NAME")]
    computer: Vec<String>,
    /// How tables write dates, if they leave it open
    #[arg(long, value_name = "ORDER")]
    dates: Option<Dates>,
    /// Zone of the times in tables, for example Europe/Paris [default: this computer's]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// When a table without times was made, for example 2026-11-24T09:31:00+01:00 [default: when the file was last changed]
    #[arg(long, value_name = "INSTANT")]
    at: Option<jiff::Timestamp>,
    /// Days that the server keeps snapshots: what tables tell of older ones is passed over
    #[arg(long, value_name = "DAYS", default_value_t = 35, value_parser = clap::value_parser!(u32).range(1..))]
    days: u32,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dates {
    DayFirst,
    MonthFirst,
}

pub(super) async fn import(mut given: ImportFlags) -> ExitCode {
    log_to_stderr();
    if given.dry_run && given.flags.config.is_none() && given.flags.server.is_none() {
        given.flags.server = Some(super::once::NO_SERVER.to_owned());
    }
    let zone = match given.zone.as_deref().map(TimeZone::get).transpose() {
        Ok(zone) => zone.unwrap_or_else(TimeZone::system),
        Err(error) => return fail(SETTINGS, &error),
    };
    let files = match import::find(&given.paths) {
        Ok(files) if files.is_empty() => return fail(SETTINGS, &"there is no .evtx and no .csv file in these folders"),
        Ok(files) => files,
        Err(error) => return fail(SETTINGS, &error),
    };
    let settings = match given.flags.load() {
        Ok(settings) => settings,
        Err(error) => return fail(SETTINGS, &error),
    };
    let options = Options {
        owner: owner(&settings, given.computer),
        epochs: Epochs::load(&settings.data_dir),
        dates: given.dates.map(|order| match order {
            Dates::DayFirst => Order::DayFirst,
            Dates::MonthFirst => Order::MonthFirst,
        }),
        zone,
        made_at: given.at.map(jiff::Timestamp::as_millisecond),
        oldest_at: Clock::system().now_at() - i64::from(given.days) * DAY_MS,
    };
    let way = match (given.dry_run, way(&settings)) {
        (true, _) => None,
        (false, Ok(way)) => Some(way),
        (false, Err(error)) => return fail(SETTINGS, &error),
    };
    let (telling, sent) = read_and_send(files, options, way).await;
    say(&telling.told(given.dry_run));
    match sent {
        Ok(_) if telling.failed == 0 => ExitCode::SUCCESS,
        Ok(_) => fail(FAILED, &format!("{} could not be read; see above", count(telling.failed, "file"))),
        Err(error) => fail(FAILED, &error),
    }
}

/// Under which names this host's records are found.
fn owner(settings: &Settings, others: Vec<String>) -> Owner {
    let host = facts::of_this_host();
    Owner::new([host.name, host.fqdn].into_iter().chain(settings.name.clone()).chain(others))
}

fn way(settings: &Settings) -> Result<Way, String> {
    let identity = Identity::load(&settings.data_dir).map_err(|e| e.to_string())?;
    let Some(membership) = identity.and_then(|identity| identity.enrolled) else {
        return Err(format!(
            "this host is not enrolled yet, so nobody would know whose history it is: let the agent run once with an enrolment \
             token, or name the agent's folder with --data-dir (now {})",
            settings.data_dir.display()
        ));
    };
    let clock = Clock::system();
    let client = agent::client(settings, clock.clone()).map_err(|e| e.to_string())?;
    let pacing = Pacing { first: std::time::Duration::ZERO, ..Pacing::default() };
    Ok(Way { client, key: membership.key, dir: settings.data_dir.join("import"), clock, pacing })
}

async fn read_and_send(
    files: Vec<(PathBuf, u64)>,
    options: Options,
    way: Option<Way>,
) -> (Telling, Result<u64, ImportError>) {
    let telling = Arc::new(Screen::new(files.iter().map(|(_, bytes)| bytes).sum()));
    let (parts, taken) = mpsc::channel(MOST_WAITING);
    let is_sent = way.is_some();
    let reading = tokio::task::spawn_blocking({
        let telling = Arc::clone(&telling);
        move || {
            let paths: Vec<_> = files.into_iter().map(|(path, _)| path).collect();
            import::read(&paths, &options, is_sent.then_some(&parts), &*telling);
        }
    });
    let stop = CancellationToken::new();
    let listening = tokio::spawn(stop_on_signal(stop.clone()));
    let sent = match way {
        Some(way) => Box::pin(import::send(way, taken, rand::make_rng(), stop)).await,
        None => Ok(0),
    };
    if let Err(error) = reading.await {
        std::panic::resume_unwind(error.into_panic());
    }
    listening.abort();
    telling.bar.finish_and_clear();
    let told = std::mem::take(&mut *telling.telling.lock().unwrap_or_else(PoisonError::into_inner));
    (told, sent)
}

/// Shows how far reading is, and collects what is to be told in the end.
struct Screen {
    bar: ProgressBar,
    telling: Mutex<Telling>,
}

impl Screen {
    fn new(bytes: u64) -> Self {
        let bar = ProgressBar::new(bytes);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left") {
            bar.set_style(style);
        }
        Self { bar, telling: Mutex::default() }
    }
}

impl Progress for Screen {
    fn read(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn file_done(&self, path: &Path, tally: &Result<Tally, FileError>) {
        let mut telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        telling.file(path, tally);
    }
}

/// What is told in the end.
#[derive(Debug, Default)]
struct Telling {
    files: u64,
    failed: u64,
    read: u64,
    events: u64,
    snapshots: u64,
    text: String,
}

impl Telling {
    fn file(&mut self, path: &Path, tally: &Result<Tally, FileError>) {
        self.files += 1;
        let path = super::once::plain(&path.display().to_string());
        let tally = match tally {
            Ok(tally) => tally,
            Err(error) => {
                self.failed += 1;
                let _ = writeln!(self.text, "{path}: {}", super::once::plain(&error.to_string()));
                return;
            }
        };
        self.read += tally.read;
        self.events += tally.events;
        self.snapshots += tally.snapshots;
        let _ = writeln!(self.text, "{path}: {}, {}", count(tally.read, "record"), kept(tally.events, tally.snapshots));
        for note in &tally.notes {
            let _ = writeln!(self.text, "    {}", super::once::plain(note));
        }
        if tally.too_old > 0 {
            let _ = writeln!(
                self.text,
                "    {} passed over: older than servers usually keep; if yours keeps more: --days",
                count(tally.too_old, "snapshot")
            );
        }
        for (computer, records) in &tally.of_others {
            // Whoever wrote the file chose the name: as part of a command it is shown only if it is a name.
            let is_name = computer.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
            let option =
                if is_name { format!(": --computer {computer}") } else { ", name it with --computer".to_owned() };
            let _ = writeln!(
                self.text,
                "    {} of the computer {}, which is not this host; if it was called so before{option}",
                count(*records, "record"),
                super::once::plain(computer)
            );
        }
        for trouble in &tally.troubles {
            let _ = writeln!(self.text, "    {}", super::once::plain(trouble));
        }
        let more = tally.troubles_in_all - tally.troubles.len() as u64;
        if more > 0 {
            let _ = writeln!(self.text, "    and {more} more like these");
        }
    }

    fn told(&self, is_dry: bool) -> String {
        let done = if is_dry { "Nothing was sent." } else { "The server has them, each once." };
        let (files, read) = (count(self.files, "file"), count(self.read, "record"));
        format!("{}{files}, {read}: {}. {done}\n", self.text, kept(self.events, self.snapshots))
    }
}

fn kept(events: u64, snapshots: u64) -> String {
    match snapshots {
        0 => count(events, "event"),
        _ => format!("{} and {}", count(events, "event"), count(snapshots, "snapshot")),
    }
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
