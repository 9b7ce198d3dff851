//! The command line: what a person or a service manager calls.

mod files;
mod import;
mod load;
mod once;
pub(crate) mod open;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio_util::sync::CancellationToken;

use crate::agent::{self, RunError};
use crate::clock::Clock;
use crate::config::{self, Partial, Settings};
use crate::doctor;

/// Something failed that may work the next time.
const FAILED: u8 = 1;
/// The settings or the command line must be changed first.
const SETTINGS: u8 = 2;

/// Watches the SMB sessions of this host and pushes them to a Highwater server.
#[derive(Debug, Parser)]
#[command(name = "highwater-agent", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch this host until told to stop (SIGTERM or Ctrl-C).
    Run(Flags),
    /// Look once and print what is seen; nothing is stored or sent.
    Once {
        #[command(flatten)]
        flags: Flags,
        /// Print the report as JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// List who has which file open on this computer; nothing is stored or sent.
    Files(files::FilesFlags),
    /// Check settings, source, network, enrolment and spool, and say how to put right what is wrong.
    Doctor(Flags),
    /// Import history from before the agent: old event logs, and the tables of the manual procedure.
    Import(import::ImportFlags),
    /// Run as the Windows service (only the service manager calls this).
    #[cfg(windows)]
    Service,
    /// Push what a simulated fleet would, history and live, and print how fast the server took it.
    Load(load::LoadFlags),
}

const SOURCE_HELP: &str = "What to watch: windows, samba, samba:SMB.CONF, scripted:FILE, simulated:HOST[,SEED[,HOSTS]] [default: windows on Windows, \
     else samba]";

/// Every setting, also as a flag. What is not given comes from HIGHWATER_AGENT_…, the settings file, or a default.
#[derive(Debug, Args)]
struct Flags {
    #[arg(long, value_name = "FILE", help = format!("Settings file [default: {}, if it is there]", config::default_file().display()))]
    config: Option<PathBuf>,
    #[arg(long, value_name = "URL", help = "The server's address: https://highwater.example.net:8443")]
    server: Option<String>,
    /// PEM file with the authority of the server's certificate [default: the system's authorities]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// SHA-256 of that authority's certificate, as the server prints it
    #[arg(long, value_name = "SHA256")]
    pin: Option<String>,
    /// PEM file with the certificate that this host shows to the server, if that wants one of the company's own authority
    #[arg(long, value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// PEM file with the key of that certificate [default: the same file]
    #[arg(long, value_name = "FILE")]
    client_key: Option<PathBuf>,
    #[arg(
        long,
        value_name = "URL",
        help = "An HTTP proxy on the way to the server: http://proxy.example.net:3128 [default: none]"
    )]
    proxy: Option<String>,
    /// File with the enrolment token, needed until this host is enrolled; - reads it from standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The enrolment token itself: everybody on this computer reads it in the arguments of this process, so rather --token-file
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    token: Option<String>,
    #[arg(long, value_name = "SOURCE", help = SOURCE_HELP)]
    source: Option<String>,
    #[arg(long, value_name = "DIR", help = format!("Where identity and spool are kept [default: {}]", config::default_data_dir().display()))]
    data_dir: Option<PathBuf>,
    /// Seconds between looks in calm times [default: 60]
    #[arg(long, value_name = "SECONDS")]
    sampling: Option<u32>,
    /// … from 70 % of the limit on [default: 15]
    #[arg(long, value_name = "SECONDS")]
    near_sampling: Option<u32>,
    /// … from 90 % of the limit on [default: 5]
    #[arg(long, value_name = "SECONDS")]
    full_sampling: Option<u32>,
    /// Most MiB that wait for the server [default: 64]
    #[arg(long, value_name = "MIB")]
    spool: Option<u64>,
    /// Most MiB that are kept after they were acknowledged [default: 64]
    #[arg(long, value_name = "MIB")]
    spool_keep: Option<u64>,
    /// Most hours that they are kept [default: 24]
    #[arg(long, value_name = "HOURS")]
    spool_keep_hours: Option<u32>,
    /// The first call comes after a random part of this [default: 120]
    #[arg(long, value_name = "SECONDS")]
    first_delay: Option<u32>,
    /// No wait between two tries is longer [default: 900]
    #[arg(long, value_name = "SECONDS")]
    longest_wait: Option<u32>,
    /// From this share of the limit on, in per cent, the host's own event log says so; 0 is never [default: 80]
    #[arg(long, value_name = "PERCENT")]
    warn: Option<u32>,
    /// Enrol under this name instead of the computer's
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Enrol as this machine instead of by the system's own id: hexadecimal digits, one value per host
    #[arg(long, value_name = "ID")]
    machine_id: Option<String>,
}

impl Flags {
    fn load(self) -> Result<Settings, config::ConfigError> {
        let (file, flags) = self.said()?;
        config::load(file.as_deref(), flags)
    }

