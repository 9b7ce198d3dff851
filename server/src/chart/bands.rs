//! The fleet: highest, 95th percentile and median saturation of its hosts.

use askama::Template;
use askama::filters::HtmlSafe;

use super::file::Swatch;
use super::legend;
use super::marks::{self, Hatch, Hit, Shape};
use super::path::{self, Tread};
use super::range::Span;
use super::scale::{Percent, XTick, YAxis, x_ticks};
use crate::locale::{Locale, Message};
use crate::model::event::Event;
use crate::model::time::HOUR_MS;

const PLOT: (f64, f64) = (16.0, 186.0);

/// One step of the fleet. None where no host with a known limit was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub from_at: i64,
    pub to_at: i64,
    pub of: Option<Spread>,
    /// Hosts that were full at some moment of the step, that were at 80 % or more (the full ones included), and of which nothing
    /// was heard in it.
    pub full_hosts: usize,
    pub watched_hosts: usize,
    pub silent_hosts: usize,
}

/// How the hosts' highest saturations of a step lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub max: f64,
    pub p95: f64,
    pub median: f64,
}

impl Spread {
    /// Of these saturations, in any order; none if there are none. Percentiles are values that occur (nearest rank).
    #[must_use]
    pub fn of(saturations: &mut [f64]) -> Option<Self> {
        saturations.sort_by(f64::total_cmp);
        let rank = |hundredths: usize| saturations.get((saturations.len() * hundredths).div_ceil(100).max(1) - 1);
        Some(Self { max: *saturations.last()?, p95: *rank(95)?, median: *rank(50)? })
    }
}

/// What the chart is drawn from.
#[derive(Debug)]
pub struct Source<'a> {
    pub span: Span,
    pub steps: &'a [Step],
    pub locale: &'a Locale,
    /// Newest first.
    pub events: &'a [Event],
    /// What was to be known of moments before this one has been added up.
    pub due_until_at: i64,
    /// Since when the fleet is watched: what lies before it is no hole.
    pub first_at: i64,
    /// Where a stretch is looked at: an address that ends where `from` goes; `&to=` follows.
    pub link: &'a str,
}

/// Of what is chosen on the chart so much is looked at, at least.
const LEAST_MS: i64 = HOUR_MS;

