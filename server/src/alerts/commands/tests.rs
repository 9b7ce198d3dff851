use super::*;
use crate::model::IncidentId;
use crate::model::evidence::{Figures, HostThen};

fn idle(name: &str, sessions: u32, longest_secs: i64) -> IdleClient {
    let zero_open = IdleSessions { sessions, shortest_secs: 900, longest_secs };
    IdleClient { name: name.to_owned(), zero_open, ..IdleClient::default() }
}

fn with_opens(name: &str, longest_secs: i64) -> IdleClient {
    let with_opens = IdleSessions { sessions: 1, shortest_secs: 1_000, longest_secs };
    IdleClient { name: name.to_owned(), with_opens, opens: 3, ..IdleClient::default() }
}

fn evidence(idle: Vec<IdleClient>) -> Evidence {
    let host = HostThen { name: "FS02".to_owned(), os: "Windows 11 Pro".to_owned(), ..HostThen::default() };
    let peak = Figures { sessions: 20, idle_zero_open: Some(7), ..Figures::default() };
    Evidence { incident: Some(IncidentId(1_841)), host, peak: Some(peak), idle, ..Evidence::default() }
}

/// In words for nobody.
fn text(script: &Script, form: Form) -> String {
    script.text(form, |note| format!("{note:?}"))
}

fn page(idle: Vec<IdleClient>) -> String {
    text(&free(&evidence(idle)).unwrap(), Form::Page)
}

/// The constants in single quotes as PowerShell reads them: any of five characters begins and ends one, two in a row stand for one.
/// Comments hold none. None if a constant does not end.
fn constants(script: &str) -> Option<Vec<String>> {
    const QUOTES: &str = "'\u{2018}\u{2019}\u{201a}\u{201b}";
    let mut found = Vec::new();
    let mut chars = script.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '#' {
            while chars.next_if(|c| !matches!(c, '\r' | '\n')).is_some() {}
        } else if QUOTES.contains(c) {
            let mut constant = String::new();
            loop {
                let c = chars.next()?;
                if QUOTES.contains(c) && chars.next_if(|next| QUOTES.contains(*next)).is_none() {
                    break;
                }
                constant.push(c);
            }
            found.push(constant);
        }
    }
    Some(found)
}

#[test]
fn sessions_without_files_come_first_then_a_warning_then_those_with_files_longest_idle_first() {
    let both = IdleClient { zero_open: idle("", 1, 1_000).zero_open, ..with_opens("B", 4_000) };
    let script = page(vec![idle("A", 5, 46_800), both, with_opens("C", 9_000)]);
    let steps: Vec<&str> = script
        .lines()
        .filter_map(|line| match line {
            line if line.contains("MayLose") => Some("!"),
            line if line.starts_with("$idle") => line.split('\'').nth(1),
            _ => None,
        })
        .collect();
    assert_eq!(steps, ["A", "B", "!", "C", "B"]);
    assert!(script.starts_with("# Freeing"), "{script}");
    assert!(!page(vec![idle("A", 5, 46_800)]).contains("MayLose"), "nothing to warn of");
}

#[test]
fn every_step_is_a_dry_run_and_then_a_question_and_meets_idle_sessions_only() {
    let script = page(vec![idle("A", 5, 46_800), with_opens("C", 9_000)]);
    let lines: Vec<&str> = script.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    for step in lines.chunks(3) {
        assert!(step[0].ends_with("-and $_.SecondsIdle -ge 900 }"), "{}", step[0]);
        assert_eq!(step[1], "Get-SmbSession | Where-Object $idle | Close-SmbSession -WhatIf");
        assert_eq!(step[2], "Get-SmbSession | Where-Object $idle | Close-SmbSession -Confirm");
    }
    assert!(lines[0].contains("-and $_.NumOpens -eq 0 -and") && lines[3].contains("-and $_.NumOpens -gt 0 -and"));
    assert_eq!((lines.len(), script.contains("-Force")), (6, false));
}

#[test]
fn a_name_stays_one_constant_whatever_quotes_it_has() {
    let names =
        ["o'brien", "\u{2019};calc;\u{2018}", "a\u{201a}\u{201b}'b", "$(calc)", "`\"${x}", "#>", "', 'x", "日本"];
    let script = page(names.map(|name| idle(name, 1, 900)).to_vec());
    let read = constants(&script).unwrap();
    let of_names: Vec<&str> = read.iter().map(String::as_str).filter(|c| *c != "OrdinalIgnoreCase").collect();
    assert_eq!(of_names, names);
    let naive = format!("$x = '{}'", names[0]);
    assert_eq!(constants(&naive), None, "this is how it would look without doubling");
    assert_ne!(constants("$x = '\u{2019};calc;\u{2018}'").unwrap(), [names[1]]);
}

