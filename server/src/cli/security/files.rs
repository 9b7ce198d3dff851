//! Who else on this machine may read what only the server should, and what one copy of a folder would give away.

use std::path::{Path, PathBuf};

use super::Finding;
use crate::config::{self, Config};
use crate::store::way::{self, Way};

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = modes::look(config);
    findings.push(key_beside_database(config));
    findings
}

/// The files that hold keys.
fn keys(config: &Config) -> Vec<PathBuf> {
    let own = config.data_dir.join("tls");
    let mut keys = match &config.given_tls {
        Some(given) => vec![given.key.clone()],
        None => ["ca.key", "server.key", "next/ca.key"].map(|name| own.join(name)).to_vec(),
    };
    if config.secrets_key.is_none() {
        keys.push(config.secrets_key_file());
    }
    keys
}

fn database_file(config: &Config) -> Option<PathBuf> {
    match way::of(&config.database_address()) {
        Some(Way::File(path)) => Some(path),
        _ => None,
    }
}

/// Whether the database is a file that is not there yet, in a folder that is there, or will be.
pub(super) fn is_database_missing(config: &Config) -> bool {
    let is_missing = |path: &Path| !path.exists() && (config.database.is_none() || path.parent().is_none_or(is_there));
    database_file(config).is_some_and(|path| is_missing(&path))
}

fn is_there(folder: &Path) -> bool {
    folder.as_os_str().is_empty() || folder.is_dir()
}

