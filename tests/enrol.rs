//! Enrolment over real HTTPS, on both databases.

use highwater::model::AgentId;
use highwater::model::agent::AgentState;
use highwater::model::token::{Approve, NewToken};
use highwater::store::{agents, tokens};
use highwater_wire::{AgentState as State, EnrolRequest, problem_type};

use crate::harness::server::{TestServer, machine};
use crate::harness::store::{Store, both, both_at_once};

async fn refused(server: &TestServer, request: &EnrolRequest) -> String {
    server.enrol(request).await.unwrap_err().kind
}

/// Decides about the newest enrolment of this machine, as the page of agents does.
async fn decide(server: &TestServer, request: &EnrolRequest, to: AgentState) -> AgentId {
    let mut tx = server.db.begin().await.unwrap();
    let newest = agents::of_machine(&mut tx, &request.machine_id).await.unwrap().remove(0);
    assert!(agents::decide(&mut tx, newest.id, newest.state, to, server.clock.now_at()).await.unwrap());
    tx.commit().await.unwrap();
    newest.id
}

fn bounded(token: NewToken) -> NewToken {
    NewToken { label: "bounded".to_owned(), ..token }
}

fn unbounded() -> NewToken {
    NewToken {
        label: String::new(),
        secret_sha256: [0; 32],
        hint: String::new(),
        group_name: "Lyon".to_owned(),
        approve: Approve::Auto,
        max_uses: None,
        expires_at: None,
        ranges: Vec::new(),
    }
}

#[tokio::test]
async fn a_machine_gets_an_identity_that_the_server_keeps_only_the_hash_of() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token_of(unbounded()).await;
        let asked = machine(&token, "FS01", 1);
        let given = server.enrol(&asked).await.unwrap();
        assert!(given.key.starts_with("hwa_") && given.key.len() == 47);
        assert_eq!((given.state, given.store_id.as_str()), (State::Approved, server.db.store_id()));
        let kept = agents::list(&server.db).await.unwrap().remove(0);
        assert_eq!((kept.name.as_str(), kept.address.as_str()), ("FS01", "127.0.0.1"));
        let host = highwater::store::hosts::find(&server.db, kept.host).await.unwrap().unwrap();
        assert_eq!(host.group_name, "Lyon");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_is_the_same_enrolment_with_a_fresh_key() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token_of(NewToken { max_uses: Some(1), ..unbounded() }).await;
        let asked = machine(&token, "FS01", 1);
        let first = server.enrol(&asked).await.unwrap();
        let again = server.enrol(&asked).await.unwrap();
        assert_eq!((again.host_id, again.state), (first.host_id, State::Approved));
        assert_ne!(again.key, first.key);
        assert_eq!(agents::list(&server.db).await.unwrap().len(), 1);
        assert_eq!(tokens::list(&server.db).await.unwrap()[0].uses, 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_clone_waits_in_conflict_and_the_first_goes_on() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Auto).await;
        let first = server.enrol(&machine(&token, "FS01", 1)).await.unwrap();
        let clone = server.enrol(&machine(&token, "FS01", 2)).await.unwrap();
        assert_eq!(clone.state, State::Conflict);
        let batch = crate::harness::server::batch(server.clock.now_at(), 1, Vec::new());
        assert_eq!(server.push(&clone.key, &batch).await.unwrap_err().kind, problem_type::AGENT_CONFLICT);
        assert!(server.push(&first.key, &batch).await.is_ok());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn two_machines_of_one_identity_at_the_same_time_are_not_both_the_first() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Auto).await;
        let (one, other) = (machine(&token, "FS01", 1), machine(&token, "FS01", 2));
        let (one, other) = tokio::join!(server.enrol(&one), server.enrol(&other));
        let mut states = [one.unwrap().state, other.unwrap().state].map(|state| format!("{state:?}"));
        states.sort();
        assert_eq!(states, ["Approved", "Conflict"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn revoked_may_enrol_again_and_banned_may_not() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Auto).await;
        let first = server.enrol(&machine(&token, "FS01", 1)).await.unwrap();
        decide(&server, &machine(&token, "FS01", 1), AgentState::Revoked).await;
        let second = server.enrol(&machine(&token, "FS01", 2)).await.unwrap();
        assert_eq!((second.host_id, second.state), (first.host_id, State::Approved));
        decide(&server, &machine(&token, "FS01", 2), AgentState::Banned).await;
        assert_eq!(refused(&server, &machine(&token, "FS01", 3)).await, problem_type::AGENT_BANNED);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_lets_in_as_long_as_it_holds_and_its_end_touches_nobody_inside() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let now_at = server.clock.now_at();
        let once = server.token_of(bounded(NewToken { max_uses: Some(1), ..unbounded() })).await;
        let inside = server.enrol(&machine(&once, "FS01", 1)).await.unwrap();
        assert_eq!(refused(&server, &machine(&once, "FS02", 1)).await, problem_type::TOKEN_REFUSED);
        let batch = crate::harness::server::batch(now_at, 1, Vec::new());
        assert!(server.push(&inside.key, &batch).await.is_ok());

        let expired = server.token_of(bounded(NewToken { expires_at: Some(now_at - 1), ..unbounded() })).await;
        assert_eq!(refused(&server, &machine(&expired, "FS03", 1)).await, problem_type::TOKEN_REFUSED);
        let elsewhere = NewToken { ranges: vec!["10.0.0.0/8".to_owned()], ..unbounded() };
        let elsewhere = server.token_of(bounded(elsewhere)).await;
        assert_eq!(refused(&server, &machine(&elsewhere, "FS04", 1)).await, problem_type::TOKEN_REFUSED);
        assert_eq!(refused(&server, &machine("hwe_never_made", "FS05", 1)).await, problem_type::TOKEN_REFUSED);
        assert_eq!(agents::list(&server.db).await.unwrap().len(), 1, "nothing was stored for those refused");
        server.stop().await;
    })
    .await;
}

#[test]
fn by_hand_means_that_an_agent_waits_until_a_person_approves_it() {
    both_at_once(&[()], async |store: &Store, ()| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Hand).await;
        let asked = machine(&token, "FS01", 1);
        let given = server.enrol(&asked).await.unwrap();
        assert_eq!(given.state, State::Pending);
        let batch = crate::harness::server::batch(server.clock.now_at(), 1, Vec::new());
        assert_eq!(server.push(&given.key, &batch).await.unwrap_err().kind, problem_type::AGENT_PENDING);
        decide(&server, &asked, AgentState::Approved).await;
        // The key is believed to be pending for a few seconds; asking again until then is what an agent does.
        let mut tries = 0;
        while server.push(&given.key, &batch).await.is_err() {
            tries += 1;
            assert!(tries < 600, "an approval holds within five seconds");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        server.stop().await;
    });
}

#[tokio::test]
async fn what_is_no_enrolment_is_refused_with_a_reason() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let token = server.token(Approve::Auto).await;
        let asked = EnrolRequest { machine_id: "not hex".to_owned(), ..machine(&token, "FS01", 1) };
        assert_eq!(refused(&server, &asked).await, problem_type::MALFORMED);
        let url = format!("{}{}", server.url, highwater_wire::ENROL_PATH);
        let text = server.http.post(&url).body("{}").send().await.unwrap();
        assert_eq!(text.status(), 400);
        let huge = server.http.post(&url).body(vec![b' '; 20_000]).send().await.unwrap();
        assert_eq!(huge.status(), 413);
        let packed = server.http.post(&url).header("content-encoding", "zstd").body("x").send().await.unwrap();
        assert_eq!(packed.status(), 415);
        server.stop().await;
    })
    .await;
}
