//! Where in the store secrets lie sealed. What each is for is sealed with it, so that it opens in its own place only.

use super::{AccountId, ConnectorId, WebhookId, connector, webhook};

/// One place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// What a webhook's messages are signed with. `row`: it may have two.
    Webhook { row: i64, of: WebhookId },
    /// A connector's secrets, together.
    Connector(ConnectorId),
    /// What makes the codes of an account's second factor.
    SecondFactor(AccountId),
    /// By what a provider knows whom to sign out, by the SHA-256 of the session's token.
    SignOutHint([u8; 32]),
    /// An answer in which a program was told a secret, by the SHA-256 of its request.
    Answer([u8; 32]),
    /// The key of pseudonyms.
    Pseudonyms,
}

impl Spot {
    /// What is sealed with what lies there.
    #[must_use]
    pub fn purpose(&self) -> String {
        match self {
            Self::Webhook { of, .. } => webhook::purpose(*of),
            Self::Connector(id) => connector::purpose(*id),
            Self::SecondFactor(account) => second_factor(*account),
            Self::SignOutHint(session_sha256) => sign_out_hint(session_sha256),
            Self::Answer(request_sha256) => answer(request_sha256),
            Self::Pseudonyms => PSEUDONYMS.to_owned(),
        }
    }
}

/// What the key of pseudonyms is sealed for.
pub const PSEUDONYMS: &str = "pseudonyms";

/// What makes the codes of an account's second factor is sealed for.
#[must_use]
pub fn second_factor(account: AccountId) -> String {
    format!("second factor {account}")
}

/// By what a provider knows whom to sign out is sealed for: it is worth nothing for another session.
#[must_use]
pub fn sign_out_hint(session_sha256: &[u8; 32]) -> String {
    format!("sign-out hint of session {}", hex::encode(session_sha256))
}

/// What the answer to a request is sealed for.
#[must_use]
pub fn answer(request_sha256: &[u8; 32]) -> String {
    format!("answer {}", hex::encode(request_sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_a_purpose_of_its_own() {
        let places = [
            Spot::Webhook { row: 1, of: WebhookId(7) },
            Spot::Webhook { row: 1, of: WebhookId(8) },
            Spot::Connector(ConnectorId(7)),
            Spot::SecondFactor(AccountId(7)),
            Spot::SecondFactor(AccountId(8)),
            Spot::SignOutHint([7; 32]),
            Spot::Answer([7; 32]),
            Spot::Answer([8; 32]),
            Spot::Pseudonyms,
        ];
        let purposes: std::collections::BTreeSet<String> = places.iter().map(Spot::purpose).collect();
        assert_eq!(purposes.len(), places.len());
        assert!(purposes.contains("webhook 7") && purposes.contains("connector 7"), "as it always was: {purposes:?}");
    }
}
