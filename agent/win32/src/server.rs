//! The SMB server itself: its limit (`NetServerGetInfo`, level 102) and what it counted (`NetStatisticsGet`).

use std::io;
use std::ptr::null;

use windows_sys::Win32::NetworkManagement::NetManagement::{NetServerGetInfo, SERVER_INFO_102};
use windows_sys::Win32::Storage::FileSystem::{NetStatisticsGet, STAT_SERVER_0};

use crate::net_buffer::NetBuffer;
use crate::{error, text};

/// What the server says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// Most sessions at a time, as the system enforces it: 20 on Windows 10 and 11, 16,777,216 on Windows Server.
    pub users: u32,
    /// Minutes until an idle session is closed; negative: never.
    pub idle_minutes: i32,
    pub version: (u32, u32),
    pub licenses: u32,
}

/// Counted since `started_secs`, each modulo 2³².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Seconds since 1970. When it changes, all others began again.
    pub started_secs: u32,
    pub sessions: u32,
    pub timed_out: u32,
    pub errored_out: u32,
    pub password_errors: u32,
    pub permission_errors: u32,
    pub system_errors: u32,
    pub opens: u32,
    pub response_ms: u32,
    /// How often there were not enough buffers, of either size.
    pub request_buffers_short: u32,
    pub big_buffers_short: u32,
}

/// # Errors
/// The call's.
pub fn info() -> io::Result<Server> {
    let mut buffer = NetBuffer::empty();
    // SAFETY: null asks this computer; the place for the buffer lives until it returns.
    let status = unsafe { NetServerGetInfo(null(), 102, buffer.place()) };
    // SAFETY: a call that succeeds writes one of them.
    let info = unsafe { one::<SERVER_INFO_102>(&buffer, status) }?;
    Ok(Server {
        users: info.sv102_users,
        idle_minutes: info.sv102_disc,
        version: (info.sv102_version_major, info.sv102_version_minor),
        licenses: info.sv102_licenses,
    })
}

/// # Errors
/// The call's.
pub fn statistics() -> io::Result<Statistics> {
    let service = text::wide("LanmanServer");
    let mut buffer = NetBuffer::empty();
    // windows-sys says that these texts have units of eight bits; the function takes UTF-16 (lmstats.h).
    // SAFETY: null asks this computer; the service's name ends with 0; the place for the buffer lives until it returns.
    let status = unsafe { NetStatisticsGet(null(), service.as_ptr().cast(), 0, 0, buffer.place()) };
    // SAFETY: a call that succeeds writes one of them.
    let counted = unsafe { one::<STAT_SERVER_0>(&buffer, status) }?;
    Ok(Statistics {
        started_secs: counted.sts0_start,
        sessions: counted.sts0_sopens,
        timed_out: counted.sts0_stimedout,
        errored_out: counted.sts0_serrorout,
        password_errors: counted.sts0_pwerrors,
        permission_errors: counted.sts0_permerrors,
        system_errors: counted.sts0_syserrors,
        opens: counted.sts0_fopens,
        response_ms: counted.sts0_avresponse,
        request_buffers_short: counted.sts0_reqbufneed,
        big_buffers_short: counted.sts0_bigbufneed,
    })
}

/// # Safety
/// If `status` is 0, the buffer holds one `T` or nothing.
unsafe fn one<T: Copy + 'static>(buffer: &NetBuffer, status: u32) -> io::Result<T> {
    if status != 0 {
        return Err(error(status));
    }
    // SAFETY: as the caller says.
    let mut entries = unsafe { buffer.entries::<T>(1) };
    entries.next().ok_or_else(|| io::Error::other("the call succeeded and gave nothing"))
}
