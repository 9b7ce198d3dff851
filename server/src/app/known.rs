//! Passwords that became known, as the settings name the list of them.

use super::StartError;
use crate::config::Config;
use crate::web::auth::KnownPasswords;

/// The list, if there is one.
///
/// # Errors
/// It cannot be asked: no password could be chosen, and nobody would know before somebody tries.
pub(super) fn passwords(config: &Config) -> Result<Option<KnownPasswords>, StartError> {
    let Some(path) = &config.known_passwords_file else { return Ok(None) };
    let list = KnownPasswords::at(path.clone());
    match list.check() {
        Ok(()) => Ok(Some(list)),
        Err(error) => Err(StartError::KnownPasswords { path: path.display().to_string(), what: error.to_string() }),
    }
}
