//! What a certificate says of itself.

use std::path::Path;

use x509_parser::certificate::X509Certificate;
use x509_parser::parse_x509_certificate;
use x509_parser::public_key::PublicKey;

use super::{TlsError, first_certificate, name_of};

/// Shorter keys of RSA can be broken.
const RSA_BITS: usize = 2_048;
/// Signatures over MD5 and SHA-1, which can be forged: with RSA, RSA and ECDSA.
pub(super) const BROKEN: [&str; 3] = ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"];

/// A certificate, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    pub expires_at: i64,
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// Why it can be forged; none if it cannot.
    pub weakness: Option<String>,
}

/// Looks at the first certificate of a PEM file.
///
/// # Errors
/// The file is not there, or there is no certificate in it.
pub fn look(path: &Path) -> Result<Looked, TlsError> {
    let der = first_certificate(path)?;
    let (_, certificate) = parse_x509_certificate(&der).map_err(|e| TlsError::new(path, e))?;
    let names = match certificate.subject_alternative_name() {
        Ok(Some(extension)) => extension.value.general_names.iter().filter_map(name_of).collect(),
        _ => Vec::new(),
    };
    let expires_at = certificate.validity().not_after.timestamp() * 1_000;
    Ok(Looked { expires_at, names, weakness: weakness(&certificate) })
}

impl Looked {
    /// Whether it is for this host, as browsers and agents compare: a star stands for one label.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let beyond = |name: &str| name.split_once('.').map(|(_, rest)| rest.to_owned());
        self.names.iter().map(|name| name.to_ascii_lowercase()).any(|name| match name.strip_prefix("*.") {
            Some(rest) => beyond(&host).is_some_and(|host| host == rest),
            None => name == host,
        })
    }
}

fn weakness(certificate: &X509Certificate<'_>) -> Option<String> {
    if BROKEN.contains(&certificate.signature_algorithm.algorithm.to_id_string().as_str()) {
        return Some("it is signed over MD5 or SHA-1, which can be forged".to_owned());
    }
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < RSA_BITS => {
            Some(format!("its RSA key has {} bits, and {RSA_BITS} is the least", key.key_size()))
        }
        Ok(PublicKey::DSA(_)) => Some("its key is of DSA".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RSA of 1,024 bits, for localhost, until 2126.
    const WEAK: &str = include_str!("weak.pem");

    #[test]
    fn a_weak_key_is_named_and_a_star_stands_for_one_label() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weak.pem");
        std::fs::write(&path, WEAK).unwrap();
        let looked = look(&path).unwrap();
        assert_eq!(looked.names, ["localhost"]);
        assert!(looked.weakness.is_some_and(|said| said.contains("1024 bits")));
        let of = |name: &str| Looked { expires_at: 0, names: vec![name.to_owned()], weakness: None };
        for (name, host, is_for) in [
            ("hw.corp.example", "HW.corp.example", true),
            ("*.corp.example", "hw.corp.example", true),
            ("*.corp.example", "a.hw.corp.example", false),
            ("*.corp.example", "corp.example", false),
            ("10.0.0.1", "10.0.0.2", false),
        ] {
            assert_eq!(of(name).is_for(host), is_for, "{name} for {host}");
        }
    }
}
