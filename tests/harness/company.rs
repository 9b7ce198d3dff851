//! A company's own authority, with the certificates that its hosts show and the lists of those that it revoked.

use std::time::Duration;

use highwater::tls;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationList, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber,
    date_time_ymd,
};
use reqwest::{Certificate, Client, Identity, StatusCode};

#[derive(Debug)]
pub struct Company {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Company {
    pub fn new(name: &str) -> Self {
        let (params, key) = (authority(name, 1), KeyPair::generate().unwrap());
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// An authority that this one vouches for, by a certificate of this number.
    pub fn below(&self, name: &str, serial: u64) -> Self {
        let (params, key) = (authority(name, serial), KeyPair::generate().unwrap());
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Certificate and key of a host, in one text.
    pub fn host(&self, name: &str) -> String {
        self.numbered(name, 1)
    }

    /// As [`host`](Self::host), with this serial number.
    pub fn numbered(&self, name: &str, serial: u64) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.serial_number = Some(SerialNumber::from(serial));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        format!("{}{}", certificate.pem(), key.serialize_pem())
    }

    /// A list of these serial numbers, good from the first instant to the second (ms).
    pub fn list(&self, revoked: &[u64], (from_at, until_at): (i64, i64)) -> CertificateRevocationList {
        let at = |ms: i64| date_time_ymd(1970, 1, 1) + Duration::from_millis(ms.try_into().unwrap());
        let one = |serial: &u64| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: at(from_at),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: at(from_at),
            next_update: at(until_at),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(one).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap()
    }
}

fn authority(name: &str, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A client that trusts a server of this authority, and shows this, if anything.
pub fn showing(ca_pem: &str, shown: Option<&str>) -> Client {
    tls::install_provider();
    let mut builder = Client::builder()
        .tls_certs_only([Certificate::from_pem(ca_pem.as_bytes()).unwrap()])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none());
    if let Some(pem) = shown {
        builder = builder.identity(Identity::from_pem(pem.as_bytes()).unwrap());
    }
    builder.build().unwrap()
}

/// What a client is answered that asks for the server's health; none if it got no connection.
pub async fn asks(client: &Client, url: &str) -> Option<StatusCode> {
    let answer = client.get(format!("{url}/healthz")).send().await.ok()?;
    let status = answer.status();
    // Whoever reads to the end keeps the connection.
    answer.bytes().await.unwrap();
    Some(status)
}
