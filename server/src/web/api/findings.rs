//! Rules that hold on hosts, or held.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Instant;
use super::query::{Query, Result};
use crate::findings::{self, Restart};
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::finding::{Finding, Severity};
use crate::store;
use crate::store::findings::FindingFilter;
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::finding;

#[derive(Debug, Serialize)]
pub struct FindingsBody {
    /// Worst first; those that are gone newest first.
    findings: Vec<FindingBody>,
    /// Give it as `skip` to get the next ones; null at the end.
    next: Option<u32>,
}

#[derive(Debug, Serialize)]
pub struct FindingBody {
    id: i64,
    host_id: i64,
    host: String,
    /// `CFG-07`.
    rule: String,
    /// `critical`, `high`, `medium`, `low`, `info`.
    severity: &'static str,
    /// Null for a rule that this version does not know, as are the next four.
    title: Option<&'static str>,
    why: Option<&'static str>,
    remedy: Option<&'static str>,
    /// `PowerShell` for a person to run on the host.
    command: Option<&'static str>,
    restart_needed: Option<bool>,
    /// What was found.
    detail: String,
    since: Instant,
    /// Null while it holds.
    gone_at: Option<Instant>,
}

/// `GET /api/v1/findings?host&rule&severity&state&limit&skip`
pub async fn index(_: SignedIn, State(site): State<Site>, mut query: Query) -> Result<Json<FindingsBody>> {
    let words = Severity::ALL.map(Severity::word).join(", ");
    let state = |word: &str| match word {
        "holding" => Some(false),
        "gone" => Some(true),
        _ => None,
    };
    let filter = FindingFilter {
        host: query.number("host")?.map(HostId),
        rule: query.text("rule"),
        severity: query.parsed("severity", &format!("one of {words}"), Severity::from_word)?,
        gone: query.parsed("state", "holding or gone", state)?.unwrap_or(false),
        skip: query.number("skip")?.unwrap_or(0),
        most: query.limit(100, 1_000)?,
    };
    query.done()?;
    let found = store::findings::list(&site.db, &filter).await?;
    let is_full = found.len() >= filter.most as usize;
    let next = is_full.then(|| filter.skip.saturating_add(filter.most));
    Ok(Json(FindingsBody { findings: found.into_iter().map(finding_body).collect(), next }))
}

fn finding_body(finding: Finding) -> FindingBody {
    let rule = findings::rule(&finding.rule);
    FindingBody {
        id: finding.id,
        host_id: finding.host.0,
        host: finding.host_name,
        severity: finding.severity.word(),
        title: rule.map(|rule| rule.title),
        why: rule.map(|rule| rule.why),
        remedy: rule.map(|rule| rule.remedy),
        command: rule.map(|rule| rule.command).filter(|command| !command.is_empty()),
        restart_needed: rule.map(|rule| rule.restart != Restart::No),
        rule: finding.rule,
        detail: finding::detail(&finding.detail, &Locale::machine()),
        since: Instant(finding.since_at),
        gone_at: finding.gone_at.map(Instant),
    }
}
