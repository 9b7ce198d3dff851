//! The audit log in the store: written in order, found again, and every damage seen, on both databases.

use highwater::model::audit::{Action, Actor, ActorKind, Deed, Outcome, Subject, SubjectKind, Trail};
use highwater::model::eyes::Eyes;
use highwater::model::{AccountId, ClientId, UserId};
use highwater::store::audit::{self, AuditFilter, Broken, Verified};
use highwater::store::{Db, names};
use tokio::task::JoinSet;

use crate::harness::audit::{entries, is_whole, trail};
use crate::harness::store::{Store, T0, both};

fn ann(at: i64) -> Trail {
    Trail { actor: Actor::person(AccountId(7), "ann"), address: "10.0.0.1".to_owned(), at }
}

fn deed(n: i64) -> Deed {
    Deed::on(Action::WebhookChanged, (SubjectKind::Webhook, n, "Tickets")).change("on", "true", "false")
}

async fn write(db: &Store, count: i64) {
    for n in 1..=count {
        db.write(async |tx| audit::record(tx, &ann(T0 + n), &deed(n)).await).await;
    }
}

async fn found(db: &Db) -> Verified {
    audit::verify(db, |_| ()).await.unwrap()
}

fn good(first: u64, last: u64, redacted: u64) -> Verified {
    Verified::Good { first, last, entries: last + 1 - first, redacted }
}

#[tokio::test]
async fn an_entry_comes_back_as_it_was_written() {
    both(async |db| {
        assert_eq!(found(db).await, good(1, 0, 0), "an empty log is whole");
        let hostile = Trail { actor: Actor::program("a\0b \u{1b}[2J"), address: String::new(), at: T0 };
        let subject = Subject::new(SubjectKind::Page, None, "/x?q=<b>");
        let denied = Deed::new(Action::Denied, subject).with(Outcome::Refused).after("typed\0", "CORP\\é\0\"");
        let first = db.write(async |tx| audit::record(tx, &hostile, &denied).await).await;
        let second = db.write(async |tx| audit::record(tx, &ann(T0 + 5), &deed(3)).await).await;
        assert_eq!((first, second), (1, 2));
        let all = entries(db).await;
        assert_eq!(all.len(), 2);
        let one = &all[0];
        assert_eq!((one.seq, one.at, one.actor_kind.as_str(), one.actor_id), (1, T0, "program", None));
        assert_eq!((one.actor_name.as_str(), one.address.as_str()), ("a\u{fffd}b \u{1b}[2J", ""));
        assert_eq!((one.action.as_str(), one.subject_kind.as_str(), one.subject_id), ("denied", "page", None));
        assert_eq!((one.subject_name.as_str(), one.outcome.as_str()), ("/x?q=<b>", "refused"));
        assert_eq!(one.changes.after["typed\u{fffd}"], "CORP\\é\u{fffd}\"");
        let other = &all[1];
        assert_eq!(
            (other.actor_kind.as_str(), other.actor_id, other.address.as_str()),
            ("person", Some(7), "10.0.0.1")
        );
        assert_eq!((other.changes.before["on"].as_str(), other.changes.after["on"].as_str()), ("true", "false"));
        let head = audit::head(db).await.unwrap();
        assert_eq!((head.seq, head.sha256, head.removed_seq), (2, other.sha256, 0));
        assert_eq!(found(db).await, good(1, 2, 0));
    })
    .await;
}

#[tokio::test]
async fn of_one_subject_so_many_are_written_since_an_instant_and_the_last_says_so() {
    both(async |db| {
        let write =
            async |n, at| db.write(async |tx| audit::record_some(tx, &ann(at), deed(n), (T0 + 10, 2)).await).await;
        assert!(write(1, T0 + 9).await, "before the instant");
        assert!(write(1, T0 + 10).await && write(1, T0 + 11).await);
        assert!(!write(1, T0 + 12).await && !write(1, T0 + 13).await);
        assert!(write(2, T0 + 14).await, "another subject");
        let told: Vec<bool> =
            entries(db).await.iter().map(|one| one.changes.after.contains_key("further_ones")).collect();
        assert_eq!(told, [false, false, true, false]);
        is_whole(db).await;
    })
    .await;
}

