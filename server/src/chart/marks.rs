//! What lies on a plot beside its lines: holes, events, the chosen moment, and the links to moments.

use super::range::{Bucket, Span, thinned};
use super::scale::Percent;
use crate::locale::Locale;
use crate::model::EventId;
use crate::model::event::{Event, EventClass};

/// Targets on a plot at the most: so many are wide enough to hit.
pub(super) const MOST_HITS: usize = 144;

/// Hatched: nothing was observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Hatch {
    pub x: Percent,
    pub width: Percent,
    pub middle: Percent,
    /// `32 min without data: agent stopped`
    pub words: String,
    /// Whether there is room for the words; they are in the title in any case.
    pub is_wide: bool,
}

/// Why there is a hole, where somebody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub span: Span,
    pub words: String,
}

/// Hatches no narrower than they can be seen.
#[must_use]
pub fn hatches(gaps: &[Span], reasons: &[Reason], (span, locale): (Span, &Locale)) -> Vec<Hatch> {
    let hatch = |gap: &Span| {
        let (x, width) = Percent::between(span, gap.from_at, gap.to_at);
        let why = reasons.iter().find(|r| r.span.from_at < gap.to_at && r.span.to_at > gap.from_at);
        let id = if why.is_some() { "chart-without-data-because" } else { "chart-without-data" };
        let said = locale.say(id).with("span", locale.duration(gap.length_ms()));
        Hatch {
            x,
            width: Percent(width.0.max(0.25)),
            middle: Percent((x.0 + width.0 / 2.0).clamp(12.0, 88.0)),
            words: said.with("why", why.map_or("", |r| r.words.as_str())).into(),
            is_wide: width.0 >= 2.0,
        }
    };
    gaps.iter().filter(|g| g.to_at > span.from_at && g.from_at < span.to_at).map(hatch).collect()
}

/// A shape in the lane of events.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub x: Percent,
    /// Name of a shape in `symbols.svg`.
    pub icon: &'static str,
    pub title: String,
    pub href: String,
}

/// One event, or several of a kind that would cover each other.
struct Pile<'a> {
    newest: &'a Event,
    count: usize,
    x: Percent,
}

/// Which shape a class has: triangle capacity, square memory, diamond configuration, dot other.
#[must_use]
pub fn icon(class: EventClass) -> &'static str {
    match class {
        EventClass::Capacity => "m-cap",
        EventClass::Memory => "m-mem",
        EventClass::Configuration => "m-set",
        _ => "m-other",
    }
}

/// Shapes for events, newest first in `events`. Those of a kind closer than their width become one.
#[must_use]
pub fn shapes(events: &[Event], span: Span, locale: &Locale) -> Vec<Shape> {
    let mut piles: Vec<Pile> = Vec::new();
    for event in events.iter().filter(|e| span.holds(e.recorded_at)) {
        let x = Percent::of(span, event.recorded_at);
        let near = |p: &&mut Pile| icon(p.newest.class) == icon(event.class) && (p.x.0 - x.0).abs() < 0.9;
        match piles.iter_mut().find(near) {
            Some(pile) => pile.count += 1,
            None => piles.push(Pile { newest: event, count: 1, x }),
        }
    }
    piles.into_iter().map(|pile| shape(&pile, locale)).collect()
}

/// Shapes for what changed about a host, in order of time: those closer than their width become one. They lead to `link`.
#[must_use]
pub fn changes(changes: &[(i64, String)], span: Span, locale: &Locale, link: &str) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    for (at, words) in changes.iter().filter(|(at, _)| span.holds(*at)) {
        let x = Percent::of(span, *at);
        match shapes.last_mut().filter(|last| (last.x.0 - x.0).abs() < 0.9) {
            Some(last) => last.title = format!("{}; {words}", last.title),
            None => shapes.push(Shape {
                x,
                icon: "m-set",
                title: format!("{} {words}", locale.full(*at)),
                href: link.to_owned(),
            }),
        }
    }
    shapes
}

fn shape(pile: &Pile, locale: &Locale) -> Shape {
    let Event { id: EventId(id), recorded_at, code, provider, host_name, .. } = pile.newest;
    let message = if pile.count > 1 { "chart-events" } else { "chart-event" };
    let said = locale.say(message).with("at", locale.full(*recorded_at)).with("code", code.to_string());
    let said = said.with("provider", provider).with("host", host_name).with("others", pile.count - 1);
    Shape { x: pile.x, icon: icon(pile.newest.class), title: said.into(), href: format!("/events/{id}") }
}

/// The chosen moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub x: Percent,
    /// Where the middle of the flag is, from the cursor: at the edges it leans inwards.
    pub lean: f64,
    pub flag_width: f64,
    pub text: String,
    /// The point on the line, if there is one at that moment.
    pub y: Option<f64>,
}

impl Cursor {
    #[must_use]
    pub fn new(span: Span, at: i64, text: String, y: Option<f64>) -> Self {
        let x = Percent::of(span, at);
        #[expect(clippy::cast_precision_loss, reason = "a flag has a few letters")]
        let flag_width = text.chars().count() as f64 * 6.4 + 16.0;
        let half = flag_width / 2.0;
        let lean = match x.0 {
            x if x < 10.0 => half - 6.0,
            x if x > 90.0 => 6.0 - half,
            _ => 0.0,
        };
        Self { x, lean, flag_width, text, y }
    }

    /// Left edge of the flag, from the cursor.
    #[must_use]
    pub fn flag_x(&self) -> f64 {
        self.lean - self.flag_width / 2.0
    }
}

/// A stretch of the plot that leads to the moment of its peak.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub x: Percent,
    pub width: Percent,
    pub href: String,
    pub title: String,
}

impl Hit {
    /// The instant that it tells of, in words.
    #[must_use]
    pub fn when(&self) -> &str {
        self.title.split_once(" · ").map_or("", |(when, _)| when)
    }

    /// What it tells.
    #[must_use]
    pub fn what(&self) -> &str {
        self.title.split_once(" · ").map_or(&self.title, |(_, what)| what)
    }
}

/// Targets wide enough to hit, each with what it holds in words. `link` is an address that ends where the instant goes.
#[must_use]
pub fn hits(
    buckets: &[Bucket],
    (span, locale, link): (Span, &Locale, &str),
    words: impl Fn(&Bucket) -> String,
) -> Vec<Hit> {
    let hit = |bucket: &Bucket| {
        let (x, width) = Percent::between(span, bucket.from_at, bucket.to_at);
        let at = bucket.usage.peak.map_or(bucket.from_at, |p| p.at);
        Hit {
            x,
            width,
            href: format!("{link}{at}"),
            title: format!("{} · {}", locale.stamp(at, span.to_at), words(bucket)),
        }
    };
    thinned(buckets, MOST_HITS).iter().map(hit).collect()
}
