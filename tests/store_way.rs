//! How the store is reached, as its address says.

use highwater::store::way::{self, Encryption, Way};

use crate::harness::store::both;

#[tokio::test]
async fn a_file_and_a_server_of_this_machine_are_known_by_their_address() {
    both(async |db| {
        let way = way::of(db.address()).unwrap();
        match db.kind() {
            "sqlite" => assert!(matches!(way, Way::File(path) if path.ends_with("highwater.db"))),
            _ => assert_eq!(way, Way::Here),
        }
    })
    .await;
}

#[test]
fn what_leaves_this_machine_is_known_with_how_it_does() {
    let elsewhere = |host: &str, encryption| Some(Way::Elsewhere { host: host.to_owned(), encryption });
    for (address, way) in [
        ("postgres://u@db.example/d", elsewhere("db.example", Encryption::Optional)),
        ("postgres://u@db.example/d?sslmode=disable", elsewhere("db.example", Encryption::Optional)),
        ("postgres://u@10.0.0.7/d?sslmode=require", elsewhere("10.0.0.7", Encryption::Unchecked)),
        ("postgres://u@h/d?sslmode=require&sslrootcert=/ca.pem", elsewhere("h", Encryption::Unchecked)),
        ("postgres://u@h/d?sslmode=verify-ca&sslrootcert=/ca.pem", elsewhere("h", Encryption::Unchecked)),
        ("postgresql://u@h/d?sslmode=verify-full", elsewhere("h", Encryption::Checked)),
        ("postgres://u@localhost/d", Some(Way::Here)),
        ("postgres:///d?host=/run/postgresql", Some(Way::Here)),
        ("sqlite:a%20b/h.db?mode=rwc", Some(Way::File("a b/h.db".into()))),
        ("nothing", None),
    ] {
        assert_eq!(way::of(address), way, "{address}");
    }
}
