//! One box for hosts, clients and users.

use crate::harness::holdings::{clients, host, users};
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::both;

#[tokio::test]
async fn one_box_finds_hosts_clients_and_users_by_a_part_of_their_name() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        for n in 1..=25_u8 {
            host(store, &format!("FS{n:02}"), n).await;
        }
        clients(store, &["PC-1", "pc-fs-2", "LAPTOP"]).await;
        users(store, &["ann", "fsadmin", ""]).await;
        let page = person.page("/search?q=%20fs%20").await;
        assert_eq!(texts(&page, "h1"), ["more than 20 hosts, 1 client and 1 user with “fs”"]);
        let found = texts(&page, "#found-hosts li");
        assert!(found.len() == 20 && found[0].starts_with("FS01 "), "{found:?}");
        assert_eq!(attributes(&page, "#found-hosts .end a", "href"), ["/?q=fs#hosts"]);
        assert_eq!(
            (texts(&page, "#found-clients li"), texts(&page, "#found-users li")),
            (vec!["pc-fs-2".to_owned()], vec!["fsadmin".to_owned()])
        );
        let one = person.page("/search?q=fs07").await;
        assert_eq!(texts(&one, "#found-hosts li a"), ["FS07"]);
        assert_eq!(texts(&person.page("/search").await, "h1"), ["Search"]);
        assert_eq!(texts(&person.page("/search?q=zzz").await, ".empty").len(), 3);
        server.stop().await;
    })
    .await;
}
