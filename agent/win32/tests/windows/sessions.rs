//! netapi32: sessions, files, shares, the server.

use std::fmt::Write as _;

use highwater_win32::sessions::{self, Level, Session};
use highwater_win32::{files, server, shares};

use crate::script::{Script, hex, units};

const ACCESS_DENIED: i32 = 5;
const NOT_SUPPORTED: i32 = 50;
const INVALID_LEVEL: i32 = 124;

fn crowd(count: u32) -> Vec<Session> {
    let one = |n: u32| Session {
        client: format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255),
        user: format!("usér{n}"),
        opens: Some(n % 7),
        age_secs: Some(n * 3),
        idle_secs: Some(n),
        flags: Some(n % 3),
        transport: r"\Device\NetbiosSmb".to_owned(),
    };
    (0..count).map(one).collect()
}

fn lines(sessions: &[Session]) -> String {
    let number = |n: Option<u32>| n.unwrap_or_default();
    sessions.iter().fold(String::new(), |mut all, s| {
        writeln!(
            all,
            "session {} {} {} {} {} {} {}",
            hex(&s.client),
            hex(&s.user),
            number(s.opens),
            number(s.age_secs),
            number(s.idle_secs),
            number(s.flags),
            hex(&s.transport)
        )
        .unwrap();
        all
    })
}

#[test]
fn whatever_the_server_has_is_listed_over_any_pages_and_every_buffer_goes_back() {
    let script = Script::new();
    for count in [0, 1, 25, 300, 5_000] {
        for page in ["", "page 1\n", "page 25\n", "page 1000000\n"] {
            // A page of one entry each for thousands is only slow.
            if count > 300 && page == "page 1\n" {
                continue;
            }
            let expected = crowd(count);
            script.write("netapi32", &format!("{page}{}", lines(&expected)));
            let (level, listed) = sessions::list(Level::L502).unwrap();
            assert_eq!((level, listed.cut.is_none()), (Level::L502, true));
            assert_eq!(listed.entries, expected, "{count} sessions, {page}");
            assert_eq!(script.left("netapi32"), 0);
        }
    }
}

#[test]
fn a_refused_level_leads_to_the_next_which_tells_what_it_can() {
    let script = Script::new();
    let all = crowd(3);
    let ladder = [(Level::L502, 502), (Level::L2, 2), (Level::L1, 1), (Level::L10, 10), (Level::L0, 0)];
    let mut refused = String::new();
    for (level, number) in ladder {
        script.write("netapi32", &format!("{refused}{}", lines(&all)));
        let (found, listed) = sessions::list(Level::L502).unwrap();
        assert_eq!((found, found.number()), (level, number));
        let expected: Vec<Session> = all.iter().map(|session| as_told(level, session)).collect();
        assert_eq!(listed.entries, expected);
        // Who knows already what is refused does not ask for it.
        assert_eq!(sessions::list(level).unwrap().0, level);
        let status = if number == 2 { INVALID_LEVEL } else { ACCESS_DENIED };
        writeln!(refused, "refuse {number} {status}").unwrap();
    }
    script.write("netapi32", &refused);
    assert_eq!(sessions::list(Level::L502).unwrap_err().raw_os_error(), Some(ACCESS_DENIED), "the first refusal");
    assert_eq!(script.left("netapi32"), 0);
}

/// What a level leaves out.
fn as_told(level: Level, all: &Session) -> Session {
    let mut told = all.clone();
    if level != Level::L502 {
        told.transport.clear();
    }
    if matches!(level, Level::L10 | Level::L0) {
        (told.opens, told.flags) = (None, None);
    }
    if level == Level::L0 {
        (told.age_secs, told.idle_secs) = (None, None);
        told.user.clear();
    }
    told
}

#[test]
fn an_error_on_any_page_is_told_and_frees_everything() {
    let script = Script::new();
    let all = crowd(100);
    for page in 0..10 {
        // Not a refusal: another level would fail as well.
        script.write("netapi32", &format!("page 10\nfail session {page} 1726\n{}", lines(&all)));
        let listed = sessions::list(Level::L502);
        if page == 0 {
            assert_eq!(listed.unwrap_err().raw_os_error(), Some(1_726));
        } else {
            let (_, listed) = listed.unwrap();
            assert_eq!(listed.entries, all[..page * 10]);
            assert_eq!(listed.cut.unwrap().raw_os_error(), Some(1_726));
        }
        assert_eq!(script.left("netapi32"), 0, "page {page}");
    }
}

