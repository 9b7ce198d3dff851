//! How much of this computer is in use: memory, processor time, connections to a port. What it does not tell is left out.

use std::collections::BTreeMap;

use highwater_wire::counter;

use super::told;

/// Physical memory, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    pub(super) total: u64,
    pub(super) available: u64,
}

/// Time of all processors since the start, in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Processors {
    pub(super) busy: u64,
    pub(super) idle: u64,
}

/// Reads it again and again: processor time is known from one reading to the next only.
#[derive(Debug, Default)]
pub struct Usage {
    processors: Option<Processors>,
}

impl Usage {
    /// By the names of counters. `port` is the SMB server's.
    pub fn read(&mut self, port: u16) -> BTreeMap<String, i64> {
        let mut values: Vec<(&'static str, u64)> = Vec::new();
        if let Some(memory) = told::memory() {
            values.push((counter::MEMORY_TOTAL_BYTES, memory.total));
            values.push((counter::MEMORY_AVAILABLE_BYTES, memory.available));
        }
        let processors = told::processors();
        let before = std::mem::replace(&mut self.processors, processors);
        let permille = before.zip(processors).and_then(|(before, now)| busy_permille(before, now));
        values.extend(permille.map(|permille| (counter::CPU_BUSY_PERMILLE, permille)));
        if let Some(connections) = told::connections(port) {
            values.extend(by_state(connections));
        }
        values.into_iter().map(|(name, value)| (name.to_owned(), i64::try_from(value).unwrap_or(i64::MAX))).collect()
    }
}

/// None if no time passed, or the counts began again.
fn busy_permille(before: Processors, now: Processors) -> Option<u64> {
    let (busy, idle) = (now.busy.checked_sub(before.busy)?, now.idle.checked_sub(before.idle)?);
    (busy * 1_000).checked_div(busy + idle)
}

/// How many connections are in each state; a state without any is 0, not unknown.
fn by_state(connections: Vec<&'static str>) -> impl Iterator<Item = (&'static str, u64)> {
    let mut counts = [
        counter::TCP_ESTABLISHED,
        counter::TCP_OPENING,
        counter::TCP_CLOSE_WAIT,
        counter::TCP_TIME_WAIT,
        counter::TCP_CLOSING,
    ]
    .map(|state| (state, 0));
    for state in connections {
        counts.iter_mut().filter(|(name, _)| *name == state).for_each(|(_, count)| *count += 1);
    }
    counts.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_what_passed_between_two_readings() {
        let at = |busy, idle| Processors { busy, idle };
        assert_eq!(busy_permille(at(100, 900), at(130, 970)), Some(300));
        assert_eq!(busy_permille(at(100, 900), at(100, 900)), None);
        assert_eq!(busy_permille(at(100, 900), at(5, 20)), None, "after a new start");
    }

    #[test]
    fn connections_are_counted_by_their_state_and_none_is_zero() {
        let states = vec![counter::TCP_ESTABLISHED, counter::TCP_TIME_WAIT, counter::TCP_ESTABLISHED];
        let counts: BTreeMap<_, _> = by_state(states).collect();
        assert_eq!(counts[counter::TCP_ESTABLISHED], 2);
        assert_eq!((counts[counter::TCP_TIME_WAIT], counts[counter::TCP_CLOSE_WAIT]), (1, 0));
        assert_eq!(counts.len(), 5);
    }

    #[test]
    fn this_computer_tells_its_memory_and_its_connections() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let _client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let _accepted = listener.accept().unwrap();
        let mut usage = Usage::default();
        let first = usage.read(port);
        assert!(!first.contains_key(counter::CPU_BUSY_PERMILLE), "nothing to compare with yet");
        assert!(first[counter::MEMORY_TOTAL_BYTES] >= first[counter::MEMORY_AVAILABLE_BYTES]);
        assert!(first[counter::MEMORY_AVAILABLE_BYTES] > 0);
        // The client's own end has this port as the remote one, and does not count.
        assert_eq!(first[counter::TCP_ESTABLISHED], 1);
    }
}
