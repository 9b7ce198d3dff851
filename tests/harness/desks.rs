//! Ticket systems on loopback, written from their public documentation, which misbehave when they are told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use axum::middleware::{self, Next};
use axum::response::IntoResponse as _;
use highwater::model::connector::{System, TicketState};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod door;
mod glpi_v1;
mod glpi_v2;
mod jira;
mod jsm;
mod servicenow;
mod servicenow_events;
mod teams;
mod zendesk;

/// What all of them let in.
pub const USER: &str = "robot@example.com";
pub const SECRET: &str = "s3cret-of-the-desk";

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is done, and the answer is lost on the way: the connection ends.
    LostAnswer,
    /// It is done, and an answer never comes.
    Hangs,
    /// It is not done: 429, with `Retry-After` of so many seconds.
    TooMany(u32),
    /// It is not done: this status, and a page that is no JSON.
    Down(u16),
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// As the interface has it.
    pub id: String,
    pub key: String,
    pub title: String,
    pub text: String,
    pub state: TicketState,
    /// Remarks, in order; the reason of each end and reopening too.
    pub notes: Vec<String>,
    /// The body that made it.
    pub made_of: Value,
    /// When what finds records finds it: so many searches later.
    pub hidden_for: u32,
}

/// What a desk holds, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Held {
    pub records: Vec<Record>,
    /// Comes to the next requests that change something, one each.
    pub faults: VecDeque<Fault>,
    /// As above, to requests that only read.
    pub read_faults: VecDeque<Fault>,
    /// New records are found only after so many searches.
    pub lag: u32,
    /// A member without which no record is made.
    pub mandatory: Option<String>,
    /// Method and path with query of each request, in order.
    pub asked: Vec<String>,
    /// The bodies of those that had JSON in them.
    pub bodies: Vec<Value>,
    /// For tokens and the like: whatever the desk counts.
    pub counter: u64,
}

/// What a desk's routes share.
pub type Shared = Arc<Mutex<Held>>;

impl Held {
    /// A new record; its id is `id` of the number of records so far, from 1.
    pub fn add(
        &mut self,
        id: impl Fn(usize) -> String,
        (key, title, text): (&str, &str, &str),
        made_of: &Value,
    ) -> Record {
        let record = Record {
            id: id(self.records.len() + 1),
            key: key.to_owned(),
            title: title.to_owned(),
            text: text.to_owned(),
            state: TicketState::Open,
            notes: Vec::new(),
            made_of: made_of.clone(),
            hidden_for: self.lag,
        };
        self.records.push(record.clone());
        record
    }

    /// What a search for the key finds; counts as one.
    pub fn search(&mut self, key: &str) -> Vec<Record> {
        let mut found = Vec::new();
        for record in self.records.iter_mut().filter(|record| record.key == key) {
            if record.hidden_for == 0 {
                found.push(record.clone());
            } else {
                record.hidden_for -= 1;
            }
        }
        found
    }

    pub fn by_id(&mut self, id: &str) -> Option<&mut Record> {
        self.records.iter_mut().find(|record| record.id == id)
    }

    /// The member without which no record is made, if it is not in the body.
    pub fn missing(&self, body: &Value) -> Option<String> {
        self.mandatory.clone().filter(|member| body.get(member).is_none_or(Value::is_null))
    }
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Desk {
    pub addr: SocketAddr,
    pub system: System,
    shared: Shared,
    serving: JoinHandle<()>,
}

impl Desk {
    pub async fn start(system: System) -> Self {
        Self::start_on(system, std::net::TcpListener::bind("127.0.0.1:0").unwrap()).await
    }

    /// On a listener of another machine, maybe.
    pub async fn start_on(system: System, listener: std::net::TcpListener) -> Self {
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Shared::default();
        let routes: Router<Shared> = match system {
            System::ServiceNow => servicenow::routes(),
            System::ServiceNowEvents => servicenow_events::routes(),
            System::JiraCloud => jira::cloud(),
            System::JiraDataCenter => jira::data_center(),
            System::JsmOperations => jsm::routes(),
            System::GlpiV1 => glpi_v1::routes(),
            System::GlpiV2 => glpi_v2::routes(),
            System::Zendesk => zendesk::routes(),
            System::Teams => teams::routes(),
            System::Email => unreachable!("mail has no desk of HTTP"),
        };
        let router = routes.layer(middleware::from_fn_with_state(Arc::clone(&shared), misbehave));
        let router = router.with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, system, shared, serving }
    }

    /// Without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Looks at it, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.shared.lock().unwrap())
    }

    /// Records, in the order in which they were made.
    pub fn records(&self) -> Vec<Record> {
        self.with(|held| held.records.clone())
    }

    /// Somebody sets the state of the record that was made last.
    pub fn set_state(&self, state: TicketState) {
        self.with(|held| held.records.last_mut().unwrap().state = state);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Whether a request only reads, whatever its method says.
fn only_reads(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() == "GET" || path.ends_with("/search/jql") || path.ends_with("/search") || path.ends_with("/token")
}

async fn misbehave(State(shared): State<Shared>, request: Request, next: Next) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let json: Option<Value> = serde_json::from_slice(&body).ok();
    let request = Request::from_parts(head, Body::from(body));
    let fault = {
        let mut held = shared.lock().unwrap();
        held.asked.push(format!("{} {}", request.method(), request.uri()));
        held.bodies.extend(json);
        if only_reads(&request) { held.read_faults.pop_front() } else { held.faults.pop_front() }
    };
    match fault {
        None => next.run(request).await,
        Some(Fault::TooMany(secs)) => {
            let answer = Response::builder().status(429).header("retry-after", secs.to_string());
            answer.body(Body::from("slow down")).unwrap()
        }
        Some(Fault::Down(status)) => {
            Response::builder().status(status).body(Body::from("<html>Maintenance</html>")).unwrap()
        }
        Some(Fault::LostAnswer) => {
            next.run(request).await;
            // The head says more than follows: whoever reads it finds the connection ended.
            let broken = futures_util::stream::iter([Err::<&[u8], _>(std::io::Error::other("lost"))]);
            Body::from_stream(broken).into_response()
        }
        Some(Fault::Hangs) => {
            next.run(request).await;
            // Longer than anybody waits in a test; the connection ends before.
            tokio::time::sleep(Duration::from_secs(60)).await;
            Response::new(Body::empty())
        }
    }
}
