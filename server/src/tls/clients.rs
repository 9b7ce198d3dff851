//! Certificates that clients show. Promises:
//!
//! 1. Where there are lists of revoked certificates, one counts only if its issuer's list is there, is signed by it, has not expired and does
//!    not name it. What is not known is refused. Of authorities between it and the company's a list need not be there; what it revokes is
//!    revoked.
//! 2. What counts no longer is not used over a connection that is open either: each request asks again, which costs a hash while nothing
//!    changed.
//! 3. Who is refused is told in the log, with subject, serial number and why: each certificate once an hour, and so many an hour, since
//!    anybody can make himself certificates.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{
    CertRevocationListError, CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use sha2::{Digest as _, Sha256};
use x509_parser::parse_x509_certificate;

use super::lists::{self, Concern, List};
use super::{TlsError, chain, install_provider, name, subject};
use crate::config::ClientCertificates;
use crate::model::time::HOUR_MS;

/// Certificates that are remembered as good, before all are forgotten.
const MOST_KNOWN: usize = 32_768;
/// Certificates that are told of within an hour: of the company's, and of others.
const MOST_TOLD: usize = 100;

type Mark = [u8; 32];

/// Judges them, by the authorities and lists that it was loaded with.
#[derive(Debug)]
pub struct Clients {
    /// Without lists.
    plain: Arc<dyn ClientCertVerifier>,
    by_list: Vec<ByList>,
    lists: Vec<List>,
    /// Their subjects.
    authorities: Vec<String>,
    /// Until when those that were judged good are so, if nothing changes.
    known: Mutex<HashMap<Mark, i64>>,
    told: Mutex<Told>,
}

/// One list alone. rustls asks the first of an issuer's name and no further one, and an authority with a new key has two.
#[derive(Debug)]
struct ByList {
    /// The certificate itself: its status has to be known, by a list that has not expired.
    itself: Arc<dyn ClientCertVerifier>,
    /// Those between it and the company's authority, too: only what is revoked matters.
    between: Arc<dyn ClientCertVerifier>,
}

#[derive(Debug, Default)]
struct Told {
    /// Since 1970.
    hour: i64,
    ours: HashSet<Mark>,
    strangers: HashSet<Mark>,
}

impl Clients {
    /// # Errors
    /// Names the file and what to do.
    pub fn load(certificates: &ClientCertificates) -> Result<Self, TlsError> {
        install_provider();
        let ca_file = &certificates.ca_file;
        let authorities = chain(ca_file)?;
        let mut roots = RootCertStore::empty();
        for authority in &authorities {
            roots.add(authority.clone()).map_err(|e| TlsError::new(ca_file, e))?;
        }
        if roots.is_empty() {
            return Err(TlsError::new(ca_file, "there is no certificate of an authority in it; give a PEM file"));
        }
        let roots = Arc::new(roots);
        // Clients without one are let in: only what agents call may want one, and that is known later.
        let builder = || WebPkiClientVerifier::builder(Arc::clone(&roots)).allow_unauthenticated();
        let lists = lists::read(&certificates.crl_files, &authorities)?;
        let by_list = |list: &List| -> Result<ByList, VerifierBuilderError> {
            let builder = || builder().with_crls([list.der.clone()]);
            let itself = builder().only_check_end_entity_revocation().enforce_revocation_expiration().build()?;
            let between = builder().allow_unknown_revocation_status().build()?;
            Ok(ByList { itself, between })
        };
        let each = lists.iter().map(|list| by_list(list).map_err(|e| TlsError::new(&list.path, lists::unusable(&e))));
        Ok(Self {
            plain: builder().build().map_err(|e| TlsError::new(ca_file, e))?,
            by_list: each.collect::<Result<_, _>>()?,
            authorities: authorities.iter().map(|der| subject(der)).collect(),
            lists,
            known: Mutex::default(),
            told: Mutex::default(),
        })
    }

