use highwater::model::ApprovalRuleId;
use highwater::model::approval::{MOST_RULES, NewRule};
use highwater::store::approvals;

use crate::harness::store::{T0, both};

#[tokio::test]
async fn rules_are_read_back_in_the_order_in_which_they_were_made() {
    both(async |db| {
        let one = NewRule::read("FS-*", "corp.example", "10.0.0.0/8").unwrap();
        let other = NewRule::read("", "", "fd00::/8").unwrap();
        let first = db.write(async |tx| approvals::insert(tx, &one, "ann", T0).await).await.unwrap();
        let second = db.write(async |tx| approvals::insert(tx, &other, "bob", T0 + 1).await).await.unwrap();
        let all = approvals::list(db).await.unwrap();
        let told: Vec<_> =
            all.iter().map(|rule| (rule.id, &rule.states, rule.made_at, rule.made_by.as_str())).collect();
        assert_eq!(told, [(first, &one, T0, "ann"), (second, &other, T0 + 1, "bob")]);
        assert_eq!(db.write(async |tx| approvals::in_force(tx).await).await, all);
        let delete = async |id| db.write(async |tx| approvals::delete(tx, id).await).await;
        assert_eq!(delete(first).await.as_ref(), Some(&all[0]), "what it was");
        assert_eq!(delete(first).await, None, "it is gone");
        assert_eq!(delete(ApprovalRuleId(999)).await, None);
        assert_eq!(approvals::list(db).await.unwrap(), all[1..]);
    })
    .await;
}

#[tokio::test]
async fn there_are_so_many_rules_and_no_more() {
    both(async |db| {
        let rule = NewRule::read("FS-*", "", "").unwrap();
        db.write(async |tx| {
            for _ in 0..MOST_RULES {
                assert!(approvals::insert(tx, &rule, "ann", T0).await?.is_some());
            }
            assert_eq!(approvals::insert(tx, &rule, "ann", T0).await?, None);
            Ok(())
        })
        .await;
    })
    .await;
}
