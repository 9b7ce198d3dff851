//! Outlines for `<path d>`: whole numbers in a box of [`WIDTH`] × [`HEIGHT`] units that the browser stretches over the plot.

use std::fmt::Write as _;

/// Units across.
pub const WIDTH: f64 = 10_000.0;
/// Units down.
pub const HEIGHT: f64 = 1_000.0;

/// One point, in shares: x from the left, y from the bottom, both 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

/// A level that holds from one x to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tread {
    pub from: f64,
    pub to: f64,
    pub y: f64,
}

#[expect(clippy::cast_possible_truncation, reason = "shares are clamped to a box of ten thousand units")]
fn across(x: f64) -> i32 {
    (x.clamp(0.0, 1.0) * WIDTH).round() as i32
}

#[expect(clippy::cast_possible_truncation, reason = "shares are clamped to a box of a thousand units")]
fn down(y: f64) -> i32 {
    ((1.0 - y.clamp(0.0, 1.0)) * HEIGHT).round() as i32
}

/// A line in steps; treads that do not touch are not joined.
#[must_use]
pub fn steps(treads: &[Tread]) -> String {
    let mut d = String::new();
    for run in runs(treads) {
        outline(&mut d, run);
    }
    d
}

/// The area below the same line, down to zero.
#[must_use]
pub fn area(treads: &[Tread]) -> String {
    let mut d = String::new();
    for run in runs(treads) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let _ = write!(d, "M{} {}V{}", across(first.from), down(0.0), down(first.y));
        for (i, tread) in run.iter().enumerate() {
            turn(&mut d, (i > 0).then(|| run[i - 1].y), tread);
        }
        let _ = write!(d, "H{}V{}Z", across(last.to), down(0.0));
    }
    d
}

/// Stretches of treads that touch.
fn runs(treads: &[Tread]) -> impl Iterator<Item = &[Tread]> {
    treads.chunk_by(|a, b| (b.from - a.to).abs() < 1e-9)
}

fn outline(d: &mut String, run: &[Tread]) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let _ = write!(d, "M{} {}", across(first.from), down(first.y));
    for pair in run.windows(2) {
        turn(d, Some(pair[0].y), &pair[1]);
    }
    let _ = write!(d, "H{}", across(last.to));
}

/// On to where the level changes, and up or down to it; nothing while it stays.
fn turn(d: &mut String, before: Option<f64>, tread: &Tread) {
    if before.is_some_and(|y| down(y) != down(tread.y)) {
        let _ = write!(d, "H{}V{}", across(tread.from), down(tread.y));
    }
}

/// What straight lines join: the middles of treads. Of one that stands alone both ends, or it could not be seen.
#[must_use]
pub fn middles(treads: &[Option<Tread>]) -> Vec<Option<Point>> {
    let is_known = |i: Option<usize>| i.and_then(|i| treads.get(i)).is_some_and(Option::is_some);
    let mut points = Vec::with_capacity(treads.len());
    for (i, tread) in treads.iter().enumerate() {
        match tread {
            None => points.push(None),
            Some(Tread { from, to, y }) if is_known(i.checked_sub(1)) || is_known(Some(i + 1)) => {
                points.push(Some(Point { x: from.midpoint(*to), y: *y }));
            }
            Some(Tread { from, to, y }) => points.extend([*from, *to].map(|x| Some(Point { x, y: *y }))),
        }
    }
    points
}

/// Straight lines; a point that is none breaks them.
#[must_use]
pub fn straight(points: &[Option<Point>]) -> String {
    let mut d = String::new();
    for run in present(points) {
        join(&mut d, run.iter().copied(), 'M');
    }
    d
}

/// The area between two lines with the same x: forth along the upper, back along the lower.
#[must_use]
pub fn band(upper: &[Option<Point>], lower: &[Option<Point>]) -> String {
    let both: Vec<_> = upper.iter().zip(lower).map(|(u, l)| u.zip(*l)).collect();
    let mut d = String::new();
    for run in present(&both) {
        join(&mut d, run.iter().map(|(u, _)| *u), 'M');
        join(&mut d, run.iter().rev().map(|(_, l)| *l), 'L');
        d.push('Z');
    }
    d
}

fn present<T: Copy>(points: &[Option<T>]) -> Vec<Vec<T>> {
    points
        .split(Option::is_none)
        .map(|run| run.iter().copied().flatten().collect::<Vec<T>>())
        .filter(|r| !r.is_empty())
        .collect()
}

fn join(d: &mut String, points: impl Iterator<Item = Point>, first: char) {
    for (i, point) in points.enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { first } else { 'L' }, across(point.x), down(point.y));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tread(from: f64, to: f64, y: f64) -> Tread {
        Tread { from, to, y }
    }

    #[test]
    fn a_hole_is_not_bridged() {
        let treads = [tread(0.0, 0.1, 0.5), tread(0.1, 0.2, 0.7), tread(0.5, 0.6, 0.7)];
        assert_eq!(steps(&treads), "M0 500H1000V300H2000M5000 300H6000");
        assert_eq!(area(&treads), "M0 1000V500H1000V300H2000V1000ZM5000 1000V300H6000V1000Z");
    }

    #[test]
    fn a_step_that_stands_alone_is_drawn_over_its_width() {
        let treads = [Some(tread(0.0, 0.2, 0.0)), None, Some(tread(0.4, 0.6, 1.0)), Some(tread(0.6, 0.8, 0.5))];
        assert_eq!(straight(&middles(&treads)), "M0 1000L2000 1000M5000 0L7000 500");
    }

    #[test]
    fn a_level_that_stays_costs_nothing() {
        let treads: Vec<_> = (0..100).map(|i| tread(f64::from(i) / 100.0, f64::from(i + 1) / 100.0, 0.25)).collect();
        assert_eq!(steps(&treads), "M0 750H10000");
    }

    #[test]
    fn a_band_goes_forth_and_back_and_breaks_where_either_line_does() {
        let at = |x: f64, y: f64| Some(Point { x, y });
        let upper = [at(0.0, 1.0), at(0.5, 0.9), None];
        let lower = [at(0.0, 0.2), at(0.5, 0.1), at(1.0, 0.1)];
        assert_eq!(band(&upper, &lower), "M0 0L5000 100L5000 900L0 800Z");
    }
}
