//! Which state a file is in, so that a program that runs for years notices that somebody replaced it.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Another one than before means that the file was changed or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    /// Which file it is, whatever its name; 0 where that cannot be told.
    node: u64,
}

impl Stamp {
    /// None if there is no such file, or it cannot be looked at.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self::of_metadata(&found))
    }

    /// Of a file that is open.
    #[must_use]
    pub fn of_metadata(found: &fs::Metadata) -> Self {
        #[cfg(unix)]
        let node = std::os::unix::fs::MetadataExt::ino(found);
        #[cfg(not(unix))]
        let node = 0;
        Self { modified: found.modified().ok(), bytes: found.len(), node }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_or_replaced_has_another_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        assert_eq!(Stamp::of(&path), None);
        fs::write(&path, "one").unwrap();
        let first = Stamp::of(&path);
        assert!(first.is_some() && Stamp::of(&path) == first);
        fs::write(&path, "longer").unwrap();
        let second = Stamp::of(&path);
        assert_ne!(second, first);
        // As long, and at the same instant, but another file.
        let beside = dir.path().join("beside");
        fs::write(&beside, "longer").unwrap();
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::File::options().write(true).open(&beside).unwrap().set_modified(modified).unwrap();
        fs::rename(&beside, &path).unwrap();
        assert_eq!(Stamp::of(&path) == second, cfg!(not(unix)));
    }
}
