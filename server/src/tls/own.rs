//! The own authority, in `<data_dir>/tls`. Promises:
//!
//! 1. **An authority that is there is never replaced** but by one that was announced before: every agent knows it by its fingerprint.
//! 2. **The next one** lies in `next`, and takes over at the instant that `next/until` says, in milliseconds since 1970. Without that file it
//!    is none: it is written last and removed first, so that a power cut leaves no half of an authority.
//! 3. **Until then both are believed**: the server's certificate is signed by the one before, which the next one has signed as well, and all
//!    of that is presented. Who knows either of the two finds a way to the server's certificate.
//! 4. **Files are whole or not there**, and for the owner of the folder only, whoever runs the command. One at a time changes them.
//! 5. **Once the next one has begun to take over, it does**: the key of the one before is gone by then, whatever the clock or somebody says.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use x509_parser::parse_x509_certificate;

use self::files::{create_private_dir, sync_folder, write_private};
use super::{TlsError, first_certificate, name_of, server_config};
use crate::config::{Config, public_host};
use crate::model::authority::Authority;

mod files;
mod taken;

pub use self::taken::{TookOver, announced, forget, took_over};

const DAY_MS: i64 = 24 * 3_600 * 1_000;
const CA_DAYS: i64 = 3_652;
/// Browsers and operating systems accept no more than 398 days.
const LEAF_DAYS: i64 = 396;
/// With less than this left, the certificate is renewed.
const RENEW_DAYS: i64 = 30;

/// The authority that takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    pub authority: Authority,
    /// Who was told since then knows of it.
    pub made_at: i64,
    /// When it does.
    pub until_at: i64,
}

/// The folder.
pub(super) struct Dir(PathBuf);

impl Dir {
    pub(super) fn of(config: &Config) -> Self {
        Self(config.data_dir.join("tls"))
    }
    fn ca(&self) -> PathBuf {
        self.0.join("ca.pem")
    }
    fn ca_key(&self) -> PathBuf {
        self.0.join("ca.key")
    }
    pub(super) fn leaf(&self) -> PathBuf {
        self.0.join("server.pem")
    }
    pub(super) fn leaf_key(&self) -> PathBuf {
        self.0.join("server.key")
    }
    fn next(&self) -> Self {
        Self(self.0.join("next"))
    }
    fn until(&self) -> PathBuf {
        self.0.join("until")
    }

    /// Whether the next authority began to take over and was cut off.
    fn has_begun(&self) -> bool {
        match (fs::read(self.ca_key()), fs::read(self.next().ca_key())) {
            (Ok(own), Ok(next)) => own == next && self.next().until().exists(),
            _ => false,
        }
    }

    /// Whoever has this is the only one who changes the folder. None where a folder cannot be locked.
    #[cfg(unix)]
    fn hold(&self) -> Option<fs::File> {
        let folder = fs::File::open(&self.0).ok()?;
        folder.lock().ok()?;
        Some(folder)
    }

    #[cfg(not(unix))]
    fn hold(&self) -> Option<fs::File> {
        let _ = &self.0;
        None
    }

    /// What to watch for changes.
    pub(super) fn watched(&self) -> [PathBuf; 3] {
        [self.ca(), self.leaf(), self.next().until()]
    }

    /// When the next authority takes over; none if there is none.
    pub(super) fn until_at(&self) -> Result<Option<i64>, TlsError> {
        let path = self.next().until();
        match fs::read_to_string(&path) {
            Ok(text) => match text.trim().parse() {
                Ok(at) => Ok(Some(at)),
                Err(_) => Err(TlsError::new(&path, "it holds no instant: `highwater ca cancel`, then rotate again")),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TlsError::new(&path, error)),
        }
    }

    /// The one that signs, then the next one.
    pub(super) fn authorities(&self) -> Result<Vec<Authority>, TlsError> {
        let mut all = vec![read_authority(&self.ca())?];
        if self.until_at()?.is_some() {
            all.push(read_authority(&self.next().ca())?);
        }
        Ok(all)
    }
}

/// Makes what is missing, lets the next authority take over if it is time, and renews the certificate if it has to be.
pub(super) fn bring_up_to_date(config: &Config, now_at: i64) -> Result<Dir, TlsError> {
    let dir = Dir::of(config);
    create_private_dir(&config.data_dir)?;
    create_private_dir(&dir.0)?;
    let _held = dir.hold();
    if dir.has_begun() || dir.until_at()?.is_some_and(|at| at <= now_at) {
        take_over(&dir)?;
    }
    if !dir.ca().exists() {
        make_first_ca(&dir, config, now_at)?;
    }
    let names = names(config);
    if !is_leaf_good(&dir, &names, now_at) {
        make_leaf(&dir, &names, now_at)?;
    }
    Ok(dir)
}