    #[must_use]
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// What somebody has to know of the lists, the worst first; nothing, if there are none.
    #[must_use]
    pub fn concerns(&self, now_at: i64) -> Vec<Concern> {
        if self.lists.is_empty() {
            return Vec::new();
        }
        // Of one that a later one stands beside nothing is to be said.
        let is_replaced = |list: &List| {
            let is_later = |other: &List| other.issuer == list.issuer && other.expires_at > list.expires_at;
            self.lists.iter().any(|other| other.signers == list.signers && is_later(other))
        };
        let of_lists = self.lists.iter().filter(|list| !is_replaced(list)).filter_map(|list| list.concern(now_at));
        let (mut concerns, ending): (Vec<Concern>, Vec<Concern>) =
            of_lists.partition(|concern| matches!(concern, Concern::Expired { .. }));
        let has_list = |at: &usize| self.lists.iter().any(|list| list.signers.contains(at));
        let without = (0..self.authorities.len()).filter(|at| !has_list(at));
        concerns.extend(without.map(|at| Concern::NoList { authority: self.authorities[at].clone() }));
        concerns.extend(ending);
        concerns
    }

    /// When something is to be said of a list next.
    pub(super) fn next_at(&self, now_at: i64) -> Option<i64> {
        self.lists.iter().flat_map(|list| [list.wanted_at, list.expires_at]).filter(|at| *at > now_at).min()
    }

    /// Judges once more the certificate of a connection that is open, with those that were shown beside it.
    ///
    /// # Errors
    /// Why it counts no longer.
    pub fn judge_again(&self, shown: &[Vec<u8>], now_at: i64) -> Result<(), String> {
        let shown: Vec<CertificateDer<'_>> = shown.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let Some((certificate, between)) = shown.split_first() else { return Ok(()) };
        let now = Duration::from_millis(u64::try_from(now_at).unwrap_or_default());
        self.judge(certificate, between, UnixTime::since_unix_epoch(now)).map_err(|error| why(&error).0)
    }

    fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let now_at = i64::try_from(now.as_secs()).unwrap_or(i64::MAX).saturating_mul(1_000);
        let mark = mark(certificate, between);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.get(&mark).is_some_and(|until_at| now_at < *until_at) {
            return Ok(());
        }
        known.remove(&mark);
        drop(known);
        match self.verify(certificate, between, now) {
            Ok(()) => {
                let until_at = self.good_until(certificate, between, now_at);
                let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                if known.len() >= MOST_KNOWN {
                    known.clear();
                }
                known.insert(mark, until_at);
                Ok(())
            }
            Err(error) => {
                self.tell(certificate, mark, &error, now_at);
                Err(error)
            }
        }
    }

    fn verify(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.by_list.is_empty() {
            return self.plain.verify_client_cert(certificate, between, now).map(|_| ());
        }
        let (revoked, unknown) =
            (Error::from(CertificateError::Revoked), Error::from(CertificateError::UnknownRevocationStatus));
        let mut verdict = Err(unknown.clone());
        // All of them are asked: whatever one says is revoked is so, even if another one, which is older, does not know it yet.
        for list in &self.by_list {
            let is_cut_off = || {
                let judged = list.between.verify_client_cert(certificate, between, now);
                judged.is_err_and(|error| error == revoked)
            };
            match list.itself.verify_client_cert(certificate, between, now) {
                Err(error) if error == revoked => return Err(revoked),
                _ if !between.is_empty() && is_cut_off() => return Err(revoked),
                Ok(_) => verdict = Ok(()),
                Err(error) if verdict.is_err() && error != unknown => verdict = Err(error),
                Err(_) => {}
            }
        }
        verdict
    }

    /// The next end of something that speaks for it.
    fn good_until(&self, certificate: &CertificateDer<'_>, between: &[CertificateDer<'_>], now_at: i64) -> i64 {
        let ends = between.iter().chain([certificate]).filter_map(|der| {
            let (_, read) = parse_x509_certificate(der).ok()?;
            Some(read.validity().not_after.timestamp().saturating_mul(1_000))
        });
        let lists = self.lists.iter().map(|list| list.expires_at).filter(|at| *at > now_at);
        ends.chain(lists).min().unwrap_or(now_at)
    }

    fn tell(&self, certificate: &CertificateDer<'_>, mark: Mark, error: &Error, now_at: i64) {
        let (why, is_ours) = why(error);
        let (is_new, is_last) = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.add(mark, is_ours, now_at / HOUR_MS)
        };
        if !is_new {
            return;
        }
        let (whose, serial) = named(certificate);
        tracing::warn!(subject = whose, serial, why, "the certificate that a client shows is refused");
        if is_last {
            tracing::warn!("more certificates were refused within this hour than are told");
        }
    }
}

