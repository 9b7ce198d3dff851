//! A program that is measured: started by us, read in `/proc`, ended by its own process id.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinHandle;

/// A child of ours and whatever children it has.
#[derive(Debug)]
pub(crate) struct Program {
    name: &'static str,
    child: Child,
    pss: Option<(Arc<AtomicU64>, JoinHandle<()>)>,
}

impl Program {
    /// Starts it; what it says goes to `log`, or to a pipe where the command already has one.
    pub(crate) fn start(name: &'static str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let log = File::create(log)?;
        command.stdin(Stdio::null()).stderr(log);
        let child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name, child, pss: None })
    }

    /// Samples the memory of all its processes together, each shared page counted once: for a program of several processes.
    pub(crate) fn sampled(mut self) -> Self {
        let (most, id) = (Arc::new(AtomicU64::new(0)), self.child.id());
        let found = Arc::clone(&most);
        let sampler = tokio::spawn(async move {
            loop {
                let bytes = tree(id).iter().map(|id| pss_bytes(*id)).sum();
                found.fetch_max(bytes, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        });
        self.pss = Some((most, sampler));
        self
    }

    pub(crate) fn stdout(&mut self) -> anyhow::Result<std::process::ChildStdout> {
        self.child.stdout.take().context("its output is not piped")
    }

    /// User and system time so far, of its children too, in steps of the kernel's clock tick (10 ms).
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        anyhow::ensure!(Stat::of(self.child.id()).is_some(), "{} has ended; its log says why", self.name);
        // A child that ended is part of what its parent waited for.
        let ticks: u64 = tree(self.child.id()).iter().filter_map(|id| Stat::of(*id)).map(|stat| stat.ticks).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Most memory it ever had: resident for one process, sampled for several.
    pub(crate) fn peak_bytes(&self) -> u64 {
        match &self.pss {
            Some((most, _)) => most.load(Ordering::Relaxed),
            None => status_kb(self.child.id(), "VmHWM:") << 10,
        }
    }

    /// Memory that it has now, of one process.
    pub(crate) fn resident_bytes(&self) -> u64 {
        status_kb(self.child.id(), "VmRSS:") << 10
    }

    /// From here on [`peak_bytes`](Self::peak_bytes) tells the most that one process has had since.
    pub(crate) fn reset_peak(&self) -> anyhow::Result<()> {
        // 5: proc(5) says what each number resets.
        let path = format!("/proc/{}/clear_refs", self.child.id());
        std::fs::write(&path, "5").with_context(|| format!("{path} cannot be written"))
    }

    /// Descriptors that one process has open.
    pub(crate) fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }

    /// Tells it to end, and waits a while before it is killed.
    pub(crate) async fn end(mut self, signal: Signal) {
        self.signal(signal);
        for _ in 0..300 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended already.
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some((_, sampler)) = &self.pss {
            sampler.abort();
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            // PostgreSQL's own children end with it on this signal, and not when it is killed.
            self.signal(if self.pss.is_some() { Signal::QUIT } else { Signal::KILL });
            let _ = self.child.wait();
        }
    }
}

/// What `/proc/ID/stat` tells.
struct Stat {
    parent: u32,
    ticks: u64,
}

impl Stat {
    fn of(id: u32) -> Option<Self> {
        let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Option<Self> {
        // The command's name, in parentheses, may hold spaces.
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = fields.get(11..15)?.iter().map(|ticks| ticks.parse::<u64>().ok()).sum::<Option<u64>>()?;
        Some(Self { parent: fields.get(1)?.parse().ok()?, ticks })
    }
}

/// The process and all that descend from it.
fn tree(root: u32) -> Vec<u32> {
    let ids = std::fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
        let id: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        Some((id, Stat::of(id)?.parent))
    });
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (id, parent) in ids {
        children.entry(parent).or_default().push(id);
    }
    let mut all = vec![root];
    let mut next = 0;
    while let Some(id) = all.get(next) {
        all.extend(children.remove(id).unwrap_or_default());
        next += 1;
    }
    all
}

fn status_kb(id: u32, key: &str) -> u64 {
    number_after(&std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default(), key)
}

fn pss_bytes(id: u32) -> u64 {
    number_after(&std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default(), "Pss:") << 10
}

fn number_after(text: &str, key: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// User and system time of this program so far.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    let ticks = Stat::of(std::process::id()).context("/proc/ID/stat has another form")?.ticks;
    Ok(Duration::from_millis(ticks * 10))
}

/// A port of loopback that is free now.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Bytes of all files in a folder, as they lie on the disk.
pub(crate) fn folder_bytes(folder: &Path) -> anyhow::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.metadata()?;
        bytes += if kind.is_dir() { folder_bytes(&entry.path())? } else { kind.blocks() * 512 };
    }
    Ok(bytes)
}
