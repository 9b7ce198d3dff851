//! `highwater ca`: the server's own authority, and the one that takes over from it. What is changed is written down in
//! the audit log: that it begins before a file changes, and then what came of it.

use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use super::{open, say, trail};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::agent::AgentState;
use crate::model::audit::{Action, Deed, Outcome, Subject, SubjectKind};
use crate::model::time::DAY_MS;
use crate::store::{self, Db, agents, audit};
use crate::tls::TlsError;
use crate::tls::own::{self, Next};

/// Agents that are told one by one.
const MOST_TOLD: usize = 20;

/// Makes the next authority.
pub(super) async fn rotate(file: Option<&Path>, overlap_days: u32) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    // Before anything is changed: what cannot be written down is not done.
    let db = open(&config).await?;
    let made =
        |next: &Next| of(Action::AuthorityMade, &next.authority.fingerprint).after("takes_over", day(next.until_at));
    let rotate = || own::rotate(&config, overlap_days, Clock::system().now_at());
    let next = around(&db, of(Action::AuthorityMade, ""), rotate, made).await;
    db.close().await;
    let next = next?;
    say(format_args!("The new authority has the SHA-256 fingerprint {}", next.authority.fingerprint))?;
    say(format_args!(
        "It takes over on {}. Until then agents may know either; servers take it from here by themselves",
        day(next.until_at)
    ))?;
    say("Agents that push until then learn of it, and believe nothing else afterwards: back up the folder tls anew")?;
    say("Browsers have to be given it, as they were given the one before:")?;
    say(config.data_dir.join("tls/next/ca.pem").display())
}

/// Lets it take over now. `is_forced`: even if agents are left behind.
pub(super) async fn finish(file: Option<&Path>, is_forced: bool) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let db = open(&config).await?;
    if let Some(next) = own::status(&config)?.2 {
        let behind = behind(&db, &next).await?;
        anyhow::ensure!(
            behind.is_empty() || is_forced,
            "{}. They would not believe this server any more, until they are given the new fingerprint. Wait for them, or say \
             --leave-behind",
            told(&behind)
        );
    }
    let deed = of(Action::AuthorityFinished, &own::announced(&config)?.fingerprint);
    let finish = || own::finish(&config, Clock::system().now_at());
    let next = around(&db, deed.clone(), finish, |_| deed).await;
    db.close().await;
    let next = next?;
    say(format_args!(
        "The authority {} takes over now, and the one before is believed no more",
        next.authority.fingerprint
    ))?;
    say("Agents that did not push since it was made have to be given its fingerprint: --pin, or the policy")
}

/// Takes it back.
pub(super) async fn cancel(file: Option<&Path>) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let db = open(&config).await?;
    let deed = of(Action::AuthorityTakenBack, &own::announced(&config)?.fingerprint);
    let authority = around(&db, deed.clone(), || own::cancel(&config), |_| deed).await;
    db.close().await;
    let authority = authority?;
    say(format_args!("The authority {} takes over no more", authority.fingerprint))?;
    say("Agents that were installed with its fingerprint have to be given the one that stays")
}

fn of(action: Action, fingerprint: &str) -> Deed {
    Deed::new(action, Subject::new(SubjectKind::Authority, None, fingerprint))
}

/// Writes down that it begins, does it, and writes down what came of it: of one that is killed in between it is known that it was begun.
async fn around<T>(
    db: &Db,
    deed: Deed,
    act: impl FnOnce() -> Result<T, TlsError>,
    done: impl FnOnce(&T) -> Deed,
) -> anyhow::Result<T> {
    note(db, &deed.clone().with(Outcome::Begun)).await?;
    let acted = act();
    let ended = acted.as_ref().map_or_else(|_| deed.with(Outcome::Failed), done);
    note(db, &ended)
        .await
        .context("the audit log says only that it was begun; `highwater ca status` says what holds")?;
    Ok(acted?)
}

async fn note(db: &Db, deed: &Deed) -> store::Result<()> {
    let mut tx = db.begin().await?;
    audit::record(&mut tx, &trail(&Clock::system()), deed).await?;
    tx.commit().await
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
            let db = open(&config).await?;
            let behind = behind(&db, &next).await?;
            db.close().await;
            say(told(&behind))
        }
    }
}

/// Which agents cannot know of it yet, by name.
pub(super) async fn behind(db: &Db, next: &Next) -> store::Result<Vec<String>> {
    let is_behind = |seen_at: Option<i64>| seen_at.is_none_or(|at| at < next.made_at);
    let approved = agents::list(db).await?.into_iter().filter(|agent| agent.state == AgentState::Approved);
    Ok(approved.filter(|agent| is_behind(agent.seen_at)).map(|agent| agent.name).collect())
}

fn told(behind: &[String]) -> String {
    let named: Vec<String> = behind.iter().take(MOST_TOLD).map(|name| format!("{name:?}")).collect();
    let more = behind.len() - named.len();
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    match behind.len() {
        0 => "Every agent was heard since it was made".to_owned(),
        n => format!("{n} agents were not heard since it was made: {}{tail}", named.join(", ")),
    }
}

/// UTC.
fn day(at: i64) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string())
}
