//! The source: one look, and records as they come.

use std::io;
use std::path::{Path, PathBuf};

use highwater_win32::registry::{self, Value};
use highwater_win32::sessions::{self, Level};
use highwater_win32::{Listed, server, system};
use highwater_wire::{Counters, HostFacts, Limit, Session, Snapshot};
use tokio::sync::mpsc;

use super::bookmark::{self, Place};
use super::counters::Counting;
use super::events::{self, Part};
use super::{limit, names};
use crate::source::{COUNTERS_EVERY_MS, Observation, Report, Source, SourceError, is_due};

const LIMIT_EVERY_MS: i64 = 5 * 60 * 1_000;
const FACTS_EVERY_MS: i64 = 60 * 60 * 1_000;
/// After so long a level that was refused is tried again.
const LADDER_EVERY_MS: i64 = 60 * 60 * 1_000;
const SECURITY: &str = r"SYSTEM\CurrentControlSet\Services\LanmanServer\DefaultSecurity";
const SESSION_INFO: &str = "SrvsvcSessionInfo";
const PARAMETERS: &str = r"SYSTEM\CurrentControlSet\Services\LanmanServer\Parameters";

/// Watches the SMB server of this computer.
#[derive(Debug)]
pub struct Windows {
    level: Level,
    level_found_at: i64,
    limit: Limit,
    limit_read_at: Option<i64>,
    facts: Option<HostFacts>,
    facts_read_at: Option<i64>,
    /// Away while it reads.
    counting: Option<Counting>,
    counters_read_at: Option<i64>,
    parts: mpsc::Receiver<Part>,
    /// What the last report brought, and is to be remembered once that is kept.
    unkept: Vec<(PathBuf, Place)>,
}

impl Windows {
    /// Begins to read events at once.
    #[must_use]
    pub fn start(data_dir: &Path) -> Self {
        Self {
            level: Level::L502,
            level_found_at: i64::MIN,
            limit: limit::of(None, system::version().is_server),
            limit_read_at: None,
            facts: None,
            facts_read_at: None,
            counting: Some(Counting::default()),
            counters_read_at: None,
            parts: events::start(data_dir),
            unkept: Vec::new(),
        }
    }

    async fn look(&mut self, now_at: i64, sampling_secs: u32) -> Result<Report, SourceError> {
        let from = if is_due(Some(self.level_found_at), now_at, LADDER_EVERY_MS) { Level::L502 } else { self.level };
        let listed = tokio::task::spawn_blocking(move || sessions::list(from)).await;
        let (level, listed) = listed.map_err(|e| SourceError(e.to_string()))?.map_err(|e| refused(&e))?;
        if from == Level::L502 {
            self.level_found_at = now_at;
        }
        if self.level != level {
            tracing::warn!(level = level.number(), "sessions are listed at another level than before");
        }
        self.level = level;
        if let Some(why) = &listed.cut {
            tracing::warn!(%why, sessions = listed.entries.len(), "the list of sessions is not complete");
        }
        self.read_limit(now_at);
        let facts = self.read_facts(now_at);
        let counters = self.read_counters(now_at).await;
        let snapshot = snapshot(now_at, sampling_secs, self.limit, level, listed);
        Ok(Report { facts, counters, snapshots: vec![snapshot], ..Report::default() })
    }

    async fn read_counters(&mut self, now_at: i64) -> Option<Counters> {
        if !is_due(self.counters_read_at, now_at, COUNTERS_EVERY_MS) {
            return None;
        }
        self.counters_read_at = Some(now_at);
        let mut counting = self.counting.take().unwrap_or_default();
        let read = tokio::task::spawn_blocking(move || {
            let counters = counting.read(now_at);
            (counting, counters)
        });
        let (counting, counters) = read.await.ok()?;
        self.counting = Some(counting);
        Some(counters)
    }

    fn read_limit(&mut self, now_at: i64) {
        if !is_due(self.limit_read_at, now_at, LIMIT_EVERY_MS) {
            return;
        }
        self.limit_read_at = Some(now_at);
        let users = server::info().map(|info| info.users);
        if let Err(error) = &users {
            tracing::debug!(%error, "the server does not tell its limit");
        }
        self.limit = limit::of(users.ok(), system::version().is_server);
    }

    fn read_facts(&mut self, now_at: i64) -> Option<HostFacts> {
        if !is_due(self.facts_read_at, now_at, FACTS_EVERY_MS) {
            return None;
        }
        self.facts_read_at = Some(now_at);
        let read = HostFacts { settings: settings(), ..crate::facts::of_this_host() };
        if self.facts.as_ref() == Some(&read) {
            return None;
        }
        self.facts = Some(read.clone());
        Some(HostFacts { observed_at: now_at, ..read })
    }

    async fn arrival(&mut self) -> Report {
        let Some(part) = self.parts.recv().await else { return std::future::pending().await };
        self.unkept.push((part.file, part.place));
        Report { events: part.events, gaps: part.gaps, ..Report::default() }
    }
}

impl Source for Windows {
    fn name(&self) -> &'static str {
        "windows"
    }

    fn observe(&mut self, now_at: i64, sampling_secs: u32) -> Observation<'_> {
        Box::pin(self.look(now_at, sampling_secs))
    }

    fn arrived(&mut self) -> Observation<'_> {
        Box::pin(async { Ok(self.arrival().await) })
    }

    fn kept(&mut self) {
        for (file, place) in self.unkept.drain(..) {
            if let Err(error) = bookmark::save(&file, &place) {
                tracing::warn!(file = %file.display(), %error, "where the reading of events stands cannot be kept");
            }
        }
    }
}

fn snapshot(
    now_at: i64,
    sampling_secs: u32,
    limit: Limit,
    level: Level,
    listed: Listed<sessions::Session>,
) -> Snapshot {
    let partial = listed.cut.is_some();
    let sessions = listed.entries.into_iter().map(|told| Session {
        client: names::client(&told.client),
        user: names::user(&told.user),
        opens: told.opens,
        age_secs: told.age_secs,
        idle_secs: told.idle_secs,
    });
    Snapshot {
        taken_at: now_at,
        source: format!("net_session_{}", level.number()),
        sampling_secs,
        limit,
        partial,
        part: None,
        burst_of: None,
        sessions: sessions.collect(),
    }
}

/// The SMB server's own settings, by their names in the registry.
fn settings() -> std::collections::BTreeMap<String, String> {
    let values = match registry::values(PARAMETERS) {
        Ok(values) => values.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "the settings of the SMB server cannot be read");
            return std::collections::BTreeMap::new();
        }
    };
    let mut settings: std::collections::BTreeMap<String, String> =
        values.into_iter().filter_map(|(name, value)| Some((name, in_words(value)?))).collect();
    // Who may list the sessions from afar: a security descriptor.
    if let Ok(Some(Value::Other(descriptor))) = registry::value(SECURITY, SESSION_INFO) {
        settings.insert(format!("DefaultSecurity\\{SESSION_INFO}"), hex::encode(descriptor));
    }
    settings
}

fn in_words(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Texts(texts) => Some(texts.join(",")),
        Value::Other(_) => None,
    }
}

fn refused(error: &io::Error) -> SourceError {
    SourceError(format!(
        "Windows does not list its sessions ({error}). The agent needs the rights of LocalSystem or of an administrator, and the \
         service \"Server\" (LanmanServer) has to run."
    ))
}
