//! Folders by what they are for: an environment variable can be wrong in a service.

use std::io;
use std::path::PathBuf;
use std::ptr::null_mut;

use windows_sys::Win32::System::Com::CoTaskMemFree;
use windows_sys::Win32::UI::Shell::{FOLDERID_ProgramData, SHGetKnownFolderPath};
use windows_sys::core::GUID;

use crate::text;

/// `C:\ProgramData` on most computers.
///
/// # Errors
/// The system does not know it.
pub fn program_data() -> io::Result<PathBuf> {
    known(&FOLDERID_ProgramData)
}

fn known(folder: &GUID) -> io::Result<PathBuf> {
    let mut path = null_mut();
    // SAFETY: for all users; the place for the path lives until it returns.
    let answer = unsafe { SHGetKnownFolderPath(folder, 0, null_mut(), &raw mut path) };
    // SAFETY: it is null, or ends with 0.
    let found = unsafe { text::narrow(path) };
    // SAFETY: the documentation says to free it, also after a failure; null is allowed.
    unsafe { CoTaskMemFree(path.cast()) };
    if answer < 0 || found.is_empty() {
        return Err(io::Error::other(format!("the folder is not known: HRESULT {answer:#x}")));
    }
    Ok(found.into())
}
