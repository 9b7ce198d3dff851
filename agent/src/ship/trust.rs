//! Which server to trust. Checking cannot be switched off: the choice is only whom to believe.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};

use super::learned::Memory;
use super::shown::{Files, Shown};
use super::verify::{Anchors, Verifier, verifier};

/// Whom the agent believes to be its server, and what it shows to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// A PEM file with the certificates of the authorities to trust, instead of the system's.
    pub ca: Option<PathBuf>,
    /// The one authority to trust. With `ca` it must be in that file; without, the server has to present it in its chain.
    pub pin: Option<Pin>,
    /// Where is kept what the server says of its authorities. Without such a file, and with the system's authorities, it has no say.
    pub learned: Option<PathBuf>,
    /// What the agent shows of itself; nothing if the server does not want it.
    pub shown: Option<Shown>,
}

/// SHA-256 of an authority's certificate (DER), as `highwater` prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; 32]);

#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("the CA file {path} cannot be read: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("the CA file {0} holds no certificate: it must be PEM, with a line -----BEGIN CERTIFICATE-----")]
    Empty(PathBuf),
    #[error("the CA file {path} holds no certificate with the pinned SHA-256 {pin}")]
    PinElsewhere { path: PathBuf, pin: Pin },
    #[error(
        "the authorities that this computer trusts (Local Computer, Trusted Root Certification Authorities) cannot be read: {0}"
    )]
    NoStore(String),
    #[error("the pin must be the 64 hexadecimal digits of a SHA-256 (colons are allowed), but is {0:?}")]
    Pin(String),
    #[error("the certificate that this host shows to the server cannot be used: {path}: {reason}")]
    Shown { path: PathBuf, reason: String },
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    #[error("a certificate in the CA file cannot be trusted: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

impl std::str::FromStr for Pin {
    type Err = TrustError;

    /// Reads what people paste: with or without colons, a `sha256:` before it, in either case.
    fn from_str(text: &str) -> Result<Self, TrustError> {
        let plain = text.trim().to_ascii_lowercase();
        let plain = plain.strip_prefix("sha256:").unwrap_or(&plain).replace([':', ' '], "");
        let mut bytes = [0; 32];
        hex::decode_to_slice(&plain, &mut bytes).map_err(|_| TrustError::Pin(text.to_owned()))?;
        Ok(Self(bytes))
    }
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Pin {
    /// The pin that a certificate would have.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl Trust {
    /// TLS for these choices; none means the system's authorities, as reqwest sets them up itself. On Windows they are those that the
    /// computer trusts, whoever is signed in: where Group Policy puts a company's own.
    pub(super) fn tls(&self, server: &str) -> Result<Option<(ClientConfig, Arc<Anchors>)>, TrustError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (roots, pins) = match (&self.ca, self.pin) {
            #[cfg(not(windows))]
            (None, None) => return Ok(None),
            #[cfg(windows)]
            (None, None) => (Some(roots_of_computer()?), Vec::new()),
            (None, Some(pin)) => (None, vec![pin]),
            (Some(path), pin) => {
                let (roots, pins) = roots_of(path, pin)?;
                (Some(roots), pins)
            }
        };
        let inner = roots.map(|roots| verifier(roots, &provider)).transpose()?;
        let memory = self.learned.as_ref().map(|path| Memory::new(path, server, &pins));
        let anchors = Arc::new(Anchors::new(inner, pins, memory));
        let verifier = Verifier { anchors: Arc::clone(&anchors), provider: Arc::clone(&provider) };
        let shown_by = Arc::clone(&provider);
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous() // the name of rustls for "own verifier": ours checks everything the built-in one does
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match &self.shown {
            Some(shown) => {
                let mut config = config.with_client_cert_resolver(Arc::new(Files::open(shown, shown_by)?));
                // A session that is taken up again shows the certificate from before, whatever the file has by now.
                config.resumption = Resumption::disabled();
                config
            }
            None => config.with_no_client_auth(),
        };
        Ok(Some((config, anchors)))
    }
}

/// The authorities of a file, and what they are known by.
fn roots_of(path: &Path, pin: Option<Pin>) -> Result<(RootCertStore, Vec<Pin>), TrustError> {
    let unreadable = |reason: String| TrustError::Unreadable { path: path.to_owned(), reason };
    let pem = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
    let all: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|e| unreadable(e.to_string()))?;
    if all.is_empty() {
        return Err(TrustError::Empty(path.to_owned()));
    }
    let (mut roots, mut pins) = (RootCertStore::empty(), Vec::new());
    for certificate in all {
        let is = Pin::of(&certificate);
        if pin.is_none_or(|pin| pin == is) {
            roots.add(certificate)?;
            pins.push(is);
        }
    }
    match pin {
        Some(pin) if roots.is_empty() => Err(TrustError::PinElsewhere { path: path.to_owned(), pin }),
        _ => Ok((roots, pins)),
    }
}

#[cfg(windows)]
fn roots_of_computer() -> Result<RootCertStore, TrustError> {
    let trusted = highwater_win32::certificates::trusted_roots().map_err(|e| TrustError::NoStore(e.to_string()))?;
    let mut roots = RootCertStore::empty();
    // A company's store also holds what no verifier takes: that is no reason to trust nobody.
    let (_, ignored) = roots.add_parsable_certificates(trusted.into_iter().map(CertificateDer::from));
    if ignored > 0 {
        tracing::debug!(ignored, "some of the computer's authorities cannot be used");
    }
    if roots.is_empty() {
        return Err(TrustError::NoStore("there are none".to_owned()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_as_people_paste_it() {
        let plain = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let pin: Pin = plain.parse().unwrap();
        let pairs: Vec<_> = (0..32).map(|i| plain[2 * i..2 * i + 2].to_uppercase()).collect();
        assert_eq!(format!("SHA256:{}", pairs.join(":")).parse::<Pin>().unwrap(), pin);
        assert_eq!(pin.to_string(), plain);
        assert!("0011".parse::<Pin>().is_err());
        assert!("".parse::<Pin>().is_err());
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, "not a certificate").unwrap();
        let error = Trust { ca: Some(path), ..Trust::default() }.tls("https://h").unwrap_err().to_string();
        assert!(error.contains("ca.pem") && error.contains("BEGIN CERTIFICATE"), "{error}");
    }
}
