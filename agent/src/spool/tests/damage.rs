//! What the medium does to a segment.

use super::*;

const IDS: u64 = 6;

/// A spool with records in its only segment, and the segment's bytes.
fn recorded(dir: &Path) -> (std::path::PathBuf, Vec<u8>) {
    let mut spool = open(dir, 1);
    (0..IDS).for_each(|id| spool.append(vec![fact(id)]).unwrap());
    spool.save();
    let path = spool.segments[0].path.clone();
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

/// What a server gets out of the directory, one more record behind it.
fn sent(dir: &Path) -> Server {
    let mut server = Server::default();
    let mut spool = open(dir, 2);
    spool.append(vec![fact(IDS)]).unwrap();
    server.drain(&mut spool);
    server
}

#[test]
fn a_flipped_byte_costs_the_record_it_hit_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (path, good) = recorded(dir.path());
    let position = std::fs::read(dir.path().join("position.json")).unwrap();
    for at in 0..good.len() {
        for flip in [0x01, 0x80, 0xFF] {
            clear(dir.path());
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            std::fs::write(&path, bytes).unwrap();
            std::fs::write(dir.path().join("position.json"), &position).unwrap();
            let server = sent(dir.path());
            let hit = u64::from(at >= frame::SEGMENT_HEADER);
            assert_eq!(server.lost(), hit, "byte {at}");
            assert!(server.gaps.iter().all(|g| g.reason == GapReason::SpoolCorrupt));
            assert_eq!(server.facts.len() as u64, IDS + 1 - hit, "byte {at}");
            assert!(server.facts.is_sorted());
        }
    }
}

#[test]
fn a_cut_segment_keeps_what_is_whole_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (path, good) = recorded(dir.path());
    for len in 0..good.len() {
        clear(dir.path());
        std::fs::write(&path, &good[..len]).unwrap();
        let server = sent(dir.path());
        let whole = server.facts.len() as u64 - 1;
        assert_eq!(server.facts, (0..whole).chain([IDS]).collect::<Vec<_>>(), "cut at {len}");
        assert_eq!(server.lost(), 0);
    }
}

#[test]
fn zeros_behind_the_last_record_are_a_torn_write() {
    let dir = tempfile::tempdir().unwrap();
    let (path, mut bytes) = recorded(dir.path());
    bytes.extend_from_slice(&[0; 4_096]);
    std::fs::write(path, bytes).unwrap();
    let server = sent(dir.path());
    assert_eq!((server.facts.len() as u64, server.lost()), (IDS + 1, 0));
}

#[test]
fn damage_in_the_middle_of_many_segments_costs_the_hit_records_only() {
    let dir = tempfile::tempdir().unwrap();
    let small = Options { max_bytes: 128 << 10, ..options(dir.path()) };
    let mut spool = open_with(small.clone(), Arc::new(RealDisk), 1);
    (0..400).for_each(|id| spool.append(vec![fact(id)]).unwrap());
    let gone = (spool.segments[1].first, spool.segments[1].end());
    let cut = spool.segments[3].path.clone();
    std::fs::remove_file(&spool.segments[1].path).unwrap();
    drop(spool);
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() - 5]).unwrap();
    let mut server = Server::default();
    let mut spool = open_with(small, Arc::new(RealDisk), 2);
    server.drain(&mut spool);
    assert_eq!(server.lost(), gone.1 - gone.0 + 1);
    assert_eq!(server.facts.len() as u64 + server.lost(), 400);
    assert_eq!(server.cursors[spool.epoch()], 400);
}

#[test]
fn damage_after_opening_is_a_gap_too() {
    let dir = tempfile::tempdir().unwrap();
    let (mut spool, mut server) = (open(dir.path(), 1), Server::default());
    spool.append((0..IDS).map(fact).collect()).unwrap();
    let path = spool.segments[0].path.clone();
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 4;
    std::fs::write(&path, bytes).unwrap();
    server.drain(&mut spool);
    assert_eq!((server.facts.len() as u64, server.lost()), (IDS - 1, 1));
}

#[test]
fn a_directory_full_of_junk_opens() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["00000000000000000000.seg", "18446744073709551615.seg", "00000000000000000007.seg", "x.seg", "9.new"] {
        std::fs::write(dir.path().join(name), b"junk\xFFHWR and more junk that is longer than a header of a record")
            .unwrap();
    }
    let server = sent(dir.path());
    assert_eq!(server.facts, [IDS]);
}

fn clear(dir: &Path) {
    for file in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
        std::fs::remove_file(file.path()).unwrap();
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_content_of_a_segment_panics(junk: Vec<u8>, at in 0..600_usize, whole: bool) {
        let dir = tempfile::tempdir().unwrap();
        let (path, mut bytes) = recorded(dir.path());
        if whole {
            bytes = junk;
        } else {
            let at = at.min(bytes.len());
            bytes.splice(at.., junk);
        }
        std::fs::write(path, bytes).unwrap();
        let server = sent(dir.path());
        proptest::prop_assert!(server.facts.contains(&IDS));
    }
}