/// Makes another authority, which takes over so many days from now.
///
/// # Errors
/// There is no own authority, or another one takes over already; or a file cannot be written.
pub fn rotate(config: &Config, overlap_days: u32, now_at: i64) -> Result<Next, TlsError> {
    let dir = own(config)?;
    let _held = dir.hold();
    let next = dir.next();
    if dir.until_at()?.is_some() {
        let what =
            "another authority is to take over already. See `highwater ca status`; `highwater ca cancel` takes it back";
        return Err(TlsError::new(&next.until(), what));
    }
    // The certificate in use has to be of the authority that is there.
    read_authority(&dir.ca())?;
    create_private_dir(&next.0)?;
    make_ca(&next, config, now_at)?;
    let until_at = now_at + i64::from(overlap_days) * DAY_MS;
    write_private(&next.until(), &format!("{until_at}\n"))?;
    waiting(&dir)
}

/// Lets the next authority take over now: when a server next looks.
///
/// # Errors
/// There is none; or a file cannot be written.
pub fn finish(config: &Config, now_at: i64) -> Result<Next, TlsError> {
    let dir = own(config)?;
    let _held = dir.hold();
    let next = waiting(&dir)?;
    write_private(&dir.next().until(), &format!("{now_at}\n"))?;
    Ok(next)
}

/// Forgets the next authority: everything is as it was before it was made.
///
/// # Errors
/// There is none, or it has begun to take over, which is then done; or a file cannot be removed.
pub fn cancel(config: &Config) -> Result<Authority, TlsError> {
    let dir = own(config)?;
    let _held = dir.hold();
    if dir.has_begun() {
        take_over(&dir)?;
        let what =
            "the other authority had begun to take over, and the key of the one before is gone: it has taken over now";
        return Err(TlsError::new(&dir.ca(), what));
    }
    let next = dir.next();
    // Also if it cannot be told when it was to take over.
    if !next.until().exists() {
        return Err(missing(&next));
    }
    let authority = read_authority(&next.ca())?;
    remove(&next)?;
    Ok(authority)
}

/// The authority that signs, when it ends, and the one that takes over.
///
/// # Errors
/// There is none; or a file cannot be read.
pub fn status(config: &Config) -> Result<(Authority, i64, Option<Next>), TlsError> {
    let dir = own(config)?;
    let authority = read_authority(&dir.ca())?;
    let expires_at = super::expires_at(&dir.ca())?;
    let next = if dir.until_at()?.is_some() { Some(waiting(&dir)?) } else { None };
    Ok((authority, expires_at, next))
}

fn own(config: &Config) -> Result<Dir, TlsError> {
    match &config.given_tls {
        Some(given) => Err(TlsError::new(&given.certificate, "this certificate was given: its authority is not ours")),
        None => Ok(Dir::of(config)),
    }
}

fn missing(next: &Dir) -> TlsError {
    TlsError::new(&next.until(), "no authority is to take over: `highwater ca rotate` makes one")
}

fn waiting(dir: &Dir) -> Result<Next, TlsError> {
    let path = dir.next().ca();
    let until_at = dir.until_at()?.ok_or_else(|| missing(&dir.next()))?;
    let modified = fs::metadata(&path).and_then(|found| found.modified()).map_err(|e| TlsError::new(&path, e))?;
    let made = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    let made_at = i64::try_from(made.as_millis()).unwrap_or(i64::MAX);
    Ok(Next { authority: read_authority(&path)?, made_at, until_at })
}

/// The next authority becomes the one that signs. Cut off anywhere, it is done again: what says that it is time goes last.
fn take_over(dir: &Dir) -> Result<(), TlsError> {
    taken::announce(dir)?;
    let next = dir.next();
    let (key, certificate) = (read(&next.ca_key())?, read(&next.ca())?);
    write_private(&dir.ca_key(), &key)?;
    write_private(&dir.ca(), &certificate)?;
    remove(&next)
}

