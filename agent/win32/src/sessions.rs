//! Who has a session on this computer's SMB server: `NetSessionEnum`.

use std::io;
use std::ptr::null;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_CALL_NOT_IMPLEMENTED, ERROR_INVALID_LEVEL, ERROR_NOT_SUPPORTED,
};
use windows_sys::Win32::Storage::FileSystem::{
    NetSessionEnum, SESSION_INFO_0, SESSION_INFO_1, SESSION_INFO_2, SESSION_INFO_10, SESSION_INFO_502,
};
use windows_sys::core::PWSTR;

use crate::enumerate::{PAGE_BYTES, Page, pages};
use crate::net_buffer::NetBuffer;
use crate::{Listed, error, text};

/// One session, as the level tells it. Times are seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// An address or a name, as the server has it.
    pub client: String,
    pub user: String,
    pub opens: Option<u32>,
    pub age_secs: Option<u32>,
    pub idle_secs: Option<u32>,
    /// `SESS_GUEST`, `SESS_NOENCRYPTION`.
    pub flags: Option<u32>,
    pub transport: String,
}

/// What a call asks for. Each tells less than the one before, and some need fewer rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    L502,
    L2,
    L1,
    /// No opens.
    L10,
    /// Client names only.
    L0,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::L502, Self::L2, Self::L1, Self::L10, Self::L0];

    /// The number that Windows has for it.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::L502 => 502,
            Self::L2 => 2,
            Self::L1 => 1,
            Self::L10 => 10,
            Self::L0 => 0,
        }
    }
}

/// All sessions, at the first level from `from` on that the server does not refuse, and that level.
///
/// # Errors
/// What the call failed with; if every level is refused, why the first one was.
pub fn list(from: Level) -> io::Result<(Level, Listed<Session>)> {
    let mut refused = None;
    for level in Level::ALL.into_iter().filter(|level| *level >= from) {
        match list_at(level) {
            Ok(listed) => return Ok((level, listed)),
            Err(why) if is_refusal(&why) => _ = refused.get_or_insert(why),
            Err(why) => return Err(why),
        }
    }
    Err(refused.unwrap_or_else(|| error(ERROR_INVALID_LEVEL)))
}

/// Another level may be answered.
fn is_refusal(why: &io::Error) -> bool {
    let code = why.raw_os_error().map(i32::cast_unsigned);
    code.is_some_and(|code| {
        [ERROR_ACCESS_DENIED, ERROR_INVALID_LEVEL, ERROR_NOT_SUPPORTED, ERROR_CALL_NOT_IMPLEMENTED].contains(&code)
    })
}

fn list_at(level: Level) -> io::Result<Listed<Session>> {
    let take: fn(&NetBuffer, u32, &mut Vec<Session>) = match level {
        Level::L502 => take::<SESSION_INFO_502>,
        Level::L2 => take::<SESSION_INFO_2>,
        Level::L1 => take::<SESSION_INFO_1>,
        Level::L10 => take::<SESSION_INFO_10>,
        Level::L0 => take::<SESSION_INFO_0>,
    };
    let mut resume = 0;
    let call = |page: &mut Page<'_>| {
        let (buffer, read, total) = (page.buffer.place(), &raw mut page.read, &raw mut page.total);
        // SAFETY: null asks this computer for all; the rest are places for what it writes, and live until it returns.
        unsafe {
            NetSessionEnum(null(), null(), null(), level.number(), buffer, PAGE_BYTES, read, total, &raw mut resume)
        }
    };
    pages(usize::MAX, call, take)
}

/// Reads so many `T` out of what the call at their level gave.
fn take<T: Entry>(buffer: &NetBuffer, read: u32, sessions: &mut Vec<Session>) {
    // SAFETY: the call at T's level wrote so many of them.
    let entries = unsafe { buffer.entries::<T>(read) };
    // SAFETY: what they point to lies in the same buffer.
    sessions.extend(entries.map(|entry| unsafe { entry.session() }));
}

trait Entry: Copy + 'static {
    /// # Safety
    /// Its texts are null or end with 0.
    unsafe fn session(&self) -> Session;
}

/// # Safety
/// As [`text::narrow`].
unsafe fn named(client: PWSTR, user: PWSTR) -> Session {
    // SAFETY: as the caller says.
    let client = unsafe { text::narrow(client) };
    // SAFETY: as the caller says.
    let user = unsafe { text::narrow(user) };
    Session { client, user, ..Session::default() }
}

impl Entry for SESSION_INFO_502 {
    unsafe fn session(&self) -> Session {
        // SAFETY: as the caller says.
        let named = unsafe { named(self.sesi502_cname, self.sesi502_username) };
        Session {
            opens: Some(self.sesi502_num_opens),
            age_secs: Some(self.sesi502_time),
            idle_secs: Some(self.sesi502_idle_time),
            flags: Some(self.sesi502_user_flags),
            // SAFETY: as the caller says.
            transport: unsafe { text::narrow(self.sesi502_transport) },
            ..named
        }
    }
}

impl Entry for SESSION_INFO_2 {
    unsafe fn session(&self) -> Session {
        // SAFETY: as the caller says.
        let named = unsafe { named(self.sesi2_cname, self.sesi2_username) };
        Session {
            opens: Some(self.sesi2_num_opens),
            age_secs: Some(self.sesi2_time),
            idle_secs: Some(self.sesi2_idle_time),
            flags: Some(self.sesi2_user_flags),
            ..named
        }
    }
}

impl Entry for SESSION_INFO_1 {
    unsafe fn session(&self) -> Session {
        // SAFETY: as the caller says.
        let named = unsafe { named(self.sesi1_cname, self.sesi1_username) };
        Session {
            opens: Some(self.sesi1_num_opens),
            age_secs: Some(self.sesi1_time),
            idle_secs: Some(self.sesi1_idle_time),
            flags: Some(self.sesi1_user_flags),
            ..named
        }
    }
}

impl Entry for SESSION_INFO_10 {
    unsafe fn session(&self) -> Session {
        // SAFETY: as the caller says.
        let named = unsafe { named(self.sesi10_cname, self.sesi10_username) };
        Session { age_secs: Some(self.sesi10_time), idle_secs: Some(self.sesi10_idle_time), ..named }
    }
}

impl Entry for SESSION_INFO_0 {
    unsafe fn session(&self) -> Session {
        // SAFETY: as the caller says.
        unsafe { named(self.sesi0_cname, std::ptr::null_mut()) }
    }
}
