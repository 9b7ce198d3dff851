//! Handshakes as fast as they go, each closed at once: they cost the server more than whoever asks for them.

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::arena::{Arena, Tally, machine};
use super::raw;

const AT_ONCE: usize = 32;

/// `is_one`: all from one address.
pub(crate) async fn attack(arena: Arena, is_one: bool, until: Instant) -> anyhow::Result<Tally> {
    let mut shaking = JoinSet::new();
    for n in 0..AT_ONCE {
        let arena = arena.clone();
        shaking.spawn(async move { shake(&arena, n, is_one, until).await });
    }
    let mut tally = Tally::default();
    while let Some(done) = shaking.join_next().await {
        tally.merge(done?);
    }
    Ok(tally)
}

async fn shake(arena: &Arena, first: usize, is_one: bool, until: Instant) -> Tally {
    let mut tally = Tally::default();
    let mut n = first;
    while Instant::now() < until {
        n += AT_ONCE;
        let done = async {
            let stream = arena.target.tcp(machine(if is_one { 0 } else { n })).await?;
            // Closed by a reset: the ports of this machine would be used up otherwise.
            stream.set_zero_linger()?;
            arena.target.tls_anew(stream).await
        };
        match done.await {
            Ok(_closed_at_once) => tally.add("handshakes"),
            Err(error) => {
                tally.add(format!("not let in ({})", error.kind()));
                // One that is refused costs this side next to nothing: it must not take the cores from the others.
                sleep(raw::PATIENCE / 2_000).await;
            }
        }
    }
    tally
}
