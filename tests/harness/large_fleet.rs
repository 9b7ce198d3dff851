//! 10,000 hosts and 100,000 clients with a day and a bit of history: the fleet of the benchmark of the pages, less far back.

use highwater::store::Db;

#[path = "../../server/benches/pages/made.rs"]
#[expect(dead_code, reason = "the benchmark uses more of it")]
mod made;

pub async fn write(db: &Db, now_at: i64) {
    let extent = made::Extent { hours: 26, days: 2, matrix_days: 2 };
    made::write(db, now_at, extent).await.unwrap();
}
