//! One host: sessions as steps against the limit.

use askama::Template;
use askama::filters::HtmlSafe;

use super::file::Swatch;
use super::legend;
use super::marks::{self, Cursor, Hatch, Hit, Reason, Shape};
use super::path::{self, Tread};
use super::range::{Bucket, Span, gaps};
use super::scale::{Percent, XTick, YAxis, x_ticks};
use crate::locale::Locale;
use crate::model::event::Event;
use crate::model::host::WATCH_SATURATION;
use crate::model::limit::Limit;
use crate::model::usage::Usage;

/// First pixel and height of the plot; above it is room for the flag, below it for the lane and the hours.
const PLOT: (f64, f64) = (34.0, 190.0);
/// A limit this many times the peak would press the line flat: then the scale follows the line, and the limit is said in words.
const FAR: u32 = 8;

/// What the chart is drawn from.
#[derive(Debug)]
pub struct Source<'a> {
    pub name: &'a str,
    pub span: Span,
    pub buckets: &'a [Bucket],
    /// Those of the week before, moved to where they are compared; empty if they are not.
    pub before: &'a [Bucket],
    pub locale: &'a Locale,
    /// The limit now: the axis follows it even when nothing was observed.
    pub limit: Limit,
    pub reasons: &'a [Reason],
    /// Newest first.
    pub events: &'a [Event],
    /// What changed about the host, in order: when, and in words.
    pub changes: &'a [(i64, String)],
    /// Where changes are told.
    pub changes_link: &'a str,
    /// Where moments are looked at: an address that ends where the instant goes.
    pub link: &'a str,
    /// Snapshots of moments before this one are not on their way any more.
    pub due_until_at: i64,
    /// Nothing was ever observed before the span: what is empty at its start is no gap.
    pub is_beginning: bool,
    pub moment: Option<Moment>,
    /// The moment that it is compared with.
    pub compared: Option<Moment>,
}

impl Source<'_> {
    /// Stretches of the span in which the host should have been observed and was not.
    #[must_use]
    pub fn gaps(&self) -> Vec<Span> {
        let mut gaps = gaps(self.buckets, self.due_until_at);
        gaps.retain(|gap| !self.is_beginning || gap.from_at > self.span.from_at);
        gaps
    }

    /// Where the host was observed for the first time, if that lies well within the span.
    fn beginning(&self) -> Option<i64> {
        let first = self.buckets.iter().find(|b| b.usage.peak.is_some())?;
        (self.is_beginning && self.span.share(first.from_at) > 0.02).then_some(first.from_at)
    }
}

/// The moment that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub at: i64,
    /// Sessions then; none if nothing was observed.
    pub sessions: Option<u32>,
}

