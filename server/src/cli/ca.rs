//! `highwater ca`: the server's own authority, and the one that takes over from it.

use std::path::Path;

use jiff::Timestamp;

use super::{open, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::agent::AgentState;
use crate::model::time::DAY_MS;
use crate::store::agents;
use crate::tls::own::{self, Next};

/// Agents that are told one by one.
const MOST_TOLD: usize = 20;

/// Makes the next authority.
pub(super) fn rotate(file: Option<&Path>, overlap_days: u32) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let next = own::rotate(&config, overlap_days, Clock::system().now_at())?;
    say(format_args!("The new authority has the SHA-256 fingerprint {}", next.authority.fingerprint))?;
    say(format_args!(
        "It takes over on {}. Until then agents may know either; servers take it from here by themselves",
        day(next.until_at)
    ))?;
    say("Agents that push until then learn of it. Browsers have to be given it, as they were given the one before:")?;
    say(config.data_dir.join("tls/next/ca.pem").display())
}

/// Lets it take over now.
pub(super) fn finish(file: Option<&Path>) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let next = own::finish(&config, Clock::system().now_at())?;
    say(format_args!(
        "The authority {} takes over now, and the one before is believed no more",
        next.authority.fingerprint
    ))?;
    say("Agents that did not push since it was made have to be given its fingerprint: --pin, or the policy")
}

/// Takes it back.
pub(super) fn cancel(file: Option<&Path>) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let authority = own::cancel(&config)?;
    say(format_args!("The authority {} takes over no more", authority.fingerprint))?;
    say("Agents that were installed with its fingerprint have to be given the one that stays")
}

/// Says who signs, and who takes over.
pub(super) async fn status(file: Option<&Path>) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let now_at = Clock::system().now_at();
    let (authority, expires_at, next) = own::status(&config)?;
    let days = (expires_at - now_at) / DAY_MS;
    say(format_args!("Signs: {}, good for {days} more days", authority.fingerprint))?;
    match next {
        None => say("No other one is to take over"),
        Some(next) => {
            say(format_args!("Takes over on {}: {}", day(next.until_at), next.authority.fingerprint))?;
            behind(&config, &next).await
        }
    }
}

/// Which agents cannot know of it yet.
async fn behind(config: &Config, next: &Next) -> anyhow::Result<()> {
    let db = open(config).await?;
    let all = agents::list(&db).await?;
    db.close().await;
    let is_behind = |seen_at: Option<i64>| seen_at.is_none_or(|at| at < next.made_at);
    let approved = all.iter().filter(|agent| agent.state == AgentState::Approved);
    let behind: Vec<String> =
        approved.filter(|agent| is_behind(agent.seen_at)).map(|agent| format!("{:?}", agent.name)).collect();
    let more = behind.len().saturating_sub(MOST_TOLD);
    say(match behind.len() {
        0 => "Every agent was heard since it was made".to_owned(),
        n => {
            let named = behind[..n.min(MOST_TOLD)].join(", ");
            let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{n} agents were not heard since it was made: {named}{tail}")
        }
    })
}

/// UTC.
fn day(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string())
}
