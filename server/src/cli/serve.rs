use std::path::Path;

use super::{log, say};
use crate::app::{self, Running, links};
use crate::clock::Clock;
use crate::config::Config;

/// Runs the server until it is told to stop.
pub(super) async fn serve(file: Option<&Path>) -> anyhow::Result<()> {
    let (config, unknown_variables) = Config::load(file)?;
    log::start(&config.log);
    leave_no_dumps();
    for variable in unknown_variables {
        tracing::warn!(variable, "this variable means nothing to Highwater");
    }
    let clock = Clock::system();
    let running = app::start(config, clock.clone()).await?;
    greet(&running, &clock).await?;
    until_told_to_stop(&running).await?;
    running.stop().await;
    Ok(())
}

/// A dump of this process would hold every secret that it has open, for whoever collects dumps.
#[cfg(unix)]
fn leave_no_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "should this process crash, its memory may be written down, with the secrets in it");
    }
}

#[cfg(not(unix))]
fn leave_no_dumps() {}

/// What a person at a terminal needs first. It goes to standard output and not to the log, because of the link.
async fn greet(running: &Running, clock: &Clock) -> anyhow::Result<()> {
    say(format_args!("Highwater listens on {} (TLS)", running.addr))?;
    if let Some(addr) = running.plain_addr {
        say(format_args!("Highwater listens on {addr} (plain http, this machine only)"))?;
    }
    say(format_args!("Agents and browsers reach it at {}", running.public.server_url))?;
    for (n, authority) in running.public.authorities.all().iter().enumerate() {
        let which = if n == 0 { "Its own CA" } else { "The one that takes over from it" };
        say(format_args!("{which} has the SHA-256 fingerprint {}", authority.fingerprint))?;
    }
    if let Some(path) = links::first_account(&running.db, clock).await? {
        say("There is no account yet. This link makes the first administrator, once, within 24 hours:")?;
        say(format_args!("  {}{path}", running.public.server_url))?;
    }
    say("Highwater is ready")?;
    tracing::info!(
        addr = %running.addr, database = running.db.kind(), store_id = running.db.store_id(), "Highwater is ready"
    );
    Ok(())
}

#[cfg(unix)]
pub(super) async fn until_told_to_stop(running: &Running) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            _ = hang_up.recv() => running.reload_certificate(),
        }
    }
    tracing::info!("stopping");
    Ok(())
}

#[cfg(not(unix))]
pub(super) async fn until_told_to_stop(_running: &Running) -> anyhow::Result<()> {
    tokio::signal::ctrl_c().await?;
    tracing::info!("stopping");
    Ok(())
}
