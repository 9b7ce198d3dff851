//! The fleet and its hosts as metrics. How many series there are is bounded: a host has nine, clients and users none.
//!
//! Of a host that is silent nobody knows how many sessions it has: what is not known has no line, and is not zero.

use std::collections::{HashMap, HashSet};

use super::exposition::{Exposition, Labels};
use crate::model::HostId;
use crate::model::host::{HostInShort, Level};
use crate::model::incident::Kind;
use crate::store::{self, Db, agents, hosts, incidents};

/// Hosts with lines of their own at most.
pub(super) const MOST_HOSTS: usize = 20_000;

/// What is told.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    hosts: Vec<HostInShort>,
    clients: HashMap<HostId, u32>,
    /// Hosts whose agent may send: the others are nobody's any more, and are counted only.
    watched: HashSet<HostId>,
    /// What is not resolved.
    incidents: Vec<(Option<HostId>, Kind)>,
    now_at: i64,
}

/// A host with lines of its own.
struct One<'a> {
    labels: Labels,
    host: &'a HostInShort,
    /// Its newest snapshot says how it is now.
    is_up: bool,
}

impl Fleet {
    /// # Errors
    /// The database's.
    pub(super) async fn read(db: &Db, now_at: i64) -> store::Result<Self> {
        Ok(Self {
            hosts: hosts::in_short(db).await?,
            clients: hosts::clients(db).await?,
            watched: agents::watched_hosts(db).await?.into_iter().collect(),
            incidents: incidents::unresolved_by_host(db).await?,
            now_at,
        })
    }

    /// With lines of so many hosts at most: those that are known the longest, so that it is always the same ones.
    pub(super) fn told(&self, most: usize) -> String {
        let mut watched: Vec<&HostInShort> = self.hosts.iter().filter(|host| self.watched.contains(&host.id)).collect();
        watched.sort_by_key(|host| host.id);
        let left_out = watched.len().saturating_sub(most);
        watched.truncate(most);
        let all: Vec<One<'_>> = watched.into_iter().map(|host| self.one(host)).collect();
        let mut out = Exposition::default();
        self.whole(&mut out, left_out);
        self.state(&mut out, &all);
        self.figures(&mut out, &all);
        self.open(&mut out, &all);
        out.into_text()
    }

