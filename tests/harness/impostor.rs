//! A provider of OpenID Connect on loopback that does what a real one never does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::Response;
use axum::response::{Html, IntoResponse as _, Redirect};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream;
use highwater::clock::Clock;
use highwater::config::{GroupRoles, Hidden, Oidc};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What is done to ID tokens from now on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lie {
    /// Changes head and claims before they are signed.
    change: Option<fn(&mut Value, &mut Value)>,
    signed: Signed,
}

impl Lie {
    pub fn of(change: fn(&mut Value, &mut Value), signed: Signed) -> Self {
        Self { change: Some(change), signed }
    }
}

/// How they are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Signed {
    #[default]
    Right,
    /// By the same name of a key, with another key.
    ByAnother,
    /// With a shared secret: the public key, which everybody has.
    ByPublicKey,
    NotAtAll,
    /// There are five parts.
    Sealed,
}

/// What is answered at one of its places from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// As it should be.
    Right,
    /// Never.
    Nothing,
    /// 200, and no end of it.
    Endless,
    /// This status, and a page.
    Page(u16),
    /// A redirect to there.
    Elsewhere(String),
    /// As it should be, with this in place of what is there.
    With(&'static str, Value),
}

#[derive(Debug)]
struct Held {
    issuer: String,
    clock: Clock,
    /// PKCS#8, and its name: the number of keys before it.
    key: Vec<u8>,
    key_id: usize,
    /// The key that is published in the place of it, and its name: the one that signs was withdrawn.
    published: Option<(Vec<u8>, usize)>,
    lie: Lie,
    replies: HashMap<&'static str, Reply>,
    asked: HashMap<&'static str, usize>,
    /// The nonces of codes that were not redeemed yet.
    codes: HashMap<String, String>,
    /// What nobody else is to see: codes, what proves whose they are, and tokens.
    secrets: Vec<String>,
}

type Shared = Arc<Mutex<Held>>;

pub const DISCOVERY: &str = "/.well-known/openid-configuration";
pub const KEYS: &str = "/jwks";
pub const TOKEN: &str = "/token";

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Impostor {
    pub issuer: String,
    shared: Shared,
    serving: JoinHandle<()>,
}

impl Impostor {
    pub async fn start(clock: Clock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let held = Held {
            issuer: issuer.clone(),
            clock,
            key: fresh_key(),
            key_id: 0,
            published: None,
            lie: Lie::default(),
            replies: HashMap::new(),
            asked: HashMap::new(),
            codes: HashMap::new(),
            secrets: Vec::new(),
        };
        let shared = Arc::new(Mutex::new(held));
        let router = Router::new()
            .route(DISCOVERY, get(discovery))
            .route(KEYS, get(keys))
            .route(TOKEN, post(token))
            .route("/auth", get(authorize))
            .route("/end", get(|| async { Html("<h1>bye</h1>") }))
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, shared, serving }
    }

    /// As the settings name it.
    pub fn settings(&self) -> Oidc {
        let administrators = vec!["admins".to_owned()];
        Oidc {
            issuer: self.issuer.clone(),
            client_id: "highwater".to_owned(),
            client_secret: Hidden("secret-of-the-client".to_owned()),
            label: "Corp".to_owned(),
            scopes: "openid profile".to_owned(),
            groups_claim: "groups".to_owned(),
            roles: GroupRoles { administrators, ..GroupRoles::default() },
            sees: None,
            acr_values: String::new(),
            required_acr: Vec::new(),
            required_amr: Vec::new(),
            ca_file: None,
        }
    }

    pub fn lies(&self, lie: Lie) {
        self.held(|held| held.lie = lie);
    }

    pub fn replies(&self, place: &'static str, reply: Reply) {
        self.held(|held| held.replies.insert(place, reply));
    }

    /// How often a place was asked.
    pub fn asked(&self, place: &'static str) -> usize {
        self.held(|held| held.asked.get(place).copied().unwrap_or_default())
    }

    /// Signs with another key from now on, and publishes that one alone.
    pub fn rotate(&self) {
        self.held(|held| {
            held.key = fresh_key();
            held.key_id += 1;
            held.published = None;
        });
    }

    /// Publishes another key alone from now on, while somebody who has the one until now goes on signing with it.
    pub fn withdraws(&self) {
        self.held(|held| held.published = Some((fresh_key(), held.key_id + 1)));
    }

    /// All codes, proofs and tokens until now.
    pub fn secrets(&self) -> Vec<String> {
        self.held(|held| held.secrets.clone())
    }

    /// What it sends the browser back with that came to this address: code and state, as a query.
    pub fn lets_in(&self, address: &str) -> String {
        let asked: HashMap<String, String> = reqwest::Url::parse(address).unwrap().query_pairs().into_owned().collect();
        self.held(|held| held.lets_in(&asked))
    }

    fn held<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        act(&mut self.shared.lock().unwrap())
    }
}

