use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls_pki_types::{ServerName, UnixTime};

use super::*;
use crate::config::GivenTls;
use crate::tls::{chain, load};

const NOW_AT: i64 = 1_795_512_660_000;

fn config(dir: &Path) -> Config {
    Config {
        data_dir: dir.to_owned(),
        host_name: "hw-7".to_owned(),
        public_url: Some("https://Highwater.corp.example:8443".to_owned()),
        ..Config::default()
    }
}

#[test]
fn the_ca_is_made_once_and_the_certificate_is_renewed_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let leaf = dir.path().join("tls/server.pem");
    let first = load(&config(dir.path()), NOW_AT).unwrap();
    assert!(first.expires_at - NOW_AT <= 397 * DAY_MS);
    let leaf_then = fs::read(&leaf).unwrap();

    let soon = load(&config(dir.path()), NOW_AT + 300 * DAY_MS).unwrap();
    assert_eq!(fs::read(&leaf).unwrap(), leaf_then, "it has 96 days left");
    let late = load(&config(dir.path()), NOW_AT + 370 * DAY_MS).unwrap();
    assert!(late.expires_at > soon.expires_at);
    assert_eq!((late.authorities.len(), late.authorities), (1, first.authorities));
}

#[test]
fn the_certificate_has_every_name_of_the_server_and_follows_the_settings() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    assert_eq!(names(&config), ["127.0.0.1", "::1", "highwater.corp.example", "hw-7", "localhost"]);
    load(&config, NOW_AT).unwrap();
    assert!(is_leaf_good(&Dir(dir.path().join("tls")), &names(&config), NOW_AT));
    config.public_url = Some("https://10.0.0.7:8443".to_owned());
    assert!(!is_leaf_good(&Dir(dir.path().join("tls")), &names(&config), NOW_AT));
}

#[cfg(unix)]
#[test]
fn only_we_may_read_the_keys() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    load(&config(dir.path()), NOW_AT).unwrap();
    for name in ["ca.key", "server.key"] {
        let mode = fs::metadata(dir.path().join("tls").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_damaged_certificate_of_our_own_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    load(&config(dir.path()), NOW_AT).unwrap();
    fs::write(dir.path().join("tls/server.pem"), "torn").unwrap();
    assert!(load(&config(dir.path()), NOW_AT).is_ok());
}

#[test]
fn a_ca_without_its_key_is_not_replaced_but_named() {
    let dir = tempfile::tempdir().unwrap();
    load(&config(dir.path()), NOW_AT).unwrap();
    fs::remove_file(dir.path().join("tls/ca.key")).unwrap();
    fs::remove_file(dir.path().join("tls/server.pem")).unwrap();
    assert!(load(&config(dir.path()), NOW_AT).unwrap_err().to_string().contains("ca.key"));
}

#[test]
fn given_certificates_are_used_and_refused_by_name() {
    let own = tempfile::tempdir().unwrap();
    load(&config(own.path()), NOW_AT).unwrap();
    let given = GivenTls { certificate: own.path().join("tls/server.pem"), key: own.path().join("tls/server.key") };
    let with = |given: GivenTls| Config { given_tls: Some(given), ..Config::default() };
    let identity = load(&with(given.clone()), NOW_AT).unwrap();
    assert!(identity.authorities.is_empty());
    assert!(load(&with(given.clone()), NOW_AT + 500 * DAY_MS).unwrap_err().to_string().contains("expired"));
    let crossed = GivenTls { key: own.path().join("tls/ca.key"), ..given };
    assert!(load(&with(crossed), NOW_AT).unwrap_err().to_string().contains("ca.key: it does not go with"));
}

/// Whether who knows only this authority believes the server's certificate.
fn believes(authority: &Authority, config: &Config, now_at: i64) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiServerVerifier::builder(Arc::new(roots)).build().unwrap();
    let chain = chain(&Dir::of(config).leaf()).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_millis(now_at.unsigned_abs()));
    let name = ServerName::try_from("hw-7").unwrap();
    verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], now).is_ok()
}

fn fingerprints(config: &Config, now_at: i64) -> Vec<String> {
    load(config, now_at).unwrap().authorities.into_iter().map(|authority| authority.fingerprint).collect()
}

#[test]
fn another_authority_is_believed_beside_the_one_before_and_then_alone() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let before = load(&config, NOW_AT).unwrap().authorities.remove(0);
    let next = rotate(&config, 30, NOW_AT).unwrap();
    assert_eq!(next.until_at, NOW_AT + 30 * DAY_MS);
    assert!(rotate(&config, 30, NOW_AT).unwrap_err().to_string().contains("already"));
    let next = next.authority;
    for days in [0, 29] {
        let at = NOW_AT + days * DAY_MS;
        assert_eq!(fingerprints(&config, at), [before.fingerprint.as_str(), &next.fingerprint]);
        assert!(believes(&before, &config, at) && believes(&next, &config, at), "after {days} days");
    }
    assert_eq!(load(&config, NOW_AT + 29 * DAY_MS + DAY_MS / 2 + 1).unwrap().due_at, NOW_AT + 30 * DAY_MS);
    let end = NOW_AT + 30 * DAY_MS;
    assert_eq!(fingerprints(&config, end), [next.fingerprint.as_str()]);
    assert!(believes(&next, &config, end) && !believes(&before, &config, end));
    assert!(!dir.path().join("tls/next").exists());
    let told = vec![TookOver { before: before.fingerprint, now: next.fingerprint.clone() }];
    assert_eq!(took_over(&config).unwrap(), told, "until somebody has written it down");
    forget(&config, &told).unwrap();
    assert_eq!(took_over(&config).unwrap(), []);
    assert_eq!(fingerprints(&config, end + 400 * DAY_MS), [next.fingerprint.as_str()]);
    assert!(status(&config).unwrap().2.is_none());
}

