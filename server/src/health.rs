//! Whether what the server itself needs is good: its certificate and its disk. For `highwater doctor` and for the page about this
//! installation.

use std::path::{Path, PathBuf};

use crate::model::time::DAY_MS;
use crate::tls;

const FREE_BYTES: u64 = 1 << 30;
const CERTIFICATE_DAYS: i64 = 14;

/// Where what is looked at lies.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub certificate: PathBuf,
    /// The server made the certificate itself.
    pub is_own: bool,
    pub data_dir: PathBuf,
}

/// # Errors
/// What is wrong, and what to do.
pub fn certificate(places: &Places, now_at: i64) -> Result<String, String> {
    let path = &places.certificate;
    if places.is_own && !path.exists() {
        return Ok("it will be made at the first start".to_owned());
    }
    let days = (tls::expires_at(path).map_err(|e| e.to_string())? - now_at) / DAY_MS;
    let said = format!("{} expires in {days} days", path.display());
    match (days < CERTIFICATE_DAYS, places.is_own) {
        (false, _) => Ok(said),
        (true, false) => Err(format!("{said}. Renew it, then send the server SIGHUP")),
        (true, true) => Err(format!("{said}. Send the server SIGHUP: it renews its own certificate")),
    }
}

/// # Errors
/// What is wrong, and what to do.
#[cfg(unix)]
pub fn disk(data_dir: &Path) -> Result<String, String> {
    // Before the first start the directory is not there: its nearest ancestor is on the same disk.
    let there = data_dir.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(there).map_err(|e| format!("{} cannot be looked at: {e}", there.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let said = format!("{} MiB are free for {}", free >> 20, data_dir.display());
    if free < FREE_BYTES {
        return Err(format!("{said}; below 1 GiB history is in danger. Make room, or move data_dir"));
    }
    Ok(said)
}

/// # Errors
/// None: it cannot be looked at.
#[cfg(not(unix))]
pub fn disk(data_dir: &Path) -> Result<String, String> {
    Ok(format!("not looked at on this system: {}", data_dir.display()))
}
