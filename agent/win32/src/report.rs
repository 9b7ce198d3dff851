//! Records of our own in the Application log.

use std::io;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE, RegisterEventSourceW,
    ReportEventW,
};

use crate::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Information,
    Warning,
    Error,
}

/// A source of records. Its message file is registered by the installer; without it the viewer shows the text alone.
#[derive(Debug)]
pub struct Source(HANDLE);

// SAFETY: the handle is no thread's own.
unsafe impl Send for Source {}
// SAFETY: the log takes records from any thread at a time.
unsafe impl Sync for Source {}

impl Source {
    /// # Errors
    /// The event log does not run.
    pub fn open(name: &str) -> io::Result<Self> {
        let name = text::wide(name);
        // SAFETY: null is this computer; the name ends with 0.
        let handle = unsafe { RegisterEventSourceW(null(), name.as_ptr()) };
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(handle)) }
    }

    /// Writes one record, whose message has one place for a text.
    ///
    /// # Errors
    /// It was not written.
    pub fn write(&self, severity: Severity, event_id: u32, message: &str) -> io::Result<()> {
        let kind = match severity {
            Severity::Information => EVENTLOG_INFORMATION_TYPE,
            Severity::Warning => EVENTLOG_WARNING_TYPE,
            Severity::Error => EVENTLOG_ERROR_TYPE,
        };
        /// The log takes 31,839 units a text.
        const MOST_BYTES: usize = 30_000;
        let message = text::wide(&message[..message.floor_char_boundary(MOST_BYTES)]);
        let texts = [message.as_ptr()];
        // SAFETY: one text, which ends with 0, no account and no further bytes.
        let done = unsafe { ReportEventW(self.0, kind, 0, event_id, null_mut(), 1, 0, texts.as_ptr(), null()) };
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // SAFETY: it is open, and nobody else has it.
        unsafe { DeregisterEventSource(self.0) };
    }
}
