//! Tickets by mail, at a server of SMTP on loopback.

use highwater::model::connector::System;
use highwater::model::delivery::{State, Why};
use highwater::store::incidents::{self, Deed};

use crate::harness::mail::{MailFault, MailServer};
use crate::harness::store::Store;
use crate::harness::ticketing::{Bench, connect};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_is_one_thread_of_mails() {
    let (db, server) = (Store::sqlite().await, MailServer::start().await);
    let connector = connect(&db, System::Email, server.addr, "").await;
    let mut bench = Bench::of(&db, connector, server.addr);
    let id = bench.opens("FS02\r\nBcc: x@example.com").await;
    bench.tells_all().await;
    assert_eq!(bench.held(id).await.name, "", "a subject may name a client, and is not kept here");
    let deed = Deed { by: "ann", now_at: bench.now_at() + 1_000, seen_version: None };
    db.write(async |tx| incidents::comment(tx, id, deed, "vu — 名前\n.\nend").await).await;
    bench.tells_all().await;
    bench.clears(id).await;
    bench.tells_all().await;

    let mails = server.mails();
    assert_eq!((mails.len(), server.tickets().len()), (3, 1), "{mails:?}");
    let (first, rest) = mails.split_first().unwrap();
    assert!(first.subject.contains("At the limit") && !first.subject.contains(['\r', '\n']), "{:?}", first.subject);
    assert!(!first.raw.lines().any(|line| line.starts_with("Bcc:")), "{}", first.raw);
    assert!(first.body.contains(&format!("https://highwater.example/incidents/{id}")), "{}", first.body);
    for mail in rest {
        assert!(mail.references.contains(&first.message_id), "{mail:?}");
        assert_ne!(mail.message_id, first.message_id);
        assert_eq!(mail.subject, format!("Re: {}", first.subject));
    }
    assert!(rest[0].body.replace("\r\n", "\n").contains("vu — 名前\n.\nend"), "{}", rest[0].body);
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_whose_answer_was_lost_comes_again_with_the_same_id() {
    let (db, server) = (Store::sqlite().await, MailServer::start().await);
    let connector = connect(&db, System::Email, server.addr, "").await;
    let mut bench = Bench::of(&db, connector, server.addr);
    server.fault(MailFault::Later);
    server.fault(MailFault::LostAnswer);
    bench.opens("FS02").await;
    bench.tells_all().await;
    assert_eq!(server.tickets().len(), 1, "{:?}", server.mails());
    let ids: std::collections::BTreeSet<_> = server.mails().into_iter().map(|mail| mail.message_id).collect();
    assert_eq!(ids.len(), 1);
    let [one] = bench.deliveries().await.try_into().unwrap();
    assert_eq!((one.state, one.attempts), (State::Delivered, 3));
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_the_server_refuses_is_named_and_once_it_is_right_the_one_mail_arrives() {
    for (field, wrong, right) in [
        ("to", "desk@example.com", "helpdesk@example.com"),
        ("from", "highwater@example.com", "Highwater <robot@example.com>"),
    ] {
        let (db, server) = (Store::sqlite().await, MailServer::start().await);
        let connector = connect(&db, System::Email, server.addr, "").await;
        let mut bench = Bench::of(&db, connector, server.addr);
        server.refuses(wrong);
        bench.opens("FS02").await;
        bench.tells().await;
        let [one] = bench.deliveries().await.try_into().unwrap();
        assert_eq!((one.state, one.status.is_some_and(|code| code >= 550)), (State::Waiting, true), "{one:?}");
        let is_named = one.error.starts_with(&format!("{field}: answered 55")) && one.error.contains(wrong);
        assert!(is_named && one.error.contains("address rejected"), "{}", one.error);
        assert!(bench.kept().await.failing.is_some() && one.due_at > bench.now_at(), "it rests");

        let dead = bench.gives_up().await;
        assert_eq!((dead.state, dead.why), (State::Dead, Some(Why::GivenUp)));
        assert!(server.mails().is_empty());

        bench.changes(|new| _ = new.settings.insert(field.to_owned(), right.to_owned())).await;
        bench.sends_again(dead.id).await;
        assert_eq!((server.mails().len(), server.tickets().len()), (1, 1), "{:?}", server.mails());
        assert_eq!(bench.kept().await.failing, None);
        db.close().await;
    }
}
