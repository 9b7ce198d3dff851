/// An authority of this installation, which signs the server's certificate: agents know it by its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Its certificate.
    pub pem: String,
    /// SHA-256 of the certificate as upper-case hexadecimal pairs with colons.
    pub fingerprint: String,
}

impl Authority {
    /// The fingerprint as agents take it: the digits alone.
    #[must_use]
    pub fn pin(&self) -> String {
        self.fingerprint.replace(':', "")
    }
}
