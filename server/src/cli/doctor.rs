//! Looks at what a server needs, and says for each thing whether it is good, and if not, what to do.

use std::path::Path;
use std::process::ExitCode;

use super::say;
use crate::clock::Clock;
use crate::config::Config;
use crate::model::time::DAY_MS;
use crate::store::Db;
use crate::tls;

const FREE_BYTES: u64 = 1 << 30;
const CERTIFICATE_DAYS: i64 = 14;

struct Check {
    what: &'static str,
    /// What was found, or what to do.
    found: Result<String, String>,
}

/// Prints one line for each check; fails if one did.
pub(super) fn run(file: Option<&Path>) -> ExitCode {
    let mut checks = Vec::new();
    match Config::load(file) {
        Ok((config, _)) => {
            checks.push(Check { what: "settings", found: Ok("they can be read".to_owned()) });
            checks.extend(check_all(&config));
        }
        Err(error) => checks.push(Check { what: "settings", found: Err(error.to_string()) }),
    }
    let mut is_good = true;
    for Check { what, found } in checks {
        let (word, text) = match &found {
            Ok(text) => ("PASS", text),
            Err(text) => ("FAIL", text),
        };
        let is_said = say(format_args!("{word} {what}: {text}")).is_ok();
        is_good &= is_said && found.is_ok();
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn check_all(config: &Config) -> Vec<Check> {
    let now_at = Clock::system().now_at();
    vec![
        Check { what: "certificate", found: certificate(config, now_at) },
        Check { what: "database", found: database(config) },
        Check { what: "disk", found: disk(&config.data_dir) },
    ]
}

fn certificate(config: &Config, now_at: i64) -> Result<String, String> {
    let own = config.data_dir.join("tls/server.pem");
    let path = config.given_tls.as_ref().map_or(own, |given| given.certificate.clone());
    if config.given_tls.is_none() && !path.exists() {
        return Ok("it will be made at the first start".to_owned());
    }
    let days = (tls::expires_at(&path).map_err(|e| e.to_string())? - now_at) / DAY_MS;
    let said = format!("{} expires in {days} days", path.display());
    match (days < CERTIFICATE_DAYS, config.given_tls.is_some()) {
        (false, _) => Ok(said),
        (true, true) => Err(format!("{said}. Renew it, then send the server SIGHUP")),
        (true, false) => Err(format!("{said}. Send the server SIGHUP: it renews its own certificate")),
    }
}

fn database(config: &Config) -> Result<String, String> {
    if config.database.is_none() && !config.data_dir.join("highwater.db").exists() {
        return Ok("it will be made at the first start".to_owned());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let db = Db::open(&config.database_address()).await.map_err(|e| e.to_string())?;
        let found = db.ping().await.map(|()| format!("{} answers, store {}", db.kind(), db.store_id()));
        db.close().await;
        found.map_err(|e| format!("it opens but does not answer: {e}"))
    })
}

#[cfg(unix)]
fn disk(data_dir: &Path) -> Result<String, String> {
    // Before the first start the directory is not there: its nearest ancestor is on the same disk.
    let there = data_dir.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(there).map_err(|e| format!("{} cannot be looked at: {e}", there.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let said = format!("{} MiB are free for {}", free >> 20, data_dir.display());
    if free < FREE_BYTES {
        return Err(format!("{said}; below 1 GiB history is in danger. Make room, or move data_dir"));
    }
    Ok(said)
}

#[cfg(not(unix))]
fn disk(data_dir: &Path) -> Result<String, String> {
    Ok(format!("not looked at on this system: {}", data_dir.display()))
}
