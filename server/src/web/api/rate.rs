//! How often one caller may ask. Counted in each server process for itself, in windows of a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::model::time::{MINUTE_MS, SECOND_MS};
use crate::web::auth::CallerId;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const WINDOW_MS: i64 = MINUTE_MS;

/// Counts requests. There are as many callers as accounts and keys, so it stays small.
#[derive(Debug)]
pub struct Rates {
    per_minute: u32,
    windows: Mutex<HashMap<CallerId, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    from_at: i64,
    count: u32,
}

/// Where a caller stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    most: u32,
    left: u32,
    pub reset_secs: u64,
    pub is_over: bool,
}

impl Rates {
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, windows: Mutex::default() }
    }

    /// Counts a request.
    pub fn count(&self, caller: CallerId, now_at: i64) -> Standing {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(caller).or_insert(Window { from_at: now_at, count: 0 });
        // A clock that was set back must not keep anybody out.
        if !(0..WINDOW_MS).contains(&(now_at - window.from_at)) {
            *window = Window { from_at: now_at, count: 0 };
        }
        let is_over = window.count >= self.per_minute;
        window.count = window.count.saturating_add(u32::from(!is_over));
        let left_ms = window.from_at + WINDOW_MS - now_at;
        Standing {
            most: self.per_minute,
            left: self.per_minute - window.count.min(self.per_minute),
            reset_secs: u64::try_from((left_ms + SECOND_MS - 1) / SECOND_MS).unwrap_or(1).max(1),
            is_over,
        }
    }
}

impl Standing {
    /// Says it, by draft-ietf-httpapi-ratelimit-headers.
    pub fn tell(self, headers: &mut HeaderMap) {
        let window_secs = WINDOW_MS / SECOND_MS;
        let policy = format!("\"caller\";q={};w={window_secs}", self.most);
        let state = format!("\"caller\";r={};t={}", self.left, self.reset_secs);
        for (name, text) in [(POLICY, policy), (LIMIT, state)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
        if self.is_over {
            headers.insert(RETRY_AFTER, HeaderValue::from(self.reset_secs));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, ApiKeyId};

    #[test]
    fn each_caller_has_so_many_requests_a_minute_and_is_told_when_there_are_more() {
        let rates = Rates::new(2);
        let (key, person) = (CallerId::Program(ApiKeyId(1)), CallerId::Person(AccountId(1)));
        assert!(!rates.count(key, 0).is_over && !rates.count(key, 1).is_over);
        let over = rates.count(key, 10_500);
        assert_eq!((over.is_over, over.left, over.reset_secs), (true, 0, 50));
        assert!(!rates.count(person, 10_500).is_over, "another caller is another's");
        assert!(!rates.count(key, 60_000).is_over);
        assert!(!rates.count(key, 5).is_over, "the clock was set back");
    }

    #[test]
    fn it_is_told_in_headers() {
        let rates = Rates::new(1);
        let caller = CallerId::Program(ApiKeyId(1));
        rates.count(caller, 0);
        let mut headers = HeaderMap::new();
        rates.count(caller, 0).tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"caller\";q=1;w=60");
        assert_eq!(headers["ratelimit"], "\"caller\";r=0;t=60");
        assert_eq!(headers["retry-after"], "60");
    }
}
