//! The worst hosts over time, one strip each.

use std::collections::HashMap;

use crate::chart::heat::{self, Mark as At, Strip, Told};
use crate::chart::range::Span;
use crate::chart::zoom::Zoom;
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::heat::{Cell, Heat, Hot, Level as How};
use crate::model::host::{HostInShort, Level};
use crate::model::time::SECOND_MS;
use crate::web::layout::{Mark, Page};
use crate::web::query::query;

/// Hosts of the heat map.
pub(super) const WORST: usize = 20;
/// Cells of one host at most.
const CELLS: usize = 124;
/// Stretches that are told of one host.
const STRETCHES: usize = 8;
/// So many of the newest cells may be on their way.
const ON_THEIR_WAY: usize = 2;

/// One line of the heat map.
#[derive(Debug)]
pub(super) struct Row {
    /// The host over the same stretch.
    pub(super) href: String,
    pub(super) name: String,
    pub(super) strip: Strip,
    pub(super) told: Told,
    /// How long it was full in the range; empty if never.
    pub(super) full: String,
    pub(super) now: String,
    pub(super) mark: Mark,
}

/// How many steps of the store are one cell.
fn per(span: Span, step_ms: i64) -> usize {
    let steps = usize::try_from((span.length_ms() + step_ms - 1) / step_ms).unwrap_or(1);
    steps.div_ceil(CELLS).max(1)
}

fn width_ms(span: Span, step_ms: i64) -> i64 {
    step_ms * i64::try_from(per(span, step_ms)).unwrap_or(1)
}

/// A cell, as within "peak of each …".
#[must_use]
pub(super) fn step(span: Span, step_ms: i64, locale: &Locale) -> String {
    locale.step(width_ms(span, step_ms))
}

impl Row {
    /// Where its moments are looked at.
    pub(super) fn href_at(&self, at: i64) -> String {
        format!("{}&at={at}", self.href)
    }

    /// The stretches in which it was full, the first ones of them; a dash if there is none.
    pub(super) fn full_in_words(&self, page: &Page) -> String {
        let stretch = |of: &Span| {
            let [from, to] = [of.from_at, of.to_at].map(|at| page.locale.stamp(at, page.now_at));
            String::from(page.say("chart-stretch").with("from", from).with("to", to))
        };
        let full = &self.told.full;
        let mut said: Vec<String> = full.iter().take(STRETCHES).map(stretch).collect();
        let more = full.len().saturating_sub(STRETCHES);
        said.extend((more > 0).then(|| page.say("fleet-more-stretches").with("stretches", more).into()));
        page.locale.or_dash((!said.is_empty()).then(|| page.locale.joined(said)))
    }
}

/// The strips of the worst hosts; the hosts that are gone left out.
#[must_use]
pub(super) fn rows(
    heat: &Heat,
    hosts: &[HostInShort],
    (zoom, span, now_at): (Zoom, Span, i64),
    locale: &Locale,
) -> Vec<Row> {
    let by_id: HashMap<HostId, &HostInShort> = hosts.iter().map(|host| (host.id, host)).collect();
    let row = |hot: &Hot| {
        let host = by_id.get(&hot.host)?;
        let level = host.level(now_at);
        let now = host.saturation();
        let pairs = zoom.pairs();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let href = format!("/hosts/{}{}", host.id, query(&pairs));
        let latest = zoom.is_up_to_now().then_some(now_at);
        let marks = marks(heat, hot, (host, latest), span);
        let cells = (marks.as_slice(), width_ms(span, heat.step_ms));
        Some(Row {
            name: host.name.clone(),
            strip: Strip::draw(&host.name, cells, (span, locale), &format!("{href}&at=")),
            told: Told::of(cells, span),
            href,
            full: if hot.full_secs > 0 { locale.duration(hot.full_secs * SECOND_MS) } else { String::new() },
            now: match (level, now) {
                (Level::Silent, _) => locale.say("chart-silent").into(),
                (_, Some(saturation)) => locale.percent(saturation),
                (Level::Unlimited, _) => locale.say("chart-no-limit").into(),
                _ => locale.say("chart-limit-not-known").into(),
            },
            mark: Mark::of(level),
        })
    };
    heat.hosts.iter().filter_map(row).collect()
}

/// The host's cells from the start of the span to its end, which is now (`latest`) unless the span was chosen.
fn marks(heat: &Heat, hot: &Hot, (host, latest): (&HostInShort, Option<i64>), span: Span) -> Vec<At> {
    let width_ms = width_ms(span, heat.step_ms);
    let count = usize::try_from((span.length_ms() + width_ms - 1) / width_ms).unwrap_or(1);
    let mut strip = vec![At { cell: heat::Cell::Gap, at: 0 }; count];
    for (step_at, cell) in heat.steps.iter().zip(&hot.cells) {
        let place = usize::try_from((step_at - span.from_at).div_euclid(width_ms)).unwrap_or(usize::MAX);
        if let Some(mark) = strip.get_mut(place) {
            *mark = higher(*mark, told(*cell));
        }
    }
    let Some(now_at) = latest else { return strip };
    let quiet = strip.iter().rev().take_while(|mark| mark.cell == heat::Cell::Gap).count();
    let from = count - quiet;
    if host.level(now_at) == Level::Silent {
        strip[from..].fill(At { cell: heat::Cell::Silent, at: 0 });
    } else if quiet <= ON_THEIR_WAY && from > 0 {
        // Records are a few minutes behind; what is true now is known all the same.
        let current = host.saturation().map_or(strip[from - 1].cell, heat::Cell::Saturation);
        strip[from..].fill(At { cell: current, at: span.to_at });
    }
    strip
}

fn told(cell: Cell) -> At {
    let of = match cell.level {
        How::Silent => heat::Cell::Gap,
        How::Unknown => heat::Cell::Unknown,
        How::Unlimited => heat::Cell::Unlimited,
        How::Saturation(saturation) => heat::Cell::Saturation(saturation),
    };
    At { cell: of, at: cell.peak_at }
}

/// The one that says more, the earlier of equals.
fn higher(a: At, b: At) -> At {
    match (a.cell, b.cell) {
        (heat::Cell::Gap, _) => b,
        (heat::Cell::Saturation(x), heat::Cell::Saturation(y)) if y > x => b,
        (heat::Cell::Unknown | heat::Cell::Unlimited, heat::Cell::Saturation(_)) => b,
        (heat::Cell::Unknown, heat::Cell::Unlimited) => b,
        _ => a,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::range::Range;

    #[test]
    fn a_cell_of_several_steps_is_its_highest_at_that_moment() {
        let at = |cell, at| At { cell, at };
        let all = [
            at(heat::Cell::Gap, 0),
            at(heat::Cell::Unknown, 1),
            at(heat::Cell::Saturation(0.5), 2),
            at(heat::Cell::Saturation(0.9), 3),
            at(heat::Cell::Saturation(0.9), 4),
            at(heat::Cell::Gap, 0),
        ];
        assert_eq!(all.into_iter().reduce(higher), Some(at(heat::Cell::Saturation(0.9), 3)));
    }

    #[test]
    fn no_range_has_more_cells_than_can_be_told_apart() {
        for range in Range::ALL {
            let step_ms = range.fleet_step().length_ms();
            let span = range.ending_in_steps(1_795_509_067_000, range.fleet_step_ms(range.fleet_step()));
            let cells = (span.length_ms() / step_ms) / i64::try_from(per(span, step_ms)).unwrap();
            assert!(cells <= 124, "{range:?}: {cells} cells of {}", step(span, step_ms, &Locale::machine()));
        }
    }
}
