//! Open files with their paths: listed only when somebody asks on the host itself.

use serde::Serialize;

use crate::source::SourceError;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenFile {
    pub path: String,
    pub user: String,
    pub locks: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFiles {
    pub files: Vec<OpenFile>,
    /// There are more than were asked for, or the list broke off.
    pub is_cut: bool,
}

/// At most so many, by one local call.
///
/// # Errors
/// Windows does not list them: it says why.
#[cfg(windows)]
pub fn list(most: usize) -> Result<OpenFiles, SourceError> {
    use highwater_win32::files;
    let listed = files::list(most).map_err(|error| {
        SourceError(format!(
            "Windows does not list its open files ({error}). Run this as an administrator; the service \"Server\" (LanmanServer) has to run."
        ))
    })?;
    let is_cut = listed.cut.is_some();
    let file = |told: files::OpenFile| OpenFile { path: told.path, user: told.user, locks: told.locks };
    Ok(OpenFiles { files: listed.entries.into_iter().map(file).collect(), is_cut })
}

/// # Errors
/// Always: Samba has its own tool for this.
#[cfg(not(windows))]
pub fn list(_most: usize) -> Result<OpenFiles, SourceError> {
    Err(SourceError("open files are listed on Windows; on a Samba server, smbstatus --locks lists them".to_owned()))
}
