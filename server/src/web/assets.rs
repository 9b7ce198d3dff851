//! What browsers load beside the page: one stylesheet, one script, one icon, all inside the program.

use std::sync::LazyLock;

use axum::Router;
use memory_serve::{CacheControl, Manifest, MemoryServe};

/// Under a name with a hash of their contents browsers keep them for a year; under their plain name they ask each time.
fn files() -> MemoryServe {
    memory_serve::load!().index_file(None).cache_control(CacheControl::NoCache).enable_hashed_routes(true)
}

static NAMES: LazyLock<Manifest> = LazyLock::new(|| files().manifest());

/// The routes below `/static`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().nest("/static", files().into_router())
}

/// Where `app.css` (or another file of `static/`) is to be loaded from.
#[must_use]
pub fn url(file: &str) -> String {
    let route = format!("/{file}");
    format!("/static{}", NAMES.get(&route).unwrap_or(&route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_file_changes_with_its_contents() {
        let (name, end) = url("app.css").rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(end, "css");
        assert!(name.starts_with("/static/app.") && name.len() > "/static/app.".len() + 8, "{name}");
        assert_eq!(url("no-such-file"), "/static/no-such-file");
    }
}
