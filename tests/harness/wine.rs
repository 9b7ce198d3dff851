//! A Windows computer, as far as Wine is one: a prefix of its own, in which everything ends when it is dropped.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// Where the agent runs and keeps what it has.
const PROGRAM: &str = "Program Files/Highwater/Agent";
const DATA: &str = "ProgramData/Highwater/Agent";
/// Where the stand-ins for Windows' libraries look for what to answer, if they are in a service.
const ANSWERS: &str = "highwater-fake";
/// No program that is asked for something may take longer, in seconds.
const LIMIT: &str = "120";

#[derive(Debug)]
pub struct Wine {
    prefix: TempDir,
}

impl Wine {
    /// With stand-ins for the libraries that Wine does not have, which lie where the agent will be.
    pub async fn start() -> Self {
        tokio::task::spawn_blocking(|| {
            let folder = tempfile::Builder::new().prefix("highwater-wine").tempdir().unwrap();
            // Making one takes twenty seconds: it is made once, and copied.
            let made = windows().join("wine-template");
            check(&Command::new(script("wine")).arg("--make").env("HIGHWATER_WINEPREFIX", &made).output().unwrap());
            check(
                &Command::new("cp").arg("-a").arg(format!("{}/.", made.display())).arg(folder.path()).output().unwrap(),
            );
            let wine = Self { prefix: folder };
            std::fs::create_dir_all(wine.drive().join(ANSWERS)).unwrap();
            wine.answers("wevtapi", "log 1 1\n");
            let fakes = repository().join("agent/win32/tests/fake/build");
            check(&Command::new(fakes).arg(wine.drive().join(PROGRAM)).output().unwrap());
            check(&wine.wine(&["--keep"]));
            for library in ["netapi32", "wevtapi", "pdh"] {
                let key = r"HKCU\Software\Wine\AppDefaults\highwater-agent.exe\DllOverrides";
                check(&wine.wine(&["reg", "add", key, "/v", library, "/d", "native,builtin", "/f"]));
            }
            wine
        })
        .await
        .unwrap()
    }

    pub fn drive(&self) -> PathBuf {
        self.prefix.path().join("drive_c")
    }

    pub fn program(&self) -> PathBuf {
        self.drive().join(PROGRAM).join("highwater-agent.exe")
    }

    pub fn data_dir(&self) -> PathBuf {
        self.drive().join(DATA)
    }

