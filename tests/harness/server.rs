//! A server to speak to: in this process, or the real program as a child. Both listen on a port of loopback that the system
//! chose, and both end when they are dropped.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use highwater::app::{self, Running};
use highwater::clock::Clock;
use highwater::config::{Config, Hidden};
use highwater::model::token::{Approve, NewToken};
use highwater::secret;
use highwater::store::{Db, tokens};
use highwater::web::live::Live;
use highwater_wire::{self as wire, Ack, Batch, EnrolRequest, Enrolled, Problem, Record};
use reqwest::{Certificate, Client, Response, StatusCode};
use tempfile::TempDir;

use super::store::Store;

/// A server in this process, on the store of a test.
#[derive(Debug)]
pub struct TestServer {
    /// It is large, and a part of every test.
    running: Option<Box<Running>>,
    pub db: Db,
    /// The pages that are open.
    pub live: Live,
    pub clock: Clock,
    pub addr: SocketAddr,
    pub plain_addr: Option<SocketAddr>,
    /// Without a slash at the end.
    pub url: String,
    pub ca_pem: String,
    /// Verifies the server's certificate, as agents do.
    pub http: Client,
    _folder: TempDir,
}

impl TestServer {
    pub async fn start(store: &Store) -> Self {
        Self::start_with(store, |_| {}).await
    }

    /// `change` may change the settings first.
    pub async fn start_with(store: &Store, change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(store, Clock::system(), change).await
    }

    /// As [`start_with`](Self::start_with), by another clock.
    pub async fn start_at(store: &Store, clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: folder.path().to_owned(),
            database: Some(Hidden(store.address().to_owned())),
            ingest_window: Duration::from_millis(1),
            ..Config::default()
        };
        change(&mut config);
        let running = Box::new(Box::pin(app::start(config, clock.clone())).await.unwrap());
        let ca_pem = running.public.authorities.all()[0].pem.clone();
        Self {
            db: running.db.clone(),
            live: running.live.clone(),
            clock,
            addr: running.addr,
            plain_addr: running.plain_addr,
            url: format!("https://localhost:{}", running.addr.port()),
            http: client(&ca_pem),
            ca_pem,
            running: Some(running),
            _folder: folder,
        }
    }

    /// Ends it in order.
    pub async fn stop(mut self) {
        Box::pin(self.running.take().unwrap().stop()).await;
    }

    /// The secret of a new token without bounds.
    pub async fn token(&self, approve: Approve) -> String {
        let no_bounds = NewToken {
            label: "test".to_owned(),
            secret_sha256: [0; 32],
            hint: String::new(),
            group_name: String::new(),
            approve,
            max_uses: None,
            expires_at: None,
            ranges: Vec::new(),
        };
        self.token_of(no_bounds).await
    }

    /// The secret of a new token like this one.
    pub async fn token_of(&self, token: NewToken) -> String {
        let secret = secret::fresh(wire::TOKEN_PREFIX).unwrap();
        let token = NewToken { secret_sha256: secret::sha256(&secret), hint: secret::hint(&secret), ..token };
        let mut tx = self.db.begin().await.unwrap();
        tokens::insert(&mut tx, &token, self.clock.now_at()).await.unwrap();
        tx.commit().await.unwrap();
        secret
    }

    pub async fn enrol(&self, request: &EnrolRequest) -> Result<Enrolled, Problem> {
        let sent = self.http.post(format!("{}{}", self.url, wire::ENROL_PATH)).json(request).send().await.unwrap();
        answer(sent).await
    }

    /// The key of a host of this name that may push.
    pub async fn key(&self, name: &str) -> String {
        let token = self.token(Approve::Auto).await;
        self.enrol(&machine(&token, name, 1)).await.unwrap().key
    }

    pub async fn push(&self, key: &str, batch: &Batch) -> Result<Ack, Problem> {
        let body = zstd::encode_all(serde_json::to_vec(batch).unwrap().as_slice(), 3).unwrap();
        self.push_bytes(key, "zstd", body).await
    }

    pub async fn push_bytes(&self, key: &str, encoding: &str, body: Vec<u8>) -> Result<Ack, Problem> {
        let request = self.http.post(format!("{}{}", self.url, wire::BATCHES_PATH)).bearer_auth(key);
        answer(request.header("content-encoding", encoding).body(body).send().await.unwrap()).await
    }
}

/// What the server means, and that refusals are problems in due form.
pub async fn answer<T: serde::de::DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let status = response.status();
    let kind = response.headers().get("content-type").map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let retry_after = response.headers().contains_key("retry-after");
    let body = response.bytes().await.unwrap();
    if status.is_success() {
        return Ok(serde_json::from_slice(&body).unwrap());
    }
    assert_eq!(kind, "application/problem+json", "{status} {}", String::from_utf8_lossy(&body));
    let problem: Problem = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem.status, status.as_u16());
    assert!(problem.detail.ends_with('.') && problem.detail.len() > 20, "a sentence that says what to do: {problem:?}");
    let waits = [StatusCode::UNAUTHORIZED, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
    assert!(retry_after || !waits, "{status} says when to come again");
    Err(problem)
}

/// A client that trusts this CA and nothing else.
pub fn client(ca_pem: &str) -> Client {
    highwater::tls::install_provider();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(ca_pem.as_bytes()).unwrap()])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

