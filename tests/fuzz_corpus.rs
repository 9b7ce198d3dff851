//! What the fuzzers kept, and what is near it, goes through every decoder of bytes from outside.

use std::path::{Path, PathBuf};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

#[path = "../server/fuzz/decoders.rs"]
#[expect(unreachable_pub, reason = "the fuzzers' own crate is made of this file")]
mod decoders;

/// Neighbours of each file that are tried too.
const NEIGHBOURS: usize = 24;

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/fuzz/corpus").join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    files.map(|file| file.unwrap().path()).collect()
}

/// One byte changed, or some taken away.
fn neighbour(bytes: &[u8], rng: &mut SmallRng) -> Vec<u8> {
    let mut near = bytes.to_vec();
    if near.is_empty() || rng.random_bool(0.2) {
        near.truncate(rng.random_range(0..=near.len()));
        return near;
    }
    let at = rng.random_range(0..near.len());
    near[at] = if rng.random_bool(0.5) { rng.random() } else { near[at] ^ (1 << rng.random_range(0..8)) };
    near
}

#[test]
fn every_decoder_takes_what_the_fuzzers_kept_and_its_neighbours() {
    let mut rng = SmallRng::seed_from_u64(5);
    for (target, decode) in decoders::ALL {
        let files = corpus(target);
        assert!(files.len() >= 5, "the corpus of {target} has only {} files", files.len());
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            // A panic's output names the file through this.
            println!("{}", file.display());
            decode(&bytes);
            (0..NEIGHBOURS).for_each(|_| decode(&neighbour(&bytes, &mut rng)));
        }
    }
}

#[test]
fn every_target_of_the_fuzzers_is_run_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/fuzz/targets");
    let mut targets: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    let mut run: Vec<&str> = decoders::ALL.iter().map(|(target, _)| *target).collect();
    run.sort_unstable();
    assert_eq!(targets, run);
}
