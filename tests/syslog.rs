//! The audit log on its way to a real syslog server.

use std::collections::BTreeSet;
use std::time::Duration;

use highwater::delivery::syslog::Transport;
use highwater::model::audit::{Action, Actor, Deed, SubjectKind, Trail};
use highwater::store::{Db, audit};
use highwater::tasks::audit::Forwarding;

use crate::harness::audit::{entries, is_whole};
use crate::harness::hostile;
use crate::harness::person::{Person, texts};
use crate::harness::server::{ServerProcess, TestServer};
use crate::harness::store::{Store, T0, both};
use crate::harness::syslog::Rsyslog;
use crate::harness::wait::{eventually, same};

/// What a message may say of an entry.
const FIELDS: [&str; 14] = [
    "seq",
    "actor_kind",
    "actor_id",
    "actor",
    "address",
    "action",
    "subject_kind",
    "subject_id",
    "subject",
    "outcome",
    "before",
    "after",
    "redacted",
    "sha256",
];

async fn write(store: &Store, name: &str) {
    let trail = Trail { actor: Actor::program(name), address: "203.0.113.7".to_owned(), at: T0 };
    let deed = Deed::on(Action::WebhookChanged, (SubjectKind::Webhook, 1, name)).after("typed", name).after(name, 1);
    store.write(async |tx| audit::record(tx, &trail, &deed).await).await;
}

async fn last(store: &Store) -> u64 {
    audit::head(store).await.unwrap().seq
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_arrive_in_order_by_udp_tcp_and_tls_and_hostile_names_break_out_of_nothing() {
    both(async |store| {
        let receiver = Rsyslog::start().await;
        // By UDP no more than surely fits in what the system holds for the receiver.
        for (transport, step) in [(Transport::Udp, 10), (Transport::Tcp, 1), (Transport::Tls, 1)] {
            let settings = receiver.settings(transport);
            let server = TestServer::start_with(store, |config| config.syslog = Some(settings)).await;
            for name in hostile::names().iter().step_by(step) {
                write(store, name).await;
            }
            let wanted: Vec<u64> = (1..=last(store).await).collect();
            eventually("every entry arrives once", async || same(&receiver.seqs(), &wanted)).await;
            server.stop().await;
        }
        for (message, entry) in receiver.received().iter().zip(entries(store).await) {
            assert!(!message.raw.chars().any(char::is_control), "{:?}", message.raw);
            assert_eq!((message.app_name.as_str(), &message.id), ("highwater", &entry.action));
            let said = &message.data;
            assert!(said.keys().all(|name| FIELDS.contains(&name.as_str())), "{said:?}");
            let sha256: String = entry.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!((&said["sha256"], &said["address"]), (&sha256, &entry.address));
            if entry.actor_name.len() < 20 && entry.actor_name.chars().all(|c| !c.is_control() && c.is_ascii()) {
                assert_eq!((&said["actor"], &said["subject"]), (&entry.actor_name, &entry.subject_name));
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_receiver_is_away_the_diagnosis_says_so_and_then_all_arrives_in_order() {
    both(async |store| {
        let mut receiver = Rsyslog::start().await;
        let settings = receiver.settings(Transport::Tcp);
        let server = TestServer::start_with(store, |config| config.syslog = Some(settings)).await;
        let person = Person::signed_in(&server).await;
        let diagnosis = async |wanted: &str| {
            eventually(wanted, async || {
                let checks = texts(&person.page("/settings/diagnosis").await, "#checks tbody tr");
                let said = checks.into_iter().find(|check| check.contains("Forwarding of the audit log")).unwrap();
                if said.starts_with(wanted) { Ok(said) } else { Err(said) }
            })
            .await
        };
        diagnosis("good Forwarding of the audit log every entry has arrived").await;
        receiver.kill();
        for name in ["one", "two", "three"] {
            write(store, name).await;
        }
        let said = diagnosis("look ").await;
        assert!(said.contains("no entry has arrived, and 3 wait") && said.contains("nothing is lost"), "{said}");
        receiver.start_again().await;
        diagnosis("good Forwarding of the audit log every entry has arrived").await;
        let wanted: Vec<u64> = (1..=last(store).await).collect();
        eventually("all of them arrive", async || same(&receiver.seqs(), &wanted)).await;
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_sent_before_it_was_killed_is_sent_again_once_its_lease_has_ended() {
    both(async |store| {
        let receiver = Rsyslog::start().await;
        for name in ["one", "two", "three"] {
            write(store, name).await;
        }
        let syslog = receiver.sender(Transport::Tcp, None);
        let claimed = store.write(async |tx| audit::claim(tx, T0, T0 + 60_000).await).await;
        assert!(claimed.is_some());
        let messages: Vec<String> = entries(store).await.iter().map(|entry| syslog.message(entry)).collect();
        syslog.send(&messages).await.unwrap();
        eventually("it was sent", async || same(&receiver.seqs(), &vec![1, 2, 3])).await;
        let other = Forwarding { db: Db::clone(store), syslog };
        assert!(!other.tick(T0 + 59_999).await.unwrap());
        assert_eq!(audit::standing(store).await.unwrap().sent_seq, 0, "somebody may still be at it");
        assert!(!other.tick(T0 + 60_000).await.unwrap(), "there is no more");
        eventually("it is sent again", async || same(&receiver.seqs(), &vec![1, 2, 3, 1, 2, 3])).await;
        assert_eq!(audit::standing(store).await.unwrap().sent_seq, 3);
        assert!(!other.tick(T0 + 60_001).await.unwrap());
        assert_eq!(receiver.seqs().len(), 6, "and not once more");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_a_server_forwards_every_entry() {
    both(async |store| {
        let (receiver, data) = (Rsyslog::start().await, tempfile::tempdir().unwrap());
        let address = format!("127.0.0.1:{}", receiver.port_of(Transport::Tcp));
        let variables = [
            ("HIGHWATER_DATABASE", store.address()),
            ("HIGHWATER_AUDIT_SYSLOG_ADDRESS", address.as_str()),
            ("HIGHWATER_AUDIT_SYSLOG_TRANSPORT", "tcp"),
        ];
        for round in 0..5 {
            let mut server = ServerProcess::start(data.path(), &variables);
            for n in 0..150 {
                write(store, &format!("{round} {n}")).await;
            }
            tokio::time::sleep(Duration::from_millis(round * 97)).await;
            server.kill();
            // As a minute later.
            store.execute("update audit_forward set due_at = 0").await;
        }
        let server = ServerProcess::start(data.path(), &variables);
        let wanted: BTreeSet<u64> = (1..=last(store).await).collect();
        eventually("every entry arrives", async || {
            let seqs = receiver.seqs();
            assert!(seqs.is_sorted_by(|one, next| *next <= one + 1), "one was passed over: {seqs:?}");
            same(&seqs.into_iter().collect(), &wanted)
        })
        .await;
        drop(server);
        is_whole(store).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn by_tls_nothing_is_told_to_whom_no_authority_vouches_for() {
    let receiver = Rsyslog::start().await;
    let message = "<109>1 - - highwater - - [highwater@32473 seq=\"1\"] x".to_owned();
    let stranger = receiver.sender(Transport::Tls, None).send(std::slice::from_ref(&message)).await;
    assert!(stranger.unwrap_err().to_string().contains("certificate"), "says why");
    let ca_pem = std::fs::read(receiver.ca_file()).unwrap();
    receiver.sender(Transport::Tls, Some(&ca_pem)).send(&[message]).await.unwrap();
    eventually("it arrives", async || same(&receiver.seqs(), &vec![1])).await;
}