#[test]
fn an_overlap_is_ended_before_its_time_or_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let before = load(&config, NOW_AT).unwrap().authorities.remove(0);
    assert!(finish(&config, NOW_AT).is_err() && cancel(&config).is_err());
    let next = rotate(&config, 30, NOW_AT).unwrap();
    assert_eq!(fingerprints(&config, NOW_AT).len(), 2);
    assert_eq!(cancel(&config).unwrap(), next.authority);
    assert_eq!(fingerprints(&config, NOW_AT), [before.fingerprint.as_str()]);
    assert!(believes(&before, &config, NOW_AT) && !believes(&next.authority, &config, NOW_AT));

    let next = rotate(&config, 30, NOW_AT).unwrap();
    assert_eq!(finish(&config, NOW_AT + 1).unwrap().authority, next.authority);
    assert_eq!(fingerprints(&config, NOW_AT + 1), [next.authority.fingerprint.as_str()]);
    let given = GivenTls { certificate: "a.pem".into(), key: "a.key".into() };
    assert!(rotate(&Config { given_tls: Some(given), ..config }, 30, NOW_AT).is_err(), "it is not ours");
}

#[test]
fn an_authority_that_was_cut_off_half_way_is_none_or_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let before = load(&config, NOW_AT).unwrap().authorities.remove(0);
    let tls = dir.path().join("tls");
    // Made, but not announced.
    let next = rotate(&config, 30, NOW_AT).unwrap();
    let until = fs::read(tls.join("next/until")).unwrap();
    fs::remove_file(tls.join("next/until")).unwrap();
    assert_eq!(fingerprints(&config, NOW_AT + 60 * DAY_MS), [before.fingerprint.as_str()]);
    // Taking over, and the power goes between the key and the certificate.
    fs::write(tls.join("next/until"), until).unwrap();
    taken::announce(&Dir::of(&config)).unwrap();
    fs::copy(tls.join("next/ca.key"), tls.join("ca.key")).unwrap();
    assert_eq!(fingerprints(&config, NOW_AT + 60 * DAY_MS), [next.authority.fingerprint.as_str()]);
    let told = TookOver { before: before.fingerprint, now: next.authority.fingerprint.clone() };
    assert_eq!(took_over(&config).unwrap(), [told], "once, though it was begun twice");
    assert!(believes(&next.authority, &config, NOW_AT + 60 * DAY_MS));
}

#[test]
fn an_authority_that_has_begun_to_take_over_does_whatever_the_clock_or_somebody_says() {
    for says_cancel in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let config = config(dir.path());
        load(&config, NOW_AT).unwrap();
        let next = rotate(&config, 30, NOW_AT).unwrap().authority;
        let tls = dir.path().join("tls");
        // The process was killed between the key and the certificate.
        fs::copy(tls.join("next/ca.key"), tls.join("ca.key")).unwrap();
        if says_cancel {
            assert!(cancel(&config).unwrap_err().to_string().contains("has taken over now"));
            assert!(!tls.join("next").exists());
        }
        assert_eq!(fingerprints(&config, NOW_AT), [next.fingerprint.as_str()], "the clock was set back");
        assert!(believes(&next, &config, NOW_AT));
    }
}

#[test]
fn a_ca_whose_certificate_is_gone_is_not_replaced_but_named() {
    let dir = tempfile::tempdir().unwrap();
    load(&config(dir.path()), NOW_AT).unwrap();
    let key = fs::read(dir.path().join("tls/ca.key")).unwrap();
    fs::remove_file(dir.path().join("tls/ca.pem")).unwrap();
    let said = load(&config(dir.path()), NOW_AT).unwrap_err().to_string();
    assert!(said.contains("ca.pem") && said.contains("backup"), "{said}");
    assert_eq!(fs::read(dir.path().join("tls/ca.key")).unwrap(), key, "with its certificate it is whole again");
}

#[cfg(unix)]
#[test]
fn of_many_who_change_the_authority_at_once_one_makes_a_whole_one() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    load(&config, NOW_AT).unwrap();
    let made: usize = std::thread::scope(|threads| {
        let all: Vec<_> = (0..8).map(|_| threads.spawn(|| usize::from(rotate(&config, 30, NOW_AT).is_ok()))).collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(made, 1);
    let next = status(&config).unwrap().2.unwrap().authority;
    load(&config, NOW_AT + 31 * DAY_MS).unwrap();
    assert!(believes(&next, &config, NOW_AT + 31 * DAY_MS));
}
