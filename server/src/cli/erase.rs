//! `highwater erase`.

use std::path::Path;

use super::{EraseCommand, open, say, trail};
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::erasure::remove_remains;
use crate::store::rank::By;
use crate::tasks::erasure::{erase, pseudonymise_users};

/// Erases, and says what was there and what is not reached from here.
pub(super) async fn run(file: Option<&Path>, what: EraseCommand, rewrite: bool) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let (db, trail) = (open(&config).await?, trail(&Clock::system()));
    let erased = match what {
        EraseCommand::Client { name } => erase(&db, &trail, By::Client, &asked(name)?).await?,
        EraseCommand::User { name } => erase(&db, &trail, By::User, &asked(name)?).await?,
        EraseCommand::Users => {
            let key = app::pseudonym_key(&db, &app::keys(&config)?).await?;
            pseudonymise_users(&db, &trail, &key).await?
        }
    };
    remove_remains(&db, rewrite).await?;
    db.close().await;
    say(format_args!("{} names were replaced, and the texts of {} events.", erased.names, erased.events))?;
    if !erased.also.is_empty() {
        say(format_args!(
            "The same client is also known by names that were merged with it. Erase those too: {}.",
            erased.also.join(", ")
        ))?;
    }
    if !erased.patterns.is_empty() {
        say(format_args!(
            "These patterns of class rules still hold a name, and match others too. Change them under Settings, Classes: {}.",
            erased.patterns.join(", ")
        ))?;
    }
    if !rewrite {
        say("Free space of the database may still hold older copies: --rewrite removes those too.")?;
    }
    say(
        "Backups, forwarded logs and queues of agents are not reached from here: a name that is sent again is a new one.",
    )
}

fn asked(name: String) -> anyhow::Result<String> {
    anyhow::ensure!(!name.is_empty(), "the empty name stands for nobody and cannot be erased");
    Ok(name)
}
