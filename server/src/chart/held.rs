//! Mean sessions of one client or user over time.

use askama::Template;
use askama::filters::HtmlSafe;

use super::file::Swatch;
use super::legend::{self, Legend};
use super::marks::{self, Hatch, Hit, MOST_HITS};
use super::path::{self, Tread};
use super::range::Span;
use super::scale::{Percent, XTick, YAxis, x_ticks};
use crate::locale::Locale;

const PLOT: (f64, f64) = (8.0, 118.0);

/// What the chart is drawn from.
#[derive(Debug)]
pub struct Source<'a> {
    pub span: Span,
    /// Of steps that are equally long and fill the span. None where nothing is known.
    pub means: &'a [Option<f64>],
    /// Since when anything is known at all: what lies before it is no hole.
    pub first_at: i64,
    pub locale: &'a Locale,
    /// The finding, for who does not see the chart.
    pub sentence: &'a str,
    /// Where a stretch is looked at: an address that ends where `from` goes; `&to=` follows.
    pub link: &'a str,
}

#[derive(Debug, Template)]
#[template(path = "chart/held.svg")]
pub struct Held {
    span: Span,
    sentence: String,
    y: YAxis,
    x: Vec<XTick>,
    area: String,
    line: String,
    hatches: Vec<Hatch>,
    pub hits: Vec<Hit>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Held {}

impl Held {
    #[must_use]
    pub fn draw(source: &Source) -> Self {
        let highest = source.means.iter().flatten().copied().fold(0.0, f64::max);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "mean sessions, not negative")]
        let y = YAxis::up_to(highest.ceil() as u32, PLOT, source.locale);
        let edges = |i: usize| source.span.share(edge(source, i));
        let tread =
            |(i, mean): (usize, &Option<f64>)| Some(Tread { from: edges(i), to: edges(i + 1), y: (*mean)? / y.top });
        let treads: Vec<Tread> = source.means.iter().enumerate().filter_map(tread).collect();
        Self {
            span: source.span,
            sentence: source.sentence.to_owned(),
            x: x_ticks(source.span, source.locale),
            area: path::area(&treads),
            line: path::steps(&treads),
            hatches: marks::hatches(&holes(source), &[], (source.span, source.locale)),
            hits: hits(source),
            y,
        }
    }
}

impl Held {
    /// What it is drawn with.
    #[must_use]
    pub fn legend(&self, locale: &Locale) -> Vec<(Swatch, String)> {
        let mut all = legend::lines(locale, &[("ln", "chart-legend-mean")]);
        all.extend((!self.hatches.is_empty()).then(|| legend::no_data(locale)));
        all
    }

    /// Below it on a page.
    #[must_use]
    pub fn key(&self, locale: &Locale) -> Legend {
        Legend::of(self.legend(locale))
    }
}

/// Stretches of which nothing is known though others before them are.
fn holes(source: &Source) -> Vec<Span> {
    let mut holes: Vec<Span> = Vec::new();
    for (i, _) in source.means.iter().enumerate().filter(|(_, mean)| mean.is_none()) {
        let (from_at, to_at) = (edge(source, i).max(source.first_at), edge(source, i + 1));
        match holes.last_mut() {
            Some(hole) if hole.to_at == from_at => hole.to_at = to_at,
            _ if from_at < to_at => holes.push(Span { from_at, to_at }),
            _ => {}
        }
    }
    holes
}

/// Where step `i` begins.
fn edge(source: &Source, i: usize) -> i64 {
    let count = i64::try_from(source.means.len().max(1)).unwrap_or(i64::MAX);
    source.span.from_at + source.span.length_ms() / count * i64::try_from(i).unwrap_or(count)
}

fn hits(source: &Source) -> Vec<Hit> {
    let per = source.means.len().div_ceil(MOST_HITS).max(1);
    let hit = |(n, means): (usize, &[Option<f64>])| {
        let (from_at, to_at) = (edge(source, n * per), edge(source, n * per + means.len()));
        let (x, width) = Percent::between(source.span, from_at, to_at);
        let most = means.iter().flatten().copied().reduce(f64::max);
        let said = most.map_or_else(
            || source.locale.say("chart-no-data"),
            |mean| source.locale.say("chart-mean").with("sessions", source.locale.decimal(mean)),
        );
        let title = format!("{} · {said}", source.locale.stamp(from_at, source.span.to_at));
        Hit { x, width, href: format!("{}{from_at}&to={to_at}", source.link), title }
    };
    source.means.chunks(per).enumerate().map(hit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::HOUR_MS;

    #[test]
    fn a_step_of_which_nothing_is_known_is_a_hole_and_each_leads_to_its_stretch() {
        let source = Source {
            span: Span { from_at: 0, to_at: 4 * HOUR_MS },
            means: &[Some(2.0), Some(4.0), None, Some(1.0)],
            first_at: 0,
            locale: &Locale::machine(),
            sentence: "<b>PC",
            link: "/clients/7?from=",
        };
        let held = Held::draw(&source);
        assert_eq!(held.line, "M0 500H2500V0H5000M7500 750H10000");
        assert_eq!(held.hits[1].href, "/clients/7?from=3600000&to=7200000");
        assert_eq!((&*held.hits[2].title, &*held.hits[1].title), ("02:00 · no data", "01:00 · 4.0 sessions"));
        assert!(!held.render().unwrap().contains("<b>"));
        assert_eq!((held.hatches.len(), held.hatches[0].x), (1, Percent(50.0)));
        assert_eq!(held.legend(source.locale).len(), 2);
        let late = Held::draw(&Source { means: &[None, None, Some(1.0), Some(1.0)], first_at: HOUR_MS, ..source });
        assert_eq!((late.hatches[0].x, late.hatches[0].width), (Percent(25.0), Percent(25.0)), "before it was watched");
        let source = Source { first_at: i64::MAX, ..source };
        assert!(Held::draw(&Source { means: &[None], ..source }).hatches.is_empty());
        assert!(Held::draw(&Source { means: &[], ..source }).hits.is_empty());
    }
}
