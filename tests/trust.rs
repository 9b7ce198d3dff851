//! Trust in agents over real HTTPS, on both databases: who is let in by rule, how a key is changed, what a copy of a machine does, and that
//! whoever guesses keys locks nobody out.

use highwater::model::AgentId;
use highwater::model::agent::AgentState;
use highwater::model::approval::NewRule;
use highwater::model::token::Approve;
use highwater::secret;
use highwater::store::{agents, approvals, frames, hosts, intake};
use highwater_wire::{AgentState as State, AgentStatus, Batch, EnrolRequest, KeyOffer, Problem, Record, problem_type};

use crate::harness::audit::done;
use crate::harness::person::{Person, texts};
use crate::harness::server::{TestServer, answer, batch, machine, snapshot};
use crate::harness::store::{Store, both};

const MINUTE_MS: i64 = 60_000;

async fn keep(store: &Store, name: &str, domain: &str, subnet: &str) {
    let rule = NewRule::read(name, domain, subnet).unwrap();
    store.write(async |tx| approvals::insert(tx, &rule, "ann", 1).await).await;
}

fn of_domain(token: &str, name: &str, domain: &str) -> EnrolRequest {
    EnrolRequest { domain: domain.to_owned(), ..machine(token, name, 1) }
}

#[tokio::test]
async fn by_rule_means_that_an_agent_is_in_where_a_rule_holds_and_else_waits_for_a_person() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Rule).await;
        let state = async |request: EnrolRequest| server.enrol(&request).await.unwrap().state;
        assert_eq!(state(of_domain(&token, "FS-PAR-1", "corp.example")).await, State::Pending, "there is no rule");
        keep(store, "fs-par-*", "corp.example", "").await;
        keep(store, "", "", "10.0.0.0/8").await;
        assert_eq!(state(of_domain(&token, "FS-PAR-2", "paris.corp.example")).await, State::Approved);
        assert_eq!(state(of_domain(&token, "FS-PAR-3", "other.example")).await, State::Pending);
        assert_eq!(state(of_domain(&token, "FS-LYO-1", "corp.example")).await, State::Pending);
        keep(store, "", "", "127.0.0.0/8").await;
        assert_eq!(state(machine(&token, "FS-LYO-2", 1)).await, State::Approved, "its address is seen here");
        assert_eq!(state(machine(&token, "FS-LYO-2", 2)).await, State::Conflict, "no rule decides about a copy");
        // What waits already is not looked at again, and another token asks nobody.
        assert_eq!(state(of_domain(&token, "FS-PAR-1", "corp.example")).await, State::Pending);
        let by_hand = server.token(Approve::Hand).await;
        assert_eq!(state(of_domain(&by_hand, "FS-PAR-9", "corp.example")).await, State::Pending);

        let person = Person::signed_in(&server).await;
        let page = person.page("/settings/agents").await;
        let waiting = texts(&page, ".waiters li").join("\n");
        assert!(waiting.contains("No rule of approval lets it in. It says that its name is FS-LYO-1"), "{waiting}");
        let inside = texts(&page, "tbody tr").join("\n");
        assert!(inside.contains("Let in by a rule: name fs-par-*, domain corp.example"), "{inside}");
        let by = done(&server.db, "agent.enrolled").await;
        assert!(by.iter().any(|entry| entry.changes.after.contains_key("rule")), "{by:?}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn rules_are_kept_on_the_page_of_tokens_which_says_what_they_rest_on() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let page = "/settings/tokens";
        let keep = async |fields: &[(&str, &str)]| person.submit(page, "/settings/tokens/rules", fields).await;
        assert_eq!(keep(&[("name", " "), ("domain", ""), ("subnet", "")]).await.status, 422);
        let wrong = keep(&[("name", ""), ("domain", ""), ("subnet", "paris")]).await;
        assert!(wrong.status == 422 && wrong.text.contains("paris"), "{}", wrong.text);
        assert_eq!(keep(&[("name", "FS-*"), ("domain", ""), ("subnet", "")]).await.status, 303);
        assert_eq!(keep(&[("name", ""), ("domain", ""), ("subnet", "10.20.3.4/16")]).await.status, 303);
        let rows = texts(&person.page(page).await, "#rules tbody tr");
        assert!(rows[0].contains("name FS-*") && rows[0].contains("only what the machine states itself"), "{rows:?}");
        assert!(rows[1].contains("from 10.20.0.0/16") && rows[1].contains("which this server sees"), "{rows:?}");
        let first = approvals::list(&server.db).await.unwrap()[0].id;
        let gone = person.submit(page, &format!("/settings/tokens/rules/{first}/delete"), &[]).await;
        assert_eq!(gone.status, 303);
        assert_eq!(texts(&person.page(page).await, "#rules tbody tr").len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_token_fills_no_list_of_those_that_wait() {
    both(async |store| {
        let server = TestServer::start_with(store, |config| config.limits.waiting_per_token = 3).await;
        let token = server.token(Approve::Hand).await;
        for n in 0..3 {
            server.enrol(&machine(&token, &format!("FS{n}"), 1)).await.unwrap();
        }
        let full = server.enrol(&machine(&token, "FS3", 1)).await.unwrap_err();
        assert_eq!((full.status, full.kind.as_str()), (429, problem_type::TRY_LATER));
        assert!(full.detail.contains("asks again by itself"), "{}", full.detail);
        assert!(server.enrol(&machine(&token, "FS0", 1)).await.is_ok(), "who is on the list may ask again");
        let other = server.token(Approve::Hand).await;
        assert!(server.enrol(&machine(&other, "FS3", 1)).await.is_ok(), "another token has its own");
        assert_eq!(agents::list(&server.db).await.unwrap().len(), 4, "nothing is kept of those that were refused");
        server.stop().await;
    })
    .await;
}

async fn offer(server: &TestServer, key: &str, next: &str) -> Result<AgentStatus, Problem> {
    let offer = KeyOffer { key_sha256: secret::sha256(next).iter().map(|byte| format!("{byte:02x}")).collect() };
    let url = format!("{}{}", server.url, highwater_wire::KEY_PATH);
    answer(server.http.post(url).bearer_auth(key).json(&offer).send().await.unwrap()).await
}

#[tokio::test]
async fn a_key_is_changed_when_a_person_orders_it_and_the_old_one_counts_until_the_new_one_is_used() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (old, new) = (server.key("FS01").await, "hwa_of_the_agents_own_making");
        let nothing = batch(server.clock.now_at(), 1, Vec::new());
        assert!(!server.push(&old, &nothing).await.unwrap().settings.rotate_key);
        let unasked = offer(&server, &old, new).await.unwrap_err();
        assert_eq!((unasked.status, unasked.kind.as_str()), (409, problem_type::KEY_NOT_ASKED));

        let id: AgentId = agents::list(&server.db).await.unwrap()[0].id;
        let person = Person::signed_in(&server).await;
        let path = format!("/settings/agents/{id}/key");
        assert_eq!(person.submit("/settings/agents", &path, &[("do", "ask")]).await.status, 303);
        assert!(server.push(&old, &nothing).await.unwrap().settings.rotate_key);
        // The answer may be lost, and the offer comes again, also another one.
        for next in ["hwa_first_thought", new, new] {
            offer(&server, &old, next).await.unwrap();
        }
        assert!(server.push(&old, &nothing).await.is_ok(), "nobody has used the new one yet");
        assert_eq!(server.push("hwa_first_thought", &nothing).await.unwrap_err().kind, problem_type::KEY_UNKNOWN);
        assert!(!server.push(new, &nothing).await.unwrap().settings.rotate_key);
        assert_eq!(server.push(&old, &nothing).await.unwrap_err().kind, problem_type::KEY_UNKNOWN);
        assert!(offer(&server, new, new).await.is_ok(), "what is done already is not undone");
        let agent = agents::find(&server.db, id).await.unwrap().unwrap();
        assert_eq!((agent.state, agent.key_asked_at), (AgentState::Approved, None));
        for action in ["agent.key_asked", "agent.key_changed"] {
            assert_eq!(done(&server.db, action).await.len(), 1, "{action}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_old_key_offers_no_other_though_it_was_right_a_moment_ago() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (old, new) = (server.key("FS01").await, "hwa_of_the_agents_own_making");
        let nothing = batch(server.clock.now_at(), 1, Vec::new());
        server.push(&old, &nothing).await.unwrap();
        let id: AgentId = agents::list(&server.db).await.unwrap()[0].id;
        let (sha256, now_at) = (secret::sha256(new), server.clock.now_at());
        // Another process saw the new one, and then somebody orders another.
        store
            .write(async |tx| {
                agents::offer_key(tx, id, &sha256).await?;
                agents::change_key(tx, id, &sha256, now_at).await
            })
            .await;
        let person = Person::signed_in(&server).await;
        let path = format!("/settings/agents/{id}/key");
        assert_eq!(person.submit("/settings/agents", &path, &[("do", "ask")]).await.status, 303);
        assert_eq!(offer(&server, &old, "hwa_of_a_thief").await.unwrap_err().kind, problem_type::KEY_UNKNOWN);
        assert!(server.push(new, &nothing).await.unwrap().settings.rotate_key);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_has_what_an_agent_enrolled_with_gets_no_key_of_it_once_that_was_changed() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let asked = machine(&server.token(Approve::Auto).await, "FS01", 1);
        server.enrol(&asked).await.unwrap();
        assert_eq!(server.enrol(&asked).await.unwrap().state, State::Approved, "its answer was lost");
        let id: AgentId = agents::list(&server.db).await.unwrap()[0].id;
        let (new, now_at) = ("hwa_of_the_agents_own_making", server.clock.now_at());
        let sha256 = secret::sha256(new);
        store
            .write(async |tx| {
                agents::offer_key(tx, id, &sha256).await?;
                agents::change_key(tx, id, &sha256, now_at).await
            })
            .await;
        assert_eq!(server.enrol(&asked).await.unwrap().state, State::Conflict);
        assert!(server.push(new, &batch(now_at, 1, Vec::new())).await.is_ok(), "nobody is evicted");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn keys_of_an_age_are_changed_by_themselves() {
    both(async |store| {
        let server = TestServer::start_with(store, |config| config.rotate_keys_days = Some(30)).await;
        let key = server.key("FS01").await;
        let now_at = server.clock.now_at();
        let nothing = batch(now_at, 1, vec![snapshot(now_at, 1)]);
        assert!(!server.push(&key, &nothing).await.unwrap().settings.rotate_key, "it is of today");
        let id = agents::list(&server.db).await.unwrap()[0].id;
        let (sha256, long_ago) = (secret::sha256(&key), now_at - 31 * 24 * 60 * MINUTE_MS);
        let other = secret::sha256("hwa_other");
        store
            .write(async |tx| {
                // As if it had been changed then.
                agents::offer_key(tx, id, &other).await?;
                agents::change_key(tx, id, &other, long_ago).await?;
                agents::offer_key(tx, id, &sha256).await?;
                agents::change_key(tx, id, &sha256, long_ago).await
            })
            .await;
        crate::harness::wait::eventually("it is asked", async || {
            let ack = server.push(&key, &nothing).await.map_err(|problem| problem.detail)?;
            if ack.settings.rotate_key { Ok(()) } else { Err("not yet".to_owned()) }
        })
        .await;
        server.stop().await;
    })
    .await;
}

fn of_boot(boot_id: &str, epoch: u8, sent: Batch) -> Batch {
    Batch { boot_id: boot_id.to_owned(), epoch: format!("{epoch:02x}").repeat(16), ..sent }
}

#[tokio::test]
async fn of_a_copy_that_sends_with_the_same_key_nothing_is_lost_and_a_person_gets_to_know() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let now_at = server.clock.now_at();
        let at = |minutes: i64| snapshot(now_at - minutes * MINUTE_MS, 1);
        let push = async |boot: &str, epoch, first_seq, records: Vec<Record>| {
            server.push(&key, &of_boot(boot, epoch, batch(now_at, first_seq, records))).await
        };
        push("a", 1, 1, vec![at(30), at(29)]).await.unwrap();
        // The disk is copied here. Both go on with number 3.
        push("a", 1, 3, vec![at(28)]).await.unwrap();
        let other = vec![at(27), at(26)];
        let problem = push("b", 1, 3, other.clone()).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (409, problem_type::SEQUENCE_HOLE));
        assert!(problem.expected_seq.unwrap() > 1 << 60, "no spool has that: it begins anew");
        // Also if it has so much that what it sends first ends before what the original sent.
        push("a", 1, 4, vec![at(24), at(23)]).await.unwrap();
        assert!(push("b", 1, 3, other.clone()).await.unwrap_err().expected_seq.unwrap() > 1 << 60);
        push("b", 2, 1, other).await.unwrap();
        push("a", 1, 5, vec![at(23), at(22)]).await.unwrap();
        let host = hosts::all_now(&server.db).await.unwrap()[0].id;
        let stored = frames::instants(&server.db, host, now_at - 60 * MINUTE_MS, now_at).await.unwrap();
        assert_eq!(stored.len(), 8, "of both machines: {stored:?}");

        let seen = intake::notices(&server.db, now_at - MINUTE_MS).await.unwrap();
        assert!(seen.len() == 1 && seen[0].twin_at.is_some(), "{seen:?}");
        let person = Person::signed_in(&server).await;
        let page = texts(&person.page("/settings/agents").await, "tbody tr").join("\n");
        assert!(page.contains("Two machines send with this agent’s key"), "{page}");
        let checks = texts(&person.page("/settings/diagnosis").await, "#checks tbody tr").join("\n");
        assert!(checks.contains("look Copies two machines send with the key of 1 host: FS01"), "{checks}");
        let id = agents::list(&server.db).await.unwrap()[0].id;
        let path = format!("/settings/agents/{id}/key");
        assert_eq!(person.submit("/settings/agents", &path, &[("do", "seen")]).await.status, 303);
        assert!(intake::notices(&server.db, now_at - MINUTE_MS).await.unwrap().is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_restart_is_no_copy_and_what_comes_again_is_taken_for_what_it_is() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let key = server.key("FS01").await;
        let now_at = server.clock.now_at();
        let records = [snapshot(now_at - 2 * MINUTE_MS, 1), snapshot(now_at - MINUTE_MS, 1)];
        for (boot, first_seq, sent, acked) in [
            ("a", 1, &records[..1], 1),
            ("a", 1, &records[..], 2),
            ("b", 1, &records[..], 2),
            ("b", 2, &records[1..], 2),
        ] {
            let ack = server.push(&key, &of_boot(boot, 1, batch(now_at, first_seq, sent.to_vec()))).await.unwrap();
            assert_eq!(ack.acked_seq, acked);
        }
        assert!(intake::notices(&server.db, 0).await.unwrap().is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_guesses_keys_locks_out_nobody_at_the_same_address() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (known, token) = (server.key("FS01").await, server.token(Approve::Auto).await);
        let nothing = batch(server.clock.now_at(), 1, Vec::new());
        // Nobody has used this one yet: it is not remembered.
        let fresh = server.enrol(&machine(&token, "FS02", 1)).await.unwrap().key;
        for n in 0..60 {
            let wrong = server.push(&format!("hwa_guess_{n}"), &nothing).await.unwrap_err();
            assert_eq!((wrong.status, wrong.kind.as_str()), (401, problem_type::KEY_UNKNOWN));
            let wrong = server.enrol(&machine(&format!("hwe_guess_{n}"), "FS09", 1)).await.unwrap_err();
            assert_eq!(wrong.kind, problem_type::TOKEN_REFUSED);
        }
        assert!(server.push(&known, &nothing).await.is_ok());
        assert!(server.push(&fresh, &nothing).await.is_ok());
        let newest = server.enrol(&machine(&token, "FS03", 1)).await.unwrap().key;
        assert!(server.push(&newest, &nothing).await.is_ok(), "also one that was given meanwhile");
        let url = format!("{}/api/v1/hosts", server.url);
        let right = crate::harness::caller::Caller::with(&server, highwater::model::api_key::Scope::Read).await;
        for n in 0..60 {
            let answer = server.http.get(&url).bearer_auth(format!("hwk_guess_{n}")).send().await.unwrap();
            assert_eq!(answer.status(), 401);
        }
        assert_eq!(server.http.get(&url).bearer_auth(&right.key).send().await.unwrap().status(), 200);
        let denied = done(&server.db, "denied").await;
        // The hour may have ended meanwhile.
        assert!((3..=6).contains(&denied.len()), "each kind of key once an hour: {denied:?}");
        server.stop().await;
    })
    .await;
}
