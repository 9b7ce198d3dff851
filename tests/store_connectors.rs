//! Connectors and their secrets: on both databases.

use highwater::model::ConnectorId;
use highwater::model::connector::{MOST_CONNECTORS, NewConnector, System};
use highwater::model::delivery::{Endpoint, EndpointKind, NewDelivery, State, Why};
use highwater::model::incident::Kind;
use highwater::model::standing::{Failing, Off, OffWhy};
use highwater::store::connectors::{self, Inserted};
use highwater::store::deliveries::{self, DeliveryFilter};

use crate::harness::store::{Store, T0, both};
use crate::harness::ticketing;

fn new(name: &str) -> NewConnector {
    let settings = [("url".to_owned(), "https://desk.example".to_owned()), ("user".to_owned(), "\"r\" é".to_owned())];
    let new = ticketing::new(System::Zendesk, settings.into(), &[("token".to_owned(), "t".to_owned())].into());
    NewConnector { name: name.to_owned(), groups: vec!["Paris, Nord".to_owned()], ..new }
}

async fn insert(db: &Store, name: &str) -> Inserted {
    db.write(async |tx| connectors::insert(tx, &new(name), "ann", T0).await).await
}

async fn made(db: &Store, name: &str) -> ConnectorId {
    let inserted = insert(db, name).await;
    let Inserted::Yes(id) = inserted else { panic!("{inserted:?}") };
    id
}

#[tokio::test]
async fn a_connector_is_kept_changed_and_forgotten_with_all_that_waits_for_it() {
    both(async |db| {
        let id = made(db, "Desk").await;
        assert_eq!(insert(db, "Desk").await, Inserted::NameTaken);
        let kept = connectors::find(db, id).await.unwrap().unwrap();
        assert_eq!((kept.name.as_str(), kept.system, kept.language.as_str()), ("Desk", System::Zendesk, "en"));
        assert_eq!((kept.settings, kept.groups), (new("").settings, new("").groups));
        assert_eq!((kept.kinds, kept.off, kept.failing), (vec![Kind::Full, Kind::Capacity], None, None));
        assert_eq!((kept.created_at, kept.created_by.as_str(), kept.updated_at), (T0, "ann", T0));

        let other = made(db, "Other").await;
        assert!(
            !db.write(async |tx| connectors::update(tx, other, &new("Desk"), T0 + 1).await).await,
            "the name is taken"
        );
        let changed = NewConnector { language: "fr".to_owned(), groups: Vec::new(), ..new("Bureau") };
        assert!(db.write(async |tx| connectors::update(tx, id, &changed, T0 + 5).await).await);
        let names: Vec<_> =
            connectors::list(db).await.unwrap().into_iter().map(|one| (one.name, one.updated_at)).collect();
        assert_eq!(names, [("Bureau".to_owned(), T0 + 5), ("Other".to_owned(), T0)]);

        let endpoint = Endpoint { kind: EndpointKind::Ticket, id: id.0 };
        let one = NewDelivery { endpoint, incident: None, event_type: "connector.test", body: "{}" };
        db.write(async |tx| deliveries::enqueue(tx, &one, T0).await).await;
        assert!(db.write(async |tx| connectors::delete(tx, id).await).await);
        assert!(!db.write(async |tx| connectors::delete(tx, id).await).await);
        let filter = DeliveryFilter { most: 9, ..Default::default() };
        assert!(deliveries::list(db, &filter).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn secrets_are_kept_as_they_were_sealed() {
    both(async |db| {
        let id = made(db, "Desk").await;
        assert_eq!(connectors::sealed(db, id).await.unwrap(), None);
        db.write(async |tx| connectors::seal(tx, id, &[1, 0, 255]).await).await;
        assert_eq!(connectors::sealed(db, id).await.unwrap(), Some(vec![1, 0, 255]));
        assert_eq!(connectors::sealed(db, ConnectorId(99)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_one_that_is_switched_off_ends_with_it() {
    both(async |db| {
        let id = made(db, "Desk").await;
        let endpoint = Endpoint { kind: EndpointKind::Ticket, id: id.0 };
        let one = NewDelivery { endpoint, incident: None, event_type: "connector.test", body: "{}" };
        let delivery = db.write(async |tx| deliveries::enqueue(tx, &one, T0).await).await;
        assert_eq!(
            db.write(async |tx| connectors::fails(tx, id, T0 + 1).await).await,
            Some(Failing { since: T0 + 1, failures: 1 })
        );
        assert_eq!(
            db.write(async |tx| connectors::fails(tx, id, T0 + 2).await).await,
            Some(Failing { since: T0 + 1, failures: 2 })
        );
        db.write(async |tx| connectors::works(tx, id).await).await;
        assert_eq!(connectors::find(db, id).await.unwrap().unwrap().failing, None);
        assert_eq!(db.write(async |tx| connectors::fails(tx, ConnectorId(9), T0).await).await, None);

        assert!(db.write(async |tx| connectors::switch_off(tx, id, OffWhy::Hand, "ann", T0 + 3).await).await);
        assert!(!db.write(async |tx| connectors::switch_off(tx, id, OffWhy::Failing, "", T0 + 4).await).await);
        let off = Off { at: T0 + 3, why: OffWhy::Hand, by: "ann".to_owned() };
        assert_eq!(connectors::find(db, id).await.unwrap().unwrap().off, Some(off));
        let (ended, _) = deliveries::find(db, delivery).await.unwrap().unwrap();
        assert_eq!((ended.state, ended.why), (State::Dead, Some(Why::Off)));
        assert!(db.write(async |tx| connectors::switch_on(tx, id, T0 + 5).await).await);
        assert!(!db.write(async |tx| connectors::switch_on(tx, id, T0 + 5).await).await);
    })
    .await;
}

#[tokio::test]
async fn there_are_only_so_many() {
    both(async |db| {
        for n in 0..MOST_CONNECTORS {
            made(db, &n.to_string()).await;
        }
        assert_eq!(insert(db, "more").await, Inserted::TooMany);
    })
    .await;
}
