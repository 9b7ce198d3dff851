//! A server that keeps the delivery contract in memory over real HTTPS, and misbehaves as it is told.

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use highwater_wire::{
    Ack, AgentSettings, AgentState, AgentStatus, BATCHES_PATH, Batch, ENROL_PATH, EnrolRequest, Enrolled, Event, Gap,
    KEY_PATH, KeyOffer, Problem, Record, SETTINGS_PATH, problem_type,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// What happens to the next batch instead of being accepted.
#[derive(Debug, Clone)]
pub(crate) enum Trick {
    /// A problem with this type and status; nothing is stored.
    Refuse(&'static str, u16),
    /// As a proxy would: no problem, `Retry-After: 0`.
    Busy,
    /// Stored, but the answer is lost.
    LoseAnswer,
    /// No answer at all.
    Hang,
}

/// What it keeps. A clone is a backup.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) store_id: String,
    pub(crate) cursors: HashMap<String, u64>,
    pub(crate) events: Vec<u64>,
    pub(crate) records: Vec<Record>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) kept: Kept,
    pub(crate) tricks: VecDeque<Trick>,
    pub(crate) enrolments: Vec<EnrolRequest>,
    pub(crate) lost_enrolments: usize,
    pub(crate) state: AgentState,
    pub(crate) polls: usize,
    pub(crate) pushes: usize,
    /// Largest batch that is taken.
    pub(crate) most_records: usize,
    /// An event that can never be stored.
    pub(crate) hates: Option<u64>,
    pub(crate) settings: AgentSettings,
    pub(crate) now_at: i64,
    /// SHA-256 of the key that counts, and of the one that was offered.
    pub(crate) key: String,
    pub(crate) next_key: Option<String>,
    /// Answers to offers that are lost, though the offer is taken.
    pub(crate) lost_offers: usize,
    /// How often another key was taken.
    pub(crate) key_changes: usize,
}

/// The hash of the key that an enrolment gives.
pub(crate) fn first_key() -> String {
    hash("hwa_key")
}

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

type Shared = Arc<Mutex<World>>;

pub(crate) struct Fake {
    pub(crate) world: Shared,
    pub(crate) url: String,
    pub(crate) ca: PathBuf,
    pub ca_sha256: String,
    pub(crate) dir: TempDir,
    handle: axum_server::Handle<SocketAddr>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        let (tls, ca_pem, ca_sha256) = certificates();
        let ca = dir.path().join("ca.pem");
        std::fs::write(&ca, ca_pem).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let world = Arc::new(Mutex::new(World {
            kept: Kept { store_id: "one".into(), cursors: HashMap::new(), events: Vec::new(), records: Vec::new() },
            tricks: VecDeque::new(),
            enrolments: Vec::new(),
            lost_enrolments: 0,
            state: AgentState::Approved,
            polls: 0,
            pushes: 0,
            most_records: usize::MAX,
            hates: None,
            settings: AgentSettings::default(),
            now_at: 0,
            key: first_key(),
            next_key: None,
            lost_offers: 0,
            key_changes: 0,
        }));
        let app = Router::new()
            .route(ENROL_PATH, post(enrol))
            .route(BATCHES_PATH, post(batches))
            .route(SETTINGS_PATH, get(settings))
            .route(KEY_PATH, post(offer))
            .with_state(Arc::clone(&world));
        let handle = axum_server::Handle::new();
        let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(tls));
        let server = axum_server::from_tcp_rustls(listener, config).unwrap().handle(handle.clone());
        tokio::spawn(async move { server.serve(app.into_make_service()).await.unwrap() });
        Self { world, url, ca, ca_sha256, dir, handle }
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.world.lock().unwrap())
    }

    pub(crate) fn events(&self) -> Vec<u64> {
        self.with(|w| w.kept.events.clone())
    }

    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let of = |r: &Record| if let Record::Gap(gap) = r { Some(gap.clone()) } else { None };
        self.with(|w| w.kept.records.iter().filter_map(of).collect())
    }
}

/// A server's certificate with its authority behind it, that authority as PEM, and its SHA-256.
fn certificates() -> (rustls::ServerConfig, String, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.distinguished_name.push(rcgen::DnType::CommonName, "test authority");
    let ca_cert = ca.self_signed(&ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = params.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    let sha256 = highwater_agent::ship::Pin::of(ca_cert.der()).to_string();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let chain = vec![leaf.der().clone(), ca_cert.der().clone()];
    let tls = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, private).unwrap();
    (tls, ca_cert.pem(), sha256)
}

fn problem(kind: &str, status: u16, change: impl FnOnce(&mut Problem)) -> Response {
    let mut problem = Problem { kind: kind.into(), title: "No".into(), status, ..Problem::default() };
    change(&mut problem);
    (StatusCode::from_u16(status).unwrap(), axum::Json(problem)).into_response()
}

