//! The write side of the file system, so that a test can make any write fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Everything the spool changes on disk goes through here.
pub trait Disk: std::fmt::Debug + Send + Sync {
    /// Makes an empty file, or empties one that is there.
    fn create(&self, path: &Path) -> io::Result<File>;
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Returns when the file's bytes and length are on the medium.
    fn sync(&self, file: &File) -> io::Result<()>;
    fn set_len(&self, file: &File, len: u64) -> io::Result<()>;
    /// Replaces `to` in one step and returns when the directory is on the medium.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The file system as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<File> {
        File::create(path)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        file.set_len(len)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        sync_dir(to.parent().unwrap_or(Path::new(".")))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// A new name survives a power cut only when its directory is synced too. Windows has no such call: NTFS journals names.
fn sync_dir(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

/// Replaces a small file: other readers, and a restart, see the old bytes or the new ones and nothing in between.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = disk.create(&fresh)?;
    disk.write(&mut file, bytes)?;
    disk.sync(&file)?;
    drop(file);
    disk.rename(&fresh, path)
}
