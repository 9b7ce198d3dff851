//! Which files there are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    EventLog,
    Table,
}

/// By the end of its name; whoever names a file of another name gets an error when it is read as a table.
pub(super) fn kind(path: &Path) -> Kind {
    if has_end(path, "evtx") { Kind::EventLog } else { Kind::Table }
}

/// The files that are meant by `paths`: a file is itself, a folder is every `.evtx` and `.csv` below it. In order of name, each once,
/// with its length in bytes.
///
/// # Errors
/// Something that was named is not there, or a folder cannot be read.
pub fn find(paths: &[PathBuf]) -> Result<Vec<(PathBuf, u64)>, String> {
    let mut found = Vec::new();
    for path in paths {
        walk(path, true, &mut found).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(path: &Path, is_named: bool, found: &mut Vec<(PathBuf, u64)>) -> io::Result<()> {
    let about = if is_named { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            walk(&entry?.path(), false, found)?;
        }
    } else if is_named || (about.is_file() && (has_end(path, "evtx") || has_end(path, "csv"))) {
        found.push((path.to_owned(), about.len()));
    }
    Ok(())
}

fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_logs_and_tables_and_a_file_that_is_named_is_taken_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("old")).unwrap();
        for name in ["System.evtx", "old/SYSTEM.EVTX", "old/report.csv", "notes.txt"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        let names = |paths: &[PathBuf]| -> Vec<String> {
            let found = find(paths).unwrap();
            let relative = |path: &Path| path.strip_prefix(dir.path()).unwrap().to_string_lossy().replace('\\', "/");
            found.iter().map(|(path, bytes)| format!("{} {bytes}", relative(path))).collect()
        };
        let all = ["System.evtx 1", "old/SYSTEM.EVTX 1", "old/report.csv 1"];
        assert_eq!(names(&[dir.path().to_owned()]), all);
        assert_eq!(names(&[dir.path().to_owned(), dir.path().join("old")]), all, "each once");
        assert_eq!(names(&[dir.path().join("notes.txt")]), ["notes.txt 1"]);
        assert!(find(&[dir.path().join("nothing.evtx")]).unwrap_err().contains("nothing.evtx"));
    }
}
