//! What a host's page is asked for: everything is in the address.

use serde::Deserialize;

use super::order::{Order, Sorting};
use crate::chart::range::Range;
use crate::chart::zoom::Zoom;
use crate::model::HostId;
use crate::model::time::EARLIEST_AT;
use crate::web::layout::Viewer;
use crate::web::pages::picture;
use crate::web::query::query;

/// The query as it was written; what is not understood counts as not written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    range: String,
    /// A stretch instead of the range.
    from: String,
    to: String,
    /// The moment in milliseconds.
    at: String,
    /// The moment as the form sends it: a wall time in the viewer's zone.
    moment: String,
    /// Another moment, in milliseconds or as the form sends it.
    compared_with: String,
    sort: String,
    /// `7d`: the week before is drawn too.
    before: String,
    format: String,
    /// Which chart is wanted as a file.
    chart: String,
    /// Which table, if not the one of a chart.
    table: String,
}

impl Asked {
    #[must_use]
    pub(super) fn format(&self) -> &str {
        &self.format
    }

    /// The chart that is wanted as a file.
    #[must_use]
    pub(super) fn picture(&self) -> Option<&str> {
        (self.format == picture::FORMAT).then_some(&*self.chart)
    }

    /// What is wanted as a table: a chart's readings, or one of the page's tables.
    #[must_use]
    pub(super) fn table(&self) -> (&str, &str) {
        (&self.chart, &self.table)
    }
}

/// The word for the week before in addresses.
pub(super) const WEEK: &str = "7d";

/// The query as it was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Question {
    host: HostId,
    pub(super) zoom: Zoom,
    /// None is now.
    pub(super) at: Option<i64>,
    /// The moment that is compared with it.
    pub(super) compared_with: Option<i64>,
    pub(super) sorting: Sorting,
    /// The week before is drawn too.
    pub(super) week_before: bool,
}

impl Question {
    #[must_use]
    pub(super) fn of(asked: &Asked, host: HostId, viewer: &Viewer) -> Self {
        let moment = |texts: [&str; 2]| {
            let mut read =
                texts.into_iter().filter_map(|t| viewer.locale.zone.from_field(t).or_else(|| t.parse().ok()));
            read.next().map(|at| at.clamp(EARLIEST_AT, viewer.now_at))
        };
        let compared_with = moment([&asked.compared_with, ""]);
        Self {
            host,
            zoom: Zoom::of(&asked.range, (&asked.from, &asked.to), viewer.now_at),
            at: moment([&asked.moment, &asked.at]),
            compared_with,
            sorting: Sorting::from_word(&asked.sort, compared_with.is_some()),
            week_before: asked.before == WEEK,
        }
    }

    /// The page at another moment.
    #[must_use]
    pub(super) fn at(self, at: Option<i64>) -> Self {
        Self { at, ..self }
    }

    #[must_use]
    pub(super) fn over(self, range: Range) -> Self {
        self.zoomed(Zoom { range, chosen: None })
    }

    #[must_use]
    pub(super) fn zoomed(self, zoom: Zoom) -> Self {
        Self { zoom, ..self }
    }

    /// The page compared with another moment, or with none. What is most wanted then comes first.
    #[must_use]
    pub(super) fn compared_with(self, other_at: Option<i64>) -> Self {
        Self { compared_with: other_at, sorting: Sorting::usual(other_at.is_some()), ..self }
    }

    /// Over longer ranges a week is no distance.
    #[must_use]
    pub(super) fn draws_week_before(self) -> bool {
        self.week_before && self.offers_week_before()
    }

    #[must_use]
    pub(super) fn offers_week_before(self) -> bool {
        matches!(self.zoom.range, Range::Hour | Range::Day | Range::Week)
    }

    /// With the week before, or without it.
    #[must_use]
    pub(super) fn with_week_before(self, week_before: bool) -> Self {
        Self { week_before, ..self }
    }

    #[must_use]
    pub(super) fn sorted_by(self, order: Order) -> Self {
        Self { sorting: self.sorting.by(order), ..self }
    }

    /// As the form and links write it; none for the usual one.
    #[must_use]
    pub(super) fn sort_word(self) -> String {
        let is_usual = self.sorting == Sorting::usual(self.compared_with.is_some());
        if is_usual { String::new() } else { self.sorting.word() }
    }

    #[must_use]
    pub(super) fn href(self) -> String {
        let millis = |at: Option<i64>| at.map_or_else(String::new, |at| at.to_string());
        let [(range, word), (from, from_at), (to, to_at)] = self.zoom.pairs();
        let pairs = [
            (range, &*word),
            (from, &from_at),
            (to, &to_at),
            ("at", &millis(self.at)),
            ("compared_with", &millis(self.compared_with)),
            ("sort", &self.sort_word()),
            ("before", if self.week_before { WEEK } else { "" }),
        ];
        format!("/hosts/{}{}", self.host, query(&pairs))
    }

    /// The sessions of the moment as a file: as the page lists them, against the other moment too.
    #[must_use]
    pub(super) fn href_of_file(self, format: &str) -> String {
        format!("{}&format={format}", self.href())
    }

    /// Another table of the page as a file.
    #[must_use]
    pub(super) fn href_of_table(self, table: &str, format: &str) -> String {
        format!("{}&table={table}&format={format}", self.href())
    }

    /// An address that ends where a moment goes.
    #[must_use]
    pub(super) fn href_of_moments(self) -> String {
        format!("{}&at=", Self { at: None, ..self }.href())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;
    use crate::web::layout::Theme;

    fn question(moment: &str, compared_with: &str, sort: &str) -> Question {
        let asked = Asked {
            at: "1795509067000".into(),
            moment: moment.into(),
            compared_with: compared_with.into(),
            sort: sort.into(),
            ..Asked::default()
        };
        Question::of(&asked, HostId(7), &Viewer::of(Locale::machine(), Theme::System, 1_795_600_000_000))
    }

    #[test]
    fn a_link_changes_one_answer_and_keeps_the_others() {
        let asked = question("", "1795500000000", "-opens");
        let all = "/hosts/7?range=24h&at=1795509067000&compared_with=1795500000000&sort=-opens";
        assert_eq!(asked.href(), all);
        assert_eq!(asked.sorted_by(Order::Opens).href(), all.replace("-opens", "opens"));
        assert_eq!(asked.at(None).href(), all.replace("&at=1795509067000", ""));
        assert_eq!(asked.compared_with(None).href(), "/hosts/7?range=24h&at=1795509067000");
        assert_eq!(asked.href_of_moments(), all.replace("&at=1795509067000", "") + "&at=");
    }

    #[test]
    fn moments_are_read_from_links_and_from_the_form_and_never_lie_ahead() {
        let asked = question("2026-11-24T08:31", "2026-11-24T07:00", "");
        assert_eq!((asked.at, asked.compared_with), (Some(1_795_509_060_000), Some(1_795_503_600_000)));
        assert_eq!(question("2099-01-01T00:00", "soon", "").at, Some(1_795_600_000_000));
        assert_eq!(question("", "soon", "change").compared_with, None);
    }
}
