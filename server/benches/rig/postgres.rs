//! A throw-away PostgreSQL with the settings it comes with: commits are durable, vacuum runs by itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Signal;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _};

use super::process::{Program, free_port};

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) program: Program,
    folder: PathBuf,
    port: u16,
    /// Bytes of a database with nothing in it.
    empty_bytes: u64,
}

impl Cluster {
    /// Makes and starts one in `folder`, with one empty database `bench`.
    pub(crate) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not installed")?;
        std::fs::create_dir(folder)?;
        if rustix::process::geteuid().is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres:postgres").arg(folder))?;
        }
        let cluster = folder.join("data");
        let make = ["-U", "highwater", "-A", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "-D"];
        run(as_postgres(&programs.join("initdb")).args(make).arg(&cluster).stdout(Stdio::null()).current_dir(folder))?;
        let port = free_port()?;
        let mut command = as_postgres(&programs.join("postgres"));
        command.current_dir(folder).arg("-D").arg(&cluster).args(["-p", &port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_wal_size=2GB", "-c"]);
        command.arg(format!("unix_socket_directories={}", folder.display())).stdout(Stdio::null());
        let log = folder.with_extension("log");
        let program = Program::start("PostgreSQL", &mut command, &log)?.sampled();
        let mut cluster = Self { program, folder: folder.to_owned(), port, empty_bytes: 0 };
        cluster.make_database().await?;
        Ok(cluster)
    }

    async fn make_database(&mut self) -> anyhow::Result<()> {
        let mut tries = 0;
        let mut connection = loop {
            match PgConnection::connect(&self.tcp("postgres")).await {
                Ok(connection) => break connection,
                Err(_) if tries < 100 => tokio::time::sleep(Duration::from_millis(100)).await,
                Err(error) => return Err(error).context("PostgreSQL does not answer"),
            }
            tries += 1;
        };
        connection.execute("create database bench").await?;
        self.empty_bytes = self.database_bytes().await?;
        Ok(())
    }

    fn tcp(&self, database: &str) -> String {
        format!("postgres://highwater@127.0.0.1:{}/{database}", self.port)
    }

    /// The address of the database, over TCP.
    pub(crate) fn address(&self) -> String {
        self.tcp("bench")
    }

    /// The same by its socket in the file system: COPY of this sqlx is slow over TCP.
    pub(crate) fn socket_address(&self) -> String {
        format!("postgres:///bench?host={}&port={}&user=highwater", self.folder.display(), self.port)
    }

    /// Bytes of the database on disk beyond those of an empty one, once it is settled.
    pub(crate) async fn settled_bytes(&self) -> anyhow::Result<u64> {
        let mut connection = PgConnection::connect(&self.address()).await?;
        connection.execute("vacuum").await?;
        connection.execute("checkpoint").await?;
        Ok(self.database_bytes().await?.saturating_sub(self.empty_bytes))
    }

    async fn database_bytes(&self) -> anyhow::Result<u64> {
        let mut connection = PgConnection::connect(&self.address()).await?;
        let bytes: i64 = connection.fetch_one("select pg_database_size(current_database())").await?.try_get(0)?;
        Ok(bytes.unsigned_abs())
    }

    pub(crate) async fn stop(self) {
        // Fast shutdown.
        self.program.end(Signal::INT).await;
    }
}

/// The folder of the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let numbered = versions.filter_map(|version| {
        let version = version.ok()?;
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        Some((number, version.path().join("bin")))
    });
    numbered.max().map(|(_, path)| path)
}

/// "15.18"
pub(crate) fn version() -> anyhow::Result<String> {
    let programs = programs().context("PostgreSQL is not installed")?;
    let said = Command::new(programs.join("postgres")).arg("--version").output()?;
    let said = String::from_utf8(said.stdout)?;
    Ok(said.split_whitespace().nth(2).context("postgres --version has another form")?.to_owned())
}

fn as_postgres(program: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"]).arg(program);
    command
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?} cannot be started"))?;
    anyhow::ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}
