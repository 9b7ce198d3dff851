//! The layering law: which room may import which, and the one home of each framework.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms of the server and what each may import. A room that is not here may not exist.
const SERVER: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("history", &["model"]),
    ("locale", &["model"]),
    ("chart", &["model", "locale"]),
    ("findings", &["model"]),
    ("alerts", &["model"]),
    ("health", &["config", "model", "locale", "tls"]),
    ("secret", &[]),
    ("stamp", &[]),
    ("sealed", &["secret", "stamp"]),
    ("delivery", &["model"]),
    ("identity", &["model", "delivery", "secret", "clock"]),
    ("clock", &[]),
    ("config", &[]),
    ("store", &["model", "history"]),
    ("ingest", &["model", "history", "store", "clock", "secret"]),
    ("tasks", &["model", "history", "store", "clock", "findings", "alerts", "delivery", "sealed"]),
    (
        "web",
        &[
            "model", "store", "ingest", "chart", "locale", "clock", "secret", "findings", "health", "alerts", "sealed",
            "identity",
        ],
    ),
    ("tls", &["config", "model", "stamp"]),
    ("app", &["*"]),
    ("demo", &["*"]),
    ("cli", &["*"]),
    ("main", &["*"]),
    ("lib", &["*"]),
];

/// Rooms of the agent.
const AGENT: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("facts", &[]),
    ("source", &["facts"]),
    ("spool", &["clock"]),
    ("ship", &["spool", "clock"]),
    ("identity", &[]),
    ("enrol", &["identity", "ship", "clock"]),
    ("config", &[]),
    ("notice", &[]),
    ("load", &["source", "ship", "clock"]),
    ("import", &["source", "spool", "ship", "clock"]),
    ("agent", &["source", "spool", "ship", "clock", "enrol", "identity", "config", "facts", "notice"]),
    ("service", &["agent", "cli", "clock", "config", "notice"]),
    ("doctor", &["*"]),
    ("cli", &["*"]),
    ("main", &["*"]),
    ("lib", &["*"]),
];

/// A word of code that has one home: (what is looked for, rooms where it may stand, rooms of the agent likewise).
const HOMES: &[(&str, &[&str], &[&str])] = &[
    ("sqlx::query", &["store"], &[]),
    ("sqlx::raw_sql", &["store"], &[]),
    ("QueryBuilder", &["store"], &[]),
    ("axum::", &["web", "app"], &[]),
    ("axum_extra::", &["web"], &[]),
    ("axum_server::", &["app"], &[]),
    ("reqwest::", &["delivery"], &["ship"]),
    ("askama::", &["web", "chart"], &[]),
    // Lets tests send to this machine.
    (".allowing(", &[], &[]),
    ("fluent_bundle::", &["locale"], &[]),
    ("rust_xlsxwriter::", &["web"], &[]),
    ("zip::", &["web"], &[]),
    ("ldap3::", &["identity"], &[]),
    ("clap::", &["cli"], &["cli"]),
    ("std::env::", &["config"], &["config"]),
    ("env::var", &["config"], &["config"]),
    ("SystemTime::now", &["clock"], &["clock"]),
    ("highwater_agent::", &["demo"], &["main"]),
    (
        "highwater_wire::",
        &["ingest", "web"],
        &["source", "spool", "ship", "enrol", "agent", "load", "import", "cli", "doctor", "facts", "notice"],
    ),
    ("windows_sys::", &[], &[]),
    ("windows_service::", &[], &["service"]),
];

struct File {
    path: PathBuf,
    room: String,
    code: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All source files; a module `tests` in a file of its own may reach further, like an inline one.
fn files(src: &str) -> Vec<File> {
    let src = root().join(src);
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                let first = path.strip_prefix(&src).unwrap().components().next().unwrap();
                let room = Path::new(first.as_os_str()).file_stem().unwrap().to_string_lossy().into_owned();
                let code = code_of(&fs::read_to_string(&path).unwrap());
                found.push(File { path, room, code });
            }
        }
    }
    assert!(found.len() > 5, "found almost no source files under {}", src.display());
    found
}

