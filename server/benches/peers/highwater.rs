//! Highwater itself: batches over HTTPS, each host over a connection of its own, as agents push what they have kept.

use anyhow::Context as _;
use highwater_agent::ship::encode_records;
use highwater_wire::{BATCHES_PATH, Batch, ENROL_PATH, EnrolRequest, Enrolled, Record};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE};
use reqwest::{Certificate, Client, RequestBuilder, Url};
use rustix::process::Signal;
use serde::Deserialize;
use sqlx::Executor as _;

use super::answers::{At, TOP};
use super::day::{Day, Session, Stretch};
use super::rig::postgres::Cluster;
use super::rig::process::Program;
use super::rig::server::Highwater;
use super::system::{SETTLES_WITHIN, System, answer};

pub(crate) struct Pushed {
    server: Highwater,
    cluster: Option<Cluster>,
    hosts: Vec<Member>,
    /// For queries.
    http: Client,
    cookie: String,
    top: Url,
    at: Url,
}

struct Member {
    http: Client,
    key: String,
    epoch: String,
    next_seq: u64,
}

impl Pushed {
    /// On SQLite, or on a cluster.
    pub(crate) async fn start(server: Highwater, cluster: Option<Cluster>, day: &Day) -> anyhow::Result<Self> {
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let cookie = server.sign_in(&http).await?;
        let token = server.token()?;
        let ca = Certificate::from_pem(&std::fs::read(server.ca())?)?;
        let (mut hosts, mut asked_id) = (Vec::new(), 0);
        for host in 0..day.hosts() {
            let http = Client::builder().no_proxy().tls_certs_only([ca.clone()]).build()?;
            let enrolled = enrol(&http, &server.url, day, (host, &token)).await?;
            if host == day.asked_host().0 {
                asked_id = enrolled.host_id;
            }
            hosts.push(Member { http, key: enrolled.key, epoch: day.fleet().host(host).epoch(1), next_seq: 1 });
        }
        let instant = |at| jiff::Timestamp::from_millisecond(at).map(|at| at.to_string());
        let top = Url::parse_with_params(
            &format!("{}/api/v1/clients", server.plain_url),
            [
                ("from", instant(day.from_at)?),
                ("to", instant(day.to_at())?),
                ("by", "session-hours".to_owned()),
                ("limit", TOP.to_string()),
            ],
        )?;
        let at = format!("{}/api/v1/hosts/{asked_id}/sessions", server.plain_url);
        let at = Url::parse_with_params(&at, [("at", instant(day.asked_at())?)])?;
        Ok(Self { server, cluster, hosts, http, cookie, top, at })
    }
}

async fn enrol(http: &Client, url: &str, day: &Day, (host, token): (u32, &str)) -> anyhow::Result<Enrolled> {
    let host = day.fleet().host(host);
    let request = EnrolRequest {
        token: token.to_owned(),
        machine_id: host.machine_id(),
        attempt: host.attempt(),
        name: host.name().to_owned(),
        agent_version: "0.1.0".to_owned(),
        os: host.facts_at(0).os,
        domain: String::new(),
    };
    Ok(serde_json::from_slice(&answer(http.post(format!("{url}{ENROL_PATH}")).json(&request)).await?)?)
}

impl System for Pushed {
    fn programs(&self) -> Vec<&Program> {
        let cluster = self.cluster.as_ref().map(|cluster| &cluster.program);
        std::iter::once(&self.server.program).chain(cluster).collect()
    }

    fn push(&mut self, stretches: &[Stretch]) -> anyhow::Result<RequestBuilder> {
        let [stretch] = stretches else { anyhow::bail!("an agent pushes what is its host's") };
        let member = &mut self.hosts[stretch.host as usize];
        let head = head(&member.epoch, member.next_seq);
        member.next_seq += stretch.snapshots.len() as u64;
        let url = format!("{}{BATCHES_PATH}", self.server.url);
        let request = member.http.post(url).bearer_auth(&member.key).body(body(&head, stretch)?);
        Ok(request.header(CONTENT_TYPE, "application/json").header(CONTENT_ENCODING, "zstd"))
    }

    async fn settle(&mut self) -> anyhow::Result<()> {
        self.server.settled(SETTLES_WITHIN).await
    }

    async fn bytes(&mut self) -> anyhow::Result<u64> {
        if let Some(cluster) = &self.cluster {
            return cluster.settled_bytes().await;
        }
        self.server.sqlite().await?.execute("pragma wal_checkpoint(truncate)").await?;
        let size = |name| std::fs::metadata(self.server.data_dir.join(name)).map_or(0, |file| file.len());
        Ok(size("highwater.db") + size("highwater.db-wal"))
    }

    fn top(&self) -> RequestBuilder {
        self.http.get(self.top.clone()).header(COOKIE, &self.cookie)
    }

    fn read_top(&self, body: &[u8]) -> anyhow::Result<Vec<(String, i64)>> {
        #[derive(Deserialize)]
        struct Answer {
            clients: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            name: String,
            session_secs: i64,
        }
        let answer: Answer = serde_json::from_slice(body)?;
        Ok(answer.clients.into_iter().map(|row| (row.name, row.session_secs)).collect())
    }

    fn at(&self) -> RequestBuilder {
        self.http.get(self.at.clone()).header(COOKIE, &self.cookie)
    }

    fn read_at(&self, body: &[u8]) -> anyhow::Result<At> {
        #[derive(Deserialize)]
        struct Answer {
            snapshot: Option<Snapshot>,
        }
        #[derive(Deserialize)]
        struct Snapshot {
            sessions: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            client: String,
            user: String,
            opens: u32,
            started_at: jiff::Timestamp,
            active_at: jiff::Timestamp,
        }
        let answer: Answer = serde_json::from_slice(body)?;
        let rows = answer.snapshot.context("nothing is known of that instant")?.sessions;
        let session = |row: Row| -> Session {
            let secs = |at: jiff::Timestamp| at.as_millisecond().div_euclid(1_000);
            (row.client, row.user, row.opens, secs(row.started_at), secs(row.active_at))
        };
        let mut sessions: Vec<Session> = rows.into_iter().map(session).collect();
        sessions.sort();
        Ok(At::Sessions(sessions))
    }

    async fn stop(self) {
        self.server.program.end(Signal::TERM).await;
        if let Some(cluster) = self.cluster {
            cluster.stop().await;
        }
    }
}

fn head(epoch: &str, first_seq: u64) -> Batch {
    Batch {
        epoch: epoch.to_owned(),
        first_seq,
        boot_id: String::new(),
        sent_at: highwater::clock::Clock::system().now_at(),
        agent_version: "0.1.0".to_owned(),
        queued_records: 0,
        records: Vec::new(),
    }
}

/// The batch as an agent sends it.
fn body(head: &Batch, stretch: &Stretch) -> anyhow::Result<Vec<u8>> {
    let records = stretch.snapshots.iter().map(|snapshot| serde_json::to_vec(&Record::Snapshot(snapshot.clone())));
    Ok(encode_records(head, &records.collect::<Result<Vec<_>, _>>()?)?)
}

/// The same batch, for whoever takes batches without being Highwater.
pub(crate) fn plain_body(stretch: &Stretch) -> anyhow::Result<Vec<u8>> {
    body(&head("", 1), stretch)
}
