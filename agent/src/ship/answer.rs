//! What the server answered, as outcomes an agent can act on.

use std::error::Error;
use std::time::Duration;

use highwater_wire::{AgentState, Problem, problem_type};

/// Why a call did not succeed; each variant is something else to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    #[error("the server expects sequence number {expected_seq}")]
    SequenceHole { expected_seq: u64, store_id: Option<String> },
    #[error("the server can never store record {seq}: {detail}")]
    Refused { seq: u64, detail: String },
    #[error("the batch is too large for the server: {detail}")]
    TooLarge { detail: String },
    #[error("the server does not understand this agent: {detail}")]
    Malformed { detail: String },
    #[error("the clocks of agent and server are too far apart: {detail}")]
    ClockOff { detail: String },
    #[error("the server does not know this agent's key: {detail}")]
    KeyUnknown { detail: String },
    /// Enrolled, but not (or no longer) let in.
    #[error("the server does not let this agent push: {detail}")]
    NotAllowed { state: AgentState, detail: String },
    #[error("the enrolment token is refused: {detail}")]
    TokenRefused { detail: String },
    #[error("the server asks to try again later: {detail}")]
    TryLater { after: Option<Duration>, detail: String },
    /// Something that a Highwater server does not say: a server error, or another program at this address.
    #[error("the answer was {status}: {detail}")]
    Unexpected { status: u16, detail: String },
    /// No answer. The reason names the whole chain of causes.
    #[error("the server cannot be reached: {reason}")]
    Unreachable { reason: String },
}

impl PushError {
    /// An error of the transport with all its causes: the first alone ("error sending request") says nothing.
    pub(crate) fn unreachable(error: &(dyn Error + 'static)) -> Self {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            let text = next.to_string();
            if !reason.ends_with(&text) {
                reason.push_str(": ");
                reason.push_str(&text);
            }
            cause = next.source();
        }
        Self::Unreachable { reason }
    }

    /// Reads a refusal. The problem's type decides; the status alone serves for what a proxy in between says.
    #[must_use]
    pub fn from_answer(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
        let detail = detail_of(&problem, status);
        let not_allowed = |state| Self::NotAllowed { state, detail: detail.clone() };
        match (problem.kind.as_str(), status) {
            (problem_type::SEQUENCE_HOLE, _) => match problem.expected_seq {
                Some(expected_seq) => Self::SequenceHole { expected_seq, store_id: problem.store_id },
                None => Self::Malformed { detail },
            },
            (problem_type::RECORD_REFUSED, _) => match problem.refused_seq {
                Some(seq) => Self::Refused { seq, detail },
                None => Self::Malformed { detail },
            },
            (problem_type::AGENT_PENDING, _) => not_allowed(AgentState::Pending),
            (problem_type::AGENT_CONFLICT, _) => not_allowed(AgentState::Conflict),
            (problem_type::AGENT_REVOKED, _) => not_allowed(AgentState::Revoked),
            (problem_type::AGENT_BANNED, _) => not_allowed(AgentState::Banned),
            (problem_type::TOKEN_REFUSED, _) => Self::TokenRefused { detail },
            (problem_type::CLOCK_OFF, _) => Self::ClockOff { detail },
            (problem_type::KEY_UNKNOWN, _) | (_, 401) => Self::KeyUnknown { detail },
            (problem_type::TOO_LARGE, _) | (_, 413) => Self::TooLarge { detail },
            (problem_type::TRY_LATER, _) | (_, 429 | 503) => Self::TryLater { after: retry_after, detail },
            (problem_type::MALFORMED | problem_type::ENCODING, _) | (_, 400 | 415 | 422) => Self::Malformed { detail },
            _ => Self::Unexpected { status, detail },
        }
    }
}

fn detail_of(problem: &Problem, status: u16) -> String {
    match (problem.detail.as_str(), problem.title.as_str()) {
        ("", "") => format!("status {status} without a reason"),
        ("", title) => title.to_owned(),
        (detail, _) => detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_problem_decides_and_not_its_status() {
        let hole = include_bytes!("../../wire/golden/v1/problem-sequence-hole.json");
        let error = PushError::from_answer(409, hole, None);
        assert!(matches!(error, PushError::SequenceHole { expected_seq: 12, store_id: Some(_) }), "{error:?}");
        let refused = include_bytes!("../../wire/golden/v1/problem-record-refused.json");
        assert!(matches!(PushError::from_answer(400, refused, None), PushError::Refused { seq: 44, .. }));
    }

    #[test]
    fn what_a_proxy_says_is_told_by_its_status() {
        let after = Some(Duration::from_secs(7));
        let told = |status| PushError::from_answer(status, b"<html>busy</html>", after);
        assert!(matches!(told(503), PushError::TryLater { after: Some(_), .. }));
        assert!(matches!(told(413), PushError::TooLarge { .. }));
        assert!(matches!(told(502), PushError::Unexpected { status: 502, .. }));
        assert!(matches!(told(404), PushError::Unexpected { status: 404, .. }));
    }

    #[test]
    fn a_refusal_that_names_no_record_is_not_guessed_at() {
        let body = br#"{"type": "/problems/record-refused", "title": "no", "status": 422}"#;
        assert!(matches!(PushError::from_answer(422, body, None), PushError::Malformed { .. }));
    }
}
