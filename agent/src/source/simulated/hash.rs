//! Repeatable chance: everything in the simulation is a hash of what it belongs to, so any instant can be asked for alone.

/// One well-mixed number out of two.
pub(super) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_add(b.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_add(0x1656_67B1_9E37_79F9);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in `0..n` (0 if `n` is not positive); `n` stays below 2³¹.
pub(super) fn below(hash: u64, n: i64) -> i64 {
    debug_assert!(n < 1 << 31, "{n} is too large to be drawn from");
    (((hash >> 33) as i64) * n.max(0)) >> 31
}

/// An index in `0..n`; 0 if there is none.
pub(super) fn index(hash: u64, n: u32) -> u32 {
    (((hash >> 32) * u64::from(n)) >> 32) as u32
}

/// An index in `0..n` that prefers the first ones: half the draws are spread evenly, half fall off with the square.
pub(super) fn heavy_index(hash: u64, n: u32) -> u32 {
    let even = index(hash, n);
    if hash & 1 == 0 {
        return even;
    }
    let fraction = (hash >> 32) & 0xFFFF;
    ((u64::from(n) * fraction * fraction) >> 32) as u32
}

/// True with the probability of `permille` in a thousand.
pub(super) fn chance(hash: u64, permille: i64) -> bool {
    below(hash, 1_000) < permille
}

/// A number around 0 within ± `reach`, more often near the middle.
pub(super) fn around(hash: u64, reach: i64) -> i64 {
    below(hash, reach) + below(mix(hash, 0x51), reach) - reach
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_their_range_and_reach_all_of_it() {
        let draws: Vec<u64> = (0..20_000).map(|i| mix(7, i)).collect();
        for n in [1_u32, 3, 240] {
            let mut seen = vec![0_u32; n as usize];
            for draw in &draws {
                seen[index(*draw, n) as usize] += 1;
                assert!(heavy_index(*draw, n) < n);
                assert!((0..i64::from(n)).contains(&below(*draw, i64::from(n))));
            }
            assert!(seen.iter().all(|count| *count > 20_000 / n / 2), "{n}");
        }
        assert!(draws.iter().all(|draw| around(*draw, 60).abs() <= 60));
        let hits = draws.iter().filter(|draw| chance(**draw, 250)).count();
        assert!((4_600..5_400).contains(&hits), "{hits}");
    }

    #[test]
    fn the_heavy_index_prefers_the_first() {
        let first = (0..20_000).filter(|i| heavy_index(mix(3, *i), 100) == 0).count();
        let last = (0..20_000).filter(|i| heavy_index(mix(3, *i), 100) == 99).count();
        assert!(first > 4 * last, "{first} against {last}");
    }
}
