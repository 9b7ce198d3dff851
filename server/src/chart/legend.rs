//! What the colours and shapes of a chart mean, for files; pages say it beside their charts.

use super::file::Swatch;
use crate::locale::Locale;

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
