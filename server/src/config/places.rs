//! Where settings are found: files, the environment, and the computer itself.

use std::collections::BTreeMap;
use std::path::Path;

use super::{ConfigError, Wrong};

pub(super) fn read_file(path: &Path) -> Result<(String, String), ConfigError> {
    let place = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((place, text)),
        Err(error) => Err(ConfigError(vec![Wrong {
            place,
            key: "(the file)".to_owned(),
            what: format!("it cannot be read: {error}"),
            allowed: "`highwater config example` prints one to start from".to_owned(),
        }])),
    }
}

/// A secret that has a file of its own.
///
/// # Errors
/// What is wrong with the file, without anything of what is in it.
pub(super) fn read_secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let secret = text.trim_end_matches(['\r', '\n']);
    if secret.is_empty() || secret.contains(['\r', '\n']) {
        return Err(format!("{} has not one line", path.display()));
    }
    Ok(secret.to_owned())
}

pub(super) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}

/// As the kernel says it, else as the environment does.
pub(super) fn host_name(environment: &BTreeMap<String, String>) -> String {
    let from_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    from_kernel
        .filter(|name| !name.is_empty())
        .or_else(|| ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|k| environment.get(*k).cloned()))
        .unwrap_or_else(|| "localhost".to_owned())
        .to_ascii_lowercase()
}
