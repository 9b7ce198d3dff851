//! Whether what the server itself needs is good: its certificate and its disk. For `highwater doctor` and for the page about this
//! installation; in no language yet.

use std::path::{Path, PathBuf};

use crate::config::{ClientCertificates, GivenTls};
use crate::locale::Message;
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::tls::{self, Clients, Concern, TlsError};

const FREE_BYTES: u64 = 1 << 30;
const CERTIFICATE_DAYS: i64 = 14;

/// Where what is looked at lies.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub certificate: PathBuf,
    /// None: the server made the certificate itself.
    pub given_tls: Option<GivenTls>,
    /// None: agents are asked for none.
    pub client_certificates: Option<ClientCertificates>,
    pub data_dir: PathBuf,
}

/// What is said of the certificate.
///
/// # Errors
/// What is wrong, and what to do.
pub fn certificate(places: &Places, now_at: i64) -> Result<Message, Message> {
    let (path, is_own) = (&places.certificate, places.given_tls.is_none());
    if is_own && !path.exists() {
        return Ok(Message::for_anybody("settings-certificate-later"));
    }
    let unreadable = |e: TlsError| Message::for_anybody("settings-certificate-unreadable").with("error", e.to_string());
    // Those that were put there meanwhile may be none that can be served.
    places.given_tls.as_ref().map_or(Ok(()), |given| tls::check(given, now_at)).map_err(unreadable)?;
    let days = (tls::expires_at(path).map_err(unreadable)? - now_at) / DAY_MS;
    let say = |id| Message::for_anybody(id).with("path", path.display().to_string()).with("days", days);
    match (days < CERTIFICATE_DAYS, is_own) {
        (false, _) => Ok(say("settings-certificate-days")),
        (true, false) => Err(say("settings-certificate-renew")),
        (true, true) => Err(say("settings-certificate-renew-own")),
    }
}

/// What is said of the lists of revoked certificates; none if the settings name none.
#[must_use]
pub fn revocation(places: &Places, now_at: i64) -> Option<Result<Message, Message>> {
    let certificates = places.client_certificates.as_ref().filter(|shown| !shown.crl_files.is_empty())?;
    let clients = match Clients::load(certificates) {
        Ok(clients) => clients,
        Err(error) => {
            let said = Message::for_anybody("settings-revocation-unreadable").with("error", error.to_string());
            return Some(Err(said));
        }
    };
    let say = Message::for_anybody;
    Some(match clients.concerns(now_at).into_iter().next() {
        Some(Concern::Expired { path, issuer, .. }) => {
            Err(say("settings-revocation-expired").with("path", path.display().to_string()).with("issuer", issuer))
        }
        Some(Concern::NoList { authority }) => Err(say("settings-revocation-no-list").with("issuer", authority)),
        // Authorities publish the next list when this one's time is nearly over: until then nothing is wrong.
        Some(Concern::Ending { path, hours, .. }) => {
            Ok(say("settings-revocation-ending").with("path", path.display().to_string()).with("hours", hours))
        }
        None => {
            let next_at =
                clients.lists().iter().map(|list| list.expires_at).filter(|at| *at > now_at).min().unwrap_or(now_at);
            let hours = (next_at - now_at) / HOUR_MS;
            Ok(say("settings-revocation-good").with("lists", clients.lists().len()).with("hours", hours))
        }
    })
}

/// # Errors
/// What is wrong, and what to do.
#[cfg(unix)]
pub fn disk(data_dir: &Path) -> Result<Message, Message> {
    // Before the first start the directory is not there: its nearest ancestor is on the same disk.
    let there = data_dir.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let say = |id, path: &Path| Message::for_anybody(id).with("path", path.display().to_string());
    let disk =
        rustix::fs::statvfs(there).map_err(|e| say("settings-disk-unreadable", there).with("error", e.to_string()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < FREE_BYTES {
        return Err(say("settings-disk-low", data_dir).with("mib", free >> 20));
    }
    Ok(say("settings-disk-free", data_dir).with("mib", free >> 20))
}

/// # Errors
/// None: it cannot be looked at.
#[cfg(not(unix))]
pub fn disk(data_dir: &Path) -> Result<Message, Message> {
    Ok(Message::for_anybody("settings-disk-not-looked-at").with("path", data_dir.display().to_string()))
}
