//! What the fuzzers kept, and what is near it, goes through every decoder of bytes from outside.

mod long;
mod mutant;

use std::path::{Path, PathBuf};

use rand::SeedableRng as _;
use rand::rngs::SmallRng;

#[path = "../server/fuzz/decoders.rs"]
#[expect(unreachable_pub, reason = "the fuzzers' own crate is made of this file")]
mod decoders;

/// Neighbours of each file that are tried too.
const NEIGHBOURS: usize = 24;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/fuzz/corpus").join(target)
}

/// What is kept for a target, in order of name.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = folder(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn every_decoder_takes_what_the_fuzzers_kept_and_its_neighbours() {
    let mut rng = SmallRng::seed_from_u64(5);
    for (target, decode) in decoders::ALL {
        let (paths, files): (Vec<_>, Vec<_>) = corpus(target).into_iter().unzip();
        assert!(files.len() >= 5, "the corpus of {target} has only {} files", files.len());
        for (path, bytes) in paths.iter().zip(&files) {
            // A panic's output names the file through this.
            println!("{}", path.display());
            decode(bytes);
            (0..NEIGHBOURS).for_each(|_| decode(&mutant::of(bytes, &files, &mut rng)));
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

#[test]
fn every_target_has_a_program_of_the_fuzzers_crate() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/fuzz/Cargo.toml");
    let crate_of_fuzzers: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let mut programs: Vec<&str> =
        crate_of_fuzzers["bin"].as_array().unwrap().iter().map(|bin| bin["name"].as_str().unwrap()).collect();
    programs.sort_unstable();
    let mut run: Vec<&str> = decoders::ALL.iter().map(|(target, _)| *target).collect();
    run.sort_unstable();
    assert_eq!(programs, run);
}
