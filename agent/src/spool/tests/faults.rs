//! Each write fails in turn, as on a full disk.

use std::fs::File;
use std::sync::Mutex;

use super::*;

/// Fails the calls whose turn it is; a failing write leaves half of its bytes.
#[derive(Debug, Default)]
pub(super) struct FaultyDisk {
    /// Calls until the first that fails, and how many fail from then on.
    plan: Mutex<(usize, usize)>,
}

impl FaultyDisk {
    pub(super) fn plan(&self, after: usize, times: usize) {
        *self.plan.lock().unwrap() = (after, times);
    }

    /// Whether a planned failure is still to come.
    pub(super) fn is_pending(&self) -> bool {
        self.plan.lock().unwrap().1 > 0
    }

    fn turn(&self) -> io::Result<()> {
        let mut plan = self.plan.lock().unwrap();
        match *plan {
            (_, 0) => return Ok(()),
            (0, _) => plan.1 -= 1,
            _ => {
                plan.0 -= 1;
                return Ok(());
            }
        }
        Err(io::ErrorKind::StorageFull.into())
    }
}

impl Disk for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.turn().and_then(|()| RealDisk.create(path))
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.turn() {
            RealDisk.write(file, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        RealDisk.write(file, bytes)
    }

    // No power is cut here: syncing for real would only make the tests slow.
    fn sync(&self, _: &File) -> io::Result<()> {
        self.turn()
    }

    fn set_len(&self, file: &File, len: u64) -> io::Result<()> {
        self.turn().and_then(|()| RealDisk.set_len(file, len))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.turn().and_then(|()| std::fs::rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.turn().and_then(|()| RealDisk.remove(path))
    }
}

/// Appends, sends and restarts while calls fail; answers what was appended, and what the server got.
fn story(after: usize, times: usize, restarts: bool) -> (Vec<u64>, Server, bool) {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let small = Options { max_bytes: 64 << 10, ..options(dir.path()) };
    let (mut spool, mut server, mut stored) =
        (open_with(small.clone(), disk.clone(), 1), Server::default(), Vec::new());
    disk.plan(after, times);
    for id in 0..80 {
        match spool.append(vec![fact(id)]) {
            Ok(()) => stored.push(id),
            Err(error) => assert!(matches!(error, SpoolError::DiskFull { .. }), "{error}"),
        }
        if id % 20 == 10 {
            server.accept(&spool.next(most(10)).unwrap());
            server.drain(&mut spool);
        }
        if restarts && id % 30 == 29 {
            drop(spool);
            spool = open_with(small.clone(), disk.clone(), id);
        }
    }
    let unused = disk.is_pending();
    disk.plan(0, 0);
    drop(spool);
    let mut spool = open_with(small, disk, 9);
    server.drain(&mut spool);
    (stored, server, unused)
}

#[test]
fn whichever_write_fails_the_spool_stays_usable_and_loses_nothing_it_promised() {
    for restarts in [false, true] {
        for times in [1, 3] {
            let mut after = 0;
            loop {
                let (stored, server, unused) = story(after, times, restarts);
                assert_eq!(server.facts, stored, "failing {times} from call {after} on");
                assert!(server.gaps.is_empty(), "{:?}", server.gaps);
                assert!(stored.len() >= 80 - times);
                if unused {
                    break;
                }
                after += if after < 20 { 1 } else { 5 };
            }
        }
    }
}

#[test]
fn on_a_full_disk_what_was_acknowledged_makes_room() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let small = Options { max_bytes: 64 << 10, ..options(dir.path()) };
    let (mut spool, mut server) = (open_with(small, disk.clone(), 1), Server::default());
    (0..300).for_each(|id| spool.append(vec![fact(id)]).unwrap());
    server.drain(&mut spool);
    assert!(spool.segments.len() > 2);
    disk.plan(0, 1);
    spool.append(vec![fact(300)]).unwrap();
    assert!(spool.segments.len() <= 2);
    server.drain(&mut spool);
    assert_eq!(server.facts.len(), 301);
}

#[test]
fn whichever_write_fails_as_an_epoch_begins_the_whole_loss_is_told() {
    let mut after = 0;
    loop {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(FaultyDisk::default());
        let small = Options { max_bytes: 16 << 10, ..options(dir.path()) };
        let (mut spool, mut server) = (open_with(small.clone(), disk.clone(), 1), Server::default());
        spool.append((0..10).map(fact).collect()).unwrap();
        server.drain(&mut spool);
        (10..300).for_each(|id| spool.append(vec![fact(id)]).unwrap());
        server.drain(&mut spool);
        assert!(server.lost() > 50);
        // A server that starts anew, and an agent that ends at the worst moment.
        server = Server::default();
        disk.plan(after, 1);
        let settled = spool.settle(0, Some("another"));
        assert!(!matches!(settled, Ok(Settled::Forward | Settled::Back(_))), "{settled:?}");
        let unused = disk.is_pending();
        disk.plan(0, 0);
        drop(spool);
        server.drain(&mut open_with(small, disk, 2));
        assert_eq!(server.facts.len() as u64 + server.lost(), 300, "failing from call {after} on");
        assert_eq!(server.gaps.len(), 1);
        if unused {
            break;
        }
        after += 1;
    }
}
