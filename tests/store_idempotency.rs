//! Requests that are done once, and what is kept of their answers: on both databases.

use highwater::store::idempotency::{self, Answer, Body, Claim, KEPT_MS};
use highwater::store::{self, Db};
use tokio::task::JoinSet;

use crate::harness::store::{T0, both};

fn answer() -> Answer {
    let (etag, location) = ("\"2\"".to_owned(), "/api/v1/webhooks/1".to_owned());
    Answer { status: 200, etag, location, body: Body::Plain("{\"id\":1}".to_owned()) }
}

#[tokio::test]
async fn what_was_done_is_answered_again_for_a_day_and_another_request_is_told_apart() {
    both(async |db| {
        let claim = async |fingerprint: u8, now_at: i64| {
            db.write(async |tx| idempotency::claim(tx, &[1; 32], &[fingerprint; 32], now_at).await).await
        };
        let done = db
            .write(async |tx| {
                let claimed = idempotency::claim(tx, &[1; 32], &[7; 32], T0).await?;
                idempotency::keep(tx, &[1; 32], &answer()).await?;
                Ok(claimed)
            })
            .await;
        assert_eq!(done, Claim::New);
        assert_eq!(claim(7, T0 + 5).await, Claim::Done(answer()));
        assert_eq!(claim(8, T0 + 5).await, Claim::Another);
        assert_eq!(claim(8, T0 + KEPT_MS).await, Claim::New, "a day later the name is free");
        assert_eq!(db.write(async |tx| idempotency::forget(tx, T0 + KEPT_MS).await).await, 0);
        assert_eq!(db.write(async |tx| idempotency::forget(tx, T0 + 2 * KEPT_MS).await).await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_answer_comes_back_sealed_as_it_was_or_without_a_body() {
    both(async |db| {
        for (n, body) in [(1, Body::Sealed(vec![1, 0, 255])), (2, Body::Plain(String::new()))] {
            let kept = Answer { status: 204, etag: String::new(), location: String::new(), body };
            let claim = db
                .write(async |tx| {
                    idempotency::claim(tx, &[n; 32], &[7; 32], T0).await?;
                    idempotency::keep(tx, &[n; 32], &kept).await?;
                    idempotency::claim(tx, &[n; 32], &[7; 32], T0).await
                })
                .await;
            assert_eq!(claim, Claim::Done(kept));
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_not_committed_was_neither_done_nor_answered() {
    both(async |db| {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(idempotency::claim(&mut tx, &[1; 32], &[7; 32], T0).await.unwrap(), Claim::New);
        idempotency::keep(&mut tx, &[1; 32], &answer()).await.unwrap();
        drop(tx);
        let again = db.write(async |tx| idempotency::claim(tx, &[1; 32], &[7; 32], T0).await).await;
        assert_eq!(again, Claim::New);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_does_it() {
    async fn once(db: Db) -> store::Result<bool> {
        let mut tx = db.begin().await?;
        let claim = idempotency::claim(&mut tx, &[1; 32], &[7; 32], T0).await?;
        let is_new = claim == Claim::New;
        if is_new {
            idempotency::keep(&mut tx, &[1; 32], &answer()).await?;
        } else {
            assert_eq!(claim, Claim::Done(answer()));
        }
        tx.commit().await?;
        Ok(is_new)
    }
    both(async |db| {
        let mut racers = JoinSet::new();
        for _ in 0..8 {
            racers.spawn(once(Db::clone(db)));
        }
        let new = racers.join_all().await.into_iter().filter(|new| *new.as_ref().unwrap()).count();
        assert_eq!(new, 1);
    })
    .await;
}
