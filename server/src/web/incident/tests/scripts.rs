use super::*;
use crate::alerts::commands::{self, Form, Nothing};
use crate::model::evidence::{IdleClient, IdleSessions};

#[test]
fn commands_come_with_comments_in_the_reader_s_language_and_do_the_same() {
    let idle = IdleSessions { sessions: 5, shortest_secs: 7_200, longest_secs: 46_800 };
    let client = IdleClient { name: "SCANNER-2F".to_owned(), zero_open: idle, with_opens: idle, opens: 3 };
    let nobody = IdleClient { name: String::new(), zero_open: idle, ..IdleClient::default() };
    let evil = IdleClient { name: "a\nb".to_owned(), ..nobody.clone() };
    let evidence = Evidence { idle: vec![client, nobody, evil], more_idle: 2, ..kiosk() };
    let code = |text: &str| text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    let [english, french] = locales();
    for (ours, theirs) in [
        (free(&evidence, &english, Form::File).unwrap(), free(&evidence, &french, Form::File).unwrap()),
        (trace(&evidence, &english, Form::File).unwrap(), trace(&evidence, &french, Form::File).unwrap()),
    ] {
        assert_eq!(code(&ours), code(&theirs));
        assert_ne!(ours, theirs);
        assert!(!ours.contains(ID) && !theirs.contains(ID), "{theirs}");
    }
    let text = free(&evidence, &english, Form::Page).unwrap().replace(NBSP, " ");
    for wanted in [
        "# FS02, incident 1841: sessions that were idle at Tue 24 Nov 2026, 09:38 (Europe/Paris). Least harm first.\n",
        "# -WhatIf shows what would be closed and closes nothing; -Confirm asks for every session.\n",
        "# 1. SCANNER-2F: 5 sessions without an open file, idle for 2 h to 13 h\n",
        "# Left out: 5 idle sessions of a client without a name.\n",
        "characters that no command carries safely (U+000A).\n",
        "# WARNING: ",
        "# 2. SCANNER-2F: 5 sessions with 3 open files, idle for 2 h to 13 h\n",
        "# 2 more clients had idle sessions.\n",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(commands::free(&evidence).unwrap().commands() == 2);
    let why = [Nothing::NotWindows, Nothing::NotObserved, Nothing::NotKnown, Nothing::NobodyIdle];
    for why in why {
        assert!(locales().iter().all(|locale| nothing(why, locale).ends_with('.')), "{why:?}");
    }
}
