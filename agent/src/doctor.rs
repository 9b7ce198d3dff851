//! Finds out why an agent does not do its work: each check passes, or says what to do.

mod host;
mod network;

use std::fmt;

use crate::agent;
use crate::clock::Clock;
use crate::config::{self, ConfigError, Partial, Place, Settings};
use crate::identity::Identity;
use crate::source::Source;

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub check: &'static str,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Pass(String),
    /// Works, but is worth a look.
    Warn(String),
    Fail {
        what: String,
        fix: String,
    },
}

impl Finding {
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Fail { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Pass(what) => writeln!(f, "PASS  {:10} {what}", self.check),
            Outcome::Warn(what) => writeln!(f, "WARN  {:10} {what}", self.check),
            Outcome::Fail { what, fix } => writeln!(f, "FAIL  {:10} {what}\n      fix: {fix}", self.check),
        }
    }
}

fn pass(check: &'static str, what: impl Into<String>) -> Finding {
    Finding { check, outcome: Outcome::Pass(what.into()) }
}

fn warn(check: &'static str, what: impl Into<String>) -> Finding {
    Finding { check, outcome: Outcome::Warn(what.into()) }
}

fn fail(check: &'static str, what: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { check, outcome: Outcome::Fail { what: what.into(), fix: fix.into() } }
}

/// Examines everything, in the order in which one thing needs the other. Stops nothing and changes nothing.
pub async fn examine(
    settings: Result<Settings, ConfigError>,
    source: Option<Result<Box<dyn Source>, String>>,
) -> Vec<Finding> {
    let clock = Clock::system();
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return vec![fail("settings", error.to_string(), "correct the settings, then run this again")],
    };
    let mut findings = vec![pass("settings", format!("server {}, source {}", settings.server, settings.source))];
    findings.push(host::data_dir(&settings.data_dir));
    if let Some(source) = source {
        findings.push(host::source(source, &clock).await);
    }
    let identity = Identity::load(&settings.data_dir);
    let key = identity.as_ref().ok().and_then(|i| i.as_ref()?.enrolled.as_ref()).map(|m| m.key.clone());
    match agent::client(&settings, clock.clone()) {
        Ok(client) => findings.extend(network::reach(&client, key.as_deref(), &clock).await),
        Err(error) => {
            findings.push(fail("tls", error.to_string(), "correct --server, --ca or --pin"));
        }
    }
    findings.push(host::identity(&settings, &identity));
    findings.extend(host::spool(&settings, &clock));
    findings
}

/// Each setting that some place speaks of, where it comes from, and who was overruled.
pub fn explained(places: &[(Place, Partial)]) -> impl Iterator<Item = String> {
    config::explain(places).into_iter().map(|setting| {
        let others: Vec<_> = setting.overruled.iter().map(|place| place.words()).collect();
        let lost = if others.is_empty() { String::new() } else { format!("; overruled: {}", others.join(", ")) };
        format!("      {} = {}, from {}{lost}\n", setting.name, setting.value, setting.from.words())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_check_is_made_even_if_those_before_it_fail() {
        let dir = tempfile::tempdir().unwrap();
        // Port 9 of the loopback address: nobody listens there.
        let settings = Settings::new("https://127.0.0.1:9", dir.path().join("data"));
        let findings = examine(Ok(settings), Some(Err("there is no source".into()))).await;
        let failed: Vec<_> = findings.iter().filter(|f| f.is_failure()).map(|f| f.check).collect();
        assert_eq!(failed, ["source", "tcp", "enrolment"]);
        let text: String = findings.iter().map(ToString::to_string).collect();
        assert!(text.lines().filter(|l| l.trim_start().starts_with("fix: ")).count() == failed.len(), "{text}");
        assert!(!dir.path().join("data/identity.json").exists(), "a doctor changes nothing");
    }

    #[tokio::test]
    async fn without_settings_nothing_else_is_looked_at() {
        let findings = examine(Err(ConfigError::NoServer), None).await;
        assert_eq!(findings.len(), 1);
        assert!(findings[0].is_failure());
    }
}
