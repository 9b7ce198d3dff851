//! Replays a recording: JSON lines, one report each.
//!
//! ```json
//! {"times": "relative"}
//! {"at_ms": 0, "report": {"facts": {…}, "snapshots": [{…}]}}
//! {"at_ms": 60000, "report": {"events": [{…}], "gaps": [{…}], "snapshots": [{…}]}}
//! ```
//!
//! * `facts`, `gaps`, `events`, `counters` and `snapshots` have the wire's shapes; each may be absent.
//! * With `relative` times (also when the first line does not say) `at_ms` counts from the first observation, and so does
//!   every instant inside the reports. With `absolute` times all of them are milliseconds since 1970.
//! * A line is told by the first observation at or after its `at_ms`; lines must be in order. After the last one the source
//!   has ended. Empty lines are passed over.

use std::fmt::Debug;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use highwater_wire::{Counters, Event, Gap, HostFacts, MAX_DECODED_BYTES, Snapshot};
use serde::{Deserialize, Serialize};

use super::{Observation, Report, Source, SourceError};

/// Longest line. What one report may hold travels in one batch at most.
const MAX_LINE_BYTES: u64 = MAX_DECODED_BYTES as u64;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Times {
    #[default]
    Relative,
    Absolute,
}

#[derive(Serialize, Deserialize)]
struct Head {
    times: Times,
}

#[derive(Serialize, Deserialize)]
struct Line {
    at_ms: i64,
    report: Told,
}

#[derive(Serialize, Deserialize)]
struct Told {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<HostFacts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<Gap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    snapshots: Vec<Snapshot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counters: Option<Counters>,
}

/// A recording that is being replayed.
pub struct Scripted {
    lines: Box<dyn BufRead + Send>,
    line_number: u64,
    times: Times,
    /// The line that is due next.
    next: Option<Line>,
    /// The first observation's instant.
    began_at: Option<i64>,
}

impl Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scripted")
            .field("line_number", &self.line_number)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

impl Scripted {
    /// # Errors
    /// The file cannot be opened, or its first line is none of a recording.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let file = File::open(path)
            .map_err(|e| SourceError(format!("the recording {} cannot be opened: {e}", path.display())))?;
        Self::read_from(BufReader::new(file))
    }

    /// # Errors
    /// The first line is none of a recording.
    pub fn read_from(lines: impl BufRead + Send + 'static) -> Result<Self, SourceError> {
        let mut scripted =
            Self { lines: Box::new(lines), line_number: 0, times: Times::default(), next: None, began_at: None };
        let Some(text) = scripted.next_text()? else { return Ok(scripted) };
        match serde_json::from_str::<Head>(&text) {
            Ok(head) => {
                scripted.times = head.times;
                scripted.advance()?;
            }
            Err(_) => scripted.next = Some(scripted.parse(&text)?),
        }
        Ok(scripted)
    }

    fn look(&mut self, now_at: i64) -> Result<Report, SourceError> {
        let began_at = *self.began_at.get_or_insert(now_at);
        let origin_at = if self.times == Times::Relative { began_at } else { 0 };
        let mut report = Report::default();
        while let Some(line) = self.next.take_if(|line| line.at_ms.saturating_add(origin_at) <= now_at) {
            let at_ms = line.at_ms;
            tell(line.report, origin_at, &mut report);
            self.advance()?;
            if self.next.as_ref().is_some_and(|next| next.at_ms < at_ms) {
                return Err(SourceError(format!("line {} of the recording is out of order", self.line_number)));
            }
        }
        report.ended = self.next.is_none();
        Ok(report)
    }

    fn advance(&mut self) -> Result<(), SourceError> {
        self.next = match self.next_text()? {
            Some(text) => Some(self.parse(&text)?),
            None => None,
        };
        Ok(())
    }

    fn parse(&self, text: &str) -> Result<Line, SourceError> {
        serde_json::from_str(text)
            .map_err(|e| SourceError(format!("line {} of the recording is no report: {e}", self.line_number)))
    }

    fn next_text(&mut self) -> Result<Option<String>, SourceError> {
        loop {
            let mut text = String::new();
            self.line_number += 1;
            let number = self.line_number;
            let read = (&mut self.lines).take(MAX_LINE_BYTES).read_line(&mut text);
            let read = read.map_err(|e| SourceError(format!("line {number} of the recording cannot be read: {e}")))?;
            if read == 0 {
                return Ok(None);
            }
            if read as u64 == MAX_LINE_BYTES && !text.ends_with('\n') {
                return Err(SourceError(format!(
                    "line {number} of the recording is longer than {MAX_LINE_BYTES} bytes"
                )));
            }
            if !text.trim().is_empty() {
                return Ok(Some(text));
            }
        }
    }
}