/// The database, and what SQLite keeps beside it.
fn database_files(config: &Config) -> Vec<PathBuf> {
    let Some(path) = database_file(config) else { return Vec::new() };
    let with = |tail: &str| {
        let mut name = path.clone().into_os_string();
        name.push(tail);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm"].map(with).to_vec()
}

/// The file of the settings, if something in it is secret, and what that is.
fn settings_file(config: &Config) -> Option<(PathBuf, Vec<&'static str>)> {
    let path = config.file.clone()?;
    let secrets = config::secrets_in(&std::fs::read_to_string(&path).ok()?);
    (!secrets.is_empty()).then_some((path, secrets))
}

fn key_beside_database(config: &Config) -> Finding {
    let check = "secrets-key";
    if config.secrets_key.is_some() {
        return Finding::pass(check, "the key of secrets comes with the settings");
    }
    let key = config.secrets_key_file();
    let folder = |path: &Path| std::path::absolute(path).ok()?.parent().map(Path::to_owned);
    let database = database_file(config).and_then(|path| folder(&path));
    let is_beside = database.zip(folder(&key)).is_some_and(|(database, key)| key.starts_with(database));
    if !is_beside {
        return Finding::pass(check, "the key of secrets does not lie beside the database");
    }
    Finding::warn(
        check,
        format!("{} lies beside the database: one copy of the folder opens every secret", key.display()),
        "Move it to a folder that is backed up apart, and name that in secrets_key_file",
    )
}

#[cfg(not(unix))]
mod modes {
    use super::{Config, Finding, database_files, keys, settings_file};

    /// Access lists are inherited from the folder that the installer restricted.
    pub(super) fn look(config: &Config) -> Vec<Finding> {
        let _ = (keys(config), database_files(config), settings_file(config), &config.secret_files);
        vec![Finding::pass("data-folder", "access lists are not looked at on this system")]
    }
}

#[cfg(unix)]
mod modes {
    use std::fs;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::{Path, PathBuf};

    use super::{Config, Finding, database_files, keys, settings_file};

    pub(super) fn look(config: &Config) -> Vec<Finding> {
        let settings = settings_file(config);
        let what = settings.as_ref().map(|(_, secrets)| secrets.join(", ")).unwrap_or_default();
        vec![
            data_folder(&config.data_dir),
            readers("keys", "keys", &keys(config)),
            readers("secret-files", "a secret", &config.secret_files),
            readers("database-file", "the database", &database_files(config)),
            readers("configuration-file", &what, &settings.into_iter().map(|(path, _)| path).collect::<Vec<_>>()),
            owners(config),
        ]
    }

    fn data_folder(path: &Path) -> Finding {
        let check = "data-folder";
        let Ok(found) = fs::metadata(path) else { return Finding::pass(check, "it will be made at the first start") };
        let (shown, remedy) = (path.display(), format!("chmod 700 {}", path.display()));
        let (others, group) = (found.mode() & 0o007, found.mode() & 0o070);
        if others & 0o002 != 0 && is_within_reach(path) {
            return Finding::fail(check, format!("everybody on this machine may put files into {shown}"), remedy);
        }
        if others != 0 && is_within_reach(path) {
            return Finding::warn(check, format!("everybody on this machine may look into {shown}"), remedy);
        }
        if group != 0 {
            return Finding::warn(check, format!("the group of {shown} may look into it"), remedy);
        }
        Finding::pass(check, format!("only its owner may look into {shown}"))
    }

    /// Whether others may read or change these files; those that are not there are passed over.
    fn readers(check: &'static str, what: &str, paths: &[PathBuf]) -> Finding {
        if let Some(shown) = those(paths, is_everybodys) {
            let said = format!("everybody on this machine may read or change {what} in {shown}");
            return Finding::fail(check, said, format!("chmod 600 {shown}"));
        }
        if let Some(shown) = those(paths, is_a_groups) {
            let said = format!("a group may read or change {what} in {shown}");
            return Finding::warn(check, said, format!("chmod 600 {shown}"));
        }
        let is_none = paths.is_empty();
        Finding::pass(check, if is_none { "there is nothing secret in a file" } else { "nobody else may read them" })
    }

    fn those(paths: &[PathBuf], is_open: fn(&Path, &fs::Metadata) -> bool) -> Option<String> {
        let open = paths.iter().filter(|path| fs::metadata(path).is_ok_and(|found| is_open(path, &found)));
        let shown: Vec<String> = open.map(|path| path.display().to_string()).collect();
        (!shown.is_empty()).then(|| shown.join(" "))
    }

    fn is_everybodys(path: &Path, found: &fs::Metadata) -> bool {
        found.mode() & 0o006 != 0 && is_within_reach(path)
    }

    /// Root may have given a file to the group of the service on purpose.
    fn is_a_groups(path: &Path, found: &fs::Metadata) -> bool {
        let enters = |folder: &Path| fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o011 != 0);
        found.mode() & 0o060 != 0 && found.uid() != 0 && path.parent().is_some_and(enters)
    }

    /// Whether everybody may go as far as to the file: its own mode does not matter in a folder that nobody else enters.
    fn is_within_reach(path: &Path) -> bool {
        let Ok(path) = path.canonicalize() else { return true };
        path.ancestors().skip(1).all(|folder| fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o001 != 0))
    }

    /// Whoever owns a file may change it, whatever its mode says.
    fn owners(config: &Config) -> Finding {
        let check = "owners";
        let owner_of = |path: &Path| fs::metadata(path).ok().map(|found| found.uid());
        let Some(owner) = owner_of(&config.data_dir) else {
            return Finding::pass(check, "there are no files yet");
        };
        let mut files = keys(config);
        files.extend(database_files(config));
        files.extend(config.secret_files.iter().cloned());
        let is_strangers = |path: &&PathBuf| owner_of(path).is_some_and(|uid| uid != owner && uid != 0);
        let strange: Vec<String> = files.iter().filter(is_strangers).map(|path| path.display().to_string()).collect();
        if !strange.is_empty() {
            let shown = strange.join(" ");
            let said = format!("{shown} belong neither to the owner of the data folder nor to root");
            return Finding::fail(check, said, format!("chown {owner} {shown}"));
        }
        let me = rustix::process::geteuid();
        if owner != me.as_raw() && !me.is_root() {
            let said = format!("the data folder belongs to another account (uid {owner}) than the one that looks");
            return Finding::warn(check, said, "Look again as the account of the service");
        }
        Finding::pass(check, "all belongs to one account, or to root")
    }
}