#[test]
fn a_name_that_cannot_be_carried_is_left_out_and_only_its_code_points_are_told() {
    for (name, told) in [
        ("a\r\nStop-Computer", "U+000A, U+000D"),
        ("a\0b", "U+0000"),
        ("\u{1b}[2J", "U+001B"),
        ("\u{202e}exe", "U+202E"),
        ("a\u{2028}b\u{85}", "U+0085, U+2028"),
        ("zero\u{200b}width", "U+200B"),
        ("\u{fffd}", "U+FFFD"),
        ("", ""),
    ] {
        let script = page(vec![idle(name, 2, 900), idle("PC-2", 1, 900)]);
        assert!(script.contains(&format!("LeftOut {{ sessions: 2, signs: {told:?} }}")), "{name:?}: {script}");
        assert_eq!(constants(&script).unwrap(), ["PC-2", "OrdinalIgnoreCase"], "{name:?}");
        assert!(!script.contains("Stop-Computer"));
    }
}

#[test]
fn no_words_of_a_comment_leave_it() {
    let script = free(&evidence(vec![idle("A", 1, 900)])).unwrap();
    for words in ["one\ntwo", "a\rStop-Computer", "x\u{85}y\u{2028}z", "\u{202e}#", "#>"] {
        let text = script.text(Form::Page, |_| words.to_owned());
        let code: Vec<&str> = text.split(['\r', '\n', '\u{85}', '\u{2028}']).filter(|l| !l.starts_with('#')).collect();
        let is_ours =
            |line: &&str| line.is_empty() || line.starts_with("$idle = ") || line.starts_with("Get-SmbSession");
        assert!(code.iter().all(is_ours), "{words:?}: {text}");
    }
}

#[test]
fn addresses_are_met_in_brackets_or_not() {
    for name in ["fe80::1", "[fe80::1]"] {
        let script = page(vec![idle(name, 1, 900)]);
        assert!(script.contains("[string]::Equals($_.ClientComputerName.Trim('[', ']'), 'fe80::1', "), "{script}");
    }
    assert!(page(vec![idle("10.0.0.7", 1, 900)]).contains("Equals($_.ClientComputerName, '10.0.0.7', "));
}

#[test]
fn a_file_is_marked_has_windows_lines_and_ends_on_another_host() {
    let script = free(&evidence(vec![idle("A", 1, 900)])).unwrap();
    let bytes = file(&text(&script, Form::File));
    let written = String::from_utf8(bytes).unwrap();
    assert!(written.starts_with("\u{feff}# ") && written.ends_with("-Confirm\r\n"), "{written:?}");
    assert_eq!(written.matches('\n').count(), written.matches("\r\n").count());
    assert!(written.contains("if ([System.Net.Dns]::GetHostName() -ne 'FS02') { throw "));
    assert!(!text(&script, Form::Page).contains("GetHostName"), "a step of a page is copied alone");
}

#[test]
fn where_there_is_nothing_to_free_it_is_said_why() {
    let some = || evidence(vec![idle("A", 1, 900)]);
    let samba = HostThen { os: "Debian GNU/Linux 12".to_owned(), ..HostThen::default() };
    let unknown = Figures { idle_zero_open: None, ..Figures::default() };
    assert_eq!(free(&Evidence { host: samba.clone(), ..some() }), Err(Nothing::NotWindows));
    assert_eq!(free(&Evidence { peak: None, ..some() }), Err(Nothing::NotObserved));
    assert_eq!(free(&Evidence { peak: Some(unknown), ..some() }), Err(Nothing::NotKnown));
    assert_eq!(free(&Evidence { idle: Vec::new(), ..some() }), Err(Nothing::NobodyIdle));
    assert_eq!(trace(&Evidence { host: samba, ..some() }), None);
    let more = free(&Evidence { more_idle: 4, ..some() }).unwrap();
    assert!(text(&more, Form::Page).ends_with("# More { clients: 4 }\n") && more.commands() == 1);
}

#[test]
fn a_recording_is_bounded_says_so_and_stops_nobody_else_s() {
    let script = text(&trace(&evidence(Vec::new())).unwrap(), Form::File);
    for said in
        ["secs: 60", "mebibytes: 64", "Privacy", "<Buffers Value=\"64\"/>", "Start-Sleep -Seconds 60", "-lt 1gb"]
    {
        assert!(script.contains(said), "{said}: {script}");
    }
    let at = |what: &str| script.find(what).unwrap();
    assert!(at("-start") < at("$LASTEXITCODE -ne 0") && at("$LASTEXITCODE -ne 0") < at("-stop"), "{script}");
}
