//! Which representation a program wants, by its header Accept.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

pub const JSON: &str = "application/json";
pub const CSV: &str = "text/csv";

/// How much a program likes a kind of answer, from 0 (not at all) to 1000. The most specific range that it names decides; without a
/// header everything is fine.
#[must_use]
pub fn liking(headers: &HeaderMap, kind: &str) -> u16 {
    let lists: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|list| list.to_str().ok()).collect();
    let ranges: Vec<&str> = lists.iter().flat_map(|list| list.split(',')).filter(|r| !r.trim().is_empty()).collect();
    if ranges.is_empty() {
        return 1_000;
    }
    let family = kind.split('/').next().unwrap_or_default();
    let best = ranges.iter().filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let precise = match name.strip_suffix("/*") {
            _ if name == kind => 2,
            Some("*") => 0,
            Some(of) if of == family => 1,
            _ => return None,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        Some((precise, quality.map_or(1_000, thousandths)))
    });
    best.max().map_or(0, |(_, quality)| quality)
}

/// Whether a list is wanted as a table rather than as JSON.
#[must_use]
pub fn wants_csv(headers: &HeaderMap) -> bool {
    liking(headers, CSV) > liking(headers, JSON)
}

/// `0.8` as 800. What is no quality counts as none given.
fn thousandths(text: &str) -> u16 {
    match text.trim().parse::<f32>() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1000")]
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1_000.0) as u16,
        _ => 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, text.parse().unwrap())])
    }

    #[test]
    fn the_most_specific_range_decides() {
        let of = |text| (liking(&accept(text), JSON), liking(&accept(text), CSV));
        assert_eq!((liking(&HeaderMap::new(), JSON), of("")), (1_000, (1_000, 1_000)));
        assert_eq!(of("*/*"), (1_000, 1_000));
        assert_eq!(of("text/html, application/*;q=0.5"), (500, 0));
        assert_eq!(of("text/csv, */*;q=0.1"), (100, 1_000));
        assert_eq!(of("application/json;q=0, */*"), (0, 1_000));
        assert_eq!(of("APPLICATION/JSON; charset=utf-8; q=0.25"), (250, 0));
        assert_eq!(of("image/png"), (0, 0));
    }

    #[test]
    fn a_table_is_for_who_likes_it_more() {
        assert!(wants_csv(&accept("text/csv")));
        assert!(wants_csv(&accept("text/csv, application/json;q=0.9")));
        for json in ["", "*/*", "application/json, text/csv", "text/csv;q=0", "text/html"] {
            assert!(!wants_csv(&accept(json)), "{json}");
        }
    }
}
