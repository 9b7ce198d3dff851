//! What sending to other systems needs: where never to send, whom to trust, and what opens the secrets.

use std::fs;
use std::sync::Arc;

use super::{Running, StartError};
use crate::config::Config;
use crate::delivery::http::Http;
use crate::delivery::names;
use crate::model::destination::Policy;
use crate::sealed::Keys;
use crate::tasks::delivery::Sending;

/// # Errors
/// Says what to do.
pub(super) fn sending(running: &Running) -> Result<Sending, StartError> {
    let (config, public_url) = (&running.config, running.public.server_url.as_str());
    let doors = std::iter::once(running.addr).chain(running.plain_addr).collect();
    let policy = Arc::new(Policy::new(doors, Some(public_url), names::is_ours));
    Ok(Sending {
        http: http(config, policy)?,
        keys: Arc::new(keys(config)?),
        public_url: public_url.to_owned(),
        kept_days: config.kept.deliveries_days,
    })
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

/// From the settings, else from the file, which is made at the first start.
fn keys(config: &Config) -> Result<Keys, StartError> {
    if let Some(keys) = &config.secrets_key {
        return Ok(Keys::read(&keys.0, "the setting secrets_key")?);
    }
    if config.secrets_key_file.is_none() {
        // With given certificates and PostgreSQL nothing else has made it. What is wrong with it, the next step says.
        let _ = fs::create_dir_all(&config.data_dir);
    }
    Ok(Keys::load_or_make(&config.secrets_key_file())?)
}
