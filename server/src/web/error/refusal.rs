//! What a program is told instead of what it asked for: a problem by RFC 9457.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use highwater_wire::Problem;

use super::{Error, Fault};
use crate::locale::Locale;
use crate::model::AgentId;

/// The same outcomes as `application/problem+json`.
#[derive(Debug)]
pub struct ApiError(pub Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(error) = self;
        error.log();
        let (status, title) = (error.status(), error.title(&Locale::machine()));
        let refusal = Refusal::new(status, &error.problem_type(), &title, error.to_string());
        let refusal = match error {
            Error::TooMany { retry_after_secs } => refusal.retry_after(retry_after_secs),
            Error::TooManyPages => refusal.retry_after(60),
            Error::Store(_) | Error::Fault(Fault::TooSlow, _) => refusal.retry_after(10),
            Error::Fault(Fault::InProgress, _) => refusal.retry_after(1),
            _ => refusal,
        };
        let mut response = refusal.into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"highwater\""));
        }
        response
    }
}

/// A refusal by RFC 9457.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub problem: Box<Problem>,
    pub retry_after_secs: Option<u64>,
    /// Whom it refuses, if that is known.
    agent: Option<AgentId>,
}

/// Why somebody was refused, as a program's answer has it in its extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The last word of the problem's type.
    pub why: String,
    pub agent: Option<AgentId>,
}

impl Refusal {
    /// `detail` says what was wrong with this request and what to do about it.
    #[must_use]
    pub fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind: kind.to_owned(),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            ..Problem::default()
        };
        Self { problem: Box::new(problem), retry_after_secs: None, agent: None }
    }

    #[must_use]
    pub fn retry_after(self, secs: u64) -> Self {
        Self { retry_after_secs: Some(secs), ..self }
    }

    /// The agent that it refuses.
    #[must_use]
    pub fn of(self, agent: AgentId) -> Self {
        Self { agent: Some(agent), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let why = self.problem.kind.rsplit('/').next().unwrap_or_default().to_owned();
        let mut response = (status, Json(*self.problem)).into_response();
        response.extensions_mut().insert(Refused { why, agent: self.agent });
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(secs) = self.retry_after_secs {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(secs));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use highwater_wire::problem_type;

    use super::*;

    #[test]
    fn a_refusal_is_a_problem_with_its_own_content_type() {
        let response =
            Refusal::new(StatusCode::CONFLICT, problem_type::SEQUENCE_HOLE, "A hole", "Send again.").retry_after(7);
        let response = response.of(AgentId(3)).into_response();
        let why = Refused { why: "sequence-hole".to_owned(), agent: Some(AgentId(3)) };
        assert_eq!(response.extensions().get(), Some(&why));
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["retry-after"], "7");
    }
}
