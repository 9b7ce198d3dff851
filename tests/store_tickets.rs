//! Which record stands for which incident: on both databases.

use highwater::model::connector::{Held, System, TicketState};
use highwater::model::incident::Kind;
use highwater::model::{ConnectorId, IncidentId};
use highwater::store::connectors::{self, Inserted};
use highwater::store::incidents::{self, Deed, NewIncident};
use highwater::store::tickets;

use crate::harness::store::{Store, T0, both};
use crate::harness::ticketing;

async fn connector(db: &Store) -> ConnectorId {
    let new = ticketing::new(System::Zendesk, [].into(), &[].into());
    let inserted = db.write(async |tx| connectors::insert(tx, &new, "ann", T0).await).await;
    let Inserted::Yes(id) = inserted else { panic!("{inserted:?}") };
    id
}

async fn incident(db: &Store, name: &str) -> IncidentId {
    let host = Some(db.host(name).await);
    let new = NewIncident { host, kind: Kind::Full, subject: "", from_at: T0, opened_at: T0, is_silenced: false };
    db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap()
}

fn held(connector: ConnectorId, incident: IncidentId, remote_id: &str, looked_at: i64) -> Held {
    Held {
        connector,
        incident,
        remote_id: Some(remote_id.to_owned()),
        name: format!("INC{remote_id}"),
        url: "https://desk.example/1".to_owned(),
        state: TicketState::Open,
        intended_at: None,
        looked_at,
    }
}

#[tokio::test]
async fn a_record_is_intended_then_known_then_looked_at() {
    both(async |db| {
        let (to, of) = (connector(db).await, incident(db, "FS01").await);
        assert_eq!(tickets::find(db, to, of).await.unwrap(), None);
        db.write(async |tx| tickets::intend(tx, to, of, T0 + 1).await).await;
        let intended = tickets::find(db, to, of).await.unwrap().unwrap();
        assert_eq!((intended.remote_id, intended.intended_at), (None, Some(T0 + 1)));
        let known = held(to, of, "7", T0 + 2);
        db.write(async |tx| tickets::save(tx, &known).await).await;
        assert_eq!(tickets::find(db, to, of).await.unwrap(), Some(known.clone()));

        let looks = async |state, at| db.write(async |tx| tickets::look(tx, &known, state, at).await).await;
        assert!(looks(TicketState::Resolved, T0 + 9).await);
        assert!(!looks(TicketState::Closed, T0 + 10).await, "somebody has looked meanwhile");
        let now = tickets::find(db, to, of).await.unwrap().unwrap();
        assert_eq!((now.state, now.looked_at), (TicketState::Resolved, T0 + 9));

        // A successor is going to be made.
        db.write(async |tx| tickets::intend(tx, to, of, T0 + 20).await).await;
        let next = tickets::find(db, to, of).await.unwrap().unwrap();
        assert_eq!((next.remote_id, next.intended_at), (None, Some(T0 + 20)));
    })
    .await;
}

#[tokio::test]
async fn those_that_were_looked_at_longest_ago_come_first_and_what_is_over_is_left_out() {
    both(async |db| {
        let to = connector(db).await;
        let (mut ids, mut all) = (Vec::new(), Vec::new());
        for (n, name) in ["FS01", "FS02", "FS03", "FS04", "FS05"].into_iter().enumerate() {
            let id = incident(db, name).await;
            let looked_at = T0 + 100 - i64::try_from(n).unwrap();
            all.push(held(to, id, &n.to_string(), looked_at));
            ids.push(id);
        }
        all[1].state = TicketState::Closed;
        all[2].remote_id = None;
        for one in &all {
            db.write(async |tx| tickets::save(tx, one).await).await;
        }
        let deed = Deed { by: "ann", now_at: T0 + 5, seen_version: None };
        db.write(async |tx| incidents::resolve(tx, ids[3], deed, "").await).await;
        let due = async |before_at, since_at, most| {
            let due = tickets::to_look_at(db, to, before_at, since_at, most).await.unwrap();
            due.into_iter().map(|one| one.incident).collect::<Vec<_>>()
        };
        assert_eq!(due(T0 + 200, T0, 9).await, [ids[4], ids[3], ids[0]]);
        assert_eq!(due(T0 + 200, T0 + 6, 9).await, [ids[4], ids[0]], "resolved before");
        assert_eq!(due(T0 + 97, T0, 9).await, [ids[4]]);
        assert_eq!(due(T0 + 200, T0, 1).await, [ids[4]]);
    })
    .await;
}
