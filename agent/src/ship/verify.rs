//! Checks the server's certificate: chain, names and validity as usual. What it adds:
//!
//! 1. The authority may be known by its SHA-256 only; the server presents it.
//! 2. A refusal tells what the server presented, so that a person can compare.
//! 3. The server may say which authority takes over from the one that it has. It is believed only over a connection that was verified by one of
//!    those that it names: a proxy in between, with a certificate of its own, changes nothing. From then on those alone are believed, until the
//!    server says otherwise or a person sets something else.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::learned::Memory;
use super::trust::{Pin, TrustError};

/// A server has two authorities, for a while.
const MOST_AUTHORITIES: usize = 4;

/// Whom to believe, shared by a client's connections.
#[derive(Debug)]
pub(super) struct Anchors {
    /// Absent when the authority is known by its SHA-256 only.
    inner: Option<Arc<WebPkiServerVerifier>>,
    /// The authorities that a person named.
    set: Vec<Pin>,
    /// None: the server has no say in it.
    memory: Option<Memory>,
    /// Instead of those that a person named, unless it is empty.
    learned: RwLock<Vec<Pin>>,
    /// By which one the last connection was verified.
    by: Mutex<Option<Pin>>,
}

impl Anchors {
    pub(super) fn new(inner: Option<Arc<WebPkiServerVerifier>>, set: Vec<Pin>, memory: Option<Memory>) -> Self {
        let learned = RwLock::new(memory.as_ref().map(Memory::recall).unwrap_or_default());
        Self { inner, set, memory, learned, by: Mutex::default() }
    }

    /// Takes in what the server said of its authorities: the one that signs now first, the one that stays last.
    pub(super) fn learn(&self, told: &[String]) {
        let Some(memory) = &self.memory else { return };
        let Ok(told) = told.iter().map(|pin| pin.parse()).collect::<Result<Vec<Pin>, _>>() else { return };
        let by = *self.by.lock().unwrap_or_else(PoisonError::into_inner);
        let is_its_own = by.is_some_and(|by| told.contains(&by)) && told.len() <= MOST_AUTHORITIES;
        let Some(last) = told.last().copied().filter(|_| is_its_own) else { return };
        // A person has named the one that stays already.
        let learned = if self.set.contains(&last) { Vec::new() } else { told };
        let mut held = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        if *held == learned {
            return;
        }
        let shown: Vec<String> = learned.iter().map(Pin::to_string).collect();
        tracing::info!(authorities = shown.join(", "), "the server says by which authorities it is known from now on");
        if let Err(error) = memory.keep(&learned) {
            tracing::warn!(%error, "what the server says of its authorities cannot be kept; it has to say it again");
        }
        *held = learned;
    }

    /// What to do if these are of an authority that a person named, and the server has named another in its place since; else nothing.
    fn undone(&self, presented: &[CertificateDer<'_>]) -> String {
        let is_of_set = presented.iter().any(|certificate| self.set.contains(&Pin::of(certificate)));
        match &self.memory {
            Some(memory) if is_of_set && !self.learned().is_empty() => format!(
                ". It has said before that another authority takes the place of this one. If it was restored from an older backup, remove \
                 {} and start the agent again",
                memory.path().display()
            ),
            _ => String::new(),
        }
    }

    fn learned(&self) -> Vec<Pin> {
        self.learned.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn verified_by(&self, pin: Option<Pin>) {
        *self.by.lock().unwrap_or_else(PoisonError::into_inner) = pin;
    }
}

pub(super) fn verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, TrustError> {
    Ok(WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build()?)
}

#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) anchors: Arc<Anchors>,
    pub(super) provider: Arc<CryptoProvider>,
}

/// What a server showed of itself.
struct Presented<'a> {
    end_entity: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    server_name: &'a ServerName<'a>,
    ocsp_response: &'a [u8],
    now: UnixTime,
}

impl Presented<'_> {
    fn check(&self, verifier: &WebPkiServerVerifier) -> Result<ServerCertVerified, rustls::Error> {
        let Self { end_entity, intermediates, server_name, ocsp_response, now } = *self;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }
}

impl Verifier {
    fn check(&self, presented: &Presented<'_>) -> Result<ServerCertVerified, rustls::Error> {
        let learned = self.anchors.learned();
        match &self.anchors.inner {
            Some(inner) if learned.is_empty() => {
                let verified = presented.check(inner)?;
                // That an authority was presented says nothing yet: anybody can add the certificate of another one.
                self.anchors.verified_by(None);
                let _ = self.check_pinned(&self.anchors.set, presented);
                Ok(verified)
            }
            _ => self.check_pinned(if learned.is_empty() { &self.anchors.set } else { &learned }, presented),
        }
    }

