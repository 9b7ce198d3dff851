//! Where names may stand.

/// Where a client's or user's name may stand. Erasing and handing out both go through [`ALL`](Self::ALL) and say of each what they do there: a place
/// that is added here is in both, or neither compiles. A column of texts that is in no place has its reason in `tests/places.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Each column of [`Text::ALL`].
    Texts,
    /// Names of shares with a limit of their own.
    Shares,
    Events,
    Findings,
    Views,
    Told(Told),
    /// Answers to programs, in case they ask again.
    Answers,
    /// What entries of the audit log say of changes.
    Audit,
    /// Patterns of class rules.
    Rules,
    /// Parts of snapshots of which others are still to come.
    Parts,
    /// The row by which all history, which holds ids, is somebody's.
    Names,
}

impl Place {
    /// Settings of hosts before the findings that are made of them, so that none comes back. The names last: as long as they are there, erasing again
    /// finds the rest.
    pub const ALL: [Self; 15] = [
        Self::Texts,
        Self::Shares,
        Self::Events,
        Self::Findings,
        Self::Views,
        Self::Told(Told::Subjects),
        Self::Told(Told::Entries),
        Self::Told(Told::Evidence),
        Self::Told(Told::Messages),
        Self::Told(Told::Answers),
        Self::Answers,
        Self::Audit,
        Self::Rules,
        Self::Parts,
        Self::Names,
    ];

    /// The texts that are there: table and column of each.
    #[must_use]
    pub fn columns(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Texts => Text::ALL.iter().map(|text| (text.table, text.column)).collect(),
            Self::Shares => vec![("share_days", "name")],
            Self::Events => vec![("events", "xml"), ("events", "message"), ("events", "decoded")],
            Self::Findings => vec![("findings", "detail")],
            Self::Views => vec![("saved_views", "name"), ("saved_views", "query")],
            Self::Told(told) => {
                let (table, _, column) = told.place();
                vec![(table, column)]
            }
            Self::Answers => vec![("idempotent_answers", "body")],
            Self::Audit => vec![("audit_entries", "changes")],
            Self::Rules => vec![("class_rules", "pattern")],
            Self::Parts => vec![("snapshot_parts", "body")],
            Self::Names => vec![("clients", "name"), ("users", "name")],
        }
    }
}

/// Texts about incidents that may hold names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// What incidents are about beside their host.
    Subjects,
    /// What people wrote about them.
    Entries,
    /// The evidence that is kept of them: JSON.
    Evidence,
    /// What was sent to other systems about them: JSON.
    Messages,
    /// What those answered.
    Answers,
}

impl Told {
    /// Table, id and column.
    pub(super) fn place(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Subjects => ("incidents", "incident_id", "subject"),
            Self::Entries => ("incident_entries", "entry_id", "body"),
            Self::Evidence => ("incidents", "incident_id", "evidence"),
            Self::Messages => ("deliveries", "delivery_id", "body"),
            Self::Answers => ("delivery_attempts", "attempt_id", "answer"),
        }
    }
}

/// A column of texts in which a name may stand by chance: what people call things, and what hosts and other systems say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    pub table: &'static str,
    pub column: &'static str,
    /// What tells its rows apart: numbers, and the same one twice where it is enough.
    pub(super) ids: [&'static str; 2],
    pub form: Form,
    /// No two rows that belong together may say the same.
    pub is_unique: bool,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Words,
    Json,
    /// An object in JSON, of which only this part is meant: the rest says which host it is.
    Part(&'static str),
}

const fn words(table: &'static str, id: &'static str, column: &'static str) -> Text {
    Text { table, column, ids: [id, id], form: Form::Words, is_unique: false }
}

impl Text {
    pub const ALL: [Self; 15] = [
        words("silences", "silence_id", "reason"),
        Self { is_unique: true, ..words("incident_tickets", "ticket_id", "name") },
        words("incident_tickets", "ticket_id", "url"),
        Self { ids: ["connector_id", "incident_id"], ..words("connector_tickets", "", "name") },
        Self { ids: ["connector_id", "incident_id"], ..words("connector_tickets", "", "url") },
        words("delivery_attempts", "attempt_id", "error"),
        words("gaps", "gap_id", "detail"),
        Self { form: Form::Json, ..words("hosts", "host_id", "settings") },
        Self { ids: ["host_id", "observed_at"], form: Form::Part("settings"), ..words("host_facts", "", "facts") },
        Self { form: Form::Json, ..words("host_shares", "host_id", "shares") },
        words("tokens", "token_id", "label"),
        words("api_keys", "key_id", "label"),
        words("webhooks", "webhook_id", "name"),
        Self { is_unique: true, ..words("connectors", "connector_id", "name") },
        words("audit_forward", "forward_id", "error"),
    ];
}
