//! How old the sessions of a snapshot are, and for how long they have done nothing: a table of counts by length, with bars.

use askama::Template;
use askama::filters::HtmlSafe;

use super::scale::Percent;
use crate::locale::Locale;
use crate::model::snapshot::Snapshot;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};

/// Where one row ends and the next begins. A quarter of an hour is where Windows counts a session as idle.
const EDGES_MS: [i64; 8] =
    [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 7 * DAY_MS];

/// Counts of sessions by length, shortest first.
type Counts = [usize; EDGES_MS.len() + 1];

#[derive(Debug)]
struct Bar {
    count: String,
    width: Percent,
}

#[derive(Debug)]
struct Row {
    label: String,
    age: Bar,
    idle: Bar,
}

impl Row {
    fn bars(&self) -> [&Bar; 2] {
        [&self.age, &self.idle]
    }
}

/// The rows between the shortest and the longest that there are.
#[derive(Debug, Template)]
#[template(path = "chart/histogram.html")]
pub struct Histogram {
    title_age: String,
    title_idle: String,
    title_length: String,
    rows: Vec<Row>,
}

// Rendered by a template that escapes.
impl HtmlSafe for Histogram {}

impl Histogram {
    /// None if the source knows neither ages nor idle times, or nobody is connected.
    #[must_use]
    pub fn draw(snapshot: &Snapshot, locale: &Locale) -> Option<Self> {
        let since = |at: Option<i64>| at.map(|at| (snapshot.taken_at - at).max(0));
        let age = counts(snapshot.sessions.iter().filter_map(|session| since(session.started_at)));
        let idle = counts(snapshot.sessions.iter().filter_map(|session| since(session.active_at)));
        let is_used = |row: &usize| age[*row] + idle[*row] > 0;
        let (first, last) = ((0..age.len()).find(is_used)?, (0..age.len()).rfind(is_used)?);
        let most = age.iter().chain(&idle).copied().max().unwrap_or_default();
        let bar = |count: usize| Bar { count: locale.number(count), width: share(count, most) };
        let row = |row: usize| Row { label: label(row, locale), age: bar(age[row]), idle: bar(idle[row]) };
        Some(Self {
            title_age: locale.say("chart-age").into(),
            title_idle: locale.say("chart-idle").into(),
            title_length: locale.say("chart-length").into(),
            rows: (first..=last).map(row).collect(),
        })
    }
}

fn counts(lengths_ms: impl Iterator<Item = i64>) -> Counts {
    let mut counts = Counts::default();
    for length_ms in lengths_ms {
        counts[EDGES_MS.partition_point(|edge| *edge <= length_ms)] += 1;
    }
    counts
}

fn share(count: usize, most: usize) -> Percent {
    #[expect(clippy::cast_precision_loss, reason = "a width in percent needs three digits")]
    Percent(count as f64 / most.max(1) as f64 * 100.0)
}

fn label(row: usize, locale: &Locale) -> String {
    let edge = |i: usize| locale.duration(EDGES_MS.get(i).copied().unwrap_or_default());
    let said = match row {
        0 => locale.say("chart-under").with("to", edge(0)),
        row if row == EDGES_MS.len() => locale.say("chart-and-more").with("from", edge(row - 1)),
        row => locale.say("chart-between").with("from", edge(row - 1)).with("to", edge(row)),
    };
    said.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limit::Limit;
    use crate::model::snapshot::Session;
    use crate::model::{ClientId, UserId};

    fn snapshot(sessions: &[(Option<i64>, Option<i64>)]) -> Snapshot {
        let taken_at = 100 * DAY_MS;
        let session = |(age, idle): &(Option<i64>, Option<i64>)| Session {
            client: ClientId(1),
            user: UserId(1),
            started_at: age.map(|ms| taken_at - ms),
            active_at: idle.map(|ms| taken_at - ms),
            opens: None,
        };
        Snapshot {
            taken_at,
            source: String::new(),
            sampling_secs: 60,
            limit: Limit::UNKNOWN,
            partial: false,
            burst_of: None,
            sessions: sessions.iter().map(session).collect(),
        }
    }

    fn told(histogram: &Histogram) -> Vec<(String, &str, &str)> {
        let plain = |text: &str| text.replace('\u{a0}', " ");
        histogram.rows.iter().map(|r| (plain(&r.label), r.age.count.as_str(), r.idle.count.as_str())).collect()
    }

    #[test]
    fn a_session_counts_where_its_length_lies_and_edges_belong_to_the_longer_row() {
        let (quarter, hour) = (15 * MINUTE_MS, HOUR_MS);
        let histogram = Histogram::draw(
            &snapshot(&[(Some(hour), Some(quarter - 1)), (Some(hour - 1), Some(quarter))]),
            &Locale::machine(),
        );
        let expected = [("5 min to 15 min", "0", "1"), ("15 min to 1 h", "1", "1"), ("1 h to 4 h", "1", "0")];
        assert_eq!(told(&histogram.unwrap()), expected.map(|(label, age, idle)| (label.to_owned(), age, idle)));
    }

    #[test]
    fn what_a_source_does_not_know_is_not_drawn() {
        assert!(Histogram::draw(&snapshot(&[(None, None)]), &Locale::machine()).is_none());
        assert!(Histogram::draw(&snapshot(&[]), &Locale::machine()).is_none());
        let histogram =
            Histogram::draw(&snapshot(&[(Some(8 * DAY_MS), None), (Some(-5), None)]), &Locale::machine()).unwrap();
        assert_eq!(
            (histogram.rows.len(), histogram.rows[8].label.replace('\u{a0}', " ")),
            (9, "7 d and more".to_owned())
        );
        assert_eq!((histogram.rows[0].age.width, histogram.rows[0].idle.width), (Percent(100.0), Percent(0.0)));
    }
}
