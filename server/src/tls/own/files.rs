//! Files and folders that are the owner's alone, whole, and there after a power cut.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::tls::TlsError;

pub(super) fn create_private_dir(path: &Path) -> Result<(), TlsError> {
    let is_there = path.exists();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let wrong = |error: std::io::Error| TlsError::new(path, format!("this directory cannot be made: {error}"));
    builder.create(path).map_err(wrong)?;
    if is_there { Ok(()) } else { give_to_owner(path).map_err(wrong) }
}

/// Writes a file that only we may read. It is there whole or not at all, also after a power cut.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    let write = || {
        let part = path.with_extension("part");
        let _ = fs::remove_file(&part);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        give_to_owner(&part)?;
        fs::rename(&part, path)?;
        // What comes next relies on it, also after a power cut.
        sync_folder(path)
    };
    write().map_err(|error| TlsError::new(path, format!("it cannot be written: {error}")))
}

#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| match fs::File::open(folder) {
        // There is nothing in it to keep.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        opened => opened?.sync_all(),
    })
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// What root makes in the folder of a service is the service's.
#[cfg(unix)]
fn give_to_owner(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = fs::metadata(folder)?;
    // What root's own folders hold is root's, whatever group they have.
    if folder.uid() == 0 { Ok(()) } else { chown(path, Some(folder.uid()), Some(folder.gid())) }
}

#[cfg(not(unix))]
fn give_to_owner(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
