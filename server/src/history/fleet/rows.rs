//! Some entries of a record, read without the others: what a page shows of a ranking.

use super::{
    FIRST_SEEN, FULL, HOST_COUNTS, HOSTS, IDLE, LAST_SEEN, MAX_SECTION_BYTES, OPENS, PEAK, PEAK_AT, Record, SESSION,
    ZERO_OPEN, take_hosts,
};
use crate::history::bytes::{DecodeError, Reader};
use crate::history::holders::time;
use crate::history::pick::{Walk, pick};
use crate::model::HostId;
use crate::model::holder::Held;

impl Record<'_> {
    /// What the holders at these places of [`ids`](Self::ids) held. `places` in ascending order.
    ///
    /// # Errors
    /// The bytes are not such a record, as far as they are read; or it has no such place.
    pub fn held_at(&self, places: &[usize]) -> Result<Vec<Held>, DecodeError> {
        let mut all = vec![Held::default(); places.len()];
        for (section, set) in TIMES {
            for (held, ms) in all.iter_mut().zip(self.pick_times(section, places)?) {
                set(held, ms, self.origin);
            }
        }
        for (held, number) in all.iter_mut().zip(self.pick(PEAK, places, |reader| reader.u32())?) {
            held.peak_sessions = number;
        }
        for (held, number) in all.iter_mut().zip(self.pick(OPENS, places, |reader| reader.u32())?) {
            held.peak_opens = number;
        }
        Ok(all)
    }

    /// On which hosts the holders at these places were. `places` in ascending order.
    ///
    /// # Errors
    /// As for [`held_at`](Self::held_at).
    pub fn hosts_at(&self, places: &[usize]) -> Result<Vec<Vec<HostId>>, DecodeError> {
        let counts = self.numbers(HOST_COUNTS)?;
        let body = self.sections[HOSTS].unpack(MAX_SECTION_BYTES)?;
        let mut walk = Walk::new(&body);
        let mut next = 0;
        let mut found = Vec::with_capacity(places.len());
        for place in places {
            let before = counts.get(next..*place).ok_or(DecodeError::Invalid("place"))?;
            let count = *counts.get(*place).ok_or(DecodeError::Invalid("place"))?;
            let skipped = before.iter().try_fold(0_i64, |sum, n| sum.checked_add(*n));
            walk.skip(skipped.and_then(|n| usize::try_from(n).ok()).ok_or(DecodeError::Truncated)?)?;
            found.push(walk.read(|reader| take_hosts(reader, count))?);
            next = place + 1;
        }
        Ok(found)
    }

    fn pick_times(&self, section: usize, places: &[usize]) -> Result<Vec<i64>, DecodeError> {
        let body = self.sections[section].unpack(MAX_SECTION_BYTES)?;
        // A time that is no whole seconds takes two varints, the first of which is the only byte 0 that a varint can have.
        if body.contains(&0) {
            let all = self.times(section)?;
            return places.iter().map(|p| all.get(*p).copied().ok_or(DecodeError::Invalid("place"))).collect();
        }
        pick(&body, places, time)
    }

    fn pick<T>(
        &self,
        section: usize,
        places: &[usize],
        read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        pick(&self.sections[section].unpack(MAX_SECTION_BYTES)?, places, read)
    }
}

/// Puts a time into its field; instants count from the origin.
type Set = fn(&mut Held, i64, i64);

const TIMES: [(usize, Set); 7] = [
    (SESSION, |held, ms, _| held.session_ms = ms),
    (IDLE, |held, ms, _| held.idle_ms = ms),
    (ZERO_OPEN, |held, ms, _| held.zero_open_ms = ms),
    (FULL, |held, ms, _| held.full_ms = ms),
    (PEAK_AT, |held, ms, origin| held.peak_at = origin.wrapping_add(ms)),
    (FIRST_SEEN, |held, ms, origin| held.first_seen_at = origin.wrapping_add(ms)),
    (LAST_SEEN, |held, ms, origin| held.last_seen_at = origin.wrapping_add(ms)),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::fleet::encode;
    use crate::model::holder::FleetHolder;

    fn entry() -> impl Strategy<Value = FleetHolder> {
        let hosts = proptest::collection::btree_set(0..500_i64, 1..5);
        let ms = prop_oneof![Just(0), (0..90_000_i64).prop_map(|secs| secs * 1_000), 0..9_000_i64];
        (1..3_i64, ms.clone(), ms, 0..300_u32, hosts).prop_map(|(id, session_ms, idle_ms, peak, hosts)| FleetHolder {
            id,
            held: Held {
                session_ms,
                idle_ms,
                peak_sessions: peak,
                peak_opens: peak * 3,
                peak_at: session_ms * 7,
                first_seen_at: idle_ms,
                last_seen_at: session_ms * 9,
                ..Held::default()
            },
            hosts: hosts.into_iter().map(HostId).collect(),
        })
    }

    proptest! {
        #[test]
        fn what_is_picked_is_what_stands_there(
            mut entries in proptest::collection::vec(entry(), 1..300),
            picked in proptest::collection::btree_set(0..300_usize, 0..20),
        ) {
            for i in 1..entries.len() {
                entries[i].id += entries[i - 1].id;
            }
            let places: Vec<usize> = picked.into_iter().filter(|place| *place < entries.len()).collect();
            let bytes = encode(&entries);
            let record = Record::open(&bytes).unwrap();
            let (held, hosts) = (record.held_at(&places).unwrap(), record.hosts_at(&places).unwrap());
            for ((place, held), hosts) in places.iter().zip(held).zip(hosts) {
                prop_assert_eq!(&FleetHolder { id: entries[*place].id, held, hosts }, &entries[*place]);
            }
            let beyond = [entries.len()];
            prop_assert!(record.held_at(&beyond).is_err() && record.hosts_at(&beyond).is_err());
        }
    }
}
