//! How strongly people sign in at the provider: it is asked for, what the token says of it counts, and who did less is told what to do.

use highwater::clock::Clock;
use highwater::config::{Oidc, RoleWord};
use serde_json::{Value, json};

use crate::harness::audit::done;
use crate::harness::impostor::{Impostor, Lie, Signed};
use crate::harness::person::{Answer, Person};
use crate::harness::provider::Provider;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};
use crate::oidc::{alert, leaves, returns, roles, signs_in};

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Classes and methods of which one has to be told.
type Demand<'a> = (&'a [&'a str], &'a [&'a str]);

/// Everybody may come in who signed in strongly enough.
fn demanding(settings: Oidc, asked: &str, (acr, amr): Demand<'_>) -> Oidc {
    let mut settings =
        Oidc { acr_values: asked.to_owned(), required_acr: words(acr), required_amr: words(amr), ..settings };
    settings.roles.everybody = Some(RoleWord::Viewer);
    settings
}

async fn server_by(store: &Store, settings: Oidc) -> TestServer {
    TestServer::start_with(store, |config| config.oidc = Some(settings)).await
}

fn is_too_weak(answer: &Answer, setting: &str) {
    assert_eq!(answer.status, 403, "{}", answer.text);
    let said = alert(answer);
    assert!(said.starts_with("You did not sign in at Corp as strongly as this server demands"), "{said}");
    assert!(said.contains(&format!("the setting {setting} for too much")), "it says what to do: {said}");
    assert!(!answer.headers.get_all("set-cookie").iter().any(|c| c.to_str().unwrap().contains("hws_")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shows_a_second_factor_at_the_provider_is_let_in_where_one_is_demanded_and_nobody_else() {
    both(async |store| {
        let mut provider = Provider::start();
        let demands: [(Demand<'_>, &str); 2] =
            [((&["stronger", "strong"], &[]), "oidc.required_acr"), ((&[], &["hwk", "otp"]), "oidc.required_amr")];
        for (n, (demand, setting)) in demands.into_iter().enumerate() {
            let server = server_by(store, demanding(provider.settings(), "strong", demand)).await;
            provider.knows(&server.url, |_| ());
            let away = leaves(&Person::stranger(&server), "/").await;
            assert!(away.contains("acr_values=strong"), "{away}");
            is_too_weak(&signs_in(&Person::stranger(&server), &server, &provider, "bob").await, setting);
            assert_eq!(roles(&server.db).await.len(), n.min(1), "no account is made");
            let ann = Person::stranger(&server);
            assert_eq!(signs_in(&ann, &server, &provider, "ann").await.status, 303, "{setting}");
            assert_eq!(ann.get("/").await.status, 200);
            server.stop().await;
        }
        let failed = done(store, "sign_in_failed").await;
        assert_eq!(
            (failed[0].changes.after["why"].as_str(), failed[0].changes.after["how"].as_str()),
            ("weak", "oidc")
        );

        // What was asked for does not count, but what was done.
        let server = server_by(store, demanding(provider.settings(), "weak", (&["strong"], &[]))).await;
        provider.knows(&server.url, |_| ());
        is_too_weak(&signs_in(&Person::stranger(&server), &server, &provider, "ann").await, "oidc.required_acr");
        server.stop().await;

        let server = server_by(store, demanding(provider.settings(), "", (&[], &[]))).await;
        provider.knows(&server.url, |_| ());
        assert!(!leaves(&Person::stranger(&server), "/").await.contains("acr_values"));
        assert_eq!(signs_in(&Person::stranger(&server), &server, &provider, "bob").await.status, 303);
        server.stop().await;
    })
    .await;
}

/// Changes of the head and the claims, and the setting that they do not meet; none if they do.
type Told = (fn(&mut Value, &mut Value), Option<&'static str>);

const TOLD: [Told; 8] = [
    (|_, _| (), Some("oidc.required_acr")),
    (|_, claims| claims["acr"] = json!("gold"), Some("oidc.required_amr")),
    (|_, claims| claims["amr"] = json!(["mfa"]), Some("oidc.required_acr")),
    (|_, claims| *claims = with(claims, json!("gold"), json!(["pwd"])), Some("oidc.required_amr")),
    (|_, claims| *claims = with(claims, json!("golden"), json!(["mfa"])), Some("oidc.required_acr")),
    (|_, claims| *claims = with(claims, json!({"gold": true}), json!(["mfa"])), Some("oidc.required_acr")),
    (|_, claims| *claims = with(claims, json!("gold"), json!(["pwd", "mfa"])), None),
    (|_, claims| *claims = with(claims, json!("gold"), json!("mfa")), None),
];

fn with(claims: &Value, acr: Value, amr: Value) -> Value {
    let mut claims = claims.clone();
    claims["acr"] = acr;
    claims["amr"] = amr;
    claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_does_not_say_it_letter_by_letter_lets_nobody_in() {
    both(async |store| {
        let provider = Impostor::start(Clock::system()).await;
        let server = server_by(store, demanding(provider.settings(), "gold", (&["gold"], &["mfa"]))).await;
        for (n, (change, setting)) in TOLD.into_iter().enumerate() {
            provider.lies(Lie::of(change, Signed::Right));
            let person = Person::stranger(&server);
            let query = provider.lets_in(&leaves(&person, "/").await);
            let answer = returns(&person, &server, &format!("{}/sign-in/oidc/return?{query}", server.url)).await;
            match setting {
                Some(setting) => is_too_weak(&answer, setting),
                None => assert_eq!(answer.status, 303, "{n}: {}", answer.text),
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_cannot_do_what_it_is_asked_for_is_told_as_that() {
    let store = Store::sqlite().await;
    let provider = Impostor::start(Clock::system()).await;
    let server = server_by(&store, demanding(provider.settings(), "gold", (&[], &[]))).await;
    let person = Person::stranger(&server);
    let away = reqwest::Url::parse(&leaves(&person, "/").await).unwrap();
    let state = away.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let unmet = format!("{}/sign-in/oidc/return?error=unmet_authentication_requirements&state={state}", server.url);
    is_too_weak(&returns(&person, &server, &unmet).await, "oidc.acr_values");
    server.stop().await;
}
