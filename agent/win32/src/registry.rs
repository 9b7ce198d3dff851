//! Values below `HKEY_LOCAL_MACHINE`, and a watch on them.

use std::collections::BTreeMap;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::time::Duration;

use windows_registry::{Key, LOCAL_MACHINE, Type};
use windows_sys::Win32::Foundation::{ERROR_FILE_NOT_FOUND, WAIT_OBJECT_0, WAIT_TIMEOUT};
use windows_sys::Win32::System::Registry::{
    REG_NOTIFY_CHANGE_LAST_SET, REG_NOTIFY_CHANGE_NAME, REG_NOTIFY_THREAD_AGNOSTIC, RegNotifyChangeKeyValue,
};
use windows_sys::Win32::System::Threading::WaitForSingleObject;

use crate::event::auto_reset;

/// One value, of the types that settings have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(u64),
    Texts(Vec<String>),
    /// Of a type that no setting has.
    Other(Vec<u8>),
}

/// All values of a key by their names; none if there is no such key.
///
/// # Errors
/// The key may not be read.
pub fn values(path: &str) -> io::Result<Option<BTreeMap<String, Value>>> {
    let Some(key) = found(LOCAL_MACHINE.options().read().open(path))? else { return Ok(None) };
    Ok(Some(key.values().map_err(broken)?.map(|(name, value)| (name, read(value))).collect()))
}

/// One value; none if it, or its key, is not there.
///
/// # Errors
/// It may not be read.
pub fn value(path: &str, name: &str) -> io::Result<Option<Value>> {
    let Some(key) = found(LOCAL_MACHINE.options().read().open(path))? else { return Ok(None) };
    Ok(found(key.get_value(name))?.map(read))
}

/// Makes the key if there is none.
///
/// # Errors
/// It may not be written.
pub fn set_text(path: &str, name: &str, text: &str) -> io::Result<()> {
    LOCAL_MACHINE.create(path).and_then(|key| key.set_string(name, text)).map_err(broken)
}

/// Removes a value. It is no error if there is none.
///
/// # Errors
/// It may not be removed.
pub fn remove(path: &str, name: &str) -> io::Result<()> {
    let Some(key) = found(LOCAL_MACHINE.options().read().write().open(path))? else { return Ok(()) };
    found(key.remove_value(name)).map(|_| ())
}

fn read(value: windows_registry::Value) -> Value {
    match value.ty() {
        Type::String | Type::ExpandString => {
            String::try_from(value).map_or_else(|_| Value::Other(Vec::new()), Value::Text)
        }
        Type::U32 | Type::U64 => u64::try_from(value).map_or_else(|_| Value::Other(Vec::new()), Value::Number),
        Type::MultiString => Vec::<String>::try_from(value).map_or_else(|_| Value::Other(Vec::new()), Value::Texts),
        Type::Bytes | Type::Other(_) => Value::Other(value.to_vec()),
    }
}

fn found<T>(result: windows_registry::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(broken(error)),
    }
}

fn is_absent(error: &windows_result::Error) -> bool {
    error.code() == windows_result::HRESULT::from_win32(ERROR_FILE_NOT_FOUND)
}

fn broken(error: windows_result::Error) -> io::Error {
    // An HRESULT that wraps a Win32 error is that error to std.
    let code = error.code().0.cast_unsigned();
    if code >> 16 == 0x8007 { crate::error(code & 0xffff) } else { io::Error::other(error) }
}

/// Tells when something below a key changes.
#[derive(Debug)]
pub struct Watch {
    key: Key,
    changed: OwnedHandle,
}

impl Watch {
    /// Watches the key, or the nearest one above it that is there: a policy's key appears with the first policy.
    ///
    /// # Errors
    /// The registry cannot be watched.
    pub fn start(path: &str) -> io::Result<Self> {
        let mut at = path;
        let key = loop {
            match found(LOCAL_MACHINE.options().read().open(at))? {
                Some(key) => break key,
                None => at = at.rsplit_once('\\').map_or("SOFTWARE", |(above, _)| above),
            }
        };
        let watch = Self { key, changed: auto_reset()? };
        watch.arm()?;
        Ok(watch)
    }

    /// Blocks until something changed, at most so long. Answers whether it did. A change between two calls is told by the next one.
    ///
    /// # Errors
    /// The key is gone: start again.
    pub fn wait(&self, most: Duration) -> io::Result<bool> {
        let millis = u32::try_from(most.as_millis()).unwrap_or(u32::MAX - 1);
        // SAFETY: the event lives as long as this.
        match unsafe { WaitForSingleObject(self.changed.as_raw_handle(), millis) } {
            WAIT_OBJECT_0 => self.arm().map(|()| true),
            WAIT_TIMEOUT => Ok(false),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn arm(&self) -> io::Result<()> {
        let what = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_THREAD_AGNOSTIC;
        // SAFETY: key and event are open, and live as long as this.
        let status =
            unsafe { RegNotifyChangeKeyValue(self.key.as_raw().cast(), 1, what, self.changed.as_raw_handle(), 1) };
        if status == 0 { Ok(()) } else { Err(crate::error(status)) }
    }
}
