//! Events beside a chart: which of them are read, so that what matters is not crowded out by what happens every day.

use std::cmp::Reverse;

use super::told::{Told, told};
use crate::model::event::{Event, EventClass};
use crate::store::events::EventFilter;
use crate::store::{self, Db};

/// Events of each of the two kinds in the lane at most.
const MOST: u32 = 300;
/// What a host that ran out of something writes, and what tells why.
const URGENT: [EventClass; 3] = [EventClass::Capacity, EventClass::Memory, EventClass::Configuration];
/// The others of the SMB server that say something; of another provider's and of noise nothing is shown.
const ROUTINE: [EventClass; 5] =
    [EventClass::Abuse, EventClass::Availability, EventClass::Network, EventClass::StartUp, EventClass::Symptom];

#[derive(Debug)]
pub(in crate::web::pages) struct Lane {
    /// Newest first.
    pub(in crate::web::pages) events: Vec<Event>,
    /// There are more events than these: so many of each kind are shown.
    pub(in crate::web::pages) cut_at: Option<u32>,
}

impl Lane {
    /// The newest events of a filter, its classes and limit aside.
    ///
    /// # Errors
    /// The database's.
    pub(in crate::web::pages) async fn of(db: &Db, filter: &EventFilter) -> store::Result<Self> {
        let read = async |classes: &[EventClass]| {
            let filter = EventFilter { classes: classes.to_vec(), most: MOST + 1, ..filter.clone() };
            store::events::list(db, &filter).await
        };
        Ok(Self::joined(read(&URGENT).await?, read(&ROUTINE).await?, MOST))
    }

    fn joined(mut urgent: Vec<Event>, mut routine: Vec<Event>, most: u32) -> Self {
        let is_cut = urgent.len().max(routine.len()) > most as usize;
        urgent.truncate(most as usize);
        routine.truncate(most as usize);
        urgent.append(&mut routine);
        urgent.sort_by_key(|event| Reverse((event.recorded_at, event.id)));
        Self { events: urgent, cut_at: is_cut.then_some(most) }
    }

    /// As a short list, newest first: kinds of urgent events are in it before others are.
    pub(in crate::web::pages) fn told(&self, most: usize) -> Vec<Told> {
        let is_urgent = |event: &&Event| URGENT.contains(&event.class);
        let mut lines = told(self.events.iter().filter(is_urgent), most);
        lines.extend(told(self.events.iter().filter(|event| !is_urgent(event)), most - lines.len()));
        lines.sort_by_key(|line| Reverse((line.newest.recorded_at, line.newest.id)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::eyes::RecordText;
    use crate::model::{EventId, HostId};

    fn event(n: i64, code: u32, class: EventClass) -> Event {
        Event {
            id: EventId(n),
            host: HostId(1),
            host_name: "FS01".into(),
            channel: "System".into(),
            provider: "Srv".into(),
            record_id: n.unsigned_abs(),
            recorded_at: n,
            received_at: n,
            code,
            level: 2,
            class,
            computer: String::new(),
            xml: RecordText::default(),
            message: None,
            decoded: "{}".into(),
        }
    }

    #[test]
    fn what_is_urgent_is_in_the_list_however_much_else_is_newer_and_a_cut_is_said() {
        let routine: Vec<Event> = (10..20_u32).map(|n| event(n.into(), n, EventClass::Availability)).rev().collect();
        let urgent = vec![event(3, 2022, EventClass::Capacity)];
        let lane = Lane::joined(urgent.clone(), routine.clone(), 10);
        let codes = |lane: &Lane| lane.told(3).iter().map(|t| t.newest.code).collect::<Vec<_>>();
        assert_eq!((codes(&lane), lane.cut_at), (vec![19, 18, 2022], None));
        assert_eq!(lane.events.len(), 11);
        let cut = Lane::joined(urgent, routine, 5);
        assert_eq!((cut.events.len(), cut.cut_at), (6, Some(5)));
    }
}
