use highwater::model::TokenId;
use highwater::model::token::{Approve, NewToken, Token};
use highwater::store::{self, Db, tokens};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

fn token(secret: u8) -> NewToken {
    NewToken {
        label: format!("Paris {secret}"),
        secret_sha256: [secret; 32],
        hint: "hwe_ab".to_owned(),
        group_name: "paris".to_owned(),
        approve: Approve::Auto,
        max_uses: Some(3),
        expires_at: Some(T0 + 1_000),
        ranges: vec!["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()],
    }
}

async fn read(db: &Store, secret: u8) -> Option<Token> {
    db.write(async |tx| tokens::find_by_secret(tx, &[secret; 32]).await).await
}

async fn count_use(db: &Store, id: TokenId, now_at: i64) -> bool {
    db.write(async |tx| tokens::count_use(tx, id, now_at).await).await
}

#[tokio::test]
async fn a_token_is_read_back_as_it_was_made() {
    both(async |db| {
        let bare =
            NewToken { approve: Approve::Hand, max_uses: None, expires_at: None, ranges: Vec::new(), ..token(2) };
        let full_id = db.write(async |tx| tokens::insert(tx, &token(1), T0).await).await;
        let bare_id = db.write(async |tx| tokens::insert(tx, &bare, T0 + 1).await).await;
        let full = Token {
            id: full_id,
            label: "Paris 1".to_owned(),
            hint: "hwe_ab".to_owned(),
            group_name: "paris".to_owned(),
            approve: Approve::Auto,
            max_uses: Some(3),
            uses: 0,
            expires_at: Some(T0 + 1_000),
            ranges: token(1).ranges,
            created_at: T0,
            revoked_at: None,
        };
        assert_eq!(read(db, 1).await.as_ref(), Some(&full));
        let bare = read(db, 2).await.unwrap();
        assert_eq!((bare.id, bare.approve, bare.max_uses, bare.expires_at), (bare_id, Approve::Hand, None, None));
        assert!(bare.ranges.is_empty());
        assert_eq!(read(db, 3).await, None);
        assert_eq!(tokens::list(db).await.unwrap(), [bare, full], "newest first");
    })
    .await;
}

#[tokio::test]
async fn two_tokens_cannot_share_a_secret() {
    both(async |db| {
        db.write(async |tx| tokens::insert(tx, &token(1), T0).await).await;
        let mut tx = db.begin().await.unwrap();
        let error = tokens::insert(&mut tx, &token(1), T0).await.unwrap_err();
        assert!(store::is_duplicate(&error), "{error}");
        assert!(!store::is_transient(&error), "{error}");
    })
    .await;
}

#[tokio::test]
async fn an_expired_or_revoked_token_cannot_be_used() {
    both(async |db| {
        let id = db.write(async |tx| tokens::insert(tx, &token(1), T0).await).await;
        assert!(count_use(db, id, T0 + 999).await);
        assert!(!count_use(db, id, T0 + 1_000).await, "it has expired");
        let revoke = async |id, at| db.write(async |tx| tokens::revoke(tx, id, at).await).await;
        let revoked = revoke(id, T0 + 5).await;
        assert_eq!(revoked, read(db, 1).await, "what it is");
        assert_eq!(revoke(id, T0 + 6).await, None, "it was revoked before");
        assert_eq!(revoke(TokenId(99), T0).await, None, "there is none");
        assert!(!count_use(db, id, T0).await);
        let token = read(db, 1).await.unwrap();
        assert_eq!((token.uses, token.revoked_at), (1, Some(T0 + 5)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_enrolments_cannot_use_a_token_more_often_than_it_allows() {
    async fn use_once(db: Db, id: TokenId) -> bool {
        let mut tx = db.begin().await.unwrap();
        let used = tokens::count_use(&mut tx, id, T0).await.unwrap();
        tx.commit().await.unwrap();
        used
    }
    both(async |db| {
        let id = db.write(async |tx| tokens::insert(tx, &token(1), T0).await).await;
        let mut racers = JoinSet::new();
        for _ in 0..8 {
            racers.spawn(use_once(Db::clone(db), id));
        }
        let used = racers.join_all().await;
        assert_eq!(used.iter().filter(|used| **used).count(), 3);
        assert_eq!(read(db, 1).await.unwrap().uses, 3);
    })
    .await;
}

#[tokio::test]
async fn whether_there_is_a_token_is_told_without_waiting_for_who_writes() {
    both(async |db| {
        db.write(async |tx| tokens::insert(tx, &token(1), T0).await).await;
        let mut writing = db.begin().await.unwrap();
        tokens::insert(&mut writing, &token(2), T0).await.unwrap();
        assert!(tokens::is_known(db, &[1; 32]).await.unwrap());
        assert!(!tokens::is_known(db, &[2; 32]).await.unwrap(), "not committed yet");
        assert_eq!(tokens::all_secrets(db).await.unwrap(), [[1; 32]]);
        writing.rollback().await.unwrap();
    })
    .await;
}
