//! Many rows in few statements.

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
