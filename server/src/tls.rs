//! The server's certificate: an own authority made at the first start ([`own`]), or certificates that somebody gave.
//!
//! TLS 1.2 and 1.3 with the ciphers that rustls takes for good, HTTP/2 before HTTP/1.1.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Name;

use crate::config::{Config, GivenTls};
use crate::model::authority::Authority;
use crate::model::time::HOUR_MS;
use crate::stamp::Stamp;

mod clients;
mod lists;
mod look;
pub mod own;

pub use clients::Clients;
pub use lists::{Concern, List};
pub use look::{Looked, look};

/// So long after it was loaded, a certificate is looked at again: a server that runs for years renews it.
const LOOK_MS: i64 = 12 * HOUR_MS;

/// What the listener serves with, and what people are told about it.
#[derive(Debug, Clone)]
pub struct Identity {
    pub server: Arc<ServerConfig>,
    /// Judges the certificates of clients; none if they are not asked for any.
    pub clients: Option<Arc<Clients>>,
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
    let clients = config.client_certificates.as_ref().map(Clients::load).transpose()?.map(Arc::new);
    // When a list ends, or its end comes near, that is said.
    let list_at = clients.as_ref().and_then(|clients| clients.next_at(now_at));
    let mut identity = match &config.given_tls {
        Some(given) => load_given(given, clients, now_at),
        None => load_own(config, clients, now_at),
    }?;
    identity.due_at = list_at.map_or(identity.due_at, |list_at| list_at.min(identity.due_at));
    Ok(identity)
}

/// The state of the files that a certificate is loaded from: another one means that they changed.
#[must_use]
pub fn stamps(config: &Config) -> Vec<Option<Stamp>> {
    let mut files: Vec<PathBuf> = match &config.given_tls {
        Some(given) => vec![given.certificate.clone(), given.key.clone()],
        None => own::Dir::of(config).watched().into(),
    };
    if let Some(certificates) = &config.client_certificates {
        files.push(certificates.ca_file.clone());
        files.extend_from_slice(&certificates.crl_files);
    }
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

fn load_given(given: &GivenTls, clients: Option<Arc<Clients>>, now_at: i64) -> Result<Identity, TlsError> {
    let expires_at = expires_at(&given.certificate)?;
    if expires_at <= now_at {
        return Err(TlsError::new(
            &given.certificate,
            "this certificate has expired; agents would refuse it. Renew it",
        ));
    }
    let server = server_config(&given.certificate, &given.key, clients.clone())?;
    Ok(Identity { server, clients, authorities: Vec::new(), expires_at, due_at: now_at + LOOK_MS })
}

fn load_own(config: &Config, clients: Option<Arc<Clients>>, now_at: i64) -> Result<Identity, TlsError> {
    let dir = own::bring_up_to_date(config, now_at)?;
    let due_at = now_at + LOOK_MS;
    Ok(Identity {
        server: server_config(&dir.leaf(), &dir.leaf_key(), clients.clone())?,
        clients,
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

/// `clients`: judges the certificates that clients show.
fn server_config(certificate: &Path, key: &Path, clients: Option<Arc<Clients>>) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = chain(certificate)?;
    if chain.is_empty() {
        return Err(TlsError::new(certificate, "there is no certificate in it; give a PEM file"));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|e| TlsError::new(key, format!("no private key can be read from it: {e}")))?;
    let asks = clients.is_some();
    let builder = ServerConfig::builder();
    let builder = match clients {
        Some(clients) => builder.with_client_cert_verifier(clients),
        None => builder.with_no_client_auth(),
    };
    let mut server = builder
        .with_single_cert(chain, private)
        .map_err(|e| TlsError::new(key, format!("it does not go with {}: {e}", certificate.display())))?;
    // The strongest cipher that both know is ours to choose.
    server.ignore_client_order = true;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    if asks {
        // A session that is taken up again shows the certificate from before, whatever its client has by now.
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
    }
    Ok(Arc::new(server))
}

/// Whose a certificate is, as it says itself: one line, and not a long one.
#[must_use]
pub fn subject(der: &[u8]) -> String {
    parse_x509_certificate(der).map_or_else(|_| "?".to_owned(), |(_, certificate)| name(certificate.subject()))
}

fn name(name: &X509Name<'_>) -> String {
    const LONGEST: usize = 200;
    name.to_string().chars().take(LONGEST).collect()
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
