use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Makes an id: a number that cannot be mixed up with another noun's.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// A watched file server. Below 2^21: it is packed into the keys of history records.
    HostId
}
id! {
    /// An agent's enrolment. A host has one that is approved, and perhaps earlier or conflicting ones.
    AgentId
}
id! {
    /// An interned client name.
    ClientId
}
id! {
    /// An interned SMB user name.
    UserId
}
id! { EventId }
id! {
    /// A rule that puts hosts into a group.
    GroupRuleId
}
id! {
    /// Filters of a page that an account keeps under a name.
    ViewId
}
id! { TokenId }
id! {
    /// A rule that lets agents in at once.
    ApprovalRuleId
}
id! {
    /// A key by which a program asks the API.
    ApiKeyId
}
id! {
    /// An incident. Never told again: other systems know it by this.
    IncidentId
}
id! {
    /// A rule by which incidents open.
    AlertRuleId
}
id! { SilenceId }
id! { WebhookId }
id! {
    /// Where incidents become tickets.
    ConnectorId
}
id! {
    /// One message for one destination.
    DeliveryId
}
id! {
    /// A rule of [`class`](super::class).
    ClassRuleId
}
id! {
    /// A person who signs in to the pages.
    AccountId
}
