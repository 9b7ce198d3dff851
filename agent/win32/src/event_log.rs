//! Records of the event log as they come: a subscription with a bookmark, each record as XML with its message.

use std::collections::HashMap;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::ptr::null;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_EVT_QUERY_RESULT_INVALID_POSITION, ERROR_EVT_QUERY_RESULT_STALE, ERROR_INSUFFICIENT_BUFFER,
    ERROR_INVALID_OPERATION, ERROR_NO_MORE_ITEMS, ERROR_NOT_FOUND, WAIT_OBJECT_0, WAIT_TIMEOUT,
};
use windows_sys::Win32::System::EventLog::{
    EVT_HANDLE, EVT_VARIANT, EvtClose, EvtCreateBookmark, EvtFormatMessage, EvtFormatMessageEvent, EvtGetLogInfo,
    EvtLogNumberOfLogRecords, EvtLogOldestRecordNumber, EvtNext, EvtOpenChannelPath, EvtOpenLog,
    EvtOpenPublisherMetadata, EvtRender, EvtRenderBookmark, EvtRenderEventXml, EvtSubscribe,
    EvtSubscribeStartAfterBookmark, EvtSubscribeStartAtOldestRecord, EvtSubscribeStrict, EvtUpdateBookmark,
};
use windows_sys::Win32::System::Threading::{ResetEvent, WaitForSingleObject};

use crate::event::manual_reset;
use crate::text;

/// Records asked for at once.
const AT_ONCE: usize = 64;
/// Longest XML or message that is rendered, in bytes.
const MOST_BYTES: u32 = 4 << 20;
/// Providers whose texts are kept open.
const MOST_PROVIDERS: usize = 64;

/// A handle of wevtapi, closed when dropped.
#[derive(Debug)]
struct Handle(EVT_HANDLE);

