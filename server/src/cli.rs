//! The command line. What a program may want to read goes to standard output, everything else to standard error.

use std::fmt::Display;
use std::future::Future;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::model::audit::Trail;
use crate::store::Db;
use crate::tasks::compact::Compact;

mod account;
mod audit;
mod ca;
mod demo;
mod doctor;
mod erase;
mod export;
mod history;
pub mod log;
mod secrets;
mod security;
mod serve;
mod token;

/// Shows which Windows file servers run out of SMB sessions, who holds them, and when the next one will be full.
#[derive(Debug, Parser)]
#[command(name = "highwater", version, about)]
struct Cli {
    /// Settings. Without it: $HIGHWATER_CONFIG, else highwater.toml here if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (what is done without a command).
    Serve,
    /// Show a simulated fleet: the real server, nothing to set up, nothing left behind.
    Demo {
        /// Port of this computer for the browser; another one is taken if it is in use.
        #[arg(long, default_value_t = crate::demo::PORT)]
        port: u16,
    },
    /// Print or check settings.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Make enrolment tokens.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Look at accounts, and let people in whom the pages do not.
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Put another name in the place of a client's or user's, wherever one is kept. The figures stay.
    Erase {
        #[command(subcommand)]
        what: EraseCommand,
        /// Also write the tables anew, so that nothing is left of the names in their free space. Takes as much space again
        /// while it lasts.
        #[arg(long, global = true)]
        rewrite: bool,
    },
    /// Hand out all that is kept of a client or user, as a zip. It is written down in the audit log.
    Export {
        #[command(subcommand)]
        whom: ExportCommand,
    },
    /// Put the history together now: all that waits, and what follows from it. The server does it by itself, a little later.
    Compact {
        /// Also take what other processes have claimed: for after a crash, when waiting a minute is too long.
        #[arg(long)]
        take_over: bool,
    },
    /// Change the authority that the server made for itself.
    Ca {
        #[command(subcommand)]
        command: CaCommand,
    },
    /// Change the key that seals secrets in the database.
    Secrets {
        #[command(subcommand)]
        command: SecretsCommand,
    },
    /// Check settings, database, certificate, disk and where else people sign in, and say what to do.
    Doctor {
        #[command(subcommand)]
        of: Option<DoctorCommand>,
    },
}

#[derive(Debug, Subcommand)]
enum EraseCommand {
    /// One client: as the pages show it, upper or lower case.
    Client { name: String },
    /// One user: as the pages show it, upper or lower case.
    User { name: String },
    /// All users: pseudonyms take their place, the same for the same name. Messages and records of events go, since names may stand anywhere in them.
    Users,
}

#[derive(Debug, Subcommand)]
enum ExportCommand {
    /// One client: as the pages show it, upper or lower case.
    Client(ExportArgs),
    /// One user: as the pages show it, upper or lower case.
    User(ExportArgs),
}