/// The enrolment of the machine of this name; another attempt is another installation of its agent.
pub fn machine(token: &str, name: &str, attempt: u8) -> EnrolRequest {
    EnrolRequest {
        token: token.to_owned(),
        machine_id: name.bytes().map(|b| format!("{b:02x}")).collect(),
        attempt: format!("{attempt:02x}").repeat(32),
        name: name.to_owned(),
        agent_version: "0.1.0".to_owned(),
        os: "Windows 11 Pro".to_owned(),
        domain: String::new(),
    }
}

/// A batch of a spool's first epoch.
pub fn batch(sent_at: i64, first_seq: u64, records: Vec<Record>) -> Batch {
    Batch {
        epoch: "0123456789abcdef0123456789abcdef".to_owned(),
        first_seq,
        boot_id: String::new(),
        sent_at,
        agent_version: "0.1.0".to_owned(),
        queued_records: 0,
        records,
    }
}

/// A snapshot of so many sessions with a limit of 20.
pub fn snapshot(taken_at: i64, sessions: u32) -> Record {
    let session = |n: u32| wire::Session {
        client: format!("10.0.0.{n}"),
        user: format!("user{n}"),
        opens: Some(n),
        age_secs: Some(60),
        idle_secs: Some(1),
    };
    Record::Snapshot(wire::Snapshot {
        taken_at,
        source: "scripted".to_owned(),
        sampling_secs: 60,
        limit: wire::Limit { sessions: Some(20), unlimited: false, source: wire::LimitSource::Api },
        partial: false,
        part: None,
        burst_of: None,
        sessions: (1..=sessions).map(session).collect(),
    })
}

/// A small event of the SMB server.
pub fn event(recorded_at: i64, record_id: u64, code: u32) -> wire::Event {
    wire::Event {
        channel: "System".to_owned(),
        provider: "Srv".to_owned(),
        record_id,
        log_epoch: 0,
        recorded_at,
        code,
        level: 3,
        computer: "FS01".to_owned(),
        xml: "<Event/>".to_owned(),
        message: None,
        decoded: wire::Decoded::default(),
    }
}

/// The real program, as a child process. Killed by its process id when it is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    pub addr: SocketAddr,
    pub plain_addr: Option<SocketAddr>,
    pub url: String,
    /// Path and secret of the link for the first administrator, while there is no account.
    pub first_link: Option<String>,
    pub data_dir: PathBuf,
}

impl ServerProcess {
    /// Starts it in this data directory with these variables. Ports are chosen by the system unless a variable says one.
    pub fn start(data_dir: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start_telling(data_dir, variables, Stdio::inherit())
    }

    /// The same; its log goes there.
    pub fn start_telling(data_dir: &Path, variables: &[(&str, &str)], log: Stdio) -> Self {
        let mut command = Command::new(program("highwater"));
        command
            .current_dir(data_dir)
            .env("HIGHWATER_LISTEN", "127.0.0.1:0")
            .env("HIGHWATER_DATA_DIR", data_dir)
            .env("HIGHWATER_PUBLIC_URL", "https://localhost")
            .envs(variables.iter().copied())
            .stderr(log)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let (mut addr, mut plain_addr, mut first_link) = (None, None, None);
        // It says that it listens before the line with its name, and the link, if there is one, last.
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line).unwrap() == 0 {
                panic!("the server ended before it listened: {:?}", child.wait());
            }
            let said = line.trim();
            if let Some(rest) = said.strip_prefix("Highwater listens on ") {
                let (address, how) = rest.split_once(' ').unwrap();
                let place = if how.starts_with("(TLS") { &mut addr } else { &mut plain_addr };
                *place = Some(address.parse::<SocketAddr>().unwrap());
            } else if let Some(at) = said.find("/welcome/") {
                first_link = Some(said[at..].to_owned());
            } else if said == "Highwater is ready" {
                break;
            }
        }
        // The pipe must stay open, or the server's next line would meet a closed one.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let addr: SocketAddr = addr.unwrap();
        let url = format!("https://localhost:{}", addr.port());
        Self { child, addr, plain_addr, url, first_link, data_dir: data_dir.to_owned() }
    }

    pub fn ca_pem(&self) -> String {
        std::fs::read_to_string(self.data_dir.join("tls/ca.pem")).unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As the power failing would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal, by its process id.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Asks it to stop, waits, and tells whether it ended well.
    pub fn stop(&mut self) -> bool {
        self.signal("TERM");
        self.child.wait().unwrap().success()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A token that lets agents in at once, as the command line makes it. `database` unless the server's is the default.
pub fn token(server: &ServerProcess, database: Option<&str>) -> String {
    let mut command = Command::new(program("highwater"));
    command.args(["token", "new", "--approve", "auto"]).env("HIGHWATER_DATA_DIR", &server.data_dir);
    command.envs(database.map(|address| ("HIGHWATER_DATABASE", address)));
    let said = command.current_dir(&server.data_dir).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).unwrap();
    said.split_whitespace().find(|word| word.starts_with("hwe_")).expect("the token is printed").to_owned()
}

/// A port of loopback that nobody has, for what has to be known before it listens.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// One of our programs, as `tests/run` built it: beside the folder of this test's own program.
pub fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().parent().unwrap().join(name);
    assert!(program.exists(), "{} is missing: cargo build --workspace --bins, or tests/run", program.display());
    program
}
