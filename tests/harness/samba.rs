//! A real SMB server and real clients at addresses of their own: each client lives in a network namespace with one cable to the
//! server's, so nothing listens anywhere else. Users exist for these processes only (nss_wrapper).

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

pub const USERS: &[&str] = &["alice", "bob", "carol", "dave", "svc-scan"];
const PASSWORD: &str = "not-a-secret";
const PORT: u16 = 4450;
const NSS_WRAPPER: &str = "libnss_wrapper.so";

#[derive(Debug)]
pub struct Samba {
    dir: TempDir,
    smbd: Child,
    spaces: Spaces,
}

/// One client's SMB session. Dropping it ends the client's process, and with it the session.
#[derive(Debug)]
pub struct SmbSession {
    client: Child,
    commands: ChildStdin,
    pub user: &'static str,
    /// The client's address as the SMB server sees it.
    pub address: String,
    pub opens: u32,
}

impl Samba {
    /// Starts the server, and cables for clients `1..=clients`.
    pub async fn start(clients: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        write_files(dir.path());
        let spaces = Spaces::lay(clients);
        for user in USERS {
            let mut add = wrapped("smbpasswd", dir.path());
            add.args(["-c", path_str(&conf(dir.path())), "-s", "-a", user]);
            let mut child = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("smbpasswd starts");
            writeln!(child.stdin.take().unwrap(), "{PASSWORD}\n{PASSWORD}").unwrap();
            assert!(child.wait().unwrap().success(), "smbpasswd could not add {user}");
        }
        let log = fs::File::create(dir.path().join("smbd.log")).unwrap();
        let mut smbd = wrapped("ip", dir.path());
        smbd.args([
            "netns",
            "exec",
            &spaces.server,
            "/usr/sbin/smbd",
            "-F",
            "--no-process-group",
            "--debug-stdout",
            "-d0",
            "-s",
        ])
        .arg(conf(dir.path()))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log);
        let smbd = smbd.spawn().expect("smbd starts");
        let samba = Self { dir, smbd, spaces };
        samba.wait_until_it_answers().await;
        samba
    }

    /// Clients that come too early would give up.
    async fn wait_until_it_answers(&self) {
        let limit = Instant::now() + Duration::from_secs(60);
        loop {
            let asked =
                self.smbclient(1, "10.77.1.1", USERS[0]).args(["-c", "exit"]).output().expect("smbclient starts");
            if asked.status.success() {
                return;
            }
            let log = || fs::read_to_string(self.dir.path().join("smbd.log")).unwrap_or_default();
            assert!(
                Instant::now() < limit,
                "smbd does not answer: {} {}",
                String::from_utf8_lossy(&asked.stdout),
                log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn smbclient(&self, from: usize, server: &str, user: &str) -> Command {
        let mut command = wrapped("ip", self.dir.path());
        command
            .args(["netns", "exec", &self.spaces.clients[from - 1], "smbclient", &format!("//{server}/files")])
            .args(["-p", &PORT.to_string(), "-U", &format!("{user}%{PASSWORD}"), "-s", path_str(&self.conf())]);
        command
    }

    /// The configuration by which `smbstatus` finds this server.
    pub fn conf(&self) -> PathBuf {
        conf(self.dir.path())
    }

    /// A program that is to run as if on the server itself: it sees the server's network.
    pub fn within_its_network(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.spaces.server]).arg(program);
        command
    }

    /// Environment that lets Samba's own tools resolve this server's users.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        wrapper_env(self.dir.path())
    }

    /// A session of `user` from client `from` (from 1), by IPv6 if `v6`. It is there once `smbstatus` shows it.
    pub fn connect(&self, from: usize, user: &'static str, v6: bool) -> SmbSession {
        let (server, address) = if v6 {
            (format!("fd77:{from}::1"), format!("fd77:{from}::2"))
        } else {
            (format!("10.77.{from}.1"), format!("10.77.{from}.2"))
        };
        let mut command = self.smbclient(from, &server, user);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut client = command.spawn().expect("smbclient starts");
        let commands = client.stdin.take().unwrap();
        SmbSession { client, commands, user, address, opens: 0 }
    }
}

impl SmbSession {
    /// Opens one of the share's files and keeps it open.
    pub fn open(&mut self, file: &str) {
        writeln!(self.commands, "open {file}").expect("smbclient reads its commands");
        self.opens += 1;
    }
}

impl Drop for SmbSession {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        let _ = self.smbd.kill();
        let _ = self.smbd.wait();
    }
}

fn conf(dir: &Path) -> PathBuf {
    dir.join("smb.conf")
}