/// Adds what a line tells, with its instants moved by `by_ms`.
fn tell(mut told: Told, by_ms: i64, report: &mut Report) {
    shift(&mut told, by_ms);
    report.facts = told.facts.or(report.facts.take());
    report.gaps.append(&mut told.gaps);
    report.events.append(&mut told.events);
    report.snapshots.append(&mut told.snapshots);
    report.counters = told.counters.or(report.counters.take());
}

fn shift(told: &mut Told, by_ms: i64) {
    let facts = told.facts.iter_mut().map(|facts| &mut facts.observed_at);
    let gaps = told.gaps.iter_mut().flat_map(|gap| [&mut gap.from_at, &mut gap.to_at]);
    let events = told.events.iter_mut().map(|event| &mut event.recorded_at);
    let snapshots = told.snapshots.iter_mut().map(|snapshot| &mut snapshot.taken_at);
    let counters = told.counters.iter_mut().flat_map(|c| std::iter::once(&mut c.read_at).chain(&mut c.since_at));
    for instant in facts.chain(gaps).chain(events).chain(snapshots).chain(counters) {
        *instant = instant.saturating_add(by_ms);
    }
}

/// Writes a recording that [`Scripted`] replays.
#[derive(Debug)]
pub struct Recorder<W> {
    out: W,
    origin_at: i64,
}

impl<W: Write> Recorder<W> {
    /// Begins a recording whose times count from `began_at`.
    ///
    /// # Errors
    /// The recording cannot be written.
    pub fn relative(mut out: W, began_at: i64) -> std::io::Result<Self> {
        write_line(&mut out, &Head { times: Times::Relative })?;
        Ok(Self { out, origin_at: began_at })
    }

    /// Begins a recording that keeps the times as they are.
    ///
    /// # Errors
    /// The recording cannot be written.
    pub fn absolute(mut out: W) -> std::io::Result<Self> {
        write_line(&mut out, &Head { times: Times::Absolute })?;
        Ok(Self { out, origin_at: 0 })
    }

    /// Adds what was observed at `now_at`.
    ///
    /// # Errors
    /// The recording cannot be written.
    pub fn add(&mut self, now_at: i64, report: &Report) -> std::io::Result<()> {
        let mut told = Told {
            facts: report.facts.clone(),
            gaps: report.gaps.clone(),
            events: report.events.clone(),
            snapshots: report.snapshots.clone(),
            counters: report.counters.clone(),
        };
        shift(&mut told, self.origin_at.saturating_neg());
        write_line(&mut self.out, &Line { at_ms: now_at.saturating_sub(self.origin_at), report: told })
    }
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    out.flush()
}

