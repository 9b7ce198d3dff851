//! One attempt to tell a webhook something, and what comes of it.

use std::time::UNIX_EPOCH;

use reqwest::Method;
use tokio::time::Instant;

use super::http::{Answer, Call, CallError, Http};
use super::sign::{self, SigningKey};
use crate::model::delivery::{Attempt, LONGEST_ANSWER, Settled, Why};
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// How long to wait after each attempt that failed: the last one is more than three days after the first.
const WAITS_MS: [i64; 9] = [
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    DAY_MS,
];
/// By so much of itself a wait is longer at most: what failed together does not come again together.
const JITTER: f64 = 0.2;
/// No receiver can put us off for longer.
const LONGEST_ASKED_MS: i64 = DAY_MS;
/// How long a destination rests after the first failure, twice as long after each further one…
const FIRST_REST_MS: i64 = 5 * SECOND_MS;
/// …up to this.
const LONGEST_REST_MS: i64 = 5 * MINUTE_MS;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub url: &'a str,
    /// The same in every attempt.
    pub id: &'a str,
    /// JSON.
    pub body: &'a str,
    /// The newest first.
    pub keys: &'a [SigningKey],
}

/// What an attempt says about the message and the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Failed {
        /// How long the receiver asks us to wait.
        asked_ms: Option<i64>,
    },
    /// The receiver wants no more messages.
    Gone,
}

/// Sends a message once. `at`: now.
pub async fn attempt(http: &Http, message: &Message<'_>, at: i64) -> (Attempt, Verdict) {
    let secs = at.div_euclid(SECOND_MS);
    let headers = [
        ("content-type", "application/json".to_owned()),
        (sign::ID_HEADER, message.id.to_owned()),
        (sign::TIMESTAMP_HEADER, secs.to_string()),
        (sign::SIGNATURE_HEADER, sign::signatures(message.keys, message.id, secs, message.body)),
    ];
    let call = Call {
        method: Method::POST,
        url: message.url,
        headers: &headers,
        body: message.body.to_owned(),
        most_bytes: LONGEST_ANSWER,
    };
    let began = Instant::now();
    let answered = http.call(call).await;
    let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    let verdict = judge(&answered, at.saturating_add(took_ms));
    (record(answered, at, took_ms), verdict)
}

fn record(answered: Result<Answer, CallError>, at: i64, took_ms: i64) -> Attempt {
    match answered {
        Ok(answer) => {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            Attempt { at, took_ms, status: Some(answer.status), error: String::new(), answer: text }
        }
        Err(error) => Attempt { at, took_ms, status: None, error: error.to_string(), answer: String::new() },
    }
}

fn judge(answered: &Result<Answer, CallError>, now_at: i64) -> Verdict {
    match answered {
        Ok(answer) => match answer.status {
            200..=299 => Verdict::Delivered,
            410 => Verdict::Gone,
            _ => Verdict::Failed { asked_ms: answer.retry_after.as_deref().and_then(|text| asked_ms(text, now_at)) },
        },
        Err(_) => Verdict::Failed { asked_ms: None },
    }
}

/// Reads `Retry-After` in its forms: seconds, or an instant in any of the three ways in which HTTP writes one.
#[must_use]
pub fn asked_ms(text: &str, now_at: i64) -> Option<i64> {
    let text = text.trim();
    let asked = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a number has are a long time.
        text.parse::<i64>().map_or(i64::MAX, |secs| secs.saturating_mul(SECOND_MS))
    } else {
        let at = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(at.as_millis()).unwrap_or(i64::MAX).saturating_sub(now_at)
    };
    Some(asked.clamp(0, LONGEST_ASKED_MS))
}

/// What becomes of a delivery after an attempt, the how manieth for it. `is_once`: a failure is final. `random`: from 0 to 1.
#[must_use]
pub fn settle(verdict: Verdict, attempts: u32, is_once: bool, ended_at: i64, random: f64) -> Settled {
    let asked_ms = match verdict {
        Verdict::Delivered => return Settled::Delivered,
        Verdict::Gone => return Settled::Dead(Why::Gone),
        Verdict::Failed { .. } if is_once => return Settled::Dead(Why::Once),
        Verdict::Failed { asked_ms } => asked_ms.unwrap_or(0),
    };
    let before = usize::try_from(attempts).unwrap_or(usize::MAX).saturating_sub(1);
    match WAITS_MS.get(before) {
        Some(wait_ms) => Settled::Retry(ended_at.saturating_add(longer((*wait_ms).max(asked_ms), random))),
        None => Settled::Dead(Why::GivenUp),
    }
}

/// How long nothing else goes to a destination, after so many failures in a row.
#[must_use]
pub fn rest_ms(failures: u32, asked_ms: Option<i64>) -> i64 {
    let rest = FIRST_REST_MS << failures.saturating_sub(1).min(16);
    rest.min(LONGEST_REST_MS).max(asked_ms.unwrap_or(0))
}

