//! The server's certificate while it runs: replaced, broken, and by which protocols it is shown.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use highwater::clock::Clock;
use highwater::config::{Config, GivenTls};
use highwater::health::{self, Places};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CipherSuite, ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion, version};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::harness::server::{ServerProcess, TestServer, client, program};
use crate::harness::store::Store;
use crate::harness::wait::eventually;

/// A certificate for localhost from an authority of its own: what a server makes for itself, to be given to another one.
struct Made {
    folder: TempDir,
    ca_pem: String,
}

impl Made {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let identity = highwater::tls::load(&config, Clock::system().now_at()).unwrap();
        Self { folder, ca_pem: identity.authorities[0].pem.clone() }
    }

    fn give(&self, to: &Path) {
        for name in ["server.pem", "server.key"] {
            fs::copy(self.folder.path().join("tls").join(name), to.join(name)).unwrap();
        }
    }
}

/// A server with a given certificate, and its log.
fn start(dir: &Path) -> (ServerProcess, PathBuf) {
    let path = |name: &str| dir.join(name).display().to_string();
    let (certificate, key) = (path("server.pem"), path("server.key"));
    let given = [("HIGHWATER_TLS_CERTIFICATE", certificate.as_str()), ("HIGHWATER_TLS_KEY", key.as_str())];
    let log = dir.join("log");
    let server = ServerProcess::start_telling(dir, &given, File::create(&log).unwrap().into());
    (server, log)
}

async fn trusts(server: &ServerProcess, ca_pem: &str) -> bool {
    client(ca_pem).get(format!("{}/healthz", server.url)).send().await.is_ok()
}

#[tokio::test]
async fn a_given_certificate_that_is_replaced_is_noticed_while_connections_stay() {
    let (one, other, dir) = (Made::new(), Made::new(), TempDir::new().unwrap());
    one.give(dir.path());
    let (server, _) = start(dir.path());
    let healthz = format!("{}/healthz", server.url);
    let open = client(&one.ca_pem);
    assert!(open.get(&healthz).send().await.is_ok() && !trusts(&server, &other.ca_pem).await);
    other.give(dir.path());
    eventually("the files are read again", async || {
        if trusts(&server, &other.ca_pem).await { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
    assert!(!trusts(&server, &one.ca_pem).await, "who comes now is shown the new one");
    assert!(open.get(&healthz).send().await.is_ok(), "the connection from before is still there");
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_changes_nothing_and_is_said_in_log_diagnosis_and_doctor() {
    let (one, other, dir) = (Made::new(), Made::new(), TempDir::new().unwrap());
    one.give(dir.path());
    let (server, log) = start(dir.path());
    let given = GivenTls { certificate: dir.path().join("server.pem"), key: dir.path().join("server.key") };
    let places = Places {
        certificate: given.certificate.clone(),
        given_tls: Some(given.clone()),
        data_dir: dir.path().to_owned(),
        ..Places::default()
    };
    let diagnosis = || health::certificate(&places, Clock::system().now_at()).map(String::from).map_err(String::from);
    assert!(diagnosis().is_ok());
    let refused = async |times: usize| {
        eventually("it is said in the log", async || {
            let said = fs::read_to_string(&log).unwrap().matches("the one in use stays").count();
            if said >= times { Ok(()) } else { Err(format!("{said} times")) }
        })
        .await;
    };
    // The certificate of another key, then what is none at all.
    fs::copy(other.folder.path().join("tls/server.pem"), &given.certificate).unwrap();
    refused(1).await;
    assert!(diagnosis().unwrap_err().contains("server.key: it does not go with"), "{:?}", diagnosis());
    let doctor = Command::new(program("highwater"))
        .args(["doctor"])
        .current_dir(dir.path())
        .env("HIGHWATER_DATA_DIR", dir.path())
        .env("HIGHWATER_TLS_CERTIFICATE", &given.certificate)
        .env("HIGHWATER_TLS_KEY", &given.key)
        .output()
        .unwrap();
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(doctor.contains("FAIL certificate: it cannot be used: "), "{doctor}");
    fs::write(&given.certificate, "torn").unwrap();
    refused(2).await;
    assert!(trusts(&server, &one.ca_pem).await && !trusts(&server, &other.ca_pem).await);
    server.signal("HUP");
    refused(3).await;

    other.give(dir.path());
    eventually("the right ones are read", async || {
        if trusts(&server, &other.ca_pem).await { Ok(()) } else { Err("not yet".to_owned()) }
    })
    .await;
    assert!(diagnosis().is_ok());
}

#[tokio::test]
async fn the_server_chooses_the_strongest_cipher_whatever_a_client_likes_best() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.ca_pem.as_bytes()).unwrap()).unwrap();
    let mut provider = rustls::crypto::ring::default_provider();
    provider.cipher_suites.reverse();
    let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&[&version::TLS13]);
    let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(server.addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let suite = stream.get_ref().1.negotiated_cipher_suite().map(|suite| suite.suite());
    assert_eq!(suite, Some(CipherSuite::TLS13_AES_256_GCM_SHA384));
    server.stop().await;
}

async fn agreed(
    server: &TestServer,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&[u8]],
) -> (Option<ProtocolVersion>, Option<Vec<u8>>) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.ca_pem.as_bytes()).unwrap()).unwrap();
    let mut config =
        ClientConfig::builder_with_protocol_versions(versions).with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(server.addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let session = stream.get_ref().1;
    (session.protocol_version(), session.alpn_protocol().map(<[u8]>::to_vec))
}

#[tokio::test]
async fn tls_is_of_this_decade_and_http_is_agreed_upon() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (old, new) = (agreed(&server, &[&version::TLS12], &[]).await, agreed(&server, &[&version::TLS13], &[]).await);
    assert_eq!((old.0, new.0), (Some(ProtocolVersion::TLSv1_2), Some(ProtocolVersion::TLSv1_3)));
    let both: [&[u8]; 2] = [b"http/1.1", b"h2"];
    assert_eq!(agreed(&server, &[&version::TLS13], &both).await.1.as_deref(), Some(&b"h2"[..]), "the server's choice");
    assert_eq!(agreed(&server, &[&version::TLS13], &both[..1]).await.1.as_deref(), Some(&b"http/1.1"[..]));

    // A greeting of TLS 1.0, with one cipher of its time.
    let body = [&[3, 1][..], &[7; 32], &[0, 0, 2, 0, 0x2f, 1, 0]].concat();
    let length = u8::try_from(body.len()).unwrap();
    let hello = [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat();
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer.first(), Some(&0x15), "an alert, and nothing else: {answer:?}");
    server.stop().await;
}
