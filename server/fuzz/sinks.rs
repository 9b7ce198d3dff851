//! Where names end up that anybody may choose: commands, tables. And what is sealed.

use std::cell::RefCell;
use std::sync::LazyLock;

use highwater::alerts::commands::{Form, free, quoted};
use highwater::model::evidence::{Evidence, Figures, HostThen, IdleClient, IdleSessions};
use highwater::sealed::Keys;
use highwater::web::sheet::Sheet;
use tree_sitter::{Node, Parser};

/// What PowerShell takes for the end of a constant in single quotes.
const QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(parser());
}

fn parser() -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).expect("the grammar is of this library's version");
    parser
}

/// A name in a command is one string constant and the name again, by PowerShell's grammar; and it leaves no comment.
pub fn powershell(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes);
    if let Some(constant) = quoted(&name) {
        assert_eq!(undoubled(&constant).as_deref(), Some(&*name));
        let script = format!("$x = {constant}\n");
        let tree = PARSER.with_borrow_mut(|parser| parser.parse(&script, None)).expect("nothing stops it");
        let mut found = Vec::new();
        assert!(constants(tree.root_node(), &script, &mut found), "{script:?} is no PowerShell");
        assert_eq!(found, [constant]);
    }
    let Ok(script) = free(&evidence(&name)) else { return };
    let text = script.text(Form::File, |_| name.clone().into_owned());
    let code = text.split(['\r', '\n', '\u{85}', '\u{2028}']).filter(|line| !line.starts_with('#'));
    let is_ours = |line: &str| line.is_empty() || OURS.iter().any(|beginning| line.starts_with(beginning));
    assert!(code.into_iter().all(is_ours), "{text:?}");
}

/// How lines of code begin.
const OURS: [&str; 3] = ["$idle = { [string]::Equals(", "Get-SmbSession | Where-Object ", "if ([System.Net.Dns]::"];

/// The text of a constant as PowerShell reads it: two of its quotes in a row stand for one. None if it ends earlier.
fn undoubled(constant: &str) -> Option<String> {
    let mut chars = constant.strip_prefix('\'')?.strip_suffix('\'')?.chars();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if QUOTES.contains(&c) && !QUOTES.contains(&chars.next()?) {
            return None;
        }
        text.push(c);
    }
    Some(text)
}

/// The constants below a node; false if something is not of the grammar.
fn constants<'a>(node: Node<'_>, script: &'a str, found: &mut Vec<&'a str>) -> bool {
    if node.kind() == "verbatim_string_characters" {
        found.push(&script[node.byte_range()]);
    }
    let mut is_good = !node.is_error() && !node.is_missing();
    for place in 0..node.child_count() {
        is_good &= node.child(place).is_some_and(|child| constants(child, script, found));
    }
    is_good
}

fn evidence(name: &str) -> Evidence {
    let sessions = IdleSessions { sessions: 2, shortest_secs: 900, longest_secs: 7_200 };
    let idle = IdleClient { name: name.to_owned(), zero_open: sessions, with_opens: sessions, opens: 3 };
    Evidence {
        host: HostThen { name: name.to_owned(), os: "Windows 11 Pro".to_owned(), ..HostThen::default() },
        peak: Some(Figures { sessions: 20, idle_zero_open: Some(2), ..Figures::default() }),
        idle: vec![idle],
        ..Evidence::default()
    }
}

/// A table of two names: whoever reads it finds both, and no formula, whichever separator is taken.
pub fn sheet(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (one, other) = text.split_once('\u{1f}').unwrap_or((&*text, ""));
    let mut sheet = Sheet::new(&["A", "B"]);
    sheet.text(one).text(other).text(other).text(one);
    let file = sheet.to_file();
    let written = file.strip_prefix('\u{feff}').expect("it is marked as UTF-8");
    let found: Vec<String> = cells(written, b',').iter().skip(2).map(|cell| bare(cell)).collect();
    assert_eq!(found, [one, other, other, one].map(bare));
    for separator in [b',', b';', b'\t'] {
        assert!(!cells(written, separator).iter().any(|cell| is_formula(cell)), "{written:?}");
    }
    // Nor for who knows no quotes.
    assert!(!written.split([',', ';', '\t', '\r', '\n']).any(is_formula), "{written:?}");
}

fn cells(written: &str, separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(written.as_bytes());
    let rows = reader.records().map(|row| row.expect("it is a table"));
    rows.flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Without what makes it harmless.
fn bare(text: &str) -> String {
    let shown = |c: char| if c.is_control() && !matches!(c, '\t' | '\r' | '\n') { '\u{fffd}' } else { c };
    text.chars().filter(|c| *c != '\'').map(shown).collect()
}

fn is_formula(cell: &str) -> bool {
    let is_no_matter = |c: char| c == '"' || c.is_whitespace();
    cell.trim_start_matches(is_no_matter).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// What the key of the corpus opens.
const PURPOSE: &str = "webhook 7";

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let key = format!("hwm_{}", "A".repeat(43));
    Keys::read(&key, "the fuzzer").expect("a key of 256 bits")
});

/// Sealed bytes open for what they were sealed for, or not at all; and a file of keys is read or refused.
pub fn sealed(bytes: &[u8]) {
    if let Ok(secret) = KEYS.open(PURPOSE, bytes) {
        assert!(KEYS.open("webhook 8", bytes).is_err());
        let again = KEYS.seal(PURPOSE, &secret).expect("there is randomness");
        assert_eq!(KEYS.open(PURPOSE, &again).as_ref(), Ok(&secret));
    }
    let _ = Keys::read(&String::from_utf8_lossy(bytes), "the fuzzer");
}
