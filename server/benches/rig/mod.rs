//! What the comparisons share: processes that are started, measured and ended.

use tokio::signal::unix::{SignalKind, signal};

pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod server;

/// Runs a benchmark until it is done, or this program is told to end: what is dropped then ends its processes.
pub(crate) fn to_its_end(benchmark: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        highwater::tls::install_provider();
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            done = benchmark => done,
            _ = interrupt.recv() => anyhow::bail!("interrupted"),
            _ = terminate.recv() => anyhow::bail!("told to end"),
        }
    })
}
