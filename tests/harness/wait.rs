//! Waiting for what happens in other processes.

use std::fmt::Debug;
use std::time::Duration;

use tokio::time::Instant;

/// Asks again and again until the answer is there, for a minute at most. `what` says what was waited for; a failed ask says what
/// it saw instead.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Result<T, String>) -> T {
    every(Duration::from_millis(100), what, ask).await
}

/// The same without a rest that is worth the name: for what has to be caught while it is so.
pub async fn closely<T>(what: &str, ask: impl AsyncFn() -> Result<T, String>) -> T {
    every(Duration::from_millis(1), what, ask).await
}

async fn every<T>(rest: Duration, what: &str, ask: impl AsyncFn() -> Result<T, String>) -> T {
    let limit = Instant::now() + Duration::from_secs(60);
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(seen) if Instant::now() > limit => panic!("waited a minute in vain: {what}. At last: {seen}"),
            Err(_) => tokio::time::sleep(rest).await,
        }
    }
}

/// For [`eventually`]: the two are equal, or what they are.
pub fn same<T: PartialEq + Debug>(seen: &T, wanted: &T) -> Result<(), String> {
    if seen == wanted { Ok(()) } else { Err(format!("{seen:?} instead of {wanted:?}")) }
}
