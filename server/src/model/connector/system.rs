//! The ticket systems.

use super::field::Field;
use super::field::FieldKind::{Choice, Json, Line, Secret, SecretUrl, Url};
use crate::model::time::{MINUTE_MS, SECOND_MS};

/// A system that keeps tickets, or something like them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum System {
    /// Incidents, by the Table API.
    ServiceNow,
    /// Events of Event Management: its rules make alerts and incidents of them.
    ServiceNowEvents,
    JiraCloud,
    JiraDataCenter,
    /// Alerts of Jira Service Management.
    JsmOperations,
    /// The interface of GLPI 9.5 to 11, `apirest.php`.
    GlpiV1,
    /// The interface of GLPI 11, `api.php/v2`.
    GlpiV2,
    Zendesk,
    /// Mail to an address from which a system, or people, make tickets.
    Email,
    /// A workflow of Microsoft Teams.
    Teams,
}

const URL: Field = Field::needed("url", Url);
const USER: Field = Field::needed("user", Line);
const PASSWORD: Field = Field::needed("password", Secret);
const TOKEN: Field = Field::needed("token", Secret);
const EXTRA: Field = Field::maybe("extra", Json, "");

const SERVICE_NOW: &[Field] = &[
    URL,
    USER,
    PASSWORD,
    Field::maybe("assignment_group", Line, ""),
    Field::maybe("caller", Line, ""),
    Field::maybe("resolved_state", Line, "6"),
    Field::maybe("reopened_state", Line, "2"),
    Field::maybe("close_code", Line, "Solution provided"),
    EXTRA,
];
const SERVICE_NOW_EVENTS: &[Field] = &[URL, USER, PASSWORD, Field::maybe("source", Line, "Highwater"), EXTRA];
const JIRA_CLOUD: &[Field] = &[
    URL,
    USER,
    TOKEN,
    Field::needed("project", Line),
    Field::maybe("issue_type", Line, "Task"),
    Field::maybe("resolve_transition", Line, ""),
    Field::maybe("reopen_transition", Line, ""),
    Field::maybe("resolution", Line, ""),
    EXTRA,
];
const JIRA_DATA_CENTER: &[Field] = &[
    URL,
    TOKEN,
    Field::needed("project", Line),
    Field::maybe("issue_type", Line, "Task"),
    Field::maybe("resolve_transition", Line, ""),
    Field::maybe("reopen_transition", Line, ""),
    Field::maybe("resolution", Line, ""),
    EXTRA,
];
const JSM_OPERATIONS: &[Field] = &[
    Field { usual: "https://api.atlassian.com", ..URL },
    Field::needed("cloud_id", Line),
    USER,
    TOKEN,
    Field::maybe("team", Line, ""),
    Field::maybe("page_url", Url, ""),
    EXTRA,
];
const GLPI_V1: &[Field] = &[
    URL,
    Field::needed("user_token", Secret),
    Field::maybe("app_token", Secret, ""),
    Field::maybe("entity", Line, ""),
    Field::maybe("category", Line, ""),
    EXTRA,
];
const GLPI_V2: &[Field] = &[
    URL,
    Field::needed("client_id", Line),
    Field::needed("client_secret", Secret),
    USER,
    PASSWORD,
    Field::maybe("entity", Line, ""),
    Field::maybe("category", Line, ""),
    EXTRA,
];
const ZENDESK: &[Field] = &[URL, USER, TOKEN, Field::maybe("group", Line, ""), EXTRA];
const EMAIL: &[Field] = &[
    Field::needed("host", Line),
    Field::maybe("port", Line, "587"),
    Field::maybe("security", Choice(&["starttls", "tls", "none"]), "starttls"),
    Field::maybe("user", Line, ""),
    Field::maybe("password", Secret, ""),
    Field::needed("from", Line),
    Field::needed("to", Line),
];
const TEAMS: &[Field] = &[Field::needed("hook", SecretUrl)];

impl System {
    pub const ALL: [Self; 10] = [
        Self::ServiceNow,
        Self::ServiceNowEvents,
        Self::JiraCloud,
        Self::JiraDataCenter,
        Self::JsmOperations,
        Self::GlpiV1,
        Self::GlpiV2,
        Self::Zendesk,
        Self::Email,
        Self::Teams,
    ];

    /// The word in the store, in URLs and in messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ServiceNow => "servicenow",
            Self::ServiceNowEvents => "servicenow-events",
            Self::JiraCloud => "jira-cloud",
            Self::JiraDataCenter => "jira-dc",
            Self::JsmOperations => "jsm",
            Self::GlpiV1 => "glpi-v1",
            Self::GlpiV2 => "glpi-v2",
            Self::Zendesk => "zendesk",
            Self::Email => "email",
            Self::Teams => "teams",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.word() == word)
    }

    /// As its makers call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceNow => "ServiceNow",
            Self::ServiceNowEvents => "ServiceNow Event Management",
            Self::JiraCloud => "Jira Cloud",
            Self::JiraDataCenter => "Jira Data Center",
            Self::JsmOperations => "Jira Service Management (Operations)",
            Self::GlpiV1 => "GLPI (apirest.php)",
            Self::GlpiV2 => "GLPI 11 (api.php/v2)",
            Self::Zendesk => "Zendesk",
            Self::Email => "E-mail",
            Self::Teams => "Microsoft Teams",
        }
    }

    /// What has to be said about it, in the order in which it is asked.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::ServiceNow => SERVICE_NOW,
            Self::ServiceNowEvents => SERVICE_NOW_EVENTS,
            Self::JiraCloud => JIRA_CLOUD,
            Self::JiraDataCenter => JIRA_DATA_CENTER,
            Self::JsmOperations => JSM_OPERATIONS,
            Self::GlpiV1 => GLPI_V1,
            Self::GlpiV2 => GLPI_V2,
            Self::Zendesk => ZENDESK,
            Self::Email => EMAIL,
            Self::Teams => TEAMS,
        }
    }

    /// How long a record that may have been made there is looked for before it is made again: as long as one may be missing from what the
    /// system finds. Nothing where another one of the same key cannot be made, or nobody can look.
    #[must_use]
    pub fn lag_ms(self) -> i64 {
        match self {
            // The search asks an index, which falls behind by minutes on a bad day; and a label may be on many issues.
            Self::JiraCloud | Self::JiraDataCenter => 10 * MINUTE_MS,
            // They look into their tables. But what nobody heard of may be worked on yet.
            Self::ServiceNow | Self::GlpiV1 | Self::GlpiV2 => 90 * SECOND_MS,
            // By `alias`, `message_key` and `Idempotency-Key` they know what they have.
            Self::JsmOperations | Self::ServiceNowEvents | Self::Zendesk => 0,
            Self::Email | Self::Teams => 0,
        }
    }

    /// Whether it can be asked for what it has, by our key. What cannot is told each thing once, unless an answer is lost on the way.
    #[must_use]
    pub fn answers(self) -> bool {
        !matches!(self, Self::Email | Self::Teams)
    }
}
