//! Outcomes that only programs meet, at the API. Each has a problem type of its own, whose page says what to do.

use axum::http::StatusCode;

use super::Error;
use crate::locale::Message;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Neither a key nor a signed-in browser.
    Caller,
    KeyUnknown,
    KeyExpired,
    KeyRevoked,
    /// A browser's session alone: another site could have sent it.
    CsrfToken,
    /// The key may do other things.
    Scope,
    NotAcceptable,
    /// The incident has another version than the one that was seen.
    Outdated,
    /// The same Idempotency-Key is being worked on.
    InProgress,
    /// The same Idempotency-Key came with another request.
    KeyReused,
    TooLarge,
    MediaType,
    Unprocessable,
    RateLimit,
    TooSlow,
}

impl Fault {
    pub const ALL: [Self; 15] = [
        Self::Caller,
        Self::KeyUnknown,
        Self::KeyExpired,
        Self::KeyRevoked,
        Self::CsrfToken,
        Self::Scope,
        Self::NotAcceptable,
        Self::Outdated,
        Self::InProgress,
        Self::KeyReused,
        Self::TooLarge,
        Self::MediaType,
        Self::Unprocessable,
        Self::RateLimit,
        Self::TooSlow,
    ];

    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Caller | Self::KeyUnknown | Self::KeyExpired | Self::KeyRevoked => StatusCode::UNAUTHORIZED,
            Self::CsrfToken | Self::Scope => StatusCode::FORBIDDEN,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::InProgress => StatusCode::CONFLICT,
            Self::Outdated => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::KeyReused | Self::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its type, below `/problems/`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Caller => "sign-in",
            Self::KeyUnknown => "api-key-unknown",
            Self::KeyExpired => "api-key-expired",
            Self::KeyRevoked => "api-key-revoked",
            Self::CsrfToken => "csrf-token",
            Self::Scope => "scope",
            Self::NotAcceptable => "not-acceptable",
            Self::Outdated => "outdated",
            Self::InProgress => "in-progress",
            Self::KeyReused => "idempotency-key-reused",
            Self::TooLarge => "body-too-large",
            Self::MediaType => "media-type",
            Self::Unprocessable => "unprocessable",
            Self::RateLimit => "rate-limit",
            Self::TooSlow => "too-slow",
        }
    }

    /// The outcome, in the words that fit every time.
    #[must_use]
    pub fn error(self) -> Error {
        self.because(Message::for_anybody(match self {
            Self::Caller => "fault-sign-in",
            Self::KeyUnknown => "fault-api-key-unknown",
            Self::KeyExpired => "fault-api-key-expired",
            Self::KeyRevoked => "fault-api-key-revoked",
            Self::CsrfToken => "fault-csrf-token",
            Self::Scope => "fault-scope",
            Self::NotAcceptable => "fault-not-acceptable",
            Self::Outdated => "fault-outdated",
            Self::InProgress => "fault-in-progress",
            Self::KeyReused => "fault-idempotency-key-reused",
            Self::TooLarge => "fault-body-too-large",
            Self::MediaType => "fault-media-type",
            Self::Unprocessable => "fault-unprocessable",
            Self::RateLimit => "fault-rate-limit",
            Self::TooSlow => "fault-too-slow",
        }))
    }

    /// The outcome, in words that are true of this request.
    #[must_use]
    pub fn because(self, said: Message) -> Error {
        Error::Fault(self, said)
    }
}
