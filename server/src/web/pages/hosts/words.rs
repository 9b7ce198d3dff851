//! How a host is spoken of.

use crate::locale::Locale;
use crate::model::agent::AgentState;
use crate::model::gap;
use crate::model::host::{HostNow, Level, Now};
use crate::model::limit::{Limit, LimitSource};
use crate::web::layout::Mark;

/// The number that caps sessions: `20`, `none`, `unknown`.
#[must_use]
pub(in crate::web::pages) fn limit(locale: &Locale, limit: Limit) -> String {
    capped(locale, limit.sessions, limit.unlimited)
}

/// The same of anything that may have a cap.
#[must_use]
pub(super) fn capped(locale: &Locale, most: Option<u32>, is_unlimited: bool) -> String {
    match most {
        _ if is_unlimited => locale.say("chart-limit-none").into(),
        Some(most) => locale.number(most),
        None => locale.say("chart-limit-not-known").into(),
    }
}

/// Why the limit is what it is.
#[must_use]
pub(in crate::web::pages) fn limit_reason(locale: &Locale, limit: Limit, os: &str) -> String {
    let id = match limit.source {
        LimitSource::Unknown => "host-limit-unknown",
        _ if limit.unlimited => "host-limit-none-set",
        LimitSource::Api if limit.sessions == Some(CLIENT_CAP) && is_client_edition(os) => "host-limit-edition-read",
        LimitSource::Api if os.starts_with("Windows") => "host-limit-windows",
        LimitSource::Api => "host-limit-told",
        LimitSource::Share => "host-limit-share",
        LimitSource::AssumedEdition if os.is_empty() => "host-limit-some-edition",
        LimitSource::AssumedEdition => "host-limit-edition",
        LimitSource::AdminOverride => "host-limit-administrator",
        LimitSource::SambaConf => "host-limit-samba",
    };
    locale.say(id).with("os", os).into()
}

/// What Windows 10 and 11 allow in every edition.
const CLIENT_CAP: u32 = 20;

fn is_client_edition(os: &str) -> bool {
    ["Windows 10", "Windows 11"].iter().any(|name| os.starts_with(name))
}

/// The state in a table: `Full`, `97 %`, `Silent`, `No limit`, `Limit unknown`, `No report yet`.
#[must_use]
pub(in crate::web::pages) fn state(locale: &Locale, host: &HostNow, level: Level) -> String {
    let saturation = now(host).and_then(Now::saturation);
    match level {
        Level::Watch | Level::Calm => locale.or_dash(saturation.map(|share| locale.percent(share))),
        Level::Unknown if now(host).is_none() => locale.say("host-no-report").into(),
        _ => locale.say(Mark::of(level).word_id).into(),
    }
}

/// The newest snapshot, if there is one.
#[must_use]
pub(in crate::web::pages) fn now(host: &HostNow) -> Option<&Now> {
    host.state.as_ref()?.now.as_ref()
}

/// What keeps the agent from pushing, if anything does.
#[must_use]
pub(in crate::web::pages) fn agent_trouble(locale: &Locale, state: Option<AgentState>) -> Option<String> {
    let id = match state {
        Some(AgentState::Approved) => return None,
        Some(AgentState::Pending) => "host-agent-pending",
        Some(AgentState::Conflict) => "host-agent-conflict",
        Some(AgentState::Revoked) => "host-agent-revoked",
        Some(AgentState::Banned) => "host-agent-banned",
        None => "host-agent-none",
    };
    Some(locale.say(id).into())
}

/// The wire's word for why something is missing, in words.
#[must_use]
pub(in crate::web) fn gap_reason(locale: &Locale, reason: &str) -> String {
    let id = match reason {
        "spool_full" => "host-gap-spool-full",
        "spool_corrupt" => "host-gap-spool-corrupt",
        "log_cleared" => "host-gap-log-cleared",
        "log_wrapped" => "host-gap-log-wrapped",
        "source_failed" => "host-gap-source-failed",
        "agent_stopped" => "host-gap-agent-stopped",
        "refused" => "host-gap-refused",
        gap::EVENTS_LEFT_OUT => "host-gap-events-left-out",
        _ => "host-gap-unknown",
    };
    locale.say(id).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, Zone};

    #[test]
    fn a_limit_that_is_none_and_one_that_is_unknown_are_different_things() {
        let (locale, none) = (Locale::machine(), Limit { sessions: None, unlimited: true, source: LimitSource::Api });
        let said = [none, Limit::UNKNOWN].map(|of| limit(&locale, of));
        assert_eq!(said, ["none", "unknown"]);
        assert_ne!(limit_reason(&locale, none, ""), limit_reason(&locale, Limit::UNKNOWN, ""));
    }

    #[test]
    fn an_edition_s_cap_is_told_with_its_name() {
        let locale = Locale::new(Lang::French, Zone::utc());
        let cap = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };
        let said = limit_reason(&locale, cap, "Windows 11 Pro");
        assert_eq!(said, "Plafond de l’édition Windows 11 Pro, lu dans Windows");
    }
}