fn longer(wait_ms: i64, random: f64) -> i64 {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "days in milliseconds are exact")]
    let more = (wait_ms as f64 * JITTER * random.clamp(0.0, 1.0)) as i64;
    wait_ms + more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::destination::Refusal;

    /// Wed, 25 Nov 2026 00:00:00 GMT.
    const NOW_AT: i64 = 1_795_564_800_000;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Answer, CallError> {
        Ok(Answer { status, retry_after: retry_after.map(str::to_owned), body: Vec::new(), is_whole: true })
    }

    #[test]
    fn every_answer_of_two_hundred_and_something_is_a_success_and_no_other() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(&answer(status, None), NOW_AT), Verdict::Delivered, "{status}");
        }
        for status in [100, 301, 302, 308, 400, 401, 404, 429, 500, 503] {
            assert_eq!(judge(&answer(status, None), NOW_AT), Verdict::Failed { asked_ms: None }, "{status}");
        }
        assert_eq!(judge(&answer(410, Some("5")), NOW_AT), Verdict::Gone);
        assert_eq!(judge(&Err(Refusal::Own.into()), NOW_AT), Verdict::Failed { asked_ms: None });
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        let asked = |text| asked_ms(text, NOW_AT);
        assert_eq!(asked(" 120 "), Some(120_000));
        assert_eq!(asked("0"), Some(0));
        for in_thirty_seconds in
            ["Wed, 25 Nov 2026 00:00:30 GMT", "Wednesday, 25-Nov-26 00:00:30 GMT", "Wed Nov 25 00:00:30 2026"]
        {
            assert_eq!(asked(in_thirty_seconds), Some(30_000), "{in_thirty_seconds}");
        }
        assert_eq!(asked("Tue, 24 Nov 2026 00:00:00 GMT"), Some(0), "it is over");
        for too_long in ["99999999", "99999999999999999999999999", "Wed, 25 Nov 2099 00:00:00 GMT"] {
            assert_eq!(asked(too_long), Some(LONGEST_ASKED_MS), "{too_long}");
        }
        for nonsense in ["", "soon", "-5", "1.5", "+5", "Wed, 32 Nov 2026 00:00:00 GMT"] {
            assert_eq!(asked(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_message_is_tried_for_days_and_then_given_up() {
        let failed = Verdict::Failed { asked_ms: None };
        let (mut now_at, mut attempts) = (NOW_AT, 1);
        while let Settled::Retry(at) = settle(failed, attempts, false, now_at, 0.0) {
            assert!(at > now_at);
            (now_at, attempts) = (at, attempts + 1);
        }
        assert_eq!(attempts, 10);
        assert_eq!(now_at - NOW_AT, 75 * HOUR_MS + 35 * MINUTE_MS + 5 * SECOND_MS);
        assert_eq!(settle(failed, attempts, false, now_at, 0.0), Settled::Dead(Why::GivenUp));
        assert_eq!(settle(failed, u32::MAX, false, now_at, 0.0), Settled::Dead(Why::GivenUp));
    }

    #[test]
    fn waits_differ_by_chance_and_are_never_shorter_than_asked() {
        let at = |asked_ms, random| match settle(Verdict::Failed { asked_ms }, 2, false, 0, random) {
            Settled::Retry(at) => at,
            other => panic!("{other:?}"),
        };
        assert_eq!((at(None, 0.0), at(None, 0.5), at(None, 1.0)), (300_000, 330_000, 360_000));
        assert_eq!(at(None, f64::NAN), 300_000);
        assert_eq!(at(Some(HOUR_MS), 0.0), HOUR_MS);
        assert_eq!(at(Some(1_000), 0.0), 300_000, "nor than the schedule, or the attempts would be over in seconds");
    }

    #[test]
    fn what_is_tried_once_is_not_tried_again() {
        let failed = Verdict::Failed { asked_ms: Some(5) };
        assert_eq!(settle(failed, 1, true, 0, 0.0), Settled::Dead(Why::Once));
        assert_eq!(settle(Verdict::Delivered, 1, true, 0, 0.0), Settled::Delivered);
        assert_eq!(settle(Verdict::Gone, 1, false, 0, 0.0), Settled::Dead(Why::Gone));
    }

    #[test]
    fn a_destination_rests_longer_with_each_failure_and_as_long_as_it_asks() {
        let rests: Vec<i64> = [1, 2, 3, 7, 1_000].into_iter().map(|failures| rest_ms(failures, None)).collect();
        assert_eq!(rests, [5_000, 10_000, 20_000, LONGEST_REST_MS, LONGEST_REST_MS]);
        assert_eq!(rest_ms(0, None), 5_000);
        assert_eq!(rest_ms(1, Some(HOUR_MS)), HOUR_MS);
    }
}
