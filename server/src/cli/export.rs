//! `highwater export`.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::{ExportArgs, ExportCommand, open, say, trail};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::rank::By;
use crate::web::person::{Whom, begin};

/// Writes the file, for its owner only, and says what is in it. If it fails, no file stays.
pub(super) async fn run(file: Option<&Path>, whom: ExportCommand) -> anyhow::Result<()> {
    let (by, ExportArgs { name, to }) = match whom {
        ExportCommand::Client(of) => (By::Client, of),
        ExportCommand::User(of) => (By::User, of),
    };
    let (whom, to) = (Whom { by, name }, to.as_path());
    anyhow::ensure!(!whom.name.is_empty(), "the empty name stands for nobody");
    let (config, _) = Config::load(file)?;
    let out = make(to).with_context(|| format!("{} cannot be made", to.display()))?;
    let written = write(&config, whom, out).await;
    if written.is_err() {
        // What was written is not all, and names somebody.
        let _ = std::fs::remove_file(to);
    }
    written.with_context(|| format!("{} could not be written", to.display()))?;
    say(format_args!("{} holds it. README.txt in it says what each file is, and what is not in it.", to.display()))
}

async fn write(config: &Config, whom: Whom, mut out: File) -> anyhow::Result<()> {
    let db = open(config).await?;
    let mut zip = begin(&db, &trail(&Clock::system()), whom).await?;
    while let Some(piece) = zip.pieces.recv().await {
        out.write_all(&piece)?;
    }
    let told = zip.done.await?.map_err(|error| anyhow::anyhow!(error))?;
    out.sync_all()?;
    db.close().await;
    say(format_args!("{} names, {} sessions in snapshots, {} texts.", told.names, told.sessions, told.texts))
}

/// Never one that is there.
fn make(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
