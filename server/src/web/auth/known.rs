//! Passwords that became known elsewhere, by a list in a file here. Promises:
//!
//! 1. **Nobody outside is asked**, and nothing of a password is kept or logged: not even where in the list it would stand.
//! 2. **The list may have any size**: it is searched where it lies, two kilobytes at each of some thirty steps, and never loaded.
//! 3. **It may be replaced at any moment**: each question opens it anew.
//! 4. **A list that is none says so**, and neither yes nor no. Whatever is in the file, a question comes to its end.
//!
//! It has a SHA-1 in hexadecimal a line, in order, and perhaps a colon and a count behind each, as the downloader of Have I Been Pwned writes it
//! into one file (some 40 GB). SHA-1 is what others chose for it: nothing here depends on its strength.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY};

/// Bytes that are read at a step: many lines, so that whatever is out of order is likely to be seen.
const BLOCK: u64 = 2_048;
/// A SHA-1 in hexadecimal, in bytes.
const DIGITS: usize = 40;

type Hash = [u8; 20];

/// Where the list lies. Clones share the path.
#[derive(Debug, Clone)]
pub struct KnownPasswords(Arc<Path>);

/// Why a list cannot be asked. It does not say where it is wrong: that would tell which password was looked for.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is no file")]
    NoFile,
    #[error("it is empty")]
    Empty,
    #[error(
        "it is no list of known passwords: not every line is a SHA-1 in hexadecimal, alone or with a colon and a count behind it"
    )]
    NoHash,
    #[error("it is no list of known passwords: its lines are not in order")]
    NoOrder,
}

impl KnownPasswords {
    /// The setting that names the file.
    pub const KEY: &'static str = "sign_in.known_passwords_file";

    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self(path.into())
    }

    /// Whether it can be asked, as far as its beginning, its middle and its end say it.
    ///
    /// # Errors
    /// It cannot be read, or is no list.
    pub fn check(&self) -> Result<(), ListError> {
        List::open(&self.0)?.check()
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether a password is in the list.
    ///
    /// # Errors
    /// It cannot be read, or is no list.
    pub(super) async fn has(&self, password: &str) -> Result<bool, ListError> {
        let (path, wanted) = (Arc::clone(&self.0), hash_of(password));
        let asked = tokio::task::spawn_blocking(move || List::open(&path)?.has(&wanted)).await;
        asked.unwrap_or_else(|cut_off| Err(io::Error::other(cut_off).into()))
    }
}

/// A list that is open.
struct List {
    file: File,
    /// As many as it had then, and at least one. What is added meanwhile is not looked at.
    bytes: u64,
}

/// Whole lines in a row, at least one.
struct Lines {
    /// Where the first one begins, in bytes of the file.
    from: u64,
    /// Where the last one ends.
    to: u64,
    hashes: Vec<Hash>,
}

impl List {
    fn open(path: &Path) -> Result<Self, ListError> {
        // Before it is opened: that waits, of a pipe, until somebody writes into it.
        if !fs::metadata(path)?.is_file() {
            return Err(ListError::NoFile);
        }
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        if bytes == 0 { Err(ListError::Empty) } else { Ok(Self { file, bytes }) }
    }

    /// Looks at its beginning, its middle and its end.
    fn check(&mut self) -> Result<(), ListError> {
        let mut hashes = Vec::new();
        for at in [0, self.bytes / 2, self.bytes - 1] {
            hashes.extend(self.around(at)?.hashes.first().copied());
        }
        if hashes.is_sorted() { Ok(()) } else { Err(ListError::NoOrder) }
    }

    fn has(&mut self, wanted: &Hash) -> Result<bool, ListError> {
        // Halves that changed places would each be in order, and what is in the other one would not be found.
        self.check()?;
        self.find(wanted)
    }

