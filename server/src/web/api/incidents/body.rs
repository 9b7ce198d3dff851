//! What the API says of an incident.

use serde::Serialize;
use utoipa::ToSchema;

use crate::locale::Locale;
use crate::model::incident::{Entry, Incident, Ticket};
use crate::web::api::Instant;
use crate::web::incident::EvidenceBody;
use crate::web::pages::incidents::summary;

#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentsBody {
    /// Newest first; with `updated_since` in the order in which they changed.
    pub incidents: Vec<IncidentBody>,
    /// Give it as `after` to get the next ones; null at the end.
    pub next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentBody {
    /// Never told again: the key under which other systems know it.
    id: i64,
    /// Null if it is about the fleet.
    host_id: Option<i64>,
    host: Option<String>,
    /// Null for none.
    group: Option<String>,
    /// `full`, `near`, `capacity`, `share`, `silent`, `pipeline`, `leak`, `flood`.
    kind: &'static str,
    /// `open`, `acknowledged`, `resolved`.
    state: &'static str,
    /// In English, with instants in UTC.
    summary: String,
    /// The share or the client that it is about; null for none.
    subject: Option<String>,
    from: Instant,
    opened_at: Instant,
    /// Null while it goes on.
    until: Option<Instant>,
    resolved_at: Option<Instant>,
    /// Since when nothing is observed that would say whether it goes on; null while something is.
    unknown_since: Option<Instant>,
    /// How often the level was reached within it.
    stretches: u32,
    owner: Option<String>,
    silenced: bool,
    /// Grows with every change; the `ETag` of the incident begins with it.
    version: u64,
    updated_at: Instant,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WholeBody {
    #[serde(flatten)]
    pub incident: IncidentBody,
    /// In order.
    pub timeline: Vec<EntryBody>,
    pub tickets: Vec<TicketBody>,
    /// What history says of it. While it goes on this grows without a new version, but with a new `ETag`.
    pub evidence: EvidenceBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    id: i64,
    at: Instant,
    /// `opened`, `again`, `joined`, `acknowledged`, `assigned`, `commented`, `linked`, `unlinked`, `silenced`, `cleared`, `resolved`,
    /// `reopened`.
    what: &'static str,
    /// Null if it happened by itself.
    by: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TicketBody {
    name: String,
    url: Option<String>,
    linked_at: Instant,
    linked_by: String,
}

fn known(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn entry_body(entry: Entry) -> EntryBody {
    EntryBody {
        id: entry.id,
        at: Instant(entry.at),
        what: entry.what.word(),
        by: known(entry.by),
        text: known(entry.text),
    }
}

pub(super) fn ticket_body(ticket: Ticket) -> TicketBody {
    TicketBody {
        name: ticket.name,
        url: known(ticket.url),
        linked_at: Instant(ticket.linked_at),
        linked_by: ticket.linked_by,
    }
}

pub(super) fn incident_body(one: Incident) -> IncidentBody {
    IncidentBody {
        id: one.id.0,
        summary: summary(&Locale::machine(), &one, one.updated_at),
        host_id: one.host.map(|host| host.0),
        host: known(one.host_name),
        group: known(one.group_name),
        kind: one.kind.word(),
        state: one.state.word(),
        subject: known(one.subject),
        from: Instant(one.from_at),
        opened_at: Instant(one.opened_at),
        until: one.until_at.map(Instant),
        resolved_at: one.resolved_at.map(Instant),
        unknown_since: one.unknown_since.map(Instant),
        stretches: one.stretches,
        owner: known(one.owner_name),
        silenced: one.is_silenced,
        version: one.version,
        updated_at: Instant(one.updated_at),
    }
}
