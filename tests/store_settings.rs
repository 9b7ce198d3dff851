//! What the settings said when a server started last.

use highwater::store::Db;
use highwater::store::settings;
use tokio::task::JoinSet;

use crate::harness::store::both;

async fn swap(db: Db, said: String) -> Option<String> {
    let mut tx = db.begin().await.unwrap();
    let before = settings::swap(&mut tx, &said).await.unwrap();
    tx.commit().await.unwrap();
    before
}

#[tokio::test(flavor = "multi_thread")]
async fn each_start_finds_what_the_one_before_it_said() {
    both(async |db| {
        let mut racers = JoinSet::new();
        for n in 0..6 {
            racers.spawn(swap(Db::clone(db), format!("start {n}")));
        }
        let mut found = racers.join_all().await;
        found.push(swap(Db::clone(db), "the last".to_owned()).await);
        assert_eq!(found.iter().filter(|one| one.is_none()).count(), 1, "one was the first: {found:?}");
        let mut found: Vec<String> = found.into_iter().flatten().collect();
        found.sort();
        assert_eq!(found, (0..6).map(|n| format!("start {n}")).collect::<Vec<_>>(), "each is found once");
    })
    .await;
}
