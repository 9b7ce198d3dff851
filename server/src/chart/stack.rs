//! Who held a host's sessions: at most four holders and the others, largest at the bottom.

use askama::Template;
use askama::filters::HtmlSafe;

use super::file::Swatch;
use super::legend;
use super::marks::{Hatch, Hit, MOST_HITS};
use super::path::{self, Point};
use super::range::Span;
use super::scale::{Percent, XTick, YAxis, x_ticks};
use crate::locale::Locale;

const PLOT: (f64, f64) = (8.0, 118.0);
/// Holders with a colour of their own.
pub const NAMED: usize = 4;
const CLASSES: [&str; NAMED + 1] = ["k1", "k2", "k3", "k4", "k0"];
/// Longest name beside the plot, in letters.
const LABEL: usize = 15;

/// One step: sessions of each named holder, in the order of their names, and of all together. None if nothing was observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub from_at: i64,
    pub to_at: i64,
    pub of: Option<Shares>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    pub named: Vec<f64>,
    pub all: f64,
}

/// What the chart is drawn from.
#[derive(Debug)]
pub struct Source<'a> {
    pub span: Span,
    pub steps: &'a [Step],
    /// Largest first, [`NAMED`] at the most.
    pub names: &'a [String],
    pub locale: &'a Locale,
    /// Where moments are looked at: an address that ends where the instant goes.
    pub link: &'a str,
    pub hatches: Vec<Hatch>,
    /// The line chart's limit, where it fits the scale.
    pub limit: Option<u32>,
    /// The chosen moment, and the one that it is compared with.
    pub moment_at: Option<i64>,
    pub compared_at: Option<i64>,
}

/// A holder in the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub class: &'static str,
    pub name: String,
    /// Where its label stands; none if it holds nothing now.
    pub y: Option<f64>,
    pub label: String,
}

