//! Certificates that end, can be forged, or are for somebody else.

use std::path::Path;

use super::Finding;
use crate::app;
use crate::config::{ClientCertificates, Config, public_host};
use crate::model::time::DAY_MS;
use crate::tls::{self, Clients, Concern, Looked};

/// With less than this left, somebody has to do something.
const FEW_DAYS: i64 = 14;
/// Agents have to learn of another authority before this one ends.
const FEW_DAYS_OF_AUTHORITY: i64 = 365;

pub(super) fn look(config: &Config, now_at: i64) -> Vec<Finding> {
    let places = app::places(config);
    let mut findings = vec![certificate(config, &places.certificate, now_at)];
    if places.given_tls.is_none() {
        findings.push(authority(&config.data_dir.join("tls/ca.pem"), now_at));
    }
    findings.extend(config.client_certificates.as_ref().map(|shown| revocation(shown, now_at)));
    findings
}

/// Whether a certificate of an agent that was stolen can be called back.
fn revocation(shown: &ClientCertificates, now_at: i64) -> Finding {
    let check = "revoked-certificates";
    if shown.crl_files.is_empty() {
        return Finding::warn(
            check,
            "no lists of revoked certificates are read: one that was stolen from an agent counts until it ends",
            "Name those of the authorities in agents.client_crl_files",
        );
    }
    let clients = match Clients::load(shown) {
        Ok(clients) => clients,
        Err(error) => {
            let said =
                format!("{error}: a server that runs goes on with what it has, one that is started does not start");
            return Finding::fail(check, said, "Put the right file there; the server notices by itself");
        }
    };
    match clients.concerns(now_at).into_iter().next() {
        None => Finding::pass(check, format!("{} lists are good", clients.lists().len())),
        Some(concern) => {
            let (said, remedy) = (concern.to_string(), concern.remedy());
            let is_over = matches!(concern, Concern::Expired { .. });
            if is_over { Finding::fail(check, said, remedy) } else { Finding::warn(check, said, remedy) }
        }
    }
}

fn certificate(config: &Config, path: &Path, now_at: i64) -> Finding {
    let check = "certificate";
    let is_own = config.given_tls.is_none();
    if is_own && !path.exists() {
        return Finding::pass(check, "it will be made at the first start");
    }
    let looked = match tls::look(path) {
        Ok(looked) => looked,
        Err(error) => return Finding::fail(check, error.to_string(), "Put a certificate there, and its key"),
    };
    if let Some(Err(error)) = config.given_tls.as_ref().map(|given| tls::check(given, now_at)) {
        return Finding::fail(
            check,
            error.to_string(),
            "Put the right files there; a server that runs keeps what it has",
        );
    }
    let renew = if is_own { "Restart the server: it renews its own certificate" } else { "Renew it" };
    if let Some(finding) = outworn(check, path, &looked, now_at, renew) {
        return finding;
    }
    let days = (looked.expires_at - now_at) / DAY_MS;
    if days < FEW_DAYS {
        return Finding::warn(check, format!("{} is good for {days} more days", path.display()), renew);
    }
    match config.public_url.as_deref().and_then(public_host) {
        Some(host) if !looked.is_for(host) => Finding::warn(
            check,
            format!(
                "{} is for {}, and not for {host}, where people are told to come",
                path.display(),
                looked.names.join(", ")
            ),
            "Renew it with that name in it, or correct public_url",
        ),
        _ => Finding::pass(check, format!("{} is good for {days} days", path.display())),
    }
}

fn authority(path: &Path, now_at: i64) -> Finding {
    let check = "authority";
    if !path.exists() {
        return Finding::pass(check, "it will be made at the first start");
    }
    let looked = match tls::look(path) {
        Ok(looked) => looked,
        Err(error) => {
            let remedy = "Restore it from a backup: agents know the server by it";
            return Finding::fail(check, error.to_string(), remedy);
        }
    };
    let remedy = "Run `highwater ca rotate`: it makes the next one, which agents learn of by themselves";
    if let Some(finding) = outworn(check, path, &looked, now_at, remedy) {
        return finding;
    }
    let days = (looked.expires_at - now_at) / DAY_MS;
    if days < FEW_DAYS_OF_AUTHORITY {
        return Finding::warn(check, format!("the server's own authority is good for {days} more days"), remedy);
    }
    Finding::pass(check, format!("the server's own authority is good for {days} days"))
}

/// What is said of a certificate that nobody should trust any more.
fn outworn(check: &'static str, path: &Path, looked: &Looked, now_at: i64, remedy: &str) -> Option<Finding> {
    let path = path.display();
    if looked.expires_at <= now_at {
        return Some(Finding::fail(check, format!("{path} has expired: agents and browsers refuse it"), remedy));
    }
    let weakness = looked.weakness.as_ref()?;
    let said = format!("somebody can make one like {path}: {weakness}");
    Some(Finding::fail(check, said, "Renew it with a key on the curve P-256, or of RSA with 2,048 bits or more"))
}
