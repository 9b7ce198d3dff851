//! The server's certificate: an own CA made at the first start, or certificates that somebody gave.
//!
//! The own CA lives in `<data_dir>/tls`: `ca.pem` is what agents trust, `ca.key` must never leave the machine, `server.pem` and
//! `server.key` are renewed from them. A CA that is there is never replaced: every agent pins it.

use std::fs;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::config::{Config, GivenTls, public_host};

mod look;

pub use look::{Looked, look};

const DAY_MS: i64 = 24 * 3_600 * 1_000;
const CA_DAYS: i64 = 3_652;
/// Browsers and operating systems accept no more than 398 days.
const LEAF_DAYS: i64 = 396;
/// With less than this left, the certificate is renewed.
const RENEW_DAYS: i64 = 30;

/// What the listener serves with, and what people are told about it.
#[derive(Debug, Clone)]
pub struct Identity {
    pub server: Arc<ServerConfig>,
    /// The own CA's certificate; none with given certificates.
    pub ca_pem: Option<String>,
    /// SHA-256 of the own CA's certificate as upper-case pairs with colons.
    pub ca_fingerprint: Option<String>,
    /// When the server's certificate expires.
    pub expires_at: i64,
}

/// What is wrong with a certificate or key, with the file's name and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {what}")]
pub struct TlsError {
    path: String,
    what: String,
}

impl TlsError {
    fn new(path: &Path, what: impl ToString) -> Self {
        Self { path: path.display().to_string(), what: what.to_string() }
    }
}

/// Names ring as the process's one provider of cryptography. Calling it again does nothing.
pub fn install_provider() {
    // An error means that one is installed already, by an earlier call.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Loads the given certificate, or the own one, which is made or renewed if need be.
///
/// # Errors
/// Names the file and what to do about it.
pub fn load(config: &Config, now_at: i64) -> Result<Identity, TlsError> {
    install_provider();
    match &config.given_tls {
        Some(given) => load_given(given, now_at),
        None => load_own(config, now_at),
    }
}

fn load_given(given: &GivenTls, now_at: i64) -> Result<Identity, TlsError> {
    let expires_at = expires_at(&given.certificate)?;
    if expires_at <= now_at {
        return Err(TlsError::new(
            &given.certificate,
            "this certificate has expired; agents would refuse it. Renew it",
        ));
    }
    let server = server_config(&given.certificate, &given.key)?;
    Ok(Identity { server, ca_pem: None, ca_fingerprint: None, expires_at })
}

fn load_own(config: &Config, now_at: i64) -> Result<Identity, TlsError> {
    let dir = Dir(config.data_dir.join("tls"));
    create_private_dir(&config.data_dir)?;
    create_private_dir(&dir.0)?;
    if !dir.ca().exists() {
        make_ca(&dir, config, now_at)?;
    }
    let names = names(config);
    if !is_leaf_good(&dir, &names, now_at) {
        make_leaf(&dir, &names, now_at)?;
    }
    let ca_pem = fs::read_to_string(dir.ca()).map_err(|e| TlsError::new(&dir.ca(), e))?;
    let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(|e| TlsError::new(&dir.ca(), e))?;
    Ok(Identity {
        server: server_config(&dir.leaf(), &dir.leaf_key())?,
        ca_fingerprint: Some(fingerprint(&ca)),
        ca_pem: Some(ca_pem),
        expires_at: expires_at(&dir.leaf())?,
    })
}

struct Dir(PathBuf);

impl Dir {
    fn ca(&self) -> PathBuf {
        self.0.join("ca.pem")
    }
    fn ca_key(&self) -> PathBuf {
        self.0.join("ca.key")
    }
    fn leaf(&self) -> PathBuf {
        self.0.join("server.pem")
    }
    fn leaf_key(&self) -> PathBuf {
        self.0.join("server.key")
    }
}

/// Every name by which the server may be reached, sorted, each once.
fn names(config: &Config) -> Vec<String> {
    let url = config.public_url.as_deref().and_then(public_host).map(str::to_ascii_lowercase);
    let is_name = |name: &String| {
        name.parse::<IpAddr>().is_ok() || name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
    };
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    names.extend(url);
    names.push(config.host_name.clone());
    names.retain(is_name);
    names.sort();
    names.dedup();
    names
}

fn make_ca(dir: &Dir, config: &Config, now_at: i64) -> Result<(), TlsError> {
    let wrong = |error: rcgen::Error| TlsError::new(&dir.ca(), error);
    let key = KeyPair::generate().map_err(wrong)?;
    let mut params = CertificateParams::default();
    // The name differs from installation to installation: a trust store keeps CAs apart by it.
    let tag: String = hex::encode_upper(Sha256::digest(key.public_key_raw())).chars().take(8).collect();
    params.distinguished_name.push(DnType::CommonName, format!("Highwater CA {tag} on {}", config.host_name));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_days(&mut params, now_at - DAY_MS, now_at + CA_DAYS * DAY_MS);
    let certificate = params.self_signed(&key).map_err(wrong)?;
    // The key first: a certificate without its key would look like a finished CA.
    write_private(&dir.ca_key(), &key.serialize_pem())?;
    write_private(&dir.ca(), &certificate.pem())
}

fn make_leaf(dir: &Dir, names: &[String], now_at: i64) -> Result<(), TlsError> {
    let read = |path: PathBuf| fs::read_to_string(&path).map_err(|e| TlsError::new(&path, e));
    let ca_key = KeyPair::from_pem(&read(dir.ca_key())?).map_err(|e| TlsError::new(&dir.ca_key(), e))?;
    let issuer = Issuer::from_ca_cert_pem(&read(dir.ca())?, ca_key).map_err(|e| TlsError::new(&dir.ca(), e))?;
    let wrong = |error: rcgen::Error| TlsError::new(&dir.leaf(), error);
    let key = KeyPair::generate().map_err(wrong)?;
    let mut params = CertificateParams::new(names).map_err(wrong)?;
    params.distinguished_name.push(DnType::CommonName, "Highwater server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_days(&mut params, now_at - DAY_MS, now_at + LEAF_DAYS * DAY_MS);
    let certificate = params.signed_by(&key, &issuer).map_err(wrong)?;
    write_private(&dir.leaf_key(), &key.serialize_pem())?;
    // The CA goes along: an agent that knows it by its fingerprint only has to see it.
    write_private(&dir.leaf(), &(certificate.pem() + &read(dir.ca())?))
}

/// Whether the server's certificate is there, whole, of today's CA, with today's names, and good for a while.
fn is_leaf_good(dir: &Dir, names: &[String], now_at: i64) -> bool {
    let (Ok(ca), Ok(leaf)) = (first_certificate(&dir.ca()), first_certificate(&dir.leaf())) else { return false };
    let (Ok((_, ca)), Ok((_, leaf))) = (parse_x509_certificate(&ca), parse_x509_certificate(&leaf)) else {
        return false;
    };
    let is_ours = leaf.verify_signature(Some(ca.public_key())).is_ok();
    let has_time = leaf.validity().not_after.timestamp() * 1_000 - now_at > RENEW_DAYS * DAY_MS;
    let mut stated: Vec<String> = match leaf.subject_alternative_name() {
        Ok(Some(extension)) => extension.value.general_names.iter().filter_map(name_of).collect(),
        _ => return false,
    };
    stated.sort();
    is_ours && has_time && stated == names && server_config(&dir.leaf(), &dir.leaf_key()).is_ok()
}

fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn server_config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|e| TlsError::new(certificate, format!("no certificate can be read from it: {e}")))?;
    if chain.is_empty() {
        return Err(TlsError::new(certificate, "there is no certificate in it; give a PEM file"));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|e| TlsError::new(key, format!("no private key can be read from it: {e}")))?;
    let mut server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|e| TlsError::new(key, format!("it does not go with {}: {e}", certificate.display())))?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}

