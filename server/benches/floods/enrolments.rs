//! Machines that nobody knows ask for identities, with what the whole domain can read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::arena::{Arena, Tally};
use super::caller::Caller;
use super::fleet;

const CONNECTIONS: usize = 8;
/// Machines with lower numbers are others'.
const FIRST: usize = 10_000;

/// Three of four connections have a token that approves by hand, the others one that is used up.
pub(crate) async fn attack(arena: Arena, until: Instant) -> anyhow::Result<Tally> {
    let numbers = Arc::new(AtomicUsize::new(FIRST));
    let mut asking = JoinSet::new();
    for n in 0..CONNECTIONS {
        let (arena, numbers) = (arena.clone(), Arc::clone(&numbers));
        asking.spawn(async move { ask(&arena, n, &numbers, until).await });
    }
    let mut tally = Tally::default();
    while let Some(done) = asking.join_next().await {
        tally.merge(done?);
    }
    Ok(tally)
}

async fn ask(arena: &Arena, n: usize, numbers: &AtomicUsize, until: Instant) -> Tally {
    let mut caller = Caller::new(arena, n);
    let is_spent = n % 4 == 3;
    let (name, token) = if is_spent { ("used up", &arena.spent_token) } else { ("by hand", &arena.hand_token) };
    while Instant::now() < until {
        if caller.is_let_in().await {
            caller.ask(name, &fleet::enrolment(token, numbers.fetch_add(1, Ordering::Relaxed))).await;
        }
    }
    caller.tally
}
