//! What runs by the clock. Each task is a file with a `tick`, which does what is due and says when to come again; tests call
//! it with an instant of their own. [`supervise`] calls it for as long as the server runs.

pub mod alerts;
pub mod audit;
pub mod compact;
pub mod delivery;
pub mod erasure;
pub mod evidence;
pub mod findings;
pub mod outbox;
pub mod retention;
pub mod sealing;
pub mod tickets;

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{error, info};

/// Rest after the first failure; twice as long after each further one, up to the longest.
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Calls `tick` until `stop`, after as long a rest as it asks for. A failing or panicking tick is said once, until it works
/// again, and the rest grows: the task itself never ends early. A tick under way when the server stops is finished.
pub async fn supervise<Tick, Ticking, Error>(name: &'static str, stop: CancellationToken, mut tick: Tick)
where
    Tick: FnMut() -> Ticking,
    Ticking: Future<Output = Result<Duration, Error>> + Send + 'static,
    Error: std::fmt::Display + Send + 'static,
{
    let mut failures = 0;
    while !stop.is_cancelled() {
        // On a task of its own, so that a panic ends that one only.
        let failure = match tokio::spawn(tick()).await {
            Ok(Ok(rest)) => {
                if std::mem::take(&mut failures) > 0 {
                    info!(task = name, "the task works again");
                }
                stop.run_until_cancelled(tokio::time::sleep(rest)).await;
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic.to_string(),
        };
        if failures == 0 {
            error!(task = name, error = failure, "the task failed; it is tried again until it works");
        }
        stop.run_until_cancelled(tokio::time::sleep(rest_after(failures))).await;
        failures += 1;
    }
}

fn rest_after(failures: u32) -> Duration {
    FIRST_REST.saturating_mul(1 << failures.min(16)).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_task_that_fails_and_panics_goes_on_until_it_is_stopped() {
        let stop = CancellationToken::new();
        let ticks = Arc::new(AtomicU32::new(0));
        let (counted, stopping) = (Arc::clone(&ticks), stop.clone());
        supervise("test", stop, move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            let stopping = stopping.clone();
            async move {
                match n {
                    0 => panic!("a bug"),
                    1 => Err("the store is away"),
                    2 => Ok(Duration::ZERO),
                    _ => {
                        stopping.cancel();
                        Ok(Duration::from_secs(3_600))
                    }
                }
            }
        })
        .await;
        assert_eq!(ticks.load(Ordering::SeqCst), 4);
    }
}
