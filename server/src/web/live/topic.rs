use crate::model::sight::Sight;
use crate::model::{HostId, IncidentId};
use crate::web::Site;
use crate::web::error::Result;
use crate::web::sight::Sees;

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    Fleet,
    Host(HostId),
    Events,
    Incidents,
    Incident(IncidentId),
    /// What is added up or judged after the fact (clients, users, findings): it changes with the minute.
    Derived,
}

impl Topic {
    /// As pages name it: `fleet`, `host:7`.
    #[must_use]
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word.split_once(':') {
            None => match word {
                "fleet" => Some(Self::Fleet),
                "events" => Some(Self::Events),
                "incidents" => Some(Self::Incidents),
                "derived" => Some(Self::Derived),
                _ => None,
            },
            Some(("host", id)) => Some(Self::Host(HostId(id.parse().ok()?))),
            Some(("incident", id)) => Some(Self::Incident(IncidentId(id.parse().ok()?))),
            Some(_) => None,
        }
    }

    /// Of the page at this path.
    #[must_use]
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let (first, rest) = path.strip_prefix('/')?.split_once('/').unwrap_or((path.get(1..)?, ""));
        match (first, rest) {
            ("", "") => Some(Self::Fleet),
            ("events", "") => Some(Self::Events),
            ("incidents", "") => Some(Self::Incidents),
            ("clients" | "users" | "findings", _) => Some(Self::Derived),
            ("hosts", id) => Some(Self::Host(HostId(id.parse().ok()?))),
            ("incidents", id) => Some(Self::Incident(IncidentId(id.parse().ok()?))),
            _ => None,
        }
    }

    /// Whether who sees these hosts may be told when it changes. That something of the fleet does, says nothing of any
    /// host.
    ///
    /// # Errors
    /// It is about a host that he does not see, or the store's.
    pub(super) async fn check(self, site: &Site, sight: &Sight) -> Result<()> {
        if !sight.is_confined() {
            return Ok(());
        }
        let sees = Sees::from(sight.clone());
        match self {
            Self::Host(id) => sees.host(site, id).await.map(drop),
            Self::Incident(id) => sees.incident(site, id).await,
            Self::Fleet | Self::Events | Self::Incidents | Self::Derived => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_and_its_stream_have_one_topic() {
        for (word, path, topic) in [
            ("fleet", "/", Topic::Fleet),
            ("host:7", "/hosts/7", Topic::Host(HostId(7))),
            ("events", "/events", Topic::Events),
            ("incidents", "/incidents", Topic::Incidents),
            ("incident:7", "/incidents/7", Topic::Incident(IncidentId(7))),
            ("derived", "/clients", Topic::Derived),
            ("derived", "/users/7", Topic::Derived),
            ("derived", "/findings/CFG-01", Topic::Derived),
        ] {
            assert_eq!((Topic::from_word(word), Topic::of_path(path)), (Some(topic), Some(topic)), "{word}");
        }
        for (word, path) in [("", ""), ("host:", "/hosts/"), ("host:x", "/hosts/x"), ("client:7", "/events/7")] {
            assert_eq!((Topic::from_word(word), Topic::of_path(path)), (None, None), "{word}");
        }
    }
}
