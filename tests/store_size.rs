use highwater::store::size;

use crate::harness::store::{T0, both};

#[tokio::test]
async fn the_database_grows_by_what_is_put_into_it_and_says_where_it_lies() {
    both(async |db| {
        let before = size::bytes(db).await.unwrap();
        let host = db.host("FS01").await;
        db.write(async |tx| {
            for n in 0..40 {
                let whole = highwater::store::parts::Whole { host, epoch: "a", taken_at: T0 + n };
                // Nothing that a database could make smaller.
                let body: Vec<u8> = (0..100_000).map(|_| rand::random()).collect();
                highwater::store::parts::keep(tx, whole, 0, &body).await?;
            }
            Ok(())
        })
        .await;
        let grown = size::bytes(db).await.unwrap() - before;
        assert!((4_000_000..6_000_000).contains(&grown), "{grown}");
        let folder = size::folder(db);
        assert_eq!(folder.is_some(), db.kind() == "sqlite");
        assert_eq!(folder, size::folder_of(db.address()), "the address says the same");
        assert!(folder.is_none_or(|folder| folder.join("highwater.db").is_file()));
        assert_eq!(size::free_inside(db).await.unwrap(), 0, "they are filled first");
    })
    .await;
}

#[test]
fn an_address_says_where_the_file_will_lie_and_a_link_where_it_does() {
    assert_eq!(size::folder_of("sqlite:/not/there/hw.db"), Some("/not/there".into()));
    assert_eq!(size::folder_of("sqlite:not-there.db"), Some(".".into()));
    assert_eq!(size::folder_of("postgres://db.example/highwater"), None);
    let (here, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (file, link) = (other.path().join("hw.db"), here.path().join("hw.db"));
    std::fs::write(&file, "").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert_eq!(size::folder_of(&format!("sqlite:{}", link.display())), Some(other.path().canonicalize().unwrap()));
}
