//! Lists of revoked certificates, as the company's authorities publish them.
//!
//! A list that cannot count is refused when it is read, so that it never takes the place of one that does: what is no list, a delta list, one
//! that an authority of that name did not sign. One that has expired is taken: nobody gets in by it, and that is said.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustls::CertRevocationListError;
use rustls::server::VerifierBuilderError;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::{parse_x509_certificate, parse_x509_crl};

use super::look::BROKEN;
use super::{TlsError, name};
use crate::model::time::{DAY_MS, HOUR_MS};

/// How what is DER begins; PEM is text.
const SEQUENCE: u8 = 0x30;
/// With less than this part of its time left, the next list is wanted…
const PART_LEFT: i64 = 4;
/// …but no earlier than this before its end. Of a list for a week that is the last day and a half, of one for half a year two weeks.
const FEW_DAYS: i64 = 14;

/// A list, looked at.
#[derive(Debug, Clone)]
pub struct List {
    pub path: PathBuf,
    /// Whose it is, as it says itself.
    pub issuer: String,
    /// From then on nobody is let in by it.
    pub expires_at: i64,
    /// From then on the next one is wanted.
    pub wanted_at: i64,
    /// Which of the given authorities signed it. None: it counts only if agents show its authority's certificate with their own.
    pub(super) signers: Vec<usize>,
    pub(super) der: CertificateRevocationListDer<'static>,
}

/// What somebody has to know of the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    Expired {
        path: PathBuf,
        issuer: String,
        expires_at: i64,
    },
    /// An authority that may issue certificates, and of which there is no list.
    NoList {
        authority: String,
    },
    Ending {
        path: PathBuf,
        issuer: String,
        /// Until then.
        hours: i64,
    },
}

impl Concern {
    /// What to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Expired { .. } | Self::Ending { .. } => {
                "Put its authority's next list there; the server notices by itself"
            }
            Self::NoList { .. } => {
                "Name its list in agents.client_crl_files, or take it out of agents.client_ca_file if no agent has a certificate of it"
            }
        }
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Expired { path, issuer, expires_at } => {
                let until = Timestamp::from_millisecond(*expires_at)
                    .map_or_else(|_| expires_at.to_string(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string());
                let path = path.display();
                write!(f, "{path}: the list of {issuer:?} was good until {until}: all its certificates are refused")
            }
            Self::NoList { authority } => {
                write!(f, "there is no list of {authority:?}: certificates that it issued itself are refused")
            }
            Self::Ending { path, issuer, hours } => {
                write!(f, "{}: the list of {issuer:?} is good for {hours} more hours", path.display())
            }
        }
    }
}

impl List {
    pub(super) fn concern(&self, now_at: i64) -> Option<Concern> {
        let (path, issuer) = (self.path.clone(), self.issuer.clone());
        if self.expires_at <= now_at {
            return Some(Concern::Expired { path, issuer, expires_at: self.expires_at });
        }
        let hours = (self.expires_at - now_at) / HOUR_MS;
        (self.wanted_at <= now_at).then_some(Concern::Ending { path, issuer, hours })
    }
}

/// Reads all lists of all files: of DER one each, of PEM one or more.
///
/// # Errors
/// Names the file and what is wrong with it.
pub(super) fn read(files: &[PathBuf], authorities: &[CertificateDer<'_>]) -> Result<Vec<List>, TlsError> {
    let mut lists = Vec::new();
    for path in files {
        let found = in_file(path)?;
        if found.is_empty() {
            return Err(TlsError::new(path, "there is no list of revoked certificates in it; give it as DER or PEM"));
        }
        for der in found {
            lists.push(look(path, der, authorities)?);
        }
    }
    Ok(lists)
}

fn in_file(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let bytes = fs::read(path).map_err(|e| TlsError::new(path, format!("this list cannot be read: {e}")))?;
    if bytes.first() == Some(&SEQUENCE) {
        return Ok(vec![CertificateRevocationListDer::from(bytes)]);
    }
    CertificateRevocationListDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|e| TlsError::new(path, format!("no list of revoked certificates can be read from it: {e}")))
}

fn look(
    path: &Path,
    der: CertificateRevocationListDer<'static>,
    authorities: &[CertificateDer<'_>],
) -> Result<List, TlsError> {
    let (_, list) = parse_x509_crl(&der)
        .map_err(|e| TlsError::new(path, format!("no list of revoked certificates can be read from it: {e}")))?;
    if BROKEN.contains(&list.signature_algorithm.algorithm.to_id_string().as_str()) {
        return Err(TlsError::new(path, "this list is signed over MD5 or SHA-1, which can be forged"));
    }
    let Some(expires_at) = list.next_update().map(|at| at.timestamp() * 1_000) else {
        return Err(TlsError::new(path, "this list does not say until when it is good (nextUpdate)"));
    };
    let issuer = name(list.issuer());
    let signers = signers(&list, authorities).map_err(|what| TlsError::new(path, format!("{what} {issuer:?}")))?;
    let part = (expires_at - list.last_update().timestamp() * 1_000) / PART_LEFT;
    let wanted_at = expires_at - part.clamp(0, FEW_DAYS * DAY_MS);
    drop(list);
    Ok(List { path: path.to_owned(), issuer, expires_at, wanted_at, signers, der })
}

/// The authorities that it is of: of one name there may be several certificates, with one key and with others.
///
/// # Errors
/// There is one of that name, and none of them signed it.
fn signers(
    list: &CertificateRevocationList<'_>,
    authorities: &[CertificateDer<'_>],
) -> Result<Vec<usize>, &'static str> {
    let (mut signers, mut is_named) = (Vec::new(), false);
    for (at, der) in authorities.iter().enumerate() {
        let Ok((_, authority)) = parse_x509_certificate(der) else { continue };
        if authority.subject().as_raw() != list.issuer().as_raw() {
            continue;
        }
        is_named = true;
        if list.verify_signature(authority.public_key()).is_err() {
            continue;
        }
        if matches!(authority.key_usage(), Ok(Some(usage)) if !usage.value.crl_sign()) {
            return Err("to sign lists is none of the purposes of the certificate of");
        }
        signers.push(at);
    }
    if is_named && signers.is_empty() { Err("this list is not signed by") } else { Ok(signers) }
}

/// Why a list cannot be used, for who put it there.
pub(super) fn unusable(error: &VerifierBuilderError) -> String {
    match error {
        VerifierBuilderError::InvalidCrl(CertRevocationListError::UnsupportedDeltaCrl) => {
            "this is a delta list, which says only what is new; give the base list".to_owned()
        }
        VerifierBuilderError::InvalidCrl(CertRevocationListError::UnsupportedIndirectCrl) => {
            "this list is about certificates of other authorities, too; give each authority's own".to_owned()
        }
        other => format!("this list cannot be used: {other}"),
    }
}
