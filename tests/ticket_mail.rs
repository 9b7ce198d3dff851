//! Tickets by mail, at a server of SMTP on loopback.

use highwater::model::ConnectorId;
use highwater::model::connector::System;
use highwater::model::delivery::{State, Why};
use highwater::store::incidents::{self, Deed};

use crate::harness::mail::{MailFault, MailServer};
use crate::harness::store::{Store, both};
use crate::harness::ticketing::{Bench, connect, connect_with, said};

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

/// A connector that says nothing to the server before it goes on under TLS.
async fn connect_privately(db: &Store, server: &MailServer) -> ConnectorId {
    let (mut settings, secrets) = said(System::Email, server.addr, "");
    settings.insert("security".to_owned(), "starttls".to_owned());
    connect_with(db, System::Email, settings, secrets).await
}

/// # Panics
/// If the server has a mail, or anybody could have read more than that somebody wants TLS.
fn is_told_nothing(server: &MailServer) {
    assert!(server.mails().is_empty(), "{:?}", server.mails());
    says_nothing_in_clear(server);
}

/// # Panics
/// If anybody could have read more than that somebody wants TLS.
fn says_nothing_in_clear(server: &MailServer) {
    let in_clear = server.in_clear();
    let is_harmless = |line: &String| line.starts_with("EHLO ") || line == "STARTTLS" || line == "QUIT";
    assert!(!in_clear.is_empty() && in_clear.iter().all(is_harmless), "{in_clear:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_starttls_the_password_and_the_mails_are_hidden() {
    both(async |db| {
        let (server, ca_pem) = MailServer::start_private("127.0.0.1").await;
        let mut bench = Bench::of(db, connect_privately(db, &server).await, server.addr).trusting(&ca_pem);
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        bench.clears(id).await;
        bench.tells_all().await;
        assert_eq!((server.mails().len(), server.tickets().len()), (2, 1), "{:?}", server.mails());
        says_nothing_in_clear(&server);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_starttls_is_told_neither_the_password_nor_the_mail() {
    both(async |db| {
        // As it looks, too, when somebody in between takes the offer away.
        let server = MailServer::start().await;
        let bench = Bench::of(db, connect_privately(db, &server).await, server.addr);
        bench.opens("FS02").await;
        bench.tells().await;
        let [one] = bench.deliveries().await.try_into().unwrap();
        assert_eq!(one.state, State::Waiting);
        assert!(one.error.starts_with("security: ") && one.error.contains("STARTTLS"), "{}", one.error);
        assert!(one.error.contains("587") && one.error.contains("465"), "it says what to do: {}", one.error);
        is_told_nothing(&server);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_its_offer_back_gets_the_mail_when_it_keeps_it() {
    both(async |db| {
        let (server, ca_pem) = MailServer::start_private("127.0.0.1").await;
        let mut bench = Bench::of(db, connect_privately(db, &server).await, server.addr).trusting(&ca_pem);
        server.fault(MailFault::NoTls);
        bench.opens("FS02").await;
        bench.tells().await;
        let [one] = bench.deliveries().await.try_into().unwrap();
        assert_eq!((one.state, one.status), (State::Waiting, Some(454)), "{one:?}");
        is_told_nothing(&server);
        bench.tells_all().await;
        assert_eq!(server.tickets().len(), 1);
        says_nothing_in_clear(&server);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_of_nobody_known_or_for_another_host_is_refused_with_what_to_do() {
    for (ip, is_known) in [("127.0.0.1", false), ("127.0.0.2", true)] {
        both(async |db| {
            let (server, ca_pem) = MailServer::start_private(ip).await;
            let bench = Bench::of(db, connect_privately(db, &server).await, server.addr);
            let mut bench = if is_known { bench.trusting(&ca_pem) } else { bench };
            bench.opens("FS02").await;
            bench.tells().await;
            let [one] = bench.deliveries().await.try_into().unwrap();
            assert_eq!((one.state, one.status), (State::Waiting, None), "{ip}: {one:?}");
            let said = format!("host: the certificate of {ip} is not accepted");
            assert!(one.error.starts_with(&said), "{ip}: {}", one.error);
            assert!(one.error.contains("delivery.ca_file"), "{ip}, it says what to do: {}", one.error);
            is_told_nothing(&server);
            if !is_known {
                bench = bench.trusting(&ca_pem);
                bench.tells_all().await;
                assert_eq!(server.tickets().len(), 1, "once its authority is named");
            }
        })
        .await;
    }
}