#[derive(Debug, Template)]
#[template(path = "chart/stack.svg")]
pub struct Stack {
    span: Span,
    link: String,
    sentence: String,
    y: YAxis,
    x: Vec<XTick>,
    /// (class, outline), the lowest layer first.
    layers: Vec<(&'static str, String)>,
    hatches: Vec<Hatch>,
    pub hits: Vec<Hit>,
    limit_y: Option<f64>,
    cursors: Vec<(&'static str, Percent)>,
    keys: Vec<Key>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Stack {}

impl Stack {
    #[must_use]
    pub fn draw(source: Source) -> Self {
        let highest = source.steps.iter().filter_map(|s| s.of.as_ref()).map(|s| s.all).fold(0.0, f64::max);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sessions of one host, not negative"
        )]
        let peak = highest.ceil() as u32;
        // A limit far above would press the layers flat; the chart above shows how far it is.
        let limit = source.limit.filter(|l| (peak..=peak.saturating_mul(2)).contains(l));
        let y = limit
            .map_or_else(|| YAxis::up_to(peak, PLOT, source.locale), |l| YAxis::up_to_limit(l, PLOT, source.locale));
        let count = source.names.len().min(NAMED);
        let edges: Vec<_> = (0..=count + 1).map(|i| edge(&source, i, y.top)).collect();
        let class = |i: usize| if i < count { CLASSES[i] } else { CLASSES[NAMED] };
        let layers = (0..=count).map(|i| (class(i), path::band(&edges[i + 1], &edges[i]))).collect();
        Self {
            span: source.span,
            link: source.link.to_owned(),
            hits: hits(&source),
            sentence: sentence(&source),
            x: x_ticks(source.span, source.locale),
            layers,
            limit_y: limit.map(|l| y.y(f64::from(l))),
            cursors: [("cursor other", source.compared_at), ("cursor", source.moment_at)]
                .into_iter()
                .filter_map(|(class, at)| {
                    Some((class, Percent::of(source.span, at.filter(|at| source.span.holds(*at))?)))
                })
                .collect(),
            keys: keys(&source, &y),
            hatches: source.hatches,
            y,
        }
    }
}

/// Targets wide enough to hit, each with who held how many and a link to the moment of its highest step.
fn hits(source: &Source) -> Vec<Hit> {
    let count = source.names.len().min(NAMED);
    let said = |shares: &Shares| {
        let named = source.names.iter().zip(&shares.named).take(count).filter(|(_, held)| **held >= 0.05);
        let named = named.map(|(name, held)| format!("{} {}", whole_or_decimal(source.locale, *held), shortened(name)));
        let rest = shares.all - level(shares, count, count);
        let others = (rest >= 0.05).then(|| of_others(source.locale, rest));
        named.chain(others).collect::<Vec<_>>().join(", ")
    };
    let hit = |steps: &[Step]| {
        let (first, last) = (steps.first()?, steps.last()?);
        let (x, width) = Percent::between(source.span, first.from_at, last.to_at);
        let known = steps.iter().filter_map(|step| Some((step, step.of.as_ref()?)));
        let highest = known.max_by(|(_, a), (_, b)| a.all.total_cmp(&b.all));
        let at = highest.map_or(first.from_at, |(step, _)| step.from_at.max(source.span.from_at));
        let words = highest.map_or_else(|| source.locale.say("chart-no-data").into(), |(_, shares)| said(shares));
        let title = format!("{} · {words}", source.locale.stamp(at, source.span.to_at));
        Some(Hit { x, width, href: format!("{}{at}", source.link), title })
    };
    let per = source.steps.len().div_ceil(MOST_HITS).max(1);
    source.steps.chunks(per).filter_map(hit).collect()
}

impl Stack {
    /// What it is drawn with: all holders, also those that hold nothing any more and have no label beside the plot.
    #[must_use]
    pub fn legend(&self, locale: &Locale) -> Vec<(Swatch, String)> {
        let holders = self.keys.iter().map(|key| (Swatch::Fill(key.class), key.name.clone()));
        let mut all: Vec<_> = holders.collect();
        all.extend(self.limit_y.into_iter().flat_map(|_| legend::lines(locale, &[("limit", "chart-legend-limit")])));
        all.extend((!self.hatches.is_empty()).then(|| legend::no_data(locale)));
        all
    }
}

/// Upper edge of layer `i` (0 is the floor, one more than there are names is the sum), as corners of its steps.
fn edge(source: &Source, i: usize, top: f64) -> Vec<Option<Point>> {
    let mut points = Vec::with_capacity(source.steps.len() * 2);
    for step in source.steps {
        let y = step.of.as_ref().map(|s| level(s, i, source.names.len().min(NAMED)) / top);
        points.push(y.map(|y| Point { x: source.span.share(step.from_at), y }));
        points.push(y.map(|y| Point { x: source.span.share(step.to_at), y }));
    }
    points
}

fn level(shares: &Shares, i: usize, count: usize) -> f64 {
    if i > count { shares.all } else { shares.named.iter().take(i).sum::<f64>().min(shares.all) }
}

/// Labels at the right edge, by what each holds in the newest step; moved apart where they would touch.
fn keys(source: &Source, y: &YAxis) -> Vec<Key> {
    let count = source.names.len().min(NAMED);
    let last = source.steps.iter().rev().find_map(|s| s.of.as_ref());
    // The grey ones are named as long as they are seen anywhere.
    let has_others = source.steps.iter().filter_map(|s| s.of.as_ref()).any(|s| s.all - level(s, count, count) >= 0.5);
    let mut keys: Vec<Key> = (0..=count)
        .map(|i| {
            let name = source
                .names
                .get(i)
                .filter(|_| i < count)
                .cloned()
                .unwrap_or_else(|| source.locale.say("chart-others").into());
            let class = if i < count { CLASSES[i] } else { CLASSES[NAMED] };
            let (from, to) = last.map_or((0.0, 0.0), |s| (level(s, i, count), level(s, i + 1, count)));
            let holds = to - from;
            let label = if i < count {
                format!("{} {}", whole_or_decimal(source.locale, holds), shortened(&name))
            } else {
                of_others(source.locale, holds)
            };
            Key {
                class,
                name,
                y: (holds >= 0.05 || (i == count && has_others)).then(|| y.y(from.midpoint(to)) + 4.0),
                label,
            }
        })
        .collect();
    let mut lowest = y.bottom() + 4.0;
    for key in &mut keys {
        if let Some(at) = &mut key.y {
            *at = at.min(lowest);
            lowest = *at - 13.0;
        }
    }
    keys
}

fn whole_or_decimal(locale: &Locale, holds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "sessions of one host")]
    let whole = holds.round() as i64;
    if (holds - holds.round()).abs() < 0.05 { locale.number(whole) } else { locale.decimal(holds) }
}

