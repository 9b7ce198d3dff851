//! `highwater-agent files`: who has which file open on this computer, for whoever asks here. Paths are personal data and can be many,
//! so nothing of it is stored or sent.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::once::plain;
use super::{FAILED, fail};
use crate::source::windows::files::{self, OpenFile, OpenFiles};

#[derive(Debug, Args)]
pub(super) struct FilesFlags {
    /// At most so many
    #[arg(long, value_name = "FILES", default_value_t = 1_000)]
    most: usize,
    /// Print one JSON object a file instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn files(flags: &FilesFlags) -> ExitCode {
    let found = match files::list(flags.most) {
        Ok(found) => found,
        Err(error) => return fail(FAILED, &error),
    };
    let text = if flags.json { as_json(&found.files) } else { Ok(as_table(&found)) };
    match text.and_then(|text| std::io::stdout().write_all(text.as_bytes())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, &error),
    }
}

fn as_json(files: &[OpenFile]) -> std::io::Result<String> {
    let mut text = String::new();
    for file in files {
        text.push_str(&serde_json::to_string(file)?);
        text.push('\n');
    }
    Ok(text)
}

fn as_table(found: &OpenFiles) -> String {
    let count = found.files.len();
    let (files, more) = (if count == 1 { "file" } else { "files" }, if found.is_cut { ", and more" } else { "" });
    let mut text = format!("{count} open {files}{more}\n\n");
    let width = found.files.iter().map(|file| plain(&file.user).chars().count()).max().unwrap_or(0).max(4);
    let _ = writeln!(text, "{:width$}  LOCKS  PATH", "USER");
    for file in &found.files {
        let _ = writeln!(text, "{:width$}  {:>5}  {}", plain(&file.user), file.locks, plain(&file.path));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_that_there_are_more_and_names_move_no_cursor() {
        let file = OpenFile { path: "D:\\x\u{1b}[2J.xlsx".into(), user: "ann".into(), locks: 2 };
        let text = as_table(&OpenFiles { files: vec![file], is_cut: true });
        assert_eq!(text, "1 open file, and more\n\nUSER  LOCKS  PATH\nann       2  D:\\x\u{FFFD}[2J.xlsx\n");
    }
}
