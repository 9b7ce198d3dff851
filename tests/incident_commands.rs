//! The commands that an incident prints: PowerShell by its grammar, whatever clients and hosts call themselves.

use highwater::alerts::commands::{Form, file, quoted};
use highwater::locale::{Lang, Locale, Zone};
use highwater::model::IncidentId;
use highwater::model::evidence::{Evidence, Figures, HostThen, IdleClient, IdleSessions};
use highwater::web::incident::{free, trace};
use tree_sitter::{Node, Parser};

use crate::harness::hostile;

/// Constants of the commands that are not names.
pub(crate) const OURS: [&str; 3] = ["OrdinalIgnoreCase", "[", "]"];

/// The constants of a script by its grammar, or what of it is no PowerShell. The grammar knows no script that is comments only.
pub(crate) fn constants(script: &str) -> Result<Vec<String>, String> {
    if script.lines().all(|line| line.starts_with('#')) {
        return Ok(Vec::new());
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    let tree = parser.parse(script, None).unwrap();
    let mut found = Vec::new();
    collect(tree.root_node(), script, &mut found)?;
    Ok(found)
}

fn collect(node: Node<'_>, script: &str, found: &mut Vec<String>) -> Result<(), String> {
    if node.is_error() || node.is_missing() {
        return Err(format!("line {}: {}", node.start_position().row + 1, node.kind()));
    }
    if node.kind() == "verbatim_string_characters" {
        let text = &script[node.byte_range()];
        found.push(text[1..text.len() - 1].replace("''", "'"));
    }
    (0..node.child_count()).filter_map(|i| node.child(i)).try_for_each(|child| collect(child, script, found))
}

/// The grammar knows one of the five quotes: the others are read as PowerShell does.
pub(crate) fn undoubled(constant: &str) -> String {
    ['\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}']
        .iter()
        .fold(constant.to_owned(), |text, quote| text.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

pub(crate) fn evidence(host: &str, clients: &[String]) -> Evidence {
    let sessions = IdleSessions { sessions: 2, shortest_secs: 900, longest_secs: 7_200 };
    let idle = |name: &String| IdleClient { name: name.clone(), zero_open: sessions, with_opens: sessions, opens: 3 };
    Evidence {
        incident: Some(IncidentId(1_841)),
        host: HostThen { name: host.to_owned(), os: "Windows 11 Pro".to_owned(), ..HostThen::default() },
        peak: Some(Figures { sessions: 20, idle_zero_open: Some(2), ..Figures::default() }),
        idle: clients.iter().map(idle).collect(),
        ..Evidence::default()
    }
}

fn locales() -> [Locale; 2] {
    Lang::ALL.map(|lang| Locale::new(lang, Zone::utc()))
}

#[test]
fn every_hostile_name_is_one_constant_or_left_out() {
    let names = hostile::names();
    let (mut carried, mut left_out) = (0, 0);
    for locale in locales() {
        for name in &names {
            let script = free(&evidence("FS02", std::slice::from_ref(name)), &locale, Form::File).unwrap();
            let found = constants(&script).unwrap_or_else(|fault| panic!("{name:?}: {fault}\n{script}"));
            let of_client: Vec<String> = found
                .iter()
                .filter(|constant| !OURS.contains(&constant.as_str()))
                .map(|constant| undoubled(constant))
                .filter(|constant| constant != "FS02" && constant != "These commands are for another host.")
                .collect();
            if quoted(name).is_some() {
                assert_eq!(of_client, [name.clone(), name.clone()], "one for each of the two steps\n{script}");
                carried += 1;
            } else {
                assert!(of_client.is_empty() && !script.contains("Close-SmbSession"), "{name:?}\n{script}");
                left_out += 1;
            }
            let is_plain = |c: char| c == '\n' || !c.is_control();
            assert!(script.chars().all(is_plain) && !script.contains(['\u{202e}', '\u{2028}']), "{name:?}");
        }
    }
    assert!(carried > 300 && left_out > 20, "{carried} {left_out}");
}

#[test]
fn a_hostile_name_without_doubling_would_be_seen() {
    let naive = |name: &str| constants(&format!("$x = '{name}'"));
    let is_one = |name: &str| naive(name).is_ok_and(|found| found == [name]);
    let quotes: Vec<String> = hostile::names().into_iter().filter(|name| name.contains('\'')).collect();
    assert!(quotes.len() > 10 && quotes.iter().all(|name| !is_one(name)));
    assert!(is_one("PC-1"));
}

#[test]
fn all_hostile_names_together_are_still_powershell_in_both_languages() {
    let names = hostile::names();
    for locale in locales() {
        for host in &names {
            let few: Vec<String> = names.iter().take(3).cloned().collect();
            for script in [
                free(&evidence(host, &few), &locale, Form::File).unwrap(),
                trace(&evidence(host, &few), &locale, Form::File).unwrap(),
            ] {
                let fault = constants(&script).err();
                assert_eq!(fault, None, "{host:?}\n{script}");
            }
        }
        let script = free(&evidence("FS02", &names), &locale, Form::Page).unwrap();
        assert_eq!(constants(&script).err(), None);
        let half = &script[..script.rfind('}').unwrap()];
        assert!(constants(half).is_err(), "the end of a block is missing, and nobody minds");
    }
}

#[test]
fn a_file_is_powershell_with_its_mark_and_its_lines() {
    let script = trace(&evidence("FS02", &[]), &Locale::machine(), Form::File).unwrap();
    let written = String::from_utf8(file(&script)).unwrap();
    assert_eq!(constants(written.strip_prefix('\u{feff}').unwrap()).err(), None, "{written}");
}
