//! Debian's syslog server on loopback, without rights of its own: what it reads by UDP, TCP and TLS it writes down.

use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use highwater::clock::Clock;
use highwater::config::{self, Config};
use highwater::delivery::syslog::{Receiver, Syslog, Transport};
use highwater::tls;
use serde_json::Value;
use tempfile::TempDir;

/// Ends when it is dropped.
#[derive(Debug)]
pub struct Rsyslog {
    child: Child,
    folder: TempDir,
    /// Of UDP and TCP; the one after it is that of TLS.
    port: u16,
}

/// A message as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub raw: String,
    pub app_name: String,
    pub id: String,
    /// The structured data.
    pub data: BTreeMap<String, String>,
}

impl Rsyslog {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // An authority, and a certificate for this machine.
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        tls::load(&config, Clock::system().now_at()).unwrap();
        for _ in 0..10 {
            // Below those that the system gives to whoever asks for any.
            let port = 20_000 + rand::random::<u16>() % 12_000;
            if !is_free(port) {
                continue;
            }
            std::fs::write(folder.path().join("conf"), settings(folder.path(), port)).unwrap();
            let mut child = spawn(folder.path());
            if listens(&mut child, port).await {
                return Self { child, folder, port };
            }
            end(&mut child);
        }
        panic!("rsyslogd does not start")
    }

    /// As the power failing would.
    pub fn kill(&mut self) {
        end(&mut self.child);
    }

    /// On the same ports.
    pub async fn start_again(&mut self) {
        self.child = spawn(self.folder.path());
        assert!(listens(&mut self.child, self.port).await, "rsyslogd does not start again");
    }

    pub fn port_of(&self, transport: Transport) -> u16 {
        if transport == Transport::Tls { self.port + 1 } else { self.port }
    }

    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    /// What a server is told to forward to it.
    pub fn settings(&self, transport: Transport) -> config::Syslog {
        config::Syslog {
            host: "127.0.0.1".to_owned(),
            port: self.port_of(transport),
            transport: match transport {
                Transport::Udp => config::Transport::Udp,
                Transport::Tcp => config::Transport::Tcp,
                Transport::Tls => config::Transport::Tls,
            },
            ca_file: (transport == Transport::Tls).then(|| self.ca_file()),
            facility: 13,
            app_name: "highwater".to_owned(),
        }
    }

    /// What sends to it.
    pub fn sender(&self, transport: Transport, ca_pem: Option<&[u8]>) -> Syslog {
        let to = Receiver {
            host: "localhost".to_owned(),
            port: self.port_of(transport),
            transport,
            facility: 13,
            app_name: "highwater".to_owned(),
            host_name: "hw1".to_owned(),
            process_id: 7,
        };
        Syslog::new(to, ca_pem).unwrap()
    }

    /// All, in the order in which they came.
    pub fn received(&self) -> Vec<Message> {
        let lines = std::fs::read_to_string(self.folder.path().join("received")).unwrap_or_default();
        lines.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(Message::read).collect()
    }

    /// The numbers of the entries that they tell of.
    pub fn seqs(&self) -> Vec<u64> {
        self.received().iter().map(|message| message.data["seq"].parse().unwrap()).collect()
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

impl Message {
    fn read(line: &str) -> Self {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let text = |name: &str| read[name].as_str().unwrap_or_else(|| panic!("no {name}: {line}")).to_owned();
        Self {
            raw: text("rawmsg"),
            app_name: text("app-name"),
            id: text("msgid"),
            data: parameters(&text("structured-data")),
        }
    }
}

/// Of the one element that our messages have.
fn parameters(data: &str) -> BTreeMap<String, String> {
    let inner = data.strip_prefix("[highwater@32473").and_then(|rest| rest.strip_suffix(']'));
    let (mut found, mut rest) = (BTreeMap::new(), inner.unwrap_or_else(|| panic!("{data}")).chars());
    loop {
        let name: String = rest.by_ref().skip_while(|c| *c == ' ').take_while(|c| *c != '=').collect();
        if name.is_empty() {
            return found;
        }
        assert_eq!(rest.next(), Some('"'), "{data}");
        let mut value = String::new();
        loop {
            match rest.next().unwrap_or_else(|| panic!("a value without an end: {data}")) {
                '"' => break,
                '\\' => value.extend(rest.next()),
                c => value.push(c),
            }
        }
        found.insert(name, value);
    }
}

fn is_free(port: u16) -> bool {
    let of_tcp = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    of_tcp(port) && of_tcp(port + 1) && UdpSocket::bind(("127.0.0.1", port)).is_ok()
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new("/usr/sbin/rsyslogd");
    let file = |name: &str| folder.join(name);
    command.arg("-n").arg("-f").arg(file("conf")).arg("-i").arg(file("pid"));
    command.spawn().expect("rsyslogd is missing: run tests/run, which installs it")
}

fn end(child: &mut Child) {
    // It may have ended already.
    let _ = child.kill();
    let _ = child.wait();
}

async fn listens(child: &mut Child, port: u16) -> bool {
    for _ in 0..400 {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if [port, port + 1].iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

/// A line of JSON for each message.
fn settings(folder: &Path, port: u16) -> String {
    let (folder, tls_port) = (folder.display(), port + 1);
    let properties = ["rawmsg", "app-name", "msgid", "structured-data"]
        .map(|name| format!("property(name=\"{name}\" format=\"jsonf\")"))
        .join(" constant(value=\",\") ");
    format!(
        r#"global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imudp")
module(load="imtcp")
template(name="line" type="list") {{ constant(value="{{") {properties} constant(value="}}\n") }}
ruleset(name="keep") {{ action(type="omfile" file="{folder}/received" template="line") }}
input(type="imudp" address="127.0.0.1" port="{port}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="{tls_port}" ruleset="keep"
    StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"
    StreamDriver.CAFile="{folder}/tls/ca.pem" StreamDriver.CertFile="{folder}/tls/server.pem"
    StreamDriver.KeyFile="{folder}/tls/server.key")
"#
    )
}