/// The text without comments and without inline tests, which may reach further.
fn code_of(text: &str) -> String {
    let without_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    without_tests.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Rooms named as `crate::room`, also inside `use crate::{a, b::c}`.
fn imports(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let (mut depth, mut start, mut starts) = (1, true, Vec::new());
            for (i, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => start = true,
                    c if start && !c.is_whitespace() => {
                        starts.push(i);
                        start = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            rooms.extend(starts.into_iter().map(|i| word(&list[i..])));
        } else {
            rooms.insert(word(rest));
        }
    }
    rooms
}

fn wrong_imports(src: &str, law: &[(&str, &[&str])]) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in files(src) {
        let Some((_, may)) = law.iter().find(|(room, _)| *room == file.room) else {
            wrong.push(format!("{}: the room {:?} is not in the law", file.path.display(), file.room));
            continue;
        };
        for import in imports(&file.code) {
            let is_room = law.iter().any(|(room, _)| *room == import);
            if is_room && import != file.room && !may.contains(&import.as_str()) && !may.contains(&"*") {
                wrong.push(format!("{}: {} may not import {import}", file.path.display(), file.room));
            }
        }
    }
    wrong
}

#[test]
fn rooms_of_the_server_import_only_what_the_law_allows() {
    let wrong = wrong_imports("server/src", SERVER);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_of_the_agent_import_only_what_the_law_allows() {
    let wrong = wrong_imports("agent/src", AGENT);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_framework_has_one_home() {
    let mut wrong = Vec::new();
    for (src, of_agent) in [("server/src", false), ("agent/src", true), ("agent/wire/src", true)] {
        for file in files(src) {
            for (word, server, agent) in HOMES {
                let homes = if of_agent { agent } else { server };
                let is_wire = src.contains("wire");
                if file.code.contains(word) && (is_wire || !homes.contains(&file.room.as_str())) {
                    wrong.push(format!("{}: {word} has no home in {}", file.path.display(), file.room));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_second_database_is_named_in_the_store_only() {
    let wrong: Vec<_> = files("server/src")
        .into_iter()
        .filter(|f| !["store", "config", "cli"].contains(&f.room.as_str()))
        .filter(|f| f.code.contains("Either::Postgres") || f.code.contains("PgPool") || f.code.contains("SqlitePool"))
        .map(|f| f.path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "a database leaks into {}", wrong.join(", "));
}

/// What the store gives out of users' names is shut, and only eyes open it. Who says that they see names is few, and each is known here.
#[test]
fn only_one_place_says_for_pages_and_programs_that_somebody_sees_names_of_users() {
    const MAY: [&str; 4] = [
        "web/auth/eyes.rs",
        // Names of clients only.
        "web/pages/holders/names.rs",
        // For administrators, who see names, and the command line.
        "web/person/history.rs",
        "web/person/texts.rs",
    ];
    // Texts as they are, among them names.
    const BARE: [&str; 4] = [
        "web/person.rs",
        "web/person/history.rs",
        "web/person/texts.rs",
        // Administrators see names: those that a rule matches.
        "web/pages/classes.rs",
    ];
    let mut wrong = Vec::new();
    let src = root().join("server/src");
    let is_test = |file: &File| file.path.strip_prefix(&src).unwrap().iter().any(|part| part == "tests");
    for file in files("server/src").into_iter().filter(|file| file.room == "web" && !is_test(file)) {
        let is_among = |those: &[&str]| those.iter().any(|path| file.path.ends_with(path));
        if file.code.contains("Eyes::Names") && !is_among(&MAY) {
            wrong.push(format!("{} says that somebody sees names", file.path.display()));
        }
        if (file.code.contains("erasure::") || file.code.contains("classes::everybody")) && !is_among(&BARE) {
            wrong.push(format!("{} reads texts that no eyes open", file.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Open files with their paths are told to whoever asks on the host itself, and to nobody else.
#[test]
fn paths_of_open_files_leave_no_host() {
    let of_agent = files("agent/src");
    let those = of_agent.iter().filter(|file| file.code.contains("OpenFile") || file.code.contains("files::list"));
    let wrong: Vec<_> = those
        .filter(|file| !["cli/files.rs", "source/windows/files.rs"].iter().any(|path| file.path.ends_with(path)))
        .map(|file| file.path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join(", "));
}

#[test]
fn imports_are_found_in_every_form_of_use() {
    let code = "use crate::{model::{HostId, x::y}, store, web::auth};\nlet a = crate::ingest::f(); $crate::chart::z";
    let found: Vec<_> = imports(code).into_iter().collect();
    assert_eq!(found, ["ingest", "model", "store", "web"]);
}