    /// With each of those that were presented and have one of these SHA-256 as the only authority.
    fn check_pinned(&self, pins: &[Pin], presented: &Presented<'_>) -> Result<ServerCertVerified, rustls::Error> {
        let mut why = rustls::Error::from(CertificateError::UnknownIssuer);
        for certificate in presented.intermediates {
            let pin = Pin::of(certificate);
            if !pins.contains(&pin) {
                continue;
            }
            let mut roots = RootCertStore::empty();
            roots.add(certificate.clone().into_owned())?;
            let only = verifier(roots, &self.provider).map_err(|e| rustls::Error::General(e.to_string()))?;
            match presented.check(&only) {
                Ok(verified) => {
                    self.anchors.verified_by(Some(pin));
                    return Ok(verified);
                }
                Err(error) => why = error,
            }
        }
        Err(why)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let presented = Presented { end_entity, intermediates, server_name, ocsp_response, now };
        let undone = || self.anchors.undone(intermediates);
        self.check(&presented).map_err(|e| match e {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                let presented: Vec<_> =
                    std::iter::once(end_entity).chain(intermediates).map(|c| Pin::of(c).to_string()).collect();
                rustls::Error::General(format!(
                    "the server's certificate comes from none of the trusted authorities; SHA-256 of what it presented: {}{}",
                    presented.join(", "),
                    undone()
                ))
            }
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An authority that signs: its certificate, and what signs with it.
    fn authority(name: &str) -> (CertificateDer<'static>, rcgen::Issuer<'static, rcgen::KeyPair>) {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        (certificate.der().clone(), rcgen::Issuer::new(params, key))
    }

    /// A certificate for `h`, by this one.
    fn leaf(by: &rcgen::Issuer<'static, rcgen::KeyPair>) -> CertificateDer<'static> {
        let params = rcgen::CertificateParams::new(["h".to_owned()]).unwrap();
        params.signed_by(&rcgen::KeyPair::generate().unwrap(), by).unwrap().der().clone()
    }

    #[test]
    fn an_authority_that_is_only_presented_vouches_for_nothing_and_one_that_was_replaced_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("authorities.json");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let ((ours, signs), (proxys, proxy_signs)) = (authority("ours"), authority("a proxy's"));
        let pins = vec![Pin::of(&ours), Pin::of(&proxys)];
        let mut roots = RootCertStore::empty();
        roots.add(ours.clone()).unwrap();
        roots.add(proxys).unwrap();
        let memory = Memory::new(&path, "https://h", &pins);
        let anchors = Arc::new(Anchors::new(Some(verifier(roots, &provider).unwrap()), pins, Some(memory)));
        let checked = Verifier { anchors: Arc::clone(&anchors), provider };
        let name = ServerName::try_from("h").unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_795_680_000));
        let check =
            |leaf: &CertificateDer<'_>| checked.verify_server_cert(leaf, std::slice::from_ref(&ours), &name, &[], now);
        let told = [Pin::of(&ours).to_string(), Pin::of(b"new").to_string()];
        // A proxy in between shows our authority beside a certificate of its own.
        check(&leaf(&proxy_signs)).unwrap();
        anchors.learn(&told);
        assert!(anchors.learned().is_empty(), "it was not verified by that one");
        check(&leaf(&signs)).unwrap();
        anchors.learn(&told);
        assert_eq!(anchors.learned().len(), 2);
        anchors.learn(&told[1..]);
        assert_eq!(anchors.learned().len(), 2, "the new one has vouched for nothing yet");
        anchors.verified_by(Some(Pin::of(b"new")));
        anchors.learn(&told[1..]);
        let said = check(&leaf(&signs)).unwrap_err().to_string();
        assert!(said.contains("authorities.json") && said.contains("backup"), "{said}");
    }

    #[test]
    fn only_the_server_itself_says_by_what_it_is_known_and_only_as_long_as_a_person_says_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("authorities.json");
        let [old, new, company] = [b"old", b"new", b"com"].map(|bytes| Pin::of(bytes));
        let told = |pins: &[Pin]| pins.iter().map(Pin::to_string).collect::<Vec<_>>();
        let anchors = |set: Pin| Anchors::new(None, vec![set], Some(Memory::new(&path, "https://h", &[set])));
        let knows_old = anchors(old);
        // (verified by, told, learned after it)
        for (by, said, learned) in [
            (None, told(&[old, new]), vec![]),
            (Some(company), told(&[old, new]), vec![]),
            (Some(old), told(&[]), vec![]),
            (Some(old), vec!["no pin".to_owned()], vec![]),
            (Some(old), told(&[old, new, new, new, new]), vec![]),
            (Some(old), told(&[old, new]), vec![old, new]),
            (Some(new), told(&[new]), vec![new]),
        ] {
            knows_old.verified_by(by);
            knows_old.learn(&said);
            assert_eq!(knows_old.learned(), learned, "{said:?}");
        }
        assert_eq!(anchors(old).learned(), [new], "it holds after the next start");
        let knows_new = anchors(new);
        knows_new.verified_by(Some(new));
        knows_new.learn(&told(&[old, new]));
        assert!(knows_new.learned().is_empty(), "who knows the one that stays needs no other");
        knows_old.verified_by(Some(old));
        knows_old.learn(&told(&[old]));
        assert!(knows_old.learned().is_empty() && !path.exists(), "it was taken back");
    }
}
