use highwater::model::role::Role;
use highwater::model::view::{MOST_VIEWS, SavedPage};
use highwater::model::{AccountId, ViewId};
use highwater::store::{self, accounts, views};

use crate::harness::store::{Store, T0, both};

async fn account(db: &Store, name: &str) -> AccountId {
    db.write(async |tx| accounts::insert(tx, name, "hash", Role::Administrator, T0).await).await
}

async fn save(db: &Store, account: AccountId, page: SavedPage, (name, query): (&str, &str)) -> bool {
    db.write(async |tx| views::save(tx, account, (page, name), query, T0).await).await
}

#[tokio::test]
async fn views_are_of_one_account_and_one_page_and_come_by_name() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann").await, account(db, "bob").await);
        for view in [("b", "?q=1"), ("A", "?q=2"), ("<script>\0", "?q=3")] {
            assert!(save(db, ann, SavedPage::Fleet, view).await);
        }
        assert!(save(db, ann, SavedPage::Events, ("b", "?code=2003")).await);
        assert!(save(db, bob, SavedPage::Fleet, ("b", "?q=bob")).await);
        let of = async |account, page| {
            let all = views::list(db, account, page).await.unwrap();
            all.into_iter().map(|v| (v.name, v.query)).collect::<Vec<_>>()
        };
        let pair = |name: &str, query: &str| (name.to_owned(), query.to_owned());
        let fleet = [pair("<script>\u{fffd}", "?q=3"), pair("A", "?q=2"), pair("b", "?q=1")];
        assert_eq!(of(ann, SavedPage::Fleet).await, fleet);
        assert_eq!(of(ann, SavedPage::Events).await, [pair("b", "?code=2003")]);
        assert_eq!(of(bob, SavedPage::Fleet).await, [pair("b", "?q=bob")]);
        assert_eq!(of(bob, SavedPage::Users).await, []);
        let mine = views::list(db, bob, SavedPage::Fleet).await.unwrap().remove(0);
        assert_eq!((mine.page, mine.created_at), (SavedPage::Fleet, T0));
        assert_eq!(views::find(db, bob, mine.id).await.unwrap().as_ref(), Some(&mine));
        assert_eq!(views::find(db, ann, mine.id).await.unwrap(), None, "another account's");
    })
    .await;
}

#[tokio::test]
async fn a_view_of_the_same_name_is_replaced_and_keeps_its_place() {
    both(async |db| {
        let ann = account(db, "ann").await;
        save(db, ann, SavedPage::Users, ("mine", "?q=1")).await;
        let before = views::list(db, ann, SavedPage::Users).await.unwrap().remove(0);
        save(db, ann, SavedPage::Users, ("mine", "?q=2")).await;
        let after = views::list(db, ann, SavedPage::Users).await.unwrap();
        assert_eq!((after.len(), after[0].id, after[0].query.as_str()), (1, before.id, "?q=2"));
    })
    .await;
}

#[tokio::test]
async fn an_account_has_only_so_many_and_may_still_replace_them() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann").await, account(db, "bob").await);
        for n in 0..MOST_VIEWS {
            let page = SavedPage::ALL[n % SavedPage::ALL.len()];
            assert!(save(db, ann, page, (&n.to_string(), "?")).await);
        }
        assert!(!save(db, ann, SavedPage::Fleet, ("one more", "?")).await);
        assert!(save(db, ann, SavedPage::Fleet, ("0", "?q=other")).await);
        assert!(save(db, bob, SavedPage::Fleet, ("one more", "?")).await);
    })
    .await;
}

#[tokio::test]
async fn only_its_account_renames_or_deletes_a_view() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann").await, account(db, "bob").await);
        save(db, ann, SavedPage::Findings, ("a", "?")).await;
        save(db, ann, SavedPage::Findings, ("b", "?")).await;
        let id = views::list(db, ann, SavedPage::Findings).await.unwrap()[0].id;
        assert!(!db.write(async |tx| views::rename(tx, bob, id, "stolen").await).await);
        assert!(!db.write(async |tx| views::delete(tx, bob, id).await).await);
        assert!(!db.write(async |tx| views::delete(tx, ann, ViewId(99)).await).await);
        assert!(db.write(async |tx| views::rename(tx, ann, id, "c").await).await);
        let mut tx = db.begin().await.unwrap();
        let error = views::rename(&mut tx, ann, id, "b").await.unwrap_err();
        assert!(store::is_duplicate(&error), "{error}");
        tx.rollback().await.unwrap();
        let names: Vec<_> =
            views::list(db, ann, SavedPage::Findings).await.unwrap().into_iter().map(|v| v.name).collect();
        assert_eq!(names, ["b", "c"]);
        assert!(db.write(async |tx| views::delete(tx, ann, id).await).await);
        assert_eq!(views::list(db, ann, SavedPage::Findings).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn views_go_with_their_account() {
    both(async |db| {
        let ann = account(db, "ann").await;
        save(db, ann, SavedPage::Fleet, ("a", "?")).await;
        assert_eq!(db.execute("delete from accounts").await, 1);
        assert_eq!(views::list(db, ann, SavedPage::Fleet).await.unwrap(), []);
    })
    .await;
}
