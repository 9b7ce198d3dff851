//! What lies sealed in the store, on both databases.

use highwater::model::account::NewWebSession;
use highwater::model::connector::System;
use highwater::model::role::Role;
use highwater::model::sealing::Spot;
use highwater::store::idempotency::{self, Answer, Body, Claim};
use highwater::store::sealed::{self, PseudonymKey};
use highwater::store::{accounts, second_factors, sign_ins, webhooks};

use crate::harness::outbox::webhook;
use crate::harness::store::{Store, T0, both};
use crate::harness::ticketing::connect;

async fn answer(db: &Store, request: [u8; 32], body: Body) {
    let answer = Answer { status: 201, etag: String::new(), location: String::new(), body };
    db.write(async |tx| {
        assert_eq!(idempotency::claim(tx, &request, &[0; 32], T0).await?, Claim::New);
        idempotency::keep(tx, &request, &answer).await
    })
    .await;
}

#[tokio::test]
async fn everything_that_is_sealed_is_in_one_list_and_is_replaced_only_as_it_was() {
    both(async |db| {
        assert!(sealed::list(db).await.unwrap().is_empty());
        let hook = webhook(db, "https://a.example/in", &[]).await;
        db.write(async |tx| webhooks::add_secret(tx, hook, b"second", T0, T0 + 9).await).await;
        let connector = connect(db, System::ServiceNow, "10.0.0.9:80".parse().unwrap(), "").await;
        let ann = db
            .write(async |tx| {
                let ann = accounts::insert(tx, "ann", "hash", Role::Viewer, T0).await?;
                second_factors::begin(tx, ann, b"seed", T0).await?;
                for key in [8, 9] {
                    let session = NewWebSession {
                        sha256: [key; 32],
                        account: ann,
                        csrf_token: "",
                        is_screen: false,
                        address: "10.0.0.1",
                        browser: "",
                    };
                    accounts::insert_session(tx, &session, T0).await?;
                }
                sign_ins::keep_hint(tx, &[8; 32], b"").await?;
                sign_ins::keep_hint(tx, &[9; 32], b"whom").await.map(|()| ann)
            })
            .await;
        answer(db, [1; 32], Body::Sealed(b"told".to_vec())).await;
        answer(db, [2; 32], Body::Plain("{}".to_owned())).await;
        sealed::pseudonym_key(db, b"pseudonyms").await.unwrap();

        let all = sealed::list(db).await.unwrap();
        let spots: Vec<&Spot> = all.iter().map(|(spot, _)| spot).collect();
        assert!(
            matches!(
                spots[..],
                [Spot::Webhook { of: one, .. }, Spot::Webhook { of: other, .. }, Spot::Connector(id), Spot::SecondFactor(account), Spot::SignOutHint(session), Spot::Answer(sha256), Spot::Pseudonyms]
                    if *one == hook && *other == hook && *id == connector && *account == ann && *session == [9; 32] && *sha256 == [1; 32]
            ),
            "{spots:?}"
        );
        assert_eq!(all[1].1, b"second");
        assert_eq!((all[5].1.as_slice(), all[6].1.as_slice()), (&b"told"[..], &b"pseudonyms"[..]));
        for (spot, bytes) in &all {
            let other = db.write(async |tx| sealed::replace(tx, spot, b"what was there before", b"lost").await).await;
            assert!(!other, "{spot:?} is something else by now");
            let new = [bytes.as_slice(), b" anew"].concat();
            assert!(db.write(async |tx| sealed::replace(tx, spot, bytes, &new).await).await, "{spot:?}");
        }
        let anew: Vec<Vec<u8>> = all.iter().map(|(_, bytes)| [bytes.as_slice(), b" anew"].concat()).collect();
        let kept: Vec<Vec<u8>> = sealed::list(db).await.unwrap().into_iter().map(|(_, bytes)| bytes).collect();
        assert_eq!(kept, anew);
        let told = db.write(async |tx| idempotency::claim(tx, &[1; 32], &[0; 32], T0).await).await;
        assert!(matches!(told, Claim::Done(Answer { body: Body::Sealed(bytes), .. }) if bytes == b"told anew"));
    })
    .await;
}

#[tokio::test]
async fn the_key_of_pseudonyms_stays_and_one_in_the_clear_is_sealed() {
    both(async |db| {
        assert_eq!(sealed::pseudonym_key(db, b"first").await.unwrap(), PseudonymKey::Sealed(b"first".to_vec()));
        assert_eq!(sealed::pseudonym_key(db, b"second").await.unwrap(), PseudonymKey::Sealed(b"first".to_vec()));
        db.execute("update meta set value = 'hwp_clear' where key = 'pseudonym_key'").await;
        let clear = PseudonymKey::Clear("hwp_clear".to_owned());
        assert_eq!(sealed::pseudonym_key(db, b"third").await.unwrap(), clear);
        assert!(!format!("{clear:?}").contains("hwp_clear"));
        assert!(sealed::list(db).await.unwrap().is_empty(), "it is not sealed");
        for is_first in [true, false] {
            let done = db.write(async |tx| sealed::seal_pseudonym_key(tx, "hwp_clear", b"sealed").await).await;
            assert_eq!(done, is_first);
        }
        assert_eq!(sealed::list(db).await.unwrap(), [(Spot::Pseudonyms, b"sealed".to_vec())]);
    })
    .await;
}
