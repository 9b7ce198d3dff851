//! Names by a part of them, alike on both databases.

use highwater::model::eyes::Eyes;
use highwater::model::holder::{Held, Holders};
use highwater::model::time::HOUR_MS;
use highwater::store::rank::By;
use highwater::store::{holders, names, search};

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

#[tokio::test]
async fn names_on_some_hosts_are_those_of_who_held_sessions_there() {
    both(async |db| {
        let [one, two] = [db.host("FS01").await, db.host("FS02").await];
        let clients = db.write(async |tx| names::intern_clients(tx, &["a-pc", "PC-1", "PC-2"], T0).await).await;
        let users = db.write(async |tx| names::intern_users(tx, &["CORP\\pat", "ann"], T0).await).await;
        let held = Held { session_ms: 1_000, peak_sessions: 1, ..Held::default() };
        let holders_of = |on: &[&str], who: &str| {
            let mut by_client: Vec<_> = on.iter().map(|name| (clients[*name], held)).collect();
            by_client.sort_by_key(|(id, _)| *id);
            Holders { by_client, by_user: vec![(users[who], held)] }
        };
        let (of_one, of_two) = (holders_of(&["a-pc", "PC-1"], "CORP\\pat"), holders_of(&["PC-2"], "ann"));
        db.write(async |tx| holders::save_hours(tx, &[(one, T0, &of_one), (two, T0, &of_two)]).await).await;
        let find = async |by, hosts: &[highwater::model::HostId], wanted: &str| {
            let scope = (hosts, T0, T0 + HOUR_MS);
            let found = search::names_on(db, by, scope, (wanted, 9), &Eyes::Names).await.unwrap();
            found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(find(By::Client, &[one], "pc").await, ["PC-1", "a-pc"]);
        assert_eq!(find(By::Client, &[one, two], "Pc-").await, ["PC-1", "PC-2"]);
        assert_eq!(find(By::User, &[one], "pat").await, ["CORP\\pat"]);
        assert_eq!(find(By::User, &[two], "pat").await, [] as [String; 0]);
        assert_eq!(find(By::Client, &[], "pc").await, [] as [String; 0]);
        let later = (&[one][..], T0 + HOUR_MS, T0 + 2 * HOUR_MS);
        assert!(search::names_on(db, By::Client, later, ("pc", 9), &Eyes::Names).await.unwrap().is_empty());
    })
    .await;
}
