//! What somebody who is confined to groups of hosts is shown. Promises:
//!
//! 1. **Nothing, unless a route says so**: one whose row in the table says neither [`Reach::Confined`],
//!    [`Reach::Hostless`] nor [`Reach::Own`] turns him away, before its handler runs ([`policy`](super::policy)).
//! 2. **A host that he does not see is not there**, nor is an incident of it or of the whole fleet: whatever is asked
//!    below it is a 404, as of one that never was. The guard looks for all routes below a host or an incident, so that
//!    none can forget it, and before what was answered once is answered again.
//! 3. What he sees is read anew with each request.
//! 4. That he asked for what is not there for him is written down (`Unseen`), and the answer does not tell him so.
//!
//! A handler takes [`Sees`] as an extractor and asks it: [`Sees::hosts`] of a list of hosts, [`Sees::host`] of one,
//! [`Sees::incident`] of an incident, [`Sees::holder`] of a client or a user, [`Sees::visible`] of rows that name a host,
//! [`Sees::row`] of one such row. A question to the store that counts or cuts its rows is asked with [`Sees::sight`]
//! (`store::rows::push_seen`): what is left out afterwards was counted already.

use std::borrow::Borrow;
use std::collections::HashSet;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::Site;
use super::auth::Denied;
use super::error::{Confined, Error, Result};
use super::layout::Page;
use crate::locale::Message;
use crate::model::group::LONGEST;
use crate::model::host::Host;
use crate::model::sight::{InGroup, MOST_GROUPS, Mistake, Sight};
use crate::model::{HostId, IncidentId};
use crate::store;
use crate::store::rank::{self, By};

/// What of the fleet a route shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of it: nobody who is confined comes there. So it is unless a row says otherwise.
    Whole,
    /// What who asks may see, and no more: its handler asks [`Sees`], or it is below a host or an incident.
    Confined,
    /// Nothing of any host.
    Hostless,
    /// Nothing of any host: it is about the account of who asks, who comes there also before he has the second factor
    /// that the settings demand.
    Own,
}

/// Which hosts who asks sees. As an extractor it is what the guard of the route found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sees(Sight);

/// Stands in the extensions of an answer: who is confined asked for something that is not there for him. It is the same for
/// what never was, and changes nothing of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unseen;

/// The hosts that somebody sees, by their ids, as they are grouped now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    All,
    These(HashSet<HostId>),
}

impl From<Sight> for Sees {
    fn from(sight: Sight) -> Self {
        Self(sight)
    }
}

impl FromRequestParts<Site> for Sees {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Denied> {
        let found = parts.extensions.get::<Self>().cloned();
        // Nobody sees all by mistake: a route that asks for it has a guard that looks who it is.
        found.ok_or_else(|| Denied::of(parts, Error::Internal("nobody looked who sees what here".to_owned())))
    }
}

impl Sees {
    #[must_use]
    pub fn sight(&self) -> &Sight {
        &self.0
    }

    #[must_use]
    pub fn is_confined(&self) -> bool {
        self.0.is_confined()
    }

    /// Of a list of hosts those that are seen, in their order.
    #[must_use]
    pub fn hosts<H: InGroup>(&self, hosts: Vec<H>) -> Vec<H> {
        self.0.of_hosts(hosts)
    }

    /// One host.
    ///
    /// # Errors
    /// There is none, or it is not seen: nobody learns which. Or the store's.
    pub async fn host(&self, site: &Site, id: HostId) -> Result<Host> {
        let found = store::hosts::find(&site.db, id).await?;
        found.filter(|host| self.0.sees(host)).ok_or(Error::NotFound("host"))
    }

    /// Whether an incident may be shown, which is so if its host is seen.
    ///
    /// # Errors
    /// There is none, or it may not: nobody learns which. Or the store's.
    pub async fn incident(&self, site: &Site, id: IncidentId) -> Result<()> {
        let is_seen = store::incidents::is_seen(&site.db, id, &self.0).await?;
        if is_seen { Ok(()) } else { Err(Error::NotFound("incident")) }
    }

    /// Which hosts are seen, for rows that name their host by its id.
    ///
    /// # Errors
    /// The store's.
    pub async fn visible(&self, site: &Site) -> Result<Visible> {
        match &self.0 {
            Sight::All => Ok(Visible::All),
            Sight::Groups(_) => Ok(Visible::These(store::hosts::seen_by(&site.db, &self.0).await?)),
        }
    }

    /// Whether one row may be shown that is about this host, such as an incident, a finding or an event. `noun`: what
    /// it is, as [`Error::NotFound`] names it. What is about the whole fleet has no host: who is confined does not see
    /// it.
    ///
    /// # Errors
    /// It may not: then it is not there. Or the store's.
    pub async fn row(&self, site: &Site, host: impl Into<Option<HostId>>, noun: &'static str) -> Result<()> {
        if !self.is_confined() {
            return Ok(());
        }
        let Some(host) = host.into() else { return Err(Error::NotFound(noun)) };
        let group = store::hosts::group_of(&site.db, host).await?;
        if group.is_some_and(|group| self.0.sees_group(&group)) { Ok(()) } else { Err(Error::NotFound(noun)) }
    }

