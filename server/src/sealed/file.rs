//! The file of keys on the disk.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tracing::warn;

use super::keyring::{Ring, is_key};
use super::{KeyError, fresh};
use crate::stamp::Stamp;

pub(super) fn read(path: &Path) -> Result<String, KeyError> {
    fs::read_to_string(path).map_err(|error| wrong(path, error))
}

pub(super) fn make_if_missing(path: &Path) -> Result<(), KeyError> {
    if path.try_exists().map_err(|error| wrong(path, error))? {
        return Ok(());
    }
    let remark = "# Opens the secrets in Highwater's database. Back it up, apart from the database.";
    let text = format!("{remark}\n{}\n", fresh()?);
    match make(path, &text) {
        // Another process was first.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map_err(|error| wrong(path, error)),
    }
}

/// Puts a new key on top of a file, which seals from now on; the others still open. Answers what names the new one.
///
/// # Errors
/// Says what to do; the file is as it was.
pub fn add(path: &Path) -> Result<String, KeyError> {
    let mut held = Held::of(path)?;
    let text = held.text()?;
    let key = fresh()?;
    let at = text.lines().position(is_key).unwrap_or(0);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(at, &key);
    held.replace(&(lines.join("\n") + "\n"))?;
    Ok(hex::encode(Ring::read(&key, &held.place)?.current_id()))
}

/// Takes all keys out of a file but the one that seals, which has to be this one. Remarks stay. Answers how many went.
///
/// # Errors
/// Says what to do; the file is as it was.
pub fn retire(path: &Path, current: &str) -> Result<usize, KeyError> {
    let mut held = Held::of(path)?;
    let text = held.text()?;
    // Whoever put another one on top meanwhile has not sealed anything again yet.
    if hex::encode(Ring::read(&text, &held.place)?.current_id()) != current {
        return Err(KeyError::Busy(held.place));
    }
    let mut keys = 0;
    let stay = text.lines().filter(|line| {
        keys += usize::from(is_key(line));
        !is_key(line) || keys == 1
    });
    let lines: Vec<&str> = stay.collect();
    if keys > 1 {
        held.replace(&(lines.join("\n") + "\n"))?;
    }
    Ok(keys.saturating_sub(1))
}

/// A file of keys that nobody else changes as long as this is held.
struct Held {
    file: File,
    /// Without links: what is replaced is the file, not a link to it.
    path: PathBuf,
    place: String,
}

impl Held {
    fn of(path: &Path) -> Result<Self, KeyError> {
        let place = path.display().to_string();
        let path = path.canonicalize().map_err(|error| wrong(path, error))?;
        let file = File::options().read(true).write(true).open(&path).map_err(|error| wrong(&path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(KeyError::Busy(place)),
            Err(TryLockError::Error(error)) => return Err(wrong(&path, error)),
        }
        // Whoever had it before may have put another one in its place.
        let found = file.metadata().map_err(|error| wrong(&path, error))?;
        if Stamp::of(&path) != Some(Stamp::of_metadata(&found)) {
            return Err(KeyError::Busy(place));
        }
        Ok(Self { file, path, place })
    }

    /// All that is in it. A file that holds no keys, or what is none, is not touched.
    fn text(&mut self) -> Result<String, KeyError> {
        let mut text = String::new();
        self.file.read_to_string(&mut text).map_err(|error| wrong(&self.path, error))?;
        Ring::read(&text, &self.place)?;
        Ok(text)
    }

    fn replace(&self, text: &str) -> Result<(), KeyError> {
        let replaced = write_beside(&self.path, text).and_then(|beside| {
            keep_owner(beside.as_file(), &self.file)?;
            beside.persist(&self.path).map_err(|error| error.error)?;
            sync_folder(&self.path)
        });
        replaced.map_err(|error| wrong(&self.path, error))
    }
}

/// Whole or not at all, since another process may look for it; and durable before anything is sealed with it, since a key that a power cut
/// takes away takes the secrets with it.
fn make(path: &Path, text: &str) -> io::Result<()> {
    write_beside(path, text)?.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// For its owner only, from the beginning.
fn write_beside(path: &Path, text: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut beside = tempfile::NamedTempFile::new_in(folder_of(path))?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    Ok(beside)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Root may change the keys of a service that has an account of its own.
#[cfg(unix)]
fn keep_owner(new: &File, old: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (was, is) = (old.metadata()?, new.metadata()?);
    if (was.uid(), was.gid()) != (is.uid(), is.gid()) {
        fchown(new, Some(was.uid()), Some(was.gid()))?;
    }
    new.set_permissions(was.permissions())
}

#[cfg(not(unix))]
fn keep_owner(_new: &File, _old: &File) -> io::Result<()> {
    Ok(())
}

fn wrong(path: &Path, error: io::Error) -> KeyError {
    KeyError::File { place: path.display().to_string(), error }
}

#[cfg(unix)]
pub(super) fn warn_if_others_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map(|is| is.permissions().mode()).unwrap_or(0);
    if mode & 0o077 != 0 {
        warn!(path = %path.display(), "others than its owner may read the keys of secrets: chmod 600");
    }
}

#[cfg(not(unix))]
pub(super) fn warn_if_others_read(_path: &Path) {}