impl Handle {
    fn new(handle: EVT_HANDLE) -> io::Result<Self> {
        if handle == 0 { Err(io::Error::last_os_error()) } else { Ok(Self(handle)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: it is open, and nobody else has it.
        unsafe { EvtClose(self.0) };
    }
}

/// Where a subscription begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From<'a> {
    Oldest,
    /// After the record that this text, from [`Subscription::bookmark`], stands for. If that is no longer there, the subscription
    /// fails with [`Stale`](SubscribeError::Stale): it never goes on somewhere else.
    Bookmark(&'a str),
}

#[derive(Debug)]
pub enum SubscribeError {
    /// The bookmark's record is gone: the log was cleared, or wrote over it, or the bookmark is damaged.
    Stale(io::Error),
    Other(io::Error),
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub xml: String,
    /// In the language of the system; none if the provider's texts are not here.
    pub message: Option<String>,
}

/// Records that match a query, from a place on.
#[derive(Debug)]
pub struct Subscription {
    results: Handle,
    arrived: OwnedHandle,
    bookmark: Handle,
    providers: Providers,
}

impl Subscription {
    /// `query` is the structured XML of Windows: `<QueryList><Query Id="0"><Select Path="System">*[…]</Select></Query></QueryList>`.
    ///
    /// # Errors
    /// See [`SubscribeError`].
    pub fn start(query: &str, from: From<'_>) -> Result<Self, SubscribeError> {
        let (query, arrived) = (text::wide(query), manual_reset().map_err(SubscribeError::Other)?);
        let (bookmark, after, flags) = match from {
            From::Oldest => (bookmark(None).map_err(SubscribeError::Other)?, 0, EvtSubscribeStartAtOldestRecord),
            From::Bookmark(xml) => {
                let bookmark = bookmark(Some(xml)).map_err(SubscribeError::Stale)?;
                let handle = bookmark.0;
                (bookmark, handle, EvtSubscribeStartAfterBookmark | EvtSubscribeStrict)
            }
        };
        // SAFETY: this computer, a query that ends with 0, an event and a bookmark that outlive the call, and no callback.
        let results =
            unsafe { EvtSubscribe(0, arrived.as_raw_handle(), null(), query.as_ptr(), after, null(), None, flags) };
        let results = Handle::new(results).map_err(|error| match is_stale(&error) && after != 0 {
            true => SubscribeError::Stale(error),
            false => SubscribeError::Other(error),
        })?;
        Ok(Self { results, arrived, bookmark, providers: Providers::default() })
    }

    /// Blocks until there may be records, at most so long. Answers whether there may be.
    ///
    /// # Errors
    /// The subscription is broken: start again.
    pub fn wait(&self, most: Duration) -> io::Result<bool> {
        let millis = u32::try_from(most.as_millis()).unwrap_or(u32::MAX - 1);
        // SAFETY: the event lives as long as this.
        match unsafe { WaitForSingleObject(self.arrived.as_raw_handle(), millis) } {
            WAIT_OBJECT_0 => Ok(true),
            WAIT_TIMEOUT => Ok(false),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// The next records; none if there are none now. [`bookmark`](Self::bookmark) stands for the last one of them afterwards.
    ///
    /// # Errors
    /// The subscription is broken, or the log was cleared under it: start again.
    pub fn next(&mut self) -> io::Result<Vec<Record>> {
        let mut handles = [0; AT_ONCE];
        let mut count = 0;
        // SAFETY: a place for so many handles, and one for their number.
        let done = unsafe { EvtNext(self.results.0, handles.len() as u32, handles.as_mut_ptr(), 0, 0, &raw mut count) };
        if done == 0 {
            let error = io::Error::last_os_error();
            let code = error.raw_os_error().map(i32::cast_unsigned);
            if code != Some(ERROR_NO_MORE_ITEMS) && code != Some(ERROR_INVALID_OPERATION) {
                return Err(error);
            }
            // What arrives from here on signals again; what arrived just now is in the results already.
            // SAFETY: the event lives as long as this.
            unsafe { ResetEvent(self.arrived.as_raw_handle()) };
            return Ok(Vec::new());
        }
        let handles: Vec<Handle> = handles.iter().take(count as usize).map(|handle| Handle(*handle)).collect();
        let mut records = Vec::with_capacity(handles.len());
        for handle in &handles {
            let xml = render(handle, EvtRenderEventXml)?;
            let message = self.providers.message(&xml, handle);
            records.push(Record { xml, message });
        }
        if let Some(last) = handles.last() {
            // SAFETY: both handles are open.
            if unsafe { EvtUpdateBookmark(self.bookmark.0, last.0) } == 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(records)
    }

    /// What to begin after next time. Keep it once the records are kept.
    ///
    /// # Errors
    /// The call's.
    pub fn bookmark(&self) -> io::Result<String> {
        render(&self.bookmark, EvtRenderBookmark)
    }
}

fn bookmark(xml: Option<&str>) -> io::Result<Handle> {
    let xml = xml.map(text::wide);
    let start = xml.as_ref().map_or(null(), |xml| xml.as_ptr());
    // SAFETY: null makes an empty one; else the text ends with 0.
    Handle::new(unsafe { EvtCreateBookmark(start) })
}

fn is_stale(error: &io::Error) -> bool {
    let gone = [ERROR_EVT_QUERY_RESULT_STALE, ERROR_EVT_QUERY_RESULT_INVALID_POSITION, ERROR_NOT_FOUND];
    error.raw_os_error().is_some_and(|code| gone.contains(&code.cast_unsigned()))
}

fn render(handle: &Handle, what: u32) -> io::Result<String> {
    let mut units: Vec<u16> = vec![0; 2_048];
    for _ in 0..2 {
        let bytes = u32::try_from(units.len() * 2).unwrap_or(MOST_BYTES);
        let (mut used, mut properties) = (0, 0);
        // SAFETY: it writes at most so many bytes there, and how many it needs.
        let done = unsafe {
            EvtRender(0, handle.0, what, bytes, units.as_mut_ptr().cast(), &raw mut used, &raw mut properties)
        };
        if done != 0 {
            return Ok(text::narrow_slice(&units));
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(ERROR_INSUFFICIENT_BUFFER.cast_signed()) || used > MOST_BYTES {
            return Err(error);
        }
        units.resize(used as usize / 2 + 1, 0);
    }
    Err(crate::error(ERROR_INSUFFICIENT_BUFFER))
}

/// Providers' texts, opened once each.
#[derive(Debug, Default)]
struct Providers(HashMap<String, Option<Handle>>);

impl Providers {
    fn message(&mut self, xml: &str, event: &Handle) -> Option<String> {
        let name = provider_of(xml)?;
        if self.0.len() >= MOST_PROVIDERS && !self.0.contains_key(name) {
            self.0.clear();
        }
        let provider = self.0.entry(name.to_owned()).or_insert_with(|| open_provider(name)).as_ref()?;
        format(provider, event).filter(|message| !message.trim().is_empty())
    }
}

/// The name in `<Provider Name='…'`: a provider's own name has no entities in it.
fn provider_of(xml: &str) -> Option<&str> {
    let after = xml.split_once("<Provider ")?.1;
    let element = after.split_once('>')?.0;
    let value = element.split_once("Name=")?.1;
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    Some(value[1..].split_once(quote)?.0).filter(|name| !name.is_empty())
}

fn open_provider(name: &str) -> Option<Handle> {
    let name = text::wide(name);
    // SAFETY: this computer, a name that ends with 0, no file, the system's language.
    Handle::new(unsafe { EvtOpenPublisherMetadata(0, name.as_ptr(), null(), 0, 0) }).ok()
}

fn format(provider: &Handle, event: &Handle) -> Option<String> {
    let mut units: Vec<u16> = vec![0; 1_024];
    for _ in 0..2 {
        let (len, mut used) = (u32::try_from(units.len()).unwrap_or(u32::MAX), 0);
        let (start, flags) = (units.as_mut_ptr(), EvtFormatMessageEvent);
        // SAFETY: it takes the record's own values, writes at most so many units there, and how many it needs.
        let done = unsafe { EvtFormatMessage(provider.0, event.0, 0, 0, null(), flags, len, start, &raw mut used) };
        if done != 0 {
            return Some(text::narrow_slice(&units));
        }
        let error = io::Error::last_os_error().raw_os_error();
        if error != Some(ERROR_INSUFFICIENT_BUFFER.cast_signed()) || used > MOST_BYTES / 2 {
            return None;
        }
        units.resize(used as usize + 1, 0);
    }
    None
}

/// What a log says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub oldest_record_id: u64,
    pub records: u64,
}

/// # Errors
/// There is no such channel, or it may not be read.
pub fn log(channel: &str) -> io::Result<Log> {
    let channel = text::wide(channel);
    // SAFETY: this computer, and a name that ends with 0.
    let log = Handle::new(unsafe { EvtOpenLog(0, channel.as_ptr(), EvtOpenChannelPath) })?;
    let number = |property| {
        let (mut value, mut used) = (EVT_VARIANT::default(), 0);
        let size = size_of::<EVT_VARIANT>() as u32;
        // SAFETY: a place for one value, which for these properties is a number.
        let done = unsafe { EvtGetLogInfo(log.0, property, size, &raw mut value, &raw mut used) };
        // SAFETY: any bytes are a number.
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(unsafe { value.Anonymous.UInt64Val }) }
    };
    Ok(Log { oldest_record_id: number(EvtLogOldestRecordNumber)?, records: number(EvtLogNumberOfLogRecords)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_is_read_out_of_the_record() {
        let found = |xml| provider_of(xml);
        assert_eq!(found("<Event><System><Provider Name='Srv'/><EventID>2022</EventID>"), Some("Srv"));
        assert_eq!(
            found(r#"<System><Provider Guid="{d4}" Name="Microsoft-Windows-SMBServer" />"#),
            Some("Microsoft-Windows-SMBServer")
        );
        for none in
            ["", "<Provider ", "<Provider Name=", "<Provider Name=''>", "<Provider Name='x", "<Provider Guid='x'>"]
        {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
