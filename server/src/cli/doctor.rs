//! Looks at what a server needs, and says for each thing whether it is good, and if not, what to do.

use std::path::Path;
use std::process::ExitCode;

use tokio::runtime::Runtime;

use super::say;
use crate::app;
use crate::clock::Clock;
use crate::config::Config;
use crate::health;
use crate::locale::Message;
use crate::store::{Db, size};
use crate::tls;

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
    let (places, now_at) = (app::places(config), Clock::system().now_at());
    let mut inside = 0;
    let mut checks = vec![
        Check { what: "certificate", found: said(health::certificate(&places, now_at)) },
        Check { what: "database", found: database(config, &mut inside) },
    ];
    let disks = health::disks(&places, inside);
    checks.extend(disks.into_iter().map(|found| Check { what: "disk", found: said(found) }));
    let revocation = health::revocation(&places, now_at);
    checks.extend(revocation.map(|found| Check { what: "revoked certificates", found: said(found) }));
    if config.oidc.is_some() || config.ldap.is_some() {
        checks.extend(directories(config));
    }
    checks
}

/// Where else people are known.
fn directories(config: &Config) -> Vec<Check> {
    let wrong = |error: &dyn std::fmt::Display| vec![Check { what: "sign-in", found: Err(error.to_string()) }];
    tls::install_provider();
    let identity = match app::identity::identity_of(config, &Clock::system()) {
        Ok(identity) => identity,
        Err(error) => return wrong(&error),
    };
    match runtime() {
        Ok(runtime) => {
            let found = runtime.block_on(identity.check()).into_iter();
            found.map(|check| Check { what: check.what, found: check.found }).collect()
        }
        Err(error) => wrong(&error),
    }
}

fn runtime() -> Result<Runtime, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())
}

fn said(found: Result<Message, Message>) -> Result<String, String> {
    found.map(String::from).map_err(String::from)
}

/// `inside` becomes what is free inside its file.
fn database(config: &Config, inside: &mut u64) -> Result<String, String> {
    if config.database.is_none() && !config.data_dir.join("highwater.db").exists() {
        return Ok("it will be made at the first start".to_owned());
    }
    runtime()?.block_on(async {
        let db = Db::open(&config.database_address()).await.map_err(|e| e.to_string())?;
        let (found, bytes) = (db.ping().await, size::bytes(&db).await);
        *inside = size::free_inside(&db).await.unwrap_or(0);
        let is_good = format!("{} answers, store {}", db.kind(), db.store_id());
        db.close().await;
        let bytes = found.and(bytes).map_err(|e| format!("it opens but does not answer: {e}"))?;
        let (mib, most) = (bytes >> 20, config.limits.database_gigabytes);
        match most.map(|gigabytes| gigabytes << 10) {
            Some(most) if mib >= most => Err(format!(
                "it has {mib} MiB of the {most} that limits.database_gigabytes allows: nothing that agents send is stored. Keep history for fewer days, give it more room, or raise the limit"
            )),
            Some(most) if mib >= most - most / 10 => Err(format!(
                "it has {mib} MiB of the {most} that limits.database_gigabytes allows; beyond that nothing that agents send is stored"
            )),
            _ => Ok(format!("{is_good}, {mib} MiB")),
        }
    })
}
