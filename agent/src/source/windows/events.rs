//! Reads one channel of the event log on a thread of its own, since the event log's calls block.

use std::path::PathBuf;
use std::time::Duration;

use highwater_win32::event_log::{From, Record, SubscribeError, Subscription};
use highwater_wire::{Event, Gap};
use tokio::sync::mpsc;

use super::bookmark::{self, Place};
use super::watch_list;
use crate::source::events::parse::parse_event;

/// How long a wait for records lasts until it is looked whether anybody still wants them.
const WAIT: Duration = Duration::from_millis(500);
/// After a failure.
const REST: Duration = Duration::from_secs(30);
/// Parts that wait for the agent; the reader waits then, the event log keeps the rest.
const MOST_WAITING: usize = 4;

/// Some records, and where the reading stands once they are kept.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) events: Vec<Event>,
    pub(super) gaps: Vec<Gap>,
    pub(super) place: Place,
    pub(super) file: PathBuf,
}

/// Starts reading every channel; ends when the answer is dropped.
pub(super) fn start(data_dir: &std::path::Path) -> mpsc::Receiver<Part> {
    let (parts, taken) = mpsc::channel(MOST_WAITING);
    for channel in watch_list::channels() {
        let file = bookmark::path(data_dir, channel);
        let reader = Reader {
            channel,
            place: bookmark::load(&file),
            file,
            parts: parts.clone(),
            is_failing: false,
            is_stale: false,
        };
        let thread = std::thread::Builder::new().name(format!("events {channel}"));
        if let Err(error) = thread.spawn(move || reader.run()) {
            tracing::error!(channel, %error, "no thread can be started: events of this channel are not read");
        }
    }
    taken
}

struct Reader {
    channel: &'static str,
    file: PathBuf,
    place: Place,
    parts: mpsc::Sender<Part>,
    is_failing: bool,
    /// The record that was read last is gone, and nothing was read since.
    is_stale: bool,
}

/// Nobody wants records any more.
struct Ended;

impl Reader {
    fn run(mut self) {
        while !self.parts.is_closed() {
            match self.read() {
                Ok(Ended) => return,
                Err(error) => {
                    if !std::mem::replace(&mut self.is_failing, true) {
                        tracing::warn!(channel = self.channel, %error, "events cannot be read; trying again");
                    }
                    self.rest();
                }
            }
        }
    }

    /// Waits, but no longer than somebody wants records.
    #[expect(clippy::disallowed_methods, reason = "a thread of its own, which has nothing else to do")]
    fn rest(&self) {
        let mut left = REST;
        while !left.is_zero() && !self.parts.is_closed() {
            std::thread::sleep(WAIT);
            left = left.saturating_sub(WAIT);
        }
    }

    /// Reads until nobody wants records, or something fails.
    fn read(&mut self) -> std::io::Result<Ended> {
        let mut subscription = self.subscribe()?;
        self.is_failing = false;
        loop {
            if self.parts.is_closed() {
                return Ok(Ended);
            }
            if !subscription.wait(WAIT)? {
                continue;
            }
            loop {
                let records = subscription.next()?;
                if records.is_empty() {
                    break;
                }
                let bookmark = subscription.bookmark()?;
                if self.hand_over(records, bookmark).is_err() {
                    return Ok(Ended);
                }
            }
        }
    }

    fn subscribe(&mut self) -> std::io::Result<Subscription> {
        let query = watch_list::query(self.channel);
        let from = self.place.bookmark.as_deref().map_or(From::Oldest, From::Bookmark);
        match Subscription::start(&query, from) {
            Ok(subscription) => Ok(subscription),
            Err(SubscribeError::Other(error)) => Err(error),
            Err(SubscribeError::Stale(why)) => {
                tracing::warn!(channel = self.channel, %why, "the last record that was read is gone; reading from the oldest one");
                self.place.bookmark = None;
                self.is_stale = true;
                match Subscription::start(&query, From::Oldest) {
                    Ok(subscription) => Ok(subscription),
                    Err(SubscribeError::Stale(error) | SubscribeError::Other(error)) => Err(error),
                }
            }
        }
    }

    fn hand_over(&mut self, records: Vec<Record>, bookmark: String) -> Result<(), Ended> {
        let (mut events, mut gaps) = (Vec::with_capacity(records.len()), Vec::new());
        for record in &records {
            match parse_event(&record.xml, record.message.as_deref()) {
                Ok(event) => {
                    gaps.extend(self.place.meets(&event, std::mem::take(&mut self.is_stale)));
                    let log_epoch = self.place.log_epoch(event.recorded_at);
                    events.push(Event { log_epoch, ..event });
                }
                Err(error) => {
                    tracing::warn!(channel = self.channel, %error, "a record cannot be read, and is passed over")
                }
            }
        }
        self.place.bookmark = Some(bookmark);
        let part = Part { events, gaps, place: self.place.clone(), file: self.file.clone() };
        self.parts.blocking_send(part).map_err(|_| Ended)
    }
}
