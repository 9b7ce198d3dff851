//! Whether what the server itself needs is good: its certificate and its disk. For `highwater doctor` and for the page about this
//! installation; in no language yet.

use std::path::{Path, PathBuf};

use crate::config::{ClientCertificates, GivenTls};
use crate::locale::Message;
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::tls::{self, Clients, Concern, TlsError};

/// Less than this is little, whatever the settings say.
const LEAST_FREE_BYTES: u64 = 1 << 30;
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
    /// The folder of SQLite's file, which may be on another disk. None for PostgreSQL.
    pub database_dir: Option<PathBuf>,
    /// With less than this free for SQLite's file agents are turned away; 0 for never.
    pub floor_bytes: u64,
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

/// What is said of the disks: of the data directory's, and of the one of SQLite's file if that is elsewhere. `inside`: bytes that are free inside
/// that file; 0 if nobody can say.
#[must_use]
pub fn disks(places: &Places, inside: u64) -> Vec<Result<Message, Message>> {
    let (data_dir, floor) = (&places.data_dir, places.floor_bytes);
    match &places.database_dir {
        Some(dir) if is_elsewhere(dir, data_dir) => vec![disk(data_dir, 0, 0), disk(dir, floor, inside)],
        Some(_) => vec![disk(data_dir, floor, inside)],
        None => vec![disk(data_dir, 0, 0)],
    }
}

fn is_elsewhere(one: &Path, other: &Path) -> bool {
    let found = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    found(one) != found(other)
}

/// What is said of the disk that a folder is on. `floor`: with less agents are turned away.
///
/// # Errors
/// What is wrong, and what to do.
fn disk(folder: &Path, floor: u64, inside: u64) -> Result<Message, Message> {
    let there = nearest(folder);
    let say = |id, path: &Path| Message::for_anybody(id).with("path", path.display().to_string());
    let free = match free_bytes(there) {
        Err(error) => return Err(say("settings-disk-unreadable", there).with("error", error.to_string())),
        Ok(None) => return Ok(say("settings-disk-not-looked-at", folder)),
        Ok(Some(free)) => with_inside(free, inside),
    };
    let (say, little) = (|id| say(id, folder).with("mib", free >> 20), (2 * floor).max(LEAST_FREE_BYTES));
    if free < floor {
        Err(say("settings-disk-full").with("floor", floor >> 20))
    } else if free >= little {
        Ok(say("settings-disk-free"))
    } else if floor > 0 {
        // Said before agents are turned away, and while they still are.
        Err(say("settings-disk-near").with("little", little >> 20).with("floor", floor >> 20))
    } else {
        Err(say("settings-disk-low").with("little", little >> 20))
    }
}

/// Before the first start a folder is not there: its nearest ancestor is on the same disk.
fn nearest(folder: &Path) -> &Path {
    folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."))
}

/// Everything that SQLite writes goes to the log beside its file first: a disk without room for that makes its free pages worth nothing.
const INSIDE_PER_FREE_BYTE: u64 = 15;

/// Bytes that SQLite may still fill: those of the disk, and of the pages that are free inside its file.
#[must_use]
pub fn with_inside(on_disk: u64, inside: u64) -> u64 {
    on_disk.saturating_add(inside.min(on_disk.saturating_mul(INSIDE_PER_FREE_BYTE)))
}

/// Bytes of the disk that a folder is on, or will be. None where that cannot be looked at.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn total_bytes(folder: &Path) -> std::io::Result<Option<u64>> {
    let disk = rustix::fs::statvfs(nearest(folder))?;
    Ok(Some(disk.f_blocks.saturating_mul(disk.f_frsize)))
}

/// # Errors
/// None.
#[cfg(not(unix))]
pub fn total_bytes(_: &Path) -> std::io::Result<Option<u64>> {
    Ok(None)
}

/// Bytes that this program may still write to the disk of a folder. None where that cannot be looked at.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub fn free_bytes(folder: &Path) -> std::io::Result<Option<u64>> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(Some(disk.f_bavail.saturating_mul(disk.f_frsize)))
}

/// # Errors
/// None.
#[cfg(not(unix))]
pub fn free_bytes(_: &Path) -> std::io::Result<Option<u64>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_inside_the_file_count_as_far_as_the_disk_lets_them_be_written() {
        assert_eq!(with_inside(100, 0), 100);
        assert_eq!(with_inside(100, 1_000), 1_100);
        assert_eq!(with_inside(100, 1_000_000), 1_600);
        assert_eq!(with_inside(0, 1_000_000), 0);
        assert_eq!(with_inside(u64::MAX, u64::MAX), u64::MAX);
    }

    #[test]
    fn the_floor_is_for_the_folder_of_the_database_wherever_that_is() {
        let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let places = |database_dir: Option<&Path>| Places {
            data_dir: data.path().to_owned(),
            database_dir: database_dir.map(Path::to_owned),
            floor_bytes: 1 << 60,
            ..Places::default()
        };
        let told = |places: &Places| -> Vec<String> {
            disks(places, 0).into_iter().map(|found| found.unwrap_or_else(|why| why).into()).collect()
        };
        let (own, its) = (data.path().display().to_string(), other.path().display().to_string());
        let apart = told(&places(Some(other.path())));
        assert!(apart.len() == 2 && apart[0].contains(&own) && apart[1].contains(&its), "{apart:?}");
        assert!(!apart[0].contains("nothing that agents send") && apart[1].contains("nothing that agents send"));
        let together = told(&places(Some(&data.path().join("."))));
        assert!(together.len() == 1 && together[0].contains("nothing that agents send"), "{together:?}");
        let postgres = told(&places(None));
        assert!(postgres.len() == 1 && !postgres[0].contains("nothing that agents send"), "{postgres:?}");
        assert!(total_bytes(&data.path().join("later/still")).unwrap() >= free_bytes(data.path()).unwrap());
    }
}
