//! Names by a part of them, alike on both databases.

use highwater::model::eyes::Eyes;
use highwater::store::rank::By;
use highwater::store::{names, search};

use crate::harness::store::{T0, both};

#[tokio::test]
async fn names_are_found_without_regard_to_case_and_those_that_begin_with_the_text_come_first() {
    both(async |db| {
        let clients = ["PC-100", "pc-2", "SRV-PC-1", "LAPTOP", "É-PC", "100%_sure", "10.0.0.7", "straße"];
        db.write(async |tx| names::intern_clients(tx, &clients, T0).await).await;
        db.write(async |tx| names::intern_users(tx, &["CORP\\pcadmin", "ann", ""], T0).await).await;
        let find = async |by, wanted: &str, most| {
            let found = search::names(db, by, wanted, most, &Eyes::Names).await.unwrap();
            found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(find(By::Client, "pc", 9).await, ["PC-100", "pc-2", "SRV-PC-1", "É-PC"]);
        assert_eq!(find(By::Client, "PC", 2).await, ["PC-100", "pc-2"]);
        assert_eq!(find(By::Client, "é", 9).await, ["É-PC"], "in any script");
        assert_eq!(find(By::Client, "STRAß", 9).await, ["straße"]);
        assert_eq!(find(By::Client, "%", 9).await, ["100%_sure"], "no wildcard");
        assert_eq!(find(By::Client, "_", 9).await, ["100%_sure"]);
        assert_eq!(find(By::User, "\\p", 9).await, ["CORP\\pcadmin"]);
        assert!(find(By::User, "nobody", 9).await.is_empty());
        assert!(find(By::Client, "pc", 0).await.is_empty());
        assert!(find(By::Client, "p\0", 9).await.is_empty(), "no name has one, and PostgreSQL takes no text that has");
    })
    .await;
}