    /// The file that is named, and what the other flags say.
    fn said(self) -> Result<(Option<PathBuf>, Partial), config::ConfigError> {
        let token = match &self.token_file {
            Some(path) => config::token_in(path)?,
            None => self.token,
        };
        let flags = Partial {
            server: self.server,
            ca: self.ca,
            pin: self.pin,
            client_cert: self.client_cert,
            client_key: self.client_key,
            proxy: self.proxy,
            token,
            source: self.source,
            data_dir: self.data_dir,
            sampling_secs: self.sampling,
            near_sampling_secs: self.near_sampling,
            full_sampling_secs: self.full_sampling,
            spool_mib: self.spool,
            spool_keep_mib: self.spool_keep,
            spool_keep_hours: self.spool_keep_hours,
            first_delay_secs: self.first_delay,
            longest_wait_secs: self.longest_wait,
            warn_percent: self.warn,
            name: self.name,
            machine_id: self.machine_id,
        };
        Ok((self.config, flags))
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    #[cfg(windows)]
    if matches!(cli.command, Command::Service) {
        return service();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(FAILED, &format!("no threads can be started: {error}")),
    };
    let code = runtime.block_on(async {
        match cli.command {
            Command::Run(flags) => Box::pin(run(flags)).await,
            Command::Files(flags) => files::files(&flags),
            Command::Once { flags, json } => Box::pin(once::once(flags, json)).await,
            Command::Doctor(flags) => Box::pin(doctor(flags)).await,
            Command::Import(flags) => Box::pin(import::import(flags)).await,
            Command::Load(flags) => Box::pin(load::load(flags)).await,
            #[cfg(windows)]
            Command::Service => ExitCode::SUCCESS,
        }
    });
    // A source or a disk that hangs must not keep the process: everything that matters is on the medium by now.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}

#[cfg(windows)]
fn service() -> ExitCode {
    log_to_file();
    match crate::service::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            fail(FAILED, &format!("this is for the service manager; to run in a console, use `run` ({error})"))
        }
    }
}

async fn run(flags: Flags) -> ExitCode {
    log_to_stderr();
    if flags.token.is_some() {
        tracing::warn!(
            "the token stands in the arguments of this process, where everybody on this computer can read it: give --token-file"
        );
    }
    let settings = match flags.load() {
        Ok(settings) => settings,
        Err(error) => return fail(SETTINGS, &error),
    };
    let source = match open::source(&settings, &Clock::system()) {
        Ok(source) => source,
        Err(error) => return fail(SETTINGS, &error),
    };
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    tracing::info!(
        server = settings.server,
        source = settings.source,
        "highwater-agent {} runs",
        env!("CARGO_PKG_VERSION")
    );
    match Box::pin(agent::run(settings, source, stop)).await {
        Ok(summary) => {
            tracing::info!(?summary, "stopped");
            ExitCode::SUCCESS
        }
        Err(error) => fail(code_of(&error), &error),
    }
}

async fn doctor(flags: Flags) -> ExitCode {
    let (file, flags) = match flags.said() {
        Ok(said) => said,
        Err(error) => return fail(SETTINGS, &error),
    };
    let settings = config::load(file.as_deref(), flags.clone());
    let places = config::places(file.as_deref(), flags).unwrap_or_default();
    let source = settings.as_ref().ok().map(|s| open::source(s, &Clock::system()));
    let findings = doctor::examine(settings, source).await;
    let text: String = findings.iter().map(ToString::to_string).chain(doctor::explained(&places)).collect();
    let _ = std::io::stdout().write_all(text.as_bytes());
    if findings.iter().all(|f| !f.is_failure()) { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}

/// What only changed settings can put right, told apart from what may pass.
fn code_of(error: &RunError) -> u8 {
    match error {
        RunError::Client(_) | RunError::Trust(_) | RunError::NoToken | RunError::NoMachineId | RunError::Copied => {
            SETTINGS
        }
        RunError::Identity(_) | RunError::Spool(_) => FAILED,
    }
}

fn fail(code: u8, error: &dyn std::fmt::Display) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "highwater-agent: {error}");
    ExitCode::from(code)
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_new(config::log_filter())
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
}

/// A service has no console: a file for each day, the last seven are kept.
#[cfg(windows)]
fn log_to_file() {
    let filter = tracing_subscriber::EnvFilter::try_new(config::log_filter())
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let folder = config::default_data_dir().join("logs");
    let file = tracing_appender::rolling::Builder::new()
        .rotation(tracing_appender::rolling::Rotation::DAILY)
        .filename_prefix("agent")
        .filename_suffix("log")
        .max_log_files(7)
        .build(folder);
    if let Ok(file) = file {
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(file).try_init();
    }
}

async fn stop_on_signal(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            stop.cancel();
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    stop.cancel();
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_token_may_come_in_a_file_but_not_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "hwe_a\n").unwrap();
        let line = ["highwater-agent", "run", "--server", "https://h", "--token-file", path.to_str().unwrap()];
        let Command::Run(flags) = Cli::parse_from(line).command else { panic!("another command") };
        assert_eq!(flags.load().unwrap().token.as_deref(), Some("hwe_a"));
        assert!(Cli::try_parse_from(line.into_iter().chain(["--token", "hwe_b"])).is_err());
    }

    #[test]
    fn every_flag_becomes_a_setting() {
        let line = "highwater-agent run --server https://h --ca c.pem --pin p --token t --source simulated:3 --data-dir d \
            --sampling 7 --client-cert m.pem --client-key m.key --proxy http://p:1 --warn 70 --spool 2 --first-delay 0 --name n --machine-id m";
        let Command::Run(flags) = Cli::parse_from(line.split_whitespace()).command else { panic!("another command") };
        let settings = flags.load().unwrap();
        assert_eq!((settings.server.as_str(), settings.source.as_str()), ("https://h", "simulated:3"));
        assert_eq!((settings.sampling.calm_secs, settings.sampling.full_secs), (7, 5));
        assert_eq!((settings.spool.max_bytes, settings.waits.first.as_secs()), (2 << 20, 0));
        assert_eq!((settings.proxy.as_deref(), settings.warn_percent), (Some("http://p:1"), 70));
        assert_eq!((settings.client_cert, settings.client_key), (Some("m.pem".into()), Some("m.key".into())));
        assert_eq!((settings.name.as_deref(), settings.machine_id.as_deref()), (Some("n"), Some("m")));
    }
}
