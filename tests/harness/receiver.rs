//! A receiver of webhooks on loopback, which does what it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use futures_util::stream::{self, StreamExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::wait::eventually;

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub id: String,
    /// Seconds since 1970, as they were written.
    pub timestamp: String,
    pub signature: String,
    pub content_type: String,
    pub body: String,
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    Status(u16),
    /// With `Retry-After`.
    Later(u16, String),
    /// A redirect to there.
    Elsewhere(String),
    /// After so long.
    Slow(Duration),
    /// Never.
    Nothing,
    /// 200, and so many bytes.
    Long(usize),
    /// 200, and a body that never ends.
    Stalled,
}

#[derive(Debug, Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    replies: Mutex<VecDeque<Reply>>,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Receiver {
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// Answers with these, one after the other, and then 204.
    pub async fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { replies: Mutex::new(replies.iter().cloned().collect()), ..Shared::default() });
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addr, shared, serving }
    }

    pub fn url(&self) -> String {
        format!("http://{}/in", self.addr)
    }

    /// What arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The bodies of what arrived, in order.
    pub fn bodies(&self) -> Vec<String> {
        self.received().into_iter().map(|one| one.body).collect()
    }

    /// Waits until so many messages arrived.
    pub async fn has(&self, count: usize) -> Vec<Received> {
        eventually("messages arrive", async || {
            let received = self.received();
            if received.len() >= count { Ok(received) } else { Err(format!("{received:?}")) }
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response<Body> {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let received = Received {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        content_type: header("content-type"),
        body,
    };
    shared.received.lock().unwrap().push(received);
    let reply = shared.replies.lock().unwrap().pop_front().unwrap_or(Reply::Status(204));
    let answer = |status: u16| Response::builder().status(status);
    match reply {
        Reply::Status(status) => answer(status).body(Body::from(format!("said {status}"))).unwrap(),
        Reply::Later(status, when) => answer(status).header("retry-after", when).body(Body::empty()).unwrap(),
        Reply::Elsewhere(url) => answer(307).header("location", url).body(Body::empty()).unwrap(),
        Reply::Slow(time) => {
            tokio::time::sleep(time).await;
            answer(204).body(Body::empty()).unwrap()
        }
        Reply::Nothing => std::future::pending().await,
        Reply::Long(bytes) => answer(200).body(Body::from("x".repeat(bytes))).unwrap(),
        Reply::Stalled => {
            let beginning = stream::iter([Ok::<_, std::io::Error>("beginning")]);
            answer(200).body(Body::from_stream(beginning.chain(stream::pending()))).unwrap()
        }
    }
}
