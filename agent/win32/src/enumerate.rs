//! Enumerations that come in pages.

use std::io;

use windows_sys::Win32::Foundation::ERROR_MORE_DATA;

use crate::net_buffer::NetBuffer;
use crate::{Listed, error};

/// What a page may take at most: some hundred entries, so that five thousand sessions are never one allocation in the service that
/// answers.
pub(crate) const PAGE_BYTES: u32 = 64 << 10;
/// Pages that bring nothing, one after the other, until that is an error: it would go on for ever.
const MOST_EMPTY_PAGES: u32 = 3;

/// Where a call puts what it found.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) buffer: &'a mut NetBuffer,
    pub(crate) read: u32,
    /// How many there are. A hint only.
    pub(crate) total: u32,
}

/// Calls until there are no more pages, or `most` entries. `call` answers the function's status; `take` reads so many entries out of
/// the buffer.
///
/// # Errors
/// The first page's. One of a later page cuts the list.
pub(crate) fn pages<R>(
    most: usize,
    mut call: impl FnMut(&mut Page<'_>) -> u32,
    mut take: impl FnMut(&NetBuffer, u32, &mut Vec<R>),
) -> io::Result<Listed<R>> {
    let mut entries = Vec::new();
    let mut empty = 0;
    for number in 0.. {
        let mut buffer = NetBuffer::empty();
        let mut page = Page { buffer: &mut buffer, read: 0, total: 0 };
        let status = call(&mut page);
        let (read, more) = (page.read, status == ERROR_MORE_DATA);
        if status != 0 && !more {
            return if number == 0 { Err(error(status)) } else { Ok(Listed { entries, cut: Some(error(status)) }) };
        }
        take(&buffer, read, &mut entries);
        if entries.len() > most || (more && entries.len() == most) {
            entries.truncate(most);
            return Ok(Listed { entries, cut: Some(error(ERROR_MORE_DATA)) });
        }
        if !more {
            break;
        }
        empty = if read == 0 { empty + 1 } else { 0 };
        if empty == MOST_EMPTY_PAGES {
            let cut = io::Error::other("the enumeration says that there is more, and gives nothing");
            return if entries.is_empty() { Err(cut) } else { Ok(Listed { entries, cut: Some(cut) }) };
        }
    }
    Ok(Listed { entries, cut: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(statuses: &[(u32, u32)], most: usize) -> io::Result<Listed<u32>> {
        let mut calls = statuses.iter();
        let call = |page: &mut Page<'_>| {
            let (status, read) = *calls.next().expect("no call after the last page");
            page.read = read;
            status
        };
        pages(most, call, |_, read, entries: &mut Vec<u32>| entries.extend(0..read))
    }

    #[test]
    fn pages_are_put_together() {
        let all = run(&[(ERROR_MORE_DATA, 3), (ERROR_MORE_DATA, 2), (0, 1)], 100).unwrap();
        assert_eq!((all.entries.len(), all.cut.is_none()), (6, true));
        assert!(run(&[(0, 0)], 100).unwrap().entries.is_empty());
    }

    #[test]
    fn an_error_on_a_later_page_cuts_and_on_the_first_is_all() {
        let cut = run(&[(ERROR_MORE_DATA, 3), (5, 0)], 100).unwrap();
        assert_eq!((cut.entries.len(), cut.cut.unwrap().raw_os_error()), (3, Some(5)));
        assert_eq!(run(&[(5, 0)], 100).unwrap_err().raw_os_error(), Some(5));
    }

    #[test]
    fn it_ends_although_the_other_side_does_not() {
        let cut = run(&[(ERROR_MORE_DATA, 2), (ERROR_MORE_DATA, 0), (ERROR_MORE_DATA, 0), (ERROR_MORE_DATA, 0)], 100)
            .unwrap();
        assert_eq!((cut.entries.len(), cut.cut.is_some()), (2, true));
        let cut = run(&[(ERROR_MORE_DATA, 3), (ERROR_MORE_DATA, 3)], 4).unwrap();
        assert_eq!((cut.entries.len(), cut.cut.is_some()), (4, true));
    }

    #[test]
    fn the_last_page_keeps_the_bound_too() {
        for (last, most, kept, is_cut) in [(6, 5, 5, true), (5, 5, 5, false)] {
            let all = run(&[(0, last)], most).unwrap();
            assert_eq!((all.entries.len(), all.cut.is_some()), (kept, is_cut), "{last} of {most}");
        }
    }
}
