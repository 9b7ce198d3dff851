//! Reads a body whole, within a size and a time.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use highwater_wire::problem_type;

use crate::web::error::Refusal;

/// Of a body that is too large, this much is still read and thrown away: closing the connection on a peer that is sending
/// would take the answer from it.
const DRAIN_BYTES: usize = 8 << 20;
/// Room for what is announced, before it is there: whoever announces much and sends it byte by byte does not get more.
const RESERVED_BYTES: usize = 16 << 10;

pub(super) async fn read(body: Body, headers: &HeaderMap, most: usize, within: Duration) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(within, read_to(body, stated_length(headers), most)).await {
        Ok(read) => read,
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            problem_type::TRY_LATER,
            "The body came too slowly",
            format!("A body must come within {} seconds. Send a smaller batch.", within.as_secs()),
        )
        .retry_after(30)),
    }
}

async fn read_to(mut body: Body, stated: usize, most: usize) -> Result<Bytes, Refusal> {
    let mut kept = Vec::with_capacity(stated.min(most).min(RESERVED_BYTES));
    let mut seen = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| {
            let title = "The body broke off";
            let detail = "The connection broke within the body. Send the batch again.";
            Refusal::new(StatusCode::BAD_REQUEST, problem_type::MALFORMED, title, detail)
        })?;
        let Ok(bytes) = frame.into_data() else { continue };
        seen = seen.saturating_add(bytes.len());
        if seen <= most {
            kept.extend_from_slice(&bytes);
        } else if seen > DRAIN_BYTES {
            break;
        }
    }
    if seen > most { Err(too_large(most)) } else { Ok(kept.into()) }
}

fn stated_length(headers: &HeaderMap) -> usize {
    headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok()).unwrap_or(0)
}

fn too_large(most: usize) -> Refusal {
    let detail = format!("A body may have {most} bytes as sent. Send fewer records at a time.");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, problem_type::TOO_LARGE, "The body is too large", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit_and_refused_beyond() {
        let none = HeaderMap::new();
        assert_eq!(read(Body::from(vec![7; 10]), &none, 10, LONG).await.unwrap().len(), 10);
        let refusal = read(Body::from(vec![7; 11]), &none, 10, LONG).await.unwrap_err();
        assert_eq!(refusal.problem.status, 413);
    }

    #[tokio::test]
    async fn a_stated_length_reserves_no_more_than_the_limit() {
        let huge = HeaderMap::from_iter([(CONTENT_LENGTH, "9999999999999".parse().unwrap())]);
        assert_eq!(read(Body::from("x"), &huge, 10, LONG).await.unwrap().len(), 1);
    }
}
