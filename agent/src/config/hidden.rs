//! How settings are shown for debugging: without the token, and without a password of the proxy.

use std::fmt;

use super::{Partial, Settings};

const HIDDEN: &str = "(hidden)";

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("server", &self.server)
            .field("ca", &self.ca)
            .field("pin", &self.pin)
            .field("client_cert", &self.client_cert)
            .field("client_key", &self.client_key)
            .field("proxy", &self.proxy.as_deref().map(without_password))
            .field("token", &self.token.as_ref().map(|_| HIDDEN))
            .field("source", &self.source)
            .field("data_dir", &self.data_dir)
            .field("sampling", &self.sampling)
            .field("spool", &self.spool)
            .field("waits", &self.waits)
            .field("warn_percent", &self.warn_percent)
            .field("name", &self.name)
            .field("machine_id", &self.machine_id)
            .finish()
    }
}

fn without_password(address: &str) -> &str {
    if address.contains('@') { HIDDEN } else { address }
}

/// What is said, by the keys of the file.
impl fmt::Debug for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| HIDDEN.to_owned());
        let proxy = self.proxy.as_deref().map(|proxy| without_password(proxy).to_owned());
        let shown = Self { token, proxy, ..self.clone() };
        let said = serde_json::to_value(shown).unwrap_or_default();
        let said = said.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        f.debug_map().entries(said).finish()
    }
}
