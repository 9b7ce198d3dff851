//! `load`: a simulated fleet pushes its past, then live, and the figures are printed.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::{FAILED, SETTINGS, fail, log_to_stderr};
use crate::clock::Clock;
use crate::load::{self, Live, LoadError, Past, Pushers};
use crate::ship::{Client, ClientError, Limits, Trust};
use crate::source::simulated::Fleet;

#[derive(Debug, Args)]
pub(super) struct LoadFlags {
    #[arg(long, value_name = "URL", help = "The server's address: https://highwater.example.net:8443")]
    server: String,
    /// PEM file with the authority of the server's certificate [default: the system's authorities]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Enrolment token that approves by itself
    #[arg(long, value_name = "TOKEN")]
    token: String,
    /// How many hosts are simulated
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    hosts: u32,
    /// Every host has this many sessions, and 5 % of them change every minute
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    sessions: u32,
    /// Hosts of believable shape with a daily rhythm instead; --sessions does not count then
    #[arg(long)]
    believable: bool,
    /// First push this much of the past, as fast as the server takes it: 30m, 12h, 7d
    #[arg(long, value_name = "TIME", value_parser = duration)]
    past: Option<Duration>,
    /// Seconds between two snapshots of a host, in the past and live
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    sampling: u32,
    /// Then push live for this long
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasting: Option<Duration>,
    /// Connections to the server, over which the hosts are spread
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    connections: u16,
    /// A new connection with its handshake for every push
    #[arg(long)]
    fresh: bool,
    /// Hosts that push their past at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    at_once: u16,
    /// Another seed is another fleet; the same one finds its hosts again
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) async fn load(flags: LoadFlags) -> ExitCode {
    log_to_stderr();
    let clock = Clock::system();
    let clients = match clients(&flags, &clock) {
        Ok(clients) => clients,
        Err(error) => return fail(SETTINGS, &error),
    };
    let fleet = Arc::new(if flags.believable {
        Fleet::around(flags.seed, flags.hosts, clock.now_at())
    } else {
        Fleet::busy(flags.seed, flags.hosts, flags.sessions)
    });
    let pushers = Pushers::new(clients, clock.clone(), usize::from(flags.at_once));
    match push(&flags, &pushers, &fleet, &clock).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, &error),
    }
}

async fn push(flags: &LoadFlags, pushers: &Pushers, fleet: &Arc<Fleet>, clock: &Clock) -> Result<(), LoadError> {
    let mut members = load::enrol(pushers, fleet, &flags.token).await?;
    say(&format!("{} hosts are enrolled\n", members.len()));
    if let Some(past) = flags.past {
        let to_at = clock.now_at();
        let from_at = to_at - i64::try_from(past.as_millis()).unwrap_or(i64::MAX / 2);
        let past = Past { from_at, to_at, sampling_secs: flags.sampling };
        let figures = load::backfill(pushers, fleet, &mut members, past).await?;
        say(&format!("past:\n{figures}"));
    }
    if let Some(lasting) = flags.lasting {
        let live = Live { every: Duration::from_secs(flags.sampling.into()), lasting };
        let figures = load::run(pushers, fleet, &mut members, live).await?;
        say(&format!("live:\n{figures}"));
    }
    Ok(())
}

fn clients(flags: &LoadFlags, clock: &Clock) -> Result<Vec<Client>, ClientError> {
    let trust = Trust { ca: flags.ca.clone(), ..Trust::default() };
    let mut limits = Limits::default();
    if flags.fresh {
        limits.kept = Duration::ZERO;
    }
    (0..flags.connections).map(|_| Client::new(&flags.server, &trust, None, limits, clock.clone())).collect()
}

fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// A number with s, m, h or d.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time: write 90s, 30m, 12h or 7d");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    if number == 0 { Err(wrong()) } else { Ok(Duration::from_secs(u64::from(number) * secs)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in ["", "7", "d", "0d", "-1h", "1w", "7é"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
