//! What a provider of OpenID Connect never does, done by one: each is refused, with a sentence that says why.

use highwater::clock::Clock;
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, day_start};
use serde_json::{Value, json};

use crate::harness::audit::done;
use crate::harness::impostor::{DISCOVERY, Impostor, KEYS, Lie, Reply, Signed, TOKEN};
use crate::harness::person::{Answer, Person};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};
use crate::oidc::{alert, leaves, returns, roles};

async fn server_at(store: &Store, provider: &Impostor, clock: Clock) -> TestServer {
    let settings = provider.settings();
    TestServer::start_at(store, clock, |config| config.oidc = Some(settings)).await
}

async fn signs_in(server: &TestServer, provider: &Impostor) -> Answer {
    let person = Person::stranger(server);
    let away = leaves(&person, "/").await;
    let query = provider.lets_in(&away);
    returns(&person, server, &format!("{}/sign-in/oidc/return?{query}", server.url)).await
}

/// Changes of the head and the claims, how it is signed, and what is said of it.
type Told = (fn(&mut Value, &mut Value), Signed, &'static str);

const LIES: [Told; 17] = [
    (|_, claims| claims["iss"] = json!("http://127.0.0.1:1"), Signed::Right, "another provider issued it"),
    (|_, claims| claims["aud"] = json!("other"), Signed::Right, "it is meant for another program"),
    (|_, claims| claims["aud"] = json!(["highwater", "other"]), Signed::Right, "it is meant for another program"),
    (|_, claims| claims["azp"] = json!("other"), Signed::Right, "it is meant for another program"),
    (|_, claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61), Signed::Right, "it has expired"),
    (|_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() + 120), Signed::Right, "it is not of now"),
    (|_, claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 700), Signed::Right, "it is not of now"),
    (|_, claims| claims["nonce"] = json!("of another"), Signed::Right, "it answers another sign-in"),
    (|_, claims| _ = claims.as_object_mut().unwrap().remove("nonce"), Signed::Right, "it answers another sign-in"),
    (|_, claims| _ = claims.as_object_mut().unwrap().remove("sub"), Signed::Right, "it cannot be read"),
    (|head, _| head["alg"] = json!("none"), Signed::NotAtAll, "it is signed in a way that is not trusted"),
    (|head, _| head["alg"] = json!("HS256"), Signed::ByPublicKey, "it is signed in a way that is not trusted"),
    (|head, _| head["alg"] = json!("RS256"), Signed::Right, "none of its published keys signed it"),
    (|head, _| head["kid"] = json!("key-99"), Signed::Right, "none of its published keys signed it"),
    (|_, _| (), Signed::ByAnother, "its signature is wrong"),
    (|_, _| (), Signed::Sealed, "it cannot be read"),
    (|head, _| head["crit"] = json!(["b64"]), Signed::Right, "it cannot be read"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_proves_nothing_lets_nobody_in_and_says_what_is_wrong() {
    both(async |store| {
        let clock = Clock::system();
        let provider = Impostor::start(clock.clone()).await;
        let server = server_at(store, &provider, clock).await;
        for (n, (change, signed, reason)) in LIES.into_iter().enumerate() {
            provider.lies(Lie::of(change, signed));
            let refused = signs_in(&server, &provider).await;
            assert_eq!(refused.status, 403, "{n}: {}", refused.text);
            let said = alert(&refused);
            assert!(said.starts_with("What Corp answered does not prove who you are: "), "{n}: {said}");
            assert!(said.contains(reason), "{n}: {said}");
            assert!(!refused.headers.get_all("set-cookie").iter().any(|c| c.to_str().unwrap().contains("hws_")), "{n}");
        }
        assert!(roles(&server.db).await.is_empty());
        assert_eq!(provider.asked(KEYS), 2, "made-up names of keys do not make us ask again and again");
        provider.lies(Lie::default());
        assert_eq!(signs_in(&server, &provider).await.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_change_are_read_anew_once_a_minute_at_most() {
    both(async |store| {
        let clock = Clock::manual(Clock::system().now_at());
        let provider = Impostor::start(clock.clone()).await;
        let server = server_at(store, &provider, clock.clone()).await;
        assert_eq!(signs_in(&server, &provider).await.status, 303);
        provider.rotate();
        assert_eq!(signs_in(&server, &provider).await.status, 303, "a key that is not known yet is asked for");
        provider.rotate();
        let refused = signs_in(&server, &provider).await;
        assert!(alert(&refused).contains("none of its published keys signed it"), "{}", alert(&refused));
        clock.set(clock.now_at() + MINUTE_MS);
        assert_eq!(signs_in(&server, &provider).await.status, 303);
        assert_eq!((provider.asked(DISCOVERY), provider.asked(KEYS)), (1, 3));
        server.stop().await;
    })
    .await;
}

/// Whoever stole a key signs with it as long as it is believed: an hour after the provider has withdrawn it, or until somebody comes
/// with a key that is not known yet; a day while the provider cannot be read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_provider_has_withdrawn_is_believed_for_an_hour_or_a_day_without_it_and_then_no_more() {
    const REFUSED: &str = "none of its published keys signed it";
    let store = Store::sqlite().await;
    let clock = Clock::manual(Clock::system().now_at());
    let provider = Impostor::start(clock.clone()).await;
    let server = server_at(&store, &provider, clock.clone()).await;
    let begun_at = clock.now_at();
    assert_eq!(signs_in(&server, &provider).await.status, 303);
    provider.withdraws();
    clock.set(begun_at + HOUR_MS - 1);
    assert_eq!(signs_in(&server, &provider).await.status, 303, "what is known is less than an hour old");
    clock.set(begun_at + HOUR_MS);
    let refused = signs_in(&server, &provider).await;
    assert!(refused.status == 403 && alert(&refused).contains(REFUSED), "{}", refused.text);

    // The provider is away when it would be read anew.
    provider.rotate();
    let known_at = begun_at + 2 * HOUR_MS;
    clock.set(known_at);
    assert_eq!(signs_in(&server, &provider).await.status, 303);
    provider.withdraws();
    provider.replies(DISCOVERY, Reply::Page(500));
    clock.set(known_at + DAY_MS - 1);
    assert_eq!(signs_in(&server, &provider).await.status, 303, "nobody tells that it was withdrawn");
    clock.set(known_at + DAY_MS);
    let refused = Person::stranger(&server).get("/sign-in/oidc").await;
    assert_eq!(refused.status, 503, "a day is enough");
    provider.replies(DISCOVERY, Reply::Right);
    clock.set(known_at + DAY_MS + MINUTE_MS);
    let refused = signs_in(&server, &provider).await;
    assert!(refused.status == 403 && alert(&refused).contains(REFUSED), "{}", refused.text);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_key_is_gone_as_soon_as_anybody_comes_with_another() {
    let store = Store::sqlite().await;
    let clock = Clock::manual(Clock::system().now_at());
    let provider = Impostor::start(clock.clone()).await;
    let server = server_at(&store, &provider, clock.clone()).await;
    assert_eq!(signs_in(&server, &provider).await.status, 303);
    provider.withdraws();
    assert_eq!(signs_in(&server, &provider).await.status, 303, "nobody has looked");
    provider.lies(Lie::of(|head, _| head["kid"] = json!("key-1"), Signed::ByAnother));
    assert_eq!(signs_in(&server, &provider).await.status, 403, "it is not that key, but the keys were read for it");
    provider.lies(Lie::default());
    let refused = signs_in(&server, &provider).await;
    assert!(alert(&refused).contains("none of its published keys signed it"), "{}", alert(&refused));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_is_read_anew_every_hour_and_lasts_while_that_fails() {
    let store = Store::sqlite().await;
    let clock = Clock::manual(Clock::system().now_at());
    let provider = Impostor::start(clock.clone()).await;
    let server = server_at(&store, &provider, clock.clone()).await;
    let begun_at = clock.now_at();
    for (hours, asked) in [(0, 1), (0, 1), (1, 2)] {
        clock.set(begun_at + hours * HOUR_MS);
        assert_eq!(signs_in(&server, &provider).await.status, 303);
        assert_eq!(provider.asked(DISCOVERY), asked, "after {hours} h");
    }
    provider.replies(DISCOVERY, Reply::Page(500));
    clock.set(begun_at + 10 * HOUR_MS);
    assert_eq!(signs_in(&server, &provider).await.status, 303, "it is known from before");
    clock.set(begun_at + 25 * HOUR_MS);
    let refused = Person::stranger(&server).get("/sign-in/oidc").await;
    assert_eq!(refused.status, 503, "a day is enough");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_without_an_end_or_a_meaning_are_bounded_and_told() {
    let store = Store::sqlite().await;
    let clock = Clock::system();
    for (place, reply) in [
        (DISCOVERY, Reply::Endless),
        (DISCOVERY, Reply::Nothing),
        (DISCOVERY, Reply::Page(200)),
        (DISCOVERY, Reply::Elsewhere("http://127.0.0.1:1/".to_owned())),
        (DISCOVERY, Reply::With("issuer", json!("http://127.0.0.1:1"))),
        (DISCOVERY, Reply::With("token_endpoint", json!("http://10.0.0.1/token"))),
        (KEYS, Reply::Endless),
        (KEYS, Reply::Page(404)),
    ] {
        let provider = Impostor::start(clock.clone()).await;
        provider.replies(place, reply.clone());
        let server = server_at(&store, &provider, clock.clone()).await;
        let refused = Person::stranger(&server).get("/sign-in/oidc").await;
        assert_eq!(refused.status, 503, "{place} {reply:?}");
        assert!(alert(&refused).starts_with("The company’s directory does not answer."), "{place} {reply:?}");
        server.stop().await;
    }
    let provider = Impostor::start(clock.clone()).await;
    let server = server_at(&store, &provider, clock).await;
    for reply in [Reply::Endless, Reply::Nothing, Reply::Page(502), Reply::Elsewhere(format!("{}/x", provider.issuer))]
    {
        provider.replies(TOKEN, reply.clone());
        let refused = signs_in(&server, &provider).await;
        assert_eq!(refused.status, 503, "{reply:?}: {}", refused.text);
    }
    provider.replies(TOKEN, Reply::With("id_token", Value::Null));
    let refused = signs_in(&server, &provider).await;
    assert!(alert(&refused).contains("it cannot be read"), "{}", alert(&refused));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_in_the_browser_says_whose_it_is_where_the_provider_does() {
    let store = Store::sqlite().await;
    let clock = Clock::system();
    let provider = Impostor::start(clock.clone()).await;
    provider.replies(DISCOVERY, Reply::With("authorization_response_iss_parameter_supported", json!(true)));
    let server = server_at(&store, &provider, clock).await;
    let back = async |iss: &str| {
        let person = Person::stranger(&server);
        let query = provider.lets_in(&leaves(&person, "/").await);
        returns(&person, &server, &format!("{}/sign-in/oidc/return?{query}{iss}", server.url)).await
    };
    assert_eq!(back(&format!("&iss={}", provider.issuer)).await.status, 303);
    for iss in ["", "&iss=https://evil.example"] {
        let refused = back(iss).await;
        assert_eq!(refused.status, 403, "{iss}");
        assert!(alert(&refused).contains("another provider issued it"), "{iss}: {}", alert(&refused));
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_sends_nobody_to_the_provider() {
    let store = Store::sqlite().await;
    let clock = Clock::system();
    let provider = Impostor::start(clock.clone()).await;
    let server = server_at(&store, &provider, clock).await;
    let person = Person::stranger(&server);
    for site in ["cross-site", "same-site", "whatever"] {
        for _ in 0..30 {
            let answer = person.get_with("/sign-in/oidc?next=/events", ("sec-fetch-site", site)).await;
            assert_eq!((answer.status, answer.header("location")), (303, "/sign-in?next=%2Fevents"), "{site}");
        }
    }
    assert_eq!(provider.asked(DISCOVERY), 0);
    for site in ["same-origin", "none"] {
        let answer = person.get_with("/sign-in/oidc", ("sec-fetch-site", site)).await;
        assert!(answer.header("location").starts_with(&provider.issuer), "{site}: {}", answer.text);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_up_ways_back_leave_room_for_what_others_leave_in_the_log() {
    both(async |store| {
        let clock = Clock::manual(day_start(Clock::system().now_at()) + 10 * HOUR_MS);
        let provider = Impostor::start(clock.clone()).await;
        let server = server_at(store, &provider, clock.clone()).await;
        let person = Person::stranger(&server);
        for n in 0..20 {
            let answer = person.get(&format!("/sign-in/oidc/return?code=x&state={n}")).await;
            assert_eq!(answer.status, 403);
        }
        let failed = done(store, "sign_in_failed").await;
        let told: Vec<_> = failed.iter().map(|one| one.changes.after["why"].as_str()).collect();
        assert_eq!(told, ["over"], "once for an address, a reason and an hour");
        for name in ["ann", "bob"] {
            assert_eq!(person.post("/sign-in", &[("name", name), ("password", "wrong")]).await.status, 401);
        }
        assert_eq!(done(store, "sign_in_failed").await.len(), 3, "who names somebody is told each time");
        clock.set(clock.now_at() + HOUR_MS);
        person.get("/sign-in/oidc/return?code=x&state=y").await;
        assert_eq!(done(store, "sign_in_failed").await.len(), 4);
        server.stop().await;
    })
    .await;
}

fn overage(_: &mut Value, claims: &mut Value) {
    claims.as_object_mut().unwrap().remove("groups");
    claims["_claim_names"] = json!({"groups": "src1"});
    claims["_claim_sources"] = json!({"src1": {"endpoint": "https://graph.windows.net/"}});
}

fn without(_: &mut Value, claims: &mut Value) {
    claims.as_object_mut().unwrap().remove("groups");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_groups_than_entra_id_tells_are_told_apart_from_none() {
    let store = Store::sqlite().await;
    let clock = Clock::system();
    let provider = Impostor::start(clock.clone()).await;
    let server = server_at(&store, &provider, clock).await;
    provider.lies(Lie::of(overage, Signed::Right));
    let refused = signs_in(&server, &provider).await;
    assert_eq!(refused.status, 403);
    assert!(alert(&refused).starts_with("You are in more groups than could be told"), "{}", alert(&refused));
    provider.lies(Lie::of(without, Signed::Right));
    let refused = signs_in(&server, &provider).await;
    assert!(alert(&refused).starts_with("You are known, but none of your groups"), "{}", alert(&refused));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_many_to_the_provider_is_slowed_down_and_says_so_in_french() {
    let store = Store::sqlite().await;
    let clock = Clock::system();
    let provider = Impostor::start(clock.clone()).await;
    let server = server_at(&store, &provider, clock).await;
    let person = Person::stranger(&server);
    person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
    for _ in 0..21 {
        leaves(&person, "/").await;
    }
    let slowed = person.get("/sign-in/oidc").await;
    assert_eq!(slowed.status, 429);
    assert!(alert(&slowed).starts_with("Trop d’essais depuis cette adresse."), "{}", alert(&slowed));
    server.stop().await;
}