async fn enrol(State(world): State<Shared>, axum::Json(request): axum::Json<EnrolRequest>) -> Response {
    let mut world = world.lock().unwrap();
    world.enrolments.push(request);
    if world.lost_enrolments > 0 {
        world.lost_enrolments -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let enrolled = Enrolled {
        host_id: 1,
        key: "hwa_key".into(),
        state: world.state,
        store_id: world.kept.store_id.clone(),
        server_at: world.now_at,
    };
    (StatusCode::CREATED, axum::Json(enrolled)).into_response()
}

async fn offer(State(world): State<Shared>, headers: HeaderMap, axum::Json(offer): axum::Json<KeyOffer>) -> Response {
    let mut world = world.lock().unwrap();
    if !world.knows(&headers) {
        return problem(problem_type::KEY_UNKNOWN, 401, |_| {});
    }
    if world.key != offer.key_sha256 {
        world.next_key = Some(offer.key_sha256);
    }
    if world.lost_offers > 0 {
        world.lost_offers -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    world.status()
}

async fn settings(State(world): State<Shared>, headers: HeaderMap) -> Response {
    let mut world = world.lock().unwrap();
    if !world.knows(&headers) {
        return problem(problem_type::KEY_UNKNOWN, 401, |_| {});
    }
    world.polls += 1;
    if world.polls == 3 {
        world.state = AgentState::Approved;
    }
    world.status()
}

async fn batches(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let trick = {
        let mut world = world.lock().unwrap();
        world.pushes += 1;
        world.tricks.pop_front()
    };
    match trick {
        Some(Trick::Hang) => tokio::time::sleep(Duration::from_secs(600)).await,
        Some(Trick::Refuse(kind, status)) => return problem(kind, status, |_| {}),
        Some(Trick::Busy) => return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")], "busy").into_response(),
        Some(Trick::LoseAnswer) | None => {}
    }
    if !world.lock().unwrap().knows(&headers) {
        return problem(problem_type::KEY_UNKNOWN, 401, |_| {});
    }
    assert_eq!(headers["content-encoding"], "zstd");
    let json = zstd::bulk::decompress(&body, highwater_wire::MAX_DECODED_BYTES).unwrap();
    let batch: Batch = serde_json::from_slice(&json).unwrap();
    let answer = world.lock().unwrap().accept(batch);
    if matches!(trick, Some(Trick::LoseAnswer)) { StatusCode::BAD_GATEWAY.into_response() } else { answer }
}

impl World {
    /// Whether the key is right; one that was offered is the right one from its first use on.
    fn knows(&mut self, headers: &HeaderMap) -> bool {
        let key = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
        let key = hash(key);
        if self.next_key.as_deref() == Some(key.as_str()) {
            self.key = key.clone();
            self.next_key = None;
            self.key_changes += 1;
            self.settings.rotate_key = false;
        }
        self.key == key
    }

    fn status(&self) -> Response {
        axum::Json(AgentStatus {
            host_id: 1,
            state: self.state,
            store_id: self.kept.store_id.clone(),
            server_at: self.now_at,
            settings: self.settings.clone(),
        })
        .into_response()
    }

    fn accept(&mut self, batch: Batch) -> Response {
        if self.state != AgentState::Approved {
            return problem(problem_type::AGENT_PENDING, 403, |_| {});
        }
        if batch.records.len() > self.most_records {
            return problem(problem_type::TOO_LARGE, 413, |_| {});
        }
        let store_id = self.kept.store_id.clone();
        let cursor = self.kept.cursors.entry(batch.epoch).or_default();
        if batch.first_seq > *cursor + 1 {
            let expected = *cursor + 1;
            return problem(problem_type::SEQUENCE_HOLE, 409, |p| {
                p.expected_seq = Some(expected);
                p.store_id = Some(store_id);
            });
        }
        let is_hated = |r: &Record| matches!(r, Record::Event(e) if Some(e.record_id) == self.hates);
        if let Some((seq, _)) = (batch.first_seq..).zip(&batch.records).find(|(_, r)| is_hated(r)) {
            return problem(problem_type::RECORD_REFUSED, 422, |p| p.refused_seq = Some(seq));
        }
        for (seq, record) in (batch.first_seq..).zip(batch.records) {
            if seq == *cursor + 1 {
                *cursor = seq;
                if let Record::Event(Event { record_id, .. }) = &record {
                    self.kept.events.push(*record_id);
                }
                self.kept.records.push(record);
            }
        }
        let ack = Ack { acked_seq: *cursor, store_id, server_at: self.now_at, settings: self.settings.clone() };
        axum::Json(ack).into_response()
    }
}
