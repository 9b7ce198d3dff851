use highwater::store::{Db, OpenError, agents};

use crate::harness::store::{Store, T0, both};

#[tokio::test]
async fn a_store_keeps_its_name_over_restarts_and_another_store_has_another() {
    both(async |db| {
        let again = Db::open(db.address()).await.unwrap();
        assert_eq!(again.store_id(), db.store_id());
        assert_eq!(again.kind(), db.kind());
        again.ping().await.unwrap();
        again.close().await;
        assert!(again.ping().await.is_err());
        assert!(again.begin().await.is_err());
        assert_ne!(Store::sqlite().await.store_id(), db.store_id());
    })
    .await;
    assert_eq!(Store::sqlite().await.kind(), "sqlite");
    assert_eq!(Store::postgres().await.kind(), "postgres");
}

#[tokio::test]
async fn one_process_knows_that_it_is_alone_with_a_file_and_none_that_it_is_alone_with_a_server() {
    both(async |db| {
        let is_file = db.kind() == "sqlite";
        let first = db.serving().await.unwrap();
        assert_eq!(first.is_some(), is_file);
        let other = Db::open(db.address()).await.unwrap();
        assert!(other.alone().is_none(), "the first one may be sending");
        let second = other.serving().await.unwrap();
        drop(first);
        assert!(db.alone().is_none(), "the second one still may");
        drop(second);
        assert_eq!(db.alone().is_some(), is_file);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn only_what_was_committed_is_there() {
    both(async |db| {
        let mut tx = db.begin().await.unwrap();
        agents::host_of_identity(&mut tx, "dropped", "A", "", T0).await.unwrap();
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        agents::host_of_identity(&mut tx, "undone", "B", "", T0).await.unwrap();
        tx.rollback().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        agents::host_of_identity(&mut tx, "kept", "C", "", T0).await.unwrap();
        tx.commit().await.unwrap();
        let names: Vec<_> = highwater::store::hosts::all_now(db).await.unwrap().into_iter().map(|h| h.name).collect();
        assert_eq!(names, ["C"]);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_in_words() {
    for address in ["", "highwater.db", "mysql://x/y"] {
        let error = Db::open(address).await.unwrap_err();
        assert!(matches!(error, OpenError::Address), "{error:?}");
        assert!(error.to_string().contains("sqlite:PATH"), "{error}");
    }
    let error = Db::open("sqlite:/no/such/folder/highwater.db").await.unwrap_err();
    assert!(matches!(error, OpenError::Connect(_)), "{error:?}");
}
