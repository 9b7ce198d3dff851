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
    /// How long a snapshot may be on its way.
    pub on_its_way_ms: i64,
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
        let mut gaps = gaps(self.buckets, self.on_its_way_ms);
        gaps.retain(|gap| !self.is_beginning || gap.from_at != self.span.from_at);
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
                in_words(source.locale, b)
            }),
            cursors: [("cursor other", source.compared), ("cursor", source.moment)]
                .into_iter()
                .filter_map(|(class, moment)| Some((class, moment.filter(|m| source.span.holds(m.at))?)))
                .map(|(class, moment)| (class, cursor(source, &y, moment)))
                .collect(),
            y,
        }
    }

    /// Whether the lane has a shape of this name: for the legend.
    #[must_use]
    pub fn has(&self, icon: &str) -> bool {
        self.shapes.iter().any(|s| s.icon == icon) || (icon == "m-set" && !self.changes.is_empty())
    }

    /// For a file of its own.
    #[must_use]
    pub fn legend(&self, locale: &Locale) -> Vec<(Swatch, String)> {
        let mut all = legend::lines(locale, &[("ln", "chart-legend-sessions")]);
        if !self.limit.is_empty() {
            let lines = [("limit", "chart-legend-limit"), ("thresh", "chart-legend-watched")];
            all.extend(legend::lines(locale, &lines));
        }
        if self.has_before() {
            all.extend(legend::lines(locale, &[("ln before", "chart-legend-before")]));
        }
        all.extend(legend::shapes(locale, |icon| self.has(icon)));
        all.extend(self.has_gaps().then(|| legend::no_data(locale)));
        all
    }

    /// Whether the week before is drawn: for the legend.
    #[must_use]
    pub fn has_before(&self) -> bool {
        !self.before.is_empty()
    }

    #[must_use]
    pub fn has_gaps(&self) -> bool {
        !self.hatches.is_empty()
    }
}