impl Source for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn observe(&mut self, now_at: i64, _sampling_secs: u32) -> Observation<'_> {
        let report = self.look(now_at);
        Box::pin(std::future::ready(report))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use super::*;
    use crate::source::simulated::{Fleet, Simulated};

    fn replay(text: &str) -> Result<Scripted, SourceError> {
        Scripted::read_from(Cursor::new(text.as_bytes().to_vec()))
    }

    const SNAPSHOT: &str = r#"{"taken_at": 500, "source": "scripted", "sampling_secs": 60,
        "limit": {"source": "unknown"}, "sessions": [{"client": "PC-7", "user": "a"}]}"#;

    fn recording(times: &str) -> String {
        let snapshot = SNAPSHOT.replace('\n', " ");
        format!(
            "{times}\n{{\"at_ms\": 0, \"report\": {{\"facts\": {{\"observed_at\": 0, \"name\": \"FS\"}}}}}}\n\n\
             {{\"at_ms\": 500, \"report\": {{\"snapshots\": [{snapshot}], \"gaps\": [{{\"from_at\": 1, \"to_at\": 2, \
             \"reason\": \"agent_stopped\"}}]}}}}\n{{\"at_ms\": 9000, \"report\": {{}}}}"
        )
    }

    #[tokio::test]
    async fn relative_times_count_from_the_first_observation() {
        for times in ["", r#"{"times": "relative"}"#] {
            let mut source = replay(&recording(times)).unwrap();
            let first = source.observe(1_000_000, 60).await.unwrap();
            assert_eq!(first.facts.unwrap().observed_at, 1_000_000);
            assert!(first.snapshots.is_empty() && !first.ended);
            assert_eq!(source.observe(1_000_499, 60).await.unwrap(), Report::default());
            let second = source.observe(1_000_501, 60).await.unwrap();
            assert_eq!((second.snapshots[0].taken_at, second.gaps[0].from_at), (1_000_500, 1_000_001));
            let last = source.observe(1_100_000, 60).await.unwrap();
            assert!(last.ended && last.snapshots.is_empty());
        }
    }

    #[tokio::test]
    async fn absolute_times_stay_and_what_is_past_is_told_at_once() {
        let mut source = replay(&recording(r#"{"times": "absolute"}"#)).unwrap();
        let all = source.observe(1_000_000, 60).await.unwrap();
        assert_eq!((all.facts.unwrap().observed_at, all.snapshots[0].taken_at, all.ended), (0, 500, true));
    }

    #[tokio::test]
    async fn what_was_recorded_is_replayed_the_same() {
        let at = 1_794_906_000_000;
        let mut simulated = Simulated::new(Arc::new(Fleet::new(3, 9)), 1);
        for relative in [true, false] {
            let mut out = Vec::new();
            let mut recorder =
                if relative { Recorder::relative(&mut out, at) } else { Recorder::absolute(&mut out) }.unwrap();
            let mut observed = Vec::new();
            for minute in 0..5 {
                let now_at = at + minute * 60_000;
                let report = simulated.observe(now_at, 60).await.unwrap();
                recorder.add(now_at, &report).unwrap();
                observed.push(report);
            }
            observed[4].ended = true;
            let mut source = Scripted::read_from(Cursor::new(out)).unwrap();
            for (now_at, report) in (at..).step_by(60_000).zip(&observed) {
                assert_eq!(&source.observe(now_at, 60).await.unwrap(), report);
            }
        }
    }

    #[tokio::test]
    async fn an_empty_recording_ends_at_once() {
        assert!(replay("").unwrap().observe(1, 60).await.unwrap().ended);
        assert!(replay("\n\n").unwrap().observe(1, 60).await.unwrap().ended);
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_recording_is_said_with_its_line() {
        assert!(replay("{\"at_ms\": true}").unwrap_err().0.contains("line 1"));
        assert!(replay("{\"times\": \"relative\"}\nnonsense").unwrap_err().0.contains("line 2"));
        let unordered = "{\"at_ms\": 5, \"report\": {}}\n{\"at_ms\": 4, \"report\": {}}";
        let mut source = replay(unordered).unwrap();
        assert_eq!(source.observe(0, 60).await.unwrap(), Report::default());
        assert!(source.observe(10, 60).await.unwrap_err().0.contains("line 2"));
    }
}
