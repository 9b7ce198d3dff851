//! Whom outgoing connections trust: the authorities of the operating system, and those of a file that the settings name.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tracing::warn;

/// What is wrong with the authorities to trust.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("it is no PEM: {0}")]
    Pem(String),
    #[error("there is no certificate in it: it must be PEM, with a line -----BEGIN CERTIFICATE-----")]
    Empty,
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// TLS that trusts the operating system's authorities, and these.
///
/// # Errors
/// Says what is wrong with them.
pub fn tls(authorities: &[CertificateDer<'static>]) -> Result<ClientConfig, TrustError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(tls.with_root_certificates(roots(authorities)?).with_no_client_auth())
}

/// The certificates of a PEM text: one at least.
///
/// # Errors
/// Says what is wrong with it.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let given: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| TrustError::Pem(error.to_string()))?;
    if given.is_empty() { Err(TrustError::Empty) } else { Ok(given) }
}

fn roots(given: &[CertificateDer<'static>]) -> Result<RootCertStore, TrustError> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    // A company's store also holds what no verifier takes: that is no reason to trust nobody.
    roots.add_parsable_certificates(system.certs);
    for certificate in given {
        roots.add(certificate.clone())?;
    }
    if roots.is_empty() {
        warn!("the operating system names no authorities to trust: nobody can be reached over TLS");
    }
    Ok(roots)
}
