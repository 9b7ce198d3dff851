//! Servers of this benchmark's own, for what has no HTTP door: they print where they listen.

use std::io::{BufRead as _, BufReader, Read as _};

use super::rig::process::Program;

/// Waits until the program says where it listens.
pub(crate) fn address_of(program: &mut Program) -> anyhow::Result<String> {
    let mut lines = BufReader::new(program.stdout()?);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    let address = line.trim().strip_prefix("listening on ");
    let Some(address) = address else { anyhow::bail!("a server did not start; its log says why") };
    let address = address.to_owned();
    std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
    Ok(address)
}
