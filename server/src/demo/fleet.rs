//! The simulated hosts: each one the agent's own run.

use std::path::PathBuf;
use std::sync::Arc;

use highwater_agent::Settings;
use highwater_agent::config::{Sampling, Waits};
use highwater_agent::source::simulated::{Fleet, Simulated};
use tokio_util::sync::CancellationToken;

/// Quicker than agents do by default: whoever looks should see numbers move.
const SAMPLING: Sampling = Sampling { calm_secs: 15, near_secs: 10, full_secs: 5 };

/// Where the fleet lives and whom it speaks to.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) server: String,
    pub(super) ca: PathBuf,
    pub(super) dir: PathBuf,
    pub(super) token: String,
}

impl Place {
    /// The settings of one host's agent.
    pub(super) fn settings(&self, fleet: &Fleet, host: u32) -> Settings {
        let simulated = fleet.host(host);
        Settings {
            ca: Some(self.ca.clone()),
            token: Some(self.token.clone()),
            name: Some(simulated.name().to_owned()),
            machine_id: Some(simulated.machine_id()),
            sampling: SAMPLING,
            waits: Waits::eager(),
            ..Settings::new(self.server.clone(), self.dir.join(simulated.name()))
        }
    }
}

/// Runs one host until the demo ends.
pub(super) async fn run(settings: Settings, fleet: Arc<Fleet>, host: u32, stop: CancellationToken) {
    let name = settings.name.clone().unwrap_or_default();
    let source = Box::new(Simulated::new(fleet, host));
    if let Err(error) = highwater_agent::run(settings, source, stop).await {
        tracing::error!(host = name, %error, "a simulated host's agent ended");
    }
}