    /// Whether a hash is in it. Each step leaves less to look at, whatever is in the file.
    fn find(&mut self, wanted: &Hash) -> Result<bool, ListError> {
        // All lines before `from` are less than what is wanted, all from `to` on greater; `before` and `behind` are the last and the first of those.
        let (mut from, mut to) = (0, self.bytes);
        let (mut before, mut behind) = ([u8::MIN; 20], [u8::MAX; 20]);
        while from < to {
            let lines = self.around(u64::midpoint(from, to))?;
            let (Some(first), Some(last)) = (lines.hashes.first(), lines.hashes.last()) else {
                return Err(ListError::NoHash);
            };
            let begins_well = if lines.from < from { *first <= before } else { *first >= before };
            let ends_well = if lines.to > to { *last >= behind } else { *last <= behind };
            if !begins_well || !ends_well {
                return Err(ListError::NoOrder);
            }
            match lines.hashes.binary_search(wanted) {
                Ok(_) => return Ok(true),
                Err(0) => (to, behind) = (lines.from, *first),
                Err(place) if place == lines.hashes.len() => (from, before) = (lines.to, *last),
                // Between two lines that follow each other.
                Err(_) => return Ok(false),
            }
        }
        Ok(false)
    }

    /// The line that the byte `at` is part of, with those around it.
    fn around(&mut self, at: u64) -> Result<Lines, ListError> {
        let start = at.saturating_sub(BLOCK / 2);
        let mut read = Vec::new();
        self.file.seek(SeekFrom::Start(start))?;
        self.file.by_ref().take(BLOCK.min(self.bytes - start)).read_to_end(&mut read)?;
        // The first line may have begun before what was read, and the last one may go on behind it.
        let is_end = |byte: &u8| *byte == b'\n';
        let is_last = start + read.len() as u64 == self.bytes;
        let head = if start == 0 { Some(0) } else { read.iter().position(is_end).map(|end| end + 1) };
        let tail = if is_last { Some(read.len()) } else { read.iter().rposition(is_end).map(|end| end + 1) };
        let (Some(head), Some(tail)) = (head, tail) else { return Err(ListError::NoHash) };
        let (from, to) = (start + head as u64, start + tail as u64);
        // No line of a list is so long; of a file that has become shorter meanwhile the byte is gone.
        if !(from..to).contains(&at) {
            return Err(ListError::NoHash);
        }
        let lines = read[head..tail].split_inclusive(is_end);
        let hashes = lines.map(hash_in).collect::<Option<Vec<Hash>>>().ok_or(ListError::NoHash)?;
        if hashes.is_sorted() { Ok(Lines { from, to, hashes }) } else { Err(ListError::NoOrder) }
    }
}

/// The hash of a line, whatever count stands behind it; none if it is no line of a list.
fn hash_in(line: &[u8]) -> Option<Hash> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, behind) = line.split_at_checked(DIGITS)?;
    let is_count = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !behind.is_empty() && !behind.strip_prefix(b":").is_some_and(is_count) {
        return None;
    }
    let mut hash = Hash::default();
    hex::decode_to_slice(digits, &mut hash).ok()?;
    Some(hash)
}

