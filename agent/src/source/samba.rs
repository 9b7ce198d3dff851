//! The sessions of a Samba server, as `smbstatus --json` lists them (Samba 4.17 and later).
//!
//! What Samba does not know stays unknown: there is no idle time, and an age only where a tree connect or a newer Samba tells
//! it. `smbstatus` answers without any session list when it is not root: that is an error here, never "no sessions".

mod address;
mod command;
mod facts;
mod json;
pub mod parse;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use highwater_wire::{Counters, HostFacts, Limit, LimitSource, Session, Share, Snapshot};

use super::{COUNTERS_EVERY_MS, Observation, Report, Source, SourceError, is_due};
use crate::facts::usage::Usage;
use command::{Bounds, run_bounded};
use parse::Listed;

/// How often the configuration is read again.
const CONF_EVERY_MS: i64 = 5 * 60 * 1000;
const SMB_PORT: u16 = 445;

/// Which programs are asked, and how long and how much they may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SambaSettings {
    pub smbstatus: PathBuf,
    pub testparm: PathBuf,
    /// Another `smb.conf` than the one Samba was built with.
    pub configfile: Option<PathBuf>,
    pub time_limit: Duration,
    /// An answer that is longer is refused: 256 MiB is more than 100,000 sessions with their open files need.
    pub max_output_bytes: usize,
}

impl Default for SambaSettings {
    fn default() -> Self {
        Self {
            smbstatus: PathBuf::from("smbstatus"),
            testparm: PathBuf::from("testparm"),
            configfile: None,
            time_limit: Duration::from_secs(30),
            max_output_bytes: 256 << 20,
        }
    }
}

/// Watches the Samba server of this computer.
#[derive(Debug)]
pub struct Samba {
    settings: SambaSettings,
    /// Earliest start ever seen per session: the tree connect that told it may be closed before the session ends.
    starts: HashMap<String, i64>,
    conf_read_at: Option<i64>,
    limit: Limit,
    facts: Option<HostFacts>,
    usage: Usage,
    counters_read_at: Option<i64>,
    port: u16,
}

impl Samba {
    #[must_use]
    pub fn new(settings: SambaSettings) -> Self {
        let limit = Limit { sessions: None, unlimited: false, source: LimitSource::Unknown };
        Self {
            settings,
            starts: HashMap::new(),
            conf_read_at: None,
            limit,
            facts: None,
            usage: Usage::default(),
            counters_read_at: None,
            port: SMB_PORT,
        }
    }

    async fn look(&mut self, now_at: i64, sampling_secs: u32) -> Result<Report, SourceError> {
        let listed = self.list_sessions().await?;
        let facts = self.read_conf_when_due(now_at, &listed.version).await;
        let counters = self.read_counters_when_due(now_at, listed.uses);
        let snapshot = Snapshot {
            taken_at: now_at,
            source: "samba".to_owned(),
            sampling_secs,
            limit: self.limit,
            partial: false,
            part: None,
            burst_of: None,
            sessions: self.sessions_at(now_at, listed.sessions),
        };
        Ok(Report { facts, counters, snapshots: vec![snapshot], ..Report::default() })
    }

    /// Samba counts little itself; how far its computer is in use says as much.
    fn read_counters_when_due(&mut self, now_at: i64, uses: BTreeMap<String, u32>) -> Option<Counters> {
        if !is_due(self.counters_read_at, now_at, COUNTERS_EVERY_MS) {
            return None;
        }
        self.counters_read_at = Some(now_at);
        let values = self.usage.read(self.port);
        // A share of its own limit (`max connections`) would have to be asked for one by one.
        let share = |(name, uses)| Share { name, uses, most_uses: None, unlimited: false };
        let shares = uses.into_iter().filter(|(name, _)| name != "IPC$").map(share).collect();
        Some(Counters { read_at: now_at, since_at: None, values, shares: Some(shares) })
    }

    async fn list_sessions(&self) -> Result<parse::Status, SourceError> {
        let mut args = vec!["--json".into()];
        if let Some(file) = &self.settings.configfile {
            let mut arg = std::ffi::OsString::from("--configfile=");
            arg.push(file);
            args.push(arg);
        }
        let answer = run_bounded(&self.settings.smbstatus, &args, self.bounds()).await?;
        parse::parse(&answer).map_err(|e| SourceError(format!("the answer of smbstatus could not be read: {e}")))
    }

    /// Reads the limit and the settings every few minutes; yields the facts when they changed.
    async fn read_conf_when_due(&mut self, now_at: i64, version: &str) -> Option<HostFacts> {
        if !is_due(self.conf_read_at, now_at, CONF_EVERY_MS) {
            return None;
        }
        self.conf_read_at = Some(now_at);
        let mut values = Vec::new();
        for name in facts::PARAMETERS {
            values.push((name, self.parameter(name).await));
        }
        self.limit = facts::limit_from(values.first().and_then(|(_, v)| v.as_deref()));
        let port = self.parameter("smb ports").await;
        self.port = facts::port_from(port.as_deref()).unwrap_or(SMB_PORT);
        let read = facts::host_facts(version, &values);
        if self.facts.as_ref() == Some(&read) {
            return None;
        }
        self.facts = Some(read.clone());
        Some(HostFacts { observed_at: now_at, ..read })
    }

    /// One parameter of `smb.conf` as Samba understands it, or nothing when it cannot be read.
    async fn parameter(&self, name: &str) -> Option<String> {
        let mut args = vec!["-s".into(), format!("--parameter-name={name}").into()];
        args.extend(self.settings.configfile.iter().map(|file| file.clone().into_os_string()));
        match run_bounded(&self.settings.testparm, &args, self.bounds()).await {
            Ok(answer) => Some(String::from_utf8_lossy(&answer).trim().to_owned()),
            Err(error) => {
                tracing::warn!(parameter = name, %error, "Samba's configuration could not be read");
                None
            }
        }
    }

    fn bounds(&self) -> Bounds {
        Bounds { time_limit: self.settings.time_limit, max_output_bytes: self.settings.max_output_bytes }
    }

    fn sessions_at(&mut self, now_at: i64, listed: Vec<Listed>) -> Vec<Session> {
        let mut starts = HashMap::with_capacity(listed.len());
        let sessions = listed
            .into_iter()
            .map(|one| {
                let remembered = self.starts.get(&one.id).copied();
                let started_at = [one.started_at, remembered].into_iter().flatten().min();
                if let Some(at) = started_at {
                    starts.insert(one.id, at);
                }
                let age_secs = started_at.map(|at| u32::try_from((now_at - at).max(0) / 1000).unwrap_or(u32::MAX));
                Session { client: one.client, user: one.user, opens: Some(one.opens), age_secs, idle_secs: None }
            })
            .collect();
        self.starts = starts;
        sessions
    }
}

impl Source for Samba {
    fn name(&self) -> &'static str {
        "samba"
    }

    fn observe(&mut self, now_at: i64, sampling_secs: u32) -> Observation<'_> {
        Box::pin(self.look(now_at, sampling_secs))
    }
}

#[cfg(test)]
mod tests;
