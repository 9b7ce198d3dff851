//! One page's stream of events. It carries no figures: it says that the page has changed, and the page fetches its parts.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::Listening;
use super::seats::Seat;
use super::topic::Topic;
use crate::locale::Locale;
use crate::web::Site;
use crate::web::address::Query;
use crate::web::auth::SignedIn;
use crate::web::error::{ApiError, Error};

/// Where streams are asked for.
pub(in crate::web) const PATH: &str = "/live";
/// Least time between two messages of a stream: a page that changes all the time is fetched this often.
pub const GAP: Duration = Duration::from_secs(5);
/// Streams are spread over this much, so that a thousand pages do not fetch in one instant.
const SPREAD_MS: u64 = 1_000;
/// A proxy that hears nothing for longer may hang up, and a page that does not hear this knows that the connection is dead: a computer
/// that slept is told nothing else. So it is an event, not a comment.
const STILL_HERE: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize)]
pub(in crate::web) struct Asked {
    #[serde(default)]
    topic: String,
}

/// `GET /live?topic=fleet`, `GET /live?topic=host:7`: events `hello` when it begins, `changed`, `still` now and then, and last `bye` if the server stops
/// or `over` if the session has ended or its person sees other hosts.
pub(in crate::web) async fn index(
    by: SignedIn,
    State(site): State<Site>,
    asked: Result<Query<Asked>, Error>,
) -> Result<Response, ApiError> {
    let Query(asked) = asked?;
    let topic =
        Topic::from_word(&asked.topic).ok_or_else(|| Error::BadRequest(Locale::machine().say("error-topic")))?;
    topic.check(&site, &by.sight).await?;
    let seat = site.live.0.seats.take(&by).ok_or(Error::TooManyPages)?;
    let events = events(site.live.listen(topic), seat);
    let still_here = KeepAlive::new().interval(STILL_HERE).event(event("still"));
    // Nothing between us and the browser may gather or change it.
    let headers = [(CACHE_CONTROL.as_str(), "no-store, no-transform"), ("x-accel-buffering", "no")];
    Ok((headers, Sse::new(events).keep_alive(still_here)).into_response())
}

struct Listener {
    seat: Seat,
    listening: Listening,
    /// The next message goes no earlier.
    from: Instant,
    said: Said,
}

#[derive(PartialEq, Eq)]
enum Said {
    Nothing,
    Hello,
    Goodbye,
}

fn events(listening: Listening, seat: Seat) -> impl Stream<Item = Result<Event, Infallible>> {
    let listener = Listener { seat, listening, from: Instant::now(), said: Said::Nothing };
    unfold(listener, |mut listener| async move {
        let name = listener.next().await?;
        Some((Ok(event(name)), listener))
    })
}

/// Browsers pass on no event without data.
fn event(name: &str) -> Event {
    Event::default().event(name).data(name)
}

impl Listener {
    /// The next event's name; none after the last one.
    async fn next(&mut self) -> Option<&'static str> {
        let event = match self.said {
            Said::Goodbye => return None,
            Said::Nothing => {
                self.said = Said::Hello;
                "hello"
            }
            Said::Hello => tokio::select! {
                biased;
                () = self.listening.live.0.stop.cancelled() => "bye",
                () = self.seat.over.cancelled() => "over",
                is_told = changed(&mut self.listening.changes, self.from) => if is_told { "changed" } else { "bye" },
            },
        };
        if event == "bye" || event == "over" {
            self.said = Said::Goodbye;
        }
        let spread = Duration::from_millis(self.seat.number.wrapping_mul(97) % SPREAD_MS);
        self.from = Instant::now() + GAP + spread;
        Some(event)
    }
}

/// Waits until the time has come and something is new. False if nobody will tell any more.
async fn changed(changes: &mut watch::Receiver<u64>, from: Instant) -> bool {
    tokio::time::sleep_until(from).await;
    changes.changed().await.is_ok()
}
