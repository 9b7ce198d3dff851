//! What SECURITY.md and the table of ASVS requirements point at is there, and the table leaves nothing out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Requirements of ASVS 5.0.0 of levels 1 and 2.
const REQUIREMENTS: usize = 253;
const STATES: [&str; 4] = ["met", "partly", "not met", "not yet"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Number, level, what is asked, state, where, shown by.
fn rows(table: &str) -> Vec<[&str; 6]> {
    let is_row = |line: &&str| line.strip_prefix("| ").is_some_and(|row| row.starts_with(|c: char| c.is_ascii_digit()));
    table
        .lines()
        .filter(is_row)
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            <[&str; 6]>::try_from(cells).unwrap_or_else(|cells| panic!("these are not six cells: {cells:?}"))
        })
        .collect()
}

/// The numbers of what does not concern the program.
fn left_out(table: &str) -> Vec<&str> {
    let (_, list) = table.split_once("## What does not concern it").unwrap();
    let numbers = list.lines().filter_map(|line| line.strip_prefix("* ")?.strip_suffix('.')?.rsplit_once(": "));
    numbers.flat_map(|(_, numbers)| numbers.split(", ")).collect()
}

fn is_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u8>().is_ok())
}

/// Whether the file has a test of this name.
fn has_test(path: &str, name: &str) -> bool {
    let text = read(path);
    let wanted = format!("fn {name}(");
    let is_test = |line: &str| line.trim_start().starts_with("#[") && line.contains("test");
    text.match_indices(wanted.as_str()).any(|(at, _)| text[..at].lines().rev().take(4).any(is_test))
}

#[test]
fn every_requirement_has_one_place_in_the_table() {
    let table = read("server/SECURITY-ASVS.md");
    let (rows, left_out) = (rows(&table), left_out(&table));
    let mut seen = BTreeSet::new();
    for number in rows.iter().map(|row| row[0]).chain(left_out.iter().copied()) {
        assert!(is_number(number), "{number:?}");
        assert!(seen.insert(number), "{number} stands there twice");
    }
    assert_eq!(seen.len(), REQUIREMENTS);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for [number, level, _, state, place, _] in &rows {
        assert!(matches!(*level, "1" | "2"), "{number}");
        let word =
            STATES.into_iter().find(|word| state.starts_with(word)).unwrap_or_else(|| panic!("{number}: {state}"));
        assert!(word.starts_with("not") || !place.is_empty(), "{number}: where?");
        *counts.entry(word).or_default() += 1;
    }
    let [met, partly, not_met, not_yet] = STATES.map(|word| counts.get(word).copied().unwrap_or_default());
    let told = format!(
        "**{} concern this program: {met} are met, {partly} partly, {not_met} are not met, {not_yet} not yet.** {} do \
         not concern it",
        rows.len(),
        left_out.len()
    );
    assert!(table.contains(&told), "the table counts otherwise than: {told}");
}

#[test]
fn every_file_and_test_that_is_named_is_there() {
    let table = read("server/SECURITY-ASVS.md");
    let mut tests = BTreeSet::new();
    for [number, _, _, _, place, shown] in rows(&table) {
        for path in quoted(place).filter(|word| word.contains(['/', '.'])) {
            assert!(root().join(path).exists(), "{number}: there is no {path}");
        }
        for named in quoted(shown) {
            let (path, name) = named.split_once("::").unwrap_or_else(|| panic!("{number}: {named} names no test"));
            assert!(has_test(path, name), "{number}: {path} has no test {name}");
            tests.insert(named);
        }
    }
    assert!(tests.len() > 80, "{} tests are named", tests.len());
    let security = read("SECURITY.md");
    let paths = quoted(&security).filter(|word| word.contains('/') && !word.starts_with('/') && !word.contains(' '));
    for path in paths {
        assert!(root().join(path).exists(), "SECURITY.md: there is no {path}");
    }
}