impl Held {
    /// A new code, and the state, as a query.
    fn lets_in(&mut self, asked: &HashMap<String, String>) -> String {
        let code = format!("code-{}", asked["state"]);
        self.codes.insert(code.clone(), asked["nonce"].clone());
        format!("code={code}&state={}", asked["state"])
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn fresh_key() -> Vec<u8> {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap().as_ref().to_vec()
}

fn pair(pkcs8: &[u8]) -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new()).unwrap()
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

async fn discovery(State(shared): State<Shared>) -> Response<Body> {
    let issuer = shared.lock().unwrap().issuer.clone();
    let published = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}{TOKEN}"),
        "jwks_uri": format!("{issuer}{KEYS}"),
        "end_session_endpoint": format!("{issuer}/end"),
        "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    answered(&shared, DISCOVERY, published).await
}

/// Asks nobody who he is.
async fn authorize(State(shared): State<Shared>, Query(asked): Query<HashMap<String, String>>) -> Redirect {
    let query = shared.lock().unwrap().lets_in(&asked);
    Redirect::to(&format!("{}?{query}", asked["redirect_uri"]))
}

async fn keys(State(shared): State<Shared>) -> Response<Body> {
    let (key, id) = {
        let held = shared.lock().unwrap();
        held.published.clone().unwrap_or_else(|| (held.key.clone(), held.key_id))
    };
    let pair = pair(&key);
    let point = pair.public_key().as_ref();
    let key = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("key-{id}"),
        "x": encoded(&point[1..33]), "y": encoded(&point[33..]),
    });
    answered(&shared, KEYS, json!({"keys": [key]})).await
}

async fn token(State(shared): State<Shared>, Form(form): Form<HashMap<String, String>>) -> Response<Body> {
    let id_token = {
        let mut held = shared.lock().unwrap();
        assert_eq!(form["client_secret"], "secret-of-the-client");
        let id_token = held.codes.remove(&form["code"]).map(|nonce| id_token(&held, &nonce));
        held.secrets.extend([form["code"].clone(), form["code_verifier"].clone()]);
        held.secrets.extend(id_token.clone());
        id_token
    };
    match id_token {
        Some(token) => answered(&shared, TOKEN, json!({"id_token": token, "token_type": "Bearer"})).await,
        None => (axum::http::StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response(),
    }
}

fn id_token(held: &Held, nonce: &str) -> String {
    let now = held.clock.now_at() / 1_000;
    let mut head = json!({"alg": "ES256", "typ": "JWT", "kid": format!("key-{}", held.key_id)});
    let mut claims = json!({
        "iss": held.issuer, "aud": "highwater", "sub": "7b1d", "nonce": nonce, "iat": now, "exp": now + 300,
        "groups": ["admins"], "preferred_username": "ann",
    });
    let Lie { change, signed } = held.lie;
    if let Some(change) = change {
        change(&mut head, &mut claims);
    }
    let message = format!("{}.{}", encoded(head.to_string()), encoded(claims.to_string()));
    let by = |pkcs8: &[u8]| pair(pkcs8).sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec();
    let signature = match signed {
        Signed::Right => by(&held.key),
        Signed::ByAnother => by(&fresh_key()),
        Signed::ByPublicKey => {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, pair(&held.key).public_key().as_ref());
            hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
        }
        Signed::NotAtAll => Vec::new(),
        Signed::Sealed => return format!("{message}.AA.AA.AA"),
    };
    format!("{message}.{}", encoded(signature))
}

/// Counts, and answers so or otherwise.
async fn answered(shared: &Shared, place: &'static str, mut right: Value) -> Response<Body> {
    let reply = {
        let mut held = shared.lock().unwrap();
        *held.asked.entry(place).or_default() += 1;
        held.replies.get(place).cloned().unwrap_or(Reply::Right)
    };
    match reply {
        Reply::Right => Json(right).into_response(),
        Reply::With(name, value) => {
            right[name] = value;
            Json(right).into_response()
        }
        Reply::Nothing => std::future::pending().await,
        Reply::Endless => {
            let blanks = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 64 << 10]));
            Response::builder().header("content-type", "application/json").body(Body::from_stream(blanks)).unwrap()
        }
        Reply::Page(status) => Response::builder().status(status).body(Body::from("<h1>no JSON</h1>")).unwrap(),
        Reply::Elsewhere(url) => Response::builder().status(302).header("location", url).body(Body::empty()).unwrap(),
    }
}
