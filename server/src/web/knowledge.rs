//! What the hosts' sources can know. Holders' records keep sums, in which "none" and "not known" look alike; Samba, for one,
//! does not know when a session was last active.

use std::collections::HashSet;

use crate::model::HostId;
use crate::model::host::HostInShort;

/// Which hosts know what of their sessions.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    idle: HashSet<HostId>,
    opens: HashSet<HostId>,
}

impl Knowledge {
    /// By the newest snapshot of each host that has sessions in it.
    #[must_use]
    pub fn of(hosts: &[HostInShort]) -> Self {
        let mut knowledge = Self::default();
        for host in hosts {
            let Some(now) = host.now else { continue };
            if now.knows_idle {
                knowledge.idle.insert(host.id);
            }
            if now.knows_opens {
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
