//! Performance counters by their English names, whatever the language of the system.

use std::io;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::System::Performance::{
    PDH_CSTATUS_NEW_DATA, PDH_CSTATUS_VALID_DATA, PDH_HCOUNTER, PDH_HQUERY, PDH_MORE_DATA, PDH_RAW_COUNTER_ITEM_W,
    PdhAddEnglishCounterW, PdhCloseQuery, PdhCollectQueryData, PdhGetRawCounterArrayW, PdhOpenQueryW,
};

use crate::text;

/// A table of instances grows between two calls only so often.
const TRIES: usize = 4;
const MOST_BYTES: u32 = 4 << 20;

/// Counters that are read together.
#[derive(Debug)]
pub struct Counters {
    query: PDH_HQUERY,
    counters: Vec<PDH_HCOUNTER>,
}

/// One instance of a counter: `SMB2 NonBlocking 0`, or empty where there is only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    pub name: String,
    /// As the provider keeps it: a state as it is, what is counted since the start, and a rate as what has been counted so far.
    pub raw: i64,
}

// SAFETY: a query belongs to no thread; `&mut self` sees to it that it is used by one at a time.
unsafe impl Send for Counters {}

impl Counters {
    /// Opens those of `paths` that there are (`\Server\Server Sessions`, `\Server Work Queues(*)\Queue Length`), and answers why
    /// each other one could not be.
    ///
    /// # Errors
    /// Counters cannot be read at all.
    pub fn open(paths: &[&str]) -> io::Result<(Self, Vec<Option<io::Error>>)> {
        let mut counters = Self { query: null_mut(), counters: Vec::new() };
        // SAFETY: null reads this computer now; the place for the query lives until it returns.
        answered(unsafe { PdhOpenQueryW(null(), 0, &raw mut counters.query) })?;
        let refusals = paths.iter().map(|path| counters.add(path).err()).collect();
        Ok((counters, refusals))
    }

    fn add(&mut self, path: &str) -> io::Result<()> {
        let (path, mut counter) = (text::wide(path), null_mut());
        // SAFETY: the query is open; the path ends with 0; the place for the counter lives until it returns.
        let added = answered(unsafe { PdhAddEnglishCounterW(self.query, path.as_ptr(), 0, &raw mut counter) });
        // A refused one keeps its place, and has no instances.
        self.counters.push(if added.is_ok() { counter } else { null_mut() });
        added
    }

    /// Reads all of them now, in the order of the paths. A counter that could not be opened, or has no value now, is empty.
    ///
    /// # Errors
    /// None could be read.
    pub fn read(&mut self) -> io::Result<Vec<Vec<Instance>>> {
        // SAFETY: the query is open.
        answered(unsafe { PdhCollectQueryData(self.query) })?;
        Ok(self.counters.iter().map(|counter| instances(*counter)).collect())
    }
}

fn instances(counter: PDH_HCOUNTER) -> Vec<Instance> {
    if counter.is_null() {
        return Vec::new();
    }
    // What it writes holds pointers, so the place is aligned for them.
    let mut place: Vec<PDH_RAW_COUNTER_ITEM_W> = Vec::new();
    for _ in 0..TRIES {
        let mut bytes = u32::try_from(size_of_val(place.as_slice())).unwrap_or(MOST_BYTES);
        let mut count = 0;
        let start = if place.is_empty() { null_mut() } else { place.as_mut_ptr() };
        // SAFETY: the counter is open; it writes at most so many bytes, and how many it needs.
        let status = unsafe { PdhGetRawCounterArrayW(counter, &raw mut bytes, &raw mut count, start) };
        match status {
            PDH_MORE_DATA if bytes <= MOST_BYTES => {
                let items = (bytes as usize).div_ceil(size_of::<PDH_RAW_COUNTER_ITEM_W>()) + 1;
                place = vec![PDH_RAW_COUNTER_ITEM_W::default(); items];
            }
            ERROR_SUCCESS => {
                let items = place.get(..count as usize).unwrap_or_default();
                return items.iter().filter_map(read).collect();
            }
            _ => return Vec::new(),
        }
    }
    Vec::new()
}

fn read(item: &PDH_RAW_COUNTER_ITEM_W) -> Option<Instance> {
    let valid = [PDH_CSTATUS_VALID_DATA, PDH_CSTATUS_NEW_DATA].contains(&item.RawValue.CStatus);
    // SAFETY: the name lies in the same place, behind the items, and ends with 0.
    valid.then(|| Instance { name: unsafe { text::narrow(item.szName) }, raw: item.RawValue.FirstValue })
}

/// A PDH status is no Win32 error: std has no text for it.
fn answered(status: u32) -> io::Result<()> {
    match status {
        ERROR_SUCCESS => Ok(()),
        status if status < 0x1_0000 => Err(crate::error(status)),
        status => Err(io::Error::other(format!("performance counters answer {status:#010X}"))),
    }
}

impl Drop for Counters {
    fn drop(&mut self) {
        if !self.query.is_null() {
            // SAFETY: it is open, and nobody else has it; its counters end with it.
            unsafe { PdhCloseQuery(self.query) };
        }
    }
}
