//! ClickHouse, as chDB: one row per session in a MergeTree on disk, behind `clickhouse.py`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reqwest::{Client, RequestBuilder};
use rustix::process::Signal;

use super::answers::{At, TOP};
use super::day::{Day, Stretch};
use super::front;
use super::remote_write::varint;
use super::rig::process::Program;
use super::system::{System, answer, read_rows};

pub(crate) struct ClickHouse {
    program: Program,
    http: Client,
    url: String,
    top: String,
    at: String,
}

impl ClickHouse {
    pub(crate) async fn start(python: &Path, folder: &Path, day: &Day) -> anyhow::Result<Self> {
        std::fs::create_dir(folder)?;
        let script = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/clickhouse.py"));
        let mut command = Command::new(python);
        command.arg(script).arg(folder.join("data")).current_dir(folder).stdout(Stdio::piped());
        let mut program = Program::start("chDB", &mut command, &folder.with_extension("log"))?;
        let url = front::address_of(&mut program)?;
        let host = day.asked_host().1;
        let (from_at, to_at, asked_at) = (day.from_at, day.to_at(), day.asked_at());
        let instant = |at: i64| format!("fromUnixTimestamp64Milli({at}, 'UTC')");
        let top = format!(
            "select client, toInt64(count() * 60) as secs from sessions where taken_at >= {} and taken_at < {}
             group by client order by secs desc, client limit {TOP}",
            instant(from_at),
            instant(to_at)
        );
        let at = format!(
            "select client, user, opens, intDiv(toUnixTimestamp64Milli(started_at), 1000),
             intDiv(toUnixTimestamp64Milli(active_at), 1000) from sessions where host = '{host}' and taken_at =
             (select max(taken_at) from sessions where host = '{host}' and taken_at <= {})",
            instant(asked_at)
        );
        Ok(Self { program, http: Client::builder().no_proxy().build()?, url, top, at })
    }

    fn query(&self, sql: &str) -> RequestBuilder {
        self.http.post(format!("{}/query", self.url)).body(sql.to_owned())
    }
}

impl System for ClickHouse {
    fn programs(&self) -> Vec<&Program> {
        vec![&self.program]
    }

    /// Inserts of about 100,000 rows: it is made for few and large ones.
    fn hosts_a_request(&self, minutes: i64) -> usize {
        usize::try_from(480 / minutes).unwrap_or(1)
    }

    fn push(&mut self, stretches: &[Stretch]) -> anyhow::Result<RequestBuilder> {
        Ok(self.http.post(format!("{}/insert", self.url)).body(rows(stretches)))
    }

    async fn bytes(&mut self) -> anyhow::Result<u64> {
        answer(self.query("optimize table sessions final")).await?;
        let sum = "select toInt64(sum(bytes_on_disk)) from system.parts where active and table = 'sessions'";
        let sums: Vec<(u64,)> = read_rows(&answer(self.query(sum)).await?)?;
        Ok(sums.iter().map(|(bytes,)| bytes).sum())
    }

    fn top(&self) -> RequestBuilder {
        self.query(&self.top)
    }

    fn read_top(&self, body: &[u8]) -> anyhow::Result<Vec<(String, i64)>> {
        read_rows(body)
    }

    fn at(&self) -> RequestBuilder {
        self.query(&self.at)
    }

    fn read_at(&self, body: &[u8]) -> anyhow::Result<At> {
        let mut rows = read_rows(body)?;
        rows.sort();
        Ok(At::Sessions(rows))
    }

    async fn stop(self) {
        self.program.end(Signal::TERM).await;
    }
}

/// In the format RowBinary: host, taken_at, client, user, opens, started_at, active_at.
fn rows(stretches: &[Stretch]) -> Vec<u8> {
    let mut out = Vec::new();
    for stretch in stretches {
        for snapshot in &stretch.snapshots {
            for session in &snapshot.sessions {
                let began_at = |secs: Option<u32>| snapshot.taken_at - i64::from(secs.unwrap_or_default()) * 1_000;
                text(&mut out, &stretch.name);
                out.extend(snapshot.taken_at.to_le_bytes());
                text(&mut out, &session.client);
                text(&mut out, &session.user);
                out.extend(session.opens.unwrap_or_default().to_le_bytes());
                out.extend(began_at(session.age_secs).to_le_bytes());
                out.extend(began_at(session.idle_secs).to_le_bytes());
            }
        }
    }
    out
}

fn text(out: &mut Vec<u8>, text: &str) {
    varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}
