//! What the fleet page is asked for: everything is in the address.

use serde::Deserialize;

use crate::chart::range::Range;
use crate::chart::zoom::Zoom;
use crate::model::host::Level;
use crate::web::query::query;

/// The query as it was written; what is not understood counts as not written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub(super) range: String,
    /// A stretch instead of the range.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) q: String,
    pub(super) level: String,
    pub(super) group: String,
    pub(super) sort: String,
    pub(super) page: String,
    pub(super) wall: String,
    pub(super) format: String,
    /// Which chart is wanted as a file.
    pub(super) chart: String,
}

/// A column that rows can be in order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sort {
    /// Full, silent, watched, … : what wants to be looked at.
    #[default]
    Attention,
    Name,
    Sessions,
    Peak,
    Event,
    Seen,
}

impl Sort {
    const ALL: [Self; 6] = [Self::Attention, Self::Name, Self::Sessions, Self::Peak, Self::Event, Self::Seen];

    #[must_use]
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Name => "name",
            Self::Sessions => "sessions",
            Self::Peak => "peak",
            Self::Event => "event",
            Self::Seen => "seen",
        }
    }
}

/// The words of levels in addresses.
const LEVELS: [(Level, &str); 6] = [
    (Level::Full, "full"),
    (Level::Watch, "watch"),
    (Level::Calm, "calm"),
    (Level::Silent, "silent"),
    (Level::Unlimited, "unlimited"),
    (Level::Unknown, "unknown"),
];

#[must_use]
pub(super) fn level_word(level: Level) -> &'static str {
    LEVELS.iter().find(|(l, _)| *l == level).map_or("", |(_, word)| word)
}

impl Asked {
    #[must_use]
    pub(super) fn zoom(&self, now_at: i64) -> Zoom {
        Zoom::of(&self.range, (&self.from, &self.to), now_at)
    }

    #[must_use]
    pub(super) fn level(&self) -> Option<Level> {
        LEVELS.iter().find(|(_, word)| *word == self.level).map(|(level, _)| *level)
    }

    /// By which column, and whether the other way round.
    #[must_use]
    pub(super) fn sort(&self) -> (Sort, bool) {
        let (word, is_reversed) = self.sort.strip_prefix('-').map_or((self.sort.as_str(), false), |word| (word, true));
        (Sort::ALL.into_iter().find(|s| s.word() == word).unwrap_or_default(), is_reversed)
    }

    /// Counted from 0; in addresses from 1.
    #[must_use]
    pub(super) fn page(&self) -> usize {
        self.page.parse().unwrap_or(1_usize).saturating_sub(1)
    }

    #[must_use]
    pub(super) fn is_filtered(&self) -> bool {
        !self.q.is_empty() || self.level().is_some() || !self.group.is_empty()
    }

    #[must_use]
    pub(super) fn is_wall(&self) -> bool {
        !self.wall.is_empty()
    }

    /// The same question with one answer changed, from the first page.
    #[must_use]
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let is_usual = Range::from_word(&self.range) == Range::default();
        let mut pairs = [
            ("range", if is_usual { "" } else { Range::from_word(&self.range).word() }),
            ("from", &self.from),
            ("to", &self.to),
            ("q", self.q.as_str()),
            ("level", self.level().map_or("", level_word)),
            ("group", &self.group),
            ("sort", &self.sort),
            ("wall", &self.wall),
            ("page", ""),
            ("format", ""),
        ];
        for pair in pairs.iter_mut().filter(|(n, _)| *n == name) {
            pair.1 = value;
        }
        query(&pairs)
    }

    /// The same question over another stretch.
    #[must_use]
    pub(super) fn over(&self, zoom: Zoom) -> String {
        let [(_, range), (_, from), (_, to)] = zoom.pairs();
        Self { range, from, to, ..self.clone() }.with("page", "")
    }

    #[must_use]
    pub(super) fn over_range(&self, range: &Range) -> String {
        self.over(Zoom { range: *range, chosen: None })
    }

    /// As [`over`](Self::over): an address that ends where the start of the stretch goes.
    #[must_use]
    pub(super) fn over_from(&self) -> String {
        let rest = self.over(Zoom::default());
        let separator = if rest.len() > 1 { "&" } else { "" };
        format!("{rest}{separator}from=")
    }

    /// As [`with`](Self::with), for a page counted from 0.
    #[must_use]
    pub(super) fn on_page(&self, page: usize) -> String {
        self.with("page", &(page + 1).to_string())
    }

    /// The head of a column: chosen again it turns round.
    #[must_use]
    pub(super) fn sorted_by(&self, sort: &Sort) -> String {
        let word = if self.sort() == (*sort, false) { format!("-{}", sort.word()) } else { sort.word().to_owned() };
        self.with("sort", &word)
    }

    /// For `aria-sort`: numbers and times come greatest first, names from A.
    #[must_use]
    pub(super) fn aria_sort(&self, sort: &Sort) -> &'static str {
        match self.sort() {
            (chosen, _) if chosen != *sort => "none",
            (Sort::Name, false) => "ascending",
            (Sort::Name, true) | (_, false) => "descending",
            (_, true) => "ascending",
        }
    }

    #[must_use]
    pub(super) fn arrow(&self, sort: &Sort) -> &'static str {
        match self.aria_sort(sort) {
            "ascending" => " ↑",
            "descending" => " ↓",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_changed_without_losing_the_others_and_starts_at_the_first_page() {
        let asked =
            Asked { q: "a b".into(), level: "full".into(), page: "3".into(), sort: "-name".into(), ..Asked::default() };
        assert_eq!(asked.with("level", ""), "?q=a%20b&sort=-name");
        assert_eq!(asked.on_page(3), "?q=a%20b&level=full&sort=-name&page=4");
        assert_eq!(asked.sorted_by(&Sort::Name), "?q=a%20b&level=full&sort=name");
        assert_eq!((asked.page(), asked.sort()), (2, (Sort::Name, true)));
    }

    #[test]
    fn a_stretch_takes_the_place_of_the_range_and_the_filters_stay() {
        let now_at = 1_795_509_067_000;
        let asked = Asked { range: "7d".into(), level: "full".into(), page: "3".into(), ..Asked::default() };
        let closer = asked.zoom(now_at).closer(now_at).unwrap();
        assert_eq!(asked.over(closer), "?from=1795206667000&to=1795509067000&level=full");
        assert_eq!(asked.over_from(), "?level=full&from=");
        assert_eq!(Asked::default().over_from(), "?from=");
        let zoomed = Asked { from: "1795206667000".into(), to: "1795509067000".into(), ..Asked::default() };
        assert_eq!(zoomed.with("level", "full"), "?from=1795206667000&to=1795509067000&level=full");
        assert_eq!(zoomed.over(Zoom::default()), "?");
    }

    #[test]
    fn what_is_not_understood_counts_as_not_written() {
        let asked = Asked { page: "-1".into(), level: "<b>".into(), sort: "x".into(), ..Asked::default() };
        assert_eq!((asked.page(), asked.level(), asked.sort()), (0, None, (Sort::Attention, false)));
    }
}
