//! How a host is spoken of.

use crate::model::agent::AgentState;
use crate::model::host::{HostNow, Level, Now};
use crate::model::limit::{Limit, LimitSource};
use crate::web::layout::{number, or_dash, percent};

/// The number that caps sessions: `20`, `none`, `unknown`.
#[must_use]
pub(in crate::web::pages) fn limit(limit: Limit) -> String {
    match limit.sessions {
        _ if limit.unlimited => "none".to_owned(),
        Some(sessions) => number(sessions),
        None => "unknown".to_owned(),
    }
}

/// Why the limit is what it is.
#[must_use]
pub(in crate::web::pages) fn limit_reason(limit: Limit, os: &str) -> String {
    match limit.source {
        LimitSource::Unknown => "Nobody knows the limit".to_owned(),
        _ if limit.unlimited => "The server sets no limit".to_owned(),
        LimitSource::Api if limit.sessions == Some(CLIENT_CAP) && is_client_edition(os) => {
            format!("{os} edition cap, read from Windows")
        }
        LimitSource::Api if os.starts_with("Windows") => "Read from Windows".to_owned(),
        LimitSource::Api => "Told by the SMB server".to_owned(),
        LimitSource::Share => "A share's own limit".to_owned(),
        LimitSource::AssumedEdition if os.is_empty() => "Cap of the edition".to_owned(),
        LimitSource::AssumedEdition => format!("{os} edition cap"),
        LimitSource::AdminOverride => "Set by an administrator".to_owned(),
        LimitSource::SambaConf => "max smbd processes in smb.conf".to_owned(),
    }
}

/// What Windows 10 and 11 allow in every edition.
const CLIENT_CAP: u32 = 20;

fn is_client_edition(os: &str) -> bool {
    ["Windows 10", "Windows 11"].iter().any(|name| os.starts_with(name))
}

/// The state in a table: `Full`, `97 %`, `Silent`, `No limit`, `Limit unknown`, `No report yet`.
#[must_use]
pub(in crate::web::pages) fn state(host: &HostNow, level: Level) -> String {
    let saturation = now(host).and_then(Now::saturation);
    match level {
        Level::Full => "Full".to_owned(),
        Level::Silent => "Silent".to_owned(),
        Level::Unlimited => "No limit".to_owned(),
        Level::Watch | Level::Calm => or_dash(saturation.map(percent)),
        Level::Unknown if now(host).is_none() => "No report yet".to_owned(),
        Level::Unknown => "Limit unknown".to_owned(),
    }
}

/// The newest snapshot, if there is one.
#[must_use]
pub(in crate::web::pages) fn now(host: &HostNow) -> Option<&Now> {
    host.state.as_ref()?.now.as_ref()
}

/// What keeps the agent from pushing, if anything does.
#[must_use]
pub(in crate::web::pages) fn agent_trouble(state: Option<AgentState>) -> Option<&'static str> {
    match state {
        Some(AgentState::Approved) => None,
        Some(AgentState::Pending) => Some("waits for approval"),
        Some(AgentState::Conflict) => Some("identity conflict"),
        Some(AgentState::Revoked) => Some("revoked"),
        Some(AgentState::Banned) => Some("banned"),
        None => Some("no agent"),
    }
}

/// The wire's word for why something is missing, in words.
#[must_use]
pub(in crate::web::pages) fn gap_reason(reason: &str) -> &'static str {
    match reason {
        "spool_full" => "the agent's spool was full",
        "spool_corrupt" => "records in the agent's spool were damaged",
        "log_cleared" => "the event log was cleared",
        "log_wrapped" => "the event log overwrote records",
        "source_failed" => "the host did not answer its agent",
        "agent_stopped" => "agent stopped or host asleep",
        "refused" => "the server refused records",
        _ => "reason unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_none_and_one_that_is_unknown_are_different_things() {
        let none = Limit { sessions: None, unlimited: true, source: LimitSource::Api };
        assert_eq!((limit(none), limit(Limit::UNKNOWN)), ("none".to_owned(), "unknown".to_owned()));
        assert_ne!(limit_reason(none, ""), limit_reason(Limit::UNKNOWN, ""));
    }
}
