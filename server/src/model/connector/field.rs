//! What a person says about a system to connect it.

use super::{LONGEST_SETTING, Mistake};
use crate::model::destination::Policy;

/// What can be typed into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// An address: judged by [`Policy`].
    Url,
    /// An address that whoever has it can use: judged, and kept as a secret.
    SecretUrl,
    Line,
    /// Kept sealed, and never shown again.
    Secret,
    /// A JSON object: members of the record beside ours.
    Json,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// One thing to say about a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The word in the store and in forms.
    pub name: &'static str,
    pub kind: FieldKind,
    pub is_required: bool,
    /// What holds if nothing is typed; empty for nothing.
    pub usual: &'static str,
}

impl FieldKind {
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretUrl)
    }
}

impl Field {
    pub(super) const fn needed(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, is_required: true, usual: "" }
    }

    pub(super) const fn maybe(name: &'static str, kind: FieldKind, usual: &'static str) -> Self {
        Self { name, kind, is_required: false, usual }
    }

    /// Reads what was typed: not empty, without spaces around it.
    pub(super) fn read(&self, text: &str, policy: &Policy) -> Result<String, Mistake> {
        if text.chars().count() > LONGEST_SETTING || text.contains('\0') {
            return Err(Mistake::Field(self.name));
        }
        let is_line = !text.chars().any(char::is_control);
        match self.kind {
            FieldKind::Url => Ok(policy.url(text)?.as_str().trim_end_matches('/').to_owned()),
            FieldKind::SecretUrl => Ok(policy.url(text)?.into()),
            FieldKind::Line | FieldKind::Secret if is_line => Ok(text.to_owned()),
            FieldKind::Json if is_object(text) => Ok(text.to_owned()),
            FieldKind::Choice(all) if all.contains(&text) => Ok(text.to_owned()),
            _ => Err(Mistake::Field(self.name)),
        }
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}