#[derive(Debug, Template)]
#[template(path = "chart/bands.svg")]
pub struct Bands {
    span: Span,
    sentence: String,
    y: YAxis,
    x: Vec<XTick>,
    upper: String,
    lower: String,
    max: String,
    p95: String,
    median: String,
    labels: Vec<(f64, &'static str, String)>,
    /// Names of the lanes below the plot.
    lane_full: String,
    lane_events: String,
    hatches: Vec<Hatch>,
    /// Lane of fullness: (x, width, title).
    full: Vec<(Percent, Percent, String)>,
    shapes: Vec<Shape>,
    hits: Vec<Hit>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Bands {}

impl Bands {
    #[must_use]
    pub fn draw(source: &Source) -> Self {
        let y = YAxis::saturation(PLOT);
        let line = |of: fn(&Spread) -> f64| path::middles(&treads(source, of));
        let (max, p95, median) = (line(|s| s.max), line(|s| s.p95), line(|s| s.median));
        Self {
            span: source.span,
            sentence: sentence(source),
            x: x_ticks(source.span, source.locale),
            upper: path::band(&max, &p95),
            lower: path::band(&p95, &median),
            max: path::straight(&max),
            p95: path::straight(&p95),
            median: path::straight(&median),
            labels: labels(source, &y),
            lane_full: source.locale.say("chart-lane-full").into(),
            lane_events: source.locale.say("chart-lane-events").into(),
            hatches: marks::hatches(&holes(source), &[], (source.span, source.locale)),
            full: full_lane(source),
            shapes: marks::shapes(source.events, source.span, source.locale),
            hits: hits(source),
            y,
        }
    }

    /// Whether the lane has a shape of this name.
    fn has(&self, icon: &str) -> bool {
        self.shapes.iter().any(|s| s.icon == icon)
    }

    /// What it is drawn with.
    #[must_use]
    pub fn legend(&self, locale: &Locale) -> Vec<(Swatch, String)> {
        let lines = [
            ("limit", "chart-legend-limit"),
            ("thresh", "chart-legend-watched"),
            ("ln max", "chart-legend-max"),
            ("ln thin", "chart-legend-p95"),
            ("ln", "chart-legend-median"),
        ];
        let fills = [
            ("band-a", "chart-legend-upper"),
            ("band-b", "chart-legend-lower"),
            ("barfill full", "chart-legend-some-full"),
        ];
        let mut all = legend::lines(locale, &lines);
        let all_fills = legend::fills(locale, &fills);
        all.extend(all_fills.into_iter().take(if self.full.is_empty() { 2 } else { 3 }));
        all.extend(legend::shapes(locale, |icon| self.has(icon)));
        all.extend(self.has_gaps().then(|| legend::no_data(locale)));
        all
    }

    fn has_gaps(&self) -> bool {
        !self.hatches.is_empty()
    }
}

/// Each step's value, where it is known.
fn treads(source: &Source, of: fn(&Spread) -> f64) -> Vec<Option<Tread>> {
    let tread = |s: &Step| {
        let (from, to) = (source.span.share(s.from_at), source.span.share(s.to_at));
        s.of.as_ref().map(|spread| Tread { from, to, y: of(spread) })
    };
    source.steps.iter().map(tread).collect()
}

/// Neighbours for which `is` holds, as spans.
fn stretches(steps: &[Step], is: impl Fn(&Step) -> bool) -> Vec<(Span, usize)> {
    let mut spans: Vec<(Span, usize)> = Vec::new();
    for step in steps.iter().filter(|s| is(s)) {
        match spans.last_mut() {
            Some((span, most)) if span.to_at == step.from_at => {
                span.to_at = step.to_at;
                *most = step.full_hosts.max(*most);
            }
            _ => spans.push((Span { from_at: step.from_at, to_at: step.to_at }, step.full_hosts)),
        }
    }
    spans
}

fn holes(source: &Source) -> Vec<Span> {
    let mut holes: Vec<Span> = stretches(source.steps, |s| s.of.is_none()).into_iter().map(|(span, _)| span).collect();
    holes.retain(|hole| hole.to_at < source.span.to_at || hole.from_at < source.due_until_at);
    // What lies before the fleet's first observation is no hole in it.
    holes.retain(|hole| hole.to_at > source.first_at);
    holes.iter_mut().for_each(|hole| hole.from_at = hole.from_at.max(source.first_at));
    holes
}

fn full_lane(source: &Source) -> Vec<(Percent, Percent, String)> {
    let bar = |(span, most): (Span, usize)| {
        let (x, width) = Percent::between(source.span, span.from_at, span.to_at);
        let locale = source.locale;
        let title = locale
            .say("chart-full-lane")
            .with("from", locale.stamp(span.from_at, source.span.to_at))
            .with("to", locale.stamp(span.to_at, source.span.to_at))
            .with("hosts", most);
        (x, Percent(width.0.max(0.2)), title.into())
    };
    stretches(source.steps, |s| s.full_hosts > 0).into_iter().map(bar).collect()
}

/// The newest values beside their lines, moved apart where they would touch.
fn labels(source: &Source, y: &YAxis) -> Vec<(f64, &'static str, String)> {
    let Some(last) = source.steps.iter().rev().find_map(|s| s.of) else { return Vec::new() };
    let said = |id, share| source.locale.say(id).with("share", source.locale.percent(share)).into();
    let mut labels: Vec<(f64, &'static str, String)> = vec![
        (y.y(last.max) + 4.0, "strong", said("chart-max", last.max)),
        (y.y(last.p95) + 4.0, "t2", said("chart-p95", last.p95)),
        (y.y(last.median) + 4.0, "t2", said("chart-median", last.median)),
    ];
    for i in 1..labels.len() {
        labels[i].0 = labels[i].0.max(labels[i - 1].0 + 13.0);
    }
    // Pushed down past the axis: move the lot up again.
    for i in (0..labels.len()).rev() {
        let floor = labels.get(i + 1).map_or(y.bottom() + 4.0, |below| below.0 - 13.0);
        labels[i].0 = labels[i].0.min(floor);
    }
    labels
}

fn hits(source: &Source) -> Vec<Hit> {
    let per = source.steps.len().div_ceil(144).max(1);
    let hit = |steps: &[Step]| {
        let (first, last) = (steps.first()?, steps.last()?);
        let (x, width) = Percent::between(source.span, first.from_at, last.to_at);
        let full = steps.iter().map(|s| s.full_hosts).max().unwrap_or(0);
        let top = steps.iter().filter_map(|s| s.of).max_by(|a, b| a.max.total_cmp(&b.max));
        let locale = source.locale;
        let said: String = top.map_or_else(|| locale.say("chart-no-data"), |s| spread(locale, &s)).into();
        let counts = [
            (full, "chart-hosts-full"),
            (steps.iter().map(|s| s.watched_hosts).max().unwrap_or(0), "chart-hosts-watched"),
            (steps.iter().map(|s| s.silent_hosts).max().unwrap_or(0), "chart-hosts-silent"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts = counts.map(|(count, id)| String::from(locale.say(id).with("hosts", count)));
        let said = locale.joined(std::iter::once(said).chain(counts).collect());
        let clock = locale.stamp(first.from_at, source.span.to_at);
        let href = stretch(source, Span { from_at: first.from_at, to_at: last.to_at });
        Some(Hit { x, width, href, title: format!("{clock} · {said}") })
    };
    source.steps.chunks(per).filter_map(hit).collect()
}

fn spread(locale: &Locale, of: &Spread) -> Message {
    locale
        .say("chart-spread")
        .with("max", locale.percent(of.max))
        .with("p95", locale.percent(of.p95))
        .with("median", locale.percent(of.median))
}

/// Where the stretch that a target tells of is looked at; more around it if it is short, but no longer than half of the chart.
fn stretch(source: &Source, of: Span) -> String {
    let lacks_ms = LEAST_MS.min(source.span.length_ms() / 2) - of.length_ms();
    let around_ms = lacks_ms.max(0) / 2;
    format!("{}{}&to={}", source.link, of.from_at - around_ms, of.to_at + around_ms)
}

/// The finding, for who does not see the chart.
fn sentence(source: &Source) -> String {
    let locale = source.locale;
    let span = locale.duration(source.span.length_ms());
    let Some(last) = source.steps.iter().rev().find_map(|s| s.of) else {
        return locale.say("chart-nothing-over").with("span", span).into();
    };
    let full: i64 = source.steps.iter().filter(|s| s.full_hosts > 0).map(|s| s.to_at - s.from_at).sum();
    let id = if full > 0 { "chart-bands-and-full" } else { "chart-bands" };
    let said = locale.say(id).with("span", span).with("now", spread(locale, &last));
    said.with("full", locale.duration(full)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(of: &[Option<f64>]) -> Vec<Step> {
        let step = |(i, max): (usize, &Option<f64>)| Step {
            from_at: i as i64 * 1_000,
            to_at: (i as i64 + 1) * 1_000,
            of: max.map(|max| Spread { max, p95: max / 2.0, median: max / 4.0 }),
            full_hosts: usize::from(max.is_some_and(|m| m >= 1.0)),
            watched_hosts: usize::from(max.is_some_and(|m| m >= 0.8)),
            silent_hosts: 0,
        };
        of.iter().enumerate().map(step).collect()
    }

    fn draw(of: &[Option<f64>]) -> Bands {
        draw_since(of, 0, i64::MAX)
    }

    fn draw_since(of: &[Option<f64>], first_at: i64, due_until_at: i64) -> Bands {
        let span = Span { from_at: 0, to_at: of.len() as i64 * 1_000 };
        let (steps, locale) = (steps(of), Locale::machine());
        let (steps, locale) = (&steps, &locale);
        Bands::draw(&Source { span, steps, locale, events: &[], due_until_at, first_at, link: "?from=" })
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let mut hosts: Vec<f64> = (1..=100).map(|n| f64::from(n) / 100.0).collect();
        assert_eq!(Spread::of(&mut hosts), Some(Spread { max: 1.0, p95: 0.95, median: 0.5 }));
        assert_eq!(Spread::of(&mut [0.3]), Some(Spread { max: 0.3, p95: 0.3, median: 0.3 }));
        assert_eq!(Spread::of(&mut []), None);
    }

    #[test]
    fn lines_break_at_a_hole_and_the_hole_is_hatched() {
        let bands = draw(&[Some(0.5), Some(0.5), None, Some(1.0)]);
        assert_eq!(bands.max, "M1250 500L3750 500M7500 0L10000 0", "a lone step is as wide as it lasted");
        assert_eq!(bands.hatches[0].x, Percent(50.0));
        assert_eq!(bands.full.len(), 1);
        assert_eq!((bands.full[0].0, bands.full[0].1), (Percent(75.0), Percent(25.0)));
    }

    #[test]
    fn a_hole_at_the_start_is_one_unless_the_fleet_was_not_watched_yet() {
        let holes = |first_at| draw_since(&[None, None, Some(1.0), Some(1.0)], first_at, i64::MAX).hatches;
        assert_eq!(holes(-9)[0].width, Percent(50.0));
        assert_eq!((holes(1_000)[0].x, holes(1_000)[0].width), (Percent(25.0), Percent(25.0)));
        assert_eq!(holes(2_000), []);
    }

    #[test]
    fn the_end_of_a_stretch_of_the_past_is_not_on_its_way_any_more() {
        let holes = |due_until_at| draw_since(&[Some(1.0), None], 0, due_until_at).hatches.len();
        assert_eq!((holes(1_000), holes(2_000), holes(i64::MAX)), (0, 1, 1));
    }

    #[test]
    fn a_target_leads_to_the_stretch_that_it_tells_of() {
        let all: Vec<_> = (0..300).map(|_| Some(0.5)).collect();
        let mut steps = steps(&all);
        for (step, i) in steps.iter_mut().zip(0..) {
            (step.from_at, step.to_at) = (i * HOUR_MS, (i + 1) * HOUR_MS);
        }
        let link = |steps: &[Step]| {
            let span = Span { from_at: 0, to_at: steps.last().unwrap().to_at };
            let locale = &Locale::machine();
            Bands::draw(&Source { span, steps, locale, events: &[], due_until_at: 0, first_at: 0, link: "?from=" }).hits
                [1]
            .href
            .clone()
        };
        assert_eq!(link(&steps), format!("?from={}&to={}", 3 * HOUR_MS, 6 * HOUR_MS), "three hours are one target");
        for (step, i) in steps.iter_mut().zip(0..) {
            (step.from_at, step.to_at) = (i * HOUR_MS / 12, (i + 1) * HOUR_MS / 12);
        }
        assert_eq!(
            link(&steps[..24]),
            format!("?from={}&to={}", -HOUR_MS * 3 / 8, HOUR_MS * 5 / 8),
            "an hour at least"
        );
    }

    #[test]
    fn labels_that_would_touch_are_moved_apart() {
        let labels = draw(&[Some(0.02)]).labels;
        assert!(labels.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 12.9), "{labels:?}");
        assert!(labels[2].0 <= PLOT.0 + PLOT.1 + 4.0);
    }
}
