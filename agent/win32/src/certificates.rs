//! The roots that this computer trusts, whoever is signed in: Group Policy puts a company's own there.

use std::io;

use schannel::cert_store::CertStore;

/// Each as DER. Those of the user that this process runs as are not among them.
///
/// # Errors
/// The store cannot be opened.
pub fn trusted_roots() -> io::Result<Vec<Vec<u8>>> {
    let store = CertStore::open_local_machine("ROOT")?;
    Ok(store.certs().map(|certificate| certificate.to_der().to_vec()).collect())
}
