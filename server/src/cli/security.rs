//! `highwater doctor security`: what is weak in this installation, and how to mend it. Promises:
//!
//! 1. It only looks, but for bringing the tables of a database up to date, as every command does; and it prints no secret.
//! 2. FAIL is what somebody else can use now: another person of this machine, or of the network. WARN is what may be meant so, or is no
//!    weakness yet.
//! 3. Each check has a word that stays, so that programs can compare what was found.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use super::{all_said, block_on, say, say_aside};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Db;

mod certificates;
mod files;
mod keys;
mod settings;
mod stored;

/// Names that one line tells.
const MOST_NAMED: usize = 5;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Pass,
    Warn,
    Fail,
}

/// What was found of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    found: String,
    /// What to do; none if nothing is to be done.
    remedy: Option<String>,
}

impl Finding {
    fn pass(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Pass, found: found.into(), remedy: None }
    }

    fn warn(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warn, found: found.into(), remedy: Some(remedy.into()) }
    }

    fn fail(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Fail, found: found.into(), remedy: Some(remedy.into()) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Pass => "PASS",
            Verdict::Warn => "WARN",
            Verdict::Fail => "FAIL",
        };
        write!(f, "{word} {}: {}", self.check, self.found)?;
        self.remedy.iter().try_for_each(|remedy| write!(f, ". {remedy}"))
    }
}

/// Prints what was found; fails if something is a FAIL.
pub(super) fn run(file: Option<&Path>, as_json: bool) -> ExitCode {
    let now_at = Clock::system().now_at();
    let mut findings = Vec::new();
    let looked = block_on(async {
        findings = examine(file, now_at).await;
        Ok(())
    });
    let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Pass);
    let told = looked.and_then(|()| if as_json { tell_json(&findings, worst, now_at) } else { tell(&findings) });
    match told {
        Ok(()) if worst < Verdict::Fail => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            say_aside(format_args!("highwater: {}", all_said(&error)));
            ExitCode::FAILURE
        }
    }
}

fn tell(findings: &[Finding]) -> anyhow::Result<()> {
    findings.iter().try_for_each(say)?;
    let of = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    say(format_args!("{} FAIL, {} WARN, {} PASS", of(Verdict::Fail), of(Verdict::Warn), of(Verdict::Pass)))
}

fn tell_json(findings: &[Finding], worst: Verdict, now_at: i64) -> anyhow::Result<()> {
    let all = json!({ "checked_at": now_at, "verdict": worst, "findings": findings });
    say(serde_json::to_string_pretty(&all)?)
}

async fn examine(file: Option<&Path>, now_at: i64) -> Vec<Finding> {
    let config = match Config::load(file) {
        Ok((config, _)) => config,
        Err(error) => {
            let said = error.to_string().replace('\n', "; ");
            return vec![Finding::fail("settings", said, "Correct them; nothing else can be looked at before")];
        }
    };
    let mut findings = settings::look(&config);
    findings.extend(files::look(&config));
    findings.extend(certificates::look(&config, now_at));
    findings.extend(in_store(&config, now_at).await);
    findings
}

async fn in_store(config: &Config, now_at: i64) -> Vec<Finding> {
    if files::is_database_missing(config) {
        return vec![Finding::pass("database", "it will be made at the first start")];
    }
    let remedy = "`highwater doctor` says more; what is stored was not looked at";
    let db = match Db::open(&config.database_address()).await {
        Ok(db) => db,
        Err(error) => return vec![Finding::fail("database", error.to_string(), remedy)],
    };
    let found = stored::look(&db, config, now_at).await;
    db.close().await;
    found.unwrap_or_else(|error| vec![Finding::fail("database", error.to_string(), remedy)])
}

/// How many there are and the first ones by name, quoted, since names come from outside; none if there is none.
fn named(names: impl Iterator<Item = String>) -> Option<(usize, String)> {
    let names: Vec<String> = names.collect();
    let first: Vec<String> = names.iter().take(MOST_NAMED).map(|name| format!("{name:?}")).collect();
    let more = names.len().saturating_sub(MOST_NAMED);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| (names.len(), format!("{}{tail}", first.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_found_and_what_to_do() {
        let finding = Finding::warn("metrics", "anybody here reads them", "Set a token");
        assert_eq!(finding.to_string(), "WARN metrics: anybody here reads them. Set a token");
        assert_eq!(
            Finding::pass("metrics", "only who has the token").to_string(),
            "PASS metrics: only who has the token"
        );
        assert_eq!(serde_json::to_value(&finding).unwrap()["verdict"], "warn");
        assert!(Verdict::Fail > Verdict::Warn && Verdict::Warn > Verdict::Pass);
    }

    #[test]
    fn a_few_are_named_the_others_counted_and_nothing_reaches_the_terminal_raw() {
        let of = |names: &[&str]| named(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["a\u{1b}[2J"]), Some((1, "\"a\\u{1b}[2J\"".to_owned())));
        assert_eq!(
            of(&["1", "2", "3", "4", "5", "6"]).unwrap(),
            (6, "\"1\", \"2\", \"3\", \"4\", \"5\" and 1 more".to_owned())
        );
    }
}
