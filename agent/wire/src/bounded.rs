//! Lists out of hands that may be hostile: read to their end, and kept up to a count. A list of small things would take many times the memory
//! that its text does, before anybody could count them.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{MAX_RECORDS, Record};

/// Of what a host has some dozens of at most.
const MOST_FACTS: usize = 1_024;

/// One more than [`MAX_RECORDS`] is kept of a longer list: it is seen to be too long by that.
pub(crate) fn records<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Record>, D::Error> {
    deserializer.deserialize_seq(List { most: MAX_RECORDS + 1, kind: PhantomData })
}

pub(crate) fn addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_seq(List { most: MOST_FACTS, kind: PhantomData })
}

pub(crate) fn settings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    deserializer.deserialize_map(Named)
}

struct List<T> {
    most: usize,
    kind: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut kept = Vec::new();
        while kept.len() < self.most {
            match list.next_element()? {
                Some(one) => kept.push(one),
                None => return Ok(kept),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(kept)
    }
}

struct Named;

impl<'de> Visitor<'de> for Named {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut kept = BTreeMap::new();
        while kept.len() < MOST_FACTS {
            match map.next_entry()? {
                Some((name, value)) => drop(kept.insert(name, value)),
                None => return Ok(kept),
            }
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, HostFacts};

    #[test]
    fn of_a_list_that_is_too_long_so_much_is_kept_that_it_is_seen_to_be() {
        let batch = |count: usize| {
            let records = vec!["{\"other\":{}}"; count].join(",");
            let json = format!("{{\"epoch\":\"\",\"first_seq\":1,\"sent_at\":1,\"records\":[{records}]}}");
            serde_json::from_str::<Batch>(&json).unwrap().records.len()
        };
        assert_eq!((batch(0), batch(MAX_RECORDS)), (0, MAX_RECORDS));
        assert_eq!(batch(10 * MAX_RECORDS), MAX_RECORDS + 1);
    }

    #[test]
    fn of_facts_without_end_the_first_are_kept_and_what_follows_them_is_read() {
        let addresses = vec!["\"10.0.0.1\""; 5_000].join(",");
        let settings: Vec<_> = (0..5_000).map(|n| format!("\"s{n}\":\"1\"")).collect();
        let settings = settings.join(",");
        let json = format!(
            "{{\"observed_at\":1,\"name\":\"FS01\",\"addresses\":[{addresses}],\"settings\":{{{settings}}},\"os\":\"x\"}}"
        );
        let facts: HostFacts = serde_json::from_str(&json).unwrap();
        assert_eq!((facts.addresses.len(), facts.settings.len(), facts.os.as_str()), (MOST_FACTS, MOST_FACTS, "x"));
    }
}
