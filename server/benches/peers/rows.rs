//! The plain table, one row per session and snapshot, in SQLite or PostgreSQL behind `rows_front`.

use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::{Client, RequestBuilder, Url};
use rustix::process::Signal;
use sqlx::{ConnectOptions as _, Executor as _};

use super::answers::{At, TOP};
use super::day::{Day, Stretch};
use super::front;
use super::highwater::plain_body;
use super::rig::postgres::Cluster;
use super::rig::process::Program;
use super::rows_front::HOST;
use super::system::{System, read_rows};

pub(crate) struct Rows {
    program: Program,
    store: Store,
    http: Client,
    url: String,
    top: Url,
    at: Url,
}

/// Where the rows are.
pub(crate) enum Store {
    Sqlite(std::path::PathBuf),
    Postgres(Cluster),
}

impl Rows {
    /// `front` is the program whose command `rows` is the front: this one.
    pub(crate) fn start(front: &Path, folder: &Path, store: Store, day: &Day) -> anyhow::Result<Self> {
        let address = match &store {
            Store::Sqlite(path) => format!("sqlite:{}", path.display()),
            Store::Postgres(cluster) => cluster.socket_address(),
        };
        let mut command = Command::new(front);
        command.args(["rows", &address]).stdout(Stdio::piped());
        let mut program = Program::start("the front of the rows", &mut command, &folder.with_extension("log"))?;
        let url = front::address_of(&mut program)?;
        let (from, to) = (day.from_at.to_string(), day.to_at().to_string());
        let top = [("from_at", from), ("to_at", to), ("most", TOP.to_string())];
        let top = Url::parse_with_params(&format!("{url}/top"), top)?;
        let at = [("host", day.asked_host().1), ("at", day.asked_at().to_string())];
        let at = Url::parse_with_params(&format!("{url}/at"), at)?;
        Ok(Self { program, store, http: Client::builder().no_proxy().build()?, url, top, at })
    }
}

impl System for Rows {
    fn programs(&self) -> Vec<&Program> {
        match &self.store {
            Store::Sqlite(_) => vec![&self.program],
            Store::Postgres(cluster) => vec![&self.program, &cluster.program],
        }
    }

    fn push(&mut self, stretches: &[Stretch]) -> anyhow::Result<RequestBuilder> {
        let [stretch] = stretches else { anyhow::bail!("a batch is of one host") };
        let request = self.http.post(format!("{}/batches", self.url)).header(HOST, &stretch.name);
        Ok(request.body(plain_body(stretch)?))
    }

    async fn bytes(&mut self) -> anyhow::Result<u64> {
        match &self.store {
            Store::Postgres(cluster) => cluster.settled_bytes().await,
            Store::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                options.connect().await?.execute("pragma wal_checkpoint(truncate)").await?;
                let wal = path.with_extension("db-wal");
                Ok(std::fs::metadata(path)?.len() + std::fs::metadata(wal).map_or(0, |file| file.len()))
            }
        }
    }

    fn top(&self) -> RequestBuilder {
        self.http.get(self.top.clone())
    }

    fn read_top(&self, body: &[u8]) -> anyhow::Result<Vec<(String, i64)>> {
        read_rows(body)
    }

    fn at(&self) -> RequestBuilder {
        self.http.get(self.at.clone())
    }

    fn read_at(&self, body: &[u8]) -> anyhow::Result<At> {
        let mut rows = read_rows(body)?;
        rows.sort();
        Ok(At::Sessions(rows))
    }

    async fn stop(self) {
        self.program.end(Signal::TERM).await;
        if let Store::Postgres(cluster) = self.store {
            cluster.stop().await;
        }
    }
}
