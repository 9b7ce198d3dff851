//! Whether what a system answers is right.

use std::collections::BTreeMap;

use super::day::{Session, Truth};

/// How many clients are asked for.
pub(crate) const TOP: usize = 10;

/// What was connected at an instant, as far as a system can tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum At {
    Sessions(Vec<Session>),
    /// So many sessions of each client.
    Clients(BTreeMap<String, u32>),
}

/// The answer has to be the first ten of one of the two ways to count, to the second.
pub(crate) fn compare_top(found: &[(String, i64)], truth: &Truth) -> Option<String> {
    let [by_count, by_time] = [&truth.by_count, &truth.by_time].map(first);
    let is_first = |of: &BTreeMap<String, i64>, secs: &[i64]| {
        found.iter().map(|(_, secs)| secs).eq(secs) && found.iter().all(|(name, secs)| of.get(name) == Some(secs))
    };
    if is_first(&truth.by_count, &by_count) || is_first(&truth.by_time, &by_time) {
        return None;
    }
    Some(format!("top clients: {found:?}, but by counting it is {by_count:?} and by time {by_time:?} seconds"))
}

/// The ten greatest, which are one thing however clients of the same figure are ordered.
fn first(of: &BTreeMap<String, i64>) -> Vec<i64> {
    let mut all: Vec<i64> = of.values().copied().collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.truncate(TOP);
    all
}

pub(crate) fn compare_at(found: &At, truth: &Truth) -> Option<String> {
    let is_right = match found {
        At::Sessions(found) => {
            let near = |a: &Session, b: &Session| {
                // A second is what rounding of age and idle leaves open.
                (&a.0, &a.1, a.2) == (&b.0, &b.1, b.2) && (a.3 - b.3).abs() <= 1 && (a.4 - b.4).abs() <= 1
            };
            found.len() == truth.sessions.len() && found.iter().zip(&truth.sessions).all(|(a, b)| near(a, b))
        }
        At::Clients(found) => {
            let mut clients = BTreeMap::new();
            for session in &truth.sessions {
                *clients.entry(session.0.clone()).or_default() += 1;
            }
            *found == clients
        }
    };
    (!is_right).then(|| format!("sessions at an instant: {found:?}, but it is {:?}", truth.sessions))
}
