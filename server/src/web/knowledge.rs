//! What the hosts' sources can know. Holders' records keep sums, in which "none" and "not known" look alike; Samba, for one,
//! does not know when a session was last active.

use std::collections::HashSet;

use crate::model::HostId;
use crate::model::host::HostNow;

/// Which hosts know what of their sessions.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    idle: HashSet<HostId>,
    opens: HashSet<HostId>,
}

impl Knowledge {
    /// By the newest snapshot of each host that has sessions in it.
    #[must_use]
    pub fn of(hosts: &[HostNow]) -> Self {
        let mut knowledge = Self::default();
        for host in hosts {
            let Some(now) = host.state.as_ref().and_then(|s| s.now.as_ref()) else { continue };
            if now.totals.idle_sessions.is_some() {
                knowledge.idle.insert(host.id);
            }
            if now.totals.opens.is_some() {
                knowledge.opens.insert(host.id);
            }
        }
        knowledge
    }

    /// Whether any of these hosts knows idle times.
    #[must_use]
    pub fn of_idle(&self, hosts: &[HostId]) -> bool {
        hosts.iter().any(|h| self.idle.contains(h))
    }

    /// Whether any of these hosts knows open files.
    #[must_use]
    pub fn of_opens(&self, hosts: &[HostId]) -> bool {
        hosts.iter().any(|h| self.opens.contains(h))
    }
}