#[test]
fn a_server_that_promises_more_and_gives_nothing_does_not_hold_the_agent() {
    let script = Script::new();
    script.write("netapi32", &format!("page 10\nstall session 2\n{}", lines(&crowd(100))));
    let (_, listed) = sessions::list(Level::L502).unwrap();
    assert_eq!((listed.entries.len(), listed.cut.is_some()), (20, true));
    assert_eq!(script.left("netapi32"), 0);
}

#[test]
fn hostile_names_come_through_as_they_are_or_are_made_text() {
    let script = Script::new();
    let names =
        ["<script>alert(1)</script>", "=cmd|'/c calc'!A1", "a\r\nb", "\u{202e}txt.exe", "’;calc", "機械", "🖥", "$(x)"];
    let mut all: String = names.iter().map(|name| format!("session {} {} 1 2 3 0 -\n", hex(name), hex(name))).collect();
    // Half of a surrogate pair, the longest name, none, and a null pointer.
    let long = "x".repeat(8_000);
    writeln!(all, "session {} {} 1 2 3 0 .", units(&[0x41, 0xdc00, 0x42]), hex(&long)).unwrap();
    writeln!(all, "session . - 1 2 3 0 -").unwrap();
    script.write("netapi32", &all);
    let (_, listed) = sessions::list(Level::L502).unwrap();
    let found: Vec<(&str, &str)> = listed.entries.iter().map(|s| (s.client.as_str(), s.user.as_str())).collect();
    let mut expected: Vec<(&str, &str)> = names.iter().map(|name| (*name, *name)).collect();
    expected.push(("A\u{fffd}B", &long));
    expected.push(("", ""));
    assert_eq!(found, expected);
    assert_eq!(script.left("netapi32"), 0);
}

#[test]
fn open_files_are_bounded() {
    let script = Script::new();
    let all: String =
        (0..50).map(|n| format!("file {n} 3 {} {} {}\n", n % 3, hex(&format!(r"D:\x\{n}")), hex("ann"))).collect();
    script.write("netapi32", &format!("page 20\n{all}"));
    let listed = files::list(1_000).unwrap();
    assert_eq!((listed.entries.len(), listed.cut.is_none()), (50, true));
    assert_eq!((listed.entries[7].id, listed.entries[7].locks, listed.entries[7].permissions), (7, 1, 3));
    assert_eq!((listed.entries[7].path.as_str(), listed.entries[7].user.as_str()), (r"D:\x\7", "ann"));
    let listed = files::list(20).unwrap();
    assert_eq!((listed.entries.len(), listed.cut.is_some()), (20, true));
    assert_eq!(script.left("netapi32"), 0);
}

#[test]
fn shares_tell_how_much_of_their_limit_is_used() {
    let script = Script::new();
    script.write(
        "netapi32",
        &format!("share {} 0 25 24\nshare {} 0x80000003 0xffffffff 300\n", hex("data"), hex("IPC$")),
    );
    let listed = shares::list().unwrap();
    let found: Vec<_> = listed.entries.iter().map(|s| (s.name.as_str(), s.kind, s.most_uses, s.uses)).collect();
    assert_eq!(found, [("data", 0, Some(25), 24), ("IPC$", 0x8000_0003, None, 300)]);
    script.write("netapi32", "fail share 0 5\n");
    assert_eq!(shares::list().unwrap_err().raw_os_error(), Some(ACCESS_DENIED));
    assert_eq!(script.left("netapi32"), 0);
}

#[test]
fn the_server_tells_its_limit_and_what_it_counted() {
    let script = Script::new();
    script.write("netapi32", "server 20 15 10 0 0\nstatistics 1772445600 5 20 1 2 3 4 5 6 7 8\n");
    let info = server::info().unwrap();
    assert_eq!((info.users, info.idle_minutes, info.version, info.licenses), (20, 15, (10, 0), 0));
    let counted = server::statistics().unwrap();
    assert_eq!((counted.started_secs, counted.opens, counted.sessions), (1_772_445_600, 5, 20));
    assert_eq!((counted.timed_out, counted.errored_out), (1, 2));
    assert_eq!((counted.password_errors, counted.permission_errors, counted.system_errors), (3, 4, 5));
    assert_eq!((counted.response_ms, counted.request_buffers_short, counted.big_buffers_short), (6, 7, 8));
    script.write("netapi32", "server 16777216 -1 10 0 0\nfail statistics 0 50\n");
    assert_eq!((server::info().unwrap().users, server::info().unwrap().idle_minutes), (16_777_216, -1));
    assert_eq!(server::statistics().unwrap_err().raw_os_error(), Some(NOT_SUPPORTED));
    script.write("netapi32", "fail server 0 5\n");
    assert_eq!(server::info().unwrap_err().raw_os_error(), Some(ACCESS_DENIED));
    assert_eq!(script.left("netapi32"), 0);
}
