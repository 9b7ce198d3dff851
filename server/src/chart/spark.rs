//! A day of one host in a table's cell: the upper hairline is the limit, so height means saturation.

use askama::Template;
use askama::filters::HtmlSafe;

use super::path::{self, Tread};
use super::range::Span;
use super::scale::Percent;

/// One step: how high it is (1 is the hairline), and whether that is over 80 % of the limit, or full.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub share: f64,
    pub is_watched: bool,
    pub is_full: bool,
}

#[derive(Debug, Template)]
#[template(path = "chart/spark.svg")]
pub struct Spark {
    label: String,
    /// Of what time it is, and where its moments are looked at: an address that ends where the instant goes.
    time: Option<(Span, String)>,
    area: String,
    line: String,
    over_80: String,
    full: String,
    /// Whether the top is a limit; else it is the highest value.
    has_limit: bool,
    /// Holes: x and width in units of the path.
    holes: Vec<(f64, f64)>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Spark {}

impl Spark {
    #[must_use]
    pub fn draw(steps: &[Option<Level>], has_limit: bool, label: String) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a sparkline has a few hundred steps")]
        let (count, at) = (steps.len().max(1) as f64, |i: usize| i as f64);
        let treads = |is: fn(&Level) -> bool| -> Vec<Tread> {
            let tread = |(i, level): (usize, &Option<Level>)| {
                let y = level.filter(is)?.share;
                Some(Tread { from: at(i) / count, to: at(i + 1) / count, y })
            };
            steps.iter().enumerate().filter_map(tread).collect()
        };
        let all = treads(|_| true);
        Self {
            label,
            time: None,
            area: path::area(&all),
            line: path::steps(&all),
            over_80: path::steps(&treads(|l| l.is_watched)),
            full: path::steps(&treads(|l| l.is_full)),
            has_limit,
            holes: holes(steps).into_iter().map(|(from, to)| (at(from) / count, at(to - from) / count)).collect(),
        }
    }

    /// Moments of it can be pointed at and chosen.
    #[must_use]
    pub fn over(self, span: Span, link: String) -> Self {
        Self { time: Some((span, link)), ..self }
    }

    /// Nothing of it can be chosen.
    #[must_use]
    pub fn leading_nowhere(self) -> Self {
        Self { time: None, ..self }
    }

    /// Nothing was to be expected before the first step that is known.
    #[must_use]
    pub fn from_its_beginning(mut self) -> Self {
        self.holes.retain(|(from, _)| *from > 0.0);
        self
    }

    fn holes_in_percent(&self) -> impl Iterator<Item = (Percent, Percent)> {
        self.holes.iter().map(|(x, width)| (Percent(x * 100.0), Percent(width * 100.0)))
    }
}

/// Stretches of steps that are none: from, to.
fn holes(steps: &[Option<Level>]) -> Vec<(usize, usize)> {
    let mut holes: Vec<(usize, usize)> = Vec::new();
    for i in (0..steps.len()).filter(|i| steps[*i].is_none()) {
        match holes.last_mut() {
            Some((_, to)) if *to == i => *to = i + 1,
            _ => holes.push((i, i + 1)),
        }
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_breaks_at_holes_and_marks_what_is_high() {
        let at = |share: f64| Some(Level { share, is_watched: share >= 0.8, is_full: share >= 1.0 });
        let spark = Spark::draw(&[at(0.5), None, at(0.9), at(1.0)], true, "FS02 & co".into());
        assert_eq!(spark.line, "M0 500H2500M5000 100H7500V0H10000");
        assert_eq!(spark.full, "M7500 0H10000");
        assert_eq!(spark.holes, [(0.25, 0.25)]);
        let late = Spark::draw(&[None, at(0.5), None], true, String::new()).from_its_beginning();
        assert_eq!(late.holes.len(), 1, "the beginning is no hole");
        let svg = spark.render().unwrap();
        assert!(svg.contains("FS02 &#38; co") && svg.contains("x=\"25%\""), "{svg}");
    }
}