#[tokio::test]
async fn entries_are_found_by_what_they_say_newest_first_and_in_parts() {
    both(async |db| {
        write(db, 5).await;
        let nobody = Trail { actor: Actor::nobody(), address: "10.0.0.2".to_owned(), at: T0 + 6 };
        let refused = Deed::new(Action::SignInFailed, Subject::new(SubjectKind::Account, None, ""));
        db.write(async |tx| audit::record(tx, &nobody, &refused).await).await;
        let seqs = async |filter: AuditFilter| -> Vec<u64> {
            let filter = AuditFilter { most: 9, ..filter };
            audit::list(db, &filter).await.unwrap().into_iter().map(|entry| entry.seq).collect()
        };
        let none = AuditFilter::default;
        assert_eq!(seqs(none()).await, [6, 5, 4, 3, 2, 1]);
        assert_eq!(seqs(AuditFilter { from_at: Some(T0 + 2), to_at: Some(T0 + 4), ..none() }).await, [3, 2]);
        assert_eq!(seqs(AuditFilter { actor_kind: Some(ActorKind::Nobody), ..none() }).await, [6]);
        assert_eq!(seqs(AuditFilter { actor_name: Some("ann".into()), ..none() }).await.len(), 5);
        assert_eq!(seqs(AuditFilter { actor_name: Some("an".into()), ..none() }).await, [] as [u64; 0]);
        assert_eq!(seqs(AuditFilter { action: Some(Action::SignInFailed), ..none() }).await, [6]);
        let of_one = AuditFilter { subject_kind: Some(SubjectKind::Webhook), subject_id: Some(4), ..none() };
        assert_eq!(seqs(of_one).await, [4]);
        assert_eq!(seqs(AuditFilter { address: Some("10.0.0.2".into()), ..none() }).await, [6]);
        assert_eq!(seqs(AuditFilter { after: Some(3), ..none() }).await, [2, 1]);
        assert_eq!(seqs(AuditFilter { after: Some(3), is_oldest_first: true, ..none() }).await, [4, 5, 6]);
        assert_eq!(seqs(AuditFilter { after: Some(u64::MAX), ..none() }).await.len(), 6);
        let some = AuditFilter { most: 2, ..none() };
        assert_eq!(audit::list(db, &some).await.unwrap().len(), 2);
    })
    .await;
}

/// What is done to five entries, one statement after the other, and what is found then.
const DAMAGES: [(&[&str], u64, Broken); 25] = [
    (&["update audit_entries set recorded_at = recorded_at + 1 where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set actor_kind = 'program' where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set actor_id = 8 where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set actor_id = null where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set actor_name = 'eve' where seq = 1"], 1, Broken::Changed),
    (&["update audit_entries set address = '10.0.0.9' where seq = 5"], 5, Broken::Changed),
    (&["update audit_entries set action = 'webhook.deleted' where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set subject_kind = 'token' where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set subject_id = 4 where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set subject_name = 'Ticket' where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set outcome = 'refused' where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set changes = '{}' where seq = 3"], 3, Broken::Changes),
    (&["update audit_entries set salt = BYTES where seq = 3"], 3, Broken::Changes),
    (&["update audit_entries set changes_sha256 = BYTES where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set sha256 = BYTES where seq = 3"], 3, Broken::Changed),
    (&["update audit_entries set changes = '{}', salt = EMPTY where seq = 3"], 3, Broken::Redacted),
    (&["delete from audit_entries where seq = 1"], 1, Broken::Missing),
    (&["delete from audit_entries where seq = 3"], 3, Broken::Missing),
    (&["delete from audit_entries where seq = 5"], 5, Broken::Missing),
    (&["delete from audit_entries"], 1, Broken::Missing),
    (
        &[
            "update audit_entries set seq = 100 where seq = 2",
            "update audit_entries set seq = 2 where seq = 3",
            "update audit_entries set seq = 3 where seq = 100",
        ],
        2,
        Broken::Changed,
    ),
    // Without a hole, and with one.
    (
        &[
            "delete from audit_entries where seq = 3",
            "update audit_entries set seq = 3 where seq = 4",
            "update audit_entries set seq = 4 where seq = 5",
        ],
        3,
        Broken::Changed,
    ),
    (&["update audit_entries set seq = 6 where seq = 5"], 5, Broken::Missing),
    (&["update audit_head set seq = 4"], 4, Broken::End),
    (&["update audit_head set removed_sha256 = BYTES"], 1, Broken::Changed),
];

