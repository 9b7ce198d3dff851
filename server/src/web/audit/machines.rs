//! What is written down of agents and of those who read metrics, when they are turned away: keys and tokens that are not known or count no longer,
//! machines that were banned, certificates that are missing or wrong. Promises:
//!
//! 1. **Once an hour** for an agent whose key is right, else for an address (of IPv6, a /64), and a reason; and one line of the log with it.
//! 2. **Bounded**: [`MOST_OF_NOBODY`](super::MOST_OF_NOBODY) entries an hour, and as many marks in memory. Whoever comes again is known there: a
//!    thousand wrong keys a second cost the store nothing.
//! 3. **Who is turned away is told why in any case**: a log that cannot be written keeps no machine waiting, and lets none in.

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use highwater_wire::{ENROL_PATH, problem_type};

use super::{from_address, of_time, once};
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, Actor, Deed, Outcome, Subject, SubjectKind};
use crate::model::time::HOUR_MS;
use crate::web::Site;
use crate::web::auth::{Origin, network};
use crate::web::error::{Refused, one_line};

/// What is not asked by HTTP.
const HANDSHAKE: &str = "TLS";
/// Why, where no problem says it.
const METRICS: &str = "metrics-refused";
const CERTIFICATE: &str = "certificate-refused";

/// Somebody who is turned away.
#[derive(Debug, Clone)]
struct Turned {
    address: IpAddr,
    /// Who, and why: the last word of a problem's type.
    refused: Refused,
    route: String,
    /// None if it was not even asked for anything.
    status: Option<StatusCode>,
}

/// Around what agents and those who run the server ask: see the promises above.
pub(in crate::web) async fn watch(State(site): State<Site>, request: Request, next: Next) -> Response {
    let address = Origin::of(request.headers(), request.extensions(), &site.proxies).address;
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let status = response.status();
    if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return response;
    }
    let found = response.extensions().get::<Refused>().cloned();
    let refused = found.unwrap_or_else(|| Refused { why: METRICS.to_owned(), agent: None });
    let route = route.map_or_else(String::new, |route| route.as_str().to_owned());
    if !waits(&refused.why, &route) {
        Turned { address, refused, route, status: Some(status) }.tell(&site).await;
    }
    response
}

/// Whoever shows a certificate that nobody vouches for is not even heard. None if it is told already; else what tells it.
#[must_use]
pub fn certificate_refused(site: &Site, peer: IpAddr) -> Option<impl Future<Output = ()> + Send + use<>> {
    let refused = Refused { why: CERTIFICATE.to_owned(), agent: None };
    let turned = Turned { address: peer, refused, route: HANDSHAKE.to_owned(), status: None };
    let (deed, mark) = turned.once(site)?;
    let site = site.clone();
    Some(async move { turned.write(&site, &deed, &mark).await })
}

/// Whether it is no denial: somebody is yet to decide about an agent, which asks until then.
fn waits(why: &str, route: &str) -> bool {
    let is = |kind: &str| kind.rsplit('/').next() == Some(why);
    is(problem_type::AGENT_PENDING) || (is(problem_type::AGENT_CONFLICT) && route != ENROL_PATH)
}

impl Turned {
    async fn tell(self, site: &Site) {
        if let Some((deed, mark)) = self.once(site) {
            self.write(site, &deed, &mark).await;
        }
    }

    /// What is to be written, under which mark; none if that was done in this hour, or too many others were.
    fn once(&self, site: &Site) -> Option<(Deed, [u8; 32])> {
        let now_at = site.clock.now_at();
        let who = match self.refused.agent {
            Some(agent) => format!("agent {agent}"),
            None => network(self.address).to_string(),
        };
        let mark = mark(&["turned away", &who, &self.refused.why, &of_time(now_at, HOUR_MS)]);
        let turn = site.noise.of_machine(&mark, self.refused.agent.is_some(), now_at)?;
        let deed = Deed::new(Action::Denied, Subject::new(SubjectKind::Page, None, &self.route)).with(Outcome::Refused);
        let deed = match self.status {
            Some(status) => deed.after("status", status.as_u16()),
            None => deed,
        };
        Some((turn.tell(deed.after("why", &self.refused.why)), mark))
    }

    async fn write(&self, site: &Site, deed: &Deed, mark: &[u8; 32]) {
        let (agent_id, address) = (self.refused.agent.map(|agent| agent.0), self.address.to_canonical());
        let (why, route) = (self.refused.why.as_str(), self.route.as_str());
        tracing::warn!(%address, why, route, agent_id, "a machine was turned away; that it comes again is not told in this hour");
        let actor = self.refused.agent.map_or_else(Actor::nobody, |agent| Actor::agent(agent, ""));
        if let Err(error) = once(site, &from_address(site, self.address, actor), deed, mark).await {
            tracing::error!(error = %one_line(&error), "that a machine was turned away is not in the audit log");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_person_is_not_turned_away() {
        let [enrol, push] = [ENROL_PATH, highwater_wire::BATCHES_PATH];
        for (why, route, is) in [
            ("agent-pending", push, true),
            ("agent-conflict", push, true),
            ("agent-conflict", enrol, false),
            ("agent-banned", push, false),
            ("key-unknown", push, false),
        ] {
            assert_eq!(waits(why, route), is, "{why} {route}");
        }
    }
}