fn hash_of(password: &str) -> Hash {
    let mut hash = Hash::default();
    hash.copy_from_slice(digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(first: u8) -> Hash {
        let mut hash = [0x5a; 20];
        hash[0] = first;
        hash
    }

    /// Lines of these hashes in this order, each with this behind it.
    fn lines(firsts: &[u8], behind: &str) -> String {
        firsts.iter().map(|first| format!("{}{behind}", hex::encode_upper(hash(*first)))).collect()
    }

    /// What a list of this text says of the hashes that begin so.
    fn said(text: &str, wanted: &[u8]) -> Vec<bool> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known.txt");
        fs::write(&path, text).unwrap();
        assert!(KnownPasswords::at(path.clone()).check().is_ok(), "{text}");
        let mut list = List::open(&path).unwrap();
        wanted.iter().map(|first| list.has(&hash(*first)).unwrap()).collect()
    }

    /// What is wrong with a file, whatever is looked for in it.
    fn wrong(content: &[u8]) -> ListError {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known.txt");
        fs::write(&path, content).unwrap();
        for wanted in 0..=u8::MAX {
            let found = List::open(&path).and_then(|mut list| list.has(&hash(wanted)));
            assert!(found.is_err(), "{}", String::from_utf8_lossy(content));
        }
        KnownPasswords::at(path).check().unwrap_err()
    }

    #[test]
    fn the_first_the_last_and_those_between_are_found_and_no_others() {
        for behind in ["\n", "\r\n", ":7\n", ":18446744073709551615\r\n"] {
            let (one, many) = (lines(&[7], behind), lines(&[3, 5, 7, 250], behind));
            for (one, many) in [(one.as_str(), many.as_str()), (one.trim_end(), many.trim_end())] {
                assert_eq!(said(one, &[7, 6, 8, 0, 255]), [true, false, false, false, false], "{one:?}");
                assert_eq!(said(many, &[3, 5, 7, 250]), [true; 4], "{many:?}");
                assert_eq!(said(many, &[0, 2, 4, 6, 8, 249, 251, 255]), [false; 8], "{many:?}");
                assert_eq!(said(&many.to_ascii_lowercase(), &[250, 249]), [true, false], "{many:?}");
            }
        }
        let all: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(said(&lines(&all, ":1\r\n"), &all), [true; 256]);
        assert_eq!(said(&lines(&[4, 4, 9], "\n"), &[4, 9, 5]), [true, true, false], "a line that stands there twice");
    }

    #[test]
    fn of_ten_thousand_all_are_found_and_ten_thousand_others_are_not() {
        let mut hashes: Vec<Hash> = (0..10_000).map(|n| hash_of(&format!("password {n}"))).collect();
        hashes.sort_unstable();
        let line = |(place, hash): (usize, &Hash)| match place % 3 {
            0 => format!("{}:{place}\r\n", hex::encode_upper(hash)),
            1 => format!("{}\n", hex::encode(hash)),
            _ => format!("{}:1\n", hex::encode(hash)),
        };
        let text: String = hashes.iter().enumerate().map(line).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        let mut list = List::open(file.path()).unwrap();
        for n in 0..10_000 {
            assert!(list.find(&hash_of(&format!("password {n}"))).unwrap(), "{n}");
            assert!(!list.find(&hash_of(&format!("another {n}"))).unwrap(), "{n}");
        }
        assert!(list.check().is_ok());
    }

    #[test]
    fn what_is_no_list_is_an_error_and_never_waited_for() {
        assert!(matches!(wrong(b""), ListError::Empty));
        for text in ["\n", "hunter2\n", "password1234:7"] {
            assert!(matches!(wrong(text.as_bytes()), ListError::NoHash), "{text}");
        }
        for behind in [":\n", ":many\n", ": 7\n", " \n", "\n\n", "A\n", "\r\r\n"] {
            assert!(matches!(wrong(lines(&[3], behind).as_bytes()), ListError::NoHash), "{behind:?}");
        }
        for digits in [39, 41, 100_000] {
            assert!(matches!(wrong("A".repeat(digits).as_bytes()), ListError::NoHash), "{digits}");
        }
        for unit in [b"\n".as_slice(), b"\r\n", b"\x1f\x8b\xff", b"hunter2:7\n"] {
            assert!(matches!(wrong(&unit.repeat(50_000)), ListError::NoHash), "{unit:?}");
        }
    }

    #[test]
    fn lines_that_are_not_in_order_are_an_error() {
        let backwards = (0..=u8::MAX).rev().collect();
        // Each piece is in order, but the second one comes first.
        let swapped = (100..=u8::MAX).chain(0..100).collect();
        for firsts in [vec![9, 3], vec![3, 9, 5], backwards, swapped] {
            assert!(matches!(wrong(lines(&firsts, ":1\n").as_bytes()), ListError::NoOrder), "{firsts:?}");
        }
    }

    #[tokio::test]
    async fn a_list_is_asked_as_it_is_now_and_what_is_no_file_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known.txt");
        let known = KnownPasswords::at(path.clone());
        assert!(matches!(known.has("one").await, Err(ListError::Unreadable(_))), "it is not there");
        for (there, other) in [("one", "two"), ("two", "one")] {
            let beside = folder.path().join("beside.txt");
            fs::write(&beside, format!("{}:3\n", hex::encode_upper(hash_of(there)))).unwrap();
            fs::rename(&beside, &path).unwrap();
            assert!(known.has(there).await.unwrap() && !known.has(other).await.unwrap());
        }
        let no_file = KnownPasswords::at(folder.path().to_owned());
        assert!(matches!(no_file.has("one").await, Err(ListError::NoFile)));
        assert!(matches!(no_file.check(), Err(ListError::NoFile)));
    }

    #[test]
    fn a_hash_is_the_one_that_others_make_of_the_password() {
        assert_eq!(hex::encode(hash_of("password")), "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8");
    }
}
