//! Watches the SMB sessions of one host and pushes them to a Highwater server.

use std::process::ExitCode;

fn main() -> ExitCode {
    highwater_agent::cli::main()
}
