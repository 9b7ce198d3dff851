//! What Wine has itself: the registry, folders, names, costs, connections.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::os::windows::io::AsRawHandle as _;
use std::time::Duration;

use highwater_win32::registry::{self, Value, Watch};
use highwater_win32::{access, certificates, folders, report, system, tcp};

/// Of this process alone.
fn key() -> String {
    format!(r"SOFTWARE\Highwater\Test{}", std::process::id())
}

#[test]
fn values_are_written_read_and_removed() {
    let key = key();
    assert_eq!(registry::values(&key).unwrap(), None);
    assert_eq!(registry::value(&key, "ServerUrl").unwrap(), None);
    registry::remove(&key, "ServerUrl").unwrap();
    registry::set_text(&key, "ServerUrl", "https://highwater.example").unwrap();
    let expected = Value::Text("https://highwater.example".to_owned());
    assert_eq!(registry::value(&key, "ServerUrl").unwrap().as_ref(), Some(&expected));
    assert_eq!(registry::value(&key, "Other").unwrap(), None);
    assert_eq!(registry::values(&key).unwrap().unwrap().get("ServerUrl"), Some(&expected));
    registry::remove(&key, "ServerUrl").unwrap();
    assert_eq!(registry::value(&key, "ServerUrl").unwrap(), None);
    let current = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    assert!(matches!(registry::value(current, "CurrentBuild").unwrap(), Some(Value::Text(build)) if !build.is_empty()));
}

#[test]
fn a_change_is_told_once_also_of_a_key_that_was_not_there() {
    let key = key();
    let watch = Watch::start(&key).unwrap();
    assert!(!watch.wait(Duration::ZERO).unwrap());
    registry::set_text(&key, "Sampling", "30").unwrap();
    assert!(watch.wait(Duration::from_secs(20)).unwrap());
    // It is armed again at once: nothing in between is missed.
    while watch.wait(Duration::from_millis(50)).unwrap() {}
    registry::set_text(&key, "Sampling", "15").unwrap();
    assert!(watch.wait(Duration::from_secs(20)).unwrap());
}

#[test]
fn the_computer_says_what_it_is() {
    let version = system::version();
    assert_eq!((version.major, version.is_server), (10, false), "the prefix is a Windows 10");
    assert!(!system::names().unwrap().host.is_empty());
    let memory = system::memory().unwrap();
    assert!(memory.available_bytes > 0 && memory.available_bytes <= memory.total_bytes);
    assert!(system::processors().unwrap().busy > Duration::ZERO);
    let cost = system::own_cost().unwrap();
    assert!(cost.resident_bytes > 0 && cost.peak_resident_bytes >= cost.resident_bytes / 2);
    assert!(system::uptime() > Duration::ZERO);
    assert!(folders::program_data().unwrap().is_absolute());
    // Wine brings the roots that its host trusts.
    for root in certificates::trusted_roots().unwrap() {
        assert_eq!(root[0], 0x30, "DER begins with a sequence");
    }
}

#[test]
fn a_folder_can_be_restricted_and_one_that_is_not_there_cannot() {
    let folder = std::env::temp_dir().join(format!("highwater-access-{}", std::process::id()));
    assert!(access::restrict(&folder).is_err());
    std::fs::create_dir_all(&folder).unwrap();
    access::restrict(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_record_of_our_own_can_be_written() {
    let source = report::Source::open("Highwater").unwrap();
    source.write(report::Severity::Warning, 1_001, "FS01 has 19 of 20 sessions.").unwrap();
    source.write(report::Severity::Information, 1_000, &"é".repeat(40_000)).unwrap();
}

#[test]
fn connections_to_a_port_are_told_with_where_they_come_from_and_their_state() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert_eq!(tcp::connections(port).unwrap(), [], "a listener is no connection");
    let mut kept = Vec::new();
    for _ in 0..3 {
        let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        kept.push((client, listener.accept().unwrap().0));
    }
    let all = tcp::connections(port).unwrap();
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all.iter().all(|one| one.from.is_loopback() && one.state == tcp::State::Established), "{all:?}");
    let (mut client, server) = kept.pop().unwrap();
    drop(server);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
}

/// The number of a new handle: the lowest that is free, so it grows with what stays open. (Wine counts no handles.)
fn next_handle() -> usize {
    let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
    file.as_raw_handle() as usize
}

#[test]
fn no_call_keeps_a_handle() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let all = || {
        tcp::connections(port).unwrap();
        system::memory().unwrap();
        system::processors().unwrap();
        system::own_cost().unwrap();
        system::names().unwrap();
        registry::values(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion").unwrap();
        drop(registry::Watch::start(r"SOFTWARE\Policies").unwrap());
        drop(report::Source::open("Highwater").unwrap());
    };
    // What is loaded at the first time stays.
    all();
    let before = next_handle();
    (0..50).for_each(|_| all());
    let after = next_handle();
    assert!(after < before + 40, "the next handle was {before:#x} and is {after:#x}");
    let kept: Vec<_> = (0..50).map(|_| std::fs::File::open(std::env::current_exe().unwrap()).unwrap()).collect();
    assert!(next_handle() >= after + 100, "{} files that stay open are not seen", kept.len());
}
