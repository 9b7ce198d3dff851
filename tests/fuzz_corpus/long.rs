//! Every decoder with as many inputs as one has time for, by any compiler: see server/fuzz/README.md.

use std::num::NonZero;
use std::panic;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::Instant;

use super::decoders::{ALL, Target};
use super::{corpus, folder, mutant};

/// What is asked of a run, by variables.
struct Asked {
    /// `HIGHWATER_FUZZ_RUNS`: executions of each target.
    runs: u64,
    /// `HIGHWATER_FUZZ_ONLY`: names of targets with commas between them; empty for all.
    only: String,
    /// `HIGHWATER_FUZZ_SEED`: another one makes other inputs.
    seed: u64,
    /// `HIGHWATER_FUZZ_KEEP`: each input is written down before it is tried, so that the one is there that ends the process, or never ends.
    keeps: bool,
}

/// What takes longer is a fault, too: nobody waits for it.
const LONGEST: Duration = Duration::from_secs(10);

impl Asked {
    #[expect(clippy::disallowed_methods, reason = "the one place of the tests that reads these variables")]
    fn read() -> Self {
        let number = |name: &str, usual: u64| {
            std::env::var(name).map_or(usual, |text| text.parse::<u64>().unwrap_or_else(|e| panic!("{name}: {e}")))
        };
        Self {
            runs: number("HIGHWATER_FUZZ_RUNS", 10_000_000),
            only: std::env::var("HIGHWATER_FUZZ_ONLY").unwrap_or_default(),
            seed: number("HIGHWATER_FUZZ_SEED", 1),
            keeps: std::env::var_os("HIGHWATER_FUZZ_KEEP").is_some_and(|said| !said.is_empty()),
        }
    }

    fn wants(&self, target: &str) -> bool {
        self.only.is_empty() || self.only.split(',').any(|name| name.trim() == target)
    }
}

#[test]
#[ignore = "takes hours: see server/fuzz/README.md"]
fn every_decoder_takes_as_many_inputs_as_are_asked_for() {
    let asked = Asked::read();
    let wanted: Vec<Target> = ALL.into_iter().filter(|(target, _)| asked.wants(target)).collect();
    assert!(!wanted.is_empty(), "there is no target {:?}", asked.only);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some(target) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let fell = run(*target, &asked);
                    found.lock().unwrap().extend(fell);
                }
            });
        }
    });
    println!("most memory: {}", most_memory());
    let found = found.into_inner().unwrap();
    assert!(found.is_empty(), "a decoder fell over: {found:?}");
}

/// Prints what was done. Answers where the input is kept that a decoder fell over, if there was one.
fn run((target, decode): Target, asked: &Asked) -> Option<PathBuf> {
    let kept: Vec<Vec<u8>> = corpus(target).into_iter().map(|(_, bytes)| bytes).collect();
    let mut rng = SmallRng::seed_from_u64(asked.seed);
    let (began, mut slowest) = (Instant::now(), Duration::ZERO);
    let last = std::env::temp_dir().join(format!("highwater-fuzz-{target}-{}", std::process::id()));
    for done in 0..asked.runs {
        let input = mutant::of(&kept[rng.random_range(0..kept.len())], &kept, &mut rng);
        if asked.keeps {
            std::fs::write(&last, &input).unwrap();
        }
        let started = Instant::now();
        let fell = panic::catch_unwind(|| decode(&input)).is_err();
        let took = started.elapsed();
        if fell || took > LONGEST {
            let path = folder(target).join(format!("found-{:08x}", crc32fast::hash(&input)));
            std::fs::write(&path, &input).unwrap();
            let what = if fell { "fell over" } else { "took far too long" };
            println!("{target}: {what} after {done} executions, see {}", path.display());
            return Some(path);
        }
        slowest = slowest.max(took);
    }
    if asked.keeps {
        std::fs::remove_file(&last).unwrap();
    }
    let secs = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "it is printed")]
    let per_second = asked.runs as f64 / secs.max(0.001);
    let slowest_ms = slowest.as_secs_f64() * 1_000.0;
    println!(
        "{target:<12} {:>12} executions, {secs:>7.0} s, {per_second:>9.0}/s, slowest {slowest_ms:.1} ms",
        asked.runs
    );
    None
}

/// The most that this process ever had, as the system tells it.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown", str::trim).to_owned()
}
