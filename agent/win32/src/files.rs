//! The files that are open through the SMB server: `NetFileEnum`, level 3. There can be very many: ask seldom, and for few.

use std::io;
use std::ptr::null;

use windows_sys::Win32::Storage::FileSystem::{FILE_INFO_3, NetFileEnum};

use crate::enumerate::{PAGE_BYTES, Page, pages};
use crate::net_buffer::NetBuffer;
use crate::{Listed, text};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    pub id: u32,
    /// `PERM_FILE_…`.
    pub permissions: u32,
    pub locks: u32,
    pub path: String,
    pub user: String,
}

/// At most so many: if there are more, the list is cut.
///
/// # Errors
/// The call's.
pub fn list(most: usize) -> io::Result<Listed<OpenFile>> {
    let mut resume = 0;
    let call = |page: &mut Page<'_>| {
        let (buffer, read, total) = (page.buffer.place(), &raw mut page.read, &raw mut page.total);
        // SAFETY: null asks this computer for all; the rest are places for what it writes, and live until it returns.
        unsafe { NetFileEnum(null(), null(), null(), 3, buffer, PAGE_BYTES, read, total, &raw mut resume) }
    };
    let take = |buffer: &NetBuffer, read: u32, files: &mut Vec<OpenFile>| {
        // SAFETY: the call at this level wrote so many of them.
        let entries = unsafe { buffer.entries::<FILE_INFO_3>(read) };
        files.extend(entries.map(|entry| OpenFile {
            id: entry.fi3_id,
            permissions: entry.fi3_permissions,
            locks: entry.fi3_num_locks,
            // SAFETY: it lies in the same buffer.
            path: unsafe { text::narrow(entry.fi3_pathname) },
            // SAFETY: likewise.
            user: unsafe { text::narrow(entry.fi3_username) },
        }));
    };
    pages(most, call, take)
}