#[derive(Debug, Template)]
#[template(path = "chart/line.svg")]
pub struct Line {
    span: Span,
    /// Where moments are looked at: see [`Source::link`].
    link: String,
    sentence: String,
    y: YAxis,
    x: Vec<XTick>,
    area: String,
    line: String,
    before: String,
    over_80: String,
    full: String,
    limit: String,
    threshold: String,
    /// Right of the plot: (y, class, text).
    labels: Vec<(f64, &'static str, String)>,
    /// Name of the lane below the plot.
    lane_events: String,
    hatches: Vec<Hatch>,
    /// The host's first observation: where, and in words.
    beginning: Option<(Percent, String)>,
    shapes: Vec<Shape>,
    /// The limit became another one: (x, text).
    changes: Vec<(Percent, String)>,
    hits: Vec<Hit>,
    /// The moments, each with the class of its line.
    cursors: Vec<(&'static str, Cursor)>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Line {}

impl Line {
    #[must_use]
    pub fn draw(source: &Source) -> Self {
        let y = axis(source);
        let treads = treads(source, &y);
        let over = |least: f64| -> Vec<Tread> {
            let is_over = |b: &&Bucket| b.usage.max_saturation.is_some_and(|s| s >= least);
            source.buckets.iter().filter(is_over).filter_map(|b| tread(source.span, b, &y)).collect()
        };
        let holes = source.gaps();
        Self {
            span: source.span,
            link: source.link.to_owned(),
            sentence: sentence(source, &holes),
            x: x_ticks(source.span, source.locale),
            area: path::area(&treads),
            line: path::steps(&treads),
            before: path::steps(&source.before.iter().filter_map(|b| tread(source.span, b, &y)).collect::<Vec<_>>()),
            over_80: path::steps(&over(WATCH_SATURATION)),
            full: path::steps(&over(1.0)),
            limit: path::steps(&limits(source, &y, 1.0)),
            threshold: path::steps(&limits(source, &y, WATCH_SATURATION)),
            labels: labels(source, &y),
            lane_events: source.locale.say("chart-lane-events").into(),
            hatches: marks::hatches(&holes, source.reasons, (source.span, source.locale)),
            beginning: source.beginning().map(|at| {
                let said =
                    source.locale.say("chart-watched-since").with("at", source.locale.stamp(at, source.span.to_at));
                (Percent::of(source.span, at), said.into())
            }),
            shapes: marks::shapes(source.events, source.span, source.locale)
                .into_iter()
                .chain(marks::changes(source.changes, source.span, source.locale, source.changes_link))
                .collect(),
            changes: changes(source),
            hits: marks::hits(source.buckets, (source.span, source.locale, source.link), |b| {
                in_words(source.locale, &b.usage)
            }),
            cursors: [("cursor other", source.compared), ("cursor", source.moment)]
                .into_iter()
                .filter_map(|(class, moment)| Some((class, moment.filter(|m| source.span.holds(m.at))?)))
                .map(|(class, moment)| (class, cursor(source, &y, moment)))
                .collect(),
            y,
        }
    }

    /// Whether the lane has a shape of this name.
    fn has(&self, icon: &str) -> bool {
        self.shapes.iter().any(|s| s.icon == icon) || (icon == "m-set" && !self.changes.is_empty())
    }

    /// What it is drawn with.
    #[must_use]
    pub fn legend(&self, locale: &Locale) -> Vec<(Swatch, String)> {
        let lines = [
            (true, "ln", "chart-legend-sessions"),
            (!self.over_80.is_empty(), "ln over-w", "chart-legend-over-80"),
            (!self.full.is_empty(), "ln over-f", "chart-full"),
            (!self.limit.is_empty(), "limit", "chart-legend-limit"),
            (!self.threshold.is_empty(), "thresh", "chart-legend-watched"),
            (self.has_before(), "ln before", "chart-legend-before"),
        ];
        let drawn: Vec<_> = lines.into_iter().filter(|(is, ..)| *is).map(|(_, class, id)| (class, id)).collect();
        let mut all = legend::lines(locale, &drawn);
        all.extend(legend::shapes(locale, |icon| self.has(icon)));
        all.extend(self.has_gaps().then(|| legend::no_data(locale)));
        all
    }

    /// Whether the week before is drawn.
    #[must_use]
    pub fn has_before(&self) -> bool {
        !self.before.is_empty()
    }

    fn has_gaps(&self) -> bool {
        !self.hatches.is_empty()
    }
}

/// The peak of a step in words: `20 of 20`, `14 sessions`, `no data`.
#[must_use]
pub fn in_words(locale: &Locale, usage: &Usage) -> String {
    let said = match usage.peak {
        None => locale.say("chart-no-data"),
        Some(peak) => match known(peak.limit) {
            Some(limit) => locale.say("chart-of").with("sessions", peak.sessions).with("limit", limit),
            None => locale.say("chart-sessions").with("sessions", peak.sessions),
        },
    };
    said.into()
}

fn known(limit: Limit) -> Option<u32> {
    limit.sessions.filter(|_| !limit.unlimited)
}

fn peak_of(buckets: &[Bucket]) -> u32 {
    buckets.iter().filter_map(|b| b.usage.peak).map(|p| p.sessions).max().unwrap_or(0)
}

/// The highest limit that fits the scale: none if there is no limit, or only ones far above the line.
fn limit_in_scale(source: &Source) -> Option<u32> {
    let most = source.buckets.iter().filter_map(|b| known(b.usage.peak?.limit)).chain(known(source.limit)).max()?;
    let peak = peak_of(source.buckets);
    (most <= peak.max(8).saturating_mul(FAR)).then_some(most)
}

fn axis(source: &Source) -> YAxis {
    let peak = peak_of(source.buckets).max(peak_of(source.before));
    match limit_in_scale(source) {
        Some(limit) if limit >= peak => YAxis::up_to_limit(limit, PLOT, source.locale),
        _ => YAxis::up_to(peak, PLOT, source.locale),
    }
}

fn tread(span: Span, bucket: &Bucket, y: &YAxis) -> Option<Tread> {
    let peak = bucket.usage.peak?;
    let y = f64::from(peak.sessions) / y.top;
    Some(Tread { from: span.share(bucket.from_at), to: span.share(bucket.to_at), y })
}

fn treads(source: &Source, y: &YAxis) -> Vec<Tread> {
    source.buckets.iter().filter_map(|b| tread(source.span, b, y)).collect()
}

/// The limit (or its part) over the whole range: what is known of a step, else of the step before.
fn limits(source: &Source, y: &YAxis, part: f64) -> Vec<Tread> {
    if limit_in_scale(source).is_none() {
        return Vec::new();
    }
    let first = source.buckets.iter().find_map(|b| b.usage.peak).map_or(source.limit, |p| p.limit);
    let mut last = first;
    let mut treads = Vec::new();
    for bucket in source.buckets {
        last = bucket.usage.peak.map_or(last, |p| p.limit);
        if let Some(limit) = known(last) {
            let y = f64::from(limit) * part / y.top;
            treads.push(Tread { from: source.span.share(bucket.from_at), to: source.span.share(bucket.to_at), y });
        }
    }
    treads
}

fn labels(source: &Source, y: &YAxis) -> Vec<(f64, &'static str, String)> {
    let last = source.buckets.iter().rev().find_map(|b| b.usage.peak).map_or(source.limit, |p| p.limit);
    let Some(limit) = known(last) else { return Vec::new() };
    if limit_in_scale(source).is_none() {
        return vec![(y.from + 4.0, "full", source.locale.say("chart-limit-above").with("limit", limit).into())];
    }
    let at = f64::from(limit);
    #[expect(clippy::cast_possible_truncation, reason = "a part of a 32-bit limit")]
    let watched = (at * WATCH_SATURATION).ceil() as i64;
    let locale = source.locale;
    let mut labels = vec![(y.y(at) + 4.0, "full", locale.say("chart-limit").with("limit", limit).into())];
    let lower = y.y(at * WATCH_SATURATION) + 4.0;
    if lower - labels[0].0 >= 12.0 {
        labels.push((lower, "watch", format!("{} = {}", locale.percent(WATCH_SATURATION), locale.number(watched))));
    }
    labels
}

fn changes(source: &Source) -> Vec<(Percent, String)> {
    let mut before: Option<Limit> = None;
    let mut changes = Vec::new();
    for bucket in source.buckets {
        let Some(peak) = bucket.usage.peak else { continue };
        let now = peak.limit;
        let differs = before.is_some_and(|b| (b.sessions, b.unlimited) != (now.sessions, now.unlimited));
        if let Some(before) = before.filter(|_| differs) {
            let text = source.locale.say("chart-limit-changed");
            let text = text
                .with("before", limit_in_words(source.locale, before))
                .with("now", limit_in_words(source.locale, now));
            changes.push((Percent::of(source.span, bucket.from_at), text.into()));
        }
        before = Some(now);
    }
    // Many changes say less than none.
    changes.truncate(6);
    changes
}

fn limit_in_words(locale: &Locale, limit: Limit) -> String {
    match known(limit) {
        Some(limit) => locale.number(limit),
        None if limit.unlimited => locale.say("chart-limit-none").into(),
        None => locale.say("chart-limit-not-known").into(),
    }
}

fn cursor(source: &Source, y: &YAxis, moment: Moment) -> Cursor {
    let clock = source.locale.stamp(moment.at, source.span.to_at);
    let text = match moment.sessions {
        Some(n) => format!("{clock} · {}", source.locale.number(n)),
        None => format!("{clock} · {}", source.locale.say("chart-no-data")),
    };
    Cursor::new(source.span, moment.at, text, moment.sessions.map(|n| y.y(f64::from(n))))
}

/// The finding, for who does not see the chart.
fn sentence(source: &Source, holes: &[Span]) -> String {
    let locale = source.locale;
    let end = source.span.to_at;
    let mut total = Usage::default();
    for bucket in source.buckets {
        total.merge(&bucket.usage);
    }
    let most = match total.peak {
        None => locale.say("chart-nothing"),
        Some(p) => match known(p.limit) {
            Some(limit) => locale.say("chart-at-most-of").with("limit", limit),
            None => locale.say("chart-at-most"),
        }
        .with("sessions", p.sessions)
        .with("at", locale.stamp(p.at, end)),
    };
    let mut parts = vec![String::from(most)];
    if total.full_ms > 0 {
        parts.push(locale.say("chart-full-for").with("span", locale.duration(total.full_ms)).into());
    }
    match holes {
        [] => {}
        [one] => {
            let (from, to) = (locale.stamp(one.from_at, end), locale.stamp(one.to_at, end));
            parts.push(locale.say("chart-no-data-from").with("from", from).with("to", to).into());
        }
        many => parts.push(locale.say("chart-stretches").with("count", many.len()).into()),
    }
    let before = source.before.iter().any(|b| b.usage.peak.is_some()).then(|| peak_of(source.before));
    parts.extend(before.map(|most| locale.say("chart-before-at-most").with("sessions", most).into()));
    let said = locale.say("chart-sessions-over").with("name", source.name);
    said.with("span", locale.duration(source.span.length_ms())).with_ready("what", locale.joined(parts)).into()
}

#[cfg(test)]
mod tests;
