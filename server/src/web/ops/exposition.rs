//! The text format in which Prometheus reads metrics, version 0.0.4.
//!
//! Names of hosts and groups are hostile: whatever they are, a line stays a line and a label its own. Control characters become U+FFFD,
//! and what is long is cut.

use std::fmt::Write as _;

/// Characters of a label's value at most: every host's stand in many lines.
const LONGEST: usize = 200;

/// Metrics in the making, family by family.
#[derive(Debug, Default)]
pub(super) struct Exposition {
    text: String,
    name: &'static str,
}

/// Labels as they stand in a line, without braces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Labels(String);

impl Labels {
    /// These as well.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(name);
        self.0.push_str("=\"");
        let mut rest = value.chars();
        for c in rest.by_ref().take(LONGEST) {
            match c {
                '\\' | '"' => self.0.extend(['\\', c]),
                c if c.is_control() => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        if rest.next().is_some() {
            self.0.push('…');
        }
        self.0.push('"');
        self
    }
}

impl Exposition {
    /// Begins a family of gauges: its lines follow. `help` is a sentence on one line.
    pub(super) fn gauge(&mut self, name: &'static str, help: &'static str) {
        self.name = name;
        // Writing to a string does not fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    }

    /// A line of the family that began last.
    pub(super) fn value(&mut self, labels: &Labels, value: f64) {
        let Labels(labels) = labels;
        let _ = if labels.is_empty() {
            writeln!(self.text, "{} {value}", self.name)
        } else {
            writeln!(self.text, "{}{{{labels}}} {value}", self.name)
        };
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_its_line_nor_itself() {
        let mut text = Exposition::default();
        text.gauge("a_b", "A sentence.");
        text.value(&Labels::default().with("host", "x\"} 1\n# TYPE\\\r\u{0}\u{2028}é").with("id", "7"), 0.5);
        text.value(&Labels::default().with("host", &"é".repeat(300)), 1.0);
        text.value(&Labels::default(), f64::from(20_000_u32));
        let text = text.into_text();
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(lines[2], "a_b{host=\"x\\\"} 1\u{fffd}# TYPE\\\\\u{fffd}\u{fffd}\u{2028}é\",id=\"7\"} 0.5");
        assert_eq!(lines[3], format!("a_b{{host=\"{}…\"}} 1", "é".repeat(200)));
        assert_eq!(lines[4..], ["a_b 20000", ""]);
    }
}
