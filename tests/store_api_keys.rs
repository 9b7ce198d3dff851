use highwater::model::ApiKeyId;
use highwater::model::api_key::{ApiKey, NewApiKey, Scope};
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::store::{self, accounts, api_keys};

use crate::harness::store::{T0, both};

fn key(secret: u8) -> NewApiKey {
    NewApiKey {
        label: format!("ServiceNow {secret}"),
        secret_sha256: [secret; 32],
        hint: "hwk_ab1234".to_owned(),
        scopes: vec![Scope::Read, Scope::WriteIncidents],
        sight: Sight::of(["Paris", "Lyon's \"old\" one"]).unwrap(),
        sees_names: false,
        expires_at: Some(T0 + 1_000),
    }
}

#[tokio::test]
async fn a_key_is_read_back_as_it_was_made_and_two_cannot_share_a_secret() {
    both(async |db| {
        let ann = db.write(async |tx| accounts::insert(tx, "ann", "", Role::Administrator, T0).await).await;
        let id = db.write(async |tx| api_keys::insert(tx, &key(1), "ann", T0).await).await;
        let (scopes, sight) = (vec![Scope::Admin], Sight::All);
        let bare = NewApiKey { scopes, sight, sees_names: true, expires_at: None, ..key(2) };
        db.write(async |tx| api_keys::insert(tx, &bare, "bob", T0 + 1).await).await;
        let full = ApiKey {
            id,
            label: "ServiceNow 1".to_owned(),
            hint: "hwk_ab1234".to_owned(),
            scopes: vec![Scope::Read, Scope::WriteIncidents],
            sight: key(1).sight,
            sees_names: false,
            created_at: T0,
            created_by: "ann".to_owned(),
            maker: Some(ann),
            expires_at: Some(T0 + 1_000),
            used_at: None,
            revoked_at: None,
        };
        assert_eq!(api_keys::find_by_secret(db, &[1; 32]).await.unwrap().as_ref(), Some(&full));
        assert_eq!(api_keys::find_by_secret(db, &[3; 32]).await.unwrap(), None);
        let mut secrets = api_keys::all_secrets(db).await.unwrap();
        secrets.sort_unstable();
        assert_eq!(secrets, [[1; 32], [2; 32]]);
        let all = api_keys::list(db).await.unwrap();
        assert_eq!((all.len(), &all[1], all[0].expires_at), (2, &full, None), "newest first");
        assert_eq!((&all[0].sight, all[0].sees_names), (&Sight::All, true));
        assert_eq!((all[0].created_by.as_str(), all[0].maker), ("bob", None), "there is no such account");
        let mut tx = db.begin().await.unwrap();
        let error = api_keys::insert(&mut tx, &key(1), "ann", T0).await.unwrap_err();
        assert!(store::is_duplicate(&error), "{error}");
    })
    .await;
}

#[tokio::test]
async fn use_is_noted_and_never_goes_back_and_a_key_is_revoked_once() {
    both(async |db| {
        let id = db.write(async |tx| api_keys::insert(tx, &key(1), "ann", T0).await).await;
        for (at, noted) in [(T0 + 60_000, T0 + 60_000), (T0 + 5, T0 + 60_000)] {
            db.write(async |tx| api_keys::touch(tx, id, at).await).await;
            assert_eq!(api_keys::find_by_secret(db, &[1; 32]).await.unwrap().unwrap().used_at, Some(noted));
        }
        let revoke = async |id, at| db.write(async |tx| api_keys::revoke(tx, id, at).await).await;
        let revoked = revoke(id, T0 + 7).await.unwrap();
        assert_eq!(Some(revoked), api_keys::find_by_secret(db, &[1; 32]).await.unwrap());
        assert_eq!(revoke(id, T0 + 8).await, None, "it was revoked before");
        assert_eq!(revoke(ApiKeyId(99), T0).await, None, "there is none");
        assert_eq!(api_keys::find_by_secret(db, &[1; 32]).await.unwrap().unwrap().revoked_at, Some(T0 + 7));
    })
    .await;
}

#[tokio::test]
async fn a_key_knows_its_maker_by_whatever_name_until_he_is_gone_and_goes_on() {
    both(async |db| {
        db.write(async |tx| accounts::insert(tx, "root", "", Role::Administrator, T0).await).await;
        let ann = db.write(async |tx| accounts::insert(tx, "ann", "", Role::Administrator, T0).await).await;
        for secret in 1..=3 {
            db.write(async |tx| api_keys::insert(tx, &key(secret), "ann", T0).await).await;
        }
        let count = async |now_at| db.write(async |tx| api_keys::count_of(tx, ann, now_at).await).await;
        assert_eq!((count(T0).await, count(T0 + 1_000).await), (3, 0), "they end");
        let last = api_keys::list(db).await.unwrap().remove(0).id;
        assert_eq!(db.write(async |tx| api_keys::revoke(tx, last, T0).await).await.unwrap().maker, Some(ann));
        assert_eq!(count(T0).await, 2);
        assert_eq!(db.execute("update accounts set name = 'anne' where name = 'ann'").await, 1);
        assert_eq!(api_keys::find_by_secret(db, &[1; 32]).await.unwrap().unwrap().maker, Some(ann));

        db.write(async |tx| accounts::delete(tx, ann, T0).await).await;
        let left = api_keys::find_by_secret(db, &[1; 32]).await.unwrap().unwrap();
        assert_eq!((left.maker, left.created_by.as_str(), left.revoked_at), (None, "ann", None));
        db.write(async |tx| accounts::insert(tx, "ann", "", Role::Administrator, T0).await).await;
        assert_eq!(api_keys::find_by_secret(db, &[1; 32]).await.unwrap().unwrap().maker, None, "that is another one");
    })
    .await;
}