fn first_certificate(path: &Path) -> Result<CertificateDer<'static>, TlsError> {
    CertificateDer::from_pem_file(path)
        .map_err(|e| TlsError::new(path, format!("no certificate can be read from it: {e}")))
}

/// When the first certificate of a PEM file expires.
///
/// # Errors
/// The file is not there, or there is no certificate in it.
pub fn expires_at(path: &Path) -> Result<i64, TlsError> {
    let der = first_certificate(path)?;
    let (_, certificate) = parse_x509_certificate(&der).map_err(|e| TlsError::new(path, e))?;
    Ok(certificate.validity().not_after.timestamp() * 1_000)
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let pairs: Vec<String> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// Certificates are good for whole days: from the midnight before `from_at` to the one before `to_at`.
fn set_days(params: &mut CertificateParams, from_at: i64, to_at: i64) {
    let midnight = |at: i64| {
        let day = TimeZone::UTC.to_datetime(Timestamp::from_millisecond(at).unwrap_or_default()).date();
        let part = |n: i8| u8::try_from(n).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(day.year()), part(day.month()), part(day.day()))
    };
    (params.not_before, params.not_after) = (midnight(from_at), midnight(to_at));
}

fn create_private_dir(path: &Path) -> Result<(), TlsError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| TlsError::new(path, format!("this directory cannot be made: {e}")))
}

/// Writes a file that only we may read. It is there whole or not at all, also after a power cut.
fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    let wrong = |error: std::io::Error| TlsError::new(path, format!("it cannot be written: {error}"));
    let part = path.with_extension("part");
    let _ = fs::remove_file(&part);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)?;
    file.sync_all().map_err(wrong)?;
    fs::rename(&part, path).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(late.ca_fingerprint, first.ca_fingerprint);
        assert_eq!(late.ca_pem, first.ca_pem);
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
        assert_eq!(identity.ca_fingerprint, None);
        assert!(load(&with(given.clone()), NOW_AT + 500 * DAY_MS).unwrap_err().to_string().contains("expired"));
        let crossed = GivenTls { key: own.path().join("tls/ca.key"), ..given };
        assert!(load(&with(crossed), NOW_AT).unwrap_err().to_string().contains("ca.key: it does not go with"));
    }
}
