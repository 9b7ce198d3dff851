//! What the stand-ins answer.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// A folder with the scripts; the environment of this process points to it.
pub(crate) struct Script {
    folder: PathBuf,
}

impl Script {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("highwater-fake-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        #[expect(
            unsafe_code,
            reason = "each test has a process of its own, which has no other thread yet that reads it"
        )]
        // SAFETY: as the reason says.
        unsafe {
            std::env::set_var("HIGHWATER_FAKE", &folder);
        }
        Self { folder }
    }

    pub(crate) fn write(&self, library: &str, lines: &str) {
        fs::write(self.folder.join(format!("{library}.txt")), lines).unwrap();
    }

    /// How many buffers or handles the library handed out and did not get back.
    pub(crate) fn left(&self, library: &str) -> i64 {
        let text = fs::read_to_string(self.folder.join(format!("{library}.left"))).unwrap_or_else(|_| "0".to_owned());
        text.trim().parse().unwrap()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// As a script has a text.
pub(crate) fn hex(text: &str) -> String {
    units(&text.encode_utf16().collect::<Vec<_>>())
}

pub(crate) fn units(units: &[u16]) -> String {
    if units.is_empty() {
        return ".".to_owned();
    }
    units.iter().fold(String::new(), |mut all, unit| {
        write!(all, "{unit:04x}").unwrap();
        all
    })
}
