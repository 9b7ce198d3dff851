//! The real server as a child process, on ports of loopback that the system chose.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use highwater::clock::Clock;
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};
use tokio::time::Instant;

use super::process::Program;

#[derive(Debug)]
pub(crate) struct Highwater {
    pub(crate) program: Program,
    /// For agents: TLS.
    pub(crate) url: String,
    /// The same as an address.
    pub(crate) addr: SocketAddr,
    /// For queries: plain http.
    pub(crate) plain_url: String,
    pub(crate) data_dir: PathBuf,
    binary: PathBuf,
    database: Option<String>,
    /// The path of the link that makes the first administrator.
    pub(crate) first_link: String,
}

impl Highwater {
    /// Starts `binary` in a folder, which is made if it is not there, on SQLite there or on another database.
    pub(crate) fn start(binary: &Path, data_dir: &Path, database: Option<String>) -> anyhow::Result<Self> {
        Self::start_with(binary, data_dir, database, &[])
    }

    /// As [`start`](Self::start), with settings by the names of their variables.
    pub(crate) fn start_with(
        binary: &Path,
        data_dir: &Path,
        database: Option<String>,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data_dir)?;
        let mut command = Command::new(binary);
        command.current_dir(data_dir).stdout(Stdio::piped());
        command.envs([
            ("HIGHWATER_LISTEN", "127.0.0.1:0"),
            ("HIGHWATER_PLAIN_LISTEN", "127.0.0.1:0"),
            ("HIGHWATER_PUBLIC_URL", "https://localhost"),
            ("HIGHWATER_LIMITS_MAX_CONNECTIONS", "19000"),
            ("HIGHWATER_LOG_FILTER", "warn"),
        ]);
        command.env("HIGHWATER_DATA_DIR", data_dir);
        command.envs(database.iter().map(|address| ("HIGHWATER_DATABASE", address)));
        command.envs(settings.iter().copied());
        let mut program = Program::start("highwater", &mut command, &data_dir.with_extension("log"))?;
        let mut lines = BufReader::new(program.stdout()?);
        let (mut tls, mut plain, mut first_link) = (None, None, String::new());
        let mut line = String::new();
        while !line.starts_with("Highwater is ready") {
            line.clear();
            anyhow::ensure!(lines.read_line(&mut line)? > 0, "the server ended before it listened");
            if let Some((address, how)) = line.strip_prefix("Highwater listens on ").and_then(|l| l.split_once(' ')) {
                let place = if how.starts_with("(TLS") { &mut tls } else { &mut plain };
                *place = Some(address.parse::<SocketAddr>()?);
            } else if let Some(at) = line.find("/welcome/") {
                line[at..].trim().clone_into(&mut first_link);
            }
        }
        // The pipe must stay open, or the server's next line would meet a closed one.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let addr = tls.context("no TLS listener")?;
        Ok(Self {
            program,
            url: format!("https://localhost:{}", addr.port()),
            addr,
            plain_url: format!("http://{}", plain.context("no plain listener")?),
            data_dir: data_dir.to_owned(),
            binary: binary.to_owned(),
            database,
            first_link,
        })
    }

    /// The certificate of its authority.
    pub(crate) fn ca(&self) -> PathBuf {
        self.data_dir.join("tls/ca.pem")
    }

    /// A token that lets agents in at once, as the command line makes it.
    pub(crate) fn token(&self) -> anyhow::Result<String> {
        self.token_with(&["--approve", "auto"])
    }

    /// A token with these options.
    pub(crate) fn token_with(&self, options: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.binary);
        command.args(["token", "new"]).args(options).current_dir(&self.data_dir);
        command.env("HIGHWATER_DATA_DIR", &self.data_dir).env("HIGHWATER_LOG_FILTER", "warn");
        command.envs(self.database.iter().map(|address| ("HIGHWATER_DATABASE", address)));
        let said = command.output()?;
        anyhow::ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let said = String::from_utf8(said.stdout)?;
        let token = said.split_whitespace().find(|word| word.starts_with("hwe_")).context("no token was printed")?;
        Ok(token.to_owned())
    }

    /// Waits until all of the history is put together, but for whole weeks: those wait for the week's end.
    pub(crate) async fn settled(&self, within: Duration) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.waiting().await? > 0 {
            anyhow::ensure!(began.elapsed() < within, "the history is not put together in time");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    /// Parts of the history that are to be put together.
    async fn waiting(&self) -> anyhow::Result<i64> {
        /// What the last minute of a day holds into the next one is due only after that has ended.
        const SOON_MS: i64 = 3_600_000;
        let soon_at = Clock::system().now_at() + SOON_MS;
        let waiting = format!("select count(*) from touched where unit < 4 * 17592186044416 and due_at < {soon_at}");
        let waiting = sqlx::raw_sql(sqlx::AssertSqlSafe(waiting));
        Ok(match &self.database {
            None => self.sqlite().await?.fetch_one(waiting).await?.try_get(0)?,
            Some(address) => PgConnection::connect(address).await?.fetch_one(waiting).await?.try_get(0)?,
        })
    }

    /// Its own file.
    pub(crate) async fn sqlite(&self) -> anyhow::Result<SqliteConnection> {
        let options = SqliteConnectOptions::new().filename(self.data_dir.join("highwater.db"));
        Ok(options.busy_timeout(Duration::from_secs(30)).connect().await?)
    }

    /// Becomes the first administrator, by the link that the server printed. Answers the cookie.
    pub(crate) async fn sign_in(&self, http: &reqwest::Client) -> anyhow::Result<String> {
        let form = "name=bench&password=correct+horse+battery+staple&again=correct+horse+battery+staple";
        let link = format!("{}{}", self.plain_url, self.first_link);
        let asked = http.post(link).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        let answer = asked.send().await?;
        let cookies = answer.headers().get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let cookies: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        let cookies = cookies.join("; ");
        let status = http.get(format!("{}/api/v1/hosts", self.plain_url)).header(COOKIE, &cookies).send().await?;
        anyhow::ensure!(status.status().is_success(), "the first administrator is not signed in: {}", status.status());
        Ok(cookies)
    }
}