async fn damage(db: &Store, sql: &str) -> u64 {
    let bytes = "01".repeat(32);
    let (bytes, empty) = if db.kind() == "sqlite" {
        (format!("x'{bytes}'"), "x''".to_owned())
    } else {
        (format!("decode('{bytes}', 'hex')"), "decode('', 'hex')".to_owned())
    };
    db.execute(&sql.replace("BYTES", &bytes).replace("EMPTY", &empty)).await
}

#[tokio::test]
async fn whatever_is_changed_removed_or_moved_is_found_at_its_first_row() {
    both(async |db| {
        write(db, 5).await;
        assert_eq!(found(db).await, good(1, 5, 0));
        for table in ["audit_entries", "audit_head"] {
            db.execute(&format!("create table kept_{table} as select * from {table}")).await;
        }
        for (statements, seq, why) in DAMAGES {
            for sql in statements {
                assert!(damage(db, sql).await > 0, "{sql}");
            }
            assert_eq!(found(db).await, Verified::Wrong { seq, why }, "{statements:?}");
            for table in ["audit_entries", "audit_head"] {
                db.execute(&format!("delete from {table}")).await;
                db.execute(&format!("insert into {table} select * from kept_{table}")).await;
            }
            assert_eq!(found(db).await, good(1, 5, 0), "{statements:?} and back");
        }
        // One that somebody appends has no place.
        db.execute("update kept_audit_entries set seq = 6 where seq = 5").await;
        db.execute("insert into audit_entries select * from kept_audit_entries where seq = 6").await;
        assert_eq!(found(db).await, Verified::Wrong { seq: 6, why: Broken::Added });
        db.execute("delete from audit_entries where seq = 6").await;
        db.execute("delete from audit_head").await;
        assert!(audit::verify(db, |_| ()).await.is_err(), "without an end there is nothing to compare with");
    })
    .await;
}

