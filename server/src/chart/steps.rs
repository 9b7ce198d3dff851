//! A small step line without axes: values held until the next one, gaps left open.

use std::fmt::Write as _;

/// The two paths of a small chart, in a view box of `width` × `height` that the page stretches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    /// One unit per value.
    pub width: usize,
    pub height: u32,
    pub line: String,
    pub area: String,
    /// Whether there is anything to see.
    pub is_empty: bool,
}

impl Steps {
    /// `None` is not observed: a gap, never a zero. The greatest value touches the top.
    #[must_use]
    pub fn of(values: &[Option<f64>], height: u32) -> Self {
        let top = values.iter().flatten().fold(0.0_f64, |a, b| a.max(*b));
        let y = |value: f64| if top > 0.0 { f64::from(height) * (1.0 - value / top) } else { f64::from(height) };
        let (mut line, mut area) = (String::new(), String::new());
        let mut x = 0;
        // A run of values without a gap is one path of each kind.
        for run in values.split_inclusive(Option::is_none) {
            let known: Vec<f64> = run.iter().copied().flatten().collect();
            if let Some(first) = known.first() {
                let _ = write!(line, "M{x} {:.1}", y(*first));
                let _ = write!(area, "M{x} {height}V{:.1}", y(*first));
                for (i, pair) in known.windows(2).enumerate() {
                    // A change of a tenth of a pixel is no change: paths stay short.
                    if (y(pair[0]) - y(pair[1])).abs() >= 0.1 {
                        let step = format!("H{}V{:.1}", x + i + 1, y(pair[1]));
                        line.push_str(&step);
                        area.push_str(&step);
                    }
                }
                let end = x + known.len();
                let _ = write!(line, "H{end}");
                let _ = write!(area, "H{end}V{height}Z");
            }
            x += run.len();
        }
        Self { width: values.len().max(1), height, is_empty: line.is_empty(), line, area }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_hold_until_the_next_value_and_gaps_stay_open() {
        let steps = Steps::of(&[Some(1.0), Some(2.0), None, Some(0.0)], 10);
        assert_eq!(steps.line, "M0 5.0H1V0.0H2M3 10.0H4");
        assert_eq!(steps.area, "M0 10V5.0H1V0.0H2V10ZM3 10V10.0H4V10Z");
    }

    #[test]
    fn what_was_never_observed_is_empty_and_all_zeros_lie_on_the_ground() {
        assert!(Steps::of(&[None, None], 10).is_empty);
        assert_eq!(Steps::of(&[Some(0.0), Some(0.0)], 10).line, "M0 10.0H2");
        assert_eq!(Steps::of(&[], 10).width, 1);
    }
}