/// A bucket's peak in words: `20 of 20`, `14 sessions`, `no data`.
#[must_use]
pub fn in_words(locale: &Locale, bucket: &Bucket) -> String {
    let said = match bucket.usage.peak {
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
    let said = locale.say("chart-sessions-over").with("name", source.name);
    said.with("span", locale.duration(source.span.length_ms())).with("what", parts.join("; ")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limit::LimitSource;
    use crate::model::time::MINUTE_MS;
    use crate::model::usage::Peak;

    fn limit(sessions: u32) -> Limit {
        Limit { sessions: Some(sessions), unlimited: false, source: LimitSource::Api }
    }

    /// One bucket a minute; none is a hole.
    fn buckets(sessions: &[Option<u32>], limit: Limit) -> Vec<Bucket> {
        let bucket = |(i, n): (usize, &Option<u32>)| {
            let from_at = i as i64 * MINUTE_MS;
            let usage = n.map_or_else(Usage::default, |sessions| Usage {
                covered_ms: MINUTE_MS,
                full_ms: if limit.is_full(sessions) { MINUTE_MS } else { 0 },
                peak: Some(Peak { sessions, at: from_at, limit }),
                max_saturation: limit.saturation(sessions),
                ..Usage::default()
            });
            Bucket { from_at, to_at: from_at + MINUTE_MS, usage }
        };
        sessions.iter().enumerate().map(bucket).collect()
    }

    fn draw(buckets: &[Bucket], limit: Limit, moment: Option<Moment>) -> Line {
        Line::draw(&Source {
            name: "<b>FS02",
            span: Span { from_at: 0, to_at: buckets.len() as i64 * MINUTE_MS },
            buckets,
            locale: &Locale::machine(),
            limit,
            reasons: &[Reason { span: Span { from_at: 0, to_at: 10 * MINUTE_MS }, words: "<i>asleep".into() }],
            events: &[],
            before: &[],
            changes: &[],
            changes_link: "#changes",
            link: "/hosts/7?at=",
            on_its_way_ms: 0,
            is_beginning: false,
            moment,
            compared: None,
        })
    }

    #[test]
    fn the_week_before_lies_below_the_line_and_fits_the_scale() {
        let (now, then) = (buckets(&[Some(4); 3], Limit::UNKNOWN), buckets(&[Some(40), None, Some(8)], Limit::UNKNOWN));
        let span = Span { from_at: 0, to_at: 3 * MINUTE_MS };
        let source = Source {
            name: "FS02",
            span,
            buckets: &now,
            before: &then,
            locale: &Locale::machine(),
            limit: Limit::UNKNOWN,
            reasons: &[],
            events: &[],
            changes: &[],
            changes_link: "",
            link: "",
            on_its_way_ms: 0,
            is_beginning: false,
            moment: None,
            compared: None,
        };
        let line = Line::draw(&source);
        assert!(line.has_before() && line.before.matches('M').count() == 2, "a hole is a hole: {}", line.before);
        assert!(line.y.top >= 40.0, "{}", line.y.top);
        assert!(!Line::draw(&Source { before: &[], ..source }).has_before());
    }

    #[test]
    fn what_changed_stands_in_the_lane_and_near_ones_share_a_shape() {
        let changes: Vec<(i64, String)> =
            [(10, "Users: 20 → 30"), (10, "started again"), (50, "Agent: 1 → 2"), (99, "later")]
                .map(|(minute, words)| (minute * MINUTE_MS, words.to_owned()))
                .into();
        let span = Span { from_at: 0, to_at: 60 * MINUTE_MS };
        let shapes = marks::changes(&changes, span, &Locale::machine(), "#changes");
        assert_eq!(shapes.len(), 2, "{shapes:?}");
        assert!(shapes[0].title.ends_with("Users: 20 → 30; started again") && shapes[0].icon == "m-set");
    }

    #[test]
    fn the_line_is_cut_where_nothing_was_observed_and_the_hole_is_hatched_with_its_reason() {
        let line = draw(&buckets(&[Some(5), None, None, Some(5)], limit(20)), limit(20), None);
        assert_eq!(line.line, "M0 750H2500M7500 750H10000");
        assert_eq!(line.hatches.len(), 1);
        assert_eq!((line.hatches[0].x, line.hatches[0].width), (Percent(25.0), Percent(50.0)));
        assert!(line.hatches[0].words.ends_with("without data: <i>asleep"));
    }

    #[test]
    fn what_lies_before_the_first_observation_is_no_gap() {
        let all = buckets(&[None, None, Some(5), None], limit(20));
        let span = Span { from_at: 0, to_at: 4 * MINUTE_MS };
        let mut source = Source {
            name: "FS02",
            span,
            buckets: &all,
            locale: &Locale::machine(),
            limit: limit(20),
            reasons: &[],
            events: &[],
            before: &[],
            changes: &[],
            changes_link: "#changes",
            link: "",
            on_its_way_ms: 0,
            is_beginning: true,
            moment: None,
            compared: None,
        };
        assert_eq!(source.gaps(), [Span { from_at: 3 * MINUTE_MS, to_at: 4 * MINUTE_MS }]);
        assert_eq!(Line::draw(&source).beginning, Some((Percent(50.0), "watched since 00:02".to_owned())));
        source.is_beginning = false;
        assert_eq!(source.gaps().len(), 2);
    }

    #[test]
    fn what_is_over_80_percent_and_what_is_full_have_lines_of_their_own() {
        let line = draw(&buckets(&[Some(4), Some(16), Some(20), Some(15)], limit(20)), limit(20), None);
        assert_eq!(line.over_80, "M2500 200H5000V0H7500");
        assert_eq!(line.full, "M5000 0H7500");
        assert_eq!(line.limit, "M0 0H10000", "the limit is the top of the plot");
        assert_eq!(line.threshold, "M0 200H10000");
        assert!(line.sentence.contains("at most 20 of 20, at 00:02; full for 1\u{a0}min"), "{}", line.sentence);
    }

    #[test]
    fn a_limit_far_above_the_line_does_not_press_it_flat() {
        let far = limit(16_777_216);
        let line = draw(&buckets(&[Some(40), Some(50)], far), far, None);
        assert!(line.limit.is_empty() && line.y.top <= 60.0);
        assert_eq!(line.labels[0].2, "limit 16,777,216 ↑");
    }

    #[test]
    fn a_limit_that_changed_is_drawn_as_it_was_and_said() {
        let mut both = buckets(&[Some(5), Some(5)], limit(20));
        both[1].usage.peak = Some(Peak { sessions: 5, at: MINUTE_MS, limit: limit(10) });
        let line = draw(&both, limit(10), None);
        assert_eq!(line.limit, "M0 0H5000V500H10000");
        assert_eq!(line.changes, [(Percent(50.0), "limit 20 → 10".to_owned())]);
    }

    #[test]
    fn without_a_limit_there_is_no_limit_line_and_no_saturation() {
        let none = Limit { sessions: None, unlimited: true, source: LimitSource::Api };
        let line = draw(&buckets(&[Some(300)], none), none, None);
        assert!(line.limit.is_empty() && line.over_80.is_empty() && line.labels.is_empty());
    }

    #[test]
    fn the_chosen_moment_has_a_flag_that_stays_inside_the_plot() {
        let all = buckets(&[Some(5); 100], limit(20));
        let at = |at| draw(&all, limit(20), Some(Moment { at, sessions: Some(5) })).cursors.remove(0).1;
        assert!(at(0).flag_x() > -10.0 && at(100 * MINUTE_MS).lean < 0.0);
        assert_eq!(at(50 * MINUTE_MS).lean, 0.0);
        assert_eq!(at(50 * MINUTE_MS).y, Some(176.5));
    }

    #[test]
    fn names_from_outside_are_escaped_and_every_step_leads_to_its_peak() {
        let svg = draw(&buckets(&[Some(4), None], limit(20)), limit(20), None).render().unwrap();
        assert!(!svg.contains("<b>") && !svg.contains("<i>") && !svg.contains("style="));
        assert!(svg.contains("href=\"/hosts/7?at=0\"") && svg.contains("00:00 · 4 of 20"));
        assert!(svg.contains("00:01 · no data"));
    }
}
