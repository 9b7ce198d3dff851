//! What the colours and shapes of a chart mean: the same below it on a page and in a file of its own.

use askama::Template;
use askama::filters::HtmlSafe;

use super::file::Swatch;
use crate::locale::Locale;

/// Below a chart on a page.
#[derive(Debug, Template)]
#[template(path = "chart/legend.html")]
pub struct Legend {
    entries: Vec<(Swatch, String)>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Legend {}

impl Legend {
    #[must_use]
    pub fn of(entries: Vec<(Swatch, String)>) -> Self {
        Self { entries }
    }
}

/// Shapes of the lane of events that a chart has.
#[must_use]
pub fn shapes(locale: &Locale, has: impl Fn(&str) -> bool) -> Vec<(Swatch, String)> {
    let all = [
        ("m-cap", "chart-legend-capacity"),
        ("m-mem", "chart-legend-memory"),
        ("m-set", "chart-legend-changed"),
        ("m-other", "chart-legend-other"),
    ];
    all.into_iter()
        .filter(|(name, _)| has(name))
        .map(|(name, id)| (Swatch::Shape(name), locale.say(id).into()))
        .collect()
}

/// Areas, each with its class and the id of its message.
#[must_use]
pub fn fills(locale: &Locale, all: &[(&'static str, &'static str)]) -> Vec<(Swatch, String)> {
    all.iter().map(|(class, id)| (Swatch::Fill(class), locale.say(id).into())).collect()
}

/// Lines, each with its class and the id of its message.
#[must_use]
pub fn lines(locale: &Locale, all: &[(&'static str, &'static str)]) -> Vec<(Swatch, String)> {
    all.iter().map(|(class, id)| (Swatch::Line(class), locale.say(id).into())).collect()
}

#[must_use]
pub fn no_data(locale: &Locale) -> (Swatch, String) {
    (Swatch::Pattern("p-gap"), locale.say("chart-no-data").into())
}

/// Of the map of worst hosts.
#[must_use]
pub fn heat(locale: &Locale) -> Vec<(Swatch, String)> {
    let from = |class, share| {
        (Swatch::Fill(class), locale.say("chart-legend-from").with("share", locale.percent(share)).into())
    };
    let steps = [("c0", 0.0), ("c1", 0.25), ("c2", 0.5), ("c3", 0.7), ("c4", 0.8), ("c5", 0.9)];
    let mut all: Vec<_> = steps.into_iter().map(|(class, share)| from(class, share)).collect();
    all.push((Swatch::Fill("c6"), locale.say("chart-full").into()));
    let quiet = [("p-silent", "chart-silent"), ("p-unlimited", "chart-no-limit"), ("p-unknown", "chart-limit-unknown")];
    all.push(no_data(locale));
    all.extend(quiet.into_iter().map(|(name, id)| (Swatch::Pattern(name), locale.say(id).into())));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_and_a_file_have_the_same_words_and_names_are_escaped() {
        let mut entries = lines(&Locale::machine(), &[("ln", "chart-legend-sessions")]);
        entries.push((Swatch::Fill("k1"), "<b>PC".to_owned()));
        let html = Legend::of(entries).render().unwrap();
        assert!(html.contains("<path class=\"ln\" d=\"M0 5H16\"/></svg>sessions</span>"), "{html}");
        assert!(html.contains("<rect class=\"k1\"") && !html.contains("<b>"), "{html}");
    }
}
