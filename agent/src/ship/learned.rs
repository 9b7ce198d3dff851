//! What the server said of its authorities, in a file of the agent's folder, so that it holds after the next start.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::trust::Pin;

/// The file, and what a person has set.
#[derive(Debug)]
pub(super) struct Memory {
    path: PathBuf,
    /// Of the server's address and the authorities that a person named: when they change, that counts, and not what was learned before.
    set: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    set: String,
    /// SHA-256 each.
    authorities: Vec<String>,
}

impl Memory {
    pub(super) fn new(path: &Path, server: &str, pins: &[Pin]) -> Self {
        let mut pins: Vec<String> = pins.iter().map(Pin::to_string).collect();
        pins.sort_unstable();
        let set = Sha256::digest(format!("{server}\n{}", pins.join("\n")));
        Self { path: path.to_owned(), set: hex::encode(set) }
    }

    /// For people.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What was learned; nothing if a person has set something else since. A file that cannot be read is as good as none: the server says
    /// it again.
    pub(super) fn recall(&self) -> Vec<Pin> {
        let json = match fs::read(&self.path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "what the server said of its authorities cannot be read");
                return Vec::new();
            }
        };
        let Ok(kept) = serde_json::from_slice::<Kept>(&json) else {
            tracing::warn!(path = %self.path.display(), "what the server said of its authorities is damaged");
            return Vec::new();
        };
        if kept.set != self.set {
            return Vec::new();
        }
        kept.authorities.iter().filter_map(|pin| pin.parse().ok()).collect()
    }

    /// Keeps it durably, in one step; nothing is no file.
    pub(super) fn keep(&self, pins: &[Pin]) -> io::Result<()> {
        if pins.is_empty() {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let kept = Kept { set: self.set.clone(), authorities: pins.iter().map(Pin::to_string).collect() };
        let fresh = self.path.with_extension("new");
        let _ = fs::remove_file(&fresh);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(&kept)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        // Without it a power cut takes the name away, and with it the way to a server whose authority was replaced.
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_holds_until_a_person_sets_something_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("authorities.json");
        let (one, other) = (Pin::of(b"one"), Pin::of(b"other"));
        let memory = Memory::new(&path, "https://h", &[one]);
        assert!(memory.recall().is_empty());
        memory.keep(&[one, other]).unwrap();
        assert_eq!(Memory::new(&path, "https://h", &[one]).recall(), [one, other]);
        for changed in [Memory::new(&path, "https://h", &[other]), Memory::new(&path, "https://other", &[one])] {
            assert!(changed.recall().is_empty());
        }
        fs::write(&path, "{").unwrap();
        assert!(memory.recall().is_empty());
        memory.keep(&[]).unwrap();
        memory.keep(&[]).unwrap();
        assert!(!path.exists());
    }
}
