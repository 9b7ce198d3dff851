//! The real agent program as a child process. Killed by its process id when it is dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::yield_now;

use highwater::model::agent::{Agent, AgentState};
use highwater::store::agents;

use super::server::{ServerProcess, program};
use super::store::Store;
use super::wait::eventually;

#[derive(Debug)]
pub struct AgentProcess {
    child: Child,
}

/// How to start an agent; it can be started again in the same folder after it was killed.
#[derive(Debug)]
pub struct AgentSetup {
    pub data_dir: PathBuf,
    pub arguments: Vec<String>,
    pub variables: Vec<(&'static str, String)>,
}

impl AgentSetup {
    /// Pushes to this server what the source sees, every second, from the first second on.
    pub fn new(data_dir: &Path, server: &ServerProcess, token: &str, source: &str) -> Self {
        let ca = server.data_dir.join("tls/ca.pem");
        let arguments = [
            "run",
            "--server",
            &server.url,
            "--ca",
            ca.to_str().unwrap(),
            "--token",
            token,
            "--source",
            source,
            "--data-dir",
            data_dir.to_str().unwrap(),
            "--sampling",
            "1",
            "--near-sampling",
            "1",
            "--full-sampling",
            "1",
            "--first-delay",
            "0",
            "--longest-wait",
            "1",
        ];
        Self { data_dir: data_dir.to_owned(), arguments: arguments.map(str::to_owned).to_vec(), variables: Vec::new() }
    }

    pub fn start(&self) -> AgentProcess {
        let mut command = Command::new(program("highwater-agent"));
        command.args(&self.arguments).envs(self.variables.iter().map(|(k, v)| (*k, v.as_str())));
        AgentProcess { child: command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap() }
    }
}

impl AgentProcess {
    /// As the power failing would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, waits, and tells whether it ended well. One that was just started is given the time to say what it does when it
    /// is asked: before that, the signal ends it like any program.
    pub fn stop(&mut self) -> bool {
        while !self.heeds_signals() && self.child.try_wait().unwrap().is_none() {
            yield_now();
        }
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }

    /// Whether it catches SIGTERM, as the kernel has it (proc(5), SigCgt).
    fn heeds_signals(&self) -> bool {
        const TERMINATE: u64 = 1 << 14;
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & TERMINATE != 0)
    }
}

impl Drop for AgentProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The one that enrolled and was let in, once it is there.
pub async fn approved(store: &Store) -> Agent {
    eventually("the agent enrols", async || {
        let agents = agents::list(store).await.unwrap();
        agents.iter().find(|a| a.state == AgentState::Approved).cloned().ok_or_else(|| format!("{agents:?}"))
    })
    .await
}
