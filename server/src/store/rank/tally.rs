//! One figure per holder, added up over many records. Ids are handed out one after the other, so that a plain list indexed by id
//! is smaller and faster than any map.

use crate::model::alias::Aliases;
use crate::store::Result;
use crate::store::hot::Column;
use crate::store::values::corrupt;

/// No store has so many names; a record that says so is damaged, and must not take the memory for them.
const MOST_IDS: i64 = 1 << 26;
const ABSENT: i64 = i64::MIN;

/// How the figures of one holder come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Sum,
    Most,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    /// By id.
    figures: Vec<i64>,
}

impl Tally {
    /// Adds a record's columns: ids in ascending order, and the figure of each.
    pub(super) fn add(&mut self, ids: &Column, figures: &Column, join: Join) -> Result<()> {
        let count = ids.len();
        if figures.len() != count {
            return Err(corrupt("a record of the fleet's holders has columns of different lengths"));
        }
        if count == 0 {
            return Ok(());
        }
        let (first, last) = (ids.get(0), ids.get(count - 1));
        if first < 0 || last >= MOST_IDS {
            return Err(corrupt(format!("a record of the fleet's holders names ids from {first} to {last}")));
        }
        let needed = usize::try_from(last).unwrap_or_default() + 1;
        if self.figures.len() < needed {
            self.figures.resize(needed, ABSENT);
        }
        match (ids, figures) {
            // The usual case, without a decision per value.
            (Column::Small { unit: 1, values: ids }, Column::Small { unit, values }) => {
                let pairs = ids.iter().zip(values).map(|(id, v)| (*id as usize, i64::from(*v) * unit));
                self.join(pairs, join);
            }
            _ => {
                let pairs = (0..count).map(|i| (usize::try_from(ids.get(i)).unwrap_or_default(), figures.get(i)));
                self.join(pairs, join);
            }
        }
        Ok(())
    }

    fn join(&mut self, pairs: impl Iterator<Item = (usize, i64)>, join: Join) {
        for (id, figure) in pairs {
            // Ids ascend, and the greatest one fits.
            let Some(sum) = self.figures.get_mut(id) else { continue };
            *sum = match join {
                _ if *sum == ABSENT => figure,
                Join::Sum => sum.saturating_add(figure),
                Join::Most => (*sum).max(figure),
            };
        }
    }

    /// Puts the figures of a client's names together under its main one.
    pub(super) fn fold(&mut self, aliases: &Aliases, join: Join) {
        for main in aliases.mains() {
            let figures = aliases.names(main).filter_map(|name| self.take(name));
            let all = figures.collect::<Vec<i64>>().into_iter().reduce(|one, other| match join {
                Join::Sum => one.saturating_add(other),
                Join::Most => one.max(other),
            });
            if let Some(all) = all {
                self.set(main, all);
            }
        }
    }

    /// As [`add`](Self::add) of a record, with what a client's names come to in it under the main one.
    pub(super) fn add_joint(&mut self, ids: &Column, figures: &Column, aliases: &Aliases) {
        for main in aliases.mains() {
            let places = aliases.names(main).filter_map(|name| ids.place_of(name));
            let all = places.map(|place| figures.get(place)).reduce(i64::saturating_add);
            if let Some(all) = all {
                let before = self.take(main);
                self.set(main, before.map_or(all, |before| before.max(all)));
            }
        }
    }

    /// What a holder came to, as if it had not been added.
    pub(super) fn take(&mut self, id: i64) -> Option<i64> {
        let place = self.figures.get_mut(usize::try_from(id).ok()?)?;
        Some(std::mem::replace(place, ABSENT)).filter(|figure| *figure != ABSENT)
    }

    pub(super) fn get(&self, id: i64) -> Option<i64> {
        self.figures.get(usize::try_from(id).ok()?).copied().filter(|figure| *figure != ABSENT)
    }

    pub(super) fn set(&mut self, id: i64, figure: i64) {
        let Some(place) = usize::try_from(id).ok().filter(|_| id < MOST_IDS) else { return };
        if self.figures.len() <= place {
            self.figures.resize(place + 1, ABSENT);
        }
        self.figures[place] = figure;
    }

    /// (figure, id) of every holder that was added, in ascending order of id.
    pub(super) fn all(&self) -> impl Iterator<Item = (i64, i64)> {
        (0..).zip(&self.figures).filter(|(_, figure)| **figure != ABSENT).map(|(id, figure)| (*figure, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[i64]) -> Column {
        Column::of(values.to_vec())
    }

    #[test]
    fn figures_are_summed_or_compared_and_nobody_is_made_up() {
        let records = [([2, 7], [5_000, 0]), ([0, 7], [1_500, 3_000])];
        for (join, expected) in
            [(Join::Sum, [(1_500, 0), (5_000, 2), (3_000, 7)]), (Join::Most, [(1_500, 0), (5_000, 2), (3_000, 7)])]
        {
            let mut tally = Tally::default();
            for (ids, figures) in &records {
                tally.add(&column(ids), &column(figures), join).unwrap();
            }
            assert_eq!(tally.all().collect::<Vec<_>>(), expected);
        }
        let mut twice = Tally::default();
        twice.add(&column(&[3]), &column(&[4]), Join::Sum).unwrap();
        twice.add(&column(&[3]), &column(&[6]), Join::Sum).unwrap();
        assert_eq!(twice.all().collect::<Vec<_>>(), [(10, 3)]);
    }

    #[test]
    fn names_of_one_client_are_summed_or_compared_under_the_main_one() {
        let aliases = Aliases::of([(2, 7), (9, 7), (4, 1)]);
        for (join, expected) in [(Join::Sum, [(3, 3), (12, 7)]), (Join::Most, [(3, 3), (7, 7)])] {
            let mut tally = Tally::default();
            tally.add(&column(&[2, 3, 7]), &column(&[5, 3, 7]), join).unwrap();
            tally.fold(&aliases, join);
            assert_eq!(tally.all().collect::<Vec<_>>(), expected);
        }
        let mut tally = Tally::default();
        for figures in [[1, 1], [4, 2], [3, 1]] {
            tally.add_joint(&column(&[2, 9]), &column(&figures), &aliases);
        }
        assert_eq!(tally.all().collect::<Vec<_>>(), [(6, 7)], "the most in any one record");
    }

    #[test]
    fn a_damaged_record_takes_no_memory() {
        let mut tally = Tally::default();
        for (ids, figures) in [(vec![-1], vec![0]), (vec![1 << 40], vec![0]), (vec![1, 2], vec![0])] {
            assert!(tally.add(&Column::of(ids), &Column::of(figures), Join::Sum).is_err());
        }
        assert_eq!(tally.all().count(), 0);
    }
}
