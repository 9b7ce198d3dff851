//! How the store is reached, as its address says: nothing is connected to.

use std::path::PathBuf;
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::SqliteConnectOptions;

/// Where the database is, and who can listen on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A file of this machine.
    File(PathBuf),
    /// A server on this machine.
    Here,
    /// A server on another machine.
    Elsewhere { host: String, encryption: Encryption },
}

/// What the address asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// None, or only if whoever answers likes to.
    Optional,
    /// Whoever answers, or whoever has a certificate for any name.
    Unchecked,
    /// Only with a server whose certificate a known authority signed for its name.
    Checked,
}

/// What an address says; none if it is no address.
#[must_use]
pub fn of(address: &str) -> Option<Way> {
    if address.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(address).ok()?;
        return Some(Way::File(options.get_filename().to_owned()));
    }
    let options = PgConnectOptions::from_str(address).ok()?;
    let host = options.get_host();
    // Brackets are around an address of IPv6 in a URL.
    let is_loopback = |host: &str| host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_here = host.eq_ignore_ascii_case("localhost") || is_loopback(host.trim_matches(['[', ']']));
    if options.get_socket().is_some() || host.starts_with('/') || is_here {
        return Some(Way::Here);
    }
    let encryption = match options.get_ssl_mode() {
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => Encryption::Optional,
        // Otherwise than with libpq, `require` checks nothing, whatever authority is named; and `verify-ca` takes a certificate for any name, of
        // any authority that the system knows.
        PgSslMode::Require | PgSslMode::VerifyCa => Encryption::Unchecked,
        PgSslMode::VerifyFull => Encryption::Checked,
    };
    Some(Way::Elsewhere { host: host.to_owned(), encryption })
}
