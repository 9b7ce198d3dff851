//! What attackers know, and what becomes of their tries.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use rustix::process::{Resource, getrlimit, setrlimit};

use super::raw::Target;

/// Descriptors of this program beside those of slow sockets.
const OTHER_FILES: u64 = 600;
/// Machines that an attack comes from if it comes from many.
const MACHINES: usize = 250;

/// What an attacker has: a way to the server, an agent that somebody took over, and tokens that the whole domain can read.
#[derive(Clone)]
pub(crate) struct Arena {
    pub(crate) target: Target,
    /// Of an approved agent.
    pub(crate) key: String,
    /// Approves by hand.
    pub(crate) hand_token: String,
    /// Used up.
    pub(crate) spent_token: String,
    pub(crate) sockets: usize,
}

/// How often what happened to tries.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn add(&mut self, what: impl Into<String>) {
        self.count(what, 1);
    }

    pub(crate) fn count(&mut self, what: impl Into<String>, times: usize) {
        if times > 0 {
            *self.0.entry(what.into()).or_default() += times as u64;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (what, times) in other.0 {
            *self.0.entry(what).or_default() += times;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<_> = self.0.iter().map(|(what, times)| format!("{what} × {times}")).collect();
        f.write_str(&said.join(", "))
    }
}

/// One of many attacking machines.
pub(crate) fn machine(n: usize) -> Ipv4Addr {
    let n = u8::try_from(n % MACHINES).unwrap_or_default();
    Ipv4Addr::new(127, 1, n, 1)
}

/// Lets this program, and so the server, open as many files as it may. Answers how many of the wanted sockets that allows.
pub(crate) fn raise_file_limit(wanted: usize) -> anyhow::Result<usize> {
    let mut limit = getrlimit(Resource::Nofile);
    let needed = u64::try_from(wanted)?.saturating_add(OTHER_FILES);
    if limit.current.is_some_and(|current| current < needed) {
        limit.current = Some(limit.maximum.map_or(needed, |most| most.min(needed)));
        setrlimit(Resource::Nofile, limit)?;
    }
    let allowed = limit.current.map_or(needed, |current| current.min(needed));
    Ok(usize::try_from(allowed.saturating_sub(OTHER_FILES))?)
}
