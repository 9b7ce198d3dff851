//! What sending to other systems needs: where never to send, whom to trust, and what opens the secrets.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use super::StartError;
use super::ticket::{TicketPreview, TicketWords};
use crate::config::{self, Config};
use crate::delivery::http::Http;
use crate::delivery::names;
use crate::delivery::syslog::{Receiver, Syslog, Transport};
use crate::model::destination::Policy;
use crate::sealed::Keys;
use crate::tasks::audit::Keeping;
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

/// How the audit log is kept, and forwarded if the settings say where to.
///
/// # Errors
/// Says what to do.
pub(super) fn keeping(config: &Config) -> Result<Keeping, StartError> {
    let syslog = config.syslog.as_ref().map(|to| syslog(to, &config.host_name)).transpose()?;
    Ok(Keeping { syslog, kept_days: config.kept.audit_days })
}

fn syslog(to: &config::Syslog, host_name: &str) -> Result<Syslog, StartError> {
    let path = to.ca_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let wrong = |error: &dyn std::fmt::Display| StartError::Syslog { path: path.clone(), what: error.to_string() };
    let pem = to.ca_file.as_ref().map(fs::read).transpose().map_err(|error| wrong(&error))?;
    let receiver = Receiver {
        host: to.host.clone(),
        port: to.port,
        transport: match to.transport {
            config::Transport::Udp => Transport::Udp,
            config::Transport::Tcp => Transport::Tcp,
            config::Transport::Tls => Transport::Tls,
        },
        facility: to.facility,
        app_name: to.app_name.clone(),
        host_name: host_name.to_owned(),
        process_id: std::process::id(),
    };
    Syslog::new(receiver, pem.as_deref()).map_err(|error| wrong(&error))
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
