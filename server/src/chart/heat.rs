//! Hosts by time: one strip a host, cells of one kind joined.

use askama::Template;
use askama::filters::HtmlSafe;

use super::range::Span;
use super::scale::{Percent, XTick, x_ticks};
use crate::locale::Locale;
use crate::model::host::WATCH_SATURATION;

/// What one host was in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell {
    /// Highest saturation of the step.
    Saturation(f64),
    /// Observed, but nobody knows the limit.
    Unknown,
    /// Observed, without a limit.
    Unlimited,
    /// Not observed.
    Gap,
    /// Not observed since, up to now.
    Silent,
}

impl Cell {
    /// Class of the fill; for quiet states the pattern.
    fn fill(self) -> Fill {
        match self {
            Self::Saturation(s) => {
                // Full has a colour and a lid of its own, so nothing below it may round up to it.
                let upper = [0.25, 0.5, 0.7, WATCH_SATURATION, 0.9, 1.0];
                const CLASSES: [&str; 7] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6"];
                Fill::Class(CLASSES[upper.iter().filter(|u| s >= **u).count()])
            }
            Self::Unknown => Fill::Pattern("p-unknown"),
            Self::Unlimited => Fill::Pattern("p-unlimited"),
            Self::Gap => Fill::Pattern("p-gap"),
            Self::Silent => Fill::Pattern("p-silent"),
        }
    }

    fn is_full(self) -> bool {
        matches!(self, Self::Saturation(s) if s >= 1.0)
    }

