//! `highwater secrets`: what the store keeps sealed, and changing the key.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context as _;

use super::{RotateArgs, open, say, say_aside, trail};
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::audit::{Action, Deed, Outcome, Subject, SubjectKind};
use crate::model::sealing::Spot;
use crate::sealed::{self, KeyError, Keys};
use crate::store::{self, Db, audit};
use crate::tasks::sealing::{self, Sealing};

/// What was begun with a key before it was taken off the top may be stored so long after.
const GRACE: Duration = Duration::from_secs(60);
/// Where the keys are if they are in no file.
const SETTING: &str = "the setting secrets_key";

/// A new key, for whoever keeps the keys elsewhere than in a file of ours.
pub(super) fn new_key() -> anyhow::Result<()> {
    say_aside("A new key, shown this once. It opens whatever is sealed with it:");
    say(sealed::fresh()?)
}

/// Which key sealed how much.
pub(super) async fn status(file: Option<&Path>) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let keys = app::keys(&config)?;
    let db = open(&config).await?;
    let counts = sealing::by_key(&db).await?;
    db.close().await;
    for (n, id) in keys.ids().iter().enumerate() {
        let word = if n == 0 { "seals" } else { "only opens" };
        say(format_args!("key {id} {word}: {} secrets are sealed with it", counts.get(id).unwrap_or(&0)))?;
    }
    let missing = counts.iter().filter(|(id, _)| !keys.ids().contains(id));
    for (id, count) in missing {
        say(format_args!("key {id} is missing: {count} secrets are sealed with it, and nobody can open them"))?;
    }
    Ok(())
}

/// Changes the key, or goes on with it.
pub(super) async fn rotate(file: Option<&Path>, asked: RotateArgs) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let path = config.secrets_key_file();
    let is_file = config.secrets_key.is_none();
    // Before anything is changed: what cannot be written down is not done.
    let db = open(&config).await?;
    let done = change(&db, &config, (path.as_path(), is_file), &asked).await;
    db.close().await;
    done
}

async fn change(db: &Db, config: &Config, (path, is_file): (&Path, bool), asked: &RotateArgs) -> anyhow::Result<()> {
    if !asked.resume && !asked.retire {
        anyhow::ensure!(
            is_file,
            "the keys are in {SETTING}: put a new one (`highwater secrets new-key`) before them, start the servers again, and run \
             `highwater secrets rotate --resume`"
        );
        // Made at the first start of a server, and here if there was none yet.
        app::keys(config)?;
        let id = add(db, path).await?;
        say(format_args!("{}: the new key {id} is on top; servers take it from there by themselves", path.display()))?;
    }
    let keys = app::keys(config)?;
    let done = sealing::seal_again(db, &keys).await?;
    if done.again > 0 {
        note(db, &of(Action::SecretsSealed).after("key", keys.id()).after("secrets", done.again)).await?;
    }
    tell(&done, &keys)?;
    if asked.retire { retire(db, &keys, is_file.then_some(path)).await } else { Ok(()) }
}

/// Puts a new key on top of the file. Answers what names it.
async fn add(db: &Db, path: &Path) -> anyhow::Result<String> {
    let deed = of(Action::SecretsKeyAdded);
    let begun = deed.clone().with(Outcome::Begun);
    note(db, &begun).await?;
    let added = sealed::add(path);
    note(db, &ended(deed, &added, |deed, id| deed.after("key", id))).await?;
    Ok(added?)
}

fn of(action: Action) -> Deed {
    Deed::new(action, Subject::new(SubjectKind::Secrets, None, ""))
}

/// What came of a change of the file, which was told as begun.
fn ended<T>(deed: Deed, done: &Result<T, KeyError>, told: impl FnOnce(Deed, &T) -> Deed) -> Deed {
    match done {
        Ok(done) => told(deed, done),
        Err(_) => deed.with(Outcome::Failed),
    }
}

/// Writes it down in the audit log.
async fn note(db: &Db, deed: &Deed) -> store::Result<()> {
    let mut tx = db.begin().await?;
    audit::record(&mut tx, &trail(&Clock::system()), deed).await?;
    tx.commit().await
}

/// Says what came of it, and fails if something cannot be opened.
fn tell(done: &Sealing, keys: &Keys) -> anyhow::Result<()> {
    let id = keys.id();
    say(format_args!("{} secrets were sealed again with the key {id}; {} were already", done.again, done.already))?;
    for (spot, error) in &done.lost {
        say_aside(format_args!("{}: {error}", place(spot)));
    }
    let lost = done.lost.len();
    anyhow::ensure!(lost == 0, "{lost} secrets could not be opened, and stay as they are");
    Ok(())
}

fn place(spot: &Spot) -> String {
    match spot {
        Spot::Webhook { of, .. } => format!("the signing secret of webhook {of}"),
        Spot::Connector(id) => format!("the password of ticket system {id}"),
        Spot::SecondFactor(account) => format!("the second factor of account {account}"),
        Spot::SignOutHint(_) => "by what a provider knows whom to sign out".to_owned(),
        Spot::Answer(_) => "an answer that is kept for a day".to_owned(),
        Spot::Pseudonyms => "the key of pseudonyms".to_owned(),
    }
}

/// Takes the keys away that nothing is sealed with any more. `path`: of their file, if there is one.
async fn retire(db: &Db, keys: &Keys, path: Option<&Path>) -> anyhow::Result<()> {
    if let Some(path) = path {
        let changed_ms = changed_at(path)?;
        let since_ms = Clock::system().now_at() - changed_ms;
        anyhow::ensure!(
            since_ms >= i64::try_from(GRACE.as_millis())?,
            "the keys were changed less than {} seconds ago: what is under way may be sealed with an older one. Wait, and run this again",
            GRACE.as_secs()
        );
    }
    let current = keys.id();
    let counts = sealing::by_key(db).await?;
    let older: usize = counts.iter().filter(|(id, _)| **id != current).map(|(_, count)| count).sum();
    anyhow::ensure!(older == 0, "{older} secrets are sealed with older keys yet: run this again");
    let Some(path) = path else {
        return say(format_args!("Nothing is sealed with older keys: take those behind the first out of {SETTING}"));
    };
    let older: Vec<String> = keys.ids().into_iter().filter(|id| *id != current).collect();
    let deed = of(Action::SecretsKeysRetired).before("keys", older.join(" ")).after("key", &current);
    if !older.is_empty() {
        // First: once they are gone, nobody can tell any more which they were.
        note(db, &deed.clone().with(Outcome::Begun)).await?;
    }
    let retired = sealed::retire(path, &current);
    if !older.is_empty() {
        note(db, &ended(deed, &retired, |deed, gone| deed.after("gone", gone))).await?;
    }
    let gone = retired?;
    say(format_args!("{gone} older keys are gone from {}", path.display()))?;
    say("Backups of the database from before need them: only a copy of the file from before has them yet")
}

fn changed_at(path: &Path) -> anyhow::Result<i64> {
    let modified = std::fs::metadata(path).and_then(|found| found.modified());
    let modified = modified.with_context(|| format!("{} cannot be looked at", path.display()))?;
    Ok(i64::try_from(modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis())?)
}
