//! What sending to other systems needs: where never to send, whom to trust, and what opens the secrets.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use super::StartError;
use super::ticket::{TicketPreview, TicketWords};
use crate::config::Config;
use crate::delivery::http::Http;
use crate::delivery::names;
use crate::model::destination::Policy;
use crate::sealed::Keys;
use crate::tasks::delivery::Sending;
use crate::tasks::tickets::Ticketing;
use crate::web::Outgoing;

/// `doors`: where this server listens.
///
/// # Errors
/// Says what to do.
pub(super) fn outgoing(
    keys: Arc<Keys>,
    (addr, plain_addr): (SocketAddr, Option<SocketAddr>),
    public_url: &str,
) -> Result<Arc<Outgoing>, StartError> {
    let doors = std::iter::once(addr).chain(plain_addr).collect();
    let policy = Arc::new(Policy::new(doors, Some(public_url), names::is_ours));
    let http = Http::new(Arc::clone(&policy), None).map_err(|error| trust("(none)".to_owned(), &error))?;
    let preview = Arc::new(TicketPreview { http });
    Ok(Arc::new(Outgoing { policy, keys, preview }))
}

/// # Errors
/// Says what to do.
pub(super) fn sending(config: &Config, outgoing: &Outgoing, public_url: &str) -> Result<Sending, StartError> {
    Ok(Sending {
        http: http(config, Arc::clone(&outgoing.policy))?,
        keys: Arc::clone(&outgoing.keys),
        public_url: public_url.to_owned(),
        kept_days: config.kept.deliveries_days,
    })
}

/// What keeping tickets needs, beside what sending does.
pub(super) fn ticketing(sending: &Sending) -> Ticketing {
    Ticketing {
        http: sending.http.clone(),
        keys: Arc::clone(&sending.keys),
        public_url: sending.public_url.clone(),
        words: Arc::new(TicketWords),
    }
}

fn http(config: &Config, policy: Arc<Policy>) -> Result<Http, StartError> {
    let Some(path) = &config.delivery_ca_file else {
        return Http::new(policy, None).map_err(|error| trust("(none)".to_owned(), &error));
    };
    let wrong = |error: &dyn std::fmt::Display| trust(path.display().to_string(), error);
    let pem = fs::read(path).map_err(|error| wrong(&error))?;
    Http::new(policy, Some(&pem)).map_err(|error| wrong(&error))
}

fn trust(path: String, what: &dyn std::fmt::Display) -> StartError {
    StartError::Trust { path, what: what.to_string() }
}

/// What secrets are sealed with: from the settings, else from the file, which is made at the first start.
///
/// # Errors
/// Says what to do.
pub(crate) fn keys(config: &Config) -> Result<Keys, StartError> {
    if let Some(keys) = &config.secrets_key {
        return Ok(Keys::read(&keys.0, "the setting secrets_key")?);
    }
    if config.secrets_key_file.is_none() {
        // With given certificates and PostgreSQL nothing else has made it. What is wrong with it, the next step says.
        let _ = fs::create_dir_all(&config.data_dir);
    }
    Ok(Keys::load_or_make(&config.secrets_key_file())?)
}