fn remove(next: &Dir) -> Result<(), TlsError> {
    match fs::remove_file(next.until()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(TlsError::new(&next.until(), error)),
        _ => {}
    }
    sync_folder(&next.until()).map_err(|error| TlsError::new(&next.until(), error))?;
    // Without the file above it counts for nothing; what is left is written over.
    let _ = fs::remove_dir_all(&next.0);
    Ok(())
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

/// The first one. Where a certificate was signed already, agents know another, which must not be replaced.
fn make_first_ca(dir: &Dir, config: &Config, now_at: i64) -> Result<(), TlsError> {
    if dir.leaf().exists() {
        let what = "the authority's certificate is gone, and agents know it. Restore it from a backup, or put the second certificate of \
            server.pem there; to begin anew, with agents that are given the new fingerprint, remove the whole folder";
        return Err(TlsError::new(&dir.ca(), what));
    }
    make_ca(dir, config, now_at)
}

fn make_ca(dir: &Dir, config: &Config, now_at: i64) -> Result<(), TlsError> {
    let wrong = |error: rcgen::Error| TlsError::new(&dir.ca(), error);
    let key = KeyPair::generate().map_err(wrong)?;
    // The name differs from installation to installation: a trust store keeps CAs apart by it.
    let tag: String = hex::encode_upper(Sha256::digest(key.public_key_raw())).chars().take(8).collect();
    // One below it: for a while that may be the authority before.
    let mut params = authority_params(&format!("Highwater CA {tag} on {}", config.host_name), 1);
    set_days(&mut params, now_at - DAY_MS, now_at + CA_DAYS * DAY_MS);
    let certificate = params.self_signed(&key).map_err(wrong)?;
    // The key first: a certificate without its key would look like a finished CA.
    write_private(&dir.ca_key(), &key.serialize_pem())?;
    write_private(&dir.ca(), &certificate.pem())
}

fn authority_params(name: &str, below: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn make_leaf(dir: &Dir, names: &[String], now_at: i64) -> Result<(), TlsError> {
    let issuer = issuer(dir)?;
    let wrong = |error: rcgen::Error| TlsError::new(&dir.leaf(), error);
    let key = KeyPair::generate().map_err(wrong)?;
    let mut params = CertificateParams::new(names).map_err(wrong)?;
    params.distinguished_name.push(DnType::CommonName, "Highwater server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    set_days(&mut params, now_at - DAY_MS, now_at + LEAF_DAYS * DAY_MS);
    let certificate = params.signed_by(&key, &issuer).map_err(wrong)?;
    // The CA goes along: an agent that knows it by its fingerprint only has to see it.
    let mut chain = certificate.pem() + &read(&dir.ca())?;
    if dir.until_at()?.is_some() {
        chain += &cross(dir, now_at)?;
        chain += &read(&dir.next().ca())?;
    }
    write_private(&dir.leaf_key(), &key.serialize_pem())?;
    write_private(&dir.leaf(), &chain)
}

fn issuer(dir: &Dir) -> Result<Issuer<'static, KeyPair>, TlsError> {
    let key = KeyPair::from_pem(&read(&dir.ca_key())?).map_err(|e| TlsError::new(&dir.ca_key(), e))?;
    Issuer::from_ca_cert_pem(&read(&dir.ca())?, key).map_err(|e| TlsError::new(&dir.ca(), e))
}

/// The authority that signs, signed by the next one: who knows only that one believes the certificate too.
fn cross(dir: &Dir, now_at: i64) -> Result<String, TlsError> {
    let der = first_certificate(&dir.ca())?;
    let (_, before) = parse_x509_certificate(&der).map_err(|e| TlsError::new(&dir.ca(), e))?;
    let name = before.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    let name = name.ok_or_else(|| TlsError::new(&dir.ca(), "this authority has no name"))?;
    let mut params = authority_params(name, 0);
    params.use_authority_key_identifier_extension = true;
    set_days(&mut params, now_at - DAY_MS, now_at + LEAF_DAYS * DAY_MS);
    let key = KeyPair::from_pem(&read(&dir.ca_key())?).map_err(|e| TlsError::new(&dir.ca_key(), e))?;
    let next = issuer(&dir.next())?;
    let certificate = params.signed_by(&key, &next).map_err(|e| TlsError::new(&dir.next().ca(), e))?;
    Ok(certificate.pem())
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
    is_ours
        && has_time
        && stated == names
        && is_chain_good(dir).unwrap_or(false)
        && server_config(&dir.leaf(), &dir.leaf_key(), None).is_ok()
}

/// Whether the authorities that are presented are those of today.
fn is_chain_good(dir: &Dir) -> Result<bool, TlsError> {
    let chain = super::chain(&dir.leaf())?;
    let last = if dir.until_at()?.is_some() { dir.next().ca() } else { dir.ca() };
    let is_long = last != dir.ca();
    let is_whole = chain.len() == if is_long { 4 } else { 2 };
    Ok(is_whole
        && chain.get(1) == Some(&first_certificate(&dir.ca())?)
        && chain.last() == Some(&first_certificate(&last)?))
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

fn read_authority(path: &Path) -> Result<Authority, TlsError> {
    let pem = read(path)?;
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|e| TlsError::new(path, e))?;
    let pairs: Vec<String> = Sha256::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Authority { pem, fingerprint: pairs.join(":") })
}

fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(|e| TlsError::new(path, e))
}

#[cfg(test)]
mod tests;