impl Told {
    /// Whether it is to be told, and as the last one of this hour.
    fn add(&mut self, mark: Mark, is_ours: bool, hour: i64) -> (bool, bool) {
        if self.hour != hour {
            *self = Self { hour, ..Self::default() };
        }
        // Strangers do not drown what is about the company's own.
        let told = if is_ours { &mut self.ours } else { &mut self.strangers };
        let is_new = told.len() < MOST_TOLD && told.insert(mark);
        (is_new, is_new && told.len() == MOST_TOLD)
    }
}

/// Which certificates were shown.
fn mark(certificate: &CertificateDer<'_>, between: &[CertificateDer<'_>]) -> Mark {
    let mut hash = Sha256::new();
    for der in [certificate].into_iter().chain(between) {
        // DER says where it ends.
        hash.update(der);
    }
    hash.finalize().into()
}

/// Subject and serial number, as it says itself, and not at length.
fn named(certificate: &CertificateDer<'_>) -> (String, String) {
    const LONGEST: usize = 80;
    parse_x509_certificate(certificate).map_or_else(
        |_| ("?".to_owned(), "?".to_owned()),
        |(_, read)| (name(read.subject()), read.raw_serial_as_string().chars().take(LONGEST).collect()),
    )
}

/// Why one is refused, for people, and whether one of the company's authorities issued it.
fn why(error: &Error) -> (String, bool) {
    let (why, is_ours) = match error {
        Error::InvalidCertificate(CertificateError::Revoked) => ("its authority has revoked it", true),
        Error::InvalidCertificate(CertificateError::UnknownRevocationStatus) => {
            ("of its authority there is no list of revoked certificates (agents.client_crl_files)", true)
        }
        Error::InvalidCertificate(
            CertificateError::ExpiredRevocationList | CertificateError::ExpiredRevocationListContext { .. },
        ) => ("its authority's list of revoked certificates has expired", true),
        Error::InvalidCertRevocationList(CertRevocationListError::BadSignature) => {
            ("the list of revoked certificates is not signed by its authority", true)
        }
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            ("it is of none of the authorities in agents.client_ca_file", false)
        }
        Error::InvalidCertRevocationList(_) => return (error.to_string(), true),
        _ => return (error.to_string(), false),
    };
    (why.to_owned(), is_ours)
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.plain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.judge(end_entity, intermediates, now).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.plain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.plain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.plain.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_an_hour_and_strangers_do_not_drown_the_company_s_own() {
        let mut told = Told::default();
        let mark = |n: usize| -> Mark { Sha256::digest(n.to_be_bytes()).into() };
        assert_eq!((told.add(mark(0), false, 7), told.add(mark(0), false, 7)), ((true, false), (false, false)));
        for n in 1..MOST_TOLD {
            assert_eq!(told.add(mark(n), false, 7), (true, n == MOST_TOLD - 1));
        }
        assert_eq!(told.add(mark(MOST_TOLD), false, 7), (false, false));
        assert_eq!(told.add(mark(MOST_TOLD), true, 7), (true, false));
        assert_eq!(told.add(mark(0), false, 8), (true, false));
    }
}
