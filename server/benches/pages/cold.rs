//! How long somebody waits who opens the page right after the server has been started: with all of the history there, in a process
//! of its own.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use rustix::fs::{Advice, fadvise};
use rustix::process::Signal;
use tokio::time::Instant;

use super::rig::server::Highwater;
use super::{millis, say};

const REPEATS: usize = 5;

/// Starts the real program again and again over the data in `folder`, and asks for the fleet's page each time.
///
/// # Errors
/// The program does not start, or does not answer.
pub(crate) async fn print(folder: &Path, http: &reqwest::Client, cookie: &str) -> anyhow::Result<()> {
    say("cold start, from the start of the program              least      p50      max   target");
    for (what, on_disk) in [("file in the system's cache", false), ("file on the disk only", true)] {
        let (mut ready, mut answered) = (Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            if on_disk {
                forget(&folder.join("highwater.db"))?;
            }
            let began = Instant::now();
            let server = Highwater::start(Path::new(env!("CARGO_BIN_EXE_highwater")), folder, None)?;
            ready.push(began.elapsed());
            let asked = http.get(format!("{}/", server.plain_url)).header("cookie", cookie);
            let page = asked.send().await?.error_for_status()?.text().await?;
            answered.push(began.elapsed());
            anyhow::ensure!(page.contains("FS-0"), "the first page shows no host");
            server.program.end(Signal::TERM).await;
        }
        row(&format!("listens, {what}"), ready, "");
        row(&format!("first page, {what}"), answered, "1000 ms");
    }
    Ok(())
}

fn row(what: &str, mut took: Vec<Duration>, wanted: &str) {
    took.sort_unstable();
    let (least, p50, max) = (took[0], took[REPEATS / 2], took[REPEATS - 1]);
    say(&format!("{what:<52} {} {} {}   {wanted}", millis(least), millis(p50), millis(max)));
}

/// Makes the system forget what it keeps of a file in memory.
fn forget(path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    file.sync_all()?;
    fadvise(&file, 0, None, Advice::DontNeed)?;
    Ok(())
}