fn path_str(path: &Path) -> &str {
    path.to_str().expect("the temporary folder has a plain name")
}

fn wrapper_env(dir: &Path) -> Vec<(&'static str, String)> {
    let file = |name: &str| path_str(&dir.join(name)).to_owned();
    vec![
        ("LD_PRELOAD", NSS_WRAPPER.to_owned()),
        ("NSS_WRAPPER_PASSWD", file("passwd")),
        ("NSS_WRAPPER_GROUP", file("group")),
    ]
}

fn wrapped(program: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.envs(wrapper_env(dir));
    command
}

fn write_files(dir: &Path) {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    for folder in ["private", "lock", "state", "cache", "pid", "ncalrpc", "share"] {
        fs::create_dir(dir.join(folder)).unwrap();
    }
    fs::set_permissions(dir.join("share"), fs::Permissions::from_mode(0o777)).unwrap();
    for file in 0..4 {
        let path = dir.join(format!("share/file{file}.txt"));
        fs::write(&path, "a file to open\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    }
    let mut passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n".to_owned();
    for (i, user) in USERS.iter().enumerate() {
        passwd += &format!("{user}:x:{}:31000::/:/usr/sbin/nologin\n", 31_001 + i);
    }
    fs::write(dir.join("passwd"), passwd).unwrap();
    fs::write(dir.join("group"), "root:x:0:\nnogroup:x:65534:\nfiles:x:31000:\n").unwrap();
    let d = path_str(dir);
    let text = format!(
        "[global]\n workgroup = HWTEST\n server role = standalone server\n passdb backend = tdbsam:{d}/private/passdb.tdb\n \
         private dir = {d}/private\n lock directory = {d}/lock\n state directory = {d}/state\n cache directory = {d}/cache\n \
         pid directory = {d}/pid\n ncalrpc dir = {d}/ncalrpc\n log file = {d}/%m.log\n smb ports = {PORT}\n disable netbios = yes\n \
         disable spoolss = yes\n load printers = no\n max smbd processes = 60\n[files]\n path = {d}/share\n read only = no\n"
    );
    fs::write(conf(dir), text).unwrap();
}

/// The network namespaces of one test, named after its process so that tests do not meet.
#[derive(Debug)]
struct Spaces {
    server: String,
    clients: Vec<String>,
}

impl Spaces {
    fn lay(clients: usize) -> Self {
        remove_abandoned();
        let me = std::process::id();
        let spaces = Self {
            server: format!("hw{me}-server"),
            clients: (1..=clients).map(|i| format!("hw{me}-client{i}")).collect(),
        };
        ip(&["netns", "add", &spaces.server]);
        ip(&["-n", &spaces.server, "link", "set", "lo", "up"]);
        for (i, client) in spaces.clients.iter().enumerate() {
            let (n, cable) = (i + 1, format!("cable{}", i + 1));
            ip(&["netns", "add", client]);
            ip(&[
                "link",
                "add",
                &cable,
                "netns",
                &spaces.server,
                "type",
                "veth",
                "peer",
                "name",
                "cable",
                "netns",
                client,
            ]);
            for (space, device, end) in [(&spaces.server, cable.as_str(), 1), (client, "cable", 2)] {
                ip(&["-n", space, "addr", "add", &format!("10.77.{n}.{end}/24"), "dev", device]);
                ip(&["-n", space, "addr", "add", &format!("fd77:{n}::{end}/64"), "dev", device, "nodad"]);
                ip(&["-n", space, "link", "set", device, "up"]);
            }
        }
        spaces
    }
}

impl Drop for Spaces {
    fn drop(&mut self) {
        for space in self.clients.iter().chain([&self.server]) {
            let _ = Command::new("ip").args(["netns", "delete", space]).status();
        }
    }
}

/// What a killed run left behind.
fn remove_abandoned() {
    let list = Command::new("ip").args(["netns", "list"]).output().expect("ip (package iproute2) runs").stdout;
    for name in String::from_utf8_lossy(&list).lines().filter_map(|l| l.split_whitespace().next()) {
        let owner =
            name.strip_prefix("hw").and_then(|rest| rest.split('-').next()).and_then(|pid| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = Command::new("ip").args(["netns", "delete", name]).status();
        }
    }
}

fn ip(args: &[&str]) {
    let done = Command::new("ip").args(args).output().expect("ip (package iproute2) runs");
    assert!(
        done.status.success(),
        "ip {}: {}. This test lays network namespaces: run it as root",
        args.join(" "),
        String::from_utf8_lossy(&done.stderr)
    );
}
