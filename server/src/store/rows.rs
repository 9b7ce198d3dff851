//! Many rows in few statements, and of which hosts.

use sqlx::{Database, Encode, QueryBuilder, Type};

use super::values::text;
use crate::model::sight::Sight;

/// Most rows that one statement writes.
const MOST: usize = 32;

/// The rows in order, in parts of 32, 16, … 1: as many as one statement writes at once. Each statement is a round trip (on SQLite
/// between two threads), so a statement for each row would cost more than the rows. Each number of rows is another statement,
/// which the databases prepare and keep, so there are few such numbers.
pub(super) fn in_parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let most = rows.len().min(MOST);
        let part = rows.split_off(..(most / 2 + 1).next_power_of_two())?;
        Some(part)
    })
}

/// One more condition: that the host is seen of which `column` holds the id. It has no host: then who is confined does not
/// see it, nor a host in no group. Nothing if all hosts are seen.
pub(super) fn push_seen<D: Database>(select: &mut QueryBuilder<D>, column: &str, sight: &Sight)
where
    String: for<'q> Encode<'q, D> + Type<D>,
{
    if sight.is_confined() {
        select.push(" and ").push(column).push(" in (select host_id from hosts where 1 = 1");
        push_seen_group(select, "group_name", sight);
        select.push(")");
    }
}

/// One more condition: that hosts of the group are seen of which `column` holds the name, empty for none. Nothing if all
/// hosts are seen.
pub(super) fn push_seen_group<D: Database>(select: &mut QueryBuilder<D>, column: &str, sight: &Sight)
where
    String: for<'q> Encode<'q, D> + Type<D>,
{
    let Sight::Groups(groups) = sight else { return };
    if groups.is_empty() {
        select.push(" and 1 = 0");
        return;
    }
    select.push(" and ").push(column).push(" <> '' and ").push(column).push(" in (");
    let mut list = select.separated(", ");
    groups.iter().for_each(|group| {
        list.push_bind(text(group).into_owned());
    });
    select.push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_every_row_once_in_order_and_come_in_few_sizes() {
        for len in 0..200 {
            let rows: Vec<usize> = (0..len).collect();
            let parts: Vec<&[usize]> = in_parts(&rows).collect();
            assert_eq!(parts.concat(), rows);
            assert!(parts.iter().all(|part| part.len().is_power_of_two() && part.len() <= MOST), "{len}");
            assert!(parts.len() <= len / MOST + 5, "{len} rows in {} parts", parts.len());
        }
    }
}
