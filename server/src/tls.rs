//! The server's certificate: an own authority made at the first start ([`own`]), or certificates that somebody gave.
//!
//! TLS 1.2 and 1.3 with the ciphers that rustls takes for good, HTTP/2 before HTTP/1.1.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::config::{Config, GivenTls};
use crate::model::authority::Authority;
use crate::model::time::HOUR_MS;
use crate::stamp::Stamp;

mod look;
pub mod own;

pub use look::{Looked, look};

/// So long after it was loaded, a certificate is looked at again: a server that runs for years renews it.
const LOOK_MS: i64 = 12 * HOUR_MS;

/// What the listener serves with, and what people are told about it.
#[derive(Debug, Clone)]
pub struct Identity {
    pub server: Arc<ServerConfig>,
    /// The own authorities, the one that signs first; none with given certificates.
    pub authorities: Vec<Authority>,
    /// When the server's certificate expires.
    pub expires_at: i64,
    /// When it is to be loaded again, whether a file changes or not.
    pub due_at: i64,
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
        Some(given) => load_given(given, client_ca(config), now_at),
        None => load_own(config, now_at),
    }
}

/// The state of the files that a certificate is loaded from: another one means that they changed.
#[must_use]
pub fn stamps(config: &Config) -> Vec<Option<Stamp>> {
    let mut files: Vec<PathBuf> = match &config.given_tls {
        Some(given) => vec![given.certificate.clone(), given.key.clone()],
        None => own::Dir::of(config).watched().into(),
    };
    files.extend(client_ca(config).map(Path::to_owned));
    files.iter().map(|path| Stamp::of(path)).collect()
}

/// Whether a given certificate can be served.
///
/// # Errors
/// Names the file and what to do about it.
pub fn check(given: &GivenTls, now_at: i64) -> Result<(), TlsError> {
    install_provider();
    load_given(given, None, now_at).map(|_| ())
}

fn client_ca(config: &Config) -> Option<&Path> {
    config.client_certificates.as_ref().map(|certificates| certificates.ca_file.as_path())
}

fn load_given(given: &GivenTls, client_ca: Option<&Path>, now_at: i64) -> Result<Identity, TlsError> {
    let expires_at = expires_at(&given.certificate)?;
    if expires_at <= now_at {
        return Err(TlsError::new(
            &given.certificate,
            "this certificate has expired; agents would refuse it. Renew it",
        ));
    }
    let server = server_config(&given.certificate, &given.key, client_ca)?;
    Ok(Identity { server, authorities: Vec::new(), expires_at, due_at: now_at + LOOK_MS })
}

fn load_own(config: &Config, now_at: i64) -> Result<Identity, TlsError> {
    let dir = own::bring_up_to_date(config, now_at)?;
    let due_at = now_at + LOOK_MS;
    Ok(Identity {
        server: server_config(&dir.leaf(), &dir.leaf_key(), client_ca(config))?,
        authorities: dir.authorities()?,
        expires_at: expires_at(&dir.leaf())?,
        due_at: dir.until_at()?.map_or(due_at, |until_at| until_at.min(due_at)),
    })
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

/// `client_ca`: a file with the authorities whose certificates a client may show.
fn server_config(certificate: &Path, key: &Path, client_ca: Option<&Path>) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = chain(certificate)?;
    if chain.is_empty() {
        return Err(TlsError::new(certificate, "there is no certificate in it; give a PEM file"));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|e| TlsError::new(key, format!("no private key can be read from it: {e}")))?;
    let builder = ServerConfig::builder();
    let builder = match client_ca {
        Some(path) => builder.with_client_cert_verifier(client_verifier(path)?),
        None => builder.with_no_client_auth(),
    };
    let mut server = builder
        .with_single_cert(chain, private)
        .map_err(|e| TlsError::new(key, format!("it does not go with {}: {e}", certificate.display())))?;
    // The strongest cipher that both know is ours to choose.
    server.ignore_client_order = true;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(server))
}

/// Lets clients without a certificate in: only what agents call may want one, and that is known later.
fn client_verifier(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for authority in chain(path)? {
        roots.add(authority).map_err(|e| TlsError::new(path, e))?;
    }
    if roots.is_empty() {
        return Err(TlsError::new(path, "there is no certificate of an authority in it; give a PEM file"));
    }
    WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated().build().map_err(|e| TlsError::new(path, e))
}

/// Whose a certificate is, as it says itself: one line, and not a long one.
#[must_use]
pub fn subject(der: &[u8]) -> String {
    const LONGEST: usize = 200;
    let subject = parse_x509_certificate(der).map(|(_, certificate)| certificate.subject().to_string());
    subject.map_or_else(|_| "?".to_owned(), |subject| subject.chars().take(LONGEST).collect())
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|e| TlsError::new(path, format!("no certificate can be read from it: {e}")))
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
