//! A certified provider of OpenID Connect (oidc-provider, in Node) on loopback, and somebody who signs in there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use highwater::clock::Clock;
use highwater::config::{Config, GroupRoles, Hidden, Oidc};
use highwater::tls;
use reqwest::{Client, RequestBuilder};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::person::Answer;
use super::server::client;

pub const CLIENT_ID: &str = "highwater";
/// With what a form and a header would take for something else.
pub const CLIENT_SECRET: &str = "s3 cret/+&=%";

/// A certificate for 127.0.0.1 by an authority of its own, as files.
#[derive(Debug)]
pub struct Certificate {
    pub folder: TempDir,
    pub ca_pem: String,
}

impl Certificate {
    pub fn make() -> Self {
        Self::make_for("https://127.0.0.1")
    }

    /// For an address, with https:// before it.
    pub fn make_for(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let public_url = Some(url.to_owned());
        let config = Config { data_dir: folder.path().to_owned(), public_url, ..Config::default() };
        let identity = tls::load(&config, Clock::system().now_at()).unwrap();
        Self { folder, ca_pem: identity.authorities[0].pem.clone() }
    }

    /// `ca.pem`, `server.pem`, `server.key`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("tls").join(name)
    }
}

/// Answers once it [`knows`](Provider::knows) somebody. It ends when this is dropped.
#[derive(Debug)]
pub struct Provider {
    node: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    pub issuer: String,
    certificate: Certificate,
    http: Client,
}

impl Provider {
    pub fn start() -> Self {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let package = tests.join("../target/oidc-provider/node_modules/oidc-provider/lib/index.js");
        assert!(package.exists(), "{} is missing: tests/run fetches it", package.display());
        let certificate = Certificate::make();
        let mut node = Command::new("node")
            .arg(tests.join("harness/provider.mjs"))
            .args([package, certificate.file("server.pem"), certificate.file("server.key")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node (package nodejs) starts");
        let input = node.stdin.take().unwrap();
        let mut output = BufReader::new(node.stdout.take().unwrap()).lines();
        let port: u16 = output.next().expect("it listens").unwrap().parse().unwrap();
        let http = client(&certificate.ca_pem);
        Self { node, input, output, issuer: format!("https://127.0.0.1:{port}"), certificate, http }
    }

    /// As the settings name it.
    pub fn settings(&self) -> Oidc {
        let roles = GroupRoles {
            administrators: vec!["admins".to_owned()],
            operators: vec!["desk".to_owned()],
            ..GroupRoles::default()
        };
        Oidc {
            issuer: self.issuer.clone(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: Hidden(CLIENT_SECRET.to_owned()),
            label: "Corp".to_owned(),
            scopes: "openid profile".to_owned(),
            groups_claim: "groups".to_owned(),
            roles,
            sees: None,
            acr_values: String::new(),
            required_acr: Vec::new(),
            required_amr: Vec::new(),
            ca_file: Some(self.certificate.file("ca.pem")),
        }
    }

    /// Tells it of a Highwater at this address, and of ann (of it and admins), bob (of the desk) and eve (of nothing). Ann
    /// has a second factor. `change` may change what
    /// it knows of the client.
    pub fn knows(&mut self, server_url: &str, change: impl FnOnce(&mut Value)) {
        let mut client = json!({
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": [format!("{server_url}/sign-in/oidc/return")],
            "post_logout_redirect_uris": [format!("{server_url}/sign-in")],
            "response_types": ["code"],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "client_secret_basic",
        });
        change(&mut client);
        let people = json!({
            "ann": {"groups": ["it", "admins"], "preferred_username": "ann", "name": "Ann Martin", "has_factor": true},
            "bob": {"groups": "desk", "preferred_username": "bob"},
            "eve": {"groups": ["guests"], "preferred_username": "eve"},
        });
        writeln!(self.input, "{}", json!({"client": client, "people": people})).unwrap();
        // It also says there what it thinks of its settings.
        assert!(self.output.any(|line| line.unwrap() == "ready"), "it takes what it is told");
    }

    /// Does what a person does there who was sent to this address: gives the address that the browser is sent back to.
    pub async fn sign_in(&self, address: &str, name: &str) -> String {
        let browser = Browser { http: &self.http, issuer: &self.issuer, cookies: BTreeMap::new() };
        browser.until_sent_away(address, &[("login", name), ("password", "whatever")]).await
    }

    /// Says yes to a page that asks whether to sign out; gives the address that the browser is sent to.
    pub async fn sign_out(&self, address: &str) -> String {
        let browser = Browser { http: &self.http, issuer: &self.issuer, cookies: BTreeMap::new() };
        browser.until_sent_away(address, &[]).await
    }
}

impl Provider {
    /// It answers no more; whom it was trusted by is still there.
    pub fn go_away(&mut self) {
        self.node.kill().unwrap();
        self.node.wait().unwrap();
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

/// A browser at the provider.
struct Browser<'a> {
    http: &'a Client,
    issuer: &'a str,
    cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    /// Goes on, and fills in each form that it meets, until it is sent to another site.
    async fn until_sent_away(mut self, address: &str, fields: &[(&str, &str)]) -> String {
        let first = self.http.get(address);
        let mut answer = self.send(first).await;
        for _ in 0..20 {
            let location = answer.header("location").to_owned();
            if location.starts_with('/') {
                let there = self.http.get(format!("{}{location}", self.issuer));
                answer = self.send(there).await;
            } else if location.starts_with(self.issuer) {
                let there = self.http.get(location);
                answer = self.send(there).await;
            } else if !location.is_empty() {
                return location;
            } else {
                assert_eq!(answer.status, 200, "{}", answer.text);
                let filled_in = self.filled_in(&answer.html(), fields);
                answer = self.send(filled_in).await;
            }
        }
        panic!("it leads nowhere: {}", answer.text);
    }

    /// The form of a page, sent.
    fn filled_in(&self, page: &Html, fields: &[(&str, &str)]) -> RequestBuilder {
        let form = page.select(&Selector::parse("form").unwrap()).next().expect("there is a form");
        let action = form.attr("action").expect("it leads somewhere").to_owned();
        let hidden = Selector::parse("input[type=hidden]").unwrap();
        let mut filled: Vec<(String, String)> = form
            .select(&hidden)
            .filter_map(|input| Some((input.attr("name")?.to_owned(), input.attr("value")?.to_owned())))
            .collect();
        filled.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.http.post(action).form(&filled)
    }

    async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for set in response.headers().get_all("set-cookie") {
            let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), bytes }
    }
}