    /// Whether one client or user may be shown: somebody who was ever on a host that is seen, under any name. `id`: the main one.
    /// `noun` as in [`Self::row`].
    ///
    /// # Errors
    /// It may not: then it is not there. Or the store's.
    pub async fn holder(&self, site: &Site, (by, id): (By, i64), noun: &'static str) -> Result<()> {
        if !self.is_confined() {
            return Ok(());
        }
        let seen: Vec<HostId> = store::hosts::seen_by(&site.db, &self.0).await?.into_iter().collect();
        let is_there = rank::was_on(&site.db, by, id, &seen, site.clock.now_at()).await?;
        if is_there { Ok(()) } else { Err(Error::NotFound(noun)) }
    }
}

impl Visible {
    /// Whether what is about this host is seen; what is about the whole fleet has none.
    #[must_use]
    pub fn has(&self, host: impl Into<Option<HostId>>) -> bool {
        match self {
            Self::All => true,
            Self::These(hosts) => host.into().is_some_and(|host| hosts.contains(&host)),
        }
    }

    /// Of rows that name their host (a [`HostId`], or none for the whole fleet) those that are seen, in their order.
    #[must_use]
    pub fn rows<R, H: Into<Option<HostId>>>(&self, mut rows: Vec<R>, host: impl Fn(&R) -> H) -> Vec<R> {
        rows.retain(|row| self.has(host(row)));
        rows
    }
}

/// What a route is about or below, which is seen or is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Below {
    Host,
    Incident,
}

/// Where one is, and what is below it.
const BELOW: [(&str, Below); 4] = [
    ("/hosts/{id}", Below::Host),
    ("/api/v1/hosts/{id}", Below::Host),
    ("/incidents/{id}", Below::Incident),
    ("/api/v1/incidents/{id}", Below::Incident),
];

impl Below {
    /// Of a route, as the table has it; none for one that is about neither.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let is_below = |one: &str| path.strip_prefix(one).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        BELOW.iter().find(|(one, _)| is_below(one)).map(|(_, below)| *below)
    }

    /// Turns away who is confined and asks for what he does not see.
    pub(super) async fn check(self, sees: &Sees, parts: &mut Parts, site: &Site) -> Result<()> {
        let noun = match self {
            Self::Host => "host",
            Self::Incident => "incident",
        };
        let params = RawPathParams::from_request_parts(parts, site).await.map_err(|_| Error::NotFound(noun))?;
        let id: Option<i64> = params.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.parse().ok());
        let id = id.ok_or(Error::NotFound(noun))?;
        match self {
            Self::Host => sees.row(site, HostId(id), noun).await,
            Self::Incident => sees.incident(site, IncidentId(id)).await,
        }
    }
}

/// Why somebody who is confined may not have what shows the whole fleet.
pub(super) async fn denial(sees: &Sees, is_program: bool, site: &Site) -> Error {
    match store::accounts::administrators(&site.db).await {
        Ok(administrators) => {
            let groups = sees.0.groups().map(str::to_owned).collect();
            Error::Confined(Confined { groups, is_program, administrators })
        }
        Err(error) => error.into(),
    }
}

impl Page {
    /// Which hosts somebody sees who is confined.
    #[must_use]
    pub fn sees(&self, sight: impl Borrow<Sight>) -> Message {
        let sight: &Sight = sight.borrow();
        if sight.is_nothing() {
            self.say("accounts-groups-none")
        } else {
            self.say("accounts-groups-sees").with("groups", sight.words())
        }
    }
}

/// What a form says to groups that cannot be kept.
pub(super) fn mistake_words(mistake: Mistake) -> Message {
    let id = match mistake {
        Mistake::None | Mistake::TooMany => "accounts-groups-most",
        Mistake::Name => "accounts-groups-name",
    };
    Message::for_anybody(id).with("most", if mistake == Mistake::Name { LONGEST } else { MOST_GROUPS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_below_a_host_or_an_incident_is_of_it_and_nothing_else() {
        for (noun, below) in [("hosts", Below::Host), ("incidents", Below::Incident)] {
            for rest in ["{id}", "{id}/group", "{id}/a/{b}"] {
                for path in [format!("/{noun}/{rest}"), format!("/api/v1/{noun}/{rest}")] {
                    assert_eq!(Below::of_path(&path), Some(below), "{path}");
                }
            }
        }
        for other in
            ["/", "/hosts", "/hosts/{id}s", "/api/v1/hosts", "/incidents", "/events/{id}", "/agents/{id}/hosts"]
        {
            assert_eq!(Below::of_path(other), None, "{other}");
        }
    }

    #[test]
    fn rows_are_seen_with_their_hosts_and_those_of_the_fleet_by_who_sees_all() {
        let rows = || vec![Some(HostId(1)), None, Some(HostId(2))];
        let these = Visible::These(HashSet::from([HostId(2)]));
        assert_eq!(these.rows(rows(), |row| *row), [Some(HostId(2))]);
        assert_eq!(Visible::All.rows(rows(), |row| *row), rows());
        assert!(these.has(HostId(2)) && !these.has(HostId(1)) && !these.has(None::<HostId>));
        assert!(Visible::All.has(None::<HostId>));
        assert_eq!(Visible::These(HashSet::new()).rows(vec![HostId(1)], |row| *row), [] as [HostId; 0]);
    }
}
