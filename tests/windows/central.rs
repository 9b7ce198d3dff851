//! A central server that comes and goes, and what is set, answered and shown of an agent under Wine.

use std::fmt::Write as _;

use highwater::store::Db;

use crate::harness::person::Person;
use crate::harness::server::{ServerProcess, token};
use crate::harness::wait::{eventually, same};
use crate::harness::wine::{Wine, package};

pub(super) const INSTALLED: &str = r"HKLM\SOFTWARE\Highwater\Agent";
pub(super) const POLICIES: &str = r"HKLM\SOFTWARE\Policies\Highwater\Agent";
/// Client, user, opens.
pub(super) type Sessions = Vec<(String, String, u32)>;

/// Clients and users with the names that trouble programs.
pub(super) fn sessions(count: usize) -> Sessions {
    const NAMES: [&str; 8] =
        ["10.0.0.7", "[2001:DB8::7]", "SCANNER-3F", "büro-7", "名前", "a'b\"<c>&d", "%s%n", "\u{202E}evil"];
    let one = |i: usize| {
        let client = if i < NAMES.len() { NAMES[i].to_owned() } else { format!("10.1.{}.{}", i / 200, i % 200) };
        (client, format!("user{}", i % 7), u32::try_from(i % 5).unwrap())
    };
    (0..count).map(one).collect()
}

/// A text in a file of answers: the hexadecimal digits of its UTF-16 units.
pub(super) fn hex(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut all, unit| {
        write!(all, "{unit:04x}").unwrap();
        all
    })
}

/// What the SMB server of that computer answers.
pub(super) fn answers(sessions: &Sessions, limit: u32) -> String {
    let mut lines = format!("server {limit} 15 10 0 {limit}\n");
    for (client, user, opens) in sessions {
        writeln!(lines, "session {} {} {opens} 100 5 0 .", hex(client), hex(user)).unwrap();
    }
    lines
}

/// As they are shown: addresses as all write them.
pub(super) fn expected(sessions: &Sessions) -> Sessions {
    let shown = |client: &str| client.replace("[2001:DB8::7]", "2001:db8::7");
    let mut all: Sessions = sessions.iter().map(|(c, u, o)| (shown(c), u.clone(), *o)).collect();
    all.sort();
    all
}

/// Waits until these are shown, and answers the snapshot.
pub(super) async fn shown(wine: &Wine, visitor: &Person, wanted: &Sessions) -> serde_json::Value {
    let wanted = expected(wanted);
    eventually("the sessions are shown", async || {
        let answer = visitor.get("/api/v1/hosts/1/sessions").await;
        // Until it is enrolled there is no such host.
        let answer: serde_json::Value = serde_json::from_str(&answer.text).map_err(|e| e.to_string())?;
        let listed = answer["snapshot"]["sessions"].as_array();
        let listed = listed.ok_or_else(|| format!("{answer}; the agent: {}", wine.log()))?;
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let mut seen: Sessions = listed
            .iter()
            .map(|s| (text(&s["client"]), text(&s["user"]), u32::try_from(s["opens"].as_u64().unwrap()).unwrap()))
            .collect();
        seen.sort();
        same(&seen, &wanted).map(|()| answer["snapshot"].clone())
    })
    .await
}

/// A port that nobody has, and a server that may come and go on it.
pub(super) struct Central {
    pub(super) data: tempfile::TempDir,
    pub(super) listen: String,
    pub(super) database: String,
    pub(super) token: String,
    pub(super) process: Option<ServerProcess>,
}

impl Central {
    /// It has started once: its authority and a token are there.
    pub(super) async fn new() -> (Self, Person) {
        let data = tempfile::tempdir().unwrap();
        let process = ServerProcess::start(data.path(), &[]);
        let visitor = Person::first_administrator(&process).await;
        let central = Self {
            listen: process.addr.to_string(),
            database: format!("sqlite:{}", data.path().join("highwater.db").display()),
            token: token(&process, None),
            process: Some(process),
            data,
        };
        (central, visitor)
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.listen.rsplit_once(':').unwrap().1)
    }

    pub(super) fn ca(&self) -> std::path::PathBuf {
        self.data.path().join("tls/ca.pem")
    }

    pub(super) fn stop(&mut self) {
        assert!(self.process.take().unwrap().stop());
    }

    pub(super) fn start(&mut self) {
        self.process = Some(ServerProcess::start(self.data.path(), &[("HIGHWATER_LISTEN", &self.listen)]));
    }

    pub(super) async fn db(&self) -> Db {
        Db::open(&self.database).await.unwrap()
    }
}

/// What the installer's properties leave in the registry, and what a test cannot wait for.
pub(super) async fn settings(wine: &Wine, central: &Central) {
    wine.set(INSTALLED, "ServerUrl", "REG_SZ", &central.url()).await;
    wine.set(INSTALLED, "CaFile", "REG_SZ", &wine.copy(&central.ca(), "ca.pem")).await;
    wine.set(INSTALLED, "EnrollToken", "REG_SZ", &central.token).await;
    hasten(wine).await;
}

pub(super) async fn hasten(wine: &Wine) {
    for (name, value) in [
        ("FirstDelaySecs", "0"),
        ("LongestWaitSecs", "1"),
        ("SamplingSecs", "1"),
        ("NearSamplingSecs", "1"),
        ("FullSamplingSecs", "1"),
    ] {
        wine.set(INSTALLED, name, "REG_DWORD", value).await;
    }
}

/// Installs the agent silently, with all that it needs to know.
pub(super) async fn install(wine: &Wine, central: &Central) -> i32 {
    let msi = wine.copy(&package("highwater-agent.msi"), "agent.msi");
    let ca = wine.copy(&central.ca(), "ca.pem");
    let (url, ca, token) =
        (format!("SERVERURL={}", central.url()), format!("CAFILE={ca}"), format!("ENROLLTOKEN={}", central.token));
    hasten(wine).await;
    wine.msiexec(&["/i", &msi, &url, &ca, &token]).await.0
}
