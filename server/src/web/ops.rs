//! For operators: is it alive, is it ready, how does it do.
//!
//! Metrics name hosts and groups: who reads them knows the fleet. They are for the bearer of the token of the settings, else for this
//! machine alone, and never for what a reverse proxy passes on.

mod exposition;
mod fleet;

use std::net::SocketAddr;
use std::sync::OnceLock;

use axum::extract::{ConnectInfo, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use self::exposition::{Exposition, Labels};
use self::fleet::{Fleet, MOST_HOSTS};
use super::Site;
use super::error::{ApiError, Error};
use super::room::Found;
use crate::secret;

/// Upper bounds of time histograms, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What proxies add.
const PASSED_ON: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// The recorder belongs to the process, as the counters do; tests start several servers in one.
static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Who may read `/metrics`.
#[derive(Default)]
pub struct Ops {
    bearer_token: Option<String>,
}

/// Without the token.
impl std::fmt::Debug for Ops {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_struct("Ops").field("has_token", &self.bearer_token.is_some()).finish()
    }
}

impl Ops {
    /// With a token its bearer may read the metrics; without one whoever asks from this machine.
    #[must_use]
    pub fn new(bearer_token: Option<String>) -> Self {
        Self { bearer_token }
    }

    fn may_read(&self, headers: &HeaderMap, peer: SocketAddr) -> bool {
        let Some(token) = &self.bearer_token else {
            // What a reverse proxy on this machine passes on comes from elsewhere.
            let is_passed_on = PASSED_ON.iter().any(|name| headers.contains_key(*name));
            return peer.ip().to_canonical().is_loopback() && !is_passed_on;
        };
        let sent = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        sent.is_some_and(|sent| secret::is_same(sent.as_bytes(), token.as_bytes()))
    }
}

/// Installs the process's recorder of metrics. Calling it again does nothing.
pub fn install_recorder() {
    METRICS.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // It fails only if somebody installed one before: then ours renders nothing, and the server works all the same.
        if metrics::set_global_recorder(recorder).is_ok() {
            describe();
        }
        handle
    });
}

/// What the server counts of itself.
fn describe() {
    for (name, help) in COUNTERS {
        metrics::describe_counter!(name, help);
    }
    metrics::describe_gauge!("highwater_compact_waiting_hours", "Hours of hosts that wait to be put together.");
    metrics::describe_gauge!(
        "highwater_deliveries_waiting",
        "Deliveries to webhooks or ticket systems that are not settled yet."
    );
    metrics::describe_histogram!("highwater_ingest_commit_seconds", "Time that a durable commit of batches took.");
}

const COUNTERS: [(&str, &str); 15] = [
    ("highwater_compact_units_total", "Hours and days of history that were put together."),
    ("highwater_connections_refused_total", "Connections that were refused because there were too many."),
    ("highwater_delivery_attempts_total", "Attempts to deliver something to a webhook or ticket system, by outcome."),
    ("highwater_findings_came_total", "Findings that came."),
    ("highwater_findings_went_total", "Findings that went."),
    ("highwater_http_requests_total", "Requests by route and status."),
    ("highwater_incidents_closed_total", "Incidents that ended by themselves."),
    ("highwater_incidents_opened_total", "Incidents that opened."),
    ("highwater_ingest_batches_total", "Batches of agents by outcome."),
    ("highwater_ingest_sessions_total", "Sessions in the snapshots that were taken in."),
    ("highwater_ingest_snapshots_total", "Snapshots that were taken in."),
    ("highwater_ingest_unknown_records_total", "Records of a kind that this version does not know."),
    ("highwater_retention_removed_total", "Records that were too old to be kept, by kind."),
    ("highwater_shared_renderings_total", "Renderings that open pages shared."),
    ("highwater_wrong_keys_total", "Keys and tokens that nobody was given."),
];

/// Folds what histograms have gathered; called now and then, because nobody may ever ask for `/metrics`.
pub fn upkeep() {
    if let Some(handle) = METRICS.get() {
        handle.run_upkeep();
    }
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: it can do its work, so a load balancer may send agents here.
pub async fn readyz(State(site): State<Site>) -> Response {
    if !site.ingest.is_running() {
        return ApiError(Error::Internal("the committer of batches has ended".to_owned())).into_response();
    }
    match site.db.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => ApiError(Error::Store(error)).into_response(),
    }
}

/// `GET /metrics`
pub async fn metrics(
    State(site): State<Site>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !site.ops.may_read(&headers, peer) {
        let why =
            "Metrics are for the bearer of metrics.bearer_token in the settings; without it, for this machine only.";
        let challenge = [(WWW_AUTHENTICATE, "Bearer")];
        return Ok((StatusCode::UNAUTHORIZED, challenge, why).into_response());
    }
    let now_at = site.clock.now_at();
    let mut text = Fleet::read(&site.db, now_at).await?.told(MOST_HOSTS);
    text.push_str(&room(site.room.look(&site.db, now_at).await));
    text.push_str(&METRICS.get().map(PrometheusHandle::render).unwrap_or_default());
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Whether agents are served, as far as room goes.
fn room(found: Found) -> String {
    let mut out = Exposition::default();
    out.gauge(
        "highwater_room",
        "1 if what agents send is stored, 0 if there is no room for it: too little is free, or the database is too large.",
    );
    out.value(&Labels::default(), if found.is_full { 0.0 } else { 1.0 });
    out.gauge(
        "highwater_disk_free_bytes",
        "Bytes that are free for SQLite: on the disk of its file, and inside that. Missing where that is not looked at.",
    );
    #[expect(clippy::cast_precision_loss, reason = "a few bytes of many do not matter")]
    let number = |bytes: u64| bytes as f64;
    found.free_bytes.iter().for_each(|bytes| out.value(&Labels::default(), number(*bytes)));
    out.gauge(
        "highwater_database_bytes",
        "Bytes that are taken in the database. Missing without limits.database_gigabytes.",
    );
    found.database_bytes.iter().for_each(|bytes| out.value(&Labels::default(), number(*bytes)));
    out.into_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(ops: &Ops, authorization: Option<&str>, peer: &str) -> bool {
        let headers = authorization.map(|value: &str| (AUTHORIZATION, value.parse().unwrap()));
        ops.may_read(&HeaderMap::from_iter(headers), format!("{peer}:1").parse().unwrap())
    }

    #[test]
    fn without_a_token_metrics_are_for_this_machine_only() {
        let ops = Ops::new(None);
        assert!(may(&ops, None, "127.0.0.1"));
        assert!(may(&ops, None, "[::ffff:127.0.0.1]"));
        assert!(!may(&ops, None, "10.0.0.1"));
        for name in PASSED_ON {
            let passed_on = HeaderMap::from_iter([(name.parse().unwrap(), "10.0.0.1".parse().unwrap())]);
            assert!(!ops.may_read(&passed_on, "127.0.0.1:1".parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn with_a_token_metrics_are_for_its_bearer_from_anywhere_and_for_nobody_else() {
        let ops = Ops::new(Some("a-long-enough-token".into()));
        assert!(may(&ops, Some("Bearer a-long-enough-token"), "10.0.0.1"));
        assert!(!may(&ops, Some("Bearer a-long-enough-tokem"), "127.0.0.1"));
        assert!(!may(&ops, None, "127.0.0.1"));
    }
}
