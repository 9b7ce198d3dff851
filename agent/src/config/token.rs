//! An enrolment token that comes in a file or by standard input. So it stands in no argument of a process: those everybody on the
//! computer can read for as long as it runs.

use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use super::ConfigError;

/// In the place of a file: what is piped or typed.
const STANDARD_INPUT: &str = "-";
/// Bytes that are read of either.
const MOST_BYTES: u64 = 4_096;

/// The token in this file; for `-` in the first line of standard input, for which a person at a terminal is asked. None if there is
/// no such file: once the host is enrolled nobody needs it.
///
/// # Errors
/// It cannot be read, or is not one word. What it says is not told.
pub fn token_in(path: &Path) -> Result<Option<String>, ConfigError> {
    let failed = |reason: String| ConfigError::TokenFile { path: path.to_owned(), reason };
    let is_typed = path == Path::new(STANDARD_INPUT);
    let read = if is_typed { typed() } else { File::open(path).and_then(beginning) };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) if !is_typed && error.kind() == io::ErrorKind::NotFound => {
            tracing::info!(path = %path.display(), "the token file is not there, which is right once this host is enrolled");
            return Ok(None);
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    word(&bytes).map(Some).ok_or_else(|| failed("it has to hold the token and nothing else".to_owned()))
}

fn typed() -> io::Result<Vec<u8>> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        // Whoever does not see it may type all the same.
        let _ = io::stderr().write_all(b"Enrolment token: ");
    }
    let mut line = Vec::new();
    stdin.lock().take(MOST_BYTES).read_until(b'\n', &mut line)?;
    Ok(line)
}

fn beginning(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The only word of a text, in UTF-8 or, as Windows PowerShell writes files, in UTF-16.
fn word(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => of_utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => of_utf16(rest, u16::from_be_bytes)?,
        _ => String::from_utf8(bytes.to_vec()).ok()?,
    };
    let mut words = text.trim_start_matches('\u{feff}').split_whitespace();
    let word = words.next()?;
    words.next().is_none().then(|| word.to_owned())
}

fn of_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|two| unit([two[0], two[1]])).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_token_however_windows_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let utf16 = |unit: fn(u16) -> [u8; 2]| "\u{feff}hwe_a\r\n".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for bytes in [
            b"hwe_a".to_vec(),
            b" hwe_a\r\n".to_vec(),
            "\u{feff}hwe_a\n".as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(token_in(&path).unwrap().as_deref(), Some("hwe_a"), "{bytes:?}");
        }
    }

    #[test]
    fn a_file_that_is_gone_is_no_mistake_and_what_a_wrong_one_holds_is_not_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        assert_eq!(token_in(&path).unwrap(), None);
        for wrong in ["", "\n", "hwe_hunter2 hwe_hunter3", "token = 'hwe_hunter2'"] {
            std::fs::write(&path, wrong).unwrap();
            let said = token_in(&path).unwrap_err().to_string();
            assert!(said.contains("nothing else") && !said.contains("hunter"), "{said}");
        }
        assert!(token_in(folder.path()).is_err(), "a folder is no file");
    }
}
