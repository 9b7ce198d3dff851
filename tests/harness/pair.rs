//! The real server and a real agent that pushes to it every second, each a process, killed and started again.

use std::path::Path;

use tempfile::TempDir;

use super::agent::{AgentProcess, AgentSetup};
use super::server::{ServerProcess, token};
use super::store::Store;

/// Who is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Killed {
    Server,
    Agent,
    Both,
}

#[derive(Debug)]
pub struct Pair {
    // In this order: the processes end before their folders go.
    pub server: ServerProcess,
    agent: AgentProcess,
    setup: AgentSetup,
    database: String,
    server_folder: TempDir,
    agent_folder: TempDir,
}

impl Killed {
    pub const ALL: [Self; 3] = [Self::Server, Self::Agent, Self::Both];
}

impl Pair {
    pub fn start(store: &Store) -> Self {
        let (server_folder, agent_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let database = store.address().to_owned();
        let server = ServerProcess::start(server_folder.path(), &[("HIGHWATER_DATABASE", &database)]);
        let setup = AgentSetup::new(agent_folder.path(), &server, &token(&server, Some(&database)), "simulated:0");
        Self { agent: setup.start(), server, setup, database, server_folder, agent_folder }
    }

    /// As the power failing would; then it is there again, at the same address.
    pub fn kill(&mut self, who: Killed) {
        if who != Killed::Agent {
            self.server.kill();
        }
        if who != Killed::Server {
            self.agent.kill();
            self.agent = self.setup.start();
        }
        if who != Killed::Agent {
            let listen = self.server.addr.to_string();
            let variables = [("HIGHWATER_DATABASE", self.database.as_str()), ("HIGHWATER_LISTEN", listen.as_str())];
            self.server = ServerProcess::start(self.server_folder.path(), &variables);
        }
    }

    /// Asks the agent to stop, waits, and tells whether it ended well.
    pub fn stop_agent(&mut self) -> bool {
        self.agent.stop()
    }

    pub fn agent_folder(&self) -> &Path {
        self.agent_folder.path()
    }
}