/// What all but the named ones hold: `1 other`, `2.5 others`.
fn of_others(locale: &Locale, holds: f64) -> String {
    let held = whole_or_decimal(locale, holds);
    // The plural is that of what is written.
    let sessions = if (holds - holds.round()).abs() < 0.05 { holds.round() } else { holds };
    locale.say("chart-others-held").with_ready("held", held).with("sessions", sessions).into()
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LABEL {
        return name.to_owned();
    }
    name.chars().take(LABEL - 1).chain(['…']).collect()
}

/// The finding, for who does not see the chart.
fn sentence(source: &Source) -> String {
    let locale = source.locale;
    let Some(first) = source.names.first() else { return locale.say("chart-nobody").into() };
    let of =
        |i: usize| source.steps.iter().filter_map(move |s| s.of.as_ref()?.named.get(i).copied()).fold(0.0, f64::max);
    let rest = source.names.get(1..source.names.len().min(NAMED)).unwrap_or_default().join(", ");
    let id = if rest.is_empty() { "chart-held-by" } else { "chart-held-by-and" };
    locale.say(id).with("first", first).with("most", locale.decimal(of(0))).with("rest", rest).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(steps: &[Option<(&[f64], f64)>], names: &[&str]) -> Stack {
        let step = |(i, of): (usize, &Option<(&[f64], f64)>)| Step {
            from_at: i as i64,
            to_at: i as i64 + 1,
            of: of.map(|(named, all)| Shares { named: named.to_vec(), all }),
        };
        let steps: Vec<_> = steps.iter().enumerate().map(step).collect();
        Stack::draw(Source {
            span: Span { from_at: 0, to_at: steps.len() as i64 },
            steps: &steps,
            names: &names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>(),
            locale: &Locale::machine(),
            link: "/hosts/7?at=",
            hatches: Vec::new(),
            limit: Some(20),
            moment_at: None,
            compared_at: None,
        })
    }

    #[test]
    fn layers_lie_on_one_another_and_the_others_fill_up_to_the_sum() {
        let stack = draw(&[Some((&[5.0], 10.0)), Some((&[10.0], 20.0))], &["SCANNER"]);
        assert_eq!(
            stack.layers[0],
            ("k1", "M0 750L5000 750L5000 500L10000 500L10000 1000L5000 1000L5000 1000L0 1000Z".into())
        );
        assert_eq!(stack.layers[1], ("k0", "M0 500L5000 500L5000 0L10000 0L10000 500L5000 500L5000 750L0 750Z".into()));
        assert_eq!(stack.keys.iter().map(|k| k.label.as_str()).collect::<Vec<_>>(), ["10 SCANNER", "10 others"]);
        let stack = draw(&[Some((&[5.0], 6.0))], &["SCANNER"]);
        assert_eq!(stack.keys.iter().map(|k| k.label.as_str()).collect::<Vec<_>>(), ["5 SCANNER", "1 other"]);
    }

    #[test]
    fn a_hole_is_a_hole_in_every_layer() {
        let stack = draw(&[Some((&[5.0], 10.0)), None, Some((&[5.0], 10.0))], &["SCANNER"]);
        assert!(stack.layers.iter().all(|(_, d)| d.matches('M').count() == 2));
    }

    #[test]
    fn who_holds_nothing_any_more_has_a_colour_and_so_a_place_in_the_legend() {
        let stack = draw(&[Some((&[5.0, 9.0], 14.0)), Some((&[9.0, 0.0], 9.0))], &["SCANNER", "PC-7"]);
        assert_eq!(stack.keys[1].y, None, "it is not beside the plot");
        let legend = stack.legend(&Locale::machine());
        let words: Vec<_> = legend.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["SCANNER", "PC-7", "others", "limit"]);
    }

    #[test]
    fn labels_do_not_touch_and_long_names_are_shortened() {
        let names = ["POSTE-CAISSE-CENTRALE-DIRECTION", "B", "C", "D"];
        let stack = draw(&[Some((&[1.0, 1.0, 1.0, 1.0], 5.0))], &names);
        let ys: Vec<f64> = stack.keys.iter().filter_map(|k| k.y).collect();
        assert!(ys.len() == 5 && ys.windows(2).all(|pair| pair[0] - pair[1] >= 12.9), "{ys:?}");
        assert_eq!(stack.keys[0].label, "1 POSTE-CAISSE-C…");
        assert_eq!(stack.keys[0].name, names[0]);
    }
}
