//! The shares of this computer and how much each is used: `NetShareEnum`, level 502.

use std::io;
use std::ptr::null;

use windows_sys::Win32::Storage::FileSystem::{NetShareEnum, SHARE_INFO_502};

use crate::enumerate::{PAGE_BYTES, Page, pages};
use crate::net_buffer::NetBuffer;
use crate::{Listed, text};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub name: String,
    /// `STYPE_…`: the low byte is what it is, the high bits say that it is special (`IPC$`, `C$`) or temporary.
    pub kind: u32,
    /// Most connections at a time; none if it has no limit of its own.
    pub most_uses: Option<u32>,
    pub uses: u32,
}

/// # Errors
/// The call's.
pub fn list() -> io::Result<Listed<Share>> {
    let mut resume = 0;
    let call = |page: &mut Page<'_>| {
        let (buffer, read, total) = (page.buffer.place(), &raw mut page.read, &raw mut page.total);
        // SAFETY: null asks this computer; the rest are places for what it writes, and live until it returns.
        unsafe { NetShareEnum(null(), 502, buffer, PAGE_BYTES, read, total, &raw mut resume) }
    };
    let take = |buffer: &NetBuffer, read: u32, shares: &mut Vec<Share>| {
        // SAFETY: the call at this level wrote so many of them.
        let entries = unsafe { buffer.entries::<SHARE_INFO_502>(read) };
        shares.extend(entries.map(|entry| Share {
            // SAFETY: it lies in the same buffer.
            name: unsafe { text::narrow(entry.shi502_netname) },
            kind: entry.shi502_type,
            most_uses: Some(entry.shi502_max_uses).filter(|most| *most != u32::MAX),
            uses: entry.shi502_current_uses,
        }));
    };
    pages(usize::MAX, call, take)
}
