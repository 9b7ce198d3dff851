//! Who may ask for what. Promises:
//!
//! 1. Every route has a policy: it cannot be in the table without one (`web::table`).
//! 2. It is asked before the handler, and before what several people share. What machines carry is judged by their
//!    handlers, which read it.
//! 3. A role counts as it is now: each request reads the account anew, and with it which hosts its person sees.
//! 4. Who is confined to groups of hosts comes to no route that does not say that it confines itself
//!    (`web::sight`).
//! 5. Who has no second factor where the settings demand one comes to his own account only, and signs out.
//!
//! Pages offer only what the table allows: their templates ask [`Page::may_operate`](super::layout::Page::may_operate)
//! and its sisters.

use axum::extract::{FromRequestParts as _, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::auth::{self, Caller, Denied, SignedIn, caller};
use super::error::Error;
use super::sight::{self, Below, Reach, Sees, Unseen};
use super::{Site, live};
use crate::model::api_key::Scope;
use crate::model::role::Role;

/// Who may ask for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Whoever comes.
    Anonymous,
    /// A machine with an enrolment token, which is in the body.
    Enrolment,
    /// An agent by its key, whatever was decided about it.
    Agent,
    /// An agent that may push.
    ApprovedAgent,
    /// Who may read the metrics: see [`ops`](super::ops).
    Metrics,
    /// As [`Self::Viewer`]; also a screen, as far as it asks for the wall.
    Wall,
    /// Who is signed in.
    Viewer,
    /// Who is signed in as operator or more.
    Operator,
    /// Who is signed in as administrator.
    Administrator,
    /// A program by its key, and a browser whose person has a role of the same rank.
    Api(Scope),
}

/// A route's policy, and what of the fleet it shows: what stands in a row of the table. A policy alone is of a route that
/// shows the whole fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub policy: Policy,
    pub reach: Reach,
}

/// A rule on guard.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) site: Site,
    pub(super) rule: Rule,
    /// None if the route is neither one host's nor one incident's.
    pub(super) below: Option<Below>,
}

/// Lets a request through to what the guard stands around, or turns it away.
pub(super) async fn enforce(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let admitted = guard.admit(&mut parts).await;
    let is_confined =
        guard.rule.reach == Reach::Confined && parts.extensions.get::<Sees>().is_some_and(Sees::is_confined);
    let mut response = match admitted {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(denied) => denied.into_response(),
    };
    if is_confined && response.status() == StatusCode::NOT_FOUND {
        // Said by the guard or by the handler: whoever writes down what was asked need not know which.
        response.extensions_mut().insert(Unseen);
    }
    response
}

impl From<Policy> for Rule {
    fn from(policy: Policy) -> Self {
        Self { policy, reach: Reach::Whole }
    }
}

impl Guard {
    async fn admit(&self, parts: &mut Parts) -> Result<(), Denied> {
        let Some(caller) = self.rule.policy.admit(parts, &self.site).await? else { return Ok(()) };
        if let Caller::Person(by) = &caller
            && self.rule.reach != Reach::Own
            && by.lacks_factor
        {
            return Err(Denied::of(parts, Error::Factor { is_screen: by.is_screen }));
        }
        let sees = Sees::from(caller.sees());
        // For the handler, and for who looks at the answer.
        parts.extensions.insert(sees.clone());
        if sees.is_confined() {
            let is_program = matches!(caller, Caller::Program(_));
            let confined = self.confine(&sees, is_program, parts).await;
            confined.map_err(|error| Denied::of(parts, error))?;
        }
        Ok(())
    }

    async fn confine(&self, sees: &Sees, is_program: bool, parts: &mut Parts) -> Result<(), Error> {
        match (self.rule.reach, self.below) {
            (Reach::Whole, _) => Err(sight::denial(sees, is_program, &self.site).await),
            (Reach::Confined, Some(below)) => below.check(sees, parts, &self.site).await,
            (Reach::Confined | Reach::Hostless | Reach::Own, _) => Ok(()),
        }
    }
}

impl Policy {
    /// Of a route whose handler shows no more than who asks may see: it asks [`Sees`], or it is below a host or an
    /// incident.
    pub(super) fn confined(self) -> Rule {
        Rule { policy: self, reach: Reach::Confined }
    }

    /// Of a route that shows nothing of any host.
    pub(super) fn hostless(self) -> Rule {
        Rule { policy: self, reach: Reach::Hostless }
    }

    /// Of a route about the account of who asks: see [`Reach::Own`].
    pub(super) fn own(self) -> Rule {
        Rule { policy: self, reach: Reach::Own }
    }

    /// The least role of a person; none if it is not about people who sign in to pages.
    #[must_use]
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Wall | Self::Viewer => Some(Role::Viewer),
            Self::Operator => Some(Role::Operator),
            Self::Administrator => Some(Role::Administrator),
            Self::Anonymous | Self::Enrolment | Self::Agent | Self::ApprovedAgent | Self::Metrics | Self::Api(_) => {
                None
            }
        }
    }

    /// Who asks, if he may; none if it is not about people nor programs.
    async fn admit(self, parts: &mut Parts, site: &Site) -> Result<Option<Caller>, Denied> {
        if let Self::Api(scope) = self {
            return caller::admit(parts, site, scope).await.map(Some).map_err(|error| Denied::of(parts, error));
        }
        let Some(needed) = self.role() else { return Ok(None) };
        let by = SignedIn::from_request_parts(parts, site).await?;
        let may = if by.is_screen { self == Self::Wall && is_of_wall(&parts.uri) } else { by.account.role >= needed };
        if !may {
            return Err(Denied::of(parts, auth::denial(&by, needed, site).await));
        }
        // For the handler, and for the frame of its page.
        parts.extensions.insert(by.clone());
        Ok(Some(Caller::Person(by)))
    }
}

/// Whether an address is the wall's, or that of the stream which keeps it up to date.
fn is_of_wall(uri: &Uri) -> bool {
    let wanted = if uri.path() == live::PATH { ("topic", "fleet") } else { ("wall", "1") };
    let asked = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(asked)| asked).unwrap_or_default();
    let mut named = asked.iter().filter(|(name, _)| name == wanted.0).map(|(_, value)| value.as_str());
    named.next() == Some(wanted.1) && named.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_asks_for_the_wall_and_its_stream_and_nothing_else() {
        let is_of_wall = |address: &str| is_of_wall(&address.parse().unwrap());
        for wall in ["/?wall=1", "/?range=7d&wall=1", "/live?topic=fleet"] {
            assert!(is_of_wall(wall), "{wall}");
        }
        for other in ["/", "/?wall=", "/?wall=0", "/?wall=1&wall=", "/?q=wall=1", "/live?topic=host:7", "/live?wall=1"]
        {
            assert!(!is_of_wall(other), "{other}");
        }
    }
}
