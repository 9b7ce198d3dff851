//! Rules that hold on hosts, or held.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use super::list::Table;
use super::query::{Query, Result};
use crate::findings::{self, Restart};
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::finding::{Finding, Severity};
use crate::store;
use crate::store::findings::FindingFilter;
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::finding;
use crate::web::sight::Sees;

#[derive(Debug, Serialize, ToSchema)]
pub struct FindingsBody {
    /// Worst first; those that are gone newest first.
    findings: Vec<FindingBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
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

const TABLE: Table = Table {
    rows: "findings",
    columns: &[
        "id",
        "host_id",
        "host",
        "rule",
        "severity",
        "title",
        "detail",
        "remedy",
        "restart_needed",
        "since",
        "gone_at",
    ],
};

/// Rules that hold on hosts, or held.
///
/// Worst first; those that are gone newest first.
#[utoipa::path(
    get, path = "/api/v1/findings", operation_id = "listFindings", tag = "findings",
    params(
        ("host" = Option<i64>, Query, description = "Only those of the host with this id."),
        ("rule" = Option<String>, Query, description = "Only those of this rule, such as CFG-07.", example = "CFG-07"),
        ("severity" = Option<String>, Query, description = "Only those of this severity."),
        ("state" = Option<String>, Query, description = "Those that hold, or those that are gone; those that hold if it is not said."),
        ("limit" = Option<u32>, Query, description = "How many at most; 100 if it is not said.", minimum = 1, maximum = 1000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Findings", content((FindingsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Read>, sees: Sees, State(site): State<Site>, mut query: Query) -> Result<Response> {
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
        sight: sees.sight().clone(),
        skip: query.place()?.map_or(0, |place| u32::try_from(place).unwrap_or(u32::MAX)),
        most: query.limit(100, 1_000)?,
    };
    let how = query.done()?;
    let found = store::findings::list(&site.db, &filter).await?;
    let is_full = found.len() >= filter.most as usize;
    let next = is_full.then(|| filter.skip.saturating_add(filter.most).to_string());
    let body = FindingsBody { findings: found.into_iter().map(finding_body).collect(), next };
    Ok(how.list(&body, TABLE, body.next.as_deref()))
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
