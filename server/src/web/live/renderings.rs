//! Pages that several people look at, rendered once for all of them.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{self, Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::time::Instant;

use crate::model::HostId;
use crate::model::sight::Sight;
use crate::web::error::Error;

/// Renderings that are kept; with the next one all but those in use go.
const MOST: usize = 256;
/// A rendering serves no longer than this, whatever is told.
const LONGEST: Duration = Duration::from_secs(60);
/// One of which nobody says whether it is still true serves those who ask at the same time.
const AT_THE_SAME_TIME: Duration = Duration::from_secs(1);

/// All that a rendering depends on. Whoever may see something else has another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) address: String,
    pub(super) lang: &'static str,
    pub(super) zone: String,
    pub(super) role: &'static str,
    /// Who sees other hosts has a rendering of his own.
    pub(super) sight: Sight,
    /// Which hosts that is now, in order; empty for all. No news tells that a host came into another group.
    pub(super) hosts: Vec<HostId>,
    /// Names of users, or pseudonyms.
    pub(super) sees_names: bool,
}

/// Clones share the renderings.
#[derive(Debug, Clone, Default)]
pub struct Renderings {
    kept: Arc<Mutex<HashMap<Key, Place>>>,
    count: Arc<AtomicU64>,
}

/// Who renders holds the lock; who waits for it finds what was rendered.
type Place = Arc<tokio::sync::Mutex<Option<Rendering>>>;

#[derive(Debug, Clone)]
struct Rendering {
    /// Of the newest change that is surely in it; none if nobody told of changes.
    number: Option<u64>,
    made: Instant,
    page: Bytes,
    packed: Bytes,
}

impl Renderings {
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The page of this key as of change `number`: one that is kept, or else what `render` answers.
    pub(super) async fn find(
        &self,
        key: Key,
        (number, takes_gzip): (Option<u64>, bool),
        render: impl Future<Output = Response>,
    ) -> Response {
        let place = self.place(key);
        let mut rendering = place.lock().await;
        if let Some(rendering) = rendering.as_ref().filter(|rendering| rendering.is_true_at(number, Instant::now())) {
            return rendering.answer(takes_gzip);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("highwater_shared_renderings_total").increment(1);
        let response = render.await;
        let is_html =
            response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if response.status() != StatusCode::OK || !is_html {
            return response;
        }
        let page = match body::to_bytes(response.into_body(), usize::MAX).await {
            Ok(page) => page,
            Err(error) => return Error::Internal(format!("a page ended early: {error}")).into_response(),
        };
        let fresh = Rendering { number, made: Instant::now(), packed: packed(&page), page };
        rendering.insert(fresh).answer(takes_gzip)
    }

    fn place(&self, key: Key) -> Place {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST && !kept.contains_key(&key) {
            kept.retain(|_, place| Arc::strong_count(place) > 1);
        }
        Arc::clone(kept.entry(key).or_default())
    }
}

impl Rendering {
    fn is_true_at(&self, number: Option<u64>, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.made);
        match number {
            Some(_) => self.number == number && age < LONGEST,
            None => age < AT_THE_SAME_TIME,
        }
    }

    /// Compressed once for all, not for each.
    fn answer(&self, takes_gzip: bool) -> Response {
        let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (VARY, "accept-encoding")];
        let body = if takes_gzip { self.packed.clone() } else { self.page.clone() };
        let mut response = (headers, Body::from(body)).into_response();
        if takes_gzip {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

fn packed(page: &Bytes) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(page.len() / 4), Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(page);
    encoder.finish().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use axum::response::Html;

    use super::*;

    fn key(address: &str) -> Key {
        let (lang, zone, role, address) = ("en", "UTC".to_owned(), "viewer", address.to_owned());
        Key { address, lang, zone, role, sight: Sight::All, hosts: Vec::new(), sees_names: true }
    }

    async fn body_of(response: Response) -> Bytes {
        body::to_bytes(response.into_body(), 1_000).await.unwrap()
    }

    #[tokio::test]
    async fn of_many_who_ask_for_one_page_one_renders_and_another_change_is_rendered_again() {
        let renderings = Renderings::default();
        let ask = |address: &'static str, number: Option<u64>| {
            let renderings = renderings.clone();
            async move {
                let render = async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Html(format!("{address} as of {number:?}")).into_response()
                };
                renderings.find(key(address), (number, false), render).await
            }
        };
        let tasks: Vec<_> = (0..1_000).map(|_| tokio::spawn(ask("/", Some(1)))).collect();
        for task in tasks {
            assert_eq!(body_of(task.await.unwrap()).await, "/ as of Some(1)");
        }
        assert_eq!(renderings.count(), 1);
        assert_eq!(body_of(ask("/", Some(2)).await).await, "/ as of Some(2)");
        assert_eq!(body_of(ask("/hosts/7", Some(2)).await).await, "/hosts/7 as of Some(2)");
        assert_eq!(renderings.count(), 3);
    }

    #[tokio::test]
    async fn who_sees_other_hosts_or_no_names_is_given_no_page_of_somebody_else() {
        let renderings = Renderings::default();
        let sights = [Sight::All, Sight::of(["Paris"]).unwrap(), Sight::of(["Paris", "Lyon"]).unwrap()];
        for sight in &sights {
            let key = Key { sight: sight.clone(), ..key("/") };
            let render = async { Html(sight.words()).into_response() };
            let answer = renderings.find(key, (Some(1), false), render).await;
            assert_eq!(body_of(answer).await, sight.words());
        }
        for host in [1, 2] {
            let key = Key { sight: sights[1].clone(), hosts: vec![HostId(host)], ..key("/") };
            let render = async { Html(host.to_string()).into_response() };
            let answer = renderings.find(key, (Some(1), false), render).await;
            assert_eq!(body_of(answer).await, host.to_string());
        }
        let key = Key { sees_names: false, ..key("/") };
        let answer = renderings.find(key, (Some(1), false), async { Html("pseudonyms").into_response() }).await;
        assert_eq!(body_of(answer).await, "pseudonyms");
        assert_eq!(renderings.count(), 6);
    }

    #[test]
    fn a_rendering_is_true_until_the_next_change_and_without_news_for_a_moment() {
        let made = Instant::now();
        let rendering = Rendering { number: Some(2), made, page: Bytes::new(), packed: Bytes::new() };
        let is_true = |number, after: Duration| rendering.is_true_at(number, made + after);
        assert!(is_true(Some(2), LONGEST / 2) && !is_true(Some(2), LONGEST) && !is_true(Some(3), Duration::ZERO));
        assert!(is_true(None, AT_THE_SAME_TIME / 2) && !is_true(None, AT_THE_SAME_TIME));
    }

    #[tokio::test]
    async fn what_is_no_page_is_not_kept_and_few_pages_are() {
        let renderings = Renderings::default();
        for _ in 0..2 {
            let missing = async { Error::NotFound("host").into_response() };
            let answer = renderings.find(key("/hosts/9"), (Some(1), true), missing).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        }
        for i in 0..2 * MOST {
            renderings.find(key(&i.to_string()), (Some(1), true), async { Html("a").into_response() }).await;
        }
        assert!(renderings.kept.lock().unwrap().len() <= MOST);
    }
}
