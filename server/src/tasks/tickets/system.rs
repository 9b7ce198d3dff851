//! A connector's system, with its secrets.

use std::collections::BTreeMap;

use super::{Step, Tickets};
use crate::delivery::ticket::{self, Failure, Settings, TicketSystem};
use crate::model::connector::{Connector, purpose};
use crate::store::{self, connectors};

impl Tickets {
    /// What talks to a connector's system, or why its secrets cannot be used.
    pub(super) async fn system(&self, connector: &Connector) -> store::Result<Result<Box<dyn TicketSystem>, Failure>> {
        let secrets = match connectors::sealed(&self.db, connector.id).await? {
            None => BTreeMap::new(),
            Some(sealed) => match self.ticketing.keys.open(&purpose(connector.id), &sealed) {
                Ok(text) => serde_json::from_str(&text).unwrap_or_default(),
                // Not the system's fault.
                Err(error) => return Ok(Err(Failure::new(error.to_string()))),
            },
        };
        let settings = Settings::new(connector.system, &connector.settings, &secrets);
        Ok(Ok(ticket::connect(&self.ticketing.http, settings)))
    }

    /// Whether a connector is set up right.
    pub(super) async fn probe(&self, connector: &Connector) -> store::Result<Result<Step, Failure>> {
        Ok(match self.system(connector).await? {
            Ok(system) => system.probe().await.map(|()| Step::Done("it answers, and lets us in".to_owned())),
            Err(failure) => Err(failure),
        })
    }
}
