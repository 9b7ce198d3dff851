//! Who this agent is to its server, in one file that only its owner can read.

mod sealed;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rand::RngExt;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

/// What is kept from the first try to enrol on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Saved before the first try: repeating a request whose answer was lost gets the same agent.
    pub attempt: String,
    /// The server that this identity is for.
    pub server: String,
    pub enrolled: Option<Membership>,
    /// The computer that it was made on, if that can be told: a copy of this file elsewhere is another host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<String>,
}

/// What the server answered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// In the file it is sealed, where the system has a way to do so.
    #[serde(serialize_with = "sealed::write", deserialize_with = "sealed::read")]
    pub key: String,
    /// Made to take its place, and perhaps taken by the server already.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "sealed::write_option",
        deserialize_with = "sealed::read_option"
    )]
    pub next_key: Option<String>,
    /// What it took the place of: a server that was brought back from an older copy knows that one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "sealed::write_option",
        deserialize_with = "sealed::read_option"
    )]
    pub former_key: Option<String>,
    pub host_id: i64,
    pub enrolled_at: i64,
}

/// The key is a secret: it is in no log, whatever is printed for debugging.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host_id = self.enrolled.as_ref().map(|m| m.host_id);
        f.debug_struct("Identity").field("server", &self.server).field("host_id", &host_id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Membership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Membership").field("host_id", &self.host_id).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("the identity file {path} cannot be read or written: {error}")]
    Io { path: PathBuf, error: io::Error },
    #[error("the identity file {path} is damaged ({reason}); restore it, or remove it to enrol this host again")]
    Damaged { path: PathBuf, reason: String },
}

/// Where an agent keeps its identity.
#[must_use]
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("identity.json")
}

impl Identity {
    /// Makes a new one, which is not enrolled.
    #[must_use]
    pub fn fresh(server: &str, rng: &mut StdRng) -> Self {
        Self {
            attempt: hex::encode(rng.random::<[u8; 32]>()),
            server: server.to_owned(),
            enrolled: None,
            hardware: None,
        }
    }

    /// Reads the one of a data directory, if there is one.
    ///
    /// # Errors
    /// It cannot be read. It is never replaced for that: the host would get a second identity.
    pub fn load(data_dir: &Path) -> Result<Option<Self>, IdentityError> {
        let path = path(data_dir);
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(IdentityError::Io { path, error }),
        };
        serde_json::from_slice(&json).map(Some).map_err(|e| IdentityError::Damaged { path, reason: e.to_string() })
    }

    /// Saves it durably, in one step, readable by its owner only.
    ///
    /// # Errors
    /// It cannot be written; what was there before is still there.
    pub fn save(&self, data_dir: &Path) -> Result<(), IdentityError> {
        let path = path(data_dir);
        self.replace(data_dir, &path).map_err(|error| IdentityError::Io { path, error })
    }

    fn replace(&self, data_dir: &Path, path: &Path) -> io::Result<()> {
        fs::create_dir_all(data_dir)?;
        // Below C:\ProgramData everybody may read what nobody restricts.
        #[cfg(windows)]
        highwater_win32::access::restrict(data_dir)?;
        let fresh = path.with_extension("new");
        // One left by a crash may have been made by somebody else, with rights of their choice.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        if cfg!(unix) { File::open(data_dir)?.sync_all() } else { Ok(()) }
    }
}

/// Whether an identity was copied here with the disk it is on: both computers are known, and they are not the same.
#[must_use]
pub fn is_copied(identity: &Identity, hardware: Option<&str>) -> bool {
    matches!((identity.hardware.as_deref(), hardware), (Some(made_on), Some(here)) if made_on != here)
}

/// Lays a copied identity aside, and what waits to be sent under it: the original sends that itself.
///
/// # Errors
/// They cannot be renamed.
pub fn lay_aside(data_dir: &Path, spool_dir: &Path) -> Result<(), IdentityError> {
    let path = path(data_dir);
    let aside = |what: &Path| {
        let to = what.with_extension("of-the-original");
        match fs::remove_dir_all(&to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        match fs::rename(what, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    };
    // The identity last: what was cut off is done again.
    aside(spool_dir)
        .and_then(|()| fs::rename(&path, path.with_extension("of-the-original")))
        .map_err(|error| IdentityError::Io { path, error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn enrolled() -> Identity {
        let membership = Membership {
            key: "hwa_secret".into(),
            next_key: Some("hwa_next_secret".into()),
            former_key: None,
            host_id: 7,
            enrolled_at: 5,
        };
        let fresh = Identity::fresh("https://h.example", &mut StdRng::seed_from_u64(1));
        Identity { enrolled: Some(membership), ..fresh }
    }

    #[test]
    fn what_is_saved_is_loaded_again_and_only_its_owner_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Identity::load(dir.path()).unwrap(), None);
        fs::write(path(dir.path()).with_extension("new"), "left by a crash").unwrap();
        enrolled().save(dir.path()).unwrap();
        assert_eq!(Identity::load(dir.path()).unwrap(), Some(enrolled()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path(dir.path())).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_an_error_and_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(path(dir.path()), "{").unwrap();
        let error = Identity::load(dir.path()).unwrap_err().to_string();
        assert!(error.contains("identity.json") && error.contains("enrol this host again"), "{error}");
        assert!(path(dir.path()).exists());
    }

    #[test]
    fn a_copy_on_another_computer_is_known_and_laid_aside() {
        let made_on = |hardware: Option<&str>| Identity { hardware: hardware.map(str::to_owned), ..enrolled() };
        assert!(is_copied(&made_on(Some("a")), Some("b")));
        for (there, here) in [(Some("a"), Some("a")), (None, Some("b")), (Some("a"), None), (None, None)] {
            assert!(!is_copied(&made_on(there), here), "{there:?} {here:?}");
        }
        let dir = tempfile::tempdir().unwrap();
        let spool = dir.path().join("spool");
        for round in 0..2 {
            made_on(Some("a")).save(dir.path()).unwrap();
            fs::create_dir(&spool).unwrap();
            fs::write(spool.join("segment"), round.to_string()).unwrap();
            lay_aside(dir.path(), &spool).unwrap();
            assert_eq!(Identity::load(dir.path()).unwrap(), None);
            assert!(!spool.exists() && dir.path().join("identity.of-the-original").exists());
        }
    }

    #[test]
    fn the_key_is_never_printed_for_debugging() {
        assert!(!format!("{:?}", enrolled()).contains("secret"));
        assert!(!format!("{:?}", enrolled().enrolled).contains("secret"));
    }

    #[test]
    fn the_file_of_another_computer_is_no_identity_here() {
        let dir = tempfile::tempdir().unwrap();
        enrolled().save(dir.path()).unwrap();
        let text = fs::read_to_string(path(dir.path())).unwrap();
        assert_eq!(text.contains("hwa_secret"), cfg!(not(windows)), "{text}");
        let sealed = r#"{"attempt": "a", "server": "https://h", "enrolled": {"key": "dpapi:00", "host_id": 1, "enrolled_at": 1}}"#;
        fs::write(path(dir.path()), sealed).unwrap();
        assert!(Identity::load(dir.path()).unwrap_err().to_string().contains("sealed"));
    }

    #[test]
    fn an_attempt_has_256_random_bits() {
        assert_eq!(enrolled().attempt.len(), 64);
    }
}
