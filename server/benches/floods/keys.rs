//! A thousand guesses a second: keys of agents and of programs, tokens, and a few passwords.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use highwater_wire as wire;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

use super::arena::{Arena, Tally};
use super::caller::Caller;
use super::fleet;
use super::raw;

/// Connections, each of which guesses a hundred times a second.
const GUESSERS: usize = 10;
const EVERY: Duration = Duration::from_millis(10);
/// A password costs the server much more to look at.
const PASSWORD_EVERY: Duration = Duration::from_millis(500);

pub(crate) async fn attack(arena: Arena, until: Instant) -> anyhow::Result<Tally> {
    let (began, asked) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut guessing = JoinSet::new();
    for n in 0..=GUESSERS {
        let (arena, asked) = (arena.clone(), Arc::clone(&asked));
        guessing.spawn(async move { guess(&arena, n, &asked, until).await });
    }
    let mut tally = Tally::default();
    while let Some(done) = guessing.join_next().await {
        tally.merge(done?);
    }
    let millis = usize::try_from(began.elapsed().as_millis())?.max(1);
    tally.count("requests a second, of 1,002 aimed at", asked.load(Ordering::Relaxed) * 1_000 / millis);
    Ok(tally)
}

/// The last one guesses passwords.
async fn guess(arena: &Arena, n: usize, asked: &AtomicUsize, until: Instant) -> Tally {
    let mut caller = Caller::new(arena, n);
    let mut ticks = interval(if n == GUESSERS { PASSWORD_EVERY } else { EVERY });
    while Instant::now() < until {
        // What was missed is made up for, as fast as it goes.
        ticks.tick().await;
        if caller.is_let_in().await {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            let (name, request) = if n == GUESSERS { password(number) } else { secret(n, number) };
            caller.ask(name, &request).await;
        }
    }
    caller.tally
}

fn secret(n: usize, number: usize) -> (&'static str, Vec<u8>) {
    match n {
        0..4 => {
            let headers = fleet::headers(&format!("{}{number:0>43}", wire::KEY_PREFIX), "identity");
            ("agent's key", raw::post(wire::BATCHES_PATH, &headers, b"{}"))
        }
        4..6 => {
            let headers = format!("authorization: Bearer {}{number:0>43}\r\n", wire::KEY_PREFIX);
            ("agent's key, settings", raw::get(wire::SETTINGS_PATH, &headers))
        }
        6..9 => {
            let headers = format!("authorization: Bearer hwk_{number:0>43}\r\n");
            ("API key", raw::get("/api/v1/hosts", &headers))
        }
        _ => ("token", fleet::enrolment(&format!("{}{number:0>43}", wire::TOKEN_PREFIX), 1_000_000 + number)),
    }
}

/// Every other one for an account that is there.
fn password(number: usize) -> (&'static str, Vec<u8>) {
    let name = if number.is_multiple_of(2) { "bench".to_owned() } else { format!("nobody{number}") };
    let form = format!("name={name}&password=wrong+{number}&next=");
    ("password", raw::post("/sign-in", "content-type: application/x-www-form-urlencoded\r\n", form.as_bytes()))
}