    /// What a stand-in answers from now on.
    pub fn answers(&self, library: &str, lines: &str) {
        let path = self.drive().join(ANSWERS).join(format!("{library}.txt"));
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, lines).unwrap();
        std::fs::rename(fresh, path).unwrap();
    }

    /// Buffers or handles that a stand-in gave to the service and did not get back.
    pub fn left(&self, library: &str) -> String {
        let path = self.drive().join(ANSWERS).join(format!("{library}.left"));
        std::fs::read_to_string(path).unwrap_or_else(|_| "0".to_owned()).trim().to_owned()
    }

    /// Copies a file to the root of drive C, and answers how Windows calls it.
    pub fn copy(&self, from: &Path, name: &str) -> String {
        std::fs::copy(from, self.drive().join(name)).unwrap();
        format!(r"C:\{name}")
    }

    /// Runs a Windows program to its end.
    pub async fn run(&self, words: &[&str]) -> Output {
        let (prefix, words) =
            (self.prefix.path().to_owned(), words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        tokio::task::spawn_blocking(move || call(&prefix, &words)).await.unwrap()
    }

    /// Installs or removes by the installer, without a window. Answers its exit code (modulo 256: Wine has no more) and its log.
    pub async fn msiexec(&self, words: &[&str]) -> (i32, String) {
        let mut all = vec!["msiexec"];
        all.extend(words);
        all.extend(["/qn", "/l*v", r"C:\msi.log"]);
        let done = self.run(&all).await;
        let log = std::fs::read(self.drive().join("msi.log")).unwrap_or_default();
        (done.status.code().unwrap_or(-1), text(&log))
    }

    /// The service's state as the service manager tells it; `None` if there is no such service.
    pub async fn service(&self) -> Option<String> {
        let told = text(&self.run(&["sc", "query", "HighwaterAgent"]).await.stdout);
        told.lines().find_map(|line| line.trim().strip_prefix("STATE")?.split_whitespace().last().map(str::to_owned))
    }

    pub async fn set(&self, key: &str, name: &str, kind: &str, value: &str) {
        check(&self.run(&["reg", "add", key, "/v", name, "/t", kind, "/d", value, "/f"]).await);
    }

    /// A key's values, as `reg` prints them; empty if there is no such key.
    pub async fn values(&self, key: &str) -> String {
        text(&self.run(&["reg", "query", key]).await.stdout)
    }

    /// What the service wrote to its log.
    pub fn log(&self) -> String {
        let Ok(files) = std::fs::read_dir(self.data_dir().join("logs")) else { return String::new() };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).unwrap_or_default()).collect()
    }

    /// Starts the agent in a console, as it is installed or lies there.
    pub fn start_agent(&self) {
        let mut command = Command::new(script("wine"));
        command.args([r"C:\Program Files\Highwater\Agent\highwater-agent.exe", "run"]);
        command.env("HIGHWATER_WINEPREFIX", self.prefix.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Whoever ends it does so by its process id; here it is only waited for.
        std::thread::spawn(move || child.wait());
    }

    /// Ends that agent as a power cut would.
    pub fn kill_agent(&self) {
        for pid in self.agents() {
            assert!(Command::new("kill").args(["-s", "KILL"]).arg(pid).status().unwrap().success());
        }
    }

    pub fn is_agent_alive(&self) -> bool {
        !self.agents().is_empty()
    }

    fn agents(&self) -> Vec<std::ffi::OsString> {
        let of_us = format!("WINEPREFIX={}\0", self.prefix.path().display());
        let is_agent = |entry: &std::fs::DirEntry| {
            let read = |file: &str| text(&std::fs::read(entry.path().join(file)).unwrap_or_default());
            read("cmdline").contains("highwater-agent.exe\0run\0") && read("environ").contains(&of_us)
        };
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        all.filter(is_agent).map(|entry| entry.file_name()).collect()
    }

    fn wine(&self, words: &[&str]) -> Output {
        call(self.prefix.path(), &words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        let _ = self.wine(&["--end"]);
    }
}

fn call(prefix: &Path, words: &[String]) -> Output {
    Command::new("timeout")
        .args(["--kill-after=10", LIMIT])
        .arg(script("wine"))
        .args(words)
        .env("HIGHWATER_WINEPREFIX", prefix)
        .output()
        .unwrap()
}

/// The folder with what was built for Windows: beside that of these tests' own program.
pub fn windows() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(3).unwrap().join("windows")
}

/// What `tests/run` has packed: program, package, scripts.
pub fn package(name: &str) -> PathBuf {
    let path = windows().join("package").join(name);
    assert!(path.exists(), "{} is missing: agent/gpo/build --profile dev, or tests/run", path.display());
    path
}

/// A package of the same program under another version.
pub fn package_of(version: &str, folder: &Path) -> PathBuf {
    let msi = folder.join(format!("{version}.msi"));
    check(&Command::new(script("msi")).arg(version).arg(package("highwater-agent.exe")).arg(&msi).output().unwrap());
    msi
}

fn script(name: &str) -> PathBuf {
    repository().join("agent/gpo").join(name)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub fn check(done: &Output) {
    assert!(done.status.success(), "{done:?}");
}

fn text(bytes: &[u8]) -> String {
    // What msiexec writes is UTF-16.
    match bytes {
        [0xFF, 0xFE, rest @ ..] => {
            let units: Vec<u16> = rest.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
