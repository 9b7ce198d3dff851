//! Inputs made of others, the same ones for the same random numbers.

use rand::RngExt as _;
use rand::rngs::SmallRng;

/// Longest input that is made.
const MOST_BYTES: usize = 128 << 10;
/// Most that one change takes away or puts in.
const MOST_AT_ONCE: usize = 64;

/// Numbers at which a format turns.
const EDGES: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// What has a meaning in one of the texts.
const WORDS: [&str; 32] = [
    "\"",
    "'",
    "\u{2019}",
    "\\",
    "/",
    "%2F",
    "&",
    "<",
    ">",
    "]]>",
    "&#0;",
    "=",
    ";",
    ",",
    "\t",
    "\r\n",
    "\0",
    "*",
    "?",
    "#",
    "[",
    "{",
    "null",
    "-1",
    "0.5",
    "1e309",
    "9223372036854775807",
    "18446744073709551616",
    "::ffff:127.0.0.1",
    "\u{202e}",
    "\u{10ffff}",
    "\u{ff1d}",
];

/// `bytes` changed in one to six places; `others` lend their parts.
pub(super) fn of(bytes: &[u8], others: &[Vec<u8>], rng: &mut SmallRng) -> Vec<u8> {
    let mut mutant = bytes.to_vec();
    for _ in 0..rng.random_range(1..=6_u32) {
        change(&mut mutant, others, rng);
    }
    mutant.truncate(MOST_BYTES);
    mutant
}

fn change(bytes: &mut Vec<u8>, others: &[Vec<u8>], rng: &mut SmallRng) {
    let at = rng.random_range(0..=bytes.len());
    let some = rng.random_range(0..=(bytes.len() - at).min(MOST_AT_ONCE));
    match rng.random_range(0..10_u32) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..at + some)),
        2 => {
            let again = bytes[at..at + some].to_vec();
            insert(bytes, at, &again);
        }
        3 => insert(bytes, at, WORDS[rng.random_range(0..WORDS.len())].as_bytes()),
        4 => {
            let other = &others[rng.random_range(0..others.len())];
            let from = rng.random_range(0..=other.len());
            let length = rng.random_range(0..=(other.len() - from).min(MOST_AT_ONCE));
            insert(bytes, at, &other[from..from + length]);
        }
        5 => {
            let edge = EDGES[rng.random_range(0..EDGES.len())];
            let number = if rng.random_bool(0.5) { edge.to_le_bytes() } else { edge.to_be_bytes() };
            let width = 1_usize << rng.random_range(0..4_u32);
            let number = if rng.random_bool(0.5) { &number[..width] } else { &number[8 - width..] };
            bytes[at..].iter_mut().zip(number).for_each(|(to, from)| *to = *from);
        }
        6 => bytes[at..at + some].iter_mut().for_each(|byte| *byte = rng.random()),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = if rng.random_bool(0.5) { rng.random() } else { *byte ^ (1 << rng.random_range(0..8_u32)) };
            }
        }
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    drop(bytes.splice(at..at, new.iter().copied()));
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn the_same_numbers_make_the_same_inputs_and_different_ones() {
        let kept = [b"one of them".to_vec(), Vec::new(), vec![7; 200_000]];
        let made = |seed| {
            let mut rng = SmallRng::seed_from_u64(seed);
            (0..300).map(|n| of(&kept[n % kept.len()], &kept, &mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(1).iter().all(|bytes| bytes.len() <= MOST_BYTES));
        let changed = made(1).iter().step_by(kept.len()).filter(|bytes| **bytes != kept[0]).count();
        assert!(changed > 80, "{changed} of 100 are not what they were made of");
    }
}