/// The head goes back with the entries, and nothing in the chain is wrong: only the receiver knows more.
#[tokio::test]
async fn an_end_that_was_cut_off_after_it_was_forwarded_is_missed() {
    both(async |db| {
        write(db, 5).await;
        let claim = db.write(async |tx| audit::claim(tx, T0, T0 + 60).await).await.unwrap();
        assert!(db.write(async |tx| audit::settle(tx, &claim, Ok(4), (T0, T0)).await).await);
        assert_eq!(found(db).await, good(1, 5, 0), "the last one is still to be sent");
        let cut = async |last: u64| {
            assert!(db.execute(&format!("delete from audit_entries where seq > {last}")).await > 0);
            let hash = format!("(select sha256 from audit_entries where seq = {last})");
            assert_eq!(db.execute(&format!("update audit_head set seq = {last}, sha256 = {hash}")).await, 1);
        };
        cut(4).await;
        assert_eq!(found(db).await, good(1, 4, 0), "nobody has the one that is gone");
        cut(3).await;
        assert_eq!(found(db).await, Verified::Wrong { seq: 4, why: Broken::CutOff });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_each_entry_has_its_place_in_one_chain() {
    async fn append(db: Db, from: i64) -> sqlx::Result<()> {
        for n in 0..10 {
            let mut tx = db.begin().await?;
            audit::record(&mut tx, &ann(T0 + n), &deed(from + n)).await?;
            tx.commit().await?;
        }
        Ok(())
    }
    both(async |db| {
        let other = Db::open(db.address()).await.unwrap();
        let mut racers = JoinSet::new();
        for n in 0..4 {
            racers.spawn(append(Db::clone(db), 100 * n));
            racers.spawn(append(other.clone(), 100 * n + 50));
        }
        racers.join_all().await.into_iter().for_each(|done| done.unwrap());
        assert_eq!(found(db).await, good(1, 80, 0));
        let mut subjects: Vec<i64> = entries(db).await.into_iter().filter_map(|entry| entry.subject_id).collect();
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), 80, "nothing is lost, nothing comes twice");
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_leaves_neither_an_entry_nor_a_hole() {
    both(async |db| {
        write(db, 1).await;
        let mut tx = db.begin().await.unwrap();
        assert_eq!(audit::record(&mut tx, &ann(T0), &deed(2)).await.unwrap(), 2);
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        assert_eq!(audit::record(&mut tx, &ann(T0), &deed(3)).await.unwrap(), 2);
        assert_eq!(audit::record(&mut tx, &ann(T0), &deed(4)).await.unwrap(), 3);
        tx.commit().await.unwrap();
        assert_eq!(found(db).await, good(1, 3, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn under_one_mark_it_is_written_down_once_however_many_do_it() {
    both(async |db| {
        let mut racers = JoinSet::new();
        for _ in 0..6 {
            let db = Db::clone(db);
            racers.spawn(async move {
                let mut tx = db.begin().await.unwrap();
                let is_new = audit::record_once(&mut tx, &ann(T0), &deed(1), &[9; 32]).await.unwrap();
                tx.commit().await.unwrap();
                is_new
            });
        }
        assert!(!audit::is_recorded(db, &[8; 32]).await.unwrap());
        assert_eq!(racers.join_all().await.into_iter().filter(|is_new| *is_new).count(), 1);
        assert!(audit::is_recorded(db, &[9; 32]).await.unwrap());
        assert!(db.write(async |tx| audit::record_once(tx, &ann(T0), &deed(1), &[8; 32]).await).await);
        assert_eq!(found(db).await, good(1, 2, 0));
    })
    .await;
}

#[tokio::test]
async fn old_entries_go_from_the_beginning_and_the_rest_is_still_whole() {
    both(async |db| {
        write(db, 5).await;
        let remove = async |at: i64, most: u32| db.write(async |tx| audit::remove(tx, at, most).await).await;
        assert_eq!(remove(T0, 9).await, 0);
        assert_eq!((remove(T0 + 4, 2).await, found(db).await), (2, good(3, 5, 0)), "so many at once");
        // A clock that was set back for one entry keeps what comes after it.
        db.write(async |tx| audit::record(tx, &ann(T0), &deed(6)).await).await;
        assert_eq!((remove(T0 + 4, 9).await, found(db).await), (1, good(4, 6, 0)));
        assert_eq!(audit::head(db).await.unwrap().removed_seq, 3);
        assert_eq!(db.execute("delete from audit_entries where seq = 4").await, 1);
        assert_eq!(found(db).await, Verified::Wrong { seq: 4, why: Broken::Missing }, "only in due form");
    })
    .await;
    both(async |db| {
        write(db, 3).await;
        assert_eq!(db.write(async |tx| audit::remove(tx, i64::MAX, 9).await).await, 3);
        assert_eq!(found(db).await, good(4, 3, 0), "all of them");
        write(db, 1).await;
        assert_eq!(found(db).await, good(4, 4, 0), "numbers go on");
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_out_of_an_entry_and_the_chain_holds_as_long_as_that_is_told() {
    both(async |db| {
        let typed = Deed::new(Action::SignInFailed, Subject::new(SubjectKind::Account, None, "")).after("typed", "ann");
        db.write(async |tx| audit::record(tx, &ann(T0), &typed).await).await;
        let bare = Deed::new(Action::SignOut, Subject::account(AccountId(7), "eve"));
        db.write(async |tx| audit::record(tx, &ann(T0), &bare).await).await;
        let said = audit::changes(db, 0, 9).await.unwrap();
        assert_eq!(said, [(1, r#"{"after":{"typed":"ann"}}"#.to_owned())], "what says nothing is left out");
        assert_eq!(audit::changes(db, 1, 9).await.unwrap(), []);
        let other = r#"{"after":{"typed":"erased user"}}"#;
        db.write(async |tx| audit::redact(tx, &trail(), 1, other).await).await;
        assert_eq!(found(db).await, good(1, 3, 1));
        let all = entries(db).await;
        assert!(all[0].is_redacted && all[0].changes.after["typed"] == "erased user", "{:?}", all[0]);
        assert_eq!((all[2].action.as_str(), all[2].subject_id), ("audit.redacted", Some(1)));
        // Again, by somebody else's name.
        db.write(async |tx| audit::redact(tx, &trail(), 1, "{}").await).await;
        assert_eq!(found(db).await, good(1, 4, 1));
        db.write(async |tx| audit::redact(tx, &trail(), 99, "{}").await).await;
        assert_eq!(found(db).await, good(1, 4, 1), "one that is gone needs no entry");
        damage(db, "update audit_entries set changes = '{\"after\":{\"typed\":\"bob\"}}' where seq = 1").await;
        assert_eq!(found(db).await, Verified::Wrong { seq: 1, why: Broken::Redacted });
    })
    .await;
}

#[tokio::test]
async fn clients_and_users_are_named_as_they_are_now() {
    both(async |db| {
        let clients = db.write(async |tx| names::intern_clients(tx, &["pc", "other"], T0).await).await;
        let users = db.write(async |tx| names::intern_users(tx, &["ann"], T0).await).await;
        let (ClientId(pc), UserId(ann)) = (clients["pc"], users["ann"]);
        let [of_clients, of_users] = audit::names(db, &[pc, 99], &[ann], &Eyes::Names).await.unwrap();
        assert_eq!((of_clients.len(), of_clients[&pc].as_str(), of_users[&ann].as_str()), (1, "pc", "ann"));
        let nobody = audit::names(db, &[], &[], &Eyes::Names).await.unwrap();
        assert!(nobody.iter().all(|names| names.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn one_process_at_a_time_forwards_and_what_it_did_not_settle_is_due_again() {
    both(async |db| {
        write(db, 9).await;
        let claim = async |now_at: i64| db.write(async |tx| audit::claim(tx, now_at, now_at + 60).await).await;
        let first = claim(T0).await.unwrap();
        assert_eq!((first.sent_seq, first.failures), (0, 0));
        assert_eq!(claim(T0 + 59).await, None, "another one has it");
        let again = claim(T0 + 60).await.unwrap();
        let settle = async |claim: &audit::Claim, done: Result<u64, &str>, due_at: i64| {
            db.write(async |tx| audit::settle(tx, claim, done, (T0 + 70, due_at)).await).await
        };
        assert!(!settle(&first, Ok(9), T0 + 70).await, "its lease has ended");
        assert!(settle(&again, Err("no\0body"), T0 + 100).await);
        let standing = audit::standing(db).await.unwrap();
        assert_eq!((standing.sent_seq, standing.failures, standing.failing_since), (0, 1, Some(T0 + 70)));
        assert_eq!((standing.due_at, standing.error.as_str()), (T0 + 100, "no\u{fffd}body"));
        assert_eq!(claim(T0 + 99).await, None, "it rests");
        let third = claim(T0 + 100).await.unwrap();
        assert_eq!(third.failures, 1);
        assert!(settle(&third, Ok(7), T0 + 100).await);
        let standing = audit::standing(db).await.unwrap();
        assert_eq!((standing.sent_seq, standing.failures, standing.failing_since), (7, 0, None));
        assert_eq!(standing.error, "");
        is_whole(db).await;
    })
    .await;
}