#[derive(Debug, Args)]
struct ExportArgs {
    name: String,
    /// The zip, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Debug, Subcommand)]
enum DoctorCommand {
    /// Look for what is weak, and say how to mend it: files, certificates, doors, tokens, keys, passwords, what is kept too long.
    Security {
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Read the whole history and compare every record with what it is made of.
    History {
        /// Make again what is not what it is made of.
        #[arg(long)]
        repair: bool,
        /// Only so many days back.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
    },
    /// Read the whole audit log and say whether an entry was changed, removed or added.
    Audit,
}

#[derive(Debug, Subcommand)]
enum CaCommand {
    /// Say who signs, and who takes over.
    Status,
    /// Make another authority. Both are believed for a while, in which agents learn of it; then it takes over by itself.
    Rotate {
        /// How many days both are believed.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
        overlap_days: u32,
    },
    /// Let the other one take over now.
    Finish {
        /// Even if agents have not been heard since it was made: they have to be given its fingerprint then.
        #[arg(long)]
        leave_behind: bool,
    },
    /// Take the other one back.
    Cancel,
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Say which key sealed how much.
    Status,
    /// Put a new key on top of the file of keys, and seal everything in the database again with it. Servers go on meanwhile.
    Rotate(RotateArgs),
    /// Print a new key, for keys that are kept elsewhere than in a file.
    NewKey,
}

#[derive(Debug, Args)]
struct RotateArgs {
    /// Without a new key: seal again what the key on top did not seal, after this was cut off, or a key was put on top by hand.
    #[arg(long, conflicts_with = "retire")]
    resume: bool,
    /// Without a new key: seal again what is left, and then take all older keys away. Not before a minute has passed. Keep a copy of the file
    /// with the backups of the database from before: they need it.
    #[arg(long)]
    retire: bool,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every setting with its default.
    Example,
    /// Read the settings and say what is wrong with them.
    Check,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it, once: only its hash is kept.
    New(NewToken),
}

#[derive(Debug, Args)]
struct NewToken {
    /// Where it is meant to be used, for people.
    #[arg(long, default_value = "")]
    label: String,
    /// Hosts that enrol with it join this group.
    #[arg(long, default_value = "")]
    group: String,
    /// Who lets an agent in: "auto" at once, "rule" at once by a rule of the page of tokens and else a person, "hand" a person on the page of agents.
    #[arg(long, value_enum, default_value_t = ApproveWord::Hand)]
    approve: ApproveWord,
    /// How many machines may enrol with it.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    uses: Option<u64>,
    /// After how many days no more machines may enrol with it. Those that have are not touched by that.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    expires_days: Option<u32>,
    /// Addresses from which it may be used, for example 10.20.0.0/16. May be repeated.
    #[arg(long, value_name = "CIDR")]
    range: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ApproveWord {
    Auto,
    Rule,
    Hand,
}

#[derive(Debug, Subcommand)]
enum AccountCommand {
    /// Print every account with its role.
    List,
    /// Print a one-time link: for the first administrator, or for a new password.
    Link {
        /// Whose password; not needed while there is one account or none.
        #[arg(value_name = "NAME")]
        whose: Option<String>,
        /// The same.
        #[arg(long, conflicts_with = "whose")]
        name: Option<String>,
    },
    /// Let people sign in to an account that was disabled.
    Enable { name: String },
    /// Give an account another role.
    Role {
        name: String,
        #[arg(value_enum)]
        role: RoleWord,
    },
    /// Confine an account to groups of hosts, or let it see all hosts again.
    Confine {
        name: String,
        /// A group of which it sees the hosts; once for each.
        #[arg(long = "group", value_name = "GROUP", required_unless_present = "all_hosts")]
        groups: Vec<String>,
        /// It sees all hosts.
        #[arg(long, conflicts_with = "groups")]
        all_hosts: bool,
    },
    /// Ask an account no longer for a code beside the password.
    TotpOff { name: String },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleWord {
    Viewer,
    Operator,
    Administrator,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let file = cli.config.as_deref();
    let done = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => block_on(serve::serve(file)),
        Command::Demo { port } => block_on(demo::run(port)),
        Command::Config { command: ConfigCommand::Example } => say(config::EXAMPLE.trim_end()),
        Command::Config { command: ConfigCommand::Check } => check_config(file),
        Command::Token { command: TokenCommand::New(new) } => block_on(token::new(file, new)),
        Command::Account { command } => block_on(account::run(file, command)),
        Command::Erase { what, rewrite } => block_on(erase::run(file, what, rewrite)),
        Command::Export { whom } => block_on(export::run(file, whom)),
        Command::Compact { take_over } => block_on(compact(file, take_over)),
        Command::Ca { command: CaCommand::Status } => block_on(ca::status(file)),
        Command::Ca { command: CaCommand::Rotate { overlap_days } } => block_on(ca::rotate(file, overlap_days)),
        Command::Ca { command: CaCommand::Finish { leave_behind } } => block_on(ca::finish(file, leave_behind)),
        Command::Ca { command: CaCommand::Cancel } => block_on(ca::cancel(file)),
        Command::Secrets { command: SecretsCommand::Status } => block_on(secrets::status(file)),
        Command::Secrets { command: SecretsCommand::Rotate(asked) } => block_on(secrets::rotate(file, asked)),
        Command::Secrets { command: SecretsCommand::NewKey } => secrets::new_key(),
        Command::Doctor { of: None } => return doctor::run(file),
        Command::Doctor { of: Some(DoctorCommand::Security { json }) } => return security::run(file, json),
        Command::Doctor { of: Some(DoctorCommand::History { repair, days }) } => {
            block_on(history::look(file, repair, days))
        }
        Command::Doctor { of: Some(DoctorCommand::Audit) } => block_on(audit::look(file)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_aside(format_args!("highwater: {}", all_said(&error)));
            ExitCode::FAILURE
        }
    }
}

fn check_config(file: Option<&Path>) -> anyhow::Result<()> {
    let (_, unknown_variables) = Config::load(file)?;
    for name in unknown_variables {
        say_aside(format_args!("The variable {name} means nothing to Highwater."));
    }
    say("The settings are good.")
}

async fn compact(file: Option<&Path>, take_over: bool) -> anyhow::Result<()> {
    let (config, _) = Config::load(file)?;
    let db = open(&config).await?;
    let units = Compact::new(db.clone()).finish(Clock::system().now_at(), take_over).await?;
    db.close().await;
    say(format_args!("{units} parts of the history were put together."))
}

/// Who types commands, as far as the system says.
#[cfg(unix)]
fn trail(clock: &Clock) -> Trail {
    let user = rustix::process::getuid().as_raw();
    Trail::program(&format!("command line, uid {user}"), clock.now_at())
}

#[cfg(not(unix))]
fn trail(clock: &Clock) -> Trail {
    Trail::program("command line", clock.now_at())
}

async fn open(config: &Config) -> anyhow::Result<Db> {
    Ok(Db::open(&config.database_address()).await?)
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads can be started")?;
    runtime.block_on(Box::pin(work))
}

/// The error and its causes. Some name their cause themselves: it is not said twice.
fn all_said(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !said.contains(&cause) {
            said = if said.is_empty() { cause } else { format!("{said}: {cause}") };
        }
    }
    said
}

/// A line on standard output. That it cannot be written is an error: it may be the one thing that was asked for.
fn say(line: impl Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("standard output is closed")
}

/// A line on standard error, for people.
fn say_aside(line: impl Display) {
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_serves() {
        assert!(Cli::parse_from(["highwater"]).command.is_none());
        assert!(Cli::try_parse_from(["highwater", "token", "new", "--uses", "0"]).is_err());
        assert!(Cli::try_parse_from(["highwater", "secrets", "rotate", "--resume", "--retire"]).is_err());
    }
}
