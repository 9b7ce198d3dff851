//! The certificate that the agent shows to the server. It is read again when its file is replaced: a company renews it more often than the
//! agent is started.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::trust::TrustError;

/// PEM files; they may be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Shown {
    fn read(&self, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TrustError> {
        let wrong = |path: &Path, reason: String| TrustError::Shown { path: path.to_owned(), reason };
        let chain: Vec<_> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|e| wrong(&self.certificate, e.to_string()))?;
        if chain.is_empty() {
            return Err(wrong(&self.certificate, "there is no certificate in it; give a PEM file".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|e| wrong(&self.key, e.to_string()))?;
        let key = CertifiedKey::from_der(chain, key, provider).map_err(|e| wrong(&self.key, e.to_string()))?;
        Ok(Arc::new(key))
    }

    /// Key and chain in one text, as reqwest takes them.
    pub(super) fn pem(&self) -> Result<Vec<u8>, TrustError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|e| TrustError::Shown { path: path.to_owned(), reason: e.to_string() })
        };
        let mut pem = read(&self.certificate)?;
        if self.key != self.certificate {
            pem.push(b'\n');
            pem.extend(read(&self.key)?);
        }
        Ok(pem)
    }

    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        [&self.certificate, &self.key].map(|path| std::fs::metadata(path).and_then(|found| found.modified()).ok())
    }
}

/// What is shown now, out of the files.
#[derive(Debug)]
pub(super) struct Files {
    shown: Shown,
    provider: Arc<CryptoProvider>,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    key: Arc<CertifiedKey>,
    changed_at: [Option<SystemTime>; 2],
}

impl Files {
    pub(super) fn open(shown: &Shown, provider: Arc<CryptoProvider>) -> Result<Self, TrustError> {
        let changed_at = shown.changed_at();
        let held = Mutex::new(Held { key: shown.read(&provider)?, changed_at });
        Ok(Self { shown: shown.clone(), provider, held })
    }
}

impl ResolvesClientCert for Files {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let changed_at = self.shown.changed_at();
        if changed_at != held.changed_at {
            match self.shown.read(&self.provider) {
                Ok(key) => *held = Held { key, changed_at },
                // It may be half written: the next connection looks again.
                Err(error) => tracing::warn!(%error, "the certificate from before is shown"),
            }
        }
        Some(Arc::clone(&held.key))
    }

    fn has_certs(&self) -> bool {
        true
    }
}
