//! Kernel events: what a call signals when there is something.

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::ptr::null;

use windows_sys::Win32::System::Threading::CreateEventW;

/// Not signalled; a wait that it ends takes the signal back.
pub(crate) fn auto_reset() -> io::Result<OwnedHandle> {
    create(false)
}

/// Not signalled; stays signalled until it is reset.
pub(crate) fn manual_reset() -> io::Result<OwnedHandle> {
    create(true)
}

fn create(manual: bool) -> io::Result<OwnedHandle> {
    // SAFETY: no security attributes and no name.
    let handle = unsafe { CreateEventW(null(), manual.into(), 0, null()) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, and nobody else has it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