    fn one<'a>(&self, host: &'a HostInShort) -> One<'a> {
        // Names may be alike; ids are not.
        let labels = Labels::default().with("host", &host.name).with("group", &host.group_name);
        One { labels: labels.with("id", &host.id.to_string()), host, is_up: host.is_reporting(self.now_at) }
    }

    fn whole(&self, out: &mut Exposition, left_out: usize) {
        out.gauge("highwater_hosts", "Hosts by level, as the fleet page counts them.");
        for level in Level::ALL {
            let count = self.hosts.iter().filter(|host| host.level(self.now_at) == level).count();
            out.value(&Labels::default().with("level", level.word()), number(count));
        }
        out.gauge("highwater_sessions", "SMB sessions of all hosts that report.");
        let reporting = self.hosts.iter().filter(|host| host.is_reporting(self.now_at));
        let sessions: u64 = reporting.filter_map(|host| host.now).map(|now| u64::from(now.sessions)).sum();
        out.value(&Labels::default(), number(sessions));
        out.gauge("highwater_open_incidents", "Incidents that are not resolved, by kind.");
        for kind in Kind::ALL {
            let count = self.incidents.iter().filter(|(_, one)| *one == kind).count();
            out.value(&Labels::default().with("kind", kind.word()), number(count));
        }
        out.gauge(
            "highwater_hosts_left_out",
            "Hosts that have no lines of their own here because there are too many; totals count them.",
        );
        out.value(&Labels::default(), number(left_out));
    }

    fn state(&self, out: &mut Exposition, all: &[One<'_>]) {
        out.gauge(
            "highwater_host_agent_up",
            "1 if a host's agent delivers: its newest snapshot is not overdue. 0 if it does not.",
        );
        all.iter().for_each(|one| out.value(&one.labels, number(u8::from(one.is_up))));
        out.gauge(
            "highwater_host_last_seen_timestamp_seconds",
            "When this server last heard a host's agent, in seconds since 1970. Missing if never.",
        );
        for one in all {
            if let Some(at) = one.host.seen_at {
                #[expect(clippy::cast_precision_loss, reason = "no instant is above 2^53 ms")]
                out.value(&one.labels, at as f64 / 1_000.0);
            }
        }
    }

    /// Of hosts that report.
    fn figures(&self, out: &mut Exposition, all: &[One<'_>]) {
        let up: Vec<(&One<'_>, _)> =
            all.iter().filter(|one| one.is_up).filter_map(|one| Some((one, one.host.now?))).collect();
        out.gauge(
            "highwater_host_sessions",
            "SMB sessions of a host in its newest snapshot. Missing while it is silent.",
        );
        up.iter().for_each(|(one, now)| out.value(&one.labels, number(now.sessions)));
        out.gauge(
            "highwater_host_clients",
            "SMB clients of a host in its newest snapshot. Missing while it is silent.",
        );
        for (one, _) in &up {
            if let Some(clients) = self.clients.get(&one.host.id) {
                out.value(&one.labels, number(*clients));
            }
        }
        out.gauge(
            "highwater_host_session_limit",
            "SMB sessions that a host takes at most. Missing if it has no limit, if nobody knows it, or while it is silent.",
        );
        for (one, now) in &up {
            if let Some(limit) = now.limit_sessions.filter(|_| !now.is_unlimited) {
                out.value(&one.labels, number(limit));
            }
        }
        out.gauge(
            "highwater_host_saturation_ratio",
            "Sessions of a host divided by its limit: 1 is full. Missing where the limit is.",
        );
        up.iter()
            .filter_map(|(one, now)| Some((one, now.saturation()?)))
            .for_each(|(one, s)| out.value(&one.labels, s));
        out.gauge(
            "highwater_host_full",
            "1 if a host is at its limit, so that one more session is refused; 0 if it is not. Missing if nobody knows.",
        );
        for (one, _) in &up {
            match one.host.level(self.now_at) {
                Level::Full => out.value(&one.labels, 1.0),
                Level::Watch | Level::Calm | Level::Unlimited => out.value(&one.labels, 0.0),
                Level::Silent | Level::Unknown => {}
            }
        }
    }

    fn open(&self, out: &mut Exposition, all: &[One<'_>]) {
        out.gauge(
            "highwater_host_open_incidents",
            "Incidents of a host that are not resolved, by kind. Missing where there is none.",
        );
        let mut by_host: HashMap<HostId, Vec<Kind>> = HashMap::new();
        self.incidents.iter().filter_map(|(host, kind)| Some(((*host)?, *kind))).for_each(|(host, kind)| {
            by_host.entry(host).or_default().push(kind);
        });
        for one in all {
            let Some(kinds) = by_host.get(&one.host.id) else { continue };
            for kind in Kind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
                let count = kinds.iter().filter(|one| **one == kind).count();
                out.value(&one.labels.clone().with("kind", kind.word()), number(count));
            }
        }
    }
}

fn number(count: impl TryInto<u64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "no count here is above 2^53")]
    let number = count.try_into().unwrap_or(u64::MAX) as f64;
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::NowInShort;
    use crate::model::time::MINUTE_MS;

    fn host(id: i64, minutes_ago: Option<i64>, (sessions, limit): (u32, Option<u32>)) -> HostInShort {
        let now = minutes_ago.map(|minutes| NowInShort {
            taken_at: 60 * MINUTE_MS - minutes * MINUTE_MS,
            sampling_secs: 60,
            sessions,
            limit_sessions: limit,
            is_unlimited: false,
            knows_opens: true,
            knows_idle: true,
        });
        let seen_at = now.map(|now| now.taken_at + 500);
        HostInShort { id: HostId(id), name: "FS".to_owned(), group_name: String::new(), seen_at, now }
    }

    fn fleet() -> Fleet {
        let hosts = vec![
            host(3, Some(0), (20, Some(20))),
            host(1, Some(0), (5, None)),
            host(2, Some(30), (7, Some(20))),
            host(4, None, (0, None)),
            host(5, Some(0), (9, Some(20))),
        ];
        Fleet {
            watched: [1, 2, 3, 4].map(HostId).into(),
            clients: hosts.iter().map(|host| (host.id, 4)).collect(),
            incidents: vec![(Some(HostId(3)), Kind::Full), (Some(HostId(5)), Kind::Near), (None, Kind::Pipeline)],
            now_at: 60 * MINUTE_MS,
            hosts,
        }
    }

    /// The values of a family, by the host's id.
    fn of(text: &str, family: &str) -> Vec<String> {
        let lines =
            text.lines().filter_map(|line| line.strip_prefix(family)?.strip_prefix("{host=\"FS\",group=\"\",id=\""));
        lines.map(|line| line.replace("\"}", "")).collect()
    }

    #[test]
    fn what_is_not_known_has_no_line() {
        let text = fleet().told(10);
        assert_eq!(of(&text, "highwater_host_agent_up"), ["1 1", "2 0", "3 1", "4 0"], "nobody watches host 5");
        assert_eq!(of(&text, "highwater_host_last_seen_timestamp_seconds"), ["1 3600.5", "2 1800.5", "3 3600.5"]);
        assert_eq!(of(&text, "highwater_host_sessions"), ["1 5", "3 20"]);
        assert_eq!(of(&text, "highwater_host_clients"), ["1 4", "3 4"]);
        assert_eq!(of(&text, "highwater_host_session_limit"), ["3 20"]);
        assert_eq!(of(&text, "highwater_host_saturation_ratio"), ["3 1"]);
        assert_eq!(of(&text, "highwater_host_full"), ["3 1"]);
        assert_eq!(of(&text, "highwater_host_open_incidents"), ["3\",kind=\"full 1"]);
        for line in [
            "highwater_hosts{level=\"full\"} 1",
            "highwater_hosts{level=\"silent\"} 1",
            "highwater_sessions 34",
            "highwater_open_incidents{kind=\"near\"} 1",
            "highwater_open_incidents{kind=\"pipeline\"} 1",
            "highwater_open_incidents{kind=\"leak\"} 0",
            "highwater_hosts_left_out 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn what_is_cut_off_is_said_and_stays_the_same() {
        let text = fleet().told(2);
        assert_eq!(of(&text, "highwater_host_agent_up"), ["1 1", "2 0"]);
        assert!(text.contains("\nhighwater_hosts_left_out 2\n") && text.contains("highwater_hosts{level=\"full\"} 1"));
    }
}