    fn words(self, locale: &Locale) -> String {
        let said = match self {
            Self::Saturation(_) if self.is_full() => locale.say("chart-full"),
            Self::Saturation(s) => locale.say("chart-up-to").with("share", locale.percent(s)),
            Self::Unknown => locale.say("chart-limit-unknown"),
            Self::Unlimited => locale.say("chart-no-limit"),
            Self::Gap => locale.say("chart-no-data"),
            Self::Silent => locale.say("chart-silent"),
        };
        said.into()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    Class(&'static str),
    Pattern(&'static str),
}

/// A cell, and the moment at which it was so.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    pub cell: Cell,
    pub at: i64,
}

/// Neighbouring cells of one fill; no longer than a part of the strip, so that each leads to a moment near it.
#[derive(Debug, Clone, PartialEq)]
struct Run {
    x: Percent,
    width: Percent,
    class: &'static str,
    pattern: &'static str,
    is_full: bool,
    title: String,
    /// To the moment of its highest cell; empty if nothing was observed.
    href: String,
}

/// Runs of equal cells are cut into so many at the least.
const PARTS: usize = 24;

/// The strip of one host.
#[derive(Debug, Template)]
#[template(path = "chart/heat.svg")]
pub struct Strip {
    span: Span,
    /// Where moments are looked at: an address that ends where the instant goes.
    link: String,
    label: String,
    runs: Vec<Run>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Strip {}

impl Strip {
    /// `cells` are `width_ms` wide each and lie side by side from the start of the span on; its end may cut the last one. `link` is an
    /// address that ends where the instant goes.
    #[must_use]
    pub fn draw(name: &str, (cells, width_ms): (&[Mark], i64), (span, locale): (Span, &Locale), link: &str) -> Self {
        let edge = |i: usize| edge(span, width_ms, i);
        let longest = cells.len().div_ceil(PARTS).max(1);
        let mut runs = Vec::new();
        let mut from = 0;
        for same in cells.chunk_by(|a, b| a.cell.fill() == b.cell.fill()).flat_map(|same| same.chunks(longest)) {
            let until = from + same.len();
            runs.push(run(same, (edge(from), edge(until)), (span, locale), link));
            from = until;
        }
        Self { span, link: link.to_owned(), label: label(locale, name, cells), runs }
    }
}

/// Where cell `i` begins, and the one before it ends.
fn edge(span: Span, width_ms: i64, i: usize) -> i64 {
    (span.from_at + width_ms.saturating_mul(i64::try_from(i).unwrap_or(i64::MAX))).min(span.to_at)
}

/// A strip in figures, for a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The highest saturation, and when it was; none without a known limit.
    pub highest: Option<(f64, i64)>,
    /// Cells on end in which the host was full at some time.
    pub full: Vec<Span>,
    /// Cells in which nothing was observed, of so many.
    pub holes: usize,
    pub cells: usize,
}

impl Told {
    /// As [`Strip::draw`].
    #[must_use]
    pub fn of((cells, width_ms): (&[Mark], i64), span: Span) -> Self {
        let mut full: Vec<Span> = Vec::new();
        for (i, _) in cells.iter().enumerate().filter(|(_, mark)| mark.cell.is_full()) {
            let (from_at, to_at) = (edge(span, width_ms, i), edge(span, width_ms, i + 1));
            match full.last_mut() {
                Some(last) if last.to_at == from_at => last.to_at = to_at,
                _ => full.push(Span { from_at, to_at }),
            }
        }
        let highest = highest(cells).and_then(|mark| match mark.cell {
            Cell::Saturation(saturation) => Some((saturation, mark.at)),
            _ => None,
        });
        Self { highest, full, holes: holes(cells), cells: cells.len() }
    }
}

fn highest(cells: &[Mark]) -> Option<Mark> {
    cells.iter().copied().filter(|m| matches!(m.cell, Cell::Saturation(_))).reduce(higher)
}

fn holes(cells: &[Mark]) -> usize {
    cells.iter().filter(|m| matches!(m.cell, Cell::Gap | Cell::Silent)).count()
}

fn run(same: &[Mark], (from_at, to_at): (i64, i64), (span, locale): (Span, &Locale), link: &str) -> Run {
    let highest = same.iter().copied().reduce(higher).unwrap_or(Mark { cell: Cell::Gap, at: from_at });
    let (class, pattern) = match highest.cell.fill() {
        Fill::Class(class) => (class, ""),
        Fill::Pattern(pattern) => ("", pattern),
    };
    let (x, width) = Percent::between(span, from_at, to_at);
    let (from, to) = (locale.stamp(from_at, span.to_at), locale.stamp(to_at, span.to_at));
    let title = locale.say("chart-from-to").with("from", from).with("to", to);
    let title = title.with("what", highest.cell.words(locale)).into();
    let is_observed = !matches!(highest.cell, Cell::Gap | Cell::Silent);
    let href = if is_observed { format!("{link}{}", highest.at) } else { String::new() };
    Run { x, width, class, pattern, is_full: class == "c6", title, href }
}

fn higher(a: Mark, b: Mark) -> Mark {
    match (a.cell, b.cell) {
        (Cell::Saturation(x), Cell::Saturation(y)) if y > x => b,
        _ => a,
    }
}

/// The finding, for who does not see the strip.
fn label(locale: &Locale, name: &str, cells: &[Mark]) -> String {
    let highest = highest(cells).or(cells.last().copied()).map_or_else(String::new, |m| m.cell.words(locale));
    let holes = holes(cells);
    let id = if holes > 0 { "chart-strip-with-holes" } else { "chart-strip" };
    let said = locale.say(id).with("name", name).with("highest", highest);
    said.with("holes", holes).with("steps", cells.len()).into()
}

/// The hours below the strips.
#[derive(Debug, Template)]
#[template(path = "chart/heat_axis.svg")]
pub struct Axis {
    x: Vec<XTick>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Axis {}

impl Axis {
    #[must_use]
    pub fn draw(span: Span, locale: &Locale) -> Self {
        Self { x: x_ticks(span, locale) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::MINUTE_MS;

    fn draw(cells: &[Cell]) -> Strip {
        let marks: Vec<_> = cells.iter().zip(0..).map(|(cell, i)| Mark { cell: *cell, at: i * 1_000 + 7 }).collect();
        let span = Span { from_at: 0, to_at: 1_000 * i64::try_from(cells.len()).unwrap() };
        Strip::draw("FS02", (&marks, 1_000), (span, &Locale::machine()), "/hosts/2?at=")
    }

    #[test]
    fn equal_neighbours_are_one_run_that_keeps_the_highest_and_leads_to_its_moment() {
        let mut cells = vec![Cell::Saturation(0.81); 48];
        (cells[1], cells[46], cells[47]) = (Cell::Saturation(0.89), Cell::Saturation(0.9), Cell::Gap);
        let strip = draw(&cells);
        let runs: Vec<_> = strip.runs.iter().map(|r| (r.class, r.pattern, r.href.as_str())).collect();
        assert_eq!(runs.len(), 25, "46 equal cells are 23 runs of two");
        assert_eq!(runs[0], ("c4", "", "/hosts/2?at=1007"));
        assert_eq!(runs[23..], [("c5", "", "/hosts/2?at=46007"), ("", "p-gap", "")]);
        assert!(strip.runs[0].title.ends_with("up to 89\u{a0}%"));
        let width: f64 = strip.runs.iter().map(|r| r.width.0).sum();
        assert!((width - 100.0).abs() < 0.001);
    }

    #[test]
    fn a_cell_is_as_wide_as_it_lasts_and_the_last_one_is_cut_by_now() {
        let marks = [Cell::Saturation(1.0), Cell::Saturation(1.0), Cell::Gap, Cell::Saturation(1.0)];
        let marks: Vec<_> = marks.into_iter().zip(0..).map(|(cell, i)| Mark { cell, at: i * MINUTE_MS + 7 }).collect();
        let span = Span { from_at: 0, to_at: 3 * MINUTE_MS + MINUTE_MS / 5 };
        let strip = Strip::draw("FS02", (&marks, MINUTE_MS), (span, &Locale::machine()), "");
        let edges: Vec<_> = strip.runs.iter().map(|r| (r.x.to_string(), r.width.to_string())).collect();
        assert_eq!(edges[2], ("62.5%".to_owned(), "31.25%".to_owned()), "a minute of 3.2, after two");
        assert_eq!(strip.runs[2].title, "00:02 to 00:03: no data");
        let told = Told::of((&marks, MINUTE_MS), span);
        let full = [(0, 2 * MINUTE_MS), (3 * MINUTE_MS, span.to_at)].map(|(from_at, to_at)| Span { from_at, to_at });
        assert_eq!((told.full.as_slice(), told.highest), (&full[..], Some((1.0, 7))));
        assert_eq!((told.holes, told.cells), (1, 4));
    }

    #[test]
    fn only_what_is_full_wears_the_lid() {
        let strip = draw(&[Cell::Saturation(0.9999), Cell::Saturation(1.0), Cell::Saturation(1.2), Cell::Unlimited]);
        assert_eq!(strip.runs.iter().map(|r| r.is_full).collect::<Vec<_>>(), [false, true, true, false]);
    }

    #[test]
    fn absence_has_four_faces_and_none_of_them_is_zero() {
        let kinds = [Cell::Gap, Cell::Silent, Cell::Unknown, Cell::Unlimited];
        let patterns: std::collections::BTreeSet<_> = draw(&kinds).runs.iter().map(|r| r.pattern).collect();
        assert_eq!(patterns.len(), 4);
        assert!(draw(&kinds).runs.iter().all(|r| r.class.is_empty()));
    }
}
