//! Prometheus and VictoriaMetrics: clients as series, by remote write and PromQL. They can keep neither users nor single sessions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, RequestBuilder, Url};
use rustix::process::Signal;
use serde::Deserialize;

use super::answers::{At, TOP};
use super::day::{Day, Stretch};
use super::remote_write;
use super::rig::process::{Program, folder_bytes, free_port};
use super::system::{System, answer, quiet};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Prometheus,
    VictoriaMetrics,
}

pub(crate) struct Metrics {
    kind: Kind,
    program: Program,
    folder: PathBuf,
    http: Client,
    url: String,
    top: Url,
    at: Url,
}

impl Metrics {
    pub(crate) async fn start(kind: Kind, binary: &Path, folder: &Path, day: &Day) -> anyhow::Result<Self> {
        std::fs::create_dir(folder)?;
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = Command::new(binary);
        command.current_dir(folder).stdout(Stdio::null());
        match kind {
            Kind::Prometheus => {
                let config = folder.join("prometheus.yml");
                // Samples a little out of order are taken, and the whole of the day before.
                std::fs::write(&config, "storage:\n  tsdb:\n    out_of_order_time_window: 2h\n")?;
                command.arg(format!("--config.file={}", config.display()));
                command.arg(format!("--storage.tsdb.path={}", folder.join("data").display()));
                command.arg(format!("--web.listen-address={address}"));
                command.args(["--web.enable-remote-write-receiver", "--web.enable-admin-api", "--log.level=warn"]);
                command.arg("--query.max-samples=1000000000");
            }
            Kind::VictoriaMetrics => {
                command.arg(format!("-storageDataPath={}", folder.join("data").display()));
                command.arg(format!("-httpListenAddr={address}")).args(["-loggerLevel=WARN", "-retentionPeriod=1y"]);
            }
        }
        let program = Program::start("the metrics server", &mut command, &folder.with_extension("log"))?;
        let (http, url) = (Client::builder().no_proxy().build()?, format!("http://{address}"));
        let ready = format!("{url}/{}", if kind == Kind::Prometheus { "-/ready" } else { "health" });
        let mut tries = 0;
        while answer(http.get(&ready)).await.is_err() {
            tries += 1;
            anyhow::ensure!(tries < 300, "{} does not answer", binary.display());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // A range is open or closed at its start: a millisecond less than the end is the same for both.
        let (length_secs, host) = ((day.to_at() - day.from_at) / 1_000, day.asked_host().1);
        let top = format!("topk({TOP}, sum by (client) (sum_over_time(smb_sessions[{length_secs}s]))) * 60");
        let top = query(&url, &top, day.to_at() - 1)?;
        let at = query(&url, &format!("last_over_time(smb_sessions{{host=\"{host}\"}}[59s999ms])"), day.asked_at())?;
        Ok(Self { kind, program, folder: folder.to_owned(), http, url, top, at })
    }
}

fn query(url: &str, query: &str, at: i64) -> anyhow::Result<Url> {
    let time = format!("{}.{:03}", at / 1_000, at % 1_000);
    Ok(Url::parse_with_params(
        &format!("{url}/api/v1/query"),
        [("query", query), ("time", &time), ("timeout", "120s")],
    )?)
}

impl System for Metrics {
    fn programs(&self) -> Vec<&Program> {
        vec![&self.program]
    }

    fn push(&mut self, stretches: &[Stretch]) -> anyhow::Result<RequestBuilder> {
        let series: Vec<_> = stretches.iter().flat_map(remote_write::series).collect();
        let request = self.http.post(format!("{}/api/v1/write", self.url)).body(remote_write::body(&series)?);
        let request = request.header("content-type", "application/x-protobuf").header("content-encoding", "snappy");
        Ok(request.header("x-prometheus-remote-write-version", "0.1.0"))
    }

    async fn bytes(&mut self) -> anyhow::Result<u64> {
        let data = self.folder.join("data");
        if self.kind == Kind::VictoriaMetrics {
            for path in ["/internal/force_flush", "/internal/force_merge"] {
                answer(self.http.get(format!("{}{path}", self.url))).await?;
            }
            quiet(&self.programs()).await?;
            return Ok(folder_bytes(&data.join("data"))? + folder_bytes(&data.join("indexdb"))?);
        }
        // Its blocks with the newest hours among them, and without the write-ahead log that those still lie in.
        answer(self.http.post(format!("{}/api/v1/admin/tsdb/snapshot", self.url))).await?;
        folder_bytes(&data.join("snapshots"))
    }

    fn top(&self) -> RequestBuilder {
        self.http.get(self.top.clone())
    }

    fn read_top(&self, body: &[u8]) -> anyhow::Result<Vec<(String, i64)>> {
        let mut top: Vec<(String, i64)> = read(body)?.into_iter().collect();
        top.sort_by_key(|(_, secs)| -secs);
        Ok(top)
    }

    fn at(&self) -> RequestBuilder {
        self.http.get(self.at.clone())
    }

    fn read_at(&self, body: &[u8]) -> anyhow::Result<At> {
        let clients = read(body)?.into_iter().map(|(client, count)| Ok((client, u32::try_from(count)?)));
        Ok(At::Clients(clients.collect::<anyhow::Result<_>>()?))
    }

    async fn stop(self) {
        self.program.end(Signal::TERM).await;
    }
}

/// The whole numbers of an instant vector, by client.
fn read(body: &[u8]) -> anyhow::Result<BTreeMap<String, i64>> {
    #[derive(Deserialize)]
    struct Answer {
        data: Vector,
    }
    #[derive(Deserialize)]
    struct Vector {
        result: Vec<Sample>,
    }
    #[derive(Deserialize)]
    struct Sample {
        metric: BTreeMap<String, String>,
        value: (f64, String),
    }
    let answer: Answer = serde_json::from_slice(body)?;
    let of_client = |mut sample: Sample| {
        let client = sample.metric.remove("client").context("a sample without a client")?;
        #[expect(clippy::cast_possible_truncation, reason = "sums of whole numbers far below 2^53")]
        Ok((client, sample.value.1.parse::<f64>()? as i64))
    };
    answer.data.result.into_iter().map(of_client).collect()
}
